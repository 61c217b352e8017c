//! The upper part of the page: verdict, reasons, counters, facts, notices.

use dryrun_record::{Isolation, Outcome, Record, RunKind, Totals, Verdict};

use crate::html::load;
use crate::html::markup::escape;
use crate::{facts, text, verdict, words};

/// Links to failed scenarios that stand beside the verdict.
const LINKS: usize = 8;

/// Everything above the services.
pub(crate) fn head(record: &Record, verdict: Verdict, reasons: &[String]) -> String {
    let totals = record.totals();
    if words::run_kind(record) == RunKind::Load && record.scenarios.is_empty() {
        let tiles = load::alone(record).map(load::tiles).unwrap_or_default();
        return [badge(record, verdict, reasons), tiles, facts_list(record), notices(record)].concat();
    }
    [
        badge(record, verdict, reasons),
        bar(&totals),
        counters(record, &totals),
        facts_list(record),
        notices(record),
    ]
    .concat()
}

/// The page's icon: a dot in the colour of the verdict.
pub(crate) fn icon(verdict: Verdict) -> String {
    let colour = if verdict == Verdict::Go { "1a7f4b" } else { "c0392b" };
    format!(
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
         %3Ccircle cx='8' cy='8' r='7' fill='%23{colour}'/%3E%3C/svg%3E"
    )
}

/// The last line: which version drew which run.
pub(crate) fn foot(record: &Record) -> String {
    let Some(run) = &record.run else { return String::new() };
    format!("dryrun {} · run {}", escape(&run.tool_version), escape(&run.run_id))
}

fn badge(record: &Record, word: Verdict, reasons: &[String]) -> String {
    let go = word == Verdict::Go;
    let shown = verdict::shown(record);
    let class = match shown {
        "GO" => "go",
        "INCONCLUSIVE" => "unclear",
        _ => "nogo",
    };
    let mut out = format!("<section class=\"verdict {class}\" aria-labelledby=\"word\">");
    out += &format!("<h1 id=\"word\" class=\"word\">{shown}</h1><div class=\"why\">");
    if class == "unclear" {
        out += "<p class=\"counts\">The figures can't tell. This counts as a NO-GO.</p>";
    }
    if go {
        let held = verdict::held(record);
        let (first, rest) = held.split_at(1);
        out += &format!("<p>{}{}.</p>", first.to_uppercase(), escape(rest));
    } else {
        out += "<ul class=\"reasons\">";
        out += &reasons.iter().map(|reason| format!("<li>{}</li>", escape(reason))).collect::<String>();
        out += "</ul>";
    }
    out += &links(record);
    out + "</div></section>"
}

fn links(record: &Record) -> String {
    let failed: Vec<_> = facts::with_outcome(record, Some(Outcome::Failed)).collect();
    let flaky: Vec<_> = facts::with_outcome(record, Some(Outcome::Flaky)).collect();
    let mut out = String::new();
    for (title, scenarios) in [("See what failed", failed), ("Passed on retry only", flaky)] {
        if scenarios.is_empty() {
            continue;
        }
        let more = scenarios.len().saturating_sub(LINKS);
        let links: String = scenarios
            .iter()
            .take(LINKS)
            .map(|one| {
                let (id, name) = (escape(&one.scenario.id), escape(&text::shorten(&one.scenario.name, 120)));
                format!("<li><a href=\"#\" data-open=\"{id}\">{name}</a></li>")
            })
            .collect();
        let more = if more > 0 { format!("<li>and {more} more</li>") } else { String::new() };
        out += &format!("<p class=\"label\">{title}</p><ul class=\"links\">{links}{more}</ul>");
    }
    out
}

/// The results as one bar; its numbers stand in the counters below.
fn bar(totals: &Totals) -> String {
    let parts = [
        ("passed", totals.passed),
        ("flaky", totals.flaky),
        ("failed", totals.failed),
        ("notrun", totals.not_run),
    ];
    let all: usize = parts.iter().map(|part| part.1).sum();
    let mut x = 0;
    let mut rects = String::new();
    for (class, many) in parts.into_iter().filter(|part| part.1 > 0) {
        rects += &format!("<rect class=\"{class}\" x=\"{x}\" y=\"0\" width=\"{many}\" height=\"1\"/>");
        x += many;
    }
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 {} 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">{rects}</svg>",
        all.max(1)
    )
}

fn counters(record: &Record, totals: &Totals) -> String {
    let unexpected = facts::unexpected(record);
    let kind = words::run_kind(record);
    let rehearsal = kind == RunKind::Rehearsal;
    let tiles = [
        (if rehearsal { "scenarios" } else { "checks" }, totals.selected, "", "selected"),
        ("passed", totals.passed, "passed", ""),
        ("failed", totals.failed, "failed", ""),
        ("flaky", totals.flaky, "flaky", ""),
        ("not run", totals.not_run, "notrun", ""),
        ("steps", totals.steps_passed + totals.steps_failed + totals.steps_not_run, "", ""),
        ("calls to the provider", totals.provider_calls, "", ""),
        ("calls to the service", totals.service_calls, "", ""),
        ("calls to mocks", totals.mock_calls, "", ""),
        ("breaches", totals.breaches, "flaky", "of contract"),
        ("unexpected", unexpected, "failed", "calls no contract knows"),
        ("unattributed", totals.unattributed_calls, "flaky", "calls of no known scenario"),
    ];
    let tiles: String = tiles
        .into_iter()
        // What a kind of run never has is no counter of its own.
        .filter(|(name, many, ..)| match *name {
            "calls to the provider" => *many > 0 || kind == RunKind::Verify,
            "calls to the service" | "calls to mocks" | "unattributed" => *many > 0 || rehearsal,
            _ => true,
        })
        .map(|(name, many, class, title)| {
            let class = if many == 0 { "zero" } else { class };
            let title = if title.is_empty() { String::new() } else { format!(" title=\"{title}\"") };
            format!("<div class=\"tile {class}\"{title}><dt>{name}</dt><dd>{many}</dd></div>")
        })
        .collect();
    format!("<dl class=\"tiles\" aria-label=\"Counters\">{tiles}</dl>")
}

fn facts_list(record: &Record) -> String {
    let mut rows: Vec<(&str, String)> = Vec::new();
    if let Some(run) = &record.run {
        rows.push((
            match run.kind {
                RunKind::Rehearsal => "service",
                RunKind::Verify => "provider",
                RunKind::Probe => "probed",
                RunKind::Load => "loaded",
            },
            format!("{} <code>{}</code>", escape(&run.target.name), escape(&run.target.url)),
        ));
        rows.extend(
            run.target.command.as_ref().map(|line| ("started by", format!("<code>{}</code>", escape(line)))),
        );
        let configured = run.profile.as_deref().map(escape);
        if run.kind == RunKind::Load {
            // The profile of a load is what it plays; that of the configuration is another thing.
            let played: Vec<&str> =
                crate::load::facts::judged(record).map(|one| one.started.load.as_str()).collect();
            rows.extend((!played.is_empty()).then(|| ("load profile", escape(&played.join(", ")))));
            rows.extend(configured.map(|name| ("profile of the configuration", name)));
        } else {
            rows.push(("profile", configured.unwrap_or_else(|| "none".to_owned())));
        }
        rows.push(("seed", format!("<code>{}</code>", run.seed)));
        rows.push(("started", format!("<time datetime=\"{0}\">{0}</time>", escape(&run.started_at))));
    }
    rows.push(("took", text::duration(facts::duration_us(record))));
    if let Some(kib) = record.finished.as_ref().and_then(|finished| finished.peak_memory_kib) {
        rows.push(("peak memory", text::bytes(kib * 1024)));
    }
    if let Some(run) = &record.run {
        let jobs = if run.isolation == Isolation::Serial {
            String::new()
        } else {
            format!(", {} at once", run.jobs)
        };
        let reason = escape(&run.isolation_reason);
        if run.kind == RunKind::Rehearsal || !reason.is_empty() {
            rows.push(("isolation", format!("{}{jobs}: {reason}", facts::isolation(run.isolation))));
        }
        rows.push(("command", format!("<code>dryrun {}</code>", escape(&run.command.join(" ")))));
    }
    let slowest: String = facts::slowest(record, 3)
        .into_iter()
        .map(|one| {
            let (id, name) = (escape(&one.scenario.id), escape(&text::shorten(&one.scenario.name, 80)));
            let time = text::duration(one.duration_us());
            format!(
                "<li><a href=\"#\" data-open=\"{id}\">{name}</a> <span class=\"faint\">{time}</span></li>"
            )
        })
        .collect();
    if !slowest.is_empty() {
        rows.push(("slowest", format!("<ul class=\"plain\">{slowest}</ul>")));
    }
    let rows: String = rows
        .iter()
        .map(|(name, value)| {
            let class = if *name == "isolation" { " class=\"wide\"" } else { "" };
            format!("<div{class}><dt>{name}</dt><dd>{value}</dd></div>")
        })
        .collect();
    format!("<dl class=\"facts card\">{rows}</dl>")
}

fn notices(record: &Record) -> String {
    let mut sorted: Vec<_> = record.notices.iter().collect();
    sorted.sort_by_key(|notice| std::cmp::Reverse(notice.level));
    let items: String = sorted
        .iter()
        .map(|notice| {
            let level = facts::level(notice.level);
            let (text, code) = (escape(&notice.text), escape(&notice.code));
            format!("<li class=\"{level}\"><b>{level}</b> <span>{text} <code>{code}</code></span></li>")
        })
        .collect();
    if items.is_empty() {
        return items;
    }
    format!("<section class=\"notices\" aria-label=\"Notices\"><ul>{items}</ul></section>")
}
