//! The whole run: [`rehearse`].

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use dryrun_record::{Event, EventStream, Isolation, NoticeLevel, RunKind};

use crate::error::SuiteError;
use crate::features::Scenario;
use crate::registry::Registry;
use crate::runner::contracts::Contracts;
use crate::runner::end;
use crate::runner::engine::{self, Engine};
use crate::runner::gate::Gate;
use crate::runner::open::{self, Head, Opened};
use crate::runner::panics::PanicGuard;
use crate::runner::plan::{Plan, Summary};
use crate::runner::stations;
use crate::station::{Loads, Shared, Station};

/// Makes what a step can ask for of the vocabulary and of all scenarios that were loaded.
type MakeLoads = fn(Arc<Registry>, Vec<Arc<Scenario>>) -> Arc<dyn Loads>;

/// Starts mocks and service, runs every scenario of the plan, stops them.
pub(crate) async fn rehearse(
    plan: Plan,
    events: EventStream,
    loads: MakeLoads,
) -> Result<Summary, SuiteError> {
    if plan.scenarios.is_empty() {
        return Err(SuiteError::Configuration("there is nothing to run: no scenario is selected".to_owned()));
    }
    let mut ids: Vec<&str> = plan.scenarios.iter().map(|scenario| scenario.reference.id.as_str()).collect();
    ids.sort_unstable();
    if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        // It would count as a second attempt, and hide the outcome of the first.
        return Err(SuiteError::Configuration(format!("{} is selected twice", twice[0])));
    }
    let contracts = Contracts::of(&plan.target, &plan.services, &plan.options);
    let Plan { scenarios, library, registry, mut target, services, options, about, interrupt } = plan;
    let registry = Arc::new(registry);
    let head = Head::new(RunKind::Rehearsal, about, &target, &services, &options, scenarios.len());
    let opened = open::open(head, &mut target, &services, &options, &events).await?;
    let Opened { http, policy, watch, outside, station: first, isolation, reason, head } = opened;
    let mut all = vec![Arc::clone(&first)];
    if isolation == Isolation::Workers {
        for index in 1..options.workers.min(scenarios.len()).max(1) {
            match stations::start(index, &target, &services, &options, &watch, &events).await {
                Ok(station) => all.push(Arc::new(station)),
                Err(error) => {
                    watch.begin(head.event(Some(&first), isolation, reason, all.len()));
                    open::no_start(&watch, &error);
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
        isolation,
        loads: Some(loads(Arc::clone(&registry), library)),
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
