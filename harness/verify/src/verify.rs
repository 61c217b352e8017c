//! The verification itself: [`verify`] plays a [`Plan`] against the provider and against our mock, and compares.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dryrun_record::{Allowed, EventStream, Failure, FailureKind, NoticeLevel};

use crate::account;
use crate::answer::{Answer, Wire};
use crate::call::Call;
use crate::client::{Client, Silence};
use crate::curl;
use crate::drift::compare;
use crate::error::VerifyError;
use crate::finding::{Compared, Context, Drift, Said};
use crate::ids::Ids;
use crate::learn::address;
use crate::mirror::Mirror;
use crate::pace::{Clock, Pace, wait};
use crate::plan::Plan;
use crate::reasons::incomparable;
use crate::subject::{Head, Options, Subject};
use crate::tell::{Step, Teller, contract_failure, drift_failure, failure};
use crate::twin::{Twin, twin};
use crate::words::said;

/// After so many calls in a row without a connection, the provider is out of reach.
const MOST_SILENT: usize = 3;

/// A provider that limits the rate is asked so many times.
const MOST_TRIES: u32 = 5;

/// What came of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Calls that were played.
    pub played: usize,
    /// Those of them whose answer was compared with our mock's.
    pub compared: usize,
    /// Places where the provider breaks the contract.
    pub breaches: usize,
    /// Places where it answers otherwise than our mock.
    pub drift: Vec<(String, Drift)>,
    /// Places where it does, and that are allowed to.
    pub allowed: usize,
}

/// Plays every call of the plan, in order, and tells everything to `events`, whose record says the verdict.
///
/// # Errors
/// When the provider can't be reached, or our own mock can't be started. What is wrong with the provider's answers is no
/// error but in the record.
pub async fn verify(
    subject: &Subject,
    plan: &Plan,
    options: &Options,
    clock: Arc<dyn Clock>,
    head: &Head,
    events: &EventStream,
) -> Result<Summary, VerifyError> {
    options.auth.teach(events.masker());
    let client = Client::new(&options.url, options.auth.clone(), options.timeout)?;
    let mirror = Mirror::start(subject, options.seed, events.started()).await?;
    let teller = Teller::new(events, subject);
    teller.begin(head, &options.url, mirror.url(), options.seed, plan.calls.len());
    account::left_out(&teller, &plan.left_out);
    if subject.behaviour.is_none() {
        let text =
            "our mock has no behaviour file: where the contract leaves something open, nothing is drift";
        teller.notice(NoticeLevel::Info, "no-behaviour", text);
    }
    let mut play = Play {
        teller,
        options,
        client,
        mirror,
        pace: Pace::new(options.rate, clock),
        ids: Ids::of(&subject.spec.contract),
        said: Said { words: said(subject), ..Said::default() },
        summary: Summary::default(),
        silent: 0,
        answered: false,
        apart: BTreeMap::new(),
    };
    let mut result = Ok(());
    for call in &plan.calls {
        result = play.call(call).await;
        if result.is_err() {
            break;
        }
    }
    let Play { mirror, summary, teller, apart, .. } = play;
    mirror.stop().await;
    if result.is_ok() {
        account::compared(&teller, plan, summary.played, summary.compared, &apart);
    }
    if summary.allowed > 0 {
        let text = format!("drift in {} places was allowed; each call says where", summary.allowed);
        teller.notice(NoticeLevel::Warning, "allowed-drift", text);
    }
    result.map(|()| summary)
}

fn borne(allowed: &Allowed) -> String {
    let until = allowed.until.as_ref().map(|day| format!(" until {day}")).unwrap_or_default();
    format!("tolerated{until} ({})", allowed.reason)
}

struct Play<'p> {
    teller: Teller<'p>,
    options: &'p Options,
    client: Client,
    mirror: Mirror,
    pace: Pace,
    ids: Ids,
    said: Said,
    summary: Summary,
    silent: usize,
    answered: bool,
    /// Why a call could not be compared, and how many.
    apart: BTreeMap<String, usize>,
}

/// What the provider answered in the end.
struct Reply {
    answer: Answer,
    /// Of this answer, and of those before it that asked to wait.
    breaches: Vec<dryrun_contract::Breach>,
    /// The id of its exchange.
    exchange: String,
    notes: Vec<String>,
}

impl Play<'_> {
    async fn call(&mut self, call: &Call) -> Result<(), VerifyError> {
        // Before anything is timed: waiting for its slot is not the call's time.
        self.pace.turn().await;
        let started_us = self.teller.events.now_us();
        self.teller.started(call);
        let mut steps = Vec::new();
        let twin = match twin(&self.ids, call) {
            Ok(twin) => twin,
            Err(reason) => {
                let text = format!("{} is not sent", call.line());
                // What is there to be read is up to the provider; what was to be made and changed is up to us.
                steps.push(if call.own_only {
                    Step::new("When", text).failing(vec![failure(FailureKind::Environment, reason)])
                } else {
                    account::not_played(
                        &self.teller,
                        &call.operation.line(),
                        &reason,
                        &call.source.to_string(),
                    );
                    Step::new("But", format!("{text}: {reason}"))
                });
                self.teller.finished(call, started_us, steps);
                return Ok(());
            }
        };
        self.summary.played += 1;
        if !twin.learnt.is_empty() {
            steps.push(Step::new("Given", "ids of earlier answers in place of ours").detail(&twin.learnt));
        }
        let line = curl::line(&self.options.url, &twin.provider, &self.options.auth);
        let sent = format!("{} {} is sent to the real provider", twin.provider.method, twin.provider.path);
        let Reply { answer, breaches, exchange, notes } = match self.ask(call, &twin.provider).await {
            Ok(reply) => reply,
            Err((silence, exchange)) => {
                let kind = match silence {
                    Silence::Late(_) => FailureKind::Timeout,
                    _ => FailureKind::Environment,
                };
                let mut failed = failure(kind, format!("the provider did not answer: {silence}"));
                failed.hint = Some(line);
                failed.exchanges = vec![exchange];
                steps.push(Step::new("When", sent).failing(vec![failed]));
                self.teller.finished(call, started_us, steps);
                return self.silence(silence);
            }
        };
        (self.silent, self.answered) = (0, true);
        steps.push(Step::new("When", sent).detail(&notes));
        self.summary.breaches += breaches.len();
        steps.push(self.honoured(call, &breaches, &exchange, &line));
        let step = self.compared(call, &twin, &answer, &breaches, &exchange, &line).await;
        steps.push(step);
        self.teller.finished(call, started_us, steps);
        Ok(())
    }

    /// Whether the answer honours the contract, or its breaches are borne.
    fn honoured(
        &self,
        call: &Call,
        breaches: &[dryrun_contract::Breach],
        exchange: &str,
        line: &str,
    ) -> Step {
        let step = Step::new("Then", "the answer honours the contract");
        let Some(allowed) = self.options.tolerates(&call.operation.line()) else {
            let mut broken: Vec<Failure> =
                breaches.iter().map(|breach| contract_failure(breach, exchange)).collect();
            if let Some(first) = broken.first_mut() {
                first.hint = Some(line.to_owned());
            }
            return step.failing(broken);
        };
        let borne = breaches.iter().map(|breach| format!("{}: {breach}", borne(allowed)));
        step.detail(&borne.collect::<Vec<_>>())
    }

    /// Asks the provider at its pace, and waits as it asks to.
    async fn ask(&mut self, call: &Call, wire: &Wire) -> Result<Reply, (Silence, String)> {
        let contract = &self.teller.subject.spec.contract;
        let mut waited = Duration::ZERO;
        let mut all_breaches = Vec::new();
        let mut tries = 0;
        loop {
            let at_us = self.teller.events.now_us();
            let keep = |status| call.operation.documents(status);
            let (answer, redirects) = match self.client.send(wire, keep).await {
                Ok(answered) => answered,
                Err(silence) => {
                    let told = Err(silence.to_string());
                    let id = self.teller.provider(call, wire, self.options, at_us, told, &[]);
                    return Err((silence, id));
                }
            };
            let breaches =
                contract.check_response(&call.operation, answer.status, &answer.headers, &answer.body);
            let exchange = self.teller.provider(call, wire, self.options, at_us, Ok(&answer), &breaches);
            // Each answer counts, also one that is followed by a better one.
            all_breaches.extend(
                breaches.into_iter().filter(|breach| !all_breaches.contains(breach)).collect::<Vec<_>>(),
            );
            let rest = wait(answer.header("retry-after"), tries, chrono::Utc::now());
            tries += 1;
            let again = answer.status == 429 && tries < MOST_TRIES && waited + rest <= self.options.patience;
            if !again {
                let notes = redirects.iter().map(|to| format!("redirected: {to}")).collect();
                return Ok(Reply { answer, breaches: all_breaches, exchange, notes });
            }
            waited += rest;
            let text = format!(
                "the provider limits the rate: it answered 429 to {}, and was given {} s of rest",
                call.operation.line(),
                rest.as_secs()
            );
            self.teller.notice(NoticeLevel::Info, "rate-limited", text);
            self.pace.rest(rest).await;
            self.pace.turn().await;
        }
    }

    async fn compared(
        &mut self,
        call: &Call,
        twin: &Twin,
        answer: &Answer,
        breaches: &[dryrun_contract::Breach],
        exchange: &str,
        line: &str,
    ) -> Step {
        let (mock, seen) = self.mirror.ask(&call.operation, &twin.mock).await;
        let unknown = seen.as_ref().and_then(|exchange| exchange.unexpected.clone());
        let tolerated = self.options.tolerates(&call.operation.line());
        let told = seen.map(|exchange| self.teller.mock(call, exchange, tolerated));
        let (mut exchanges, own_breaches) =
            (vec![exchange.to_owned()], told.as_ref().map(|(_, own)| own.clone()));
        exchanges.extend(told.map(|(id, _)| id));
        let apart = match &mock {
            Err(silence) => Some(format!("our mock did not answer: {silence}")),
            Ok(_) if unknown.is_some() => {
                unknown.map(|why| format!("our mock does not know what to answer: {why}"))
            }
            Ok(mock) => incomparable(call, twin.foreign, mock, answer),
        };
        // A provider that refuses to be asked has not shown how it answers.
        if answer.status == 429 {
            let mut failed = failure(
                FailureKind::Environment,
                "the provider limits the rate and went on doing so: this call could not be verified",
            );
            failed.hint = Some("a lower --rate, or more patience: --wait-at-most '5 min'".to_owned());
            failed.exchanges = exchanges;
            return Step::new("And", "our mock would have answered the same").failing(vec![failed]);
        }
        if let Some(reason) = apart {
            let step = Step::new("But", format!("it could not be compared with our mock's: {reason}"));
            *self.apart.entry(reason).or_default() += 1;
            return step;
        }
        let Ok(mock) = mock else { return Step::new("But", "it could not be compared") };
        self.summary.compared += 1;
        let subject = self.teller.subject;
        let mut context = Context {
            contract: &subject.spec.contract,
            operation: &call.operation,
            breaches,
            contract_path: &subject.spec.contract_path,
            behaviour_path: subject.behaviour.as_ref().map(|(path, _)| path.as_str()),
            scripted: subject.spec.behaviour.operations().contains(&call.operation.line()),
            same: &self.options.same,
            said: &mut self.said,
        };
        let Compared { drift, mut notes } = compare(&mut context, &mock, answer);
        if mock.status < 300 && answer.status < 300 {
            self.learn(call, &mock, answer);
        }
        let operation = call.operation.line();
        let is_allowed =
            |drift: &Drift| self.options.allowed.iter().any(|place| place.covers(&operation, &drift.at));
        let (allowed, drift): (Vec<_>, Vec<_>) = drift.into_iter().partition(is_allowed);
        self.summary.allowed += allowed.len();
        notes = notes.into_iter().map(|note| format!("not compared: {note}")).collect();
        notes.extend(allowed.iter().map(|drift| {
            format!("allowed drift: {}: our mock {}, the provider {}", drift.at, drift.mock, drift.provider)
        }));
        let mut failures: Vec<Failure> =
            drift.iter().map(|drift| drift_failure(&operation, drift, &exchanges, line)).collect();
        let own = own_breaches.into_iter().flatten().map(|breach| {
            let message = format!(
                "our own mock breaks the contract in {operation} at {}: found {}, wanted {}",
                breach.instance_path, breach.found, breach.wanted
            );
            Failure {
                at: Some(breach.instance_path),
                exchanges: exchanges.clone(),
                ..failure(FailureKind::Contract, message)
            }
        });
        match tolerated {
            Some(allowed) => notes.extend(own.map(|own| format!("{}: {}", borne(allowed), own.message))),
            None => failures.extend(own),
        }
        self.summary.drift.extend(drift.into_iter().map(|drift| (operation.clone(), drift)));
        Step::new("And", "our mock would have answered the same").failing(failures).detail(&notes)
    }

    fn learn(&mut self, call: &Call, mock: &Answer, provider: &Answer) {
        let own = call.write && call.operation.method != "DELETE";
        let template = &call.operation.path;
        let bodies = provider.json().zip(mock.json());
        let known =
            bodies.is_some_and(|(theirs, ours)| self.ids.learn(template, own, &theirs, &ours, &call.known));
        let contract = &self.teller.subject.spec.contract;
        if let Some((field, theirs)) = address(contract, call, &self.options.url, provider) {
            let ours = address(contract, call, self.mirror.url(), mock).map(|(_, id)| id);
            // Of an address that our mock does not give, its own id is not known; that of a body may be.
            if ours.is_some() || !known {
                // Only of what was made it is known that nobody else did (RFC 9110, 15.3.2).
                self.ids.add(field, own && provider.status == 201, theirs, ours);
            }
        }
    }

    /// A provider that nobody reaches is no provider.
    fn silence(&mut self, silence: Silence) -> Result<(), VerifyError> {
        let Silence::Unreachable(reason) = silence else { return Ok(()) };
        self.silent += 1;
        if self.answered && self.silent < MOST_SILENT {
            return Ok(());
        }
        let error = VerifyError::Unreachable { url: self.options.url.clone(), reason };
        self.teller.notice(NoticeLevel::Error, "unreachable", error.to_string());
        Err(error)
    }
}
