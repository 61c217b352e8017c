//! Compares two contracts, call by call.

pub(crate) mod calls;
pub(crate) mod emit;
pub(crate) mod holders;
pub(crate) mod lifecycle;
pub(crate) mod messages;
pub(crate) mod operations;
pub(crate) mod pairing;
pub(crate) mod parameters;
pub(crate) mod security;
