//! A run: [`rehearse`] takes a [`Plan`] and tells an event stream everything that happens.

mod close;
pub(crate) mod contracts;
pub(crate) mod end;
mod engine;
mod gate;
pub(crate) mod open;
pub(crate) mod outside;
pub(crate) mod panics;
pub(crate) mod plan;
mod probe;
mod rehearse;
mod scenario;
pub(crate) mod stations;
pub(crate) mod step;
pub(crate) mod untimely;
pub(crate) mod watch;

pub use plan::{About, Interrupt, Plan, ServicePlan, Summary, TargetPlan};
pub(crate) use rehearse::rehearse;
pub use stations::substitutions;
