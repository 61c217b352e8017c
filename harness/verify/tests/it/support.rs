//! The notes service: its contract, the behaviour of our mock, and a verification of it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dryrun_contract::Contract;
use dryrun_mocks::{Behaviour, ServiceSpec};
use dryrun_record::{EventStream, Failure, Masker, Record};
use dryrun_verify::{
    Clock, Drift, DriftKind, Head, Options, Permissions, Rate, Subject, Summary, VerifyError, plan, verify,
};
use futures::future::BoxFuture;

pub(crate) const CONTRACT: &str = include_str!("notes.yaml");
pub(crate) const BEHAVIOUR: &str = include_str!("behaviour.yaml");

/// A clock that stands still but for its sleeps, which it writes down.
pub(crate) struct Still {
    now: Mutex<Instant>,
    slept: Mutex<Vec<Duration>>,
}

impl Still {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { now: Mutex::new(Instant::now()), slept: Mutex::new(Vec::new()) })
    }

    pub(crate) fn slept(&self) -> Vec<u128> {
        self.slept.lock().unwrap().iter().map(Duration::as_millis).collect()
    }
}

impl Clock for Still {
    fn now(&self) -> Instant {
        *self.now.lock().unwrap()
    }

    fn sleep_until(&self, moment: Instant) -> BoxFuture<'_, ()> {
        let mut now = self.now.lock().unwrap();
        self.slept.lock().unwrap().push(moment - *now);
        *now = moment;
        Box::pin(std::future::ready(()))
    }
}

pub(crate) fn subject() -> Subject {
    subject_of(CONTRACT, BEHAVIOUR)
}

pub(crate) fn subject_of(contract: &str, behaviour: &str) -> Subject {
    let spec = ServiceSpec {
        key: "notes".to_owned(),
        title: "the Notes".to_owned(),
        contract: Contract::parse("notes.yaml", contract).unwrap(),
        contract_path: "schemas/notes.yaml".to_owned(),
        behaviour: Behaviour::parse("behaviour.yaml", behaviour).unwrap(),
    };
    Subject {
        spec,
        behaviour: Some(("mocks/notes.yaml".to_owned(), behaviour.to_owned())),
        contract_text: contract.to_owned(),
    }
}

pub(crate) fn writes() -> Permissions {
    Permissions { allow_writes: true, ..Permissions::default() }
}

/// What a verification left behind.
pub(crate) struct Done {
    pub(crate) result: Result<Summary, VerifyError>,
    pub(crate) record: Record,
    pub(crate) slept: Vec<u128>,
}

impl Done {
    pub(crate) fn summary(&self) -> &Summary {
        self.result.as_ref().unwrap()
    }

    /// The drift of one operation at one place.
    #[track_caller]
    pub(crate) fn only(&self, kind: DriftKind, operation: &str, at: &str) -> &Drift {
        let drift = &self.summary().drift;
        let [(line, one)] = drift.as_slice() else { panic!("one drift wanted: {drift:#?}") };
        assert_eq!((one.kind, line.as_str(), one.at.as_str()), (kind, operation, at), "{one:#?}");
        one
    }

    pub(crate) fn failures(&self) -> Vec<&Failure> {
        self.record.scenarios.iter().flat_map(|scenario| scenario.failures()).collect()
    }

    pub(crate) fn notices(&self, code: &str) -> Vec<&str> {
        let of = self.record.notices.iter().filter(|notice| notice.code == code);
        of.map(|notice| notice.text.as_str()).collect()
    }

    /// Every step's text and detail of the calls of one operation.
    pub(crate) fn steps(&self, operation: &str) -> String {
        let of = self.record.scenarios.iter().filter(|one| one.scenario.rule.as_deref() == Some(operation));
        let steps = of.flat_map(|one| &one.attempts).flat_map(|attempt| &attempt.steps);
        let lines = steps.map(|step| {
            format!("{} {} {}", step.keyword, step.text, step.doc_string.clone().unwrap_or_default())
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Plans and plays, as fast as it goes, on a clock of its own.
pub(crate) async fn verified(url: &str, permissions: &Permissions) -> Done {
    verified_with(&subject(), None, permissions, Options::new(url)).await
}

pub(crate) async fn verified_with(
    subject: &Subject,
    recorded: Option<&Record>,
    permissions: &Permissions,
    options: Options,
) -> Done {
    let events = EventStream::new(Instant::now(), Masker::new(), Vec::new());
    let plan = plan(&subject.spec.contract, &subject.spec.key, recorded, permissions);
    let clock = Still::new();
    let result = verify(subject, &plan, &options, clock.clone(), &Head::default(), &events).await;
    Done { result, record: events.close().0, slept: clock.slept() }
}

pub(crate) fn rate(text: &str) -> Rate {
    Rate::parse(text).unwrap()
}
