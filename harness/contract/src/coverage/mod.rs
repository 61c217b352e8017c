//! How much of a contract was met by what went over the wire: a [`Collector`] is made for a contract, shown every
//! exchange, and gives a [`Matrix`] of what the contract documents and which scenarios met it.
//!
//! Documented are, for each operation: the operation itself, each status (a range or `default` is one), each parameter,
//! each property of the request's body and each value of an enumeration in a request. Examples stand in the matrix and do
//! not count, since most of them are met in substance only. What a deprecated operation documents does not count either.

mod body;
mod collector;
mod grow;
mod matrix;
mod sample;
mod tree;

pub use collector::{AnswerView, Collector};
pub use matrix::{Item, Matrix, Place, Row, Step, What};
