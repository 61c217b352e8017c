//! The end of a load run: [`LoadResult`].

use serde::{Deserialize, Serialize};

use super::{Capacity, Comparison, LoadVerdict, Origin, Series, StepFinding, ThresholdResult};

/// A load run, whole: what was asked, what came of it, and the verdict.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadResult {
    /// As in the run's head.
    pub load: String,
    /// When its schedule began, microseconds since 1970 (UTC).
    pub started_unix_us: u64,
    /// How long was measured, warm-up left out, microseconds.
    pub measured_us: u64,
    /// What became of each arrival.
    pub account: Account,
    /// All requests together.
    pub requests: Series,
    /// By workflow.
    pub workflows: Vec<WorkflowResult>,
    /// Things that were wrong, folded: what they were, and how often.
    #[serde(default)]
    pub failures: Vec<LoadFailure>,
    /// What the mocks received against what the service said.
    pub sends: Sends,
    /// Contract checks.
    pub contracts: ContractsChecked,
    /// Who used how much of the machine.
    pub resources: Resources,
    /// Thresholds, in order of the profile.
    #[serde(default)]
    pub thresholds: Vec<ThresholdResult>,
    /// What weakens the figures, one sentence each: the harness was the bottleneck, the mocks were.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Where it comes from, for whoever compares it with another run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Against a baseline, when one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// The parts that this was merged from, when it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<ShardReport>,
    /// Why the run was ended before its time; `None` when it ran whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// In a step of a capacity search: what it found. Its verdict decides nothing; that on the search stands beside its
    /// `capacity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<StepFinding>,
    /// What a capacity search found, in the run that sums it up; the figures of that run are those of the highest rate
    /// that held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<Capacity>,
    /// The verdict.
    pub verdict: LoadVerdict,
    /// Its reasons, one sentence each; empty when passed.
    #[serde(default)]
    pub reasons: Vec<String>,
}

/// What became of each arrival. Invariant: asked = sent + dropped, and sent = ended + abandoned (warm-up included).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Arrivals of the schedule (open), or iterations begun (closed).
    pub asked: u64,
    /// Workflows begun.
    pub sent: u64,
    /// Never begun: the users were all busy until the run's end.
    pub dropped: u64,
    /// Begun later than `late_after_us` past their intended start.
    pub late: u64,
    /// What counts as late, microseconds.
    pub late_after_us: u64,
    /// Workflows that came to an end, well or not.
    pub ended: u64,
    /// Begun, and cut off at the end of the run's grace time.
    pub abandoned: u64,
    /// Of those that ended, how many belong to the warm-up and to no figure.
    pub warm_up: u64,
    /// Arrivals a second that were asked for, over the measured time; 0 in the closed model, which asks for none.
    pub asked_rate: f64,
    /// Arrivals a second that began within the measured time, whether they were due in it or in the warm-up.
    pub achieved_rate: f64,
    /// Most workflows under way at once.
    pub peak_in_flight: u64,
    /// Users (closed), or the most arrivals that may be under way at once (open).
    pub users: u64,
}

/// One workflow: a request of the profile, or a scenario.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WorkflowResult {
    /// Its name.
    pub name: String,
    /// Its weight.
    pub weight: u64,
    /// Whole iterations: from the intended start to the end of the last step. A failed check fails the iteration.
    pub iterations: Series,
    /// By step, those that sent something.
    pub steps: Vec<StepResult>,
}

/// The requests of one step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StepResult {
    /// The step's text, or the request's name.
    pub name: String,
    /// Its requests.
    pub series: Series,
}

/// One kind of functional failure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadFailure {
    /// `check`, `contract`, `status`, `transport`, `timeout`, `unexpected-call`, `lost`, `doubled`, `phantom`.
    pub cause: String,
    /// The workflow; empty for what belongs to none.
    pub workflow: String,
    /// The step, when it belongs to one.
    #[serde(default)]
    pub step: String,
    /// One sentence; values that differ from time to time are left out of it.
    pub message: String,
    /// How often.
    pub count: u64,
    /// One of them in full, secrets masked.
    #[serde(default)]
    pub example: String,
}

/// What the mocks received against what the service said it sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sends {
    /// Why this could not be judged; `None` when it was.
    pub unjudged: Option<String>,
    /// Calls that the service's answers claim.
    pub claimed: u64,
    /// Calls that the mocks received and that change something; what only reads is no send.
    pub received: u64,
    /// Of these, those that no claim is about: neither lost nor made up, only looked at for doubles.
    #[serde(default)]
    pub uncovered: u64,
    /// Claimed, never received.
    pub lost: u64,
    /// Received again, the same within one iteration.
    pub doubled: u64,
    /// Received, and neither claimed nor of any known iteration.
    pub phantom: u64,
    /// Calls that no contract knows.
    pub unexpected: u64,
}

/// Contract checks under load.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ContractsChecked {
    /// `full`, `sample 10%`, `off`.
    pub mode: String,
    /// Answers that were checked.
    pub checked: u64,
    /// Answers that were not (sampled out, or no contract).
    pub unchecked: u64,
    /// Breaches found, mocks' side included.
    pub breaches: u64,
    /// CPU that checking took, microseconds for each answer checked.
    pub cost_us: f64,
}

/// Who used how much of the machine, over the measured time. `None`: this system does not tell.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Resources {
    /// The process of the service under test ended, so many seconds after the start; `None`: it did not, or is not ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_gone_s: Option<f64>,
    /// CPU of the load's own thread, in cores.
    pub own_cpu: Option<f64>,
    /// CPU of the load's own thread for each request, microseconds.
    pub own_cpu_per_request_us: Option<f64>,
    /// CPU of the mocks, in cores.
    pub mocks_cpu: Option<f64>,
    /// 99% of the mocks' answers took no longer than this inside the mock, microseconds, asked-for delays included.
    pub mocks_p99_us: Option<u64>,
    /// CPU of the service with its children, in cores.
    pub service_cpu: Option<f64>,
    /// Peak resident memory of the service, KiB.
    pub service_memory_kib: Option<u64>,
    /// Peak resident memory of the harness, KiB.
    pub own_memory_kib: Option<u64>,
    /// CPU of the whole machine, 0 to 1.
    pub host_cpu: Option<f64>,
    /// Cores of the machine.
    pub cores: u32,
}

/// One part of a run that was spread over machines.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ShardReport {
    /// From 0.
    pub index: u32,
    /// Of how many.
    pub count: u32,
    /// How many microseconds after the agreed moment its schedule began.
    pub late_us: i64,
    /// How far its clock was off, microseconds, where that is known.
    pub clock_skew_us: Option<i64>,
    /// Its arrivals.
    pub sent: u64,
    /// Its host.
    pub host: String,
    /// What speaks against it, one sentence each.
    #[serde(default)]
    pub problems: Vec<String>,
}
