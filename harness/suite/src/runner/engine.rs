//! The `cucumber` crate as the engine: our scenarios in, our events out.
//!
//! It decides what runs beside what, repeats what `@retry` names, and stops at the first failure if asked. Its own
//! reports, filters and parsers are not used; see docs on its traps in ARCHITECTURE.md.

use std::cell::RefCell;
use std::collections::HashMap;
use std::convert::Infallible;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use cucumber::event::{Cucumber as Told, ScenarioFinished, StepError};
use cucumber::{Cucumber, Event, Parser, Writer, cli, parser, runner, step, writer};
use dryrun_record::Isolation;
use futures::FutureExt;
use futures::future::LocalBoxFuture;

use crate::features::Scenario;
use crate::registry::Registry;
use crate::runner::gate::Gate;
use crate::runner::panics::PanicGuard;
use crate::runner::scenario::Attempt;
use crate::runner::watch::Watch;
use crate::world::Shared;

/// What all attempts of a run need.
pub(crate) struct Engine {
    pub(crate) shared: Arc<Shared>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) isolation: Isolation,
    pub(crate) gate: Gate,
    pub(crate) watch: Arc<Watch>,
    pub(crate) scenarios: HashMap<String, Arc<Scenario>>,
    pub(crate) attempts: RefCell<HashMap<String, u32>>,
    pub(crate) panics: PanicGuard,
}

/// The engine's world. It is made without arguments; the `before` hook puts the attempt into it.
#[derive(Default)]
pub(crate) struct EngineWorld {
    attempt: Option<(Rc<Engine>, Attempt)>,
}

impl std::fmt::Debug for EngineWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EngineWorld")
    }
}

impl cucumber::World for EngineWorld {
    type Error = Infallible;

    async fn new() -> Result<Self, Infallible> {
        Ok(Self::default())
    }
}

/// Thrown to tell the engine that a step or scenario failed. The reason is in the record already.
struct Failed;

fn step(world: &mut EngineWorld, _: step::Context) -> LocalBoxFuture<'_, ()> {
    async move {
        let held = match &mut world.attempt {
            Some((engine, attempt)) => attempt.step(&engine.registry).await,
            None => false,
        };
        if !held {
            std::panic::resume_unwind(Box::new(Failed));
        }
    }
    .boxed_local()
}

impl Engine {
    async fn before(self: Rc<Self>, id: String, world: &mut EngineWorld) {
        // The engine has put its silent hook there by now.
        self.panics.install();
        let Some(scenario) = self.scenarios.get(&id) else { return };
        let Some(place) = self.gate.enter(scenario.has_tag("serial")).await else { return };
        let number = {
            let mut attempts = self.attempts.borrow_mut();
            let number = attempts.entry(id).or_default();
            *number += 1;
            *number
        };
        let attempt = Attempt::begin(
            Arc::clone(&self.shared),
            Arc::clone(scenario),
            number,
            self.isolation,
            place,
            Arc::clone(&self.watch),
        );
        world.attempt = Some((self, attempt));
    }
}

async fn after(ended: &ScenarioFinished, world: Option<&mut EngineWorld>) {
    let Some((_, attempt)) = world.and_then(|world| world.attempt.take()) else {
        std::panic::resume_unwind(Box::new(Failed));
    };
    let refused = match ended {
        ScenarioFinished::StepSkipped => Some("no phrase of the vocabulary matches this step".to_owned()),
        ScenarioFinished::StepFailed(_, _, StepError::AmbiguousMatch(error)) => {
            let all: Vec<String> =
                error.possible_matches.iter().map(|(regex, _)| regex.to_string()).collect();
            Some(format!("several phrases match this step: {}", all.join(" · ")))
        }
        ScenarioFinished::StepFailed(_, _, error) => {
            Some(format!("the engine could not run this step: {error}"))
        }
        ScenarioFinished::BeforeHookFailed(_) => {
            Some("the engine could not prepare this scenario".to_owned())
        }
        ScenarioFinished::StepPassed => None,
    };
    if !attempt.end(refused).await {
        std::panic::resume_unwind(Box::new(Failed));
    }
}

/// Runs all scenarios in the given order, at most `at_once` at a time.
pub(crate) async fn run(engine: Rc<Engine>, order: &[Arc<Scenario>], at_once: usize) {
    let features = order.iter().map(|scenario| feature(scenario, &engine.registry)).collect();
    let first = Rc::clone(&engine);
    let mut basic = runner::Basic::<EngineWorld>::default()
        .max_concurrent_scenarios(at_once)
        .steps(collection(&engine.registry, order))
        .before(move |feature, _, _, world| {
            Rc::clone(&first).before(feature.name.clone(), world).boxed_local()
        })
        .after(|_, _, _, ended, world| after(ended, world).boxed_local());
    if engine.shared.options.fail_fast {
        basic = basic.fail_fast();
    }
    let engine: Cucumber<EngineWorld, Source, (), _, Silent> =
        Cucumber::custom(Source(features), basic, Silent);
    engine.with_cli(cli::Opts::<_, _, _, cli::Empty>::default()).run(()).await;
}

/// Every phrase that these scenarios use, under every keyword: which one a person writes is a matter of style.
fn collection(registry: &Registry, scenarios: &[Arc<Scenario>]) -> step::Collection<EngineWorld> {
    let steps = scenarios.iter().flat_map(|scenario| &scenario.steps);
    let mut all = step::Collection::new();
    for regex in registry.expressions(steps.map(|step| step.text.as_str())) {
        all = all.given(None, regex.clone(), step).when(None, regex.clone(), step).then(
            None,
            regex.clone(),
            step,
        );
    }
    all
}

/// A feature of one scenario, so that the order of the run is ours. Its name is the scenario's id.
fn feature(scenario: &Scenario, registry: &Registry) -> gherkin::Feature {
    let position = gherkin::LineCol { line: scenario.reference.line, col: 1 };
    let steps = scenario.steps.iter().map(|step| {
        gherkin::Step::builder()
            .keyword(step.keyword.clone())
            .ty(step.kind)
            .value(registry.canonical(&step.text))
            .position(gherkin::LineCol { line: step.line, col: 1 })
            .build()
    });
    let inner = gherkin::Scenario::builder()
        .keyword("Scenario".to_owned())
        .name(scenario.reference.name.clone())
        .steps(steps.collect())
        .tags(scenario.reference.tags.clone())
        .position(position)
        .build();
    gherkin::Feature::builder()
        .keyword("Feature".to_owned())
        .name(scenario.reference.id.clone())
        .scenarios(vec![inner])
        .path(Some(PathBuf::from(&scenario.reference.id)))
        .position(position)
        .build()
}

/// The parser: everything is parsed, expanded and selected already.
struct Source(Vec<gherkin::Feature>);

impl Parser<()> for Source {
    type Cli = cli::Empty;
    type Output = futures::stream::Iter<std::vec::IntoIter<parser::Result<gherkin::Feature>>>;

    fn parse(self, (): (), _: cli::Empty) -> Self::Output {
        futures::stream::iter(self.0.into_iter().map(Ok).collect::<Vec<_>>())
    }
}

/// The writer: hooks and steps have told the record what happened, with failures as values.
struct Silent;

impl Writer<EngineWorld> for Silent {
    type Cli = cli::Empty;

    async fn handle_event(&mut self, _: parser::Result<Event<Told<EngineWorld>>>, _: &cli::Empty) {}
}

impl writer::Normalized for Silent {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::features::{Loaded, SourceFile};

    #[test]
    fn every_phrase_that_is_used_is_in_the_collection_under_every_keyword() {
        let registry = Registry::new(&BTreeMap::new()).unwrap();
        let mut text = "Feature: F\n  Scenario: S\n".to_owned();
        for phrase in registry.phrases() {
            let line = phrase.example.lines().next().unwrap().trim();
            text.push_str(&format!("    {line}\n"));
        }
        let mut loaded = Loaded::default();
        loaded.add(SourceFile::new("a.feature", text.as_str()));
        let all = collection(&registry, &loaded.scenarios);
        let mut found = 0;
        for one in &loaded.scenarios[0].steps {
            for ty in [gherkin::StepType::Given, gherkin::StepType::When, gherkin::StepType::Then] {
                let step = gherkin::Step::builder()
                    .keyword("Given".to_owned())
                    .ty(ty)
                    .value(one.text.clone())
                    .build();
                found += usize::from(all.find(&step).unwrap().is_some());
            }
        }
        assert_eq!(found, registry.phrases().count() * 3);
        assert!(registry.expressions(["nobody knows this"]).is_empty());
    }
}
