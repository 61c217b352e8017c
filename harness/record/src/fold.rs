//! The events folded into a [`Record`], the only thing that a report is drawn from.

use std::collections::HashMap;
use std::io::BufRead;

use serde::Serialize;

use crate::event::{Entry, Event, FORMAT, NoticeLevel, RunFinished, RunStarted, ScenarioRef, StepFinished};
use crate::exchange::{Attribution, Direction, Exchange, Frame};
use crate::outcome::{Failure, Outcome, StepOutcome, Totals};

/// A whole run, as far as it is known.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Record {
    /// The head; `None` only before the first event.
    pub run: Option<RunStarted>,
    /// Scenarios in the order in which they began.
    pub scenarios: Vec<ScenarioResult>,
    /// Notices in order.
    pub notices: Vec<Notice>,
    /// Exchanges that belong to no scenario.
    pub loose: Vec<Exchange>,
    /// Lines of the service: time in microseconds, worker, stream, line.
    pub log: Vec<(u64, usize, String, String)>,
    /// The end; `None` for a run that was killed.
    pub finished: Option<RunFinished>,
    #[serde(skip)]
    by_id: HashMap<String, usize>,
}

/// A scenario with all its attempts.
#[derive(Debug, Clone, Serialize)]
pub struct ScenarioResult {
    /// Which one.
    pub scenario: ScenarioRef,
    /// The last word on it; `None` while it runs (or when the run was killed).
    pub outcome: Option<Outcome>,
    /// Its attempts, in order.
    pub attempts: Vec<Attempt>,
}

/// One attempt at a scenario.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// Microseconds since the run started.
    pub started_us: u64,
    /// Microseconds it took.
    pub duration_us: u64,
    /// How it ended; `None` while it runs.
    pub outcome: Option<Outcome>,
    /// Its steps so far, in order.
    pub steps: Vec<StepFinished>,
    /// Its exchanges, in the order in which they ended.
    pub exchanges: Vec<Exchange>,
    /// Its WebSocket messages.
    pub frames: Vec<Frame>,
    /// Failures that belong to no step.
    pub failures: Vec<Failure>,
}

/// A notice with its time.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    /// Microseconds since the run started.
    pub at_us: u64,
    /// How serious.
    pub level: NoticeLevel,
    /// Name for machines.
    pub code: String,
    /// Sentence for people.
    pub text: String,
}

/// A record that could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// The file could not be read.
    Io(std::io::Error),
    /// A line that is not the last is not an entry.
    Line {
        /// From 1.
        line: usize,
        /// What serde says of it.
        source: serde_json::Error,
    },
    /// There is no head.
    Empty,
    /// A newer `dryrun` wrote it.
    Format(u32),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the record could not be read: {error}"),
            Self::Line { line, source } => write!(f, "line {line} is not an entry of a run record: {source}"),
            Self::Empty => f.write_str("the file holds no run: its first line must be a `run_started` event"),
            Self::Format(format) => write!(
                f,
                "the record has format {format}, this dryrun reads up to {}: use a newer one",
                FORMAT
            ),
        }
    }
}

impl std::error::Error for ReadError {}

impl ScenarioResult {
    /// The attempt that counts: the last.
    pub fn last(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// All failures of the last attempt, those of steps first.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.last().into_iter().flat_map(|attempt| {
            attempt.steps.iter().flat_map(|step| step.failures.iter()).chain(attempt.failures.iter())
        })
    }

    /// Microseconds over all attempts.
    pub fn duration_us(&self) -> u64 {
        self.attempts.iter().map(|attempt| attempt.duration_us).sum()
    }
}

impl Record {
    /// Reads JSON lines. A last line that was cut off (a killed run) is passed over; any other bad line is an error.
    pub fn read(input: impl BufRead) -> Result<Self, ReadError> {
        let mut record = Self::default();
        let mut torn: Option<(usize, serde_json::Error)> = None;
        for (index, line) in input.lines().enumerate() {
            let line = line.map_err(ReadError::Io)?;
            if let Some((line, source)) = torn.take() {
                return Err(ReadError::Line { line, source });
            }
            if line.trim().is_empty() {
                continue;
            }
            match serde_json::from_str::<Entry>(&line) {
                Ok(entry) => record.apply(entry),
                Err(source) => torn = Some((index + 1, source)),
            }
        }
        match &record.run {
            None => Err(ReadError::Empty),
            Some(run) if run.format > FORMAT => Err(ReadError::Format(run.format)),
            Some(_) => Ok(record),
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::Masker;
    use crate::outcome::Failure;
    use crate::stream::{EventStream, JsonLines, Sink};
    use std::sync::{Arc, Mutex};

    fn scenario(id: &str) -> ScenarioRef {
        ScenarioRef {
            id: id.to_owned(),
            file: "f.feature".to_owned(),
            line: 3,
            feature: "F".to_owned(),
            rule: None,
            name: "S".to_owned(),
            tags: Vec::new(),
        }
    }

    fn finished(id: &str, attempt: u32, outcome: Outcome) -> Event {
        Event::ScenarioFinished {
            id: id.to_owned(),
            attempt,
            outcome,
            duration_us: 5,
            failures: vec![Failure::default()],
        }
    }

    fn exchange(scenario: &str, attempt: u32) -> Exchange {
        serde_json::from_value(serde_json::json!({
            "id": "crm-1", "direction": "to_mock", "service": "crm", "scenario": scenario, "attempt": attempt,
            "attribution": "correlation", "operation": null, "at_us": 77, "duration_us": 5, "response": null,
            "request": {"method": "GET", "path": "/", "headers": [], "body": {"bytes": 0}},
        }))
        .unwrap()
    }

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn run() -> RunStarted {
        serde_json::from_value(serde_json::json!({
            "format": FORMAT, "run_id": "r", "started_at": "2026-01-01T00:00:00Z", "tool_version": "0", "command": [],
            "seed": 1, "profile": null, "target": {"name": "s", "url": "http://u:pw@h", "command": null},
            "services": [], "isolation": "serial", "isolation_reason": "", "jobs": 1, "selected": 3,
        }))
        .unwrap()
    }

    #[test]
    fn the_lines_of_a_run_fold_into_the_same_record_and_hold_no_secret() {
        let file = Shared::default();
        let sinks: Vec<Box<dyn Sink>> = vec![Box::new(JsonLines::new(file.clone()))];
        let stream = EventStream::new(std::time::Instant::now(), Masker::new(), sinks);
        stream.masker().learn("tell-nobody");
        stream.append(Event::RunStarted(Box::new(run())));
        stream.append(Event::ScenarioStarted { scenario: scenario("f.feature:3"), attempt: 1 });
        stream.append(finished("f.feature:3", 1, Outcome::Failed));
        stream.append(Event::ScenarioStarted { scenario: scenario("f.feature:3"), attempt: 2 });
        stream.append(finished("f.feature:3", 2, Outcome::Flaky));
        stream.append(Event::Exchange(Box::new(exchange("f.feature:3", 2))));
        stream.append(Event::Exchange(Box::new(exchange("elsewhere", 1))));
        stream.append(Event::ServiceLog {
            worker: 0,
            stream: "stderr".into(),
            line: "key tell-nobody".into(),
        });
        let (record, closed) = stream.close();
        closed.unwrap();
        let text = String::from_utf8(file.0.lock().unwrap().clone()).unwrap();
        assert!(!text.contains("tell-nobody") && !text.contains(":pw@"), "{text}");
        let read = Record::read(text.as_bytes()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), serde_json::to_value(&record).unwrap());
        let totals = read.totals();
        assert_eq!((totals.selected, totals.flaky, totals.failed, totals.not_run), (3, 1, 0, 2));
        assert_eq!(read.scenarios[0].attempts.len(), 2);
        assert_eq!((read.scenarios[0].attempts[1].exchanges.len(), read.loose.len()), (1, 1));
        assert_eq!(read.loose[0].at_us, 77);
    }

    #[test]
    fn every_kind_of_line_can_be_read_again() {
        let exchange = serde_json::json!({
            "id": "crm-1", "direction": "to_mock", "service": "crm", "scenario": "f.feature:3", "attempt": 1,
            "attribution": "correlation", "operation": "GET /health", "at_us": 7, "duration_us": 2,
            "request": {"method": "GET", "path": "/health", "headers": [["accept", "*/*"]], "body": {"bytes": 0}},
            "response": {"status": 200, "headers": [], "body": {"bytes": 2, "text": "{}"}},
        });
        let frame = serde_json::json!({
            "scenario": "f.feature:3", "attempt": 1, "client": "ana", "way": "sent", "at_us": 8, "path": "/ws",
            "body": {"bytes": 2, "text": "hi"},
        });
        let events = [
            Event::RunStarted(Box::new(run())),
            Event::ScenarioStarted { scenario: scenario("f.feature:3"), attempt: 1 },
            Event::Exchange(Box::new(serde_json::from_value(exchange).unwrap())),
            Event::Frame(Box::new(serde_json::from_value(frame).unwrap())),
        ];
        let entries = events.map(|event| Entry { at_us: 9, event });
        let lines: String =
            entries.iter().map(|entry| serde_json::to_string(entry).unwrap() + "\n").collect();
        for (line, entry) in lines.lines().zip(&entries) {
            assert_eq!(serde_json::from_str::<Entry>(line).unwrap(), *entry, "{line}");
        }
        let read = Record::read(lines.as_bytes()).unwrap();
        let attempt = &read.scenarios[0].attempts[0];
        assert_eq!((attempt.exchanges[0].at_us, attempt.frames[0].at_us), (7, 8));
    }

    #[test]
    fn a_killed_run_is_readable_and_a_damaged_one_is_told() {
        let head =
            serde_json::to_string(&Entry { at_us: 0, event: Event::RunStarted(Box::new(run())) }).unwrap();
        assert!(Record::read(format!("{head}\n{{\"recorded_us\":1,\"ev").as_bytes()).is_ok());
        let damaged = format!("{head}\n{{\"recorded_us\":1,\"ev\n{head}\n");
        assert!(matches!(Record::read(damaged.as_bytes()), Err(ReadError::Line { line: 2, .. })));
        assert!(matches!(Record::read("".as_bytes()), Err(ReadError::Empty)));
        let newer = head.replace("\"format\":1", "\"format\":99");
        assert!(matches!(Record::read(newer.as_bytes()), Err(ReadError::Format(99))));
    }
}
