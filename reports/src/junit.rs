//! JUnit XML as Jenkins, GitLab and GitHub read it: [`junit`].
//!
//! One suite a feature, one case a scenario: its last attempt. The crate that writes the XML lets `]]>` and control
//! characters through and knows no totals of the whole, so texts are made clean here and totals are added afterwards.

mod load;
mod xml;

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use dryrun_record::{
    Attempt, CoverageKind, Direction, Failure, FailureKind, Outcome, Record, RunKind, ScenarioResult,
    StepOutcome, Totals,
};
use junit_report::{Duration, Report, TestCase, TestCaseBuilder, TestSuite, TestSuiteBuilder};

use crate::error::ReportError;
use crate::junit::xml::{attribute, cdata, milliseconds, moment, with_totals};
use crate::{diff, facts, text, verdict, words};

/// Items never met that a case of coverage names.
const MISSED: usize = 200;
/// Exchanges that one failure names.
const EXCHANGES: usize = 10;
/// The suite of what belongs to no scenario. Only there when something of that kind speaks against the run.
const RUN_SUITE: &str = "the run as a whole";
/// The suite of contracts whose coverage counts.
const COVERAGE_SUITE: &str = "coverage of contracts";

/// The record as one JUnit document.
///
/// A scenario that did not hold is a `failure` with its kind as the type; one that could not do its work (environment,
/// panic) or did not come to an end is an `error`. What speaks against the run as a whole is a suite of errors, so that
/// a NO-GO is never green in a reader of this file. Each contract whose coverage counts is a case of its own, and so is each threshold
/// of a load. A flaky scenario passes and says so in its output.
pub fn junit(record: &Record) -> Result<String, ReportError> {
    let mut report = Report::new();
    for (feature, scenarios) in by_feature(record) {
        report.add_testsuite(suite(record, feature, &scenarios));
    }
    report.add_testsuites(load::suites(record));
    report.add_testsuites(coverage_suite(record));
    let green = report.testsuites().iter().all(|suite| suite.failures() + suite.errors() == 0);
    report.add_testsuites(run_suite(record, green));
    let mut bytes = Vec::new();
    report.write_xml(&mut bytes).map_err(ReportError::Xml)?;
    Ok(with_totals(String::from_utf8(bytes)?, &report, facts::duration_us(record)))
}

/// Scenarios of one file together, files in the order in which they began.
fn by_feature(record: &Record) -> Vec<(&str, Vec<&ScenarioResult>)> {
    let mut all: Vec<(&str, Vec<&ScenarioResult>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for scenario in &record.scenarios {
        let file = scenario.scenario.file.as_str();
        let place = *places.entry(file).or_insert_with(|| {
            all.push((file, Vec::new()));
            all.len() - 1
        });
        all[place].1.push(scenario);
    }
    for (_, scenarios) in &mut all {
        scenarios.sort_by_key(|one| one.scenario.line);
    }
    all
}

fn suite(record: &Record, file: &str, scenarios: &[&ScenarioResult]) -> TestSuite {
    let name = scenarios.first().map_or(file, |one| one.scenario.feature.as_str());
    let name = if name.trim().is_empty() { file } else { name };
    let mut suite = TestSuiteBuilder::new(&attribute(name)).build();
    suite.package = attribute(&package(file));
    let begun =
        scenarios.iter().filter_map(|one| one.attempts.first()).map(|attempt| attempt.started_us).min();
    suite.set_timestamp(moment(record, begun.unwrap_or(0)));
    // A reader tells cases apart by class and name: two rows of an outline may share theirs.
    let mut seen = HashSet::new();
    for scenario in scenarios {
        let mut name = attribute(&scenario.scenario.name);
        if !seen.insert(name.clone()) {
            name = format!("{name} (line {})", scenario.scenario.line);
        }
        suite.add_testcase(case(record, scenario, &name));
    }
    suite
}

fn case(record: &Record, scenario: &ScenarioResult, name: &str) -> TestCase {
    let time = milliseconds(scenario.last().map_or(0, |attempt| attempt.duration_us));
    let failures: Vec<_> = scenario.failures().collect();
    let mut case = match (scenario.outcome, failures.first()) {
        (None, _) => TestCaseBuilder::error(name, time, "not-run", "the run ended before this scenario did"),
        (Some(Outcome::Failed), Some(first)) => {
            let message = message(first, failures.len());
            let kind = kind(first.kind);
            // JUnit's error is a test that could not be carried out, its failure one whose check did not hold.
            let mut case = match first.kind {
                FailureKind::Environment | FailureKind::Panic => {
                    TestCaseBuilder::error(name, time, kind, &message)
                }
                _ => TestCaseBuilder::failure(name, time, kind, &message),
            };
            case.set_trace(&cdata(&trace(record, scenario)));
            case
        }
        (Some(Outcome::Failed), None) => TestCaseBuilder::failure(
            name,
            time,
            "check",
            "the scenario failed and the record does not say why",
        ),
        (Some(Outcome::Passed | Outcome::Flaky), _) => TestCaseBuilder::success(name, time),
    };
    case.set_classname(&attribute(&package(&scenario.scenario.file)));
    case.set_system_out(&cdata(&system_out(scenario)));
    case.build()
}

fn message(first: &Failure, many: usize) -> String {
    let more = if many > 1 { format!(" (and {} more)", many - 1) } else { String::new() };
    let mut line = text::one_line(&first.message, 1_000);
    // Which of many breaches it is must be seen where only the message is shown.
    if let (FailureKind::Contract, Some(at)) = (first.kind, &first.at) {
        line.push_str(&format!(" at {}", text::one_line(at, 300)));
        if let (Some(found), Some(wanted)) = (&first.found, &first.expected) {
            let (found, wanted) = (text::one_line(found, 300), text::one_line(wanted, 300));
            line.push_str(&format!(": found {found}, wanted {wanted}"));
        }
    }
    attribute(&format!("{line}{more}"))
}

/// Every failure of the last attempt with its diff, and how to repeat it.
fn trace(record: &Record, scenario: &ScenarioResult) -> String {
    let mut out = String::new();
    let Some(attempt) = scenario.last() else { return out };
    for step in &attempt.steps {
        for failure in &step.failures {
            let _ = writeln!(
                out,
                "{}  {} {}",
                text::place(&scenario.scenario.file, step.line),
                step.keyword.trim(),
                step.text
            );
            failure_text(&mut out, failure);
        }
    }
    for failure in &attempt.failures {
        let _ = writeln!(out, "{}  when the scenario closed", scenario.scenario.id);
        failure_text(&mut out, failure);
    }
    let _ = writeln!(out, "repeat: {}", facts::repeat_command(record, scenario));
    out
}

fn failure_text(out: &mut String, failure: &Failure) {
    let at = failure.at.as_ref().map(|at| format!(" at {at}")).unwrap_or_default();
    let _ = writeln!(out, "  {}{at}: {}", words::failure(failure.kind), failure.message);
    for line in diff::lines(failure.expected.as_deref(), failure.found.as_deref()) {
        let _ = writeln!(out, "    {} {}", line.mark, line.text);
    }
    if let Some(hint) = &failure.hint {
        let _ = writeln!(out, "  hint: {hint}");
    }
    if !failure.exchanges.is_empty() {
        let _ = writeln!(out, "  exchange: {}", facts::listed(&failure.exchanges, EXCHANGES));
    }
    out.push('\n');
}

/// Steps and calls, one line each.
fn system_out(scenario: &ScenarioResult) -> String {
    let reference = &scenario.scenario;
    let mut out = format!("{}  {}\n", reference.id, reference.name);
    if !reference.tags.is_empty() {
        let tags: Vec<_> = reference.tags.iter().map(|tag| format!("@{tag}")).collect();
        let _ = writeln!(out, "{}", tags.join(" "));
    }
    if scenario.outcome == Some(Outcome::Flaky) {
        let _ = writeln!(out, "FLAKY: passed at attempt {} only", scenario.attempts.len());
    }
    let Some(attempt) = scenario.last() else { return out };
    out.push('\n');
    for step in &attempt.steps {
        let mark = match step.outcome {
            StepOutcome::Passed => "ok     ",
            StepOutcome::Failed => "FAILED ",
            StepOutcome::NotRun => "not run",
        };
        let time = text::duration(step.duration_us);
        let _ = writeln!(out, "{mark} {} {} ({time})", step.keyword.trim(), step.text);
    }
    calls(&mut out, attempt);
    out
}

fn calls(out: &mut String, attempt: &Attempt) {
    if attempt.exchanges.is_empty() {
        return;
    }
    let mut exchanges: Vec<_> = attempt.exchanges.iter().collect();
    exchanges.sort_by_key(|exchange| exchange.at_us);
    out.push('\n');
    for exchange in exchanges {
        let arrow = if exchange.direction == Direction::ToMock { "  =>" } else { "->" };
        let line = exchange.request.line();
        let _ = writeln!(out, "{arrow} {} {line} {}", exchange.service, facts::answer(exchange));
        for breach in &exchange.breaches {
            let tolerated =
                breach.allowed.as_ref().map(|allowed| format!(" ({})", facts::tolerated(allowed)));
            let _ = writeln!(
                out,
                "     breach in the {} at {}: found {}, wanted {}{}",
                breach.side,
                breach.instance_path,
                breach.found,
                breach.wanted,
                tolerated.unwrap_or_default()
            );
        }
    }
}

/// A case for each contract whose coverage counts; it fails when too little was met.
fn coverage_suite(record: &Record) -> Option<TestSuite> {
    let mut suite = TestSuiteBuilder::new(COVERAGE_SUITE).build();
    suite.package = "dryrun".to_owned();
    suite.set_timestamp(moment(record, 0));
    for coverage in record.coverage.iter().filter(|coverage| coverage.required.is_some()) {
        let name = attribute(&format!("coverage: {}", coverage.title));
        let mut case = if coverage.falls_short() {
            let message = attribute(&verdict::coverage_reason(coverage));
            TestCaseBuilder::failure(&name, Duration::ZERO, "coverage", &message)
        } else {
            TestCaseBuilder::success(&name, Duration::ZERO)
        };
        let missed = coverage.operations.iter().flat_map(|one| {
            let missed = one.items.iter().filter(|item| item.hits == 0 && one.counts(item));
            missed.map(|item| match item.kind {
                CoverageKind::Operation => format!("never called: {}\n", one.operation),
                _ => format!("never met: {} {}\n", one.operation, item.name),
            })
        });
        let missed: String = missed.take(MISSED).collect();
        case.set_system_out(&cdata(&format!("{}\n{missed}", facts::coverage_line(coverage))));
        suite.add_testcase(case.set_classname("dryrun.coverage").build());
    }
    (!suite.testcases().is_empty()).then_some(suite)
}

/// What speaks against the run as a whole, as a suite of errors; all there is when every case is `green` so far.
fn run_suite(record: &Record, green: bool) -> Option<TestSuite> {
    let mut reasons = verdict::of_run(record);
    let totals = record.totals();
    let begun = record.scenarios.len();
    // A load is judged by its runs, which have suites of their own.
    let load = words::run_kind(record) == RunKind::Load && record.scenarios.is_empty();
    let totals = Totals { selected: if load { 0 } else { totals.selected }, ..totals };
    if totals.selected == 0 && !load {
        reasons.push("nothing was selected, so nothing was checked".to_owned());
    }
    if load && record.loads.is_empty() {
        reasons.push("no load run began, so nothing was measured".to_owned());
    }
    if totals.selected > begun {
        reasons.push(format!("{} never began", text::count(totals.selected - begun, "selected scenario")));
    }
    match &record.finished {
        None => reasons.push("the record has no end: the run was killed or is still going on".to_owned()),
        Some(finished) => {
            let known = verdict::closing_verdict(record).1;
            let others = finished.reasons.iter().filter(|reason| !known.contains(reason));
            reasons.extend(others.cloned());
        }
    }
    if reasons.is_empty() && green {
        reasons = verdict::verdict(record).1;
    }
    if reasons.is_empty() {
        return None;
    }
    let mut suite = TestSuiteBuilder::new(RUN_SUITE).build();
    suite.package = "dryrun".to_owned();
    suite.set_timestamp(moment(record, 0));
    for reason in reasons {
        let text = attribute(&text::one_line(&reason, 1_000));
        let mut case = TestCaseBuilder::error(&text, Duration::ZERO, "run", &text);
        suite.add_testcase(case.set_classname("dryrun.run").build());
    }
    Some(suite)
}

/// The class of a failure, as in the record.
fn kind(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Check => "check",
        FailureKind::Contract => "contract",
        FailureKind::UnexpectedCall => "unexpected-call",
        FailureKind::Timeout => "timeout",
        FailureKind::Environment => "environment",
        FailureKind::Panic => "panic",
        FailureKind::Drift => "drift",
        FailureKind::Finding => "finding",
    }
}

/// `features/crm/email.feature` as a class: `features.crm.email`. Readers group by what stands before the last dot.
fn package(file: &str) -> String {
    let stem = file.strip_suffix(".feature").unwrap_or(file);
    let parts = stem.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | ".."));
    parts.map(|part| part.replace('.', "_")).collect::<Vec<_>>().join(".")
}
