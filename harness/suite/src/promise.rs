//! What a step found out about the mocks' calls, to be looked at once more when the scenario ends: [`Promise`]. A service
//! that calls on after it has answered would otherwise pass `the CRM received nothing` by being slow.

use dryrun_record::Exchange;

/// So many calls of this sort had come when a step looked, and no more may come until the scenario does something else.
pub(crate) struct Promise {
    /// What held: `the CRM received 1 of \`email\``.
    pub(crate) said: String,
    /// How many such calls there were.
    pub(crate) seen: usize,
    /// How often the service had been called: what is called later may cause more.
    pub(crate) calls_made: u64,
    /// Which calls it is about.
    pub(crate) covers: Box<dyn Fn(&Exchange) -> bool>,
}

impl std::fmt::Debug for Promise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Promise").field("said", &self.said).field("seen", &self.seen).finish_non_exhaustive()
    }
}
