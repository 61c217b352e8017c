//! How a run is to go: [`RunOptions`], settled by the command line from flags, environment, profile and file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use dryrun_contract::SchemaSet;
use dryrun_record::Isolation;

use crate::conventions::Conventions;
use crate::policy::{ContractMode, Exception, today};

/// Everything that scenarios of a run have in common.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// How many scenarios may run at once; at least 1.
    pub jobs: usize,
    /// How many copies of the service may be started, when scenarios can't share one; at least 1.
    pub workers: usize,
    /// Seed of everything generated, at the mocks and in values.
    pub seed: u64,
    /// The longest that a scenario may take, its closing not counted.
    pub timeout: Duration,
    /// The longest that a step may take.
    pub step_timeout: Duration,
    /// Stop after the first scenario that failed for good.
    pub fail_fast: bool,
    /// What a breach of contract that no step asked for means.
    pub contracts: ContractMode,
    /// Breaches of which something else is made, each with a reason and an end.
    pub exceptions: Vec<Exception>,
    /// The day of the run: exceptions end.
    pub today: NaiveDate,
    /// Plain JSON Schemas, for steps that name them.
    pub schemas: Option<Arc<SchemaSet>>,
    /// How much of the contracts a run must meet.
    pub gate: Gate,
    /// What a call to a mock that belongs to no scenario means: `true` fails the run, `false` only warns.
    pub unattributed_fails: bool,
    /// How long the mocks must have been quiet before a scenario that called the service is closed. `None` for what
    /// the isolation needs: see [`RunOptions::settle_for`].
    pub settle: Option<Duration>,
    /// How scenarios are kept apart.
    pub isolation: IsolationChoice,
    /// A request that is known to make the service call a mock, for the probe at the start: `GET` and this path.
    pub probe: Option<String>,
    /// The profile in force.
    pub profile: Option<String>,
    /// What `${env:NAME}` may see.
    pub env: BTreeMap<String, String>,
    /// What `secret "NAME"` may see.
    pub secrets: BTreeMap<String, String>,
    /// The folder of test data: `Given the test data "readers.csv"`.
    pub data: PathBuf,
    /// The folder of snapshots.
    pub snapshots: PathBuf,
    /// Write snapshots anew in place of comparing them.
    pub update_snapshots: bool,
    /// Headers that go with every request to the service.
    pub headers: Vec<(String, String)>,
    /// What the service means by its words.
    pub conventions: Conventions,
    /// The name of the service under test in reports.
    pub target_name: String,
    /// The most of a body that is kept in the record, in bytes.
    pub body_limit: usize,
    /// The most exchanges that each mock keeps.
    pub journal_limit: usize,
}

/// How much of each contract a run must meet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gate {
    /// Percent, by the key of the service or [`TARGET`](crate::policy::TARGET).
    pub coverage: BTreeMap<String, f64>,
    /// Why it can't be judged in this run: only a part of the scenarios was selected.
    pub unjudged: Option<String>,
}

/// How scenarios are to be kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IsolationChoice {
    /// A probe at the start finds out.
    #[default]
    Auto,
    /// As the configuration says.
    Forced(Isolation),
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            jobs: std::thread::available_parallelism().map_or(2, |cores| (cores.get() * 2).clamp(2, 16)),
            workers: 1,
            seed: 0,
            timeout: Duration::from_secs(120),
            step_timeout: Duration::from_secs(30),
            fail_fast: false,
            contracts: ContractMode::Enforce,
            exceptions: Vec::new(),
            today: today(),
            schemas: None,
            gate: Gate::default(),
            unattributed_fails: true,
            settle: None,
            isolation: IsolationChoice::Auto,
            probe: None,
            profile: None,
            env: BTreeMap::new(),
            secrets: BTreeMap::new(),
            data: PathBuf::from("features/data"),
            snapshots: PathBuf::from("features/snapshots"),
            update_snapshots: false,
            headers: Vec::new(),
            conventions: Conventions::default(),
            target_name: "the service".to_owned(),
            body_limit: 64 * 1024,
            journal_limit: 100_000,
        }
    }
}

impl RunOptions {
    /// How long the mocks must have been quiet. With a correlation a later call is still known for whose it is, and told;
    /// without one it would be taken for the next scenario's, so that more patience is due.
    pub fn settle_for(&self, isolation: Isolation) -> Duration {
        self.settle.unwrap_or(match isolation {
            Isolation::Correlation => Duration::from_millis(20),
            Isolation::Workers | Isolation::Serial => Duration::from_millis(50),
        })
    }
}
