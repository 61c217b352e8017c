//! What is wrong with a value as it was written: [`ValueError`].

/// A value, path, predicate, template or table that can't be used as written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ValueError {
    /// One sentence.
    pub message: String,
    /// What to write instead, or the nearest thing that would have been right.
    pub hint: Option<String>,
}

impl ValueError {
    /// Says what is wrong.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// Adds what to write instead.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
