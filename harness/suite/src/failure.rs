//! Why a step did not hold: [`StepFailure`].

use dryrun_record::{Failure, FailureKind};

use crate::values::error::ValueError;

/// What a step comes to: nothing to say, or why it did not hold.
pub type StepResult = Result<(), StepFailure>;

/// Why a step did not hold: at least one failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepFailure(pub Vec<Failure>);

impl StepFailure {
    /// A check that did not hold.
    pub fn check(message: impl Into<String>) -> Self {
        Self::of(FailureKind::Check, message)
    }

    /// A step that could not do its work: a file missing, a service out of reach.
    pub fn environment(message: impl Into<String>) -> Self {
        Self::of(FailureKind::Environment, message)
    }

    /// One failure of any kind.
    pub fn of(kind: FailureKind, message: impl Into<String>) -> Self {
        Self(vec![Failure { kind, message: message.into(), ..Failure::default() }])
    }

    /// Adds what was wanted and found, for the diff.
    #[must_use]
    pub fn compare(mut self, expected: impl Into<String>, found: impl Into<String>) -> Self {
        if let Some(failure) = self.0.last_mut() {
            failure.expected = Some(expected.into());
            failure.found = Some(found.into());
        }
        self
    }

    /// Adds where it was.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        if let Some(failure) = self.0.last_mut() {
            failure.at = Some(place.into());
        }
        self
    }

    /// Adds what would mend it, or the nearest thing that would have matched.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(failure) = self.0.last_mut() {
            failure.hint = Some(hint.into());
        }
        self
    }

    /// Names the exchanges that show it.
    #[must_use]
    pub fn exchanges(mut self, ids: impl IntoIterator<Item = String>) -> Self {
        if let Some(failure) = self.0.last_mut() {
            failure.exchanges.extend(ids);
        }
        self
    }
}

impl From<ValueError> for StepFailure {
    fn from(error: ValueError) -> Self {
        let failure = Self::check(error.message);
        match error.hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
