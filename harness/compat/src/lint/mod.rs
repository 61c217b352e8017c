//! Whether a contract can be trusted as a gate.

pub(crate) mod calls;
pub(crate) mod examples;
pub(crate) mod notice;
pub(crate) mod report;
pub(crate) mod rules;
pub(crate) mod run;
pub(crate) mod schemas;
pub(crate) mod walk;
