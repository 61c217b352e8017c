//! The whole run: [`rehearse`].

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use dryrun_record::{Event, EventStream, Isolation, NoticeLevel, RunStarted, ServiceInfo, TargetInfo};
use dryrun_target::TargetSpec;

use crate::error::SuiteError;
use crate::features::Scenario;
use crate::policy::Policy;
use crate::runner::contracts::Contracts;
use crate::runner::end;
use crate::runner::engine::{self, Engine};
use crate::runner::gate::Gate;
use crate::runner::outside::Watched;
use crate::runner::panics::PanicGuard;
use crate::runner::plan::{Plan, Summary};
use crate::runner::probe;
use crate::runner::stations;
use crate::runner::watch::Watch;
use crate::world::{Shared, Station};

/// Starts mocks and service, runs every scenario of the plan, stops them. Everything that happens goes to `events`, the
/// head of the record first; its last entry, the verdict, is the caller's.
///
/// # Errors
/// When the harness could not do its work: a mock or the service did not start. The record has its head and what was
/// logged up to then. A scenario that failed is no error.
pub async fn rehearse(plan: Plan, events: EventStream) -> Result<Summary, SuiteError> {
    if plan.scenarios.is_empty() {
        return Err(SuiteError::Configuration("there is nothing to run: no scenario is selected".to_owned()));
    }
    let mut ids: Vec<&str> = plan.scenarios.iter().map(|scenario| scenario.reference.id.as_str()).collect();
    ids.sort_unstable();
    if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        // It would count as a second attempt, and hide the outcome of the first.
        return Err(SuiteError::Configuration(format!("{} is selected twice", twice[0])));
    }
    let http = reqwest::Client::builder()
        .no_proxy()
        // A kept connection that the service closes just then would look like a failure of the service.
        .pool_max_idle_per_host(0)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| SuiteError::Engine(format!("the HTTP client could not be made: {error}")))?;
    for secret in plan.options.secrets.values() {
        events.masker().learn(secret);
    }
    let Plan { options, .. } = &plan;
    let policy = Arc::new(Policy::new(options.contracts, options.exceptions.clone(), options.today));
    let watch = Arc::new(Watch::new(events.clone(), Arc::clone(&policy)));
    let head = Head::of(&plan);
    let contracts = Contracts::of(&plan);
    let Plan { scenarios, registry, mut target, services, options, interrupt, .. } = plan;
    let outside = Watched::of(&mut target.spec).await;

    let first = match stations::start(0, &target, &services, &options, &watch, &events).await {
        Ok(station) => Arc::new(station),
        Err(error) => {
            watch.begin(head.event(None, Isolation::Serial, "the run did not start".to_owned(), 0));
            watch.append(Event::Notice {
                level: NoticeLevel::Error,
                code: "no-start".to_owned(),
                text: error.to_string(),
            });
            return Err(error);
        }
    };
    let (isolation, reason) = probe::choose(&first, &target.spec, &services, &options, &http).await;
    let mut all = vec![Arc::clone(&first)];
    if isolation == Isolation::Workers {
        for index in 1..options.workers.min(scenarios.len()).max(1) {
            match stations::start(index, &target, &services, &options, &watch, &events).await {
                Ok(station) => all.push(Arc::new(station)),
                Err(error) => {
                    watch.begin(head.event(Some(&first), isolation, reason, all.len()));
                    watch.append(Event::Notice {
                        level: NoticeLevel::Error,
                        code: "no-start".to_owned(),
                        text: error.to_string(),
                    });
                    stop_all(all).await;
                    return Err(error);
                }
            }
        }
    }
    let places: Vec<Arc<Station>> = match isolation {
        Isolation::Correlation => vec![Arc::clone(&first); options.jobs.max(1)],
        Isolation::Workers => all.clone(),
        Isolation::Serial => vec![Arc::clone(&first)],
    };
    let at_once = places.len();
    watch.begin(head.event(Some(&first), isolation, reason.clone(), at_once));
    drop(first);

    contracts.opening(&watch);
    policy.opening().into_iter().for_each(|notice| watch.append(notice));
    let unattributed_fails = options.unattributed_fails;
    let whole = options.gate.unjudged.is_none();
    let fail_fast = options.fail_fast;
    let shared = Arc::new(Shared {
        options,
        policy: Arc::clone(&policy),
        http,
        events: events.clone(),
        target_contract: target.contract,
        target_spec: target.spec,
        numbers: AtomicU64::new(0),
    });
    let panics = PanicGuard::new();
    let panicked = panics.told();
    let by_id: HashMap<String, Arc<Scenario>> =
        scenarios.iter().map(|scenario| (scenario.reference.id.clone(), Arc::clone(scenario))).collect();
    let engine = Rc::new(Engine {
        shared: Arc::clone(&shared),
        registry,
        isolation,
        gate: Gate::new(places),
        watch: Arc::clone(&watch),
        scenarios: by_id,
        attempts: RefCell::new(HashMap::new()),
        panics,
    });
    let interrupted = {
        let run = engine::run(Rc::clone(&engine), &scenarios, at_once);
        match interrupt {
            None => {
                run.await;
                false
            }
            Some(interrupt) => tokio::select! {
                () = run => false,
                () = interrupt => true,
            },
        }
    };
    if !interrupted {
        end::look(&all, &events, &watch).await;
    }
    drop(engine);
    stop_all(all).await;
    watch.report(unattributed_fails);
    // A part of the scenarios can't say what an exception is good for.
    if whole && !interrupted {
        policy.closing().into_iter().for_each(|notice| watch.append(notice));
    }
    outside.report(&watch);
    end::panics(&panicked, &watch);
    if interrupted {
        watch.append(Event::Notice {
            level: NoticeLevel::Error,
            code: "interrupted".to_owned(),
            text: "the run was cut short before its end".to_owned(),
        });
    }
    let totals = events.with_record(dryrun_record::Record::totals);
    let stopped_early = interrupted || (fail_fast && totals.failed > 0);
    contracts.closing(&shared.options, stopped_early, &events, &watch);
    if totals.not_run > 0 && !stopped_early {
        return Err(SuiteError::Engine(format!(
            "{} of {} selected scenarios have no outcome: the engine lost them",
            totals.not_run, totals.selected
        )));
    }
    Ok(Summary { isolation, isolation_reason: reason, totals, interrupted })
}

async fn stop_all(stations: Vec<Arc<Station>>) {
    futures::future::join_all(stations.into_iter().map(stations::stop)).await;
}

/// What the head of the record says, apart from what turns out at the start.
struct Head(RunStarted);

impl Head {
    fn of(plan: &Plan) -> Self {
        let command = match &plan.target.spec {
            TargetSpec::Command { command, .. } => Some(command.join(" ")),
            TargetSpec::Attach { .. } => None,
        };
        let url = match &plan.target.spec {
            TargetSpec::Attach { url, .. } => url.clone(),
            TargetSpec::Command { .. } => String::new(),
        };
        let service = |service: &crate::runner::plan::ServicePlan| ServiceInfo {
            key: service.spec.key.clone(),
            title: service.spec.title.clone(),
            url: String::new(),
            contract: service.spec.contract_path.clone(),
            operations: service
                .spec
                .contract
                .operations()
                .iter()
                .map(dryrun_contract::Operation::line)
                .collect(),
        };
        Self(RunStarted {
            format: dryrun_record::FORMAT,
            kind: dryrun_record::RunKind::Rehearsal,
            run_id: plan.run_id.clone(),
            started_at: plan.started_at.clone(),
            tool_version: plan.tool_version.clone(),
            command: plan.command.clone(),
            seed: plan.options.seed,
            profile: plan.options.profile.clone(),
            target: TargetInfo { name: plan.options.target_name.clone(), url, command },
            services: plan.services.iter().map(service).collect(),
            isolation: Isolation::Serial,
            isolation_reason: String::new(),
            jobs: 0,
            selected: plan.scenarios.len(),
            repeat_with: plan.repeat_with.clone(),
        })
    }

    fn event(
        &self,
        station: Option<&Arc<Station>>,
        isolation: Isolation,
        reason: String,
        jobs: usize,
    ) -> Event {
        let mut head = self.0.clone();
        (head.isolation, head.isolation_reason, head.jobs) = (isolation, reason, jobs);
        if let Some(station) = station {
            head.target.url.clone_from(&station.target_url);
            for service in &mut head.services {
                service.url =
                    station.mock(&service.key).map(|mock| mock.url().to_owned()).unwrap_or_default();
            }
        }
        Event::RunStarted(Box::new(head))
    }
}
