//! The stand-in generator against a small fake of its upstream services.
#![allow(clippy::unwrap_used, reason = "test helpers fail by panicking")]

mod faults;
mod jobs;
mod live;
mod probes;
mod process;
mod publishing;
mod retries;
mod shapes;
mod support;
