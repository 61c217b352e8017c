//! What is to be run: [`Plan`]; and what came of it: [`Summary`].

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use dryrun_contract::Contract;
use dryrun_mocks::ServiceSpec;
use dryrun_record::{Isolation, Totals};
use dryrun_target::TargetSpec;

use crate::features::Scenario;
use crate::options::RunOptions;
use crate::registry::Registry;

/// Ends when the run is to be cut short.
pub type Interrupt = Pin<Box<dyn Future<Output = ()>>>;

/// A run, ready to start: everything selected and checked.
pub struct Plan {
    /// The scenarios, in the order in which they are to run.
    pub scenarios: Vec<Arc<Scenario>>,
    /// What a step may make a load of: every scenario that was loaded.
    pub library: Vec<Arc<Scenario>>,
    /// The vocabulary.
    pub registry: Registry,
    /// The service under test.
    pub target: TargetPlan,
    /// The services that are mocked.
    pub services: Vec<ServicePlan>,
    /// How it is to go.
    pub options: RunOptions,
    /// What the record says of the run.
    pub about: About,
    /// Cuts the run short when it ends: mocks and service are ended in order, what did not run counts as not run.
    pub interrupt: Option<Interrupt>,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan")
            .field("scenarios", &self.scenarios.len())
            .field("run_id", &self.about.run_id)
            .finish_non_exhaustive()
    }
}

/// What the record says of a run.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The words of the command.
    pub command: Vec<String>,
    /// Options that a repetition of a single scenario needs: `--config`, `--env`…
    pub repeat_with: Vec<String>,
    /// The id of the run.
    pub run_id: String,
    /// RFC 3339, UTC: when the run began.
    pub started_at: String,
    /// The version of the tool.
    pub tool_version: String,
}

/// The service under test.
#[derive(Debug, Clone)]
pub struct TargetPlan {
    /// How it is started or reached.
    pub spec: TargetSpec,
    /// Its own contract, for answers.
    pub contract: Option<Contract>,
}

/// A service to mock.
#[derive(Debug, Clone)]
pub struct ServicePlan {
    /// Contract and behaviour.
    pub spec: ServiceSpec,
    /// The port that it must have; `None` for any.
    pub port: Option<u16>,
}

/// What came of a run. The verdict is drawn from the record, not from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How scenarios were kept apart.
    pub isolation: Isolation,
    /// Why so.
    pub isolation_reason: String,
    /// Counts, as the record has them.
    pub totals: Totals,
    /// The run was cut short.
    pub interrupted: bool,
}
