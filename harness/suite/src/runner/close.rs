//! The end of a scenario: wait until the mocks are quiet, then look at what no step looked at.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use dryrun_record::{Breach, Direction, Event, Exchange, Failure, FailureKind, NoticeLevel};

use crate::policy::ContractMode;
use crate::runner::untimely;
use crate::world::World;

/// The longest that the mocks are waited for. A call that comes later is told as late.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until no call of this scenario is under way and none has come for the settling time; not at all when the
/// scenario neither called the service nor had a live session.
pub(crate) async fn settle(world: &World, live: bool, quiet_for: Duration) {
    if world.views.is_empty() || (world.calls_made.load(Ordering::Relaxed) == 0 && !live) {
        return;
    }
    let last = Instant::now() + PATIENCE;
    loop {
        futures::future::join_all(world.views.values().map(|view| view.settled(last))).await;
        let quiet = (Instant::now() + quiet_for).min(last);
        let waits = world.views.values().map(|view| async move {
            let seen = view.calls().len() + usize::try_from(view.dropped()).unwrap_or(usize::MAX);
            view.changed(seen, quiet).await || view.under_way() > 0
        });
        let moved = futures::future::join_all(waits).await.into_iter().any(|moved| moved);
        if !moved || Instant::now() >= last {
            return;
        }
    }
}

/// Waits for calls that were told as this scenario's and are not in its journal yet.
pub(crate) async fn filed(world: &World) {
    let soon = Instant::now() + Duration::from_millis(100);
    futures::future::join_all(world.views.values().map(|view| view.settled(soon))).await;
}

/// Breaches and unexpected calls that no step asked for; calls that came too early or too late.
pub(crate) fn left_over(world: &World) -> Vec<Failure> {
    let mut failures: Vec<Failure> = Vec::new();
    for (key, view) in world.views.iter().filter(|(_, view)| view.dropped() > 0) {
        let title = world.titles.get(key).map_or(key.as_str(), String::as_str);
        failures.push(Failure {
            kind: FailureKind::Environment,
            message: format!(
                "the journal of {title} had to drop {} calls: not every call was checked",
                view.dropped()
            ),
            hint: Some("give the journal a higher limit, or make the scenario smaller".to_owned()),
            ..Failure::default()
        });
    }
    let calls: Vec<_> = world.views.values().flat_map(|view| view.calls()).collect();
    failures.extend(untimely::strays(world, &calls));
    failures.extend(untimely::broken_promises(world, &calls));
    if !world.unexpected_calls_expected {
        for call in &calls {
            if let Some(diagnosis) = &call.unexpected {
                let title = world.titles.get(&call.service).map_or(call.service.as_str(), String::as_str);
                add(
                    &mut failures,
                    Failure {
                        kind: FailureKind::UnexpectedCall,
                        message: format!(
                            "{title} was called with {}, which its contract does not know",
                            call.request.line()
                        ),
                        hint: Some(diagnosis.clone()),
                        exchanges: vec![call.id.clone()],
                        ..Failure::default()
                    },
                );
            }
        }
    }
    if world.breaches_expected {
        return failures;
    }
    let mut broken = Broken::default();
    for call in &calls {
        collect(world, call, &mut broken);
    }
    // The harness's own calls are in the record; the world keeps the last one only.
    world.shared.events.with_record(|record| {
        let scenario = record.scenarios.iter().rev().find(|known| known.scenario.id == world.scenario.id);
        let attempt =
            scenario.and_then(|known| known.attempts.iter().find(|attempt| attempt.number == world.attempt));
        for exchange in attempt.into_iter().flat_map(|attempt| &attempt.exchanges) {
            if exchange.direction == Direction::ToService {
                collect(world, exchange, &mut broken);
            }
        }
    });
    broken.failures.into_iter().for_each(|failure| add(&mut failures, failure));
    broken.warnings.into_iter().for_each(|(warning, why)| warn(world, warning, why));
    failures
}

/// What is wrong with the messages of a scenario.
#[derive(Default)]
struct Broken {
    failures: Vec<Failure>,
    /// By why it is only told: an exception's reason and end, or nothing when that is the setting of the run.
    warnings: Vec<(Failure, Option<String>)>,
}

fn collect(world: &World, exchange: &Exchange, broken: &mut Broken) {
    if world.expected_breaches.contains(&exchange.id) {
        return;
    }
    for breach in &exchange.breaches {
        // A fault that a step asked for makes the mock answer as it would not: no breach of anybody's.
        if exchange.fault.is_some() && breach.side == "response" {
            continue;
        }
        let ruling = world.shared.policy.rule(exchange.direction, breach);
        let failure = || failure(world, exchange, breach);
        match ruling.mode {
            ContractMode::Enforce => broken.failures.push(failure()),
            ContractMode::Warn => {
                let why =
                    ruling.exception.map(|one| format!("tolerated until {}: {}", one.until, one.reason));
                let mut warning = failure();
                warning.exchanges.clear();
                let told = (warning, why);
                if !broken.warnings.contains(&told) {
                    broken.warnings.push(told);
                }
            }
            ContractMode::Off => {}
        }
    }
}

fn warn(world: &World, warning: Failure, why: Option<String>) {
    let text = format!(
        "{}: {} at {}: found {}, wanted {}{}",
        world.scenario.id,
        warning.message,
        warning.at.unwrap_or_default(),
        warning.found.unwrap_or_default(),
        warning.expected.unwrap_or_default(),
        why.map(|why| format!(" ({why})")).unwrap_or_default()
    );
    let (level, code) = (NoticeLevel::Warning, "contract-breach".to_owned());
    world.shared.events.append(Event::Notice { level, code, text });
}

fn failure(world: &World, exchange: &Exchange, breach: &Breach) -> Failure {
    let title = world.titles.get(&exchange.service).map_or(exchange.service.as_str(), String::as_str);
    let message = match (exchange.direction, breach.side.as_str()) {
        (Direction::ToService, _) => {
            let name = &world.shared.options.target_name;
            format!("the answer to {} breaks the contract of {name}", breach.operation)
        }
        (Direction::ToMock, "request") => {
            format!("the call {} to {title} breaks its contract", breach.operation)
        }
        (Direction::ToProvider, _) => {
            format!("the answer of {title} to {} breaks its contract", breach.operation)
        }
        (Direction::ToMock, _) => {
            format!("the mock of {title} answers {} against its own contract", breach.operation)
        }
    };
    Failure {
        kind: FailureKind::Contract,
        message,
        at: Some(breach.instance_path.clone()),
        expected: Some(breach.wanted.clone()),
        found: Some(breach.found.clone()),
        hint: (!breach.schema_path.is_empty()).then(|| format!("the rule stands at {}", breach.schema_path)),
        exchanges: vec![exchange.id.clone()],
    }
}

/// The same thing in many calls is one failure that names them all.
fn add(failures: &mut Vec<Failure>, failure: Failure) {
    let same = |known: &&mut Failure| {
        known.kind == failure.kind
            && known.message == failure.message
            && known.at == failure.at
            && known.found == failure.found
            && known.expected == failure.expected
    };
    match failures.iter_mut().find(same) {
        Some(known) => known.exchanges.extend(failure.exchanges),
        None => failures.push(failure),
    }
}
