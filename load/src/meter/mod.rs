//! [`Meter`]: what was measured so far.

mod failures;
mod second;
mod tally;
mod timing;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use dryrun_record::load::{ContractsChecked, LoadFailure, Series, StepResult, WorkflowResult};

use crate::profile::{Contracts, Scope};
use crate::thresholds::{self, Times};
use crate::turn::{Part, Turn};

use failures::Failures;
pub(crate) use second::Second;
use tally::Tally;
pub use timing::Timing;

/// What was measured so far. A handle; its clones are one meter. It lives on the load's own thread: no locks. Telling it
/// of a request that worked neither allocates nor makes a text.
#[derive(Debug, Clone)]
pub struct Meter {
    state: Rc<RefCell<State>>,
}

#[derive(Debug)]
struct State {
    apdex: Option<Duration>,
    mode: Contracts,
    all: Tally,
    parts: Vec<PartTally>,
    second: Second,
    failures: Failures,
    checked: u64,
    unchecked: u64,
    breaches: u64,
    cost: Duration,
    /// Requests of the warm-up and after it: what CPU time is divided by.
    requests: u64,
    /// From when to when it is measured: what ends within this time makes the rates, whoever it belongs to.
    from: Option<Instant>,
    over: Option<Instant>,
}

#[derive(Debug)]
struct PartTally {
    name: String,
    weight: u64,
    names: Vec<String>,
    iterations: Tally,
    steps: Vec<Tally>,
}

/// What a meter measured, as a result tells it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured {
    /// All requests.
    pub requests: Series,
    /// By workflow and step.
    pub workflows: Vec<WorkflowResult>,
    /// What did not work.
    pub failures: Vec<LoadFailure>,
    /// Contract checks.
    pub contracts: ContractsChecked,
}

impl Meter {
    /// One that has measured nothing yet.
    pub fn new(parts: &[Part], apdex: Option<Duration>, mode: Contracts) -> Self {
        let parts = parts.iter().map(|part| PartTally {
            name: part.name.clone(),
            weight: part.weight as u64,
            names: part.steps.clone(),
            iterations: Tally::default(),
            steps: part.steps.iter().map(|_| Tally::default()).collect(),
        });
        let state = State {
            apdex,
            mode,
            all: Tally::default(),
            parts: parts.collect(),
            second: Second::default(),
            failures: Failures::default(),
            checked: 0,
            unchecked: 0,
            breaches: 0,
            cost: Duration::ZERO,
            requests: 0,
            from: None,
            over: None,
        };
        Self { state: Rc::new(RefCell::new(state)) }
    }

    /// A request ended. `step` counts in [`crate::Part::steps`]; `cause` says why it failed, as in
    /// [`dryrun_record::load::Series::causes`].
    pub fn request(&self, turn: &Turn, step: usize, timing: &Timing, cause: Option<&str>, bytes: u64) {
        let state = &mut *self.state.borrow_mut();
        let time = timing.ended.saturating_duration_since(timing.from);
        state.requests += 1;
        state.second.ended(time, cause.is_some(), bytes);
        let (limit, in_time) = (state.apdex, state.in_time(timing.ended));
        let step = state.parts.get_mut(turn.part).map(|part| part.step(step));
        for tally in [Some(&mut state.all), step].into_iter().flatten() {
            if in_time {
                tally.in_time();
            }
            if turn.measured {
                tally.ended(time, cause, limit);
                tally.split(timing, bytes);
            }
        }
    }

    /// A step waited for something and sent nothing: told with the step's figures, and no request.
    pub fn waited(&self, turn: &Turn, step: usize, timing: &Timing, cause: Option<&str>) {
        let state = &mut *self.state.borrow_mut();
        let time = timing.ended.saturating_duration_since(timing.from);
        let (limit, in_time) = (state.apdex, state.in_time(timing.ended));
        let Some(part) = state.parts.get_mut(turn.part) else { return };
        let tally = part.step(step);
        if in_time {
            tally.in_time();
        }
        if turn.measured {
            tally.ended(time, cause, limit);
        }
    }

    /// An iteration came to its end; `cause` says why it failed.
    pub fn iteration(&self, turn: &Turn, ended: Instant, cause: Option<&str>) {
        let state = &mut *self.state.borrow_mut();
        let time = ended.saturating_duration_since(turn.intended);
        let (limit, in_time) = (state.apdex, state.in_time(ended));
        let Some(part) = state.parts.get_mut(turn.part) else { return };
        if in_time {
            part.iterations.in_time();
        }
        if turn.measured {
            part.iterations.ended(time, cause, limit);
        }
    }

    /// Something did not work, one more time (`count` is added). Of the warm-up as well. Folded by cause, workflow, step
    /// and message; the first example is kept.
    pub fn failure(&self, failure: LoadFailure) {
        self.state.borrow_mut().failures.add(failure);
    }

    /// An answer was held against its contract at this cost of CPU time, and had so many breaches.
    pub fn checked(&self, cost: Duration, breaches: u64) {
        let mut state = self.state.borrow_mut();
        state.checked += 1;
        state.cost += cost;
        state.breaches += breaches;
    }

    /// So many breaches were found where nothing else is told of the check: at the mocks, or later.
    pub fn breaches(&self, count: u64) {
        self.state.borrow_mut().breaches += count;
    }

    /// An answer was not held against a contract.
    pub fn unchecked(&self) {
        self.state.borrow_mut().unchecked += 1;
    }

    /// What was measured so far. Rates are over `time`; `whole` asks for all histograms, which a merge needs.
    pub fn measured(&self, time: Duration, whole: bool) -> Measured {
        let state = self.state.borrow();
        let limit = state.apdex;
        let workflows = state.parts.iter().map(|part| WorkflowResult {
            name: part.name.clone(),
            weight: part.weight,
            iterations: part.iterations.series(time, limit, whole),
            steps: part.results(|_, tally| tally.series(time, limit, whole)),
        });
        Measured {
            requests: state.all.series(time, limit, whole),
            workflows: workflows.collect(),
            failures: state.failures.list(),
            contracts: state.contracts(),
        }
    }

    /// Figures as they stand, without histograms, causes, failures, splits and quantiles; the mean and the longest only of
    /// all requests and of the workflows and steps that `whole` names. The times are told by scope. Cheap enough for every
    /// second.
    pub(crate) fn standing<T>(
        &self,
        time: Duration,
        whole: impl Fn(&str) -> bool,
        read: impl FnOnce(&Measured, Look<'_>) -> T,
    ) -> T {
        let state = self.state.borrow();
        let limit = state.apdex;
        let workflows = state.parts.iter().map(|part| WorkflowResult {
            name: part.name.clone(),
            weight: part.weight,
            iterations: part.iterations.standing(time, limit, whole(&part.name)),
            steps: part.results(|name, tally| tally.standing(time, limit, whole(name))),
        });
        let workflows = workflows.collect();
        let requests = state.all.standing(time, limit, true);
        read(&Measured { requests, workflows, ..Measured::default() }, Look { state: &state })
    }

    /// What happened since this was asked last.
    pub(crate) fn take_second(&self) -> Second {
        self.state.borrow_mut().second.take()
    }

    /// All requests so far, the warm-up's too.
    pub(crate) fn requests(&self) -> u64 {
        self.state.borrow().requests
    }

    /// The measured time begins at this moment.
    pub(crate) fn from(&self, at: Instant) {
        self.state.borrow_mut().from = Some(at);
    }

    /// The schedule ended at this moment: what ends later makes no rate.
    pub(crate) fn over(&self, at: Instant) {
        self.state.borrow_mut().over = Some(at);
    }
}

/// Times as they stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    state: &'a State,
}

impl<'a> Look<'a> {
    /// Of everything that a threshold of this scope is about.
    pub(crate) fn times(&self, scope: &Scope) -> Times<'a> {
        let parts = &self.state.parts;
        let of = |tally: &'a Tally| Times::new(tally.times(), tally.failed());
        match scope {
            Scope::Requests => of(&self.state.all),
            Scope::Workflow(name) => Times::merged(
                parts
                    .iter()
                    .filter(|part| thresholds::belongs(&part.name, name))
                    .map(|part| of(&part.iterations)),
            ),
            Scope::Step(name) => Times::merged(
                parts
                    .iter()
                    .flat_map(|part| part.names.iter().zip(&part.steps))
                    .filter(|(step, _)| *step == name)
                    .map(|(_, tally)| of(tally)),
            ),
        }
    }
}

impl State {
    /// Whether what ended at this moment ended within the measured time.
    fn in_time(&self, ended: Instant) -> bool {
        self.from.is_none_or(|from| ended >= from) && self.over.is_none_or(|over| ended < over)
    }

    fn contracts(&self) -> ContractsChecked {
        let cost = self.cost.as_secs_f64() * 1e6;
        ContractsChecked {
            mode: match self.mode {
                Contracts::Full => "full".to_owned(),
                Contracts::Sample(share) => format!("sample {}%", (share * 1e6).round() / 1e4),
                Contracts::Off => "off".to_owned(),
            },
            checked: self.checked,
            unchecked: self.unchecked,
            breaches: self.breaches,
            cost_us: if self.checked == 0 { 0.0 } else { cost / self.checked as f64 },
        }
    }
}

impl PartTally {
    /// A step beyond those that were announced gets a number for a name.
    fn step(&mut self, index: usize) -> &mut Tally {
        while self.steps.len() <= index {
            self.steps.push(Tally::default());
            self.names.push(format!("step {}", self.steps.len()));
        }
        &mut self.steps[index]
    }

    fn results(&self, series: impl Fn(&str, &Tally) -> Series) -> Vec<StepResult> {
        let steps = self.names.iter().zip(&self.steps).filter(|(_, tally)| !tally.is_empty());
        steps.map(|(name, tally)| StepResult { name: name.clone(), series: series(name, tally) }).collect()
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
