//! The real provider of a service against its contract and against our mock of it.
//!
//! A [`plan()`] is made of the documented examples and of the calls that a rehearsal recorded. [`verify()`] plays it, at a
//! gentle pace, against the provider and against the mock in this process, in the same order. An answer that departs from
//! the contract is a breach; one that our mock would not have given is [`Drift`]. Both are values of the record, from
//! which every report is drawn.

mod account;
mod answer;
mod auth;
mod body;
mod call;
mod client;
mod conform;
mod credentials;
mod curl;
mod drift;
mod error;
mod examples;
mod facts;
mod finding;
mod ids;
mod kin;
mod learn;
mod mirror;
mod pace;
mod place;
mod plan;
mod reasons;
mod recorded;
mod shape;
mod subject;
mod tell;
mod twin;
mod verify;
mod words;

pub use auth::{Auth, Credential};
pub use call::{Call, LeftOut, Source};
pub use error::VerifyError;
pub use finding::{Drift, DriftKind};
pub use pace::{Clock, Rate, TokioClock};
pub use place::Place;
pub use plan::{Permissions, Plan, plan, unknown_operations};
pub use subject::{Head, Options, Subject, Tolerated};
pub use verify::{Summary, verify};
