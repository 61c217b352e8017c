//! A verification from plan to record: a provider that is faithful, and one that drifts in each of the ways.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic, helpers included")]

mod compared;
mod drift;
mod ids;
mod manners;
mod provider;
mod recorded;
mod secrets;
mod shipped;
mod support;
