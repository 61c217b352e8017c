//! Why a profile can't be played: [`Refusal`].

use crate::features::Diagnostic;

/// Why a profile can't be played, with the place and what to write instead.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// Something about the profile: `path:line: message`.
    Profile(String),
    /// Something about a step that it plays.
    Feature(Box<Diagnostic>),
}

impl Refusal {
    pub(crate) fn at(place: &str, message: impl std::fmt::Display) -> Self {
        Self::Profile(if place.is_empty() { message.to_string() } else { format!("{place}: {message}") })
    }

    /// As it is shown to people.
    pub fn render(&self, color: bool) -> String {
        match self {
            Self::Profile(text) => format!("error: {text}"),
            Self::Feature(diagnostic) => diagnostic.render(color),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Profile(text) => f.write_str(text),
            Self::Feature(diagnostic) => write!(f, "{}: {}", diagnostic.place(), diagnostic.message),
        }
    }
}
