//! Baselines: what a service took when it was last found good, and how a load of today is held against it.
//!
//! [`Baseline`] is the file, [`calibrate`] times the machine before a run, [`comparison`] puts what the statistics
//! (crate `dryrun-stats`) say into the words of a record, [`History`] keeps one line for each comparison.

mod calibration;
mod error;
mod file;
mod git;
mod history;
mod judged;
mod machine;
mod origin;
mod runs;

pub use calibration::calibrate;
pub use error::BaselineError;
pub use file::{Baseline, FORMAT, check_name};
pub use git::revision;
pub use history::{Change, Entry, History, changes};
pub use judged::{About, comparison, enough};
pub use machine::{differences, machine};
pub use origin::{origin, profile_hash};
pub use runs::{METRICS, StoredRun, side};

#[cfg(test)]
mod file_tests;
