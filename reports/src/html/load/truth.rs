//! What was judged: thresholds, failures, sends, contracts, resources, shards.

use dryrun_record::load::{LoadFailure, LoadResult, LoadRun, ThresholdResult};

use crate::html::markup::escape;
use crate::load::{facts, units};
use crate::text;

/// Kinds of failure that the page lists; the record holds all.
const FAILURES: usize = 100;

/// A row for each threshold; in words only, when the run did not come to an end.
pub(crate) fn thresholds(run: &LoadRun) -> String {
    let Some(result) = &run.result else { return standing(run) };
    if result.thresholds.is_empty() {
        return "<h3>Thresholds</h3><p class=\"card missing\">None were set.</p>".to_owned();
    }
    let rows: String = result.thresholds.iter().map(threshold).collect();
    format!(
        "<h3>Thresholds</h3><div class=\"card scroll\"><table class=\"figures thresholds\"><thead><tr><th>threshold</th><th>found</th>\
         <th>limit</th><th class=\"how\"></th><th>verdict</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

/// How the thresholds of a run that did not come to an end stood when it was last heard of.
fn standing(run: &LoadRun) -> String {
    let last = run.ticks.iter().rev().find(|tick| !tick.standing.is_empty());
    let item = |(index, one): (usize, &String)| {
        let stood = last.and_then(|tick| tick.standing.get(index));
        let (class, word) = match stood {
            Some(stood) if stood.lost => ("failed", "was lost already"),
            Some(stood) if stood.held => ("notrun", "held so far"),
            Some(_) => ("flaky", "did not hold so far"),
            None => ("notrun", "not judged"),
        };
        let text = escape(&text::one_line(one, 300));
        format!("<li>{text} <span class=\"pill {class}\">{word}</span></li>")
    };
    let items: String = run.started.thresholds.iter().enumerate().map(item).collect();
    if items.is_empty() {
        return items;
    }
    format!(
        "<h3>Thresholds <span class=\"faint\">never judged: the run did not come to an end</span></h3><ul class=\"card \
         plainlist\">{items}</ul>"
    )
}

fn threshold(one: &ThresholdResult) -> String {
    let (class, word) = if one.held { ("passed", "✓ held") } else { ("failed", "✗ missed") };
    let bad = if one.held { "" } else { " class=\"bad\"" };
    format!(
        "<tr><th scope=\"row\">{}</th><td{bad}>{}</td><td>{}</td><td class=\"how\">{}</td><td><span class=\"pill {class}\">{word}</span></td></tr>",
        escape(&text::one_line(&one.text, 300)),
        facts::found(one),
        units::of_metric(&one.metric, one.limit),
        gauge(one, class)
    )
}

/// What was found as a bar, with a mark at the limit, which stands at two thirds.
fn gauge(one: &ThresholdResult, class: &str) -> String {
    let Some(found) = one.found.filter(|found| found.is_finite() && one.limit.is_finite()) else {
        return String::new();
    };
    let part = if one.limit > 0.0 { found / one.limit } else { f64::from(u8::from(found > 0.0)) * 2.0 };
    format!(
        "<svg class=\"gauge\" viewBox=\"0 0 150 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"{class}\" x=\"0\" y=\"2\" \
         width=\"{:.1}\" height=\"6\"/><rect class=\"wanted\" x=\"100\" y=\"0\" width=\"1.4\" height=\"10\"/></svg>",
        (part * 100.0).clamp(0.8, 150.0)
    )
}

/// What was wrong, folded, each with one example in full.
pub(crate) fn failures(result: &LoadResult) -> String {
    if result.failures.is_empty() {
        return "<h3>Functional failures</h3><p class=\"card missing\">None: every answer that was checked was right.</p>".to_owned();
    }
    let mut all: Vec<&LoadFailure> = result.failures.iter().collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.count));
    let rows: String = all.iter().take(FAILURES).map(|one| failure(result, one)).collect();
    let left = all.len().saturating_sub(FAILURES);
    let left = if left > 0 {
        format!("<p class=\"faint\">… and {left} more kinds in the record</p>")
    } else {
        String::new()
    };
    let times = all.iter().map(|one| one.count).sum::<u64>();
    format!(
        "<h3>Functional failures <span class=\"faint\">{} of {}</span></h3><table class=\"breaches wrong card\"><thead><tr><th>cause</th>\
         <th>where</th><th>what</th><th>times</th></tr></thead><tbody>{rows}</tbody></table>{left}",
        units::counted(times, "failure"),
        units::counted(all.len() as u64, "kind")
    )
}

fn failure(result: &LoadResult, one: &LoadFailure) -> String {
    let (class, degree) = if facts::by_degree(result, one) {
        ("flaky", "<span class=\"rule\">a threshold judges how many are too many</span>")
    } else {
        ("failed", "")
    };
    let example = if one.example.is_empty() {
        String::new()
    } else {
        format!(
            "<details><summary>an example</summary><pre class=\"block\">{}</pre></details>",
            escape(&one.example)
        )
    };
    let workflow = if one.workflow.is_empty() {
        "the run as a whole".to_owned()
    } else {
        escape(&text::one_line(&one.workflow, 200))
    };
    let step = if one.step.is_empty() {
        String::new()
    } else {
        format!("<span class=\"rule\">{}</span>", escape(&text::one_line(&one.step, 200)))
    };
    format!(
        "<tr><td><span class=\"pill {class}\">{}</span>{degree}</td><td>{workflow}{step}</td><td>{}{example}</td><td data-of=\"\">{}</td></tr>",
        escape(&text::one_line(&one.cause, 60)),
        escape(&text::one_line(&one.message, 600)),
        units::count(one.count)
    )
}

/// Sends, contracts and resources side by side.
pub(crate) fn cards(result: &LoadResult) -> String {
    let sends = &result.sends;
    let many = |many: u64| units::count(many);
    let mut rows = vec![
        ("claimed by the service", many(sends.claimed), ""),
        ("received by the mocks", many(sends.received), ""),
        ("… that no claim is about", many(sends.uncovered), ""),
        ("lost", many(sends.lost), bad(sends.lost)),
        ("doubled", many(sends.doubled), bad(sends.doubled)),
        ("phantom", many(sends.phantom), bad(sends.phantom)),
        ("unexpected calls", many(sends.unexpected), bad(sends.unexpected)),
    ];
    let (class, word) = match (&sends.unjudged, facts::sends_hold(sends)) {
        (_, false) => ("failed", "✗ they differ"),
        (Some(_), true) => ("flaky", "not judged one by one"),
        (None, true) => ("passed", "✓ nothing lost or sent twice"),
    };
    let why = sends
        .unjudged
        .as_ref()
        .map(|why| format!("<p class=\"faint\">{}</p>", escape(why)))
        .unwrap_or_default();
    let mut out = card("Sends", class, word, &why, &rows);
    let contracts = &result.contracts;
    let mode = if contracts.mode.is_empty() { "off" } else { &contracts.mode };
    let cost = if contracts.checked > 0 {
        format!("{} µs", units::digits(contracts.cost_us))
    } else {
        "–".to_owned()
    };
    rows = vec![
        ("mode", escape(&text::one_line(mode, 60)), ""),
        ("answers checked", many(contracts.checked), ""),
        ("not checked", many(contracts.unchecked), ""),
        ("breaches", many(contracts.breaches), bad(contracts.breaches)),
        ("CPU for each check", cost, ""),
    ];
    let (class, word) = match (contracts.checked, contracts.breaches) {
        (_, 1..) => ("failed", "✗ broken"),
        (0, _) => ("notrun", "– not checked"),
        _ => ("passed", "✓ honoured"),
    };
    out += &card("Contracts", class, word, "", &rows);
    let busy = facts::busy(&result.resources);
    let (class, word) =
        if busy { ("flaky", "the load's thread was busy") } else { ("notrun", "over the measured time") };
    rows = facts::resources(&result.resources).into_iter().map(|(name, value)| (name, value, "")).collect();
    out += &card("Resources", class, word, "", &rows);
    format!("<div class=\"trio\">{out}</div>")
}

fn bad(many: u64) -> &'static str {
    if many > 0 { " class=\"bad\"" } else { "" }
}

fn card(title: &str, class: &str, word: &str, more: &str, rows: &[(&str, String, &str)]) -> String {
    let rows: String = rows
        .iter()
        .map(|(name, value, class)| format!("<div><dt>{name}</dt><dd{class}>{value}</dd></div>"))
        .collect();
    format!(
        "<section class=\"card\"><h3>{title} <span class=\"pill {class}\">{word}</span></h3>{more}<dl class=\"ledger\">{rows}</dl></section>"
    )
}

/// The parts that a result was merged from.
pub(crate) fn shards(result: &LoadResult) -> String {
    if result.shards.is_empty() {
        return String::new();
    }
    let rows: String = result
        .shards
        .iter()
        .map(|one| {
            let problems: String =
                one.problems.iter().map(|problem| format!("<span class=\"sub bad\">{}</span>", escape(problem))).collect();
            let (class, word) = if one.problems.is_empty() { ("passed", "✓ in time") } else { ("flaky", "? in doubt") };
            let skew = one.clock_skew_us.map_or_else(|| "unknown".to_owned(), |us| units::time(us as f64));
            format!(
                "<tr><th scope=\"row\">{} of {} <span class=\"faint\">{}</span>{problems}</th><td>{}</td><td>{}</td><td>{skew}</td>\
                 <td><span class=\"pill {class}\">{word}</span></td></tr>",
                one.index,
                one.count,
                escape(&text::one_line(&one.host, 100)),
                units::count(one.sent),
                units::time(one.late_us as f64)
            )
        })
        .collect();
    format!(
        "<h3>Shards</h3><div class=\"card scroll\"><table class=\"figures\"><thead><tr><th>shard</th><th>sent</th><th>began late by</th>\
         <th>clock off by</th><th>verdict</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
}
