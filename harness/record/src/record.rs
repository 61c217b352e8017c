//! A run as far as it is known: [`Record`], the only thing that a report is drawn from.

use std::collections::HashMap;

use serde::Serialize;

use crate::coverage::Coverage;
use crate::event::{NoticeLevel, RunFinished, RunStarted, ScenarioRef, StepFinished};
use crate::exchange::{Exchange, Frame};
use crate::load::LoadRun;
use crate::outcome::{Failure, Outcome};

/// A whole run, as far as it is known.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Record {
    /// The head; `None` only before the first event.
    pub run: Option<RunStarted>,
    /// Scenarios in the order in which they began.
    pub scenarios: Vec<ScenarioResult>,
    /// Notices in order.
    pub notices: Vec<Notice>,
    /// Exchanges that belong to no scenario.
    pub loose: Vec<Exchange>,
    /// Lines of the service: time in microseconds, worker, stream, line.
    pub log: Vec<(u64, usize, String, String)>,
    /// The end; `None` for a run that was killed.
    pub finished: Option<RunFinished>,
    /// Coverage of each contract, told when the run ends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coverage: Vec<Coverage>,
    /// Load runs, in the order in which they began.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub loads: Vec<LoadRun>,
    #[serde(skip)]
    pub(crate) by_id: HashMap<String, usize>,
}

/// A scenario with all its attempts.
#[derive(Debug, Clone, Serialize)]
pub struct ScenarioResult {
    /// Which one.
    pub scenario: ScenarioRef,
    /// The last word on it; `None` while it runs (or when the run was killed).
    pub outcome: Option<Outcome>,
    /// Its attempts, in order.
    pub attempts: Vec<Attempt>,
}

/// One attempt at a scenario.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// Microseconds since the run started.
    pub started_us: u64,
    /// Microseconds it took.
    pub duration_us: u64,
    /// How it ended; `None` while it runs.
    pub outcome: Option<Outcome>,
    /// Its steps so far, in order.
    pub steps: Vec<StepFinished>,
    /// Its exchanges, in the order in which they ended.
    pub exchanges: Vec<Exchange>,
    /// Its WebSocket messages.
    pub frames: Vec<Frame>,
    /// Failures that belong to no step.
    pub failures: Vec<Failure>,
}

/// A notice with its time.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    /// Microseconds since the run started.
    pub at_us: u64,
    /// How serious.
    pub level: NoticeLevel,
    /// Name for machines.
    pub code: String,
    /// Sentence for people.
    pub text: String,
}

impl ScenarioResult {
    /// The attempt that counts: the last.
    pub fn last(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// All failures of the last attempt, those of steps first.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.last().into_iter().flat_map(|attempt| {
            attempt.steps.iter().flat_map(|step| step.failures.iter()).chain(attempt.failures.iter())
        })
    }

    /// Microseconds over all attempts.
    pub fn duration_us(&self) -> u64 {
        self.attempts.iter().map(|attempt| attempt.duration_us).sum()
    }
}
