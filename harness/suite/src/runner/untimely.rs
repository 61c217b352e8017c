//! Calls that came too early to be a scenario's own, or too late for the step that counted them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use dryrun_record::{Attribution, Event, Exchange, Failure, FailureKind, NoticeLevel};

use crate::failure::StepFailure;
use crate::promise::{Kept, Promise};
use crate::vocabulary::{ids, list, writes};
use crate::world::World;

/// Steps that held when they looked, and hold no more.
pub(crate) fn broken_promises(world: &World, calls: &[Arc<Exchange>]) -> Vec<Failure> {
    broken(&world.promises, world.calls_made.load(Ordering::Relaxed), calls)
}

/// Which of these promises hold no more, when the service has been called so often.
pub(crate) fn broken(promises: &[Promise], made: u64, calls: &[Arc<Exchange>]) -> Vec<Failure> {
    let mut failures = Vec::new();
    for promise in promises.iter().filter(|promise| promise.calls_made == made) {
        match &promise.kept {
            Kept::AtMost { seen, covers } => failures.extend(more(&promise.said, *seen, covers, calls)),
            Kept::Again(judge) => {
                let Err(StepFailure(found)) = judge(calls) else { continue };
                failures.extend(found.into_iter().map(|failure| {
                    let message = format!("{}: {}", too_late(&promise.said), failure.message);
                    Failure { message, hint: failure.hint.or_else(|| Some(WAIT.to_owned())), ..failure }
                }));
            }
        }
    }
    failures
}

const WAIT: &str = "the service calls on after it has answered: wait for that before, with `within 5 seconds … received …` or `I wait up to …`";

fn too_late(said: &str) -> String {
    format!("`{said}` held when it was checked, and not at the end of the scenario")
}

/// More calls than there were.
fn more(
    said: &str,
    seen: usize,
    covers: &dyn Fn(&Exchange) -> bool,
    calls: &[Arc<Exchange>],
) -> Option<Failure> {
    let found: Vec<&Arc<Exchange>> = calls.iter().filter(|call| covers(call)).collect();
    (found.len() > seen).then(|| Failure {
        kind: FailureKind::Check,
        message: too_late(said),
        expected: Some(format!("{seen} such call{}", if seen == 1 { "" } else { "s" })),
        found: Some(list(found.iter().copied())),
        hint: Some(WAIT.to_owned()),
        exchanges: ids(found.iter().copied()),
        ..Failure::default()
    })
}

/// Calls that were taken for this scenario's because it ran alone, and that came before it had called the service: an
/// earlier one must have caused them. They fail the scenario if they may have changed something, because its checks have
/// counted them; otherwise they are told.
pub(crate) fn strays(world: &World, calls: &[Arc<Exchange>]) -> Vec<Failure> {
    let first = world.first_call_us();
    let mut failures = Vec::new();
    let early = |call: &&Arc<Exchange>| {
        call.attribution == Attribution::Alone && first.is_none_or(|first| call.at_us < first)
    };
    for call in calls.iter().filter(early) {
        let title = world.titles.get(&call.service).map_or(call.service.as_str(), String::as_str);
        let message = format!(
            "{title} was called with {} before this scenario had called the service: it can't be this scenario's, and cannot be told whose it is",
            call.request.line()
        );
        if writes(call) && world.shared.options.unattributed_fails {
            failures.push(Failure {
                kind: FailureKind::Environment,
                message,
                hint: Some(
                    "give scenarios more time to end with `settle` under [run] in dryrun.toml, or let the service pass on `traceparent` or `X-Correlation-ID`"
                        .to_owned(),
                ),
                exchanges: vec![call.id.clone()],
                ..Failure::default()
            });
        } else {
            world.shared.events.append(Event::Notice {
                level: NoticeLevel::Warning,
                code: "foreign-call".to_owned(),
                text: format!("{}: {message}", world.scenario.id),
            });
        }
    }
    failures
}
