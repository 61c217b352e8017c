//! Everything a person needs to understand each failure: [`failures`].

use dryrun_record::{Attempt, Failure, Record, RunKind, ScenarioResult, StepFinished, StepOutcome};

use crate::terminal::exchange::{diff_block, exchange_block, indent, meanwhile, step_line};
use crate::terminal::style::Style;
use crate::{facts, groups, text, words};

/// Lines of the service's log that are shown unless more is asked for.
const LOG_LINES: usize = 12;
/// Scenarios of the same cause that are named unless more is asked for.
const OTHERS: usize = 20;

/// A block for each scenario that failed or did not come to an end: where it is, its steps, what was expected and found,
/// the exchange, the calls the service made meanwhile, its log, and a command that repeats just this one. Scenarios that
/// failed in the same way are told once, with the names of the others. Empty when nothing failed.
pub fn failures(record: &Record, style: Style) -> String {
    let all = groups::groups(record);
    let mut out = String::new();
    for (index, group) in all.iter().enumerate() {
        out.push_str(&block(record, group.first, &format!("{} of {}", index + 1, all.len()), style));
        out.push_str(&others_part(record, &group.others, style));
        out.push('\n');
    }
    out
}

fn block(record: &Record, scenario: &ScenarioResult, place: &str, style: Style) -> String {
    let reference = &scenario.scenario;
    let mut out = rule(place, style);
    let word = match scenario.outcome {
        None => style.doubtful("NOT FINISHED"),
        _ => style.bad("FAIL"),
    };
    let id = text::one_line(&reference.id, 200);
    out.push_str(&format!("{word} {id}  {}\n", style.strong(&text::one_line(&reference.name, 300))));
    let Some(attempt) = scenario.last() else { return out };
    out.push_str(&format!("     {}\n\n", style.faint(&context(scenario, attempt))));
    for step in &attempt.steps {
        out.push_str(&steps_part(reference.file.as_str(), step, style));
    }
    if !attempt.failures.is_empty() {
        out.push_str(&format!("  {} when the scenario closed\n", style.bad("✗")));
        out.push_str(&failures_part(&attempt.failures, style));
    }
    out.push_str(&evidence_part(attempt, style));
    let meanwhile = meanwhile(attempt, style);
    if !meanwhile.is_empty() {
        out.push_str(&title("everything on the wire", style));
        out.push_str(&indent(&meanwhile, 4));
    }
    let most = if style.verbose > 0 { usize::MAX } else { LOG_LINES };
    let log = facts::log_of(record, attempt, most);
    if !log.is_empty() {
        out.push_str(&title("meanwhile the service wrote", style));
        for (_, _, stream, line) in log {
            let line = format!("{stream}: {}", text::shorten(&text::visible(line), 300));
            out.push_str(&format!("    {}\n", style.faint(&line)));
        }
    }
    // A verification or a probe is repeated as a whole.
    let rehearsal = words::run_kind(record) == RunKind::Rehearsal;
    out.push_str(&title(if rehearsal { "repeat just this one" } else { "repeat this run" }, style));
    out.push_str(&format!("    {}\n", style.hint(&text::visible(&facts::repeat_command(record, scenario)))));
    out
}

/// Who else failed in the same way: a line each, as many as help.
fn others_part(record: &Record, others: &[&ScenarioResult], style: Style) -> String {
    if others.is_empty() {
        return String::new();
    }
    let most = if style.verbose > 0 { usize::MAX } else { OTHERS };
    let many = text::count(others.len(), &format!("more {}", words::noun(record)));
    let mut out = title(&format!("and {many} failed in the same way"), style);
    for one in others.iter().take(most) {
        let (id, name) = (text::one_line(&one.scenario.id, 200), text::one_line(&one.scenario.name, 200));
        out.push_str(&format!("    {id}  {}\n", style.faint(&name)));
    }
    if others.len() > most {
        out.push_str(&format!("    {}\n", style.faint(&format!("… and {} more", others.len() - most))));
    }
    out
}

fn rule(place: &str, style: Style) -> String {
    let line = "─".repeat(style.columns().min(100).saturating_sub(place.len() + 5));
    format!("{}\n", style.faint(&format!("── {place} {line}")))
}

fn title(text: &str, style: Style) -> String {
    format!("\n  {}\n", style.strong(text))
}

fn context(scenario: &ScenarioResult, attempt: &Attempt) -> String {
    let mut parts = vec![text::one_line(&scenario.scenario.feature, 160)];
    parts.extend(scenario.scenario.rule.as_ref().map(|rule| text::one_line(rule, 160)));
    if attempt.outcome.is_some() {
        parts.push(text::duration(attempt.duration_us));
    }
    if scenario.attempts.len() > 1 {
        parts.push(format!("failed in each of {}", text::count(scenario.attempts.len(), "attempt")));
    }
    parts.join(" · ")
}

fn steps_part(file: &str, step: &StepFinished, style: Style) -> String {
    let line = step_line(step, style);
    if step.outcome != StepOutcome::Failed {
        return format!("  {line}\n");
    }
    let place = style.faint(&text::place(&text::one_line(file, 200), step.line));
    format!("  {line}  {place}\n{}", failures_part(&step.failures, style))
}

fn failures_part(failures: &[Failure], style: Style) -> String {
    let mut out = String::new();
    for failure in failures {
        let message = style.bad(&text::visible(&failure.message));
        out.push_str(&indent(
            &format!("{} {message}", style.faint(&format!("[{}]", words::failure(failure.kind)))),
            6,
        ));
        if let Some(at) = &failure.at {
            out.push_str(&format!("      at {}\n", text::one_line(at, 200)));
        }
        out.push_str(&indent(&diff_block(failure, style), 8));
        if let Some(hint) = &failure.hint {
            out.push_str(&indent(&format!("{} {}", style.hint("hint:"), text::visible(hint)), 6));
        }
    }
    out
}

/// The exchanges that show the failures of an attempt, each once.
fn evidence_part(attempt: &Attempt, style: Style) -> String {
    let failures = attempt.steps.iter().flat_map(|step| &step.failures).chain(&attempt.failures);
    let mut shown: Vec<&str> = Vec::new();
    let mut out = String::new();
    for exchange in failures.flat_map(|failure| facts::evidence(attempt, failure)) {
        if !shown.contains(&exchange.id.as_str()) {
            shown.push(&exchange.id);
            out.push_str(&indent(&exchange_block(exchange, style), 4));
        }
    }
    if out.is_empty() { out } else { format!("{}{out}", title("the exchange", style)) }
}
