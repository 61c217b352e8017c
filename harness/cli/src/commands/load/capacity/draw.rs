//! A search for people and for other programs: a line a step, the curve as a table and as CSV.

use dryrun_load::capacity::per_second;
use dryrun_record::load::{Capacity, LoadResult, StepFinding};

/// One step in one line.
pub(super) fn told(
    step: usize,
    rate: f64,
    why: &str,
    finding: StepFinding,
    reasons: &[String],
    result: &LoadResult,
) -> String {
    let time = &result.requests.time;
    let word = match finding {
        StepFinding::Held => "held",
        StepFinding::Broke => "BROKE",
        StepFinding::Limited => "LIMITED",
    };
    let because = reasons.first().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!(
        "step {step} ({why}) {}: {word}, p50 {}, p95 {}, p99 {}{because}",
        per_second(rate),
        ms(time.p50_us),
        ms(time.p95_us),
        ms(time.p99_us)
    )
}

/// The curve as a table, and what was found.
pub(super) fn table(capacity: &Capacity) -> String {
    let mut text = format!(
        "{:>10} {:>10} {:>9} {:>9} {:>9} {:>8}  held\n",
        "rate", "achieved", "p50", "p95", "p99", "failed"
    );
    for point in &capacity.points {
        let limited = match point.limited {
            0 => String::new(),
            limited => format!(" ({limited} limited by the harness)"),
        };
        text.push_str(&format!(
            "{:>10} {:>10} {:>9} {:>9} {:>9} {:>7.2}%  {} of {}{limited}\n",
            per_second(point.rate),
            format!("{:.1}/s", point.achieved),
            ms(point.p50_us),
            ms(point.p95_us),
            ms(point.p99_us),
            point.fail_percent,
            point.held,
            point.steps
        ));
    }
    text.push_str(&format!("\n{}.\n", capacity.text));
    for first in &capacity.first {
        text.push_str(&format!("broke first: {first}\n"));
    }
    text.push('\n');
    text
}

/// The curve for other programs.
pub(super) fn csv(capacity: &Capacity) -> String {
    let mut text = "rate,achieved,steps,held,limited,p50_us,p95_us,p99_us,fail_percent\n".to_owned();
    for point in &capacity.points {
        text.push_str(&format!(
            "{},{:.3},{},{},{},{},{},{},{:.4}\n",
            point.rate,
            point.achieved,
            point.steps,
            point.held,
            point.limited,
            point.p50_us,
            point.p95_us,
            point.p99_us,
            point.fail_percent
        ));
    }
    text
}

/// `1,250 ms` as `1.25 s`, `12.3 ms`, `640 µs`.
fn ms(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..100_000 => format!("{:.1} ms", us as f64 / 1e3),
        100_000..1_000_000 => format!("{} ms", us / 1_000),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use dryrun_record::load::CapacityPoint;

    use super::*;

    #[test]
    fn the_table_and_the_file_show_every_rate() {
        let point = CapacityPoint {
            rate: 200.0,
            steps: 3,
            held: 3,
            limited: 1,
            p99_us: 41_300,
            ..CapacityPoint::default()
        };
        let text = "So it is".to_owned();
        let first = vec!["all requests: 99% within 500 ms: found 620".to_owned()];
        let capacity = Capacity { text, first, points: vec![point], ..Capacity::default() };
        let text = table(&capacity);
        assert!(text.contains("200/s") && text.contains("41.3 ms"), "{text}");
        assert!(text.contains("3 of 3 (1 limited by the harness)"), "{text}");
        assert!(
            text.ends_with("So it is.\nbroke first: all requests: 99% within 500 ms: found 620\n\n"),
            "{text}"
        );
        assert_eq!(csv(&capacity).lines().nth(1), Some("200,0.000,3,3,1,0,0,41300,0.0000"));
    }

    #[test]
    fn a_step_is_told_with_its_first_reason() {
        let reasons = ["99% within 500 ms: found 620".to_owned(), "more".to_owned()];
        let line = told(7, 283.0, "bisect", StepFinding::Broke, &reasons, &LoadResult::default());
        assert!(line.starts_with("step 7 (bisect) 283/s: BROKE, p50 0 µs"), "{line}");
        assert!(line.ends_with(": 99% within 500 ms: found 620"), "{line}");
    }
}
