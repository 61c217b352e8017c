//! What `dryrun baseline` prints.

use std::fmt::Write as _;
use std::path::Path;

use dryrun_load::baseline::{Baseline, Change, Entry};

/// A comparison needs so many runs of each side.
const NEEDED: usize = 5;

/// All baselines, a line each.
pub(super) fn list(all: &[(String, Result<Baseline, String>)], folder: &Path) -> String {
    if all.is_empty() {
        let folder = folder.display();
        return format!(
            "no baselines in {folder} yet: `dryrun load PROFILE --save-baseline NAME` makes one\n"
        );
    }
    let widest = all.iter().map(|(name, _)| name.len()).max().unwrap_or_default().max(4);
    let mut text = format!(
        "{:widest$}  {:14} {:>4}  {:>10} {:>10} {:>10}  {:20}  {}\n",
        "name", "profile", "runs", "p50", "p95", "p99", "saved", "revision"
    );
    for (name, read) in all {
        let _ = match read {
            Ok(one) => writeln!(
                text,
                "{name:widest$}  {:14} {:>4}  {:>10} {:>10} {:>10}  {:20}  {}",
                one.profile.name,
                one.runs.len(),
                ms(one.all.p50_us),
                ms(one.all.p95_us),
                ms(one.all.p99_us),
                one.saved,
                short(one.git.as_deref())
            ),
            Err(error) => writeln!(text, "{name:widest$}  unreadable: {error}"),
        };
    }
    text
}

/// One baseline in full.
pub(super) fn show(name: &str, one: &Baseline) -> String {
    let m = &one.machine;
    let mut text = format!(
        "{name}: profile {} ({}), {} requests in {} runs\n  saved     {}\n  revision  {}\n  machine   {}, {} cores, {} MiB\n  \
         system    {}, kernel {}\n  dryrun    {}\n\n",
        one.profile.name,
        one.profile.hash,
        one.all.requests,
        one.runs.len(),
        one.saved,
        one.git.as_deref().unwrap_or("not under git"),
        m.cpu,
        m.cores,
        m.memory_mib,
        m.os,
        m.kernel,
        m.dryrun
    );
    let head = ["requests", "failed", "rate", "p50", "p90", "p95", "p99", "p99.9", "max", "calibration"];
    let _ = writeln!(text, "  {:20} {}", "began", head.map(|name| format!("{name:>11}")).join(" "));
    for run in &one.runs {
        let calibration = run.calibration_us.map_or_else(|| "-".to_owned(), |us| ms(us.round() as u64));
        let cells = [
            run.requests.to_string(),
            run.failures.to_string(),
            format!("{:.1}/s", run.rate),
            ms(run.p50_us),
            ms(run.p90_us),
            ms(run.p95_us),
            ms(run.p99_us),
            ms(run.p999_us),
            ms(run.max_us),
            calibration,
        ];
        let _ = writeln!(text, "  {:20} {}", run.started, cells.map(|cell| format!("{cell:>11}")).join(" "));
    }
    text
}

/// That one took the place of another, and what that changes.
pub(super) fn promoted(from: &str, new: &Baseline, path: &Path, before: Option<&Baseline>) -> String {
    let Some(before) = before else { return format!("{} is now what {from} is\n", path.display()) };
    let ratio = |new: u64, old: u64| {
        if old == 0 { "?".to_owned() } else { format!("{:+.1}%", (new as f64 / old as f64 - 1.0) * 100.0) }
    };
    format!(
        "{} is now what {from} is: p50 {} ({}), p95 {} ({}), p99 {} ({})\n",
        path.display(),
        ms(new.all.p50_us),
        ratio(new.all.p50_us, before.all.p50_us),
        ms(new.all.p95_us),
        ratio(new.all.p95_us, before.all.p95_us),
        ms(new.all.p99_us),
        ratio(new.all.p99_us, before.all.p99_us)
    )
}

/// That runs were kept, and what is missing before they can be compared with.
pub(super) fn saved(path: &Path, runs: usize) -> String {
    let mut text = format!("{} keeps {runs} run{}\n", path.display(), if runs == 1 { "" } else { "s" });
    if runs < NEEDED {
        let _ = writeln!(
            text,
            "a comparison needs at least {NEEDED}: give more records with --from, or make them with `dryrun load PROFILE \
             --save-baseline NAME`"
        );
    }
    text
}

/// Comparisons, oldest first, with the places where something changed.
pub(super) fn history(profile: &str, entries: &[Entry], changes: &[Change], all: usize) -> String {
    let mut text = format!(
        "{profile}: {} of {all} comparisons (those of the same profile as the last)\n\n{:20}  {:12} {:>4}  {:>10} {:>10} {:>10} \
         {:>11}  {:9}  {}\n",
        entries.len(),
        "at",
        "verdict",
        "runs",
        "p50",
        "p95",
        "p99",
        "calibration",
        "revision",
        "against"
    );
    for (index, entry) in entries.iter().enumerate() {
        for change in changes.iter().filter(|change| change.index == index) {
            let _ = writeln!(text, "{}", changed(change));
        }
        let calibration = entry.calibration_us.map_or_else(|| "-".to_owned(), |us| ms(us.round() as u64));
        let _ = writeln!(
            text,
            "{:20}  {:12} {:>4}  {:>10} {:>10} {:>10} {calibration:>11}  {:9}  {}",
            entry.at,
            entry.verdict,
            entry.runs,
            ms(entry.p50_us),
            ms(entry.p95_us),
            ms(entry.p99_us),
            short(entry.git.as_deref()),
            entry.against
        );
    }
    let count = changes.len();
    let _ = match count {
        0 => writeln!(text, "\nno change found"),
        _ => writeln!(text, "\n{count} change{} found", if count == 1 { "" } else { "s" }),
    };
    text
}

/// `-> p95 +15.2%: 20.1 ms before, 23.2 ms from here (p 3e-9); the machine, too: +14%`.
fn changed(change: &Change) -> String {
    let percent = (change.after_us / change.before_us - 1.0) * 100.0;
    let machine = change
        .machine
        .filter(|machine| machine.abs() >= 0.02)
        .map(|machine| format!("; the machine changed as well: calibration {:+.0}%", machine * 100.0));
    format!(
        "-> {} {percent:+.1}%: {} before, {} from here (p {:.0e}){}",
        change.metric,
        ms(change.before_us.round() as u64),
        ms(change.after_us.round() as u64),
        change.p,
        machine.unwrap_or_default()
    )
}

fn short(git: Option<&str>) -> &str {
    git.map_or("-", |git| git.get(..9).unwrap_or(git))
}

fn ms(us: u64) -> String {
    let ms = us as f64 / 1e3;
    match ms {
        ms if ms < 10.0 => format!("{ms:.3} ms"),
        ms if ms < 100.0 => format!("{ms:.2} ms"),
        ms => format!("{ms:.1} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_above_the_comparison_that_shows_it() {
        let entry = |p50_us| Entry {
            at: "2026-11-23T15:00:00Z".into(),
            verdict: "passed".into(),
            p50_us,
            ..Entry::default()
        };
        let change = Change {
            index: 1,
            metric: "p50",
            before_us: 1000.0,
            after_us: 1150.0,
            p: 3.2e-9,
            machine: Some(0.12),
        };
        let text = history("mixed", &[entry(1_000), entry(1_150)], &[change], 2);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[4],
            "-> p50 +15.0%: 1.000 ms before, 1.150 ms from here (p 3e-9); the machine changed as well: calibration +12%"
        );
        assert!(lines[3].contains("1.000 ms") && lines[5].contains("1.150 ms"), "{text}");
        assert!(text.ends_with("\n1 change found\n"));
    }

    #[test]
    fn a_baseline_of_too_few_runs_says_what_is_missing() {
        assert_eq!(saved(Path::new("m.toml"), 5), "m.toml keeps 5 runs\n");
        assert!(saved(Path::new("m.toml"), 1).contains("a comparison needs at least 5"));
    }
}
