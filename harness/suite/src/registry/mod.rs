//! The vocabulary, compiled: [`Registry`] finds the phrase that a step's text means, and prints all of them.

mod aliases;
mod document;
mod matching;
mod similar;

pub use document::{Format, describe};
pub use matching::{Match, Registry};
