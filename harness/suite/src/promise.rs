//! What a step found out about the mocks' calls, to be looked at once more when the scenario ends: [`Promise`]. A service
//! that calls on after it has answered would otherwise pass `the CRM received nothing` by being slow.

use std::sync::Arc;

use dryrun_record::Exchange;

use crate::failure::StepFailure;

/// Judges all calls of the scenario.
type Judge = Box<dyn Fn(&[Arc<Exchange>]) -> Result<(), StepFailure>>;

/// Something that held when a step looked, and must hold until the scenario calls the service again.
pub(crate) struct Promise {
    /// What held: `the CRM received 1 of \`email\``.
    pub(crate) said: String,
    /// How often the service had been called: what is called later may cause more.
    pub(crate) calls_made: u64,
    /// How it is looked at again.
    pub(crate) kept: Kept,
}

/// When a promise is kept.
pub(crate) enum Kept {
    /// No further call has come that `covers` is about.
    AtMost {
        /// How many such calls there were.
        seen: usize,
        /// Which calls it is about.
        covers: Box<dyn Fn(&Exchange) -> bool>,
    },
    /// The same check holds for all calls that have come by then.
    Again(Judge),
}

impl std::fmt::Debug for Promise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Promise").field("said", &self.said).finish_non_exhaustive()
    }
}
