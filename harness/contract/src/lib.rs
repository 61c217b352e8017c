//! OpenAPI to breaches: reads a document, finds the call for a request, and says where a request or an answer departs
//! from what the document promises.
//!
//! Nothing is ever fetched from a network. A departure is a [`Breach`], a value; an unusable document is a
//! [`ContractError`].

mod body;
mod breach;
mod build;
mod bundle;
mod call;
mod circles;
mod contract;
pub mod coverage;
mod credentials;
mod direction;
mod discriminator;
mod document;
mod drafts;
mod error;
mod explain;
mod form;
mod formats;
pub mod generate;
mod ids;
mod inspect;
mod judge;
mod media;
mod nearest;
mod operation;
mod parameters;
mod parts;
mod places;
mod plan;
mod pointer;
mod reference;
mod request;
mod response;
mod rewrite;
mod route;
mod router;
mod schema;
mod schema_set;
mod set_files;
mod shape;
pub mod suggest;
mod text;
mod unusable;
mod usual;
mod walk;
mod words;

pub use breach::{Breach, Location, Segment, Side};
pub use call::{Found, RequestView};
pub use contract::{Contract, Example};
pub use credentials::{SecurityKind, SecurityNeed, lacking, wanted as wanted_credentials};
pub use error::ContractError;
pub use inspect::{MediaInfo, ParameterInfo, ResponseInfo, SchemaRef};
pub use operation::Operation;
pub use schema_set::SchemaSet;
pub use unusable::Unusable;
pub use usual::{USUAL_HEADERS, USUAL_PREFIXES};
