//! What things are called, the same in every report: kinds of runs, of failures, of breaches, percentages.

use dryrun_record::{Direction, FailureKind, Record, RunKind, RunStarted};

/// The kind of a run; a record without a head counts as a rehearsal.
pub(crate) fn run_kind(record: &Record) -> RunKind {
    record.run.as_ref().map_or(RunKind::Rehearsal, |run| run.kind)
}

/// What a run consists of: scenarios of features, checks of a provider or of a probe.
pub(crate) fn noun(record: &Record) -> &'static str {
    match run_kind(record) {
        RunKind::Rehearsal => "scenario",
        RunKind::Load => "load run",
        RunKind::Verify | RunKind::Probe => "check",
    }
}

/// The title of the list of them.
pub(crate) fn nouns(record: &Record) -> &'static str {
    match run_kind(record) {
        RunKind::Rehearsal => "Scenarios",
        RunKind::Load => "Load runs",
        RunKind::Verify | RunKind::Probe => "Checks",
    }
}

/// `the generator`, `verification of the CRM`, `probe of the CRM`.
pub(crate) fn activity(run: &RunStarted) -> String {
    match run.kind {
        RunKind::Rehearsal => run.target.name.clone(),
        RunKind::Verify => format!("verification of {}", run.target.name),
        RunKind::Probe => format!("probe of {}", run.target.name),
        RunKind::Load => format!("load on {}", run.target.name),
    }
}

/// What stands beside the name of the program on the page.
pub(crate) fn report(record: &Record) -> &'static str {
    match run_kind(record) {
        RunKind::Rehearsal => "report",
        RunKind::Verify => "verification",
        RunKind::Probe => "probe",
        RunKind::Load => "load",
    }
}

/// The kind of a failure, for people. What a verification and a probe find has a sign of its own, since it speaks of
/// somebody else's service.
pub(crate) fn failure(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Check => "check",
        FailureKind::Contract => "contract",
        FailureKind::UnexpectedCall => "unexpected call",
        FailureKind::Timeout => "timeout",
        FailureKind::Environment => "environment",
        FailureKind::Panic => "panic",
        FailureKind::Drift => "⇄ drift",
        FailureKind::Finding => "⚑ finding",
    }
}

/// What the two sides of a failure's diff are called.
pub(crate) fn sides(kind: FailureKind) -> (&'static str, &'static str) {
    match kind {
        FailureKind::Drift => ("our mock", "the provider"),
        _ => ("expected", "found"),
    }
}

/// Whose message broke the contract: `the call to the CRM`, `the answer of the generator`.
pub(crate) fn message(direction: Direction, side: &str, title: &str) -> String {
    match (direction, side) {
        (Direction::ToService, "request") => format!("our call to {title}"),
        (Direction::ToService, _) => format!("the answer of {title}"),
        (Direction::ToMock, "request") => format!("the call to {title}"),
        (Direction::ToMock, _) => format!("the answer of the mock of {title}"),
        (Direction::ToProvider, "request") => format!("our call to the provider of {title}"),
        (Direction::ToProvider, _) => format!("the answer of the provider of {title}"),
    }
}

/// `92%`, `71.1%`: one decimal, never rounded up, so that what falls short of a whole number is never shown as it.
pub(crate) fn percent(percent: f64) -> String {
    let tenths = (percent * 10.0 + 1e-6).floor() / 10.0;
    if tenths.fract() == 0.0 { format!("{tenths:.0}%") } else { format!("{tenths:.1}%") }
}

/// A percentage that falls short, with no fewer digits than what is wanted has: rounded down, it is seen to be less.
pub(crate) fn percent_below(percent: f64, wanted: f64) -> String {
    let digits = wanted.to_string().split_once('.').map_or(1, |(_, digits)| digits.len()).clamp(1, 6);
    let scale = 10_f64.powi(i32::try_from(digits).unwrap_or(1));
    let cut = (percent * scale).floor() / scale;
    if cut.fract() == 0.0 { format!("{cut:.0}%") } else { format!("{cut:.digits$}%") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_never_rounded_up() {
        assert_eq!(percent(92.0), "92%");
        assert_eq!(percent(89.999), "89.9%");
        assert_eq!(percent(99.99), "99.9%");
        assert_eq!(percent(66.7), "66.7%");
        assert_eq!(percent(0.0), "0%");
    }

    #[test]
    fn what_falls_short_by_little_is_shown_to_fall_short() {
        assert_eq!(percent_below(12.0 / 31.0 * 100.0, 38.71), "38.70%");
        assert_eq!(percent_below(71.1538, 80.0), "71.1%");
        assert_eq!(percent_below(89.99, 90.0), "89.9%");
    }
}
