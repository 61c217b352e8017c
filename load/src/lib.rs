//! Load on the service under test: a [`Profile`] is run as an attack and gives a [`LoadResult`].
//!
//! A first, closed path: goose starts the users, each works through the weighted requests, and every request is timed
//! by us from its sending to the end of its body. Thresholds are judged by [`LoadResult::missed`]; a missed one is a
//! value, not an error.

mod attack;
mod error;
mod profile;
mod result;

pub use attack::run;
pub use error::LoadError;
pub use profile::{Profile, Request, Thresholds};
pub use result::{Figures, LoadResult};
