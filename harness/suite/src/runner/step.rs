//! A step carried out: within its time, its panics caught: [`carry_out`].

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use dryrun_record::{Failure, FailureKind};
use futures::FutureExt;

use crate::phrase::{Call, Handler, StepFailure};
use crate::runner::panics::{self, InStep};
use crate::values::duration;
use crate::world::World;

/// How long a step may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// When its scenario began.
    pub(crate) begun: Instant,
    /// What the step itself names comes on top of its limit.
    pub(crate) extra: Duration,
    /// What earlier steps have earned the scenario on top of its own.
    pub(crate) granted: Duration,
}

/// Carries a step out; empty when it held.
pub(crate) async fn carry_out(
    world: &mut World,
    run: Handler,
    call: Call,
    patience: Patience,
) -> Vec<Failure> {
    let options = &world.shared.options;
    let whole = options.timeout + patience.granted;
    let left = whole.saturating_sub(patience.begun.elapsed());
    let own = options.step_timeout + patience.extra;
    let (limit, whose) = if left < own { (left, "the scenario") } else { (own, "the step") };
    let run = InStep(Box::pin(AssertUnwindSafe(run(world, call)).catch_unwind()));
    match tokio::time::timeout(limit, run).await {
        Ok(Ok(Ok(()))) => Vec::new(),
        // Invariant: a step that did not hold has a failure to show, even if it forgot to say which.
        Ok(Ok(Err(StepFailure(failures)))) if failures.is_empty() => {
            vec![failure(FailureKind::Check, "the step did not hold")]
        }
        Ok(Ok(Err(StepFailure(failures)))) => failures,
        Ok(Err(panic)) => {
            let place = panics::take_place().map(|place| format!(" at {place}")).unwrap_or_default();
            vec![Failure {
                hint: Some(
                    "this is a fault of the harness itself: please report it with the step and this message"
                        .to_owned(),
                ),
                ..failure(
                    FailureKind::Panic,
                    &format!("the step panicked{place}: {}", panics::message(panic.as_ref())),
                )
            }]
        }
        Err(_) => {
            let gone = world.target_gone().await;
            let flag = if whose == "the step" { "--step-timeout" } else { "--timeout" };
            let after = duration::show(if whose == "the step" { limit } else { whole });
            vec![Failure {
                hint: gone.or_else(|| {
                    Some(format!(
                        "give it more time with `{flag}`, or look for what it waits for in the log of the service"
                    ))
                }),
                ..failure(FailureKind::Timeout, &format!("{whose} ran out of time after {after}"))
            }]
        }
    }
}

pub(crate) fn failure(kind: FailureKind, message: &str) -> Failure {
    Failure { kind, message: message.to_owned(), ..Failure::default() }
}
