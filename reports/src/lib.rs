//! A run record drawn in many inks: [`terminal`], [`junit`], [`html`], [`markdown`] and [`json`]; load runs also as
//! CSV and for Prometheus, [`load`].
//!
//! Every report is drawn from a [`dryrun_record::Record`] and nothing else, so that a record read back from disk later
//! gives the same report as the run gave. Whether a run is a GO is decided in one place, [`verdict`], and every report
//! says the same. Everything in a record is data of others: names, headers and bodies are escaped by each ink.

mod breaches;
mod diff;
mod error;
mod facts;
mod groups;
mod html;
mod json;
mod junit;
pub mod load;
mod markdown;
pub mod terminal;
mod text;
mod verdict;
mod words;

pub use error::ReportError;
pub use html::html;
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use verdict::{closing_verdict, shown, verdict};
