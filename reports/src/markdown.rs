//! The summary of a run in Markdown, for the page that a CI system shows: [`markdown`].

mod escape;
mod load;

use std::fmt::Write as _;

use dryrun_record::{AllowedMode, Failure, NoticeLevel, Outcome, Record, RunKind, ScenarioResult, Verdict};

use crate::breaches::{Standing, folded};
use crate::markdown::escape::{escaped, fenced, html};
use crate::{diff, facts, groups, text, verdict, words};

/// Failures that are written out; CI pages have a limit (GitHub: 1 MiB a step).
const FAILURES: usize = 40;
/// Lines of one diff.
const DIFF_LINES: usize = 40;
/// Breaches that are listed.
const BREACHES: usize = 20;
/// Scenarios of the same cause, and operations, that are named.
const NAMES: usize = 10;

/// GitHub-flavoured Markdown: the verdict with its reasons, the counts, each failure with its diff, what was flaky.
pub fn markdown(record: &Record) -> String {
    let (verdict, reasons) = verdict::verdict(record);
    let (shown, load) = (verdict::shown(record), words::run_kind(record) == RunKind::Load);
    let sign = match (verdict, shown) {
        (Verdict::Go, _) => "✅",
        (_, "INCONCLUSIVE") => "❔",
        _ => "❌",
    };
    let mut out = format!("## {sign} {shown}\n\n");
    if shown == "INCONCLUSIVE" {
        out.push_str("The figures can't tell. This counts as a NO-GO.\n\n");
    }
    for reason in &reasons {
        let _ = writeln!(out, "- {}", escaped(reason));
    }
    if reasons.is_empty() {
        let _ = writeln!(out, "{}", escaped(&verdict::held(record)));
    }
    out.push('\n');
    if !load || !record.scenarios.is_empty() {
        counts(&mut out, record);
    }
    load::loads(&mut out, record);
    failures(&mut out, record);
    contracts(&mut out, record);
    list(&mut out, "Flaky: passed on retry only", facts::with_outcome(record, Some(Outcome::Flaky)));
    list(&mut out, "Begun, but not run to an end", facts::with_outcome(record, None));
    let notices: Vec<_> = record.notices.iter().filter(|one| one.level > NoticeLevel::Info).collect();
    if !notices.is_empty() {
        out.push_str("### Notices\n\n");
        for notice in notices {
            let _ = writeln!(out, "- **{}** {}", facts::level(notice.level), escaped(&notice.text));
        }
        out.push('\n');
    }
    facts_line(&mut out, record);
    out
}

fn counts(out: &mut String, record: &Record) {
    let totals = record.totals();
    let verify = words::run_kind(record) == RunKind::Verify;
    let _ = write!(
        out,
        "| {}s | passed | failed | flaky | not run | calls to {} | calls to mocks | breaches |",
        words::noun(record),
        if verify { "the provider" } else { "the service" }
    );
    out.push_str(" unexpected calls |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    let row = [
        totals.selected,
        totals.passed,
        totals.failed,
        totals.flaky,
        totals.not_run,
        if verify { totals.provider_calls } else { totals.service_calls },
        totals.mock_calls,
        totals.breaches,
        facts::unexpected(record),
    ];
    let _ = writeln!(out, "| {} |\n", row.map(|cell| cell.to_string()).join(" | "));
}

fn failures(out: &mut String, record: &Record) {
    let mut failed = groups::groups(record);
    failed.retain(|group| group.first.outcome == Some(Outcome::Failed));
    if failed.is_empty() {
        return;
    }
    out.push_str("### Failures\n\n");
    for group in failed.iter().take(FAILURES) {
        let scenario = group.first;
        let (place, name) = (html(&scenario.scenario.id), html(&scenario.scenario.name));
        let _ = writeln!(out, "<details><summary><code>{place}</code> {name}</summary>\n");
        let attempt = scenario.last();
        for step in attempt.iter().flat_map(|attempt| &attempt.steps) {
            for one in &step.failures {
                let _ = writeln!(out, "**{} {}**\n", escaped(step.keyword.trim()), escaped(&step.text));
                failure(out, one);
            }
        }
        for one in attempt.iter().flat_map(|attempt| &attempt.failures) {
            out.push_str("**when the scenario closed**\n\n");
            failure(out, one);
        }
        if !group.others.is_empty() {
            let ids: Vec<String> = group.others.iter().map(|one| escaped(&one.scenario.id)).collect();
            let many = text::count(ids.len(), &format!("more {}", words::noun(record)));
            let _ = writeln!(out, "and {many} failed in the same way: {}\n", facts::listed(&ids, NAMES));
        }
        let _ = writeln!(out, "{}\n</details>\n", fenced("sh", &facts::repeat_command(record, scenario)));
    }
    if failed.len() > FAILURES {
        let _ = writeln!(
            out,
            "… and {} more, see the HTML report.\n",
            text::count(failed.len() - FAILURES, "failure")
        );
    }
}

fn failure(out: &mut String, failure: &Failure) {
    let at = failure.at.as_ref().map(|at| format!(" at {}", escaped(at))).unwrap_or_default();
    let _ = writeln!(out, "{}: {}{at}\n", words::failure(failure.kind), escaped(&failure.message));
    let lines = diff::lines(failure.expected.as_deref(), failure.found.as_deref());
    if !lines.is_empty() {
        let drawn: Vec<_> = lines.iter().map(|line| format!("{} {}", line.mark, line.text)).collect();
        let _ = writeln!(out, "{}\n", fenced("diff", &text::clip(&drawn.join("\n"), DIFF_LINES, 300)));
    }
    if let Some(hint) = &failure.hint {
        // What is to be copied stands as it is.
        let command = hint.lines().position(|line| line.starts_with("curl "));
        let advice: Vec<&str> = hint.lines().take(command.unwrap_or(usize::MAX)).collect();
        if !advice.is_empty() {
            let _ = writeln!(out, "_{}_\n", escaped(&advice.join(" ")));
        }
        if let Some(first) = command {
            let rest: Vec<&str> = hint.lines().skip(first).collect();
            let _ = writeln!(out, "{}\n", fenced("sh", &rest.join("\n")));
        }
    }
}

/// Coverage as a table, breaches as a list.
fn contracts(out: &mut String, record: &Record) {
    let breaches = folded(record);
    let told = |one: &&crate::breaches::Folded| match (&one.allowed, one.standing) {
        (Some(allowed), _) => allowed.mode == AllowedMode::Warn,
        (None, standing) => standing == Standing::Failing,
    };
    let told: Vec<_> = breaches.iter().filter(told).collect();
    if record.coverage.is_empty() && told.is_empty() {
        return;
    }
    out.push_str("### Contracts\n\n");
    if !record.coverage.is_empty() {
        out.push_str("| contract of | met | | wanted | nobody calls |\n|---|--:|--:|--:|---|\n");
        for one in &record.coverage {
            let never: Vec<String> = facts::never_called(one).iter().map(|name| escaped(name)).collect();
            let wanted = one.required.map_or_else(|| "–".to_owned(), words::percent);
            let sign = if one.falls_short() { "❌ " } else { "" };
            let _ = writeln!(
                out,
                "| {} | {sign}{} | {} of {} | {wanted} | {} |",
                escaped(&one.title),
                words::percent(one.percent()),
                one.covered,
                one.total,
                facts::listed(&never, NAMES)
            );
        }
        out.push('\n');
    }
    let unusable = record.coverage.iter().flat_map(|one| one.unusable.iter().map(move |which| (one, which)));
    for (one, (operation, reason)) in unusable.take(NAMES) {
        let line = escaped(&format!("{}: {operation} can't be used: {reason}", one.title));
        let _ = writeln!(out, "- {line}");
    }
    for one in told.iter().take(BREACHES) {
        let status = one.status.map(|status| format!(" {status}")).unwrap_or_default();
        let whose = words::message(one.direction, &one.side, &one.title);
        let line = format!("{whose}, {}{status}, at {}", one.operation, one.instance_path);
        let sides = format!("found {}, wanted {}", one.found, one.wanted);
        let allowed =
            one.allowed.as_ref().map(|allowed| format!(" ({})", escaped(&facts::tolerated(allowed))));
        let (line, sides, places) = (escaped(&line), escaped(&sides), escaped(&one.places()));
        let allowed = allowed.unwrap_or_default();
        let rule = if one.schema_path.is_empty() {
            String::new()
        } else {
            format!(", by the rule at <code>{}</code>", html(&one.schema_path))
        };
        let _ = writeln!(out, "- **{}×** {line}: {sides}{rule}{allowed}; {places}", one.count);
    }
    if told.len() > BREACHES {
        let _ = writeln!(out, "- … and {} more, see the HTML report", told.len() - BREACHES);
    }
    if !told.is_empty() || record.coverage.iter().any(|one| !one.unusable.is_empty()) {
        out.push('\n');
    }
}

fn list<'a>(out: &mut String, title: &str, scenarios: impl Iterator<Item = &'a ScenarioResult>) {
    let lines: String = scenarios
        .map(|one| format!("- `{}` {}\n", one.scenario.id.replace('`', "'"), escaped(&one.scenario.name)))
        .collect();
    if !lines.is_empty() {
        let _ = writeln!(out, "### {title}\n\n{lines}");
    }
}

fn facts_line(out: &mut String, record: &Record) {
    let mut parts = vec![text::duration(facts::duration_us(record))];
    if let Some(run) = &record.run {
        parts.insert(0, escaped(&format!("{} at {}", words::activity(run), run.target.url)));
        parts.push(format!("seed {}", run.seed));
        parts.extend(run.profile.as_ref().map(|profile| format!("profile {}", escaped(profile))));
        if run.kind == RunKind::Rehearsal {
            parts.push(facts::isolation(run.isolation).to_owned());
        }
        parts.push(format!("dryrun {}", escaped(&run.tool_version)));
    }
    let _ = writeln!(out, "<sub>{}</sub>", parts.join(" · "));
}
