//! Mock services made of a contract and a behaviour file: a third one needs two files and no Rust.
//!
//! A call comes in at the [front](MockServer), is attributed to the [`View`] of a scenario, checked against the
//! contract, shaped by [`Fault`]s, answered by the engine behind httpmock, checked again, and journalled as an
//! exchange of the record. How a behaviour file is written stands in `mocks/README.md`.

mod admin;
mod answer;
mod behaviour;
mod call;
mod chance;
mod compile;
mod convert;
mod crowd;
mod docs;
mod effects;
mod encode;
mod engine;
mod error;
mod fault;
mod flight;
mod forms;
mod front;
mod functions;
mod gauge;
mod hub;
mod journal;
mod json;
mod media;
mod members;
mod nearest;
mod options;
mod params;
mod plan;
mod prefer;
mod raw;
mod relay;
mod resources;
mod scope;
mod security;
mod server;
mod shared;
mod short;
mod stages;
mod store;
mod template;
mod time;
mod unscripted;
mod view;
mod viewstate;
mod wire;
mod world;

pub use behaviour::Behaviour;
pub use convert::{describe, record_breach};
pub use crowd::{CrowdSpec, member_of};
pub use error::MockError;
pub use fault::{Fault, FaultKind};
pub use gauge::Timings;
pub use members::Crowd;
pub use options::{MockOptions, OnExchange, ServiceSpec};
pub use server::MockServer;
pub use view::View;
pub use viewstate::ViewOwner;
