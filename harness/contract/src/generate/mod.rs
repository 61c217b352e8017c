//! Values and requests made from a contract: [`Generator`] for valid ones, [`cases`] for those at and beyond every bound.
//!
//! Whatever is made is checked by the contract's own validator, made anew when it fails, and with less ambition each
//! time. What can't be made is `None`, never something invalid.

mod case;
mod cases;
mod flatten;
mod formats;
mod generator;
mod kinds;
mod merge;
mod mutants;
mod number;
mod numbers;
mod older;
mod parameters;
mod pattern;
mod raw;
mod request;
mod sites;
mod text;
mod texts;
mod value;
mod wire;

pub use case::{Case, CaseKind, Hints, Usual};
pub use cases::{cases, cases_with};
pub use generator::Generator;
pub use request::CaseRequest;
