//! What a comparison prints beside the reports.

use std::fmt::Write as _;
use std::path::Path;

use dryrun_load::baseline::StoredRun;
use dryrun_record::load::{Comparison, ComparisonVerdict};
use dryrun_stats::Which;

use super::Made;

/// Runs that vary more than this make a 15% slow-down hard to find with default settings.
const NOISY: f64 = 0.04;

/// `new, run 3`, `old, run 2 of the repeat`.
pub(super) fn label(which: Which, block: usize, number: usize) -> String {
    let side = if which == Which::Old { "old" } else { "new" };
    let repeat = if block > 1 { " of the repeat" } else { "" };
    format!("{side}, run {number}{repeat}")
}

/// A line when a run is over.
pub(super) fn progress(label: &str, run: &StoredRun) -> String {
    format!("{label}: p50 {}, p95 {}, p99 {}", ms(run.p50_us), ms(run.p95_us), ms(run.p99_us))
}

/// All runs, a line each.
pub(super) fn runs(made: &[Made]) -> String {
    if made.is_empty() {
        return String::new();
    }
    let widest = made.iter().map(|made| made.label.len()).max().unwrap_or_default();
    let mut text =
        format!("\n  {:widest$}  {:>10} {:>10} {:>10} {:>12}\n", "", "p50", "p95", "p99", "calibration");
    for Made { label, stored, .. } in made {
        let calibration = stored.calibration_us.map_or_else(String::new, |us| format!("{:.2} ms", us / 1e3));
        let [p50, p95, p99] = [stored.p50_us, stored.p95_us, stored.p99_us].map(ms);
        let _ = writeln!(text, "  {label:widest$}  {p50:>10} {p95:>10} {p99:>10} {calibration:>12}");
    }
    text
}

/// The same for other programs.
pub(super) fn csv(made: &[Made]) -> String {
    let mut text =
        "side,run,started,requests,failures,rate,mean_us,p50_us,p90_us,p95_us,p99_us,p999_us,max_us,calibration_us\n".to_owned();
    for Made { which, label, stored: run, .. } in made {
        let side = if *which == Which::Old { "old" } else { "new" };
        let calibration = run.calibration_us.map_or_else(String::new, |us| format!("{us:.1}"));
        let _ = writeln!(
            text,
            "{side},\"{label}\",{},{},{},{},{},{},{},{},{},{},{},{calibration}",
            run.started,
            run.requests,
            run.failures,
            run.rate,
            run.mean_us,
            run.p50_us,
            run.p90_us,
            run.p95_us,
            run.p99_us,
            run.p999_us,
            run.max_us
        );
    }
    text
}

/// Where a baseline was kept, and whether its runs vary so much that it will tell little.
pub(super) fn saved(path: &Path, runs: &[&StoredRun]) -> String {
    let mut text = format!("baseline: {} ({})\n", path.display(), counted(runs.len(), "run"));
    for (name, values) in [
        ("p50", runs.iter().map(|run| run.p50_us as f64).collect::<Vec<_>>()),
        ("p95", runs.iter().map(|run| run.p95_us as f64).collect()),
    ] {
        let varied = variation(&values);
        if varied > NOISY {
            let _ = writeln!(
                text,
                "warning: {name} varied by {:.1}% from run to run: a slow-down of 15% may come out inconclusive. Longer \
                 runs or a quieter machine help.",
                varied * 100.0
            );
        }
    }
    text
}

/// The standard deviation, relative to the mean.
fn variation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let square: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    if mean > 0.0 { (square / (values.len() as f64 - 1.0)).sqrt() / mean } else { 0.0 }
}

/// The reason of a comparison that did not pass, as one of the verdict's.
pub(super) fn against(told: &Comparison) -> String {
    let word = match told.verdict {
        ComparisonVerdict::Slower => "slower than",
        ComparisonVerdict::Passed | ComparisonVerdict::Inconclusive => "against",
    };
    format!("{word} {}: {}", told.against, told.reason)
}

/// In how many runs the figures are weakened by what measures, not by what is measured.
pub(super) fn bottlenecks(made: &[Made]) -> Vec<String> {
    let tell = |which: Which, side: &str| {
        let count =
            made.iter().filter(|made| made.which == which && !made.result.warnings.is_empty()).count();
        let first =
            made.iter().find(|made| made.which == which).and_then(|made| made.result.warnings.first());
        let example = first.map(|warning| format!(": {warning}")).unwrap_or_default();
        (count > 0).then(|| format!("{} of {side} came with warnings{example}", counted(count, "run")))
    };
    [tell(Which::Old, "old"), tell(Which::New, "new")].into_iter().flatten().collect()
}

/// `1 run`, `5 runs`.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
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
    use dryrun_record::load::LoadResult;

    use super::*;

    fn run(p50_us: u64) -> StoredRun {
        StoredRun {
            started: "2026-11-23T15:00:00Z".into(),
            requests: 900,
            p50_us,
            p95_us: 2 * p50_us,
            p99_us: 123_456,
            calibration_us: Some(4_321.0),
            ..StoredRun::default()
        }
    }

    fn made(which: Which, number: usize) -> Made {
        let result = LoadResult { warnings: vec!["the mocks were busy".into()], ..LoadResult::default() };
        Made { which, label: label(which, 1 + number / 6, number), result, stored: run(2_345) }
    }

    #[test]
    fn every_run_is_listed_for_people_and_programs() {
        let made = [made(Which::Old, 1), made(Which::New, 7)];
        let text = runs(&made);
        assert!(
            text.contains("old, run 1                  2.345 ms   4.690 ms   123.5 ms      4.32 ms"),
            "{text}"
        );
        assert!(text.contains("new, run 7 of the repeat"), "{text}");
        let csv = csv(&made);
        let columns: Vec<usize> =
            csv.lines().map(|line| line.replace(", run", " run").split(',').count()).collect();
        assert_eq!(columns, [14, 14, 14]);
        assert!(csv.contains("old,\"old, run 1\",2026-11-23T15:00:00Z,900,"), "{csv}");
        assert_eq!(bottlenecks(&made)[1], "1 run of new came with warnings: the mocks were busy");
    }

    #[test]
    fn runs_that_vary_too_much_are_told_when_they_are_kept() {
        let quiet: Vec<StoredRun> = [1_000, 1_010, 990].map(run).to_vec();
        let noisy: Vec<StoredRun> = [1_000, 1_200, 900].map(run).to_vec();
        let of = |runs: &[StoredRun]| saved(Path::new("main.toml"), &runs.iter().collect::<Vec<_>>());
        assert_eq!(of(&quiet), "baseline: main.toml (3 runs)\n");
        assert!(of(&noisy).contains("warning: p50 varied by 14.8% from run to run"), "{}", of(&noisy));
    }
}
