//! A service's own document, made a contract.

pub(crate) mod run;
pub(crate) mod tidy;
pub(crate) mod yaml;
