//! [`run`]: carries out a [`LoadPlan`] on a thread of its own.

mod alarm;
mod arrivals;
mod attack;
mod choice;
mod control;
mod counts;
mod driver;
mod outcome;
mod seats;
mod stages;
mod standing;
mod tell;
mod watch;

use dryrun_record::load::LoadResult;
use tokio::runtime::LocalOptions;
use tokio::sync::{Mutex, MutexGuard, oneshot};

use crate::error::LoadError;
use crate::interrupts::keep_interrupts;
use crate::plan::LoadPlan;
use crate::profile::Shape;
use crate::resources::allow_files;

use control::{Stops, conduct};

/// goose keeps its state in the process: a second attack waits for the first.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// So many tasks are run before sockets and the alarm are looked at again: few, for an arrival's sake.
const TASKS_BEFORE_EVENTS: u32 = 16;

/// Runs `plan` to its end. Given up before, the run ends early by itself.
///
/// # Errors
/// When nothing could be measured. A service that answers nothing, or wrongly, is a result.
pub async fn run(plan: LoadPlan) -> Result<LoadResult, LoadError> {
    let turn = ONE_AT_A_TIME.lock().await;
    keep_interrupts();
    allow_files(connections(&plan))?;
    let (told, result) = oneshot::channel();
    let load = move || thread(plan, told, turn);
    std::thread::Builder::new().name("load".to_owned()).spawn(load).map_err(LoadError::Thread)?;
    result.await.unwrap_or_else(|_| Err(LoadError::Attack("its thread panicked".to_owned())))
}

/// The load's own thread.
fn thread(
    plan: LoadPlan,
    result: oneshot::Sender<Result<LoadResult, LoadError>>,
    turn: MutexGuard<'static, ()>,
) {
    let mut stops = Stops { asked: plan.stop.clone(), result };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .event_interval(TASKS_BEFORE_EVENTS)
        .build_local(LocalOptions::default());
    let found = match runtime {
        Ok(runtime) => {
            let found = runtime.block_on(conduct(plan, &mut stops));
            // What is left of users and connections goes before anybody else may begin.
            drop(runtime);
            found
        }
        Err(error) => Err(LoadError::Thread(error)),
    };
    drop(turn);
    // Nobody waits for it any more when this fails.
    drop(stops.result.send(found));
}

/// Connections that may be open at once.
fn connections(plan: &LoadPlan) -> u64 {
    let all = match &plan.profile.shape {
        Shape::Open { max_in_flight, .. } => *max_in_flight,
        Shape::Closed { stages, .. } => stages.iter().map(|stage| stage.users).max().unwrap_or(0),
    };
    (all as u64).div_ceil(u64::from(plan.slice.count.max(1)))
}
