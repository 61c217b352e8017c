//! How much the service can take: the highest arrival rate that keeps the thresholds.
//!
//! [`Search`] is a pure state machine: it says at which rate the next step is to be made, is told what the step found, and
//! at the end says where the knee lies. It ramps up by a factor until the thresholds break, bisects between the highest
//! rate that held and the lowest that broke, and then repeats both ends: one step that broke by chance must not end a
//! search, and one that held by chance must not make a promise. [`knee`] turns all steps into an estimate with its
//! interval. [`judge`] says what a step found; one that broke while the harness itself was the limit tells nothing of the
//! service, and a search that ends for that gives a lower bound, never a knee.

mod knee;
mod points;
mod search;
mod step;

pub use knee::{Knee, knee};
pub use points::{Points, per_second};
pub use search::{Ask, End, Search, Settings, Why};
pub use step::{StepLength, fits, judge};

#[cfg(test)]
mod tests;
