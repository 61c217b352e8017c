//! One attempt at a scenario, from its first step to its end: [`Attempt`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use dryrun_mocks::ViewOwner;
use dryrun_record::{
    Event, EventStream, Failure, FailureKind, Isolation, Outcome, StepFinished, StepOutcome,
};

use crate::features::{Scenario, Step};
use crate::phrase::{Call, Keyword, Phrase, Subject};
use crate::registry::{Match, Registry};
use crate::runner::close;
use crate::runner::gate::Place;
use crate::runner::step::{self, Patience, failure};
use crate::runner::watch::Watch;
use crate::values::duration;
use crate::world::{Shared, World};

/// An attempt that runs.
pub(crate) struct Attempt {
    world: World,
    scenario: Arc<Scenario>,
    watch: Arc<Watch>,
    place: Place,
    next: usize,
    failed: bool,
    /// What its steps have earned it on top of the time that a scenario may take.
    granted: Duration,
    started: Instant,
    /// How long the mocks must be quiet before it is closed.
    quiet_for: Duration,
}

impl Attempt {
    /// Makes the world, opens its views of the mocks, and says that the attempt began.
    pub(crate) fn begin(
        shared: Arc<Shared>,
        scenario: Arc<Scenario>,
        attempt: u32,
        isolation: Isolation,
        place: Place,
        watch: Arc<Watch>,
    ) -> Self {
        let mut world = World::new(shared, Arc::clone(place.station()), scenario.reference.clone(), attempt);
        world.shared.events.append(Event::ScenarioStarted { scenario: scenario.reference.clone(), attempt });
        for mock in &place.station().mocks {
            let owner = ViewOwner {
                scenario: scenario.reference.id.clone(),
                attempt,
                correlation: world.correlation.clone(),
                alone: isolation != Isolation::Correlation,
            };
            world.views.insert(mock.key().to_owned(), mock.open_view(owner));
        }
        let quiet_for = world.shared.options.settle_for(isolation);
        Self {
            world,
            scenario,
            watch,
            place,
            next: 0,
            failed: false,
            granted: Duration::ZERO,
            started: Instant::now(),
            quiet_for,
        }
    }

    /// Runs the next step. `false` when it did not hold.
    pub(crate) async fn step(&mut self, registry: &Registry) -> bool {
        let scenario = Arc::clone(&self.scenario);
        let Some(step) = scenario.steps.get(self.next) else { return true };
        let started = Instant::now();
        let failures = match registry.find(&step.text) {
            Match::One { phrase, captures, parameters } => {
                // A time that the step itself names comes on top of the limit.
                let named = captures.iter().zip(parameters).filter(|(_, name)| name.as_str() == "duration");
                let extra: Duration =
                    named.filter_map(|(capture, _)| duration::parse(&capture.text).ok()).sum();
                // What was found of the calls so far held then: after another act, or a while, more may come by right.
                if phrase.keyword != Keyword::Then || parameters.iter().any(|name| name == "duration") {
                    self.world.promises.clear();
                }
                let call = Call { captures, doc_string: step.doc_string.clone(), table: step.table.clone() };
                self.carry_out(phrase, step, call, extra).await
            }
            Match::Undefined(_) => {
                vec![failure(FailureKind::Check, "no phrase of the vocabulary matches this step")]
            }
            Match::Ambiguous(phrases) => {
                let all: Vec<&str> = phrases.iter().map(|phrase| phrase.pattern).collect();
                vec![failure(
                    FailureKind::Check,
                    &format!("several phrases match this step: {}", all.join(" · ")),
                )]
            }
        };
        let held = failures.is_empty();
        self.tell(
            step,
            self.next,
            if held { StepOutcome::Passed } else { StepOutcome::Failed },
            started.elapsed(),
            failures,
        );
        self.next += 1;
        self.failed |= !held;
        held
    }

    async fn carry_out(&mut self, phrase: &Phrase, step: &Step, call: Call, extra: Duration) -> Vec<Failure> {
        if let Some(wrong) = phrase.wrong_argument(step.doc_string.is_some(), step.table.is_some()) {
            return vec![failure(FailureKind::Check, &wrong)];
        }
        if phrase.subject == Subject::Load {
            // A load takes as long as it says, whatever a scenario may take otherwise.
            self.granted += extra;
        }
        let patience = Patience { begun: self.started, extra, granted: self.granted };
        step::carry_out(&mut self.world, phrase.run, call, patience).await
    }

    /// Ends the attempt: what the engine refused to run, steps not reached, what is left over, the outcome. `true` when
    /// it passed.
    pub(crate) async fn end(mut self, refused: Option<String>) -> bool {
        let scenario = Arc::clone(&self.scenario);
        if let (Some(reason), Some(step), false) = (refused, scenario.steps.get(self.next), self.failed) {
            self.tell(
                step,
                self.next,
                StepOutcome::Failed,
                Duration::ZERO,
                vec![failure(FailureKind::Check, &reason)],
            );
            self.next += 1;
            self.failed = true;
        }
        // Invariant: a scenario passes only if each of its steps was run.
        self.failed |= self.next < scenario.steps.len();
        for (index, step) in scenario.steps.iter().enumerate().skip(self.next) {
            self.tell(step, index, StepOutcome::NotRun, Duration::ZERO, Vec::new());
        }
        // Sessions end before the mocks are waited for: leaving one may make the service call out.
        let live = !self.world.clients.is_empty();
        self.world.clients.clear();
        close::settle(&self.world, live, self.quiet_for).await;
        let mut failures = Vec::new();
        // The service of its own ends before the journals are looked at, so that what it does at its end is looked at too.
        if let Some(mut own) = self.world.private_target.take() {
            if let Err(gone) = own.alive().await
                && !self.failed
            {
                failures.push(failure(FailureKind::Environment, &gone.to_string()));
            }
            own.stop().await;
        }
        failures.extend(self.world.loading.close(&self.world.shared.events));
        if self.failed {
            // What broke off in the middle has no end at which anything could still hold.
            self.world.promises.clear();
        }
        // Invariant: a call is in the journal that is looked at next, or it is told as late. Closed first, it may be both.
        self.watch.close(&self.world.scenario.id, self.world.attempt);
        close::filed(&self.world).await;
        failures.extend(close::left_over(&self.world));
        let failures = self.qualified(failures);
        let passed = !self.failed && failures.is_empty();
        let Self { mut world, place, started, .. } = self;
        for (_, view) in std::mem::take(&mut world.views) {
            view.close();
        }
        let outcome = match (passed, world.attempt) {
            (false, _) => Outcome::Failed,
            (true, 1) => Outcome::Passed,
            (true, _) => Outcome::Flaky,
        };
        world.shared.events.append(Event::ScenarioFinished {
            id: world.scenario.id.clone(),
            attempt: world.attempt,
            outcome,
            duration_us: micros(started.elapsed()),
            failures,
        });
        drop(world);
        drop(place);
        passed
    }

    fn events(&self) -> &EventStream {
        &self.world.shared.events
    }

    /// Each worker's mocks count their exchanges from one: the ids get the worker's number, as in the record.
    fn qualified(&self, mut failures: Vec<Failure>) -> Vec<Failure> {
        let station = self.place.station();
        for id in failures.iter_mut().flat_map(|failure| &mut failure.exchanges) {
            if id.rsplit_once('-').is_some_and(|(key, _)| station.mock(key).is_some()) {
                *id = station.exchange_id(id);
            }
        }
        failures
    }

    fn tell(&self, step: &Step, index: usize, outcome: StepOutcome, took: Duration, failures: Vec<Failure>) {
        let failures = self.qualified(failures);
        self.events().append(Event::StepFinished(Box::new(StepFinished {
            scenario: self.world.scenario.id.clone(),
            attempt: self.world.attempt,
            index,
            keyword: step.keyword.clone(),
            text: step.text.clone(),
            line: step.line,
            background: step.background,
            doc_string: step.doc_string.as_ref().map(|doc| doc.text.clone()),
            table: step.table.clone(),
            outcome,
            started_us: self.events().now_us().saturating_sub(micros(took)),
            duration_us: micros(took),
            failures,
        })));
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
