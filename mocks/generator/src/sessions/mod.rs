//! Live sessions: who is connected, what was said, what can be replayed.

pub(crate) mod hub;
pub(crate) mod room;
