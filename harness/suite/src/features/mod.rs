//! Feature files: read, expanded, selected. [`load()`] -> [`Loaded`] -> [`select()`] -> [`Scenario`]s.
//!
//! What is wrong in the files are [`Diagnostic`]s, all of them at once; what is wrong in what was asked for is a
//! [`FeatureError`].

mod choose;
mod diagnostic;
mod error;
mod expression;
mod judge;
mod keywords;
mod load;
mod model;
mod outline;
mod parse;
mod scan;
mod select;
pub(crate) mod tags;

pub(crate) use choose::{choose, selector};
pub use diagnostic::{Diagnostic, Severity};
pub use error::FeatureError;
pub use load::{Loaded, load};
pub use model::{Scenario, SourceFile, Step};
pub use select::{Order, Selection, select};
