//! The summary of a run as one JSON object, for scripts: [`json`]. The record itself holds more.

use dryrun_record::{Failure, Notice, Record, RunStarted, ScenarioResult, Totals, Verdict};
use serde::Serialize;

use crate::error::ReportError;
use crate::{facts, verdict};

#[derive(Serialize)]
struct Summary<'a> {
    verdict: Verdict,
    reasons: Vec<String>,
    totals: Totals,
    duration_us: u64,
    peak_memory_kib: Option<u64>,
    run: Option<&'a RunStarted>,
    notices: &'a [Notice],
    coverage: Vec<facts::Coverage>,
    scenarios: Vec<Scenario<'a>>,
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

/// One indented JSON object: `verdict`, `reasons`, `totals`, `duration_us`, `run`, `notices`, `coverage` and `scenarios`,
/// each with outcome, duration and the failures of its last attempt. Times are in microseconds.
pub fn json(record: &Record) -> Result<String, ReportError> {
    let (verdict, reasons) = verdict::verdict(record);
    let summary = Summary {
        verdict,
        reasons,
        totals: record.totals(),
        duration_us: facts::duration_us(record),
        peak_memory_kib: record.finished.as_ref().and_then(|finished| finished.peak_memory_kib),
        run: record.run.as_ref(),
        notices: &record.notices,
        coverage: facts::coverage(record),
        scenarios: record.scenarios.iter().map(|one| scenario(record, one)).collect(),
    };
    let mut text = serde_json::to_string_pretty(&summary)
        .map_err(|source| ReportError::Json { report: "JSON", source })?;
    text.push('\n');
    Ok(text)
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
