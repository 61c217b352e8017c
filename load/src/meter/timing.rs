//! [`Timing`]: when the parts of a request happened.

use std::time::{Duration, Instant};

/// When the parts of a request happened.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// From when it is timed: the turn's intended start for the first request of an iteration, else its sending.
    pub from: Instant,
    /// How long making a connection took, when one had to be made.
    pub connect: Option<Duration>,
    /// When its first byte went out.
    pub sent: Instant,
    /// When the answer's head was there.
    pub head: Option<Instant>,
    /// When the last byte of the body was there, or it failed.
    pub ended: Instant,
}
