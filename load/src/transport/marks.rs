//! What is known of a request under way: [`Marks`].

use std::time::{Duration, Instant};

/// What is known of a request under way. It outlives a wait that was given up.
#[derive(Debug)]
pub(super) struct Marks {
    pub(super) connect: Option<Duration>,
    pub(super) sent: Instant,
    pub(super) head: Option<Instant>,
    pub(super) bytes: usize,
}

impl Marks {
    pub(super) fn new(began: Instant) -> Self {
        Self { connect: None, sent: began, head: None, bytes: 0 }
    }
}
