//! How the requests of one iteration travel: [`Playing`]. A request is told to the meter when the steps that look at its
//! answer have had their say: a check that fails is a failure of the request.

use std::cell::{Cell, RefCell};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dryrun_contract::Found;
use dryrun_load::correlation::Correlation;
use dryrun_load::profile::Contracts;
use dryrun_load::transport::{Call, Fault, Lease, Reply};
use dryrun_load::{Meter, Timing, Turn};
use dryrun_record::{Breach, Direction, sounds_secret};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::answer::{Answer, SentRequest};
use crate::failure::StepFailure;
use crate::load::ended::Account;
use crate::load::kit::Kit;
use crate::load::script::{Live, Play};
use crate::load::sent::{Sent, pairs};
use crate::load::telling;
use crate::policy::ContractMode;
use crate::send::{lay, listed};
use crate::world::{Carrier, World};

/// One iteration under way.
pub(crate) struct Playing {
    pub(crate) kit: Rc<Kit>,
    pub(crate) turn: Turn,
    pub(crate) meter: Meter,
    pub(crate) play: Arc<Play>,
    lease: Lease,
    correlation: Correlation,
    step: Cell<usize>,
    /// How many were begun.
    begun: Cell<u64>,
    pending: RefCell<Option<Pending>>,
    /// Why the iteration has failed.
    cause: RefCell<Option<String>>,
    pub(crate) account: RefCell<Account>,
    /// What it sent last: no failure may show what stood at its secret places.
    sent: RefCell<Sent>,
}

/// A request that ended, and whose answer may still be looked at.
struct Pending {
    step: usize,
    timing: Timing,
    cause: Option<String>,
    bytes: u64,
    breaches: Vec<Breach>,
    exchange: String,
    operation: String,
    /// Nothing was sent.
    only_waited: bool,
}

impl Playing {
    pub(crate) fn new(kit: Rc<Kit>, turn: Turn, meter: Meter, play: Arc<Play>) -> Self {
        Self {
            lease: kit.transport.lease(),
            correlation: Correlation::new(kit.run, turn.number),
            kit,
            turn,
            meter,
            play,
            step: Cell::new(0),
            begun: Cell::new(0),
            pending: RefCell::new(None),
            cause: RefCell::new(None),
            account: RefCell::default(),
            sent: RefCell::default(),
        }
    }

    pub(crate) fn correlation(&self) -> String {
        self.correlation.as_str().to_owned()
    }

    /// This step begins; says how many requests were begun before it.
    pub(crate) fn begin(&self, step: usize) -> u64 {
        self.step.set(step);
        self.begun.get()
    }

    /// A step of a live session has opened it, or waited for something, since `began`: that is timed like a request.
    pub(crate) fn waited(&self, world: &World, live: Live, before: u64, began: Instant) {
        if self.begun.get() != before {
            return;
        }
        let ended = Instant::now();
        let from = self.from(began);
        let timing = Timing { from, connect: None, sent: began, head: None, ended };
        self.settle(world);
        let only_waited = live == Live::Waits;
        *self.pending.borrow_mut() = Some(Pending { only_waited, ..self.pending(timing, None, 0) });
    }

    fn pending(&self, timing: Timing, cause: Option<String>, bytes: u64) -> Pending {
        let (exchange, operation) = (String::new(), String::new());
        let (step, breaches) = (self.step.get(), Vec::new());
        Pending { step, timing, cause, bytes, breaches, exchange, operation, only_waited: false }
    }

    /// From when the next request is timed: the first of an iteration from its intended start.
    fn from(&self, now: Instant) -> Instant {
        let number = self.begun.get();
        self.begun.set(number + 1);
        if number == 0 { self.turn.intended.min(now) } else { now }
    }

    /// A step did not hold: the request before it has failed, and so has the iteration.
    pub(crate) fn failed(&self, cause: &str) {
        if let Some(pending) = self.pending.borrow_mut().as_mut() {
            pending.cause.get_or_insert_with(|| cause.to_owned());
        }
        self.cause.borrow_mut().get_or_insert_with(|| cause.to_owned());
    }

    /// Why the iteration has failed, if it has, once its last request is told.
    pub(crate) fn cause(&self, world: &World) -> Option<String> {
        self.settle(world);
        self.cause.borrow_mut().take()
    }

    /// Tells the meter of the last request: nothing can be said of its answer any more.
    fn settle(&self, world: &World) {
        let Some(mut pending) = self.pending.borrow_mut().take() else { return };
        if !world.breaches_expected && !world.expected_breaches.contains(&pending.exchange) {
            for breach in &pending.breaches {
                pending.cause.get_or_insert_with(|| "contract".to_owned());
                self.cause.borrow_mut().get_or_insert_with(|| "contract".to_owned());
                self.meter.breaches(1);
                let workflow = self.kit.name(self.turn.part);
                let example = || self.breached(world, &pending.operation, breach);
                let step = self.play.steps.get(pending.step).map_or("", |step| step.text.as_str());
                let message = telling::breach(breach);
                self.meter.failure(self.kit.telling.failure("contract", workflow, step, message, example));
            }
        }
        let Pending { step, timing, cause, bytes, only_waited, .. } = pending;
        if only_waited {
            return self.meter.waited(&self.turn, step, &timing, cause.as_deref());
        }
        self.meter.request(&self.turn, step, &timing, cause.as_deref(), bytes);
    }

    async fn carry(&self, world: &World, request: &SentRequest) -> Result<Answer, StepFailure> {
        self.settle(world);
        let target = self.kit.transport.target(&request.path).map_err(StepFailure::check)?;
        let method = reqwest::Method::from_bytes(request.method.as_bytes())
            .map_err(|_| StepFailure::check(format!("`{}` is no HTTP method", request.method)))?;
        let from = self.from(Instant::now());
        let number = self.begun.get();
        let mut headers = HeaderMap::with_capacity(8);
        self.correlation.add_to(&mut headers, number);
        lay(&mut headers, &world.headers)?;
        lay(&mut headers, &request.headers)?;
        self.account(request);
        self.sent.borrow_mut().keep(request, &world.headers);
        let step = self.step.get();
        let path = target.path().to_owned();
        let call = Call { method, target, headers, body: request.body.clone() };
        let sent = self.lease.send(call, from).await;
        let elapsed = sent.timing.ended.saturating_duration_since(sent.timing.sent);
        let mut answer =
            Answer { elapsed, exchange: number.to_string(), request: request.line(), ..Answer::default() };
        let mut pending = Pending { step, ..self.pending(sent.timing, None, sent.bytes) };
        match sent.outcome {
            Ok(reply) => {
                self.read(world, request, &path, reply, &mut answer);
                pending.breaches.clone_from(&answer.breaches);
                pending.breaches.retain(|breach| self.fails(breach));
            }
            Err(fault) => {
                pending.cause = Some(fault.cause.to_owned());
                self.unanswered(&fault, step);
                answer.error = Some(fault.to_string());
            }
        }
        pending.exchange.clone_from(&answer.exchange);
        pending.operation.clone_from(&answer.request);
        self.settle(world);
        *self.pending.borrow_mut() = Some(pending);
        Ok(answer)
    }

    /// What it sent, for the account that is kept of it.
    pub(crate) fn take_sent(&self) -> Sent {
        self.sent.take()
    }

    /// What stands at secret places of what this iteration knows, sent and was answered.
    pub(crate) fn private(&self, world: &World) -> Vec<String> {
        let masker = self.kit.telling.masker();
        let mut all = self.sent.borrow().private(masker);
        for answer in world.last.iter().chain(&world.answers) {
            all.extend(masker.private(pairs(&answer.headers), "", &answer.body));
        }
        for name in world.vars.names().filter(|name| sounds_secret(name)) {
            if let Some(Value::String(value)) = world.vars.get(name) {
                all.push(value.clone());
            }
        }
        all
    }

    fn breached(&self, world: &World, request: &str, breach: &Breach) -> String {
        let telling = &self.kit.telling;
        telling.quoting(&format!("{request}\nfound: {}", telling.found(breach)), &self.private(world))
    }

    fn unanswered(&self, fault: &Fault, step: usize) {
        self.account.borrow_mut().unclear = true;
        self.cause.borrow_mut().get_or_insert_with(|| fault.cause.to_owned());
        let cause = if fault.cause == "timeout" { "timeout" } else { "transport" };
        let text = self.play.steps.get(step).map_or("", |step| step.text.as_str());
        let workflow = self.kit.name(self.turn.part);
        let told =
            self.kit.telling.failure(cause, workflow, text, fault.cause.to_owned(), || fault.to_string());
        self.meter.failure(told);
    }

    /// Keeps what the request may make the service send.
    fn account(&self, request: &SentRequest) {
        if matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS") {
            return;
        }
        let same = BuildHasherDefault::<DefaultHasher>::default();
        let mut account = self.account.borrow_mut();
        account.sent(same.hash_one((&request.method, &request.path, &request.body)));
        account.uncovered |= !self.kit.claims.about(&bare(request));
    }

    fn read(&self, world: &World, request: &SentRequest, path: &str, reply: Reply, answer: &mut Answer) {
        answer.status = reply.status.as_u16();
        answer.headers = listed(&reply.headers);
        answer.body = reply.body;
        let line = bare(request);
        let claims = self.kit.claims.about(&line);
        if self.play.bodies || claims {
            answer.json = serde_json::from_slice(&answer.body).ok();
        }
        self.judge(world, request, path, answer);
        if claims {
            let body = answer.json.as_ref().unwrap_or(&Value::Null);
            self.kit.claims.add(&line, body, &mut self.account.borrow_mut().claimed);
        }
    }

    /// Holds an answer against its contract, if its turn has come.
    fn judge(&self, world: &World, request: &SentRequest, path: &str, answer: &mut Answer) {
        let Some(contract) = &self.kit.shared.target_contract else { return self.meter.unchecked() };
        let mode = if self.play.contracts { Contracts::Full } else { self.kit.contracts };
        let cost = match contract.find(&request.method, path) {
            Found::Operation { operation, .. } => {
                if self.play.contracts {
                    answer.operation = Some(operation.line());
                }
                let check =
                    || contract.check_response(operation, answer.status, &answer.headers, &answer.body);
                let Some((cost, breaches)) = self.kit.checks.check(operation, mode, check) else {
                    return self.meter.unchecked();
                };
                let recorded = breaches.iter().map(|breach| dryrun_mocks::record_breach("service", breach));
                answer.breaches = recorded.collect();
                cost
            }
            _ => {
                if mode == Contracts::Off {
                    return self.meter.unchecked();
                }
                world.judge_at(contract, request, path, answer);
                Duration::ZERO
            }
        };
        self.kit.shared.policy.mark(Direction::ToService, &mut answer.breaches);
        self.meter.checked(cost, 0);
    }

    fn fails(&self, breach: &Breach) -> bool {
        self.kit.shared.policy.rule(Direction::ToService, breach).mode == ContractMode::Enforce
    }
}

/// `POST /api/v2/jobs`, without its query.
fn bare(request: &SentRequest) -> String {
    format!("{} {}", request.method, request.path.split('?').next().unwrap_or_default())
}

impl Carrier for Playing {
    fn call<'a>(
        &'a self,
        world: &'a World,
        request: &'a SentRequest,
    ) -> LocalBoxFuture<'a, Result<Answer, StepFailure>> {
        self.carry(world, request).boxed_local()
    }

    fn shaken(&self, world: &World, answer: Answer) {
        // What is sent over it may make the service send something that no claim is about.
        self.account.borrow_mut().uncovered = true;
        match &self.kit.shared.target_contract {
            Some(_) => self.meter.checked(Duration::ZERO, 0),
            None => self.meter.unchecked(),
        }
        if world.breaches_expected {
            return;
        }
        for breach in answer.breaches.iter().filter(|breach| self.fails(breach)) {
            self.cause.borrow_mut().get_or_insert_with(|| "contract".to_owned());
            self.meter.breaches(1);
            let workflow = self.kit.name(self.turn.part);
            let text = self.play.steps.get(self.step.get()).map_or("", |step| step.text.as_str());
            let example = || self.breached(world, &answer.request, breach);
            let message = telling::breach(breach);
            self.meter.failure(self.kit.telling.failure("contract", workflow, text, message, example));
        }
    }
}
