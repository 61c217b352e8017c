//! Calls to mocks that belong to no scenario, or come when theirs is over: [`Watch`]. They are counted while the run goes
//! on and told at its end: what could not be attributed was not checked.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use dryrun_record::{Attribution, Event, EventStream, Exchange, NoticeLevel};

use crate::policy::Policy;
use crate::station::worker_id;

/// Gathers events until the record has its head, then passes them on; and keeps count of loose calls.
#[derive(Debug)]
pub(crate) struct Watch {
    events: EventStream,
    policy: Arc<Policy>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// `None` once the head is written.
    waiting: Option<Vec<Event>>,
    closed: HashSet<(String, u32)>,
    loose: BTreeMap<Loose, usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Loose {
    kind: Kind,
    service: String,
    call: String,
    scenario: Option<String>,
    /// GET, HEAD or OPTIONS: it changes nothing.
    safe: bool,
    /// What is wrong with it, if anything is.
    wrong: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    StartUp,
    Unattributed,
    Late,
}

/// The scenario name under which the probe's calls are recorded.
pub(crate) const PROBE: &str = "(probe)";

impl Watch {
    pub(crate) fn new(events: EventStream, policy: Arc<Policy>) -> Self {
        Self { events, policy, state: Mutex::new(State { waiting: Some(Vec::new()), ..State::default() }) }
    }

    /// Appends an event, or keeps it until the head is written.
    pub(crate) fn append(&self, event: Event) {
        let mut state = self.lock();
        match &mut state.waiting {
            Some(waiting) => waiting.push(event),
            None => {
                drop(state);
                self.events.append(event);
            }
        }
    }

    /// Writes the head, then everything that came before it.
    pub(crate) fn begin(&self, head: Event) {
        let mut state = self.lock();
        let waiting = state.waiting.take().unwrap_or_default();
        self.events.append(head);
        for event in waiting {
            self.events.append(event);
        }
    }

    /// The record has its head already, of another's making: writes everything that came so far.
    pub(crate) fn go_on(&self) {
        let waiting = self.lock().waiting.take().unwrap_or_default();
        waiting.into_iter().for_each(|event| self.events.append(event));
    }

    /// A mock answered a call.
    pub(crate) fn exchange(&self, worker: usize, exchange: &Exchange) {
        let mut recorded = exchange.clone();
        recorded.id = worker_id(worker, &exchange.id);
        self.policy.mark(exchange.direction, &mut recorded.breaches);
        if recorded.scenario.as_deref() == Some(PROBE) {
            // The probe is no scenario: its calls stand with the run.
            recorded.scenario = None;
        } else {
            let mut state = self.lock();
            let kind = match &exchange.scenario {
                // Of a load, whose own calls never get here: it is over.
                Some(_) if exchange.attempt == 0 => Some(Kind::Late),
                Some(id) if state.closed.contains(&(id.clone(), exchange.attempt)) => Some(Kind::Late),
                Some(_) => None,
                None if exchange.attribution != Attribution::None => None,
                None if state.waiting.is_some() => Some(Kind::StartUp),
                None => Some(Kind::Unattributed),
            };
            if let Some(kind) = kind {
                let loose = Loose {
                    kind,
                    service: exchange.service.clone(),
                    call: exchange
                        .operation
                        .clone()
                        .unwrap_or_else(|| format!("{} {}", exchange.request.method, exchange.request.path)),
                    scenario: exchange.scenario.clone(),
                    safe: matches!(exchange.request.method.as_str(), "GET" | "HEAD" | "OPTIONS"),
                    wrong: wrong(&recorded),
                };
                *state.loose.entry(loose).or_default() += 1;
            }
        }
        self.append(Event::Exchange(Box::new(recorded)));
    }

    /// From now on calls of this attempt are late.
    pub(crate) fn close(&self, scenario: &str, attempt: u32) {
        self.lock().closed.insert((scenario.to_owned(), attempt));
    }

    /// Tells what was counted. With `fails`, calls that may have changed something fail the run.
    pub(crate) fn report(&self, fails: bool) {
        let loose = std::mem::take(&mut self.lock().loose);
        for (loose, count) in loose {
            let Loose { kind, service, call, scenario, safe, wrong } = loose;
            let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
            let (code, what, serious) = match kind {
                Kind::StartUp => (
                    "start-up-call",
                    format!("{service} was called {times} with {call} before the first scenario"),
                    false,
                ),
                Kind::Unattributed => (
                    "unattributed-call",
                    format!(
                        "{service} was called {times} with {call}, and no scenario could be found that caused it: no scenario checked it"
                    ),
                    !safe,
                ),
                Kind::Late => (
                    "late-call",
                    format!(
                        "{service} was called {times} with {call} after {} had ended: the scenario did not check it",
                        scenario.unwrap_or_default()
                    ),
                    !safe,
                ),
            };
            let level = match (serious || wrong.is_some(), fails, kind) {
                (true, true, _) => NoticeLevel::Error,
                (false, _, Kind::StartUp) => NoticeLevel::Info,
                _ => NoticeLevel::Warning,
            };
            let text = match wrong {
                Some(wrong) => format!("{what}; {wrong}"),
                None => what,
            };
            self.append(Event::Notice { level, code: code.to_owned(), text });
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wrong(exchange: &Exchange) -> Option<String> {
    if let Some(diagnosis) = &exchange.unexpected {
        return Some(diagnosis.clone());
    }
    let breach = exchange.breaches.iter().find(|breach| breach.allowed.is_none())?;
    Some(format!(
        "it broke its contract at {}: found {}, wanted {}",
        breach.instance_path, breach.found, breach.wanted
    ))
}
