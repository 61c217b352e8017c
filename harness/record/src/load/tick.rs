//! While a load run goes on: [`LoadStarted`], [`LoadTick`] with [`Standing`], [`LoadMark`].

use serde::{Deserialize, Serialize};

/// The head of a load run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadStarted {
    /// Names the run within its record; ticks, marks and the result carry the same name. The profile's name, or the id
    /// of the scenario whose step made the load.
    pub load: String,
    /// The id of the scenario whose step made the load; `None` for `dryrun load`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// For people: what the profile says of itself.
    pub description: String,
    /// `open` or `closed`.
    pub model: String,
    /// The shape in words: `50 arrivals a second for 2 min`.
    pub shape: String,
    /// How long it is to go on, in seconds, warm-up included; `None` when a number of requests ends it.
    pub planned_s: Option<f64>,
    /// Seconds at the start that are left out of the figures.
    pub warm_up_s: f64,
    /// The thresholds in words.
    pub thresholds: Vec<String>,
    /// One of many runs of a search or of a comparison: it is told, and its own verdict decides nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exploring: bool,
}

/// One second of a load run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadTick {
    /// Which run.
    pub load: String,
    /// Whole seconds since the run's start; the tick tells of the second before.
    pub second: u64,
    /// This second belongs to the warm-up.
    #[serde(default)]
    pub warm_up: bool,
    /// Arrivals that the schedule asked for in this second (open model).
    pub asked: u64,
    /// Workflows that began.
    pub begun: u64,
    /// Requests that ended.
    pub ended: u64,
    /// Of these, how many failed.
    pub failed: u64,
    /// Arrivals that were given up.
    pub dropped: u64,
    /// Arrivals that began late.
    pub late: u64,
    /// Workflows under way when the second ended.
    pub in_flight: u64,
    /// Users at work (closed model), or arrivals under way (open model).
    pub users: u64,
    /// Times of the requests that ended in this second; 0 when there were none.
    pub min_us: u64,
    /// Half of them took no longer.
    pub p50_us: u64,
    /// 90%.
    pub p90_us: u64,
    /// 95%.
    pub p95_us: u64,
    /// 99%.
    pub p99_us: u64,
    /// The longest.
    pub max_us: u64,
    /// Bytes of answers' bodies.
    pub bytes: u64,
    /// CPU of the load's own thread, in cores (1.0 is one core).
    pub own_cpu: Option<f64>,
    /// CPU of the mocks, in cores.
    pub mocks_cpu: Option<f64>,
    /// CPU of the service under test with its children, in cores.
    pub service_cpu: Option<f64>,
    /// Resident memory of the service, KiB.
    pub service_memory_kib: Option<u64>,
    /// Resident memory of the harness, KiB.
    pub own_memory_kib: Option<u64>,
    /// CPU of the whole machine, 0 to 1.
    pub host_cpu: Option<f64>,
    /// Memory of the machine in use, KiB.
    pub host_memory_kib: Option<u64>,
    /// How the thresholds stand, over all that was measured so far, in the order of [`LoadStarted::thresholds`]. Empty
    /// when they are not judged here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<Standing>,
}

/// How a threshold stands while a run goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// What was found so far; `None` when nothing was measured yet.
    pub found: Option<f64>,
    /// So many failed that the share it is about never finished: nothing is `found`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub never: bool,
    /// Whether that is within the limit.
    pub held: bool,
    /// Whatever still comes, it will be missed at the end.
    #[serde(default)]
    pub lost: bool,
}

/// Something that happened while the load went on: a stage, a fault, a threshold that broke.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadMark {
    /// Which run.
    pub load: String,
    /// Seconds since the run's start.
    pub at_s: f64,
    /// `stage`, `fault`, `threshold`, `abort`.
    pub kind: String,
    /// The sentence for people.
    pub text: String,
}
