//! Workflows of one request: [`Requests`]; and a crew for profiles that have no others: [`RequestCrew`].
//!
//! Everything of a request that does not change is made before the load begins. What is left for each is a copy of its
//! header list, the correlation, and the answer's check.

mod answers;
mod crew;
mod failures;
mod play;
mod prepared;
#[cfg(test)]
mod tests;

pub use answers::Tolerates;
pub use crew::RequestCrew;
pub use play::{Requests, Rows, Setup};
