//! The events folded into a [`Record`], and what can be counted in it.

use crate::event::{Entry, Event, ScenarioRef};
use crate::exchange::{Attribution, Direction, Exchange};
use crate::load::LoadRun;
use crate::outcome::{Outcome, StepOutcome, Totals};
use crate::record::{Attempt, Notice, Record, ScenarioResult};

impl Record {
    /// Takes in one more entry.
    pub fn apply(&mut self, entry: Entry) {
        let at_us = entry.at_us;
        match entry.event {
            Event::RunStarted(run) => self.run = Some(*run),
            Event::Notice { level, code, text } => self.notices.push(Notice { at_us, level, code, text }),
            Event::ScenarioStarted { scenario, attempt } => self.begin(scenario, attempt, at_us),
            Event::StepFinished(step) => {
                if let Some(attempt) = self.attempt(&step.scenario.clone(), step.attempt) {
                    attempt.steps.push(*step);
                }
            }
            Event::Exchange(exchange) => self.exchange(*exchange),
            Event::Frame(frame) => {
                if let Some(attempt) = self.attempt(&frame.scenario.clone(), frame.attempt) {
                    attempt.frames.push(*frame);
                }
            }
            Event::ServiceLog { worker, stream, line } => self.log.push((at_us, worker, stream, line)),
            Event::ScenarioFinished { id, attempt, outcome, duration_us, failures } => {
                if let Some(found) = self.attempt(&id, attempt) {
                    found.outcome = Some(outcome);
                    found.duration_us = duration_us;
                    found.failures = failures;
                }
                if let Some(&index) = self.by_id.get(&id) {
                    self.scenarios[index].outcome = Some(outcome);
                }
            }
            Event::LoadStarted(started) => {
                self.loads.push(LoadRun { started: *started, ..LoadRun::default() });
            }
            Event::LoadTick(tick) => {
                if let Some(run) = self.load(&tick.load) {
                    run.ticks.push(*tick);
                }
            }
            Event::LoadMark(mark) => {
                if let Some(run) = self.load(&mark.load) {
                    run.marks.push(mark);
                }
            }
            Event::LoadFinished(result) => {
                if let Some(run) = self.load(&result.load) {
                    run.result = Some(*result);
                }
            }
            Event::Coverage(coverage) => self.coverage.push(*coverage),
            Event::RunFinished(finished) => self.finished = Some(*finished),
        }
    }

    /// Counts over everything recorded so far.
    pub fn totals(&self) -> Totals {
        let selected = self.run.as_ref().map_or(self.scenarios.len(), |run| run.selected);
        let mut totals = Totals { selected, ..Totals::default() };
        for scenario in &self.scenarios {
            match scenario.outcome {
                Some(Outcome::Passed) => totals.passed += 1,
                Some(Outcome::Failed) => totals.failed += 1,
                Some(Outcome::Flaky) => totals.flaky += 1,
                None => {}
            }
            for step in scenario.last().into_iter().flat_map(|attempt| &attempt.steps) {
                match step.outcome {
                    StepOutcome::Passed => totals.steps_passed += 1,
                    StepOutcome::Failed => totals.steps_failed += 1,
                    StepOutcome::NotRun => totals.steps_not_run += 1,
                }
            }
        }
        totals.not_run = selected.saturating_sub(totals.passed + totals.failed + totals.flaky);
        for exchange in self.exchanges() {
            match exchange.direction {
                Direction::ToService => totals.service_calls += 1,
                Direction::ToMock => totals.mock_calls += 1,
                Direction::ToProvider => totals.provider_calls += 1,
            }
            totals.breaches += exchange.breaches.len();
            totals.unexpected_calls += usize::from(exchange.unexpected.is_some());
            totals.unattributed_calls += usize::from(exchange.attribution == Attribution::None);
        }
        totals
    }

    /// Every exchange of the run: those of scenarios first.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        let own = self
            .scenarios
            .iter()
            .flat_map(|scenario| &scenario.attempts)
            .flat_map(|attempt| &attempt.exchanges);
        own.chain(&self.loose)
    }

    fn begin(&mut self, scenario: ScenarioRef, number: u32, started_us: u64) {
        let index = *self.by_id.entry(scenario.id.clone()).or_insert_with(|| {
            self.scenarios.push(ScenarioResult { scenario, outcome: None, attempts: Vec::new() });
            self.scenarios.len() - 1
        });
        let result = &mut self.scenarios[index];
        result.outcome = None;
        result.attempts.push(Attempt { number, started_us, ..Attempt::default() });
    }

    /// The load run of this name that was begun last.
    fn load(&mut self, name: &str) -> Option<&mut LoadRun> {
        self.loads.iter_mut().rev().find(|run| run.started.load == name)
    }

    fn attempt(&mut self, id: &str, number: u32) -> Option<&mut Attempt> {
        let index = *self.by_id.get(id)?;
        self.scenarios[index].attempts.iter_mut().find(|attempt| attempt.number == number)
    }

    fn exchange(&mut self, exchange: Exchange) {
        if let Some(id) = exchange.scenario.clone()
            && let Some(attempt) = self.attempt(&id, exchange.attempt)
        {
            attempt.exchanges.push(exchange);
            return;
        }
        self.loose.push(exchange);
    }
}
