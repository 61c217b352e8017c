//! What reports say about a record beyond its totals: coverage of contracts, flaky and slow scenarios, evidence.

use dryrun_record::{
    Allowed, Attempt, Direction, Exchange, Failure, FailureKind, FrameWay, Isolation, NoticeLevel, Outcome,
    Record, RunKind, ScenarioResult,
};
use serde::Serialize;

use crate::{text, words};

/// How often the operations of one service were called.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Coverage {
    /// The service's key.
    pub(crate) key: String,
    /// What people call it.
    pub(crate) title: String,
    /// The contract's path; empty for a service that the record knows no contract of.
    pub(crate) contract: String,
    /// Every operation of the contract, in its order, then operations seen that the record does not list.
    pub(crate) operations: Vec<Operation>,
    /// Calls that no contract knows.
    pub(crate) unknown: usize,
}

/// How often one operation was called.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Operation {
    /// `POST /api/v1/email/send`.
    pub(crate) line: String,
    /// Calls of scenarios, as in the coverage of its contract: the probe at the start and calls of no scenario are none.
    pub(crate) calls: usize,
    /// Breaches of contract in these calls.
    pub(crate) breaches: usize,
    /// Calls answered by a fault that a scenario asked for.
    pub(crate) faults: usize,
}

impl Coverage {
    /// Calls of all operations and unknown ones.
    pub(crate) fn calls(&self) -> usize {
        self.operations.iter().map(|operation| operation.calls).sum::<usize>() + self.unknown
    }

    /// Breaches in all operations.
    pub(crate) fn breaches(&self) -> usize {
        self.operations.iter().map(|operation| operation.breaches).sum()
    }

    fn operation(&mut self, line: &str) -> &mut Operation {
        let index = self.operations.iter().position(|operation| operation.line == line);
        let index = index.unwrap_or_else(|| {
            self.operations.push(Operation { line: line.to_owned(), calls: 0, breaches: 0, faults: 0 });
            self.operations.len() - 1
        });
        &mut self.operations[index]
    }
}

/// Coverage of every service: the service under test first when it was called, then the mocks in their order.
pub(crate) fn coverage(record: &Record) -> Vec<Coverage> {
    let Some(run) = &record.run else { return Vec::new() };
    let mut all: Vec<Coverage> = Vec::new();
    for service in &run.services {
        let operations = service.operations.iter();
        let operations = operations
            .map(|line| Operation { line: line.clone(), calls: 0, breaches: 0, faults: 0 })
            .collect();
        let (key, title, contract) = (service.key.clone(), service.title.clone(), service.contract.clone());
        all.push(Coverage { key, title, contract, operations, unknown: 0 });
    }
    let own = record.scenarios.iter().flat_map(|scenario| &scenario.attempts);
    let own = own.flat_map(|attempt| &attempt.exchanges).map(|exchange| (exchange, true));
    for (exchange, own_call) in own.chain(record.loose.iter().map(|exchange| (exchange, false))) {
        let index = all.iter().position(|coverage| coverage.key == exchange.service).unwrap_or_else(|| {
            let own = exchange.direction != Direction::ToMock;
            let title = if own { run.target.name.clone() } else { exchange.service.clone() };
            let new = Coverage {
                key: exchange.service.clone(),
                title,
                contract: String::new(),
                operations: Vec::new(),
                unknown: 0,
            };
            let at = if own { 0 } else { all.len() };
            all.insert(at, new);
            at
        });
        match &exchange.operation {
            None => all[index].unknown += 1,
            Some(line) => {
                let operation = all[index].operation(line);
                operation.calls += usize::from(own_call);
                operation.breaches += exchange.breaches.len();
                operation.faults += usize::from(exchange.fault.is_some());
            }
        }
    }
    all
}

/// What people call a service: as the run's head or its coverage has it, the service under test by its own name.
pub(crate) fn title(record: &Record, direction: Direction, key: &str) -> String {
    let run = record.run.as_ref();
    let service = run.and_then(|run| run.services.iter().find(|service| service.key == key));
    let covered = || record.coverage.iter().find(|coverage| coverage.service == key);
    match (service, direction) {
        (Some(service), _) => service.title.clone(),
        (None, Direction::ToService) => run.map_or_else(|| key.to_owned(), |run| run.target.name.clone()),
        (None, _) => covered().map_or_else(|| key.to_owned(), |coverage| coverage.title.clone()),
    }
}

/// `92% of its contract (46 of 50), wanted 90%`; what falls short says by how much.
pub(crate) fn coverage_line(coverage: &dryrun_record::Coverage) -> String {
    let (covered, total, percent) = (coverage.covered, coverage.total, coverage.percent());
    let line = |percent: String| format!("{percent} of its contract ({covered} of {total})");
    match coverage.required {
        None => line(words::percent(percent)),
        Some(wanted) if !coverage.falls_short() => {
            format!("{}, wanted {wanted}%", line(words::percent(percent)))
        }
        Some(wanted) => {
            let reaches = |items: &usize| *items as f64 * 100.0 / total.max(1) as f64 >= wanted;
            let needed = (covered..=total).find(reaches).unwrap_or(total);
            let points = wanted - percent;
            let points = if points < 0.1 { "less than 0.1".to_owned() } else { format!("{points:.1}") };
            format!(
                "{}, wanted {wanted}%: {} missing ({points} points)",
                line(words::percent_below(percent, wanted)),
                text::count(needed - covered, "item")
            )
        }
    }
}

/// Operations that nobody calls, those first whose call would count.
pub(crate) fn never_called(coverage: &dryrun_record::Coverage) -> Vec<String> {
    let mut all: Vec<_> = coverage.never_called().collect();
    all.sort_by_key(|one| one.deprecated);
    let name = |one: &&dryrun_record::OperationCoverage| {
        let deprecated = if one.deprecated { " (deprecated)" } else { "" };
        format!("{}{deprecated}", text::one_line(&one.operation, 120))
    };
    all.iter().map(name).collect()
}

/// `tolerated until 2026-12-31: CRM-123: the provider sends null there`.
pub(crate) fn tolerated(allowed: &Allowed) -> String {
    let until = allowed.until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
    text::one_line(&format!("tolerated{until}: {}", allowed.reason), 400)
}

/// The first of these names, and how many there are more.
pub(crate) fn listed(names: &[String], most: usize) -> String {
    let mut out: Vec<String> = names.iter().take(most).cloned().collect();
    if names.len() > most {
        out.push(format!("and {} more", names.len() - most));
    }
    out.join(", ")
}

/// Microseconds of the run: as it says itself, or until the last thing known of a run that was killed.
pub(crate) fn duration_us(record: &Record) -> u64 {
    if let Some(finished) = &record.finished {
        return finished.duration_us;
    }
    let attempts = record.scenarios.iter().flat_map(|scenario| &scenario.attempts);
    let attempts = attempts.map(|attempt| attempt.started_us + attempt.duration_us);
    let exchanges = record.exchanges().map(|exchange| exchange.at_us + exchange.duration_us);
    let others = record.log.iter().map(|line| line.0).chain(record.notices.iter().map(|notice| notice.at_us));
    let loads = record.loads.iter().flat_map(|run| &run.ticks).map(|tick| tick.second * 1_000_000);
    attempts.chain(exchanges).chain(others).chain(loads).max().unwrap_or(0)
}

/// The `most` slowest scenarios that ran, slowest first.
pub(crate) fn slowest(record: &Record, most: usize) -> Vec<&ScenarioResult> {
    let mut all: Vec<_> = record.scenarios.iter().filter(|scenario| scenario.outcome.is_some()).collect();
    all.sort_by_key(|scenario| std::cmp::Reverse(scenario.duration_us()));
    all.truncate(most);
    all
}

/// Scenarios with this outcome, in order.
pub(crate) fn with_outcome(
    record: &Record,
    outcome: Option<Outcome>,
) -> impl Iterator<Item = &ScenarioResult> {
    record.scenarios.iter().filter(move |scenario| scenario.outcome == outcome)
}

/// Calls of the service that no contract knows. (What the harness sends to an unknown path is a test, not a surprise.)
pub(crate) fn unexpected(record: &Record) -> usize {
    record.exchanges().filter(|one| one.direction == Direction::ToMock && one.unexpected.is_some()).count()
}

/// The exchanges that show a failure: those it names, else the last call of the harness.
pub(crate) fn evidence<'a>(attempt: &'a Attempt, failure: &Failure) -> Vec<&'a Exchange> {
    let named: Vec<_> = attempt.exchanges.iter().filter(|one| failure.exchanges.contains(&one.id)).collect();
    if named.is_empty() {
        return attempt
            .exchanges
            .iter()
            .rfind(|one| one.direction != Direction::ToMock)
            .into_iter()
            .collect();
    }
    named
}

/// The last `most` lines that the service wrote while an attempt ran: microseconds, stream, line. Where the service
/// could not be reached or ran out of time, its last lines count even if they came earlier.
pub(crate) fn log_of<'a>(
    record: &'a Record,
    attempt: &Attempt,
    most: usize,
) -> Vec<&'a (u64, usize, String, String)> {
    let end = if attempt.outcome.is_some() { attempt.started_us + attempt.duration_us } else { u64::MAX };
    let within = |line: &&(u64, usize, String, String)| (attempt.started_us..=end).contains(&line.0);
    let mut lines: Vec<_> = record.log.iter().rev().filter(within).take(most).collect();
    let failures = attempt.steps.iter().flat_map(|step| &step.failures).chain(&attempt.failures);
    let broken = |failure: &Failure| matches!(failure.kind, FailureKind::Environment | FailureKind::Timeout);
    if lines.is_empty() && failures.into_iter().any(broken) {
        lines = record.log.iter().rev().filter(|line| line.0 <= end).take(most).collect();
    }
    lines.reverse();
    lines
}

/// Whether an attempt failed or did not come to an end, so that its surroundings are worth showing.
pub(crate) fn troubled(attempt: &Attempt) -> bool {
    !matches!(attempt.outcome, Some(Outcome::Passed | Outcome::Flaky))
}

/// The command that repeats one scenario with what was generated for it. A verification or a probe is repeated as a
/// whole: its checks have no place in a feature.
pub(crate) fn repeat_command(record: &Record, scenario: &ScenarioResult) -> String {
    if let Some(run) = record.run.as_ref().filter(|run| run.kind != RunKind::Rehearsal) {
        let words = run.command.iter().map(|word| quoted(word));
        return std::iter::once("dryrun".to_owned()).chain(words).collect::<Vec<_>>().join(" ");
    }
    let mut command = format!("dryrun run {}", quoted(&scenario.scenario.id));
    if let Some(run) = &record.run {
        command.push_str(&format!(" --seed {}", run.seed));
        if let (Some(profile), false) = (&run.profile, run.repeat_with.iter().any(|word| word == "--profile"))
        {
            command.push_str(&format!(" --profile {}", quoted(profile)));
        }
        for word in &run.repeat_with {
            command.push_str(&format!(" {}", quoted(word)));
        }
    }
    command
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-:=+,@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// `correlation` and so on, as a person says it.
pub(crate) fn isolation(isolation: Isolation) -> &'static str {
    match isolation {
        Isolation::Correlation => "in parallel, kept apart by correlation",
        Isolation::Workers => "in parallel, each worker with its own service",
        Isolation::Serial => "one after another",
    }
}

/// `passed`, `failed`, `flaky`, `not run`.
pub(crate) fn outcome(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Passed) => "passed",
        Some(Outcome::Failed) => "failed",
        Some(Outcome::Flaky) => "flaky",
        None => "not run",
    }
}

/// The level of a notice.
pub(crate) fn level(level: NoticeLevel) -> &'static str {
    match level {
        NoticeLevel::Info => "info",
        NoticeLevel::Warning => "warning",
        NoticeLevel::Error => "error",
    }
}

/// An arrow for a frame's way, seen from the harness.
pub(crate) fn way(way: FrameWay) -> &'static str {
    match way {
        FrameWay::Opened => "opened",
        FrameWay::Sent => "sent",
        FrameWay::Received => "received",
        FrameWay::Closed => "closed",
    }
}

/// What came back: `200`, or why there is no answer.
pub(crate) fn answer(exchange: &Exchange) -> String {
    match (&exchange.response, &exchange.error) {
        (Some(response), _) => response.status.to_string(),
        (None, Some(error)) => format!("no answer: {}", text::one_line(error, 160)),
        (None, None) => "no answer".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_survives_the_shell() {
        assert_eq!(quoted("features/a-b.feature:12"), "features/a-b.feature:12");
        assert_eq!(quoted("my features/it's.feature:1"), r"'my features/it'\''s.feature:1'");
        assert_eq!(quoted("$(rm)"), "'$(rm)'");
        assert_eq!(quoted(""), "''");
    }
}
