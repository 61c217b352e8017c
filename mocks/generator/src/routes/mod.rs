//! The HTTP and WebSocket calls, one file a subject.

pub(crate) mod batch;
pub(crate) mod cache;
pub(crate) mod content;
pub(crate) mod generate;
pub(crate) mod jobs;
pub(crate) mod live;
pub(crate) mod probes;
pub(crate) mod rooms;
