//! A verification in the words of the record: [`Teller`].

use dryrun_mocks::record_breach;
use dryrun_record::{
    Allowed, Attribution, Body, Breach, Direction, Event, EventStream, Exchange, FORMAT, Failure,
    FailureKind, Isolation, MASK, NoticeLevel, Outcome, Request, Response, RunKind, RunStarted, ScenarioRef,
    ServiceInfo, StepFinished, StepOutcome, TargetInfo,
};

use crate::answer::{Answer, Wire};
use crate::call::Call;
use crate::finding::Drift;
use crate::subject::{Head, Options, Subject};

/// Bodies are kept up to so many bytes, as in every record.
const BODY_LIMIT: usize = 64 * 1024;

/// Tells one verification to the stream.
pub(crate) struct Teller<'t> {
    pub(crate) events: &'t EventStream,
    pub(crate) subject: &'t Subject,
    sent: usize,
}

/// A step that ended.
pub(crate) struct Step {
    pub(crate) keyword: &'static str,
    pub(crate) text: String,
    /// More of it, line by line.
    pub(crate) detail: Option<String>,
    pub(crate) failures: Vec<Failure>,
}

impl Step {
    pub(crate) fn new(keyword: &'static str, text: impl Into<String>) -> Self {
        Self { keyword, text: text.into(), detail: None, failures: Vec::new() }
    }

    pub(crate) fn failing(mut self, failures: Vec<Failure>) -> Self {
        self.failures = failures;
        self
    }

    pub(crate) fn detail(mut self, lines: &[String]) -> Self {
        self.detail = (!lines.is_empty()).then(|| lines.join("\n"));
        self
    }
}

impl<'t> Teller<'t> {
    pub(crate) fn new(events: &'t EventStream, subject: &'t Subject) -> Self {
        Self { events, subject, sent: 0 }
    }

    pub(crate) fn begin(&self, head: &Head, provider: &str, mirror: &str, seed: u64, selected: usize) {
        let spec = &self.subject.spec;
        let operations = spec.contract.operations().iter().map(dryrun_contract::Operation::line).collect();
        self.events.append(Event::RunStarted(Box::new(RunStarted {
            format: FORMAT,
            kind: RunKind::Verify,
            run_id: head.run_id.clone(),
            started_at: head.started_at.clone(),
            tool_version: head.tool_version.clone(),
            command: head.command.clone(),
            seed,
            profile: head.profile.clone(),
            target: TargetInfo {
                name: format!("the real provider of {}", spec.title),
                url: provider.to_owned(),
                command: None,
            },
            services: vec![ServiceInfo {
                key: spec.key.clone(),
                title: spec.title.clone(),
                url: mirror.to_owned(),
                contract: spec.contract_path.clone(),
                operations,
            }],
            isolation: Isolation::Serial,
            isolation_reason: "the calls follow each other: ids of earlier answers stand in later calls"
                .to_owned(),
            jobs: 1,
            selected,
            repeat_with: head.repeat_with.clone(),
        })));
    }

    pub(crate) fn notice(&self, level: NoticeLevel, code: &str, text: impl Into<String>) {
        self.events.append(Event::Notice { level, code: code.to_owned(), text: text.into() });
    }

    pub(crate) fn started(&self, call: &Call) -> String {
        let id = call.id(&self.subject.spec.key);
        let contract = &self.subject.spec.contract;
        let scenario = ScenarioRef {
            id: id.clone(),
            file: self.subject.spec.contract_path.clone(),
            line: self.subject.line_of(&call.operation),
            feature: format!("{} {}", contract.title(), contract.version()).trim().to_owned(),
            rule: Some(call.operation.line()),
            name: format!("{}: {}", call.operation.line(), call.source),
            tags: vec!["verify".to_owned(), self.subject.spec.key.clone()],
        };
        self.events.append(Event::ScenarioStarted { scenario, attempt: 1 });
        id
    }

    /// Tells the steps and the end of a call; true when nothing failed.
    pub(crate) fn finished(&self, call: &Call, started_us: u64, steps: Vec<Step>) -> bool {
        let scenario = call.id(&self.subject.spec.key);
        let held = steps.iter().all(|step| step.failures.is_empty());
        for (index, step) in steps.into_iter().enumerate() {
            let outcome = if step.failures.is_empty() { StepOutcome::Passed } else { StepOutcome::Failed };
            self.events.append(Event::StepFinished(Box::new(StepFinished {
                scenario: scenario.clone(),
                attempt: 1,
                index,
                keyword: step.keyword.to_owned(),
                text: step.text,
                line: self.subject.line_of(&call.operation),
                background: false,
                doc_string: step.detail,
                table: None,
                outcome,
                started_us,
                duration_us: self.events.now_us().saturating_sub(started_us),
                failures: step.failures,
            })));
        }
        self.events.append(Event::ScenarioFinished {
            id: scenario,
            attempt: 1,
            outcome: if held { Outcome::Passed } else { Outcome::Failed },
            duration_us: self.events.now_us().saturating_sub(started_us),
            failures: Vec::new(),
        });
        held
    }

    /// Records an exchange with the provider. Credentials are masked by their names, whatever their length.
    pub(crate) fn provider(
        &mut self,
        call: &Call,
        wire: &Wire,
        options: &Options,
        at_us: u64,
        answer: Result<&Answer, String>,
        breaches: &[dryrun_contract::Breach],
    ) -> String {
        self.sent += 1;
        let id = format!("provider-{}", self.sent);
        let mut headers = wire.headers.clone();
        headers.extend(options.auth.headers().into_iter().map(|(name, value)| {
            let scheme = value.split_once(' ').filter(|_| name == "authorization").map(|(scheme, _)| scheme);
            let masked = scheme.map_or_else(|| MASK.to_owned(), |scheme| format!("{scheme} {MASK}"));
            (name, masked)
        }));
        let mut query = wire.query.clone();
        for (name, _) in options.auth.query() {
            let between = if query.is_empty() { "" } else { "&" };
            query = format!("{query}{between}{name}={MASK}");
        }
        let (response, error) = match answer {
            Ok(answer) => (
                Some(Response {
                    status: answer.status,
                    headers: answer.headers.clone(),
                    body: Body::keep(&answer.body, BODY_LIMIT),
                }),
                None,
            ),
            Err(error) => (None, Some(error)),
        };
        let service = &self.subject.spec.key;
        self.events.append(Event::Exchange(Box::new(Exchange {
            id: id.clone(),
            direction: Direction::ToProvider,
            service: service.clone(),
            scenario: Some(call.id(service)),
            attempt: 1,
            attribution: Attribution::Own,
            operation: Some(call.operation.line()),
            at_us,
            duration_us: self.events.now_us().saturating_sub(at_us),
            request: Request {
                method: wire.method.clone(),
                path: wire.path.clone(),
                query,
                headers,
                body: Body::keep(&wire.body, BODY_LIMIT),
            },
            response,
            error,
            fault: None,
            unexpected: None,
            breaches: breaches
                .iter()
                .map(|breach| Breach {
                    allowed: options.tolerates(&breach.operation).cloned(),
                    ..record_breach(service, breach)
                })
                .collect(),
        })));
        id
    }

    /// Records how our mock answered the same call. Its request is the provider's: only the answer is judged.
    pub(crate) fn mock(
        &self,
        call: &Call,
        mut exchange: Exchange,
        tolerated: Option<&Allowed>,
    ) -> (String, Vec<Breach>) {
        let id = format!("mock-{}", self.sent);
        exchange.id.clone_from(&id);
        exchange.scenario = Some(call.id(&self.subject.spec.key));
        exchange.attempt = 1;
        exchange.attribution = Attribution::Own;
        exchange.unexpected = None;
        exchange.breaches.retain(|breach| breach.side == "response");
        for breach in &mut exchange.breaches {
            breach.allowed = tolerated.cloned();
        }
        let breaches = exchange.breaches.clone();
        self.events.append(Event::Exchange(Box::new(exchange)));
        (id, breaches)
    }
}

/// A failure of a kind.
pub(crate) fn failure(kind: FailureKind, message: impl Into<String>) -> Failure {
    Failure { kind, message: message.into(), ..Failure::default() }
}

/// A place where the provider breaks the contract.
pub(crate) fn contract_failure(breach: &dryrun_contract::Breach, exchange: &str) -> Failure {
    Failure {
        kind: FailureKind::Contract,
        message: format!("the provider breaks the contract: {breach}"),
        at: Some(record_breach("", breach).instance_path),
        expected: Some(breach.wanted.clone()),
        found: Some(breach.found.clone()),
        exchanges: vec![exchange.to_owned()],
        ..Failure::default()
    }
}

/// A place where it answers otherwise than our mock.
pub(crate) fn drift_failure(operation: &str, drift: &Drift, exchanges: &[String], line: &str) -> Failure {
    Failure {
        kind: FailureKind::Drift,
        message: format!(
            "drift in {operation} at {}: our mock {}, the provider {}",
            drift.at, drift.mock, drift.provider
        ),
        at: Some(drift.at.clone()),
        expected: Some(drift.mock.clone()),
        found: Some(drift.provider.clone()),
        hint: Some(format!("{}\n{line}", drift.advice)),
        exchanges: exchanges.to_vec(),
    }
}
