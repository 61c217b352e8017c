//! The stand-in content generator: a small honest service under test. It speaks the generator API in full, is
//! configured by its environment alone, and publishes over HTTP to a CRM and a Platform that it does not own.
//! Main functions: [`serve`], [`run_from_env`].
//!
//! It imports none of the other crates of this workspace: it is a target like any other. What it gets wrong, it
//! gets wrong on purpose: see [`known_faults`].

mod app;
mod batch;
mod cache;
mod channels;
mod content;
mod document;
mod errors;
mod faults;
mod health;
mod idempotency;
mod incoming;
mod jobs;
mod metrics;
mod publish;
mod query;
mod render;
mod routes;
mod rules;
mod server;
mod sessions;
mod settings;
mod stamp;
mod summary;
mod trace;
mod upstream;
mod validation;
mod worker;
mod writer;

pub use faults::known_faults;
pub use server::{GeneratorError, run_from_env, serve};
pub use settings::{Settings, SettingsError};
