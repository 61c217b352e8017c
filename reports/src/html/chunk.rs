//! What a row shows when it is opened, as inert JSON blocks: [`chunks`].

use std::collections::HashMap;

use dryrun_record::{Attempt, Coverage, CoverageKind, Failure, Record, ScenarioResult};
use serde_json::{Value, json};

use crate::error::ReportError;
use crate::html::load;
use crate::{diff, facts, words};

/// Lines of the service's log that the page carries: the last ones.
const LOG_LINES: usize = 3_000;
/// Lines of the log with one scenario.
const SCENARIO_LOG_LINES: usize = 60;

/// One `<script type="application/json">` for each scenario, one for calls of no scenario, one for the log, one for the
/// coverage of each contract, one for the charts of each load run.
pub(crate) fn chunks(record: &Record) -> Result<String, ReportError> {
    let mut out = String::new();
    let target = record.run.as_ref().map_or("the service", |run| run.target.name.as_str());
    let titles: serde_json::Map<_, _> = record
        .run
        .iter()
        .flat_map(|run| &run.services)
        .map(|service| (service.key.clone(), Value::from(service.title.clone())))
        .collect();
    push(&mut out, "run", &json!({ "target": target, "titles": titles }))?;
    for (index, scenario) in record.scenarios.iter().enumerate() {
        push(&mut out, &index.to_string(), &scenario_value(record, scenario)?)?;
    }
    if !record.loose.is_empty() {
        push(&mut out, "loose", &json!({ "exchanges": record.loose }))?;
    }
    if !record.log.is_empty() {
        let skipped = record.log.len().saturating_sub(LOG_LINES);
        push(&mut out, "log", &json!({ "skipped": skipped, "lines": record.log[skipped..] }))?;
    }
    for (index, coverage) in record.coverage.iter().enumerate() {
        push(&mut out, &format!("cov-{index}"), &coverage_value(coverage))?;
    }
    for (key, value) in load::blocks(record) {
        push(&mut out, &key, &value)?;
    }
    Ok(out)
}

/// A contract of a thousand operations has some twenty thousand items: each is a short list, and what many share (ids of
/// scenarios, suggested scenarios) is written once.
fn coverage_value(coverage: &Coverage) -> Value {
    let (mut ids, mut suggestions) = (Shared::default(), Shared::default());
    let mut operations = Vec::new();
    for operation in &coverage.operations {
        let items: Vec<Value> = operation
            .items
            .iter()
            .map(|item| {
                let scenarios: Vec<usize> = item.scenarios.iter().map(|id| ids.place(id)).collect();
                let suggestion = item.suggestion.as_deref().map(|text| suggestions.place(text));
                json!([kind(item.kind), item.name, item.hits, scenarios, suggestion])
            })
            .collect();
        operations.push(json!([operation.operation, operation.calls, operation.deprecated, items]));
    }
    json!({
        "operations": operations,
        "unusable": coverage.unusable,
        "ids": ids.all,
        "suggestions": suggestions.all,
    })
}

/// The column of the page's matrix.
fn kind(kind: CoverageKind) -> u8 {
    match kind {
        CoverageKind::Operation => 0,
        CoverageKind::Status => 1,
        CoverageKind::Parameter => 2,
        CoverageKind::Property => 3,
        CoverageKind::Enum => 4,
        CoverageKind::Example => 5,
    }
}

/// Texts that are written once and meant by their place.
#[derive(Default)]
struct Shared<'a> {
    all: Vec<&'a str>,
    places: HashMap<&'a str, usize>,
}

impl<'a> Shared<'a> {
    fn place(&mut self, text: &'a str) -> usize {
        *self.places.entry(text).or_insert_with(|| {
            self.all.push(text);
            self.all.len() - 1
        })
    }
}

fn scenario_value(record: &Record, scenario: &ScenarioResult) -> Result<Value, ReportError> {
    let mut attempts = Vec::new();
    for attempt in &scenario.attempts {
        let mut value = serde_json::to_value(attempt).map_err(json_error)?;
        add_diffs(&mut value, attempt);
        let log = if facts::troubled(attempt) {
            facts::log_of(record, attempt, SCENARIO_LOG_LINES)
        } else {
            Vec::new()
        };
        value["log"] = serde_json::to_value(log).map_err(json_error)?;
        attempts.push(value);
    }
    Ok(json!({
        "id": scenario.scenario.id,
        "file": scenario.scenario.file,
        "repeat": facts::repeat_command(record, scenario),
        "attempts": attempts,
    }))
}

/// Puts the diff beside each failure, so that the page shows the same one as the terminal.
fn add_diffs(value: &mut Value, attempt: &Attempt) {
    let with_diffs = |failures: &[Failure]| -> Value {
        let failures = failures.iter().map(|failure| {
            let lines = diff::lines(failure.expected.as_deref(), failure.found.as_deref());
            json!({
                "kind": words::failure(failure.kind),
                "sides": words::sides(failure.kind),
                "message": failure.message,
                "at": failure.at,
                "hint": failure.hint,
                "exchanges": failure.exchanges,
                "diff": lines,
            })
        });
        failures.collect()
    };
    for (index, step) in attempt.steps.iter().enumerate().filter(|(_, step)| !step.failures.is_empty()) {
        value["steps"][index]["failures"] = with_diffs(&step.failures);
    }
    value["failures"] = with_diffs(&attempt.failures);
}

fn push(out: &mut String, key: &str, value: &Value) -> Result<(), ReportError> {
    let text = serde_json::to_string(value).map_err(json_error)?;
    out.push_str(&format!("<script type=\"application/json\" id=\"d-{key}\">"));
    for c in text.chars() {
        match c {
            // In JSON these stand only within strings, so escapes change no meaning. Without a `<` no text of the record
            // can end the block or begin another; without direction marks the page's source reads as it is.
            '<' | '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            _ => out.push(c),
        }
    }
    out.push_str("</script>\n");
    Ok(())
}

fn json_error(source: serde_json::Error) -> ReportError {
    ReportError::Json { report: "HTML", source }
}
