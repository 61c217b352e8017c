//! Steps, exchanges and diffs as blocks of terminal text, for whoever lists them.

use dryrun_record::{Attempt, Breach, Exchange, Failure, Frame, StepFinished};

use crate::diff;
use crate::terminal::style::Style;
use crate::{facts, text, words};

/// Lines of a body that are shown unless more is asked for.
const BODY_LINES: usize = 24;
/// Lines of a diff that are shown unless more is asked for.
const DIFF_LINES: usize = 60;

/// `✓ Given the service is ready`, on one line.
pub(crate) fn step_line(step: &StepFinished, style: Style) -> String {
    use dryrun_record::StepOutcome::{Failed, NotRun, Passed};
    let line = format!("{} {}", step.keyword.trim(), text::one_line(&step.text, 400));
    match step.outcome {
        Passed => format!("{} {line}", style.good("✓")),
        Failed => format!("{} {}", style.bad("✗"), style.strong(&line)),
        NotRun => style.faint(&format!("- {line}")),
    }
}

/// How many lines of a block to show: all of it when two `-v` ask for it.
fn limit(style: Style, usual: usize) -> usize {
    if style.verbose > 1 { usize::MAX } else { usual }
}

/// Indents every line of a block.
pub(crate) fn indent(block: &str, by: usize) -> String {
    let blank = " ".repeat(by);
    block
        .lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{blank}{line}\n") })
        .collect()
}

/// What was wanted and what was found, with marks and colours. Empty when the failure says neither.
pub(crate) fn diff_block(failure: &Failure, style: Style) -> String {
    let lines = diff::lines(failure.expected.as_deref(), failure.found.as_deref());
    if lines.is_empty() {
        return String::new();
    }
    let mut out = {
        let (expected, found) = words::sides(failure.kind);
        format!("{}  {}\n", style.good(&format!("- {expected}")), style.bad(&format!("+ {found}")))
    };
    let most = limit(style, DIFF_LINES);
    for line in lines.iter().take(most) {
        let drawn = format!("{} {}", line.mark, text::shorten(&line.text, 400));
        out.push_str(&match line.mark {
            '-' => style.good(&drawn),
            '+' => style.bad(&drawn),
            '~' => style.faint(&format!("  {}", line.text)),
            _ => drawn,
        });
        out.push('\n');
    }
    if lines.len() > most {
        out.push_str(&style.faint(&format!("… ({} more)\n", text::count(lines.len() - most, "line"))));
    }
    out
}

/// `POST /x?y -> 200 in 12 ms`.
pub(crate) fn call_line(exchange: &Exchange, style: Style) -> String {
    let answer = facts::answer(exchange);
    let answer = match &exchange.response {
        Some(response) if response.status < 400 => style.good(&answer),
        Some(response) if response.status < 500 => style.doubtful(&answer),
        _ => style.bad(&answer),
    };
    let line = text::one_line(&exchange.request.line(), 200);
    format!("{} -> {answer} in {}", style.strong(&line), text::duration(exchange.duration_us))
}

/// A request and its answer with the headers that matter and their bodies, shortened.
pub(crate) fn exchange_block(exchange: &Exchange, style: Style) -> String {
    let mut out =
        format!("{}  {}\n", style.faint(&text::one_line(&exchange.id, 60)), call_line(exchange, style));
    part(&mut out, "request", &exchange.request.headers, &exchange.request.body, style);
    if let Some(response) = &exchange.response {
        part(&mut out, "answer", &response.headers, &response.body, style);
    }
    out.push_str(&indent(&remarks(exchange, style), 2));
    out
}

/// Headers that every client and server sends and that explain no failure; everything else is shown.
const BORING: [&str; 9] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "date",
    "host",
    "keep-alive",
    "server",
    "user-agent",
];

fn part(
    out: &mut String,
    title: &str,
    headers: &[(String, String)],
    body: &dryrun_record::Body,
    style: Style,
) {
    let told = headers.iter().filter(|(name, _)| style.verbose > 1 || !BORING.contains(&name.as_str()));
    let told: Vec<_> = told.map(|(name, value)| text::one_line(&format!("{name}: {value}"), 120)).collect();
    let body = text::body(body, limit(style, BODY_LINES), limit(style, 240));
    if told.is_empty() && body.is_empty() {
        return;
    }
    out.push_str(&format!("  {title}\n"));
    for line in told {
        out.push_str(&format!("    {}\n", style.faint(&line)));
    }
    out.push_str(&indent(&body, 4));
}

/// One line for each thing that is odd about an exchange: a fault, a breach, a call that no contract knows.
pub(crate) fn remarks(exchange: &Exchange, style: Style) -> String {
    let mut out = String::new();
    if let Some(fault) = &exchange.fault {
        out.push_str(&style.doubtful(&format!("fault on purpose: {}", text::one_line(fault, 200))));
        out.push('\n');
    }
    if let Some(diagnosis) = &exchange.unexpected {
        out.push_str(&style.bad(&format!("no contract knows this call: {}", text::one_line(diagnosis, 400))));
        out.push('\n');
    }
    for breach in &exchange.breaches {
        let line = breach_line(breach);
        out.push_str(&if breach.allowed.is_some() { style.doubtful(&line) } else { style.bad(&line) });
        out.push('\n');
    }
    out
}

fn breach_line(breach: &Breach) -> String {
    let tolerated = breach.allowed.as_ref().map(|allowed| format!(" ({})", facts::tolerated(allowed)));
    format!(
        "breach in the {} at {}: found {}, the contract wants {}{}",
        breach.side,
        text::one_line(&breach.instance_path, 160),
        text::one_line(&breach.found, 200),
        text::one_line(&breach.wanted, 200),
        tolerated.unwrap_or_default()
    )
}

/// The calls to the service and to mocks and the frames of an attempt, one line each with remarks below.
pub(crate) fn meanwhile(attempt: &Attempt, style: Style) -> String {
    let mut rows: Vec<(u64, String)> = Vec::new();
    let calls: Vec<_> = attempt.exchanges.iter().collect();
    let name = calls.iter().map(|call| call.service.chars().count()).max().unwrap_or(0);
    for call in &calls {
        let line = format!(
            "{:name$}  {}\n{}",
            call.service,
            call_line(call, style),
            indent(&remarks(call, style), name + 2)
        );
        rows.push((call.at_us, line));
    }
    rows.extend(attempt.frames.iter().map(|frame| (frame.at_us, frame_line(frame, style))));
    rows.sort_by_key(|row| row.0);
    let start = attempt.started_us;
    rows.iter()
        .map(|(at, line)| {
            let at = format!("{:>9}  ", format!("+{}", text::duration(at.saturating_sub(start))));
            let mut lines = line.lines();
            let first = format!("{}{}\n", style.faint(&at), lines.next().unwrap_or_default());
            lines.fold(first, |out, line| out + &format!("{:11}{line}\n", ""))
        })
        .collect()
}

fn frame_line(frame: &Frame, style: Style) -> String {
    let body = frame.body.text.as_deref().map_or_else(
        || if frame.body.bytes == 0 { String::new() } else { format!("({})", text::bytes(frame.body.bytes)) },
        |body| text::one_line(body, 160),
    );
    let client = text::one_line(&frame.client, 40);
    format!("{client} {} {body}", style.strong(facts::way(frame.way)))
}
