//! Statistics of load runs: pure functions, no I/O, every random choice seeded.
//!
//! The unit of everything here is the **run**, not the request: requests of one run share their machine, their minute and
//! their neighbours, so ten thousand of them are one observation of how fast the service was. [`interval`] bootstraps the
//! ratio of a quantile over runs, [`judge`] reads a verdict from it, [`Procedure`] says which run comes next until there
//! is one, and [`change_points`] finds the places in a history where it changed.

mod bootstrap;
mod changes;
mod distributions;
mod judge;
mod outliers;
mod procedure;
mod verdict;

pub use bootstrap::{Interval, interval};
pub use changes::{ChangePoint, ChangeRules, change_points};
pub use judge::{Judgement, Rules, Side, Why, certain, drift, judge};
pub use procedure::{Block, Decision, Design, Measured, Next, Procedure, Which};
pub use verdict::Verdict;
