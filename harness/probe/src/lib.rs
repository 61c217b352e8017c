//! Hostile input: from a contract, requests at and beyond every bound, each proved to be what it claims, sent to a
//! service; what the service should not have answered is shrunk to the smallest request that shows it.
//!
//! [`probe`] takes a [`Contract`](dryrun_contract::Contract) and [`ProbeOptions`] and returns [`Findings`]. A finding is
//! a value, not an error; the same seed sends the same requests in the same order.

mod answer;
mod curl;
mod error;
mod finding;
mod gherkin;
mod ids;
mod judge;
mod options;
mod place;
mod record;
mod run;
mod send;
mod shrink;
mod smaller;
#[cfg(test)]
mod testing;

pub use answer::{Answer, Reply};
pub use curl::curl;
pub use error::ProbeError;
pub use finding::{Finding, FindingKind, Findings, Probed};
pub use gherkin::{Kept, feature};
pub use options::ProbeOptions;
pub use record::record;
pub use run::{probe, selected};
