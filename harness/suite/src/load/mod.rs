//! The scenarios of the features as load: [`LoadWorld`] starts mocks and service as a rehearsal does, [`check`] finds what
//! a profile plays before anything is sent, and the crew plays it, thousands of times, on the load's own thread.
//!
//! What is played under load differs from a rehearsal in this: requests are timed and told to the meter, and stand in no
//! record; each iteration has its own view of each mock, which is judged and forgotten a moment after its end.

mod claims;
mod crew;
mod ended;
mod gauges;
mod kit;
mod ledger;
mod limits;
mod loads;
mod place;
mod playing;
mod refusal;
mod rows;
mod script;
mod sent;
mod strays;
mod telling;

pub(crate) use loads::Repertoire;
pub use place::{LoadSetup, LoadWorld};
pub use refusal::Refusal;
pub use script::{Script, check};
