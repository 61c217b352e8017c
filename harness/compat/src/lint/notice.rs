//! A [`Notice`]: one thing about a contract that its readers should know.

use serde::Serialize;

use crate::change::Place;

/// How grave it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The contract lets more through than it could.
    Hint,
    /// Something is not checked that its author will have meant to be.
    Warning,
    /// The contract contradicts itself, or a part of it can't be used.
    Error,
}

impl Level {
    /// `error`, `warning`, `hint`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

/// One rule of the lint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LintRule {
    /// Stable name.
    pub id: &'static str,
    /// How grave it is.
    pub level: Level,
    /// What it finds.
    pub meaning: &'static str,
    /// What to write instead.
    pub instead: &'static str,
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Name of the rule.
    pub rule: &'static str,
    /// How grave it is.
    pub level: Level,
    /// Where.
    pub place: Place,
    /// What, as a sentence.
    pub message: String,
    /// What to write instead.
    pub instead: &'static str,
}
