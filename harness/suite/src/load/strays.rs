//! Calls to the mocks that belong to the load and to no iteration that is known: [`Strays`]. With a correlation that is
//! passed on they are phantoms; without one they are all calls, and only their sums can be judged.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dryrun_mocks::member_of;
use dryrun_record::{Direction, Exchange};

use crate::load::claims::Claims;
use crate::load::telling;
use crate::policy::{ContractMode, Policy};
use crate::vocabulary::{applied, writes};

/// So many iterations whose calls may still come are remembered.
const EXCUSED: usize = 100_000;

/// So many kinds of wrong calls are told apart.
const KINDS: usize = 500;

/// Hears calls on the mocks' threads.
#[derive(Debug)]
pub(crate) struct Strays {
    /// The load run's number; `None` when the service passes no correlation on.
    run: Option<u64>,
    claims: Arc<Claims>,
    policy: Arc<Policy>,
    state: Mutex<Heard>,
}

/// What was heard.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) received: u64,
    pub(crate) phantom: u64,
    pub(crate) unexpected: u64,
    pub(crate) breaches: u64,
    /// Those that took effect, by [`Claims::calls`].
    pub(crate) applied: Vec<u64>,
    /// What is wrong, by cause and message: how often, and the first.
    pub(crate) wrong: BTreeMap<(&'static str, String), (u64, String)>,
    /// Iterations that were cut off or got no answer: whatever comes for them is no phantom.
    excused: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Strays {
    pub(crate) fn new(run: Option<u64>, claims: Arc<Claims>, policy: Arc<Policy>) -> Self {
        let heard = Heard { applied: vec![0; claims.calls.len()], ..Heard::default() };
        Self { run, claims, policy, state: Mutex::new(heard) }
    }

    /// What comes for this iteration from now on is no phantom.
    pub(crate) fn excuse(&self, number: u64) {
        let mut heard = self.lock();
        if heard.excused.insert(number) {
            heard.order.push_back(number);
            if heard.order.len() > EXCUSED
                && let Some(old) = heard.order.pop_front()
            {
                heard.excused.remove(&old);
            }
        }
    }

    /// Takes a call in.
    pub(crate) fn hear(&self, call: &Exchange) {
        let number =
            member_of(&call.request).filter(|(run, _)| Some(*run) == self.run).map(|(_, number)| number);
        let mut heard = self.lock();
        let excused = number.is_some_and(|number| heard.excused.contains(&number));
        if call.unexpected.is_some() {
            heard.unexpected += 1;
            heard.note("unexpected-call", unexpected(call), call);
        }
        for breach in broken(&self.policy, call) {
            heard.breaches += 1;
            heard.note("contract", telling::breach(breach), call);
        }
        if !writes(call) {
            return;
        }
        heard.received += 1;
        if applied(call)
            && let Some(which) = self.claims.which(call)
        {
            heard.applied[which] += 1;
        }
        if self.run.is_some() && !excused {
            heard.phantom += 1;
            let line = call.operation.as_deref().unwrap_or("a call that no contract knows");
            let message = format!(
                "{}: {line} came for no iteration that was still known; if the service sends late, let the profile wait for it: `linger`",
                call.service
            );
            heard.note("phantom", message, call);
        }
    }

    /// What was heard so far.
    pub(crate) fn heard(&self) -> Heard {
        let mut heard = self.lock();
        let fresh = Heard { applied: vec![0; self.claims.calls.len()], ..Heard::default() };
        std::mem::replace(&mut *heard, fresh)
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    fn note(&mut self, cause: &'static str, message: String, call: &Exchange) {
        let first =
            || format!("{} {}", call.request.line(), call.request.body.text.as_deref().unwrap_or_default());
        let mut kind = (cause, message);
        if self.wrong.len() >= KINDS && !self.wrong.contains_key(&kind) {
            kind.1 = "and others, of which there are too many kinds".to_owned();
        }
        self.wrong.entry(kind).or_insert_with(|| (0, first())).0 += 1;
    }
}

/// A call that no contract knows, in words that stay the same.
pub(crate) fn unexpected(call: &Exchange) -> String {
    format!(
        "{} was called with {} {}, which its contract does not know",
        call.service,
        call.request.method,
        {
            // Numbers in a path mostly are ids, which differ from call to call.
            let part = |part: &str| {
                if part.bytes().any(|byte| byte.is_ascii_digit()) && part.len() > 3 {
                    "{…}".to_owned()
                } else {
                    part.to_owned()
                }
            };
            call.request.path.split('/').map(part).collect::<Vec<_>>().join("/")
        }
    )
}

/// The breaches of a call that fail something.
pub(crate) fn broken<'a>(
    policy: &'a Policy,
    call: &'a Exchange,
) -> impl Iterator<Item = &'a dryrun_record::Breach> {
    call.breaches.iter().filter(move |breach| {
        // A fault that a step asked for makes the mock answer as it would not.
        let asked_for = call.fault.is_some() && breach.side == "response";
        !asked_for && policy.rule(Direction::ToMock, breach).mode == ContractMode::Enforce
    })
}
