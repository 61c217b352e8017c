//! Mocks and service for loads: [`LoadWorld`].

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use dryrun_load::profile::Profile;
use dryrun_load::{Muster, Part, ReadGauges, Slice};
use dryrun_record::{EventStream, Isolation, RunKind};

use crate::error::SuiteError;
use crate::load::crew::Recipe;
use crate::load::gauges;
use crate::load::refusal::Refusal;
use crate::load::script::{Script, What};
use crate::options::RunOptions;
use crate::runner::contracts::Contracts;
use crate::runner::open::{self, Head, Opened};
use crate::runner::outside::Watched;
use crate::runner::panics::{PanicGuard, Told};
use crate::runner::watch::Watch;
use crate::runner::{About, ServicePlan, TargetPlan, end, stations};
use crate::station::{Shared, Station};

/// The most calls that a mock keeps of nobody's, and of one iteration: a load must not fill the memory.
const JOURNAL: usize = 1_000;

/// What a [`LoadWorld`] is made from.
#[derive(Debug, Clone)]
pub struct LoadSetup {
    /// The service under test.
    pub target: TargetPlan,
    /// The services that are mocked.
    pub services: Vec<ServicePlan>,
    /// As for a rehearsal.
    pub options: RunOptions,
    /// What the record says of the run.
    pub about: About,
}

/// Mocks and service at work, for one load or several in a row.
pub struct LoadWorld {
    shared: Arc<Shared>,
    station: Arc<Station>,
    reason: String,
    watch: Arc<Watch>,
    outside: Watched,
    panicked: Told,
    _panics: PanicGuard,
}

impl std::fmt::Debug for LoadWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoadWorld").field("target", &self.station.target_url).finish_non_exhaustive()
    }
}

impl LoadWorld {
    /// Starts mocks and service as a rehearsal does, and finds out whether the service passes a correlation on. Writes the
    /// head of the record, unless it has one.
    ///
    /// # Errors
    /// A mock or the service did not start; nothing is left running.
    pub async fn start(setup: LoadSetup, events: &EventStream) -> Result<Self, SuiteError> {
        let LoadSetup { mut target, services, mut options, about } = setup;
        options.journal_limit = options.journal_limit.min(JOURNAL);
        let contracts = Contracts::of(&target, &services, &options);
        let head = Head::new(RunKind::Load, about, &target, &services, &options, 0);
        let opened = open::open(head, &mut target, &services, &options, events).await?;
        let Opened { http, policy, watch, outside, station, isolation, reason, head } = opened;
        // Load has one copy of the service: there it is told apart by its correlation, or not at all.
        let isolation = match isolation {
            Isolation::Correlation => Isolation::Correlation,
            Isolation::Workers | Isolation::Serial => Isolation::Serial,
        };
        if events.with_record(|record| record.run.is_none()) {
            watch.begin(head.event(Some(&station), isolation, reason.clone(), 1));
            contracts.opening(&watch);
            policy.opening().into_iter().for_each(|notice| watch.append(notice));
        } else {
            watch.go_on();
        }
        let shared = Arc::new(Shared {
            options,
            policy,
            http,
            events: events.clone(),
            target_contract: target.contract,
            target_spec: target.spec,
            isolation,
            loads: None,
            numbers: AtomicU64::new(0),
        });
        let panics = PanicGuard::new();
        let panicked = panics.told();
        Ok(Self { shared, station, reason, watch, outside, panicked, _panics: panics })
    }

    /// Where the service listens, without a slash at the end.
    pub fn target_url(&self) -> &str {
        &self.station.target_url
    }

    /// Whether the service passes the correlation of a request on, and the sentence that says why it is thought so.
    pub fn correlation(&self) -> (bool, &str) {
        (self.shared.isolation == Isolation::Correlation, &self.reason)
    }

    /// What a load plan wants of a script: its parts, and who plays them.
    ///
    /// # Errors
    /// Workflows that this service can't be loaded with, because it passes no correlation on.
    pub fn stage(
        &self,
        profile: &Arc<Profile>,
        script: &Script,
        slice: Slice,
    ) -> Result<(Vec<Part>, Muster), Vec<Refusal>> {
        stage(&self.shared, &self.station, &self.reason, profile, script, slice)
    }

    /// Reads what mocks and service use of the machine; times of mocks count from here.
    pub async fn gauges(&self) -> ReadGauges {
        let pid = self.station.target.lock().await.as_ref().and_then(dryrun_target::Target::pid);
        gauges::read(Arc::clone(&self.station), pid)
    }

    /// Looks whether the service still runs, ends it and the mocks, and tells what belongs to no load.
    pub async fn stop(self) {
        let Self { shared, station, watch, outside, panicked, .. } = self;
        end::alive(std::slice::from_ref(&station), &watch).await;
        let fails = shared.options.unattributed_fails;
        stations::stop(station).await;
        watch.report(fails);
        outside.report(&watch);
        end::panics(&panicked, &watch);
    }
}

/// As [`LoadWorld::stage`].
pub(crate) fn stage(
    shared: &Arc<Shared>,
    station: &Arc<Station>,
    reason: &str,
    profile: &Arc<Profile>,
    script: &Script,
    slice: Slice,
) -> Result<(Vec<Part>, Muster), Vec<Refusal>> {
    let correlated = shared.isolation == Isolation::Correlation;
    let mut refused = Vec::new();
    for act in script.acts.iter().filter(|_| !correlated) {
        if let What::Scenario(play) = &act.what
            && let Some(step) = &play.at_mocks
        {
            let why = format!(
                "`{}` looks at the mocks (`{step}`), and under load no user can be told from another there: {reason}; play scenarios that look at answers alone, or let the service pass on `traceparent` or `X-Correlation-ID`",
                play.reference.id
            );
            refused.push(Refusal::at(&act.at, why));
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    let parts = script.acts.iter().map(|act| act.part.clone()).collect();
    let recipe = Recipe {
        shared: Arc::clone(shared),
        station: Arc::clone(station),
        correlated,
        profile: Arc::clone(profile),
        acts: Arc::clone(&script.acts),
        slice,
        linger: profile.linger.max(shared.options.settle.unwrap_or_default()),
    };
    Ok((parts, Box::new(move || recipe.muster())))
}
