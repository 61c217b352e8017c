//! What all scenarios of a run share: [`Shared`]; and those of one worker: [`Station`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dryrun_contract::Contract;
use dryrun_load::profile::Shape;
use dryrun_mocks::MockServer;
use dryrun_record::load::LoadResult;
use dryrun_record::{EventStream, Isolation};
use dryrun_target::{LogSink, Target, TargetSpec};
use futures::future::LocalBoxFuture;

use crate::failure::StepFailure;
use crate::options::RunOptions;
use crate::policy::Policy;

/// Makes the loads that steps ask for.
pub(crate) trait Loads: std::fmt::Debug + Send + Sync {
    /// Plays the profile against the service of this station; `scenario` is the id of the scenario whose step asks. Its
    /// events go to the record.
    fn play(
        &self,
        wish: Wish,
        scenario: String,
        shared: Arc<Shared>,
        station: Arc<Station>,
    ) -> LocalBoxFuture<'static, Result<LoadResult, StepFailure>>;
}

/// The load that a step asks for.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    /// Who comes when.
    pub(crate) shape: Shape,
    /// What they play: scenarios by name or `file:line`, with their weights.
    pub(crate) plays: Vec<(String, usize)>,
}

/// What every scenario of a run may look at.
#[derive(Debug)]
pub struct Shared {
    /// How the run is to go.
    pub options: RunOptions,
    /// What a breach of contract means.
    pub(crate) policy: Arc<Policy>,
    /// The client for the service under test: no proxy, no redirects followed, no cookies.
    pub http: reqwest::Client,
    /// The run's record.
    pub events: EventStream,
    /// The contract of the service under test, when one is configured.
    pub target_contract: Option<Contract>,
    /// How the service under test is started or reached.
    pub target_spec: TargetSpec,
    /// How scenarios are kept apart.
    pub isolation: Isolation,
    /// Makes the loads that steps ask for; `None` where there is nothing to choose from.
    pub(crate) loads: Option<Arc<dyn Loads>>,
    /// Numbers the exchanges and everything that must be unique within the run.
    pub numbers: AtomicU64,
}

impl Shared {
    /// A number that was not given out before in this run.
    pub fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }
}

/// One copy of the service under test with the mocks that it talks to. There is one, or one for each worker.
pub struct Station {
    /// From 0.
    pub index: usize,
    /// Where the service listens, without a slash at the end.
    pub target_url: String,
    /// The service, when it was started by us or is watched.
    pub target: tokio::sync::Mutex<Option<Target>>,
    /// The mocks, in the order of their keys.
    pub mocks: Vec<MockServer>,
    /// The title of each mock by its key: `crm` -> `the CRM`.
    pub(crate) titles: Arc<BTreeMap<String, String>>,
    /// What `${…}` in the target's command and environment stands for: `mocks.crm.url`, `folder`…
    pub substitutions: BTreeMap<String, String>,
    /// Where its log lines go.
    pub log: LogSink,
}

impl std::fmt::Debug for Station {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Station")
            .field("index", &self.index)
            .field("target_url", &self.target_url)
            .finish_non_exhaustive()
    }
}

impl Station {
    /// The mock of this key.
    pub fn mock(&self, key: &str) -> Option<&MockServer> {
        self.mocks.iter().find(|mock| mock.key() == key)
    }

    /// The id under which an exchange of this station's mocks stands in the record.
    pub fn exchange_id(&self, id: &str) -> String {
        worker_id(self.index, id)
    }
}

/// Unique within the run: `crm-17` for the first worker, `crm-17@1` for the second.
pub(crate) fn worker_id(worker: usize, id: &str) -> String {
    if worker == 0 { id.to_owned() } else { format!("{id}@{worker}") }
}
