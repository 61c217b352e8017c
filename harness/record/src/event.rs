//! The events of a run: [`Event`], and the [`Entry`] that puts a time to it.

use serde::{Deserialize, Serialize};

use crate::coverage::Coverage;
use crate::exchange::{Exchange, Frame};
use crate::load::{LoadMark, LoadResult, LoadStarted, LoadTick};
use crate::outcome::{Failure, Outcome, StepOutcome, Totals, Verdict};

/// The version of the record's format, written into [`RunStarted::format`]. It grows when a field changes its meaning.
pub const FORMAT: u32 = 1;

/// One line of a record: an event and when it happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Microseconds since the run started. Exchanges and frames have an `at_us` of their own, and the event is written
    /// into the same object: this one needs another name there.
    #[serde(rename = "recorded_us")]
    pub at_us: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Something that happened during a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The first event of every record.
    RunStarted(Box<RunStarted>),
    /// Something the reader must know that belongs to no single scenario: a downgraded claim, a call that could not
    /// be attributed, dropped journal entries.
    Notice {
        /// How serious it is; [`NoticeLevel::Error`] makes the run a NO-GO.
        level: NoticeLevel,
        /// A stable name for machines, such as `unattributed-call`.
        code: String,
        /// The sentence for people.
        text: String,
    },
    /// An attempt at a scenario began.
    ScenarioStarted {
        /// Which scenario.
        scenario: ScenarioRef,
        /// 1 for the first attempt, 2 for the first retry, and so on.
        attempt: u32,
    },
    /// A step ended (or was not reached: [`StepOutcome::NotRun`]).
    StepFinished(Box<StepFinished>),
    /// A request and its answer, on whatever hop.
    Exchange(Box<Exchange>),
    /// A WebSocket frame, either way.
    Frame(Box<Frame>),
    /// A line that the service under test wrote.
    ServiceLog {
        /// Which copy of the service (0 for the only one).
        worker: usize,
        /// `stdout` or `stderr`.
        stream: String,
        /// The line, without its end.
        line: String,
    },
    /// An attempt at a scenario ended.
    ScenarioFinished {
        /// The scenario's id: `file:line`.
        id: String,
        /// Which attempt.
        attempt: u32,
        /// How this attempt ended.
        outcome: Outcome,
        /// Microseconds from its start.
        duration_us: u64,
        /// Failures that belong to no step: a breach or an unexpected call found when the scenario closed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        failures: Vec<Failure>,
    },
    /// A load run began.
    LoadStarted(Box<LoadStarted>),
    /// A second of a load run went by.
    LoadTick(Box<LoadTick>),
    /// Something happened while a load run went on.
    LoadMark(LoadMark),
    /// A load run ended.
    LoadFinished(Box<LoadResult>),
    /// How much of a contract the run met; one for each contract, before the run ends.
    Coverage(Box<Coverage>),
    /// The last event of a run that was not killed.
    RunFinished(Box<RunFinished>),
}

/// How serious a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeLevel {
    /// Good to know.
    Info,
    /// Weakens a claim of the report.
    Warning,
    /// Fails the run.
    Error,
}

/// How scenarios are kept apart at the mocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// In parallel on one service: it passes on the correlation of each request.
    Correlation,
    /// In parallel, each worker with its own copy of the service and its own mocks.
    Workers,
    /// One after another.
    Serial,
}

/// What kind of run it was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Features were played against the service under test and its mocks.
    #[default]
    Rehearsal,
    /// A real provider was compared with its contract and with its mock.
    Verify,
    /// Requests at and beyond every bound of a contract were sent.
    Probe,
    /// Workflows were played many at a time, and timed.
    Load,
}

/// The head of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// [`FORMAT`].
    pub format: u32,
    /// What kind of run it is.
    #[serde(default)]
    pub kind: RunKind,
    /// A unique id of this run.
    pub run_id: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// The version of `dryrun`.
    pub tool_version: String,
    /// The words after the program's name.
    pub command: Vec<String>,
    /// Seed of everything generated.
    pub seed: u64,
    /// The profile in force, when one was named.
    pub profile: Option<String>,
    /// The service under test.
    pub target: TargetInfo,
    /// The mocked services.
    pub services: Vec<ServiceInfo>,
    /// How scenarios were kept apart, and the sentence that says why.
    pub isolation: Isolation,
    /// Why this isolation was chosen.
    pub isolation_reason: String,
    /// How many scenarios may run at once.
    pub jobs: usize,
    /// How many scenarios were selected.
    pub selected: usize,
    /// Options that a repetition of a single scenario needs: `--config`, `--profile`, `--env`…
    #[serde(default)]
    pub repeat_with: Vec<String>,
}

/// The service under test, as the record knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetInfo {
    /// Its name, `the service` unless configured.
    pub name: String,
    /// Where it was reached (the first worker's address).
    pub url: String,
    /// The command that started it; `None` when attached to one that ran already.
    pub command: Option<String>,
}

/// A mocked service, as the record knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceInfo {
    /// Its key in the configuration: `crm`.
    pub key: String,
    /// What steps call it: `the CRM`.
    pub title: String,
    /// Where it listened.
    pub url: String,
    /// The contract's path, as configured.
    pub contract: String,
    /// Operations in the contract, as `METHOD /path/template`.
    pub operations: Vec<String>,
}

/// Which scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioRef {
    /// `file:line`; the line of the example row for a scenario outline. Unique in a run.
    pub id: String,
    /// Path of the feature file as it was selected.
    pub file: String,
    /// Line of the scenario or of its example row, from 1.
    pub line: usize,
    /// Name of the feature.
    pub feature: String,
    /// Name of the rule, when it stands in one.
    pub rule: Option<String>,
    /// Name of the scenario, placeholders filled.
    pub name: String,
    /// Tags without `@`: the feature's, the rule's and its own.
    pub tags: Vec<String>,
}

/// A step that ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepFinished {
    /// The scenario's id.
    pub scenario: String,
    /// The attempt.
    pub attempt: u32,
    /// Position within the scenario, from 0, background first.
    pub index: usize,
    /// Keyword as written: `Given`, `When`, `Then`, `And`…
    pub keyword: String,
    /// Text as written.
    pub text: String,
    /// Line in the feature file, from 1.
    pub line: usize,
    /// True for a step of a background.
    pub background: bool,
    /// Doc string, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc_string: Option<String>,
    /// Table, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<Vec<Vec<String>>>,
    /// How it ended.
    pub outcome: StepOutcome,
    /// When it began, in microseconds since the run started; a step that was not reached has the time at which that
    /// was known.
    pub started_us: u64,
    /// Microseconds it took.
    pub duration_us: u64,
    /// Why it failed: several for a soft-check table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFinished {
    /// GO or NO-GO.
    pub verdict: Verdict,
    /// The reasons for a NO-GO, one sentence each; empty for a GO.
    pub reasons: Vec<String>,
    /// Scenario counts.
    pub totals: Totals,
    /// Microseconds from the start of the run.
    pub duration_us: u64,
    /// Peak resident memory of the harness in KiB, where the system tells it.
    pub peak_memory_kib: Option<u64>,
}
