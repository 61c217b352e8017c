//! Load runs in Markdown: [`loads`].

use std::fmt::Write as _;

use dryrun_record::Record;
use dryrun_record::load::{LoadResult, LoadRun, Series};

use crate::load::{capacity, facts, units};
use crate::markdown::escape::{escaped, fenced, html};
use crate::text;

/// Kinds of failure that are told; CI pages have a limit.
const FAILURES: usize = 20;
/// Rows of the table of steps.
const ROWS: usize = 60;
/// Runs that are told in full; of a search only those that decide.
const RUNS: usize = 10;

/// Every load run; those of a search or comparison as one table.
pub(crate) fn loads(out: &mut String, record: &Record) {
    if record.loads.len() > 1 {
        overview(out, record);
    }
    for run in record.loads.iter().filter(|run| !run.started.exploring).take(RUNS) {
        one(out, run);
    }
}

fn overview(out: &mut String, record: &Record) {
    out.push_str("### Load runs\n\n| run | asked/s | achieved/s | requests | failed | p50 | p99 | |\n");
    out.push_str("|---|--:|--:|--:|--:|--:|--:|---|\n");
    for run in &record.loads {
        let (name, outcome) = (escaped(&facts::title(run)), facts::outcome(run));
        let Some(result) = &run.result else {
            let _ = writeln!(out, "| {name} | | | | | | | {outcome} |");
            continue;
        };
        let time = &result.requests.time;
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {} | {} | {} | {} | {outcome} |",
            units::rate_or_dash(result.account.asked_rate),
            units::digits(result.account.achieved_rate),
            units::count(result.requests.count),
            facts::failed(&result.requests),
            units::micros(time.p50_us),
            units::micros(time.p99_us)
        );
    }
    out.push('\n');
}

fn one(out: &mut String, run: &LoadRun) {
    let shape = escaped(&run.started.shape);
    let _ = writeln!(out, "### Load: {} ({})\n", escaped(&facts::title(run)), facts::outcome(run));
    let Some(result) = &run.result else {
        let _ = writeln!(out, "{shape}; it did not come to an end.\n");
        return;
    };
    let measured = units::lasting(result.measured_us as f64 / 1e6);
    let _ = writeln!(out, "{shape}; measured {measured}; {}.\n", facts::achieved(&result.account));
    if let Some(why) = &result.stopped {
        let _ = writeln!(out, "Ended early: {}\n", escaped(why));
    }
    if let Some(found) = &result.capacity {
        let _ = writeln!(out, "**{}** ({})\n", escaped(&found.text), capacity::kind(found.kind));
        for (name, value) in capacity::facts(found) {
            let _ = writeln!(out, "- {name}: {}", escaped(&value));
        }
        out.push('\n');
    }
    account(out, result);
    thresholds(out, result);
    figures(out, result);
    failures(out, result);
    let _ = writeln!(out, "- sends: {}", escaped(&facts::sends(&result.sends)));
    let _ = writeln!(out, "- contracts: {}", escaped(&facts::contracts(&result.contracts)));
    for (name, value) in facts::resources(&result.resources) {
        let _ = writeln!(out, "- {name}: {value}");
    }
    if let Some(comparison) = &result.comparison {
        let _ =
            writeln!(out, "- {}: {}", escaped(&facts::comparison(comparison)), escaped(&comparison.reason));
        for ratio in &comparison.ratios {
            let _ = writeln!(out, "  - {}: new ÷ old {}", escaped(&ratio.metric), facts::ratio(ratio));
        }
    }
    for shard in result.shards.iter().filter(|shard| !shard.problems.is_empty()) {
        let problems = escaped(&shard.problems.join("; "));
        let _ = writeln!(out, "- shard {} of {}: {problems}", shard.index, shard.count);
    }
    for warning in &result.warnings {
        let _ = writeln!(out, "- **warning** {}", escaped(warning));
    }
    out.push('\n');
}

fn account(out: &mut String, result: &LoadResult) {
    out.push_str("| asked | sent | dropped | late | ended | abandoned | failed requests | own CPU |\n");
    out.push_str("|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    let one = &result.account;
    let counts = [one.asked, one.sent, one.dropped, one.late, one.ended, one.abandoned].map(units::count);
    let own = result.resources.own_cpu.map_or_else(|| "–".to_owned(), units::cores);
    let _ = writeln!(out, "| {} | {} | {own} |\n", counts.join(" | "), facts::failed(&result.requests));
    if !facts::adds_up(one) {
        let _ = writeln!(out, "❌ The account does not add up: {}\n", facts::account(one));
    }
}

fn thresholds(out: &mut String, result: &LoadResult) {
    if result.thresholds.is_empty() {
        return;
    }
    out.push_str("| | threshold | found | limit |\n|---|---|--:|--:|\n");
    for one in &result.thresholds {
        let sign = if one.held { "✅" } else { "❌" };
        let limit = units::of_metric(&one.metric, one.limit);
        let _ = writeln!(out, "| {sign} | {} | {} | {limit} |", escaped(&one.text), facts::found(one));
    }
    out.push('\n');
}

fn figures(out: &mut String, result: &LoadResult) {
    out.push_str("| workflow, step | count | rate | failed | p50 | p95 | p99 | p99.9 | max |\n");
    out.push_str("|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    let mut rows = vec![row("**all requests**", &result.requests)];
    for workflow in &result.workflows {
        rows.push(row(&format!("**{}**", escaped(&workflow.name)), &workflow.iterations));
        rows.extend(workflow.steps.iter().map(|step| row(&escaped(&step.name), &step.series)));
    }
    rows.iter().take(ROWS).for_each(|row| out.push_str(row));
    out.push('\n');
    if rows.len() > ROWS {
        let _ = writeln!(out, "… and {} more, see the HTML report.\n", text::count(rows.len() - ROWS, "row"));
    }
}

fn row(name: &str, series: &Series) -> String {
    let time = &series.time;
    let times = [time.p50_us, time.p95_us, time.p99_us, time.p999_us, time.max_us];
    let times = times.map(|us| if time.count == 0 { "–".to_owned() } else { units::micros(us) }).join(" | ");
    let (count, rate, failed) = (units::count(series.count), units::rate(series.rate), facts::failed(series));
    format!("| {name} | {count} | {rate} | {failed} | {times} |\n")
}

fn failures(out: &mut String, result: &LoadResult) {
    for one in result.failures.iter().take(FAILURES) {
        let of = [&one.workflow, &one.step].into_iter().filter(|part| !part.is_empty());
        let of = of.map(|part| html(part)).collect::<Vec<_>>().join(" › ");
        let (many, cause, message) = (units::count(one.count), html(&one.cause), html(&one.message));
        let line = format!("{many}× {cause}: {message}");
        if one.example.is_empty() {
            let _ = writeln!(out, "- {line} {of}");
        } else {
            let example = fenced("", &text::clip(&text::visible(&one.example), 40, 300));
            let _ =
                writeln!(out, "<details><summary>{line} <i>{of}</i></summary>\n\n{example}\n</details>\n");
        }
    }
    if result.failures.len() > FAILURES {
        let _ = writeln!(out, "… and {} more kinds, see the HTML report.", result.failures.len() - FAILURES);
    }
    if !result.failures.is_empty() {
        out.push('\n');
    }
}
