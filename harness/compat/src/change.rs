//! A [`Change`] between two contracts, and the one law that says whom it breaks: [`Effect::on`].

use serde::Serialize;

/// Who stands at one end of an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Party {
    /// Whoever calls the API, and was written against the old contract.
    Consumer,
    /// Whoever serves the API, and was written against the old contract.
    Provider,
}

impl Party {
    /// The one at the other end.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Consumer => Self::Provider,
            Self::Provider => Self::Consumer,
        }
    }

    /// `consumer`, `provider`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Consumer => "consumer",
            Self::Provider => "provider",
        }
    }
}

/// What a change does to one party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Impact {
    /// Nothing.
    None,
    /// It may break; the documents alone do not decide it.
    Warning,
    /// What honoured the old contract does not honour the new one.
    Break,
}

/// What a change does to the set of messages that a contract allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Nothing: a word, not a rule.
    None,
    /// More is allowed than before.
    Widens,
    /// Less is allowed than before.
    Narrows,
    /// Something new is allowed and something old is not.
    Both,
    /// Can't be decided from the documents.
    Unknown,
}

impl Effect {
    /// The law: whoever *sends* a message is broken when less is allowed, whoever *receives* it when more is.
    /// A request is sent by the consumer, an answer by the provider, a webhook's request by the provider.
    #[must_use]
    pub fn on(self, party: Party, sender: Party) -> Impact {
        match self {
            Self::None => Impact::None,
            Self::Both => Impact::Break,
            Self::Unknown => Impact::Warning,
            Self::Narrows if party == sender => Impact::Break,
            Self::Widens if party != sender => Impact::Break,
            Self::Narrows | Self::Widens => Impact::None,
        }
    }
}

/// How grave a change is, for one party or over all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Names and tags: nothing on the wire.
    Editorial,
    /// On the wire, and nobody who is asked about breaks.
    Compatible,
    /// May break.
    Warning,
    /// Breaks.
    Break,
}

impl Severity {
    /// `break`, `warning`, `compatible`, `editorial`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Editorial => "editorial",
            Self::Compatible => "compatible",
            Self::Warning => "warning",
            Self::Break => "break",
        }
    }
}

/// Where something stands in one of the documents.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// JSON pointer in the (bundled) document.
    pub pointer: String,
    /// `file:line:column`, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// One difference between two contracts that matters, or that somebody may want to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Stable name of the rule, `request-max-length-decreased`.
    pub rule: String,
    /// What it does to whoever calls the API.
    pub consumer: Impact,
    /// What it does to whoever serves it.
    pub provider: Impact,
    /// Nothing on the wire.
    pub editorial: bool,
    /// The call, `POST /orders`; `*` for the whole contract.
    pub operation: String,
    /// More calls with the very same change, by way of a shared component.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// The part of the call in words: "request body, `items[].price`".
    pub subject: String,
    /// Where it is in the old document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Place>,
    /// Where it is in the new document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Place>,
    /// What happened, as a sentence.
    pub message: String,
    /// What to do instead, or about it.
    pub instead: String,
}

impl Change {
    /// What it does to this party.
    #[must_use]
    pub fn impact(&self, party: Party) -> Impact {
        match party {
            Party::Consumer => self.consumer,
            Party::Provider => self.provider,
        }
    }

    /// How grave it is for these parties together.
    #[must_use]
    pub fn severity(&self, parties: &[Party]) -> Severity {
        match parties.iter().map(|party| self.impact(*party)).max() {
            Some(Impact::Break) => Severity::Break,
            Some(Impact::Warning) => Severity::Warning,
            _ if self.editorial => Severity::Editorial,
            _ => Severity::Compatible,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_follows_the_direction() {
        use Party::{Consumer, Provider};
        for (effect, party, sender, impact) in [
            (Effect::Narrows, Consumer, Consumer, Impact::Break),
            (Effect::Narrows, Provider, Consumer, Impact::None),
            (Effect::Widens, Consumer, Consumer, Impact::None),
            (Effect::Widens, Provider, Consumer, Impact::Break),
            (Effect::Widens, Consumer, Provider, Impact::Break),
            (Effect::Narrows, Provider, Provider, Impact::Break),
            (Effect::Both, Consumer, Provider, Impact::Break),
            (Effect::Unknown, Consumer, Provider, Impact::Warning),
            (Effect::None, Consumer, Provider, Impact::None),
        ] {
            assert_eq!(effect.on(party, sender), impact, "{effect:?} {party:?} {sender:?}");
        }
    }
}
