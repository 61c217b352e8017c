//! Verdicts are values: [`Outcome`] of a scenario, [`Failure`] of a check, [`Verdict`] of a run.

use serde::{Deserialize, Serialize};

/// How a scenario (or an attempt at it) ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every step held.
    Passed,
    /// Something did not hold.
    Failed,
    /// It held only after a retry. Counted apart, never hidden among the passed ones.
    Flaky,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// It held.
    Passed,
    /// It did not hold.
    Failed,
    /// An earlier step of the scenario failed.
    NotRun,
}

/// Why something failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// One sentence.
    pub message: String,
    /// Where in the message: a field's path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What was wanted, as text to diff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was found, as text to diff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// What would mend it, or the nearest thing that would have matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Ids of the exchanges that show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<String>,
}

/// The kinds of failure, apart from each other in every report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// A step's check did not hold.
    #[default]
    Check,
    /// A message broke its contract.
    Contract,
    /// A call that no contract knows.
    UnexpectedCall,
    /// A step or scenario ran out of time.
    Timeout,
    /// The service could not be reached, a file was missing: the step could not do its work.
    Environment,
    /// A step panicked: a fault of the harness itself.
    Panic,
    /// The real provider answers otherwise than the mock would.
    Drift,
    /// A request at or beyond a bound of the contract was answered as it must not be.
    Finding,
}

/// Scenario counts of a run. `passed + failed + flaky + not_run == selected`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Selected for this run.
    pub selected: usize,
    /// Passed at the first attempt.
    pub passed: usize,
    /// Failed after all attempts.
    pub failed: usize,
    /// Passed after a retry.
    pub flaky: usize,
    /// Never started (fail-fast, or the run was cut short).
    pub not_run: usize,
    /// Steps that passed.
    pub steps_passed: usize,
    /// Steps that failed.
    pub steps_failed: usize,
    /// Steps behind a failed one.
    pub steps_not_run: usize,
    /// Calls of the service to the mocks.
    pub mock_calls: usize,
    /// Calls of the harness to the service.
    pub service_calls: usize,
    /// Calls of the harness to a real provider.
    #[serde(default)]
    pub provider_calls: usize,
    /// Breaches of contract, each place counted.
    pub breaches: usize,
    /// Calls that no contract knows.
    pub unexpected_calls: usize,
    /// Calls to mocks that could not be matched to a scenario.
    pub unattributed_calls: usize,
}

/// The one word of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Everything that was asked for was checked, and held.
    #[serde(rename = "GO")]
    Go,
    /// Something did not hold, or was not checked.
    #[serde(rename = "NO-GO")]
    NoGo,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Go => "GO",
            Self::NoGo => "NO-GO",
        })
    }
}
