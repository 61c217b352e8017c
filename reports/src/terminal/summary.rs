//! One compact block that ends a run, with the verdict as its last word: [`summary`].

use dryrun_record::{Isolation, NoticeLevel, Outcome, Record, RunKind, Totals, Verdict};

use crate::terminal::style::Style;
use crate::terminal::{contracts, load};
use crate::{breaches, facts, text, verdict, words};

/// The facts of a run, what is doubtful about it, what became of its contracts, and GO or NO-GO with its reasons.
pub fn summary(record: &Record, style: Style) -> String {
    let totals = record.totals();
    let loads = load::loads(record, style);
    if words::run_kind(record) == RunKind::Load && record.scenarios.is_empty() {
        let rows = vec![("notices", notices(record, style)), ("run", vec![run_line(record)])];
        return format!("{loads}{}\n{}", drawn(rows, style), verdict_part(record, style));
    }
    let rehearsal = words::run_kind(record) == RunKind::Rehearsal;
    let mut rows: Vec<(&str, Vec<String>)> = vec![
        (if rehearsal { "scenarios" } else { "checks" }, vec![scenarios(&totals, style)]),
        ("steps", vec![steps(&totals, style)]),
        ("calls", vec![calls(&totals)]),
        ("contracts", vec![contracts(record, &totals, style)]),
    ];
    // A verification has no mocks among which scenarios could meet each other.
    if let Some(run) = record.run.as_ref().filter(|run| rehearsal || !run.isolation_reason.is_empty()) {
        let at_once = if run.isolation == Isolation::Serial {
            String::new()
        } else {
            format!(" ({} at once)", run.jobs)
        };
        let reason = text::one_line(&run.isolation_reason, 300);
        rows.push(("isolation", vec![format!("{}{at_once}: {reason}", facts::isolation(run.isolation))]));
    }
    let flaky: Vec<_> = facts::with_outcome(record, Some(Outcome::Flaky))
        .map(|one| {
            let place = text::one_line(&one.scenario.id, 200);
            let name = text::one_line(&one.scenario.name, 200);
            style.doubtful(&format!("{place}  {name}  (passed at attempt {})", one.attempts.len()))
        })
        .collect();
    rows.push(("flaky", flaky));
    rows.push(("notices", notices(record, style)));
    let slowest = facts::slowest(record, 3).into_iter().map(|one| {
        let time = text::duration(one.duration_us());
        let name = text::one_line(&one.scenario.name, 200);
        format!("{time:>7}  {}  {name}", text::one_line(&one.scenario.id, 200))
    });
    rows.push(("slowest", slowest.collect()));
    rows.push(("run", vec![run_line(record)]));
    let mut out = loads + &drawn(rows, style);
    out.push('\n');
    let contracts = contracts::contracts(record, style);
    if !contracts.is_empty() {
        out.push_str(&contracts);
        out.push('\n');
    }
    out.push_str(&verdict_part(record, style));
    out
}

fn drawn(rows: Vec<(&str, Vec<String>)>, style: Style) -> String {
    let mut out = String::new();
    for (name, lines) in rows {
        for (index, line) in lines.iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            let line = style.wrapped(line, 13);
            out.push_str(&format!("  {} {line}\n", style.faint(&format!("{name:<10}"))));
        }
    }
    out
}

fn verdict_part(record: &Record, style: Style) -> String {
    let (verdict, reasons) = verdict::verdict(record);
    let shown = verdict::shown(record);
    let mut badge = style.badge(verdict == Verdict::Go, &format!(" {shown} "));
    if shown == "INCONCLUSIVE" {
        badge += "  (counts as a NO-GO)";
    }
    match reasons.as_slice() {
        [] => format!("{badge}  {}\n", style.wrapped(&text::visible(&verdict::held(record)), 7)),
        [reason] => format!("{badge}  {}\n", style.wrapped(&text::visible(reason), 12)),
        reasons => {
            let list: String = reasons
                .iter()
                .map(|reason| format!("   • {}\n", style.wrapped(&text::visible(reason), 5)))
                .collect();
            format!("{badge}  for {}:\n{list}", text::count(reasons.len(), "reason"))
        }
    }
}

fn scenarios(totals: &Totals, style: Style) -> String {
    let mut parts = vec![style.good(&format!("{} passed", totals.passed))];
    if totals.failed > 0 {
        parts.push(style.bad(&format!("{} failed", totals.failed)));
    }
    if totals.flaky > 0 {
        parts.push(style.doubtful(&format!("{} flaky", totals.flaky)));
    }
    if totals.not_run > 0 {
        parts.push(style.doubtful(&format!("{} not run", totals.not_run)));
    }
    format!("{} selected: {}", totals.selected, parts.join(" · "))
}

fn steps(totals: &Totals, style: Style) -> String {
    let mut parts = vec![format!("{} passed", totals.steps_passed)];
    if totals.steps_failed > 0 {
        parts.push(style.bad(&format!("{} failed", totals.steps_failed)));
    }
    if totals.steps_not_run > 0 {
        parts.push(format!("{} not run", totals.steps_not_run));
    }
    parts.join(" · ")
}

fn calls(totals: &Totals) -> String {
    let mut parts = Vec::new();
    if totals.provider_calls > 0 {
        parts.push(format!("{} to the provider", totals.provider_calls));
    }
    if parts.is_empty() || totals.service_calls + totals.mock_calls > 0 {
        parts.push(format!("{} to the service", totals.service_calls));
        parts.push(format!("{} to mocks", totals.mock_calls));
    }
    parts.join(" · ")
}

fn contracts(record: &Record, totals: &Totals, style: Style) -> String {
    let unexpected = facts::unexpected(record);
    let mut parts = vec![breaches_part(record, totals), text::count(unexpected, "unexpected call")];
    if unexpected > 0 {
        parts[1] = style.bad(&parts[1]);
    }
    let unattributed = text::count(totals.unattributed_calls, "call");
    let unattributed = format!("{unattributed} of no known scenario");
    parts.push(if totals.unattributed_calls > 0 { style.doubtful(&unattributed) } else { unattributed });
    parts.join(" · ")
}

/// `5 breaches (2 tolerated, 1 on purpose)`.
fn breaches_part(record: &Record, totals: &Totals) -> String {
    let folded = breaches::folded(record);
    let of =
        |standing| folded.iter().filter(|one| one.standing == standing).map(|one| one.count).sum::<usize>();
    let named =
        [(of(breaches::Standing::Tolerated), "tolerated"), (of(breaches::Standing::OnPurpose), "on purpose")];
    let named: Vec<_> =
        named.iter().filter(|one| one.0 > 0).map(|(many, what)| format!("{many} {what}")).collect();
    let all = text::breaches(totals.breaches);
    if named.is_empty() { all } else { format!("{all} ({})", named.join(", ")) }
}

fn notices(record: &Record, style: Style) -> Vec<String> {
    let told = record.notices.iter();
    told.map(|notice| {
        let line = format!("{}: {}", facts::level(notice.level), text::one_line(&notice.text, 400));
        match notice.level {
            NoticeLevel::Info => style.faint(&line),
            NoticeLevel::Warning => style.doubtful(&line),
            NoticeLevel::Error => style.bad(&line),
        }
    })
    .collect()
}

fn run_line(record: &Record) -> String {
    let mut parts = vec![text::duration(facts::duration_us(record))];
    if let Some(kib) = record.finished.as_ref().and_then(|finished| finished.peak_memory_kib) {
        parts.push(format!("peak memory {}", text::bytes(kib * 1024)));
    }
    if let Some(run) = &record.run {
        parts.push(format!("seed {}", run.seed));
        parts.extend(run.profile.as_ref().map(|profile| format!("profile {}", text::one_line(profile, 60))));
        let at = if run.target.url.is_empty() {
            "not started".to_owned()
        } else {
            format!("at {}", run.target.url)
        };
        parts.push(text::one_line(&format!("{} {at}", words::activity(run)), 160));
    }
    parts.join(" · ")
}
