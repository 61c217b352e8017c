//! Load runs as suites: a case for each threshold, each workflow, and for what was accounted, sent and compared.

use std::fmt::Write as _;

use dryrun_record::Record;
use dryrun_record::load::{ComparisonVerdict, LoadFailure, LoadResult, LoadRun, LoadVerdict};
use junit_report::{Duration, TestCase, TestCaseBuilder, TestSuite, TestSuiteBuilder};

use crate::junit::xml::{attribute, cdata, milliseconds, moment};
use crate::load::{facts, units};
use crate::text;

/// Failures that one case writes out.
const TOLD: usize = 20;

/// A suite for each load run that decides; the others are one suite, whose cases never fail. The load of a step is judged
/// by its scenario.
pub(crate) fn suites(record: &Record) -> Vec<TestSuite> {
    let mut all: Vec<TestSuite> = Vec::new();
    let names = facts::apart(record.loads.iter().map(|run| run.started.load.as_str()));
    let own = |run: &LoadRun| run.started.scenario.is_none();
    for (run, name) in record.loads.iter().zip(&names).filter(|(run, _)| own(run) && !run.started.exploring) {
        all.push(suite(record, run, name));
    }
    let mut others = TestSuiteBuilder::new("load runs of a search or comparison").build();
    others.package = "dryrun.load".to_owned();
    others.set_timestamp(moment(record, 0));
    for (run, name) in record.loads.iter().zip(&names).filter(|(run, _)| own(run) && run.started.exploring) {
        others.add_testcase(exploring(run, name));
    }
    all.extend((!others.testcases().is_empty()).then_some(others));
    all
}

fn exploring(run: &LoadRun, name: &str) -> TestCase {
    let name = attribute(name);
    let mut case = match &run.result {
        Some(result) => TestCaseBuilder::success(&name, milliseconds(result.measured_us)),
        None => TestCaseBuilder::skipped_with_cause(
            &name,
            "not-run",
            "it did not come to an end, and decides nothing",
        ),
    };
    if let Some(result) = &run.result {
        case.set_system_out(&cdata(&format!("{}\n{}", facts::outcome(run), told(result))));
    }
    case.set_classname("dryrun.load.exploring").build()
}

fn suite(record: &Record, run: &LoadRun, name: &str) -> TestSuite {
    let mut suite = TestSuiteBuilder::new(&attribute(&format!("load: {name}"))).build();
    suite.package = "dryrun.load".to_owned();
    suite.set_timestamp(moment(record, 0));
    let cases = match &run.result {
        Some(result) => cases(run, result),
        None => {
            let why = facts::own_reasons(run).join("; ");
            vec![TestCaseBuilder::error(
                "the load run comes to an end",
                Duration::ZERO,
                "not-run",
                &attribute(&why),
            )]
        }
    };
    // A reader tells cases apart by class and name.
    let class = attribute(&format!("dryrun.load.{}", name.replace(['.', '/', '\\'], "_")));
    for mut case in cases {
        suite.add_testcase(case.set_classname(&class).build());
    }
    suite
}

fn cases(run: &LoadRun, result: &LoadResult) -> Vec<TestCaseBuilder> {
    let mut all = Cases::default();
    let texts = facts::apart(result.thresholds.iter().map(|one| one.text.as_str()));
    for (one, text) in result.thresholds.iter().zip(&texts) {
        let limit = units::of_metric(&one.metric, one.limit);
        let found = format!("found {}, limit {limit}", facts::found(one));
        let missed = (!one.held).then(|| format!("{}: {found}", text::one_line(text, 300)));
        all.add(&format!("threshold: {text}"), "threshold", missed, &found);
    }
    works(&mut all, result);
    let account = facts::account(&result.account);
    let off = (!facts::adds_up(&result.account)).then(|| format!("the account does not add up: {account}"));
    // The cases share one time: readers sum them up, so one of them has it.
    all.time = milliseconds(result.measured_us);
    all.add("every arrival is accounted for", "account", off, &format!("{account}\n{}", told(result)));
    let sends = facts::sends(&result.sends);
    if result.sends.unjudged.is_some() && facts::sends_hold(&result.sends) {
        all.skip("nothing is lost, sent twice or made up", &sends);
    } else {
        let wrong = (!facts::sends_hold(&result.sends)).then(|| sends.clone());
        all.add("nothing is lost, sent twice or made up", "sends", wrong, &sends);
    }
    let contracts = facts::contracts(&result.contracts);
    if result.contracts.checked == 0 && result.contracts.breaches == 0 {
        all.skip("answers honour their contract", &contracts);
    } else {
        let broken = (result.contracts.breaches > 0).then(|| contracts.clone());
        all.add("answers honour their contract", "contract", broken, &contracts);
    }
    if let Some(one) = &result.comparison {
        let (line, reason) = (facts::comparison(one), text::one_line(&one.reason, 600));
        let (kind, wrong) = match one.verdict {
            ComparisonVerdict::Passed => ("slower", None),
            ComparisonVerdict::Inconclusive => ("inconclusive", Some(format!("{line}: {reason}"))),
            ComparisonVerdict::Slower => ("slower", Some(format!("{line}: {reason}"))),
        };
        let ratios: String = one
            .ratios
            .iter()
            .map(|ratio| format!("{}: new / old {}\n", ratio.metric, facts::ratio(ratio)))
            .collect();
        all.add(
            &format!("no slower than {}", one.against),
            kind,
            wrong,
            &format!("{line}\n{reason}\n{ratios}"),
        );
    }
    let reasons = facts::own_reasons(run);
    if result.verdict == LoadVerdict::Inconclusive {
        all.add("the figures can be trusted", "inconclusive", Some(reasons.join("; ")), &reasons.join("\n"));
    } else if !reasons.is_empty() && !all.failed {
        // Whatever speaks against a run is never green.
        all.add("nothing speaks against the run", "load", Some(reasons.join("; ")), &reasons.join("\n"));
    }
    all.list
}

/// A case for each workflow, and one for what belongs to none.
fn works(all: &mut Cases, result: &LoadResult) {
    let known = facts::apart(result.workflows.iter().map(|one| one.name.as_str()));
    for (workflow, name) in result.workflows.iter().zip(&known) {
        let own: Vec<_> = result.failures.iter().filter(|one| one.workflow == workflow.name).collect();
        let out = format!(
            "{}, {} failed\n",
            units::counted(workflow.iterations.count, "iteration"),
            facts::failed(&workflow.iterations)
        );
        failed(all, result, &format!("workflow: {name}"), &own, &out);
    }
    let of_none = |one: &&LoadFailure| result.workflows.iter().all(|workflow| workflow.name != one.workflow);
    let rest: Vec<_> = result.failures.iter().filter(of_none).collect();
    if !rest.is_empty() {
        failed(all, result, "what belongs to no workflow", &rest, "");
    }
}

fn failed(all: &mut Cases, result: &LoadResult, name: &str, failures: &[&LoadFailure], out: &str) {
    let wrong: Vec<_> = failures.iter().filter(|one| !facts::by_degree(result, one)).collect();
    let mut told = out.to_owned();
    for one in failures.iter().take(TOLD) {
        let degree =
            if facts::by_degree(result, one) { " (a threshold judges how many are too many)" } else { "" };
        let _ = writeln!(
            told,
            "{}× {} {}: {}{degree}",
            units::count(one.count),
            one.cause,
            one.step,
            one.message
        );
        if !one.example.is_empty() {
            let _ = writeln!(told, "{}\n", one.example);
        }
    }
    let message = wrong.first().map(|first| {
        let more =
            if wrong.len() > 1 { format!(" (and {} more kinds)", wrong.len() - 1) } else { String::new() };
        format!("{}× {}{more}", units::count(first.count), text::one_line(&first.message, 600))
    });
    let kind = wrong.first().map_or("load", |first| match first.cause.as_str() {
        known @ ("check" | "contract" | "status" | "transport" | "timeout" | "unexpected-call" | "lost"
        | "doubled" | "phantom") => known,
        _ => "load",
    });
    all.add(name, kind, message, &told);
}

#[derive(Default)]
struct Cases {
    list: Vec<TestCaseBuilder>,
    failed: bool,
    /// Of the case that comes next.
    time: Duration,
}

impl Cases {
    fn add(&mut self, name: &str, kind: &str, wrong: Option<String>, out: &str) {
        let (name, time) = (attribute(name), std::mem::take(&mut self.time));
        let mut case = match &wrong {
            None => TestCaseBuilder::success(&name, time),
            Some(message) => {
                let mut case = TestCaseBuilder::failure(&name, time, kind, &attribute(message));
                case.set_trace(&cdata(out));
                case
            }
        };
        case.set_system_out(&cdata(out));
        self.failed |= wrong.is_some();
        self.list.push(case);
    }

    fn skip(&mut self, name: &str, why: &str) {
        self.list.push(TestCaseBuilder::skipped_with_cause(&attribute(name), "not-judged", &attribute(why)));
    }
}

/// The account and the figures in a few lines.
fn told(result: &LoadResult) -> String {
    let time = &result.requests.time;
    format!(
        "{}\n{}, {} failed; p50 {}, p95 {}, p99 {}, max {}\n",
        facts::achieved(&result.account),
        units::counted(result.requests.count, "request"),
        facts::failed(&result.requests),
        units::micros(time.p50_us),
        units::micros(time.p95_us),
        units::micros(time.p99_us),
        units::micros(time.max_us)
    )
}
