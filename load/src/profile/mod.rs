//! [`Profile`]: what load to make, read from `load/profiles/*.toml` or said by a step.

mod arrivals;
pub mod duration;
mod limits;
mod measure;
mod read;
mod sample;
mod shape;
mod sheet;
mod workflows;

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A load profile, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The file's name without its ending; a scenario's id for the load of a step.
    pub name: String,
    /// For people.
    pub description: String,
    /// Who comes when.
    pub shape: Shape,
    /// What comes within this time from the start is left out of the figures. It is sent, checked and accounted for.
    pub warm_up: Duration,
    /// A request that has no whole answer after so long has failed with the cause `timeout`.
    pub timeout: Duration,
    /// How long those under way are waited for when the schedule has ended; then they are cut off and `abandoned`.
    pub grace: Duration,
    /// How long after its end an iteration is judged by the calls that the mocks received for it.
    pub linger: Duration,
    /// How connections are used.
    pub connections: Connections,
    /// How many answers are checked against their contract.
    pub contracts: Contracts,
    /// An arrival that begins so long after its intended start is `late`.
    pub late_after: Duration,
    /// The T of apdex, when it is to be told.
    pub apdex: Option<Duration>,
    /// What must hold.
    pub thresholds: Vec<Threshold>,
    /// What is played.
    pub workflows: Vec<Workflow>,
}

/// Who comes when.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Users who work at the same time; each begins again when it is through.
    Closed {
        /// How many at what time.
        stages: Vec<UserStage>,
        /// What ends it.
        end: End,
    },
    /// Arrivals that come whether those before them are through or not.
    Open {
        /// When they come.
        arrivals: Arrivals,
        /// At most so many are under way at once; those beyond wait and are late.
        max_in_flight: usize,
    },
}

/// So many users, reached evenly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UserStage {
    /// How many there are at its end.
    pub users: usize,
    /// How long it takes to get there from the stage before; zero for at once.
    pub ramp: Duration,
    /// How long they then stay; the last stage stays to the end.
    pub hold: Duration,
}

/// What ends a closed run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum End {
    /// Time.
    After(Duration),
    /// A number of iterations, all users together.
    Iterations(u64),
}

/// When arrivals come.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrivals {
    /// Stages one after another; within each the rate goes straight from `from` to `to`.
    Stages(Vec<RateStage>),
    /// Offsets from the start, ascending: from a file.
    Times(Vec<Duration>),
}

/// A stretch of time with a rate, in arrivals a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateStage {
    /// At its start.
    pub from: f64,
    /// At its end.
    pub to: f64,
    /// How long it is.
    pub lasts: Duration,
}

/// How connections are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Connections {
    /// Kept and used again by whoever comes next, as a service in front would.
    #[default]
    Shared,
    /// Each iteration makes its own and keeps it to its end, as a browser would.
    Iteration,
    /// Each request makes its own.
    Request,
}

/// How many answers are checked against their contract.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Contracts {
    /// Each.
    #[default]
    Full,
    /// This share, 0 to 1, of the answers to each operation.
    Sample(f64),
    /// None.
    Off,
}

/// A workflow of the profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// Names it in results; unique in the profile. Empty: named by what it plays. Where it plays several scenarios, the
    /// result of each is called `NAME: SCENARIO`, and a threshold of the workflow is about all of them together.
    pub name: String,
    /// How often it is played, relative to the others.
    pub weight: usize,
    /// How long a user waits after an iteration before the next one begins (closed model only).
    pub think: Think,
    /// A table of test data: each iteration takes the next row, from the start again at its end.
    pub data: Option<PathBuf>,
    /// What is played.
    pub plays: Plays,
}

/// How long a user waits: evenly between two bounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Think {
    /// At least.
    pub least: Duration,
    /// At most.
    pub most: Duration,
}

/// What a workflow plays.
#[derive(Debug, Clone, PartialEq)]
pub enum Plays {
    /// One request.
    Request(Request),
    /// Scenarios of features; each is a workflow of its own with this weight.
    Scenarios(Selector),
}

/// Which scenarios: all that fulfil everything that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    /// `features/publishing.feature` or `features/publishing.feature:12`.
    pub file: Option<String>,
    /// The scenario's whole name.
    pub scenario: Option<String>,
    /// A tag expression.
    pub tags: Option<String>,
    /// Where the selector stands, `path:line`, for errors.
    pub at: String,
}

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// `GET` unless said otherwise.
    pub method: String,
    /// Below the target's address, with its query.
    pub path: String,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// A table or array is sent as JSON, a string as it stands; both as `application/json` unless a header says else.
    pub body: Option<serde_json::Value>,
    /// The statuses that are right; empty: any below 400.
    pub status: Vec<u16>,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// What it is about.
    pub scope: Scope,
    /// What is limited.
    pub metric: Metric,
    /// By how much, in the metric's unit. Kept at the limit, missed beyond.
    pub limit: f64,
}

/// What a threshold is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All requests together.
    #[default]
    Requests,
    /// The iterations of the workflow of this name.
    Workflow(String),
    /// The requests of a step, by its text, or of a request, by its name.
    Step(String),
}

/// What a threshold limits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// `p95_ms`: this share (0 to 1) takes at most so many milliseconds.
    Quantile(f64),
    /// `max_ms`.
    Max,
    /// `mean_ms`.
    Mean,
    /// `max_fail_percent`: at most so many percent fail.
    FailPercent,
    /// `min_rate`: at least so many end a second.
    Rate,
    /// `min_apdex`.
    Apdex,
    /// `max_dropped_percent`, of the arrivals asked for.
    DroppedPercent,
    /// `max_late_percent`, of the arrivals asked for.
    LatePercent,
}
