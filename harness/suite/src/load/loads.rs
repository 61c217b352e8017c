//! Loads that steps ask for: [`Repertoire`] plays scenarios of the features that were loaded.

use std::sync::Arc;

use dryrun_load::profile::{Plays, Profile, Think, Workflow};
use dryrun_load::{LoadError, LoadPlan, Slice};
use dryrun_record::load::LoadResult;
use futures::FutureExt;
use futures::future::LocalBoxFuture;

use crate::failure::StepFailure;
use crate::features::{Scenario, selector};
use crate::load::gauges;
use crate::load::place::stage;
use crate::load::refusal::Refusal;
use crate::load::script;
use crate::registry::Registry;
use crate::station::{Loads, Shared, Station, Wish};

/// Everything that a step can make a load of.
pub(crate) struct Repertoire {
    registry: Arc<Registry>,
    library: Vec<Arc<Scenario>>,
}

impl std::fmt::Debug for Repertoire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repertoire").field("scenarios", &self.library.len()).finish_non_exhaustive()
    }
}

impl Repertoire {
    pub(crate) fn new(registry: Arc<Registry>, library: Vec<Arc<Scenario>>) -> Self {
        Self { registry, library }
    }
}

fn profile(wish: Wish, scenario: &str) -> Profile {
    let workflows = wish.plays.iter().map(|(text, weight)| Workflow {
        name: String::new(),
        weight: *weight,
        think: Think::default(),
        data: None,
        plays: Plays::Scenarios(selector(text)),
    });
    let workflows = workflows.collect();
    Profile { workflows, ..Profile::new(scenario, wish.shape) }
}

fn refused(refused: Vec<Refusal>) -> StepFailure {
    let all: Vec<String> = refused.iter().map(ToString::to_string).collect();
    StepFailure::environment(all.join("\n"))
}

fn failed(error: &LoadError) -> StepFailure {
    StepFailure::environment(format!("the load could not be made: {error}"))
}

impl Loads for Repertoire {
    fn play(
        &self,
        wish: Wish,
        scenario: String,
        shared: Arc<Shared>,
        station: Arc<Station>,
    ) -> LocalBoxFuture<'static, Result<LoadResult, StepFailure>> {
        let profile = Arc::new(profile(wish, &scenario));
        let script = script::read(&profile, &self.library, &self.registry, &shared.options, None);
        async move {
            let script = script.map_err(refused)?;
            let why = "the service passes no correlation on";
            let (parts, muster) =
                stage(&shared, &station, why, &profile, &script, Slice::WHOLE).map_err(refused)?;
            let pid = station.target.lock().await.as_ref().and_then(dryrun_target::Target::pid);
            let events = shared.events.clone();
            let (_running, stop) = tokio::sync::watch::channel(None);
            let plan = LoadPlan {
                profile,
                parts,
                muster,
                slice: Slice::WHOLE,
                start_at: None,
                judge: false,
                scenario: Some(scenario),
                on_event: Arc::new(move |event| events.append(event)),
                gauges: gauges::read(Arc::clone(&station), pid),
                stop,
                seed: shared.options.seed,
            };
            dryrun_load::run(plan).await.map_err(|error| failed(&error))
        }
        .boxed_local()
    }
}
