//! Load runs on the page: [`section`], and the counters of one for its head, [`tiles`].
//!
//! Charts are drawn here, not in the browser: without scripts only the numbers beneath the pointer are missing.

mod account;
mod compare;
mod run;
mod tables;
mod truth;

use dryrun_record::load::{CapacityKind, LoadRun};
use dryrun_record::{Record, RunKind};
use serde_json::Value;

use crate::html::markup::escape;
use crate::load::{capacity, columns, facts, units};
use crate::{text, words};

pub(crate) use account::tiles;

/// The section; empty when the record knows of no load.
pub(crate) fn section(record: &Record) -> String {
    if record.loads.is_empty() {
        return String::new();
    }
    if let Some(run) = alone(record) {
        let title = escape(&facts::title(run));
        return format!(
            "<section class=\"load\" aria-labelledby=\"load\"><h2 id=\"load\" tabindex=\"-1\">{title} {}</h2>{}</section>",
            pill(run),
            run::body(0, run, false)
        );
    }
    // Those that decide stand first.
    let decides = |run: &LoadRun| !run.started.exploring;
    let of = |wanted: bool| -> String {
        let runs = record.loads.iter().enumerate().filter(|(_, run)| decides(run) == wanted);
        runs.map(|(index, run)| fold(record, index, run)).collect()
    };
    let (first, others) = (of(true), of(false));
    let note = if others.is_empty() {
        ""
    } else {
        "<h3>Runs of a search or comparison <span class=\"faint\">their own verdicts decide nothing</span></h3>"
    };
    let runs = format!("{first}{note}{others}");
    let curve = capacity::against_rate(&record.loads).map(|chart| chart.draw()).unwrap_or_default();
    let title = if words::run_kind(record) == RunKind::Load { "Load runs" } else { "Load" };
    format!(
        "<section class=\"load\" aria-labelledby=\"load\"><h2 id=\"load\" tabindex=\"-1\">{title}</h2>{}{}{curve}{runs}</section>",
        found(record),
        overview(record)
    )
}

/// The run that the whole page is about, when there is but one.
pub(crate) fn alone(record: &Record) -> Option<&LoadRun> {
    match record.loads.as_slice() {
        [run] if words::run_kind(record) == RunKind::Load => Some(run),
        _ => None,
    }
}

/// What a pointer reads from: a block for each run.
pub(crate) fn blocks(record: &Record) -> impl Iterator<Item = (String, Value)> {
    record.loads.iter().enumerate().map(|(index, run)| (format!("load-{index}"), columns::data(run)))
}

/// The verdict with its sign, so that no colour stands alone.
fn pill(run: &LoadRun) -> String {
    let sign = match facts::class(run) {
        "passed" => "✓",
        "flaky" => "?",
        "failed" => "✗",
        _ => "–",
    };
    format!("<span class=\"pill {}\">{sign} {}</span>", facts::class(run), facts::outcome(run))
}

/// What a search for the capacity found.
fn found(record: &Record) -> String {
    let all = record.loads.iter().filter_map(|run| run.result.as_ref()?.capacity.as_ref());
    all.map(|one| {
        let class = match one.kind {
            CapacityKind::Knee => "passed",
            CapacityKind::AtLeast | CapacityKind::Unknown => "flaky",
            CapacityKind::Nothing => "failed",
        };
        let rows: String = capacity::facts(one)
            .iter()
            .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(value)))
            .collect();
        format!(
            "<div class=\"card capacity\"><p class=\"lead\">{} <span class=\"pill {class}\">{}</span></p><dl class=\"ledger\">{rows}</dl></div>",
            escape(&text::one_line(&one.text, 600)),
            capacity::kind(one.kind)
        )
    })
    .collect()
}

fn overview(record: &Record) -> String {
    let row = |run: &LoadRun| {
        let name = escape(&facts::title(run));
        let shape = escape(&text::one_line(&run.started.shape, 120));
        let cells = match &run.result {
            None => "<td colspan=\"8\" class=\"faint\">it did not come to an end</td>".to_owned(),
            Some(result) => {
                let time = &result.requests.time;
                let failed = if result.requests.failures > 0 { " class=\"bad\"" } else { "" };
                format!(
                    "<td>{}</td><td>{}</td><td>{}</td><td{failed}>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>",
                    units::rate_or_dash(result.account.asked_rate),
                    units::rate_or_dash(result.account.achieved_rate),
                    units::count(result.requests.count),
                    facts::failed(&result.requests),
                    units::micros(time.p50_us),
                    units::micros(time.p95_us),
                    units::micros(time.p99_us),
                    units::micros(time.max_us)
                )
            }
        };
        format!(
            "<tr><th scope=\"row\">{name}<span class=\"sub\">{shape}</span></th>{cells}<td>{}</td></tr>",
            pill(run)
        )
    };
    let rows: String = record.loads.iter().map(row).collect();
    format!(
        "<div class=\"card scroll\"><table class=\"figures\"><caption class=\"sr\">All load runs</caption><thead><tr><th>run</th>\
         <th>asked/s</th><th>achieved/s</th><th>requests</th><th>failed</th><th>p50</th><th>p95</th><th>p99</th><th>max</th>\
         <th>verdict</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

fn fold(record: &Record, index: usize, run: &LoadRun) -> String {
    // The one that the verdict rests on is seen at once.
    let deciding = record.loads.iter().filter(|run| !run.started.exploring).count();
    let open = if deciding == 1 && !run.started.exploring { " open" } else { "" };
    let of = run
        .started
        .scenario
        .as_ref()
        .map(|id| format!(" <a href=\"#\" data-open=\"{0}\">{0}</a>", escape(id)));
    format!(
        "<details class=\"card fold run\"{open}><summary><b>{}</b> <span class=\"faint\">{}</span> {}</summary>\
         <div class=\"inside\">{}{}{}</div></details>",
        escape(&facts::title(run)),
        escape(&text::one_line(&run.started.shape, 160)),
        pill(run),
        of.map(|link| format!("<p class=\"faint\">made by a step of{link}</p>")).unwrap_or_default(),
        account::tiles(run),
        run::body(index, run, true)
    )
}
