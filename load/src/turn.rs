//! What is played: a [`Part`] of the load, and one [`Turn`] of it.

use std::time::Instant;

use crate::profile::Think;

/// One iteration of one workflow.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// Which of [`crate::LoadPlan::parts`].
    pub part: usize,
    /// Unique within the run, over all shards: shard I of N has I, I + N, I + 2 N…
    pub number: u64,
    /// When it should have begun: its slot in the schedule (open), or now (closed). Everything is timed from here.
    pub intended: Instant,
    /// Whether it belongs to the figures; a turn of the warm-up does not.
    pub measured: bool,
}

/// A workflow as the load sees it: what it is called, how often it comes, and what its steps are called.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Unique in the run.
    pub name: String,
    /// How often it is played, relative to the others.
    pub weight: usize,
    /// How long a user waits after it (closed model).
    pub think: Think,
    /// The texts of its steps, or the name of its request.
    pub steps: Vec<String>,
}
