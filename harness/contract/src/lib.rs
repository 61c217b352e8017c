//! OpenAPI to breaches: reads a document, finds the call for a request, and says where a request or an answer departs
//! from what the document promises.
//!
//! Nothing is ever fetched from a network. A departure is a [`Breach`], a value; an unusable document is a
//! [`ContractError`].

mod body;
mod breach;
mod build;
mod call;
mod contract;
mod document;
mod error;
mod explain;
mod formats;
mod judge;
mod media;
mod nearest;
mod operation;
mod parameters;
mod plan;
mod request;
mod response;
mod rewrite;
mod router;
mod schema;
mod shape;
pub mod suggest;
mod walk;
mod words;

pub use breach::{Breach, Location, Segment, Side};
pub use call::{Found, RequestView};
pub use contract::{Contract, Example};
pub use error::ContractError;
pub use operation::Operation;
