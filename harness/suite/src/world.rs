//! The world of one attempt at a scenario: [`World`].

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use dryrun_contract::Contract;
use dryrun_mocks::{MockServer, View};
use dryrun_record::{Exchange, ScenarioRef};
use dryrun_target::{Target, TargetSpec};
use futures::future::LocalBoxFuture;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;

use crate::answer::{Answer, SentRequest};
use crate::failure::StepFailure;
use crate::live::Client;
use crate::loading::Loading;
use crate::promise::{Kept, Promise};
pub(crate) use crate::station::{Shared, Station};
use crate::values::expand;
use crate::values::nearest::{listed, nearest};
use crate::values::variables::Variables;

/// How the requests of a world travel that is one of many under load: they are timed, and not recorded.
pub(crate) trait Carrier {
    /// Sends a request and reads its answer.
    fn call<'a>(
        &'a self,
        world: &'a World,
        request: &'a SentRequest,
    ) -> LocalBoxFuture<'a, Result<Answer, StepFailure>>;

    /// A WebSocket was opened, or refused; the answer has been judged.
    fn shaken(&self, world: &World, answer: Answer);
}

/// The state of one attempt at a scenario.
pub struct World {
    /// What all scenarios share.
    pub shared: Arc<Shared>,
    /// The copy of the service and the mocks that this scenario works with.
    pub station: Arc<Station>,
    /// Which scenario.
    pub scenario: Arc<ScenarioRef>,
    /// From 1.
    pub attempt: u32,
    /// 32 lower-case hex digits: the trace id of `traceparent`, and the value of `X-Correlation-ID`.
    pub correlation: String,
    /// Seeded by the run's seed, the scenario and the attempt.
    pub rng: StdRng,
    /// Where the clock stands, when a step has set it.
    pub now: Option<DateTime<Utc>>,
    /// Remembered values.
    pub vars: Variables,
    /// Where the service listens for this scenario, without a slash at the end.
    pub target_url: String,
    /// A copy of the service of this scenario's own.
    pub private_target: Option<Target>,
    /// This scenario's view of each mock, by the service's key.
    pub views: BTreeMap<String, View>,
    /// The title of each service by its key: `crm` -> `the CRM`.
    pub titles: Arc<BTreeMap<String, String>>,
    /// The last answer of the service.
    pub last: Option<Answer>,
    /// The last request, to send it again.
    pub sent: Option<SentRequest>,
    /// The answers of the last request that was sent many times.
    pub answers: Vec<Answer>,
    /// WebSocket clients by name.
    pub clients: BTreeMap<String, Client>,
    /// Headers that go with each request of this scenario.
    pub headers: Vec<(String, String)>,
    /// How often the service was called, sent a message or started: when never, nothing needs to settle.
    pub calls_made: AtomicU64,
    /// Ids of exchanges whose breaches a step has asked for or dealt with.
    pub expected_breaches: BTreeSet<String>,
    /// What steps found out about the mocks' calls, looked at once more when the scenario ends.
    pub(crate) promises: Vec<Promise>,
    /// When the service was first called, in microseconds of the run; 0 for never.
    first_call_us: AtomicU64,
    /// The load that its steps make.
    pub(crate) loading: Loading,
    /// How requests travel; `None` for one by one, and into the record.
    pub(crate) carrier: Option<Rc<dyn Carrier>>,
    /// A step said that breaches are expected, on any hop.
    pub breaches_expected: bool,
    /// A step said that calls that no contract knows are expected.
    pub unexpected_calls_expected: bool,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("scenario", &self.scenario.id)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

impl World {
    /// A fresh world at a station. Opens no view: see `runner`.
    pub fn new(shared: Arc<Shared>, station: Arc<Station>, scenario: ScenarioRef, attempt: u32) -> Self {
        let seed = stable_hash(&[&shared.options.seed.to_string(), &scenario.id, &attempt.to_string()]);
        // 32 hex digits that no other attempt of this run, nor of another run, has: not from the seed, because a service
        // that outlives the run would see them again.
        let correlation = format!("{:032x}", rand::random::<u128>().max(1));
        Self::with(shared, station, Arc::new(scenario), attempt, correlation, seed)
    }

    /// A world of this correlation, whose generated values follow this seed.
    pub(crate) fn with(
        shared: Arc<Shared>,
        station: Arc<Station>,
        scenario: Arc<ScenarioRef>,
        attempt: u32,
        correlation: String,
        seed: u64,
    ) -> Self {
        Self {
            target_url: station.target_url.clone(),
            headers: shared.options.headers.clone(),
            titles: Arc::clone(&station.titles),
            correlation,
            rng: StdRng::seed_from_u64(seed),
            now: None,
            vars: Variables::new(),
            private_target: None,
            views: BTreeMap::new(),
            last: None,
            sent: None,
            answers: Vec::new(),
            clients: BTreeMap::new(),
            calls_made: AtomicU64::new(0),
            promises: Vec::new(),
            first_call_us: AtomicU64::new(0),
            expected_breaches: BTreeSet::new(),
            breaches_expected: false,
            unexpected_calls_expected: false,
            shared,
            station,
            scenario,
            attempt,
            carrier: None,
            loading: Loading::default(),
        }
    }

    /// The service is about to be called, sent a message or started: what comes from now on may be this scenario's doing.
    pub(crate) fn called(&self) {
        self.calls_made.fetch_add(1, Ordering::Relaxed);
        let now = self.shared.events.now_us().max(1);
        let _ = self.first_call_us.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// When the service was first called, in microseconds of the run.
    pub(crate) fn first_call_us(&self) -> Option<u64> {
        Some(self.first_call_us.load(Ordering::Relaxed)).filter(|at| *at > 0)
    }

    /// Keeps for the end of the scenario that so many calls had come that `covers` is about.
    pub(crate) fn promise(
        &mut self,
        said: impl Into<String>,
        seen: usize,
        covers: impl Fn(&Exchange) -> bool + 'static,
    ) {
        self.keep(said.into(), Kept::AtMost { seen, covers: Box::new(covers) });
    }

    /// Keeps for the end of the scenario that `judge` has nothing against the calls, however many come.
    pub(crate) fn promise_again(
        &mut self,
        said: impl Into<String>,
        judge: impl Fn(&[Arc<Exchange>]) -> Result<(), StepFailure> + 'static,
    ) {
        self.keep(said.into(), Kept::Again(Box::new(judge)));
    }

    fn keep(&mut self, said: String, kept: Kept) {
        let calls_made = self.calls_made.load(Ordering::Relaxed);
        self.promises.push(Promise { said, calls_made, kept });
    }

    /// The last answer of the service.
    ///
    /// # Errors
    /// When nothing was sent yet.
    pub fn answer(&self) -> Result<&Answer, StepFailure> {
        self.last.as_ref().ok_or_else(|| {
            StepFailure::environment(
                "there is no answer yet: nothing was sent to the service in this scenario",
            )
            .hint("put a step such as `When I GET \"/health\"` before this one")
        })
    }

    /// The view of a service by its title (`the CRM`, in any case) or key (`crm`).
    ///
    /// # Errors
    /// When there is none, with those that are configured.
    pub fn service(&self, name: &str) -> Result<&View, StepFailure> {
        let key = self.service_key(name)?;
        self.views
            .get(&key)
            .ok_or_else(|| StepFailure::environment(format!("{name} has no view in this scenario")))
    }

    /// The key of a service by its title or key.
    ///
    /// # Errors
    /// As [`World::service`].
    pub fn service_key(&self, name: &str) -> Result<String, StepFailure> {
        let wanted = name.trim();
        let found = self.titles.iter().find(|(key, title)| {
            title.eq_ignore_ascii_case(wanted)
                || key.eq_ignore_ascii_case(wanted)
                || title.strip_prefix("the ").is_some_and(|short| short.eq_ignore_ascii_case(wanted))
        });
        if let Some((key, _)) = found {
            return Ok(key.clone());
        }
        let titles = || self.titles.values().map(String::as_str);
        let failure = StepFailure::environment(format!("no service is called `{wanted}`"));
        Err(match nearest(wanted, titles()) {
            Some(near) => failure.hint(format!("did you mean {near}?")),
            None => failure.hint(format!("the configured services are {}", listed(titles(), 8))),
        })
    }

    /// The contract of a service by its title or key.
    ///
    /// # Errors
    /// As [`World::service`].
    pub fn contract(&self, name: &str) -> Result<&Contract, StepFailure> {
        let key = self.service_key(name)?;
        let mock = self.station.mock(&key);
        mock.map(MockServer::contract).ok_or_else(|| StepFailure::environment(format!("{name} has no mock")))
    }

    /// The time: where a step has put the clock, or the real one.
    pub fn clock(&self) -> DateTime<Utc> {
        self.now.unwrap_or_else(Utc::now)
    }

    /// Replaces `${…}` in a text.
    ///
    /// # Errors
    /// An unknown variable or function, with the nearest.
    pub fn expand(&mut self, text: &str) -> Result<String, StepFailure> {
        Ok(expand::text(text, &mut self.scope())?)
    }

    /// Replaces `${…}` in a text; a lone `${name}` keeps its JSON type.
    ///
    /// # Errors
    /// As [`World::expand`].
    pub fn expand_value(&mut self, text: &str) -> Result<Value, StepFailure> {
        Ok(expand::value(text, &mut self.scope())?)
    }

    /// Everything that `${…}` may draw on.
    pub fn scope(&mut self) -> expand::Scope<'_> {
        expand::Scope {
            variables: &self.vars,
            env: &self.shared.options.env,
            rng: &mut self.rng,
            now: self.now.unwrap_or_else(Utc::now),
        }
    }

    /// Starts a copy of the service for this scenario alone, with the same mocks and `env` on top of the configured
    /// environment. It ends with the scenario; a copy started before is ended first.
    ///
    /// # Errors
    /// When the service is attached to, not started by us, or does not become ready.
    pub async fn fresh_service(&mut self, env: BTreeMap<String, String>) -> Result<(), StepFailure> {
        let TargetSpec::Command { .. } = &self.shared.target_spec else {
            return Err(StepFailure::environment("a fresh service needs a command to start one, and this run is attached to a service that runs already")
                .hint("give `[target]` a `command` in dryrun.toml, or tag the scenario and leave it out of this profile"));
        };
        self.called();
        let mut spec = self.shared.target_spec.clone();
        if let TargetSpec::Command { env: configured, port, .. } = &mut spec {
            configured.extend(env);
            *port = None;
        }
        if let Some(old) = self.private_target.take() {
            old.stop().await;
        }
        let target = Target::start(&spec, &self.station.substitutions, self.station.log.clone())
            .await
            .map_err(|error| {
                StepFailure::environment(format!("the fresh copy of the service did not start: {error}"))
            })?;
        self.target_url = target.url().trim_end_matches('/').to_owned();
        self.private_target = Some(target);
        Ok(())
    }
}

/// FNV-1a over the parts: the same on every machine and in every version.
fn stable_hash(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}
