//! The summary of a run as one JSON object, for scripts: [`json`]. The record itself holds more.

use dryrun_record::load::{LoadMark, LoadResult, LoadRun, LoadStarted};
use dryrun_record::{Coverage, Failure, Notice, Record, RunStarted, ScenarioResult, Totals, Verdict};
use serde::Serialize;

use crate::error::ReportError;
use crate::{breaches, facts, verdict};

#[derive(Serialize)]
struct Summary<'a> {
    verdict: Verdict,
    /// As reports show it: a load may be INCONCLUSIVE, which counts as a NO-GO.
    shown: &'static str,
    reasons: Vec<String>,
    totals: Totals,
    duration_us: u64,
    peak_memory_kib: Option<u64>,
    run: Option<&'a RunStarted>,
    notices: &'a [Notice],
    /// How often each operation was called.
    coverage: Vec<facts::Coverage>,
    contracts: Contracts<'a>,
    scenarios: Vec<Scenario<'a>>,
    /// Load runs, in the order in which they began.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    loads: Vec<Load<'a>>,
}

/// A load run. Its seconds stand in the record and in load.csv.
#[derive(Serialize)]
struct Load<'a> {
    /// `passed`, `inconclusive`, `threshold missed`, `failed`, `did not end`; of a step of a search, what it found.
    outcome: &'static str,
    /// Whether it decides the verdict above.
    decides: bool,
    started: &'a LoadStarted,
    seconds: usize,
    marks: &'a [LoadMark],
    /// Whole, histograms included; `null` for a run that was killed.
    result: Option<&'a LoadResult>,
}

/// What became of the contracts.
#[derive(Serialize)]
struct Contracts<'a> {
    /// Equal ones folded.
    breaches: Vec<breaches::Folded>,
    /// What was met of each contract, operation by operation.
    coverage: Vec<Matrix<'a>>,
}

#[derive(Serialize)]
struct Matrix<'a> {
    percent: f64,
    /// Whether it reaches what is asked for; absent when nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    enough: Option<bool>,
    /// Operations that nobody called.
    never_called: Vec<&'a str>,
    #[serde(flatten)]
    coverage: &'a Coverage,
}

#[derive(Serialize)]
struct Scenario<'a> {
    id: &'a str,
    file: &'a str,
    line: usize,
    feature: &'a str,
    rule: Option<&'a str>,
    name: &'a str,
    tags: &'a [String],
    /// `passed`, `failed`, `flaky` or `not_run`.
    outcome: String,
    attempts: usize,
    duration_us: u64,
    /// Of the last attempt.
    failures: Vec<&'a Failure>,
    repeat: String,
}

/// One indented JSON object: `verdict`, `reasons`, `totals`, `duration_us`, `run`, `notices`, `coverage` (calls by
/// operation), `contracts` (folded breaches and the whole matrix of coverage) and `scenarios`, each with outcome, duration and the failures of its last attempt; `loads` when
/// there were load runs. Times are in microseconds.
pub fn json(record: &Record) -> Result<String, ReportError> {
    let (verdict, reasons) = verdict::verdict(record);
    let summary = Summary {
        verdict,
        shown: verdict::shown(record),
        reasons,
        totals: record.totals(),
        duration_us: facts::duration_us(record),
        peak_memory_kib: record.finished.as_ref().and_then(|finished| finished.peak_memory_kib),
        run: record.run.as_ref(),
        notices: &record.notices,
        coverage: facts::coverage(record),
        contracts: Contracts {
            breaches: breaches::folded(record),
            coverage: record.coverage.iter().map(matrix).collect(),
        },
        scenarios: record.scenarios.iter().map(|one| scenario(record, one)).collect(),
        loads: record.loads.iter().map(|run| load(record, run)).collect(),
    };
    let mut text = serde_json::to_string_pretty(&summary)
        .map_err(|source| ReportError::Json { report: "JSON", source })?;
    text.push('\n');
    Ok(text)
}

fn load<'a>(record: &Record, run: &'a LoadRun) -> Load<'a> {
    Load {
        outcome: crate::load::facts::outcome(run),
        decides: crate::load::facts::judged(record).any(|one| std::ptr::eq(one, run)),
        started: &run.started,
        seconds: run.ticks.len(),
        marks: &run.marks,
        result: run.result.as_ref(),
    }
}

fn matrix(coverage: &Coverage) -> Matrix<'_> {
    Matrix {
        percent: (coverage.percent() * 100.0).floor() / 100.0,
        enough: coverage.required.map(|_| !coverage.falls_short()),
        never_called: coverage.never_called().map(|one| one.operation.as_str()).collect(),
        coverage,
    }
}

fn scenario<'a>(record: &Record, one: &'a ScenarioResult) -> Scenario<'a> {
    Scenario {
        id: &one.scenario.id,
        file: &one.scenario.file,
        line: one.scenario.line,
        feature: &one.scenario.feature,
        rule: one.scenario.rule.as_deref(),
        name: &one.scenario.name,
        tags: &one.scenario.tags,
        outcome: facts::outcome(one.outcome).replace(' ', "_"),
        attempts: one.attempts.len(),
        duration_us: one.duration_us(),
        failures: one.failures().collect(),
        repeat: facts::repeat_command(record, one),
    }
}
