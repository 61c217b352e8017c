//! A run: [`rehearse`] takes a [`Plan`] and tells an event stream everything that happens.

mod close;
mod contracts;
mod end;
mod engine;
mod gate;
mod outside;
mod panics;
mod plan;
mod probe;
mod rehearse;
mod scenario;
mod stations;
mod untimely;
mod watch;

pub use plan::{Interrupt, Plan, ServicePlan, Summary, TargetPlan};
pub use rehearse::rehearse;
pub use stations::substitutions;
