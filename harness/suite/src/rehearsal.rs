//! A rehearsal with everything that its steps can ask for: [`rehearse`].

use std::sync::Arc;

use dryrun_record::EventStream;

use crate::error::SuiteError;
use crate::load::Repertoire;
use crate::runner::{self, Plan, Summary};

/// Starts mocks and service, runs every scenario of the plan, stops them. Everything that happens goes to `events`, the
/// head of the record first; its last entry, the verdict, is the caller's.
///
/// # Errors
/// When the harness could not do its work: a mock or the service did not start. The record has its head and what was
/// logged up to then. A scenario that failed is no error.
pub async fn rehearse(plan: Plan, events: EventStream) -> Result<Summary, SuiteError> {
    runner::rehearse(plan, events, |registry, library| Arc::new(Repertoire::new(registry, library))).await
}
