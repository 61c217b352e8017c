//! Load on the service under test: a [`Profile`] becomes a [`LoadPlan`], which [`run`] carries out and which gives a
//! [`dryrun_record::load::LoadResult`].
//!
//! goose drives the users, on one thread of its own; a [`Crew`] plays what an arrival does. In the open model every
//! arrival has its slot on an absolute schedule and is timed from there to the end of the answer's body.

pub mod baseline;
pub mod capacity;
pub mod correlation;
mod crew;
mod drive;
mod error;
mod histogram;
mod interrupts;
mod meter;
mod mix;
mod plan;
pub mod profile;
#[cfg(test)]
mod raw;
pub mod requests;
mod resources;
pub mod schedule;
pub mod shard;
pub mod thresholds;
pub mod transport;
mod turn;

pub use crew::{Crew, Muster};
pub use drive::run;
pub use error::LoadError;
pub use histogram::{Histogram, HistogramError};
pub use interrupts::keep_interrupts;
pub use meter::{Measured, Meter, Timing};
pub use plan::{Gauges, LoadPlan, OnEvent, ReadGauges, Slice};
pub use profile::Profile;
pub use transport::Transport;
pub use turn::{Part, Turn};
