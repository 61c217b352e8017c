//! The three tones: the same facts in three voices. Main type: [`Voice`].

/// The words in which one tone differs from the others.
#[derive(Debug)]
pub(crate) struct Voice {
    pub(crate) subject: &'static str,
    pub(crate) greeting: &'static str,
    pub(crate) opening: &'static str,
    pub(crate) closing: &'static str,
    pub(crate) action: &'static str,
    pub(crate) web_title: &'static str,
    pub(crate) social: &'static str,
}

const PROFESSIONAL: Voice = Voice {
    subject: "Halcytone update",
    greeting: "Dear reader,",
    opening: "Here is what our teams have finished since the last issue, and what it means for your practice.",
    closing: "Thank you for working with us. Your replies to this message reach the product team directly.",
    action: "Read the full update",
    web_title: "Halcytone update",
    social: "New at Halcytone:",
};

const ENCOURAGING: Voice = Voice {
    subject: "Breathe easy",
    greeting: "Hello, and welcome back!",
    opening: "Every calm minute counts, and you have given yourself many of them. Here is what is new for you.",
    closing: "Take one long breath before you close this message. You are doing well, and we are glad you are here.",
    action: "Take a breath with us",
    web_title: "Breathe easy",
    social: "Good news for your practice:",
};

const MEDICAL: Voice = Voice {
    subject: "Halcytone research brief",
    greeting: "Dear colleague,",
    opening: "This brief reports recent changes to our methods and devices, with the observations behind them.",
    closing: "These observations come from consenting users and do not replace medical advice.",
    action: "See methods and data",
    web_title: "Halcytone research brief",
    social: "Observation from the Halcytone lab:",
};

impl Voice {
    /// The voice of a tone; `professional` unless the name is another known one.
    pub(crate) fn of(tone: &str) -> &'static Voice {
        match tone {
            "encouraging" => &ENCOURAGING,
            "medical_scientific" => &MEDICAL,
            _ => &PROFESSIONAL,
        }
    }
}
