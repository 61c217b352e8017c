//! Mocks without a behaviour file: any contract, examples or none.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail loudly")]

#[path = "../common/mod.rs"]
mod common;

mod bodies;
mod collections;
mod corpus;
mod heirs;
mod hostile;
mod keys;
mod property;
mod refusals;
mod styles;
mod support_table;
mod wishes;

use std::path::Path;

use common::{Caller, start};
use dryrun_mocks::{MockServer, ServiceSpec};

/// A mock of a contract of this folder, and nothing else.
async fn bare(name: &str) -> (MockServer, Caller) {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts").join(name);
    let server = start(ServiceSpec::load("bare", &contract, None).unwrap()).await;
    let caller = Caller::new(&server);
    (server, caller)
}
