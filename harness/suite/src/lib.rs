//! Gherkin for dry runs: features are loaded and checked, their steps matched against the built-in vocabulary, and
//! every scenario rehearsed against the service under test and its mocks. What happens goes to an event stream.
//!
//! The way of a run: [`features::load`] -> [`features::select`] -> [`check::check`] -> [`rehearse`].

pub mod check;
pub mod conventions;
mod coverage;
pub mod features;
pub mod live;
pub mod load;
pub mod policy;
pub mod registry;
pub mod values;
pub mod vocabulary;

mod answer;
mod error;
mod failure;
mod joining;
mod loading;
mod options;
mod own;
mod phrase;
mod promise;
mod rehearsal;
mod runner;
mod send;
mod station;
mod world;

pub use answer::{Answer, Part, SentRequest};
pub use error::SuiteError;
pub use options::{Gate, IsolationChoice, RunOptions};
pub use phrase::{
    Argument, Call, Captured, DocString, Handler, Keyword, Phrase, StepFailure, StepResult, Subject,
};
pub use policy::ContractMode;
pub use registry::Registry;
pub use rehearsal::rehearse;
pub use runner::{About, Interrupt, Plan, ServicePlan, Summary, TargetPlan, substitutions};
pub use station::{Shared, Station};
pub use world::World;
