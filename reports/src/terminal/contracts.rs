//! What became of the contracts, one line a service and one a breach: [`contracts`].

use dryrun_record::{AllowedMode, Coverage, Record};

use crate::breaches::{Folded, Standing, folded};
use crate::terminal::style::Style;
use crate::{facts, text, words};

/// Breaches that are written out unless more is asked for.
const BREACHES: usize = 20;
/// Operations that are named unless more is asked for.
const NAMES: usize = 6;

/// Coverage of each contract and folded breaches; empty when the record knows of neither.
pub(crate) fn contracts(record: &Record, style: Style) -> String {
    let breaches = folded(record);
    if record.coverage.is_empty() && breaches.is_empty() {
        return String::new();
    }
    let mut out = format!("  {}\n", style.strong("Contracts"));
    let wide = record.coverage.iter().map(|one| text::columns(&name(one))).max().unwrap_or(0);
    for coverage in &record.coverage {
        service(&mut out, coverage, wide, style);
    }
    let told = |one: &&Folded| match one.standing {
        Standing::Failing => true,
        Standing::Tolerated => one.allowed.as_ref().is_some_and(|allowed| allowed.mode == AllowedMode::Warn),
        Standing::OnPurpose => false,
    };
    let all: Vec<_> = breaches.iter().filter(told).collect();
    let most = if style.verbose > 0 { usize::MAX } else { BREACHES };
    for one in all.iter().take(most) {
        breach(&mut out, one, style);
    }
    if all.len() > most {
        let line = format!("and {} more; the HTML report lists them", all.len() - most);
        out.push_str(&format!("    {}\n", style.faint(&line)));
    }
    let sum = |these: &dyn Fn(&Folded) -> bool| {
        breaches.iter().filter(|one| these(one)).map(|one| one.count).sum::<usize>()
    };
    let off = sum(&|one| one.allowed.as_ref().is_some_and(|allowed| allowed.mode == AllowedMode::Off));
    let wanted = sum(&|one| one.standing == Standing::OnPurpose);
    for (many, why) in [
        (off, "where contracts are switched off"),
        (wanted, "on purpose: made by a fault, or in a scenario that holds with it"),
    ] {
        if many > 0 {
            out.push_str(&format!("    {}\n", style.faint(&format!("· {} {why}", text::breaches(many)))));
        }
    }
    out
}

fn name(coverage: &Coverage) -> String {
    text::one_line(&coverage.title, 40)
}

fn service(out: &mut String, coverage: &Coverage, wide: usize, style: Style) {
    let mark = match (coverage.required, coverage.falls_short()) {
        (_, true) => style.bad("✗"),
        (Some(_), false) => style.good("✓"),
        (None, _) => style.faint("·"),
    };
    let blank = " ".repeat(wide - text::columns(&name(coverage)));
    let line = facts::coverage_line(coverage);
    let line = if coverage.falls_short() { style.bad(&line) } else { line };
    out.push_str(&format!("    {mark} {}{blank}  {line}\n", style.strong(&name(coverage))));
    let most = if style.verbose > 0 { usize::MAX } else { NAMES };
    let never = facts::never_called(coverage);
    if !never.is_empty() {
        let line = format!("nobody calls {}", facts::listed(&never, most));
        out.push_str(&format!("      {}\n", style.doubtful(&line)));
    }
    for (operation, reason) in coverage.unusable.iter().take(most) {
        let line =
            format!("can't be used: {}: {}", text::one_line(operation, 120), text::one_line(reason, 300));
        out.push_str(&format!("      {}\n", style.doubtful(&line)));
    }
    if coverage.unusable.len() > most {
        let more = coverage.unusable.len() - most;
        out.push_str(&format!("      {}\n", style.doubtful(&format!("and {more} more that can't be used"))));
    }
}

fn breach(out: &mut String, one: &Folded, style: Style) {
    let (mark, told) = match &one.allowed {
        None => (style.bad("✗"), style.bad(&headline(one))),
        Some(_) => (style.doubtful("!"), style.doubtful(&headline(one))),
    };
    out.push_str(&format!("    {mark} {told}\n"));
    let found = text::one_line(&one.found, 200);
    let wanted = text::one_line(&one.wanted, 200);
    let rule = if one.schema_path.is_empty() {
        String::new()
    } else {
        style.faint(&format!("  ({})", text::one_line(&one.schema_path, 200)))
    };
    out.push_str(&format!("      found {found}, wanted {wanted}{rule}\n"));
    out.push_str(&format!("      {}\n", style.faint(&one.places())));
    if let Some(allowed) = &one.allowed {
        out.push_str(&format!("      {}\n", style.doubtful(&facts::tolerated(allowed))));
    }
}

/// `the call to the CRM, POST /api/v1/email/send, at body/recipients/*`.
fn headline(one: &Folded) -> String {
    let status = one.status.map(|status| format!(" {status}")).unwrap_or_default();
    text::one_line(
        &format!(
            "{}, {}{status}, at {}",
            words::message(one.direction, &one.side, &one.title),
            one.operation,
            one.instance_path
        ),
        300,
    )
}
