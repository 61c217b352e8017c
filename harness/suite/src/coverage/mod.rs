//! How much of each contract a run met, from its exchanges: [`measure`]. What nothing met comes with a scenario that one
//! could write, in the words of the vocabulary.

mod base;
mod gherkin;
mod known;
mod measure;
mod of_mock;
mod of_target;

pub(crate) use measure::{Subject, measure};

#[cfg(test)]
#[path = "suggestion_tests.rs"]
mod tests;
