//! What a breach of contract means: `Policy`. The setting of the whole run, and [`Exception`]s from it: each has a
//! reason and a last day, and one that has outlived its day is worse than none.

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{Days, NaiveDate, Utc};
use dryrun_record::{Allowed, AllowedMode, Breach, Direction, Event, NoticeLevel};

/// What the service under test is called where services are named by their keys.
pub const TARGET: &str = "target";

/// So many days before its end an exception is warned of.
const SOON: Days = Days::new(14);

/// The day of a run, in UTC. The one place that asks the clock for it.
#[must_use]
pub fn today() -> NaiveDate {
    Utc::now().date_naive()
}

/// What a breach of contract means for the scenario in which it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContractMode {
    /// It fails.
    #[default]
    Enforce,
    /// It is recorded and said, and does not fail.
    Warn,
    /// It is recorded.
    Off,
}

impl ContractMode {
    fn word(self) -> &'static str {
        match self {
            Self::Enforce => "strict",
            Self::Warn => "warn",
            Self::Off => "off",
        }
    }
}

/// Breaches that are tolerated for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The key of a mocked service, or [`TARGET`].
    pub service: String,
    /// One of its operations, as `POST /api/v1/email/send`; `None` for all of them.
    pub operation: Option<String>,
    /// What such a breach means.
    pub mode: ContractMode,
    /// Why.
    pub reason: String,
    /// The last day on which it holds; [`NaiveDate::MAX`] for one that makes nothing milder and needs no end.
    pub until: NaiveDate,
}

impl Exception {
    /// Whether it makes a breach milder than a failure.
    #[must_use]
    pub fn tolerates(&self) -> bool {
        self.mode != ContractMode::Enforce
    }

    /// `crm, POST /api/v1/email/send`
    fn whose(&self) -> String {
        match &self.operation {
            Some(operation) => format!("{}, {operation}", self.service),
            None => self.service.clone(),
        }
    }

    /// What speaks against it on this day, and how much.
    #[must_use]
    pub fn doubt(&self, today: NaiveDate) -> Option<(NoticeLevel, String)> {
        let Self { reason, until, .. } = self;
        let whose = self.whose();
        if *until < today {
            let text = format!(
                "the exception for {whose} ended on {until} and no longer holds: mend the breach, or give the exception in dryrun.toml a later `until`. Its reason was: {reason}"
            );
            return Some((NoticeLevel::Error, text));
        }
        let soon = today.checked_add_days(SOON).is_some_and(|soon| *until <= soon);
        soon.then(|| (NoticeLevel::Warning, format!("the exception for {whose} ends on {until}: {reason}")))
    }
}

/// What is done about one breach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ruling<'a> {
    pub(crate) mode: ContractMode,
    /// The exception that says so; `None` when it is the setting of the run.
    pub(crate) exception: Option<&'a Exception>,
}

/// The rules of one run.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    mode: ContractMode,
    exceptions: Vec<Exception>,
    today: NaiveDate,
    /// How many breaches each exception has tolerated.
    tolerated: Vec<AtomicUsize>,
}

impl Policy {
    pub(crate) fn new(mode: ContractMode, exceptions: Vec<Exception>, today: NaiveDate) -> Self {
        let tolerated = exceptions.iter().map(|_| AtomicUsize::new(0)).collect();
        Self { mode, exceptions, today, tolerated }
    }

    /// What is done about a breach in a message between these two.
    pub(crate) fn rule(&self, direction: Direction, breach: &Breach) -> Ruling<'_> {
        match self.position(direction, breach) {
            Some(index) => {
                let exception = &self.exceptions[index];
                Ruling { mode: exception.mode, exception: Some(exception) }
            }
            None => Ruling { mode: self.mode, exception: None },
        }
    }

    /// Whether an exception tolerates it. The setting of the run does not count: a step that asks for a contract means it.
    pub(crate) fn excuses(&self, direction: Direction, breach: &Breach) -> bool {
        self.position(direction, breach).is_some_and(|index| self.exceptions[index].tolerates())
    }

    /// The exception for it that holds today; one for the operation before one for the whole service.
    fn position(&self, direction: Direction, breach: &Breach) -> Option<usize> {
        let service = if direction == Direction::ToService { TARGET } else { breach.service.as_str() };
        let holds = |exception: &&Exception| exception.service == service && exception.until >= self.today;
        let find = |wanted: Option<&str>| {
            let fits = |exception: &Exception| holds(&exception) && exception.operation.as_deref() == wanted;
            self.exceptions.iter().position(fits)
        };
        find(Some(breach.operation.as_str())).or_else(|| find(None))
    }

    /// Marks what does not fail, for the record, and counts it.
    pub(crate) fn mark(&self, direction: Direction, breaches: &mut [Breach]) {
        for breach in breaches {
            let position = self.position(direction, breach);
            breach.allowed = match position {
                Some(index) => {
                    self.tolerated[index].fetch_add(1, Ordering::Relaxed);
                    let Exception { mode, reason, until, .. } = &self.exceptions[index];
                    allowed(*mode, reason, Some(until.to_string()))
                }
                None => allowed(self.mode, &self.setting(), None),
            };
        }
    }

    /// The setting of the run, as it is written.
    fn setting(&self) -> String {
        format!("contracts = \"{}\" for the whole run", self.mode.word())
    }

    /// What must be known before anything is judged by it.
    pub(crate) fn opening(&self) -> Vec<Event> {
        let mut notices = Vec::new();
        if self.mode == ContractMode::Off {
            let text =
                format!("{}: a breach of contract fails nothing, and is only recorded", self.setting());
            notices.push(notice(NoticeLevel::Warning, "contracts-off", text));
        }
        for exception in &self.exceptions {
            if let Some((level, text)) = exception.doubt(self.today) {
                let code = match level {
                    NoticeLevel::Error => "contract-exception-ended",
                    _ => "contract-exception-ends",
                };
                notices.push(notice(level, code, text));
            }
        }
        notices
    }

    /// What the exceptions were good for.
    pub(crate) fn closing(&self) -> Vec<Event> {
        let mut notices = Vec::new();
        for (exception, tolerated) in self.exceptions.iter().zip(&self.tolerated) {
            let holds = exception.until >= self.today;
            if holds && exception.tolerates() && tolerated.load(Ordering::Relaxed) == 0 {
                let text = format!(
                    "the exception for {} tolerated nothing in this run: {}",
                    exception.whose(),
                    exception.reason
                );
                notices.push(notice(NoticeLevel::Info, "contract-exception-unused", text));
            }
        }
        notices
    }
}

fn allowed(mode: ContractMode, reason: &str, until: Option<String>) -> Option<Allowed> {
    let mode = match mode {
        ContractMode::Enforce => return None,
        ContractMode::Warn => AllowedMode::Warn,
        ContractMode::Off => AllowedMode::Off,
    };
    Some(Allowed { mode, reason: reason.to_owned(), until })
}

fn notice(level: NoticeLevel, code: &str, text: String) -> Event {
    Event::Notice { level, code: code.to_owned(), text }
}
