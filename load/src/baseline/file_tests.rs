//! The file of a baseline: there and back, and everything that is wrong with one.

use std::path::Path;

use dryrun_record::load::{LoadResult, LoadVerdict, Series};

use super::{Baseline, BaselineError, check_name, origin};
use crate::histogram::Histogram;
use crate::profile::Profile;

fn profile(users: u32) -> Profile {
    let text = format!(
        "[closed]\nusers = {users}\nduration = '10 s'\n[[request]]\nname = 'health'\npath = '/health'\n"
    );
    Profile::parse("load/profiles/mixed.toml", &text).unwrap()
}

fn run(first_us: u64) -> LoadResult {
    let mut histogram = Histogram::new();
    (0..1_000).for_each(|i| histogram.record_us(first_us + i));
    LoadResult {
        load: "mixed".into(),
        origin: Some(origin(&profile(4), "", Some(4_321.06))),
        requests: Series {
            count: 1_000,
            time: histogram.figures(),
            histogram: histogram.encode(),
            ..Series::default()
        },
        verdict: LoadVerdict::Passed,
        ..LoadResult::default()
    }
}

fn saved(runs: &[LoadResult]) -> Result<Baseline, BaselineError> {
    let runs: Vec<_> = runs.iter().map(|run| (run, "2026-11-23T15:00:00Z".to_owned())).collect();
    Baseline::of(&runs, "2026-11-23T16:00:00Z".into(), Some("f".repeat(40)))
}

#[test]
fn a_file_gives_back_what_was_written_and_the_same_text_each_time() {
    let baseline = saved(&[run(10_000), run(10_500)]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("load/baselines/main.toml");
    baseline.write(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(Baseline::read(&path).unwrap(), baseline);
    assert_eq!(Baseline::parse(&path, &text).unwrap().text(), text);
    assert!(text.len() < 4_000, "{} bytes are not small", text.len());
    assert!(text.lines().all(|line| line.starts_with('#') || line.len() < 2_500));
}

#[test]
fn all_runs_together_are_what_one_histogram_of_all_holds() {
    let baseline = saved(&[run(10_000), run(20_000)]).unwrap();
    let mut whole = Histogram::new();
    for first in [10_000, 20_000] {
        (0..1_000).for_each(|i| whole.record_us(first + i));
    }
    let figures = whole.figures();
    assert_eq!(
        (baseline.all.requests, baseline.all.p50_us, baseline.all.p99_us),
        (2_000, figures.p50_us, figures.p99_us)
    );
    assert_eq!(Histogram::decode(&baseline.all.histogram).unwrap().figures(), figures);
    assert_eq!(baseline.runs[0].calibration_us, Some(4_321.1));
}

#[test]
fn what_makes_no_baseline_is_refused_with_the_reason() {
    let failed =
        LoadResult { verdict: LoadVerdict::Failed, reasons: vec!["3 requests failed".into()], ..run(10_000) };
    let stopped = LoadResult { stopped: Some("interrupted".into()), ..run(10_000) };
    let other = LoadResult { origin: Some(origin(&profile(5), "", None)), ..run(10_000) };
    let silent = LoadResult { requests: Series::default(), ..run(10_000) };
    let old = LoadResult { origin: None, ..run(10_000) };
    for (runs, words) in [
        (vec![], "there are no runs"),
        (vec![run(10_000), failed], "failed (3 requests failed)"),
        (vec![run(10_000), stopped], "ended early (interrupted)"),
        (vec![run(10_000), other], "not runs of the same profile"),
        (vec![silent], "not one request ended"),
        (vec![old], "does not say which profile"),
    ] {
        let error = saved(&runs).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn what_is_wrong_in_a_file_is_told_with_its_line() {
    let good = saved(&[run(10_000), run(10_500)]).unwrap().text();
    let line_of = |start: &str, nth: usize| {
        good.lines().enumerate().filter(|(_, line)| line.starts_with(start)).nth(nth).unwrap().0 + 1
    };
    let histogram = good.lines().find(|line| line.starts_with("histogram")).unwrap();
    let p50 = good.lines().rfind(|line| line.starts_with("p50_us")).unwrap();
    let runs = good.find("[[run]]").unwrap();
    for (text, line, words) in [
        (good.replace("format = 1", "format = 2"), line_of("format", 0), "format 2 is not known"),
        (good.replace("format = 1\n", ""), 1, "missing field `format`"),
        (good.replace("saved =", "when ="), line_of("saved", 0), "unknown field `when`"),
        (good.replace("cores = ", "cores = -"), line_of("cores", 0), "integer"),
        (
            good.replace(histogram, "histogram = \"AAAA\""),
            line_of("histogram", 0),
            "the histogram can't be read",
        ),
        (good.replace(p50, "p50_us = 0"), line_of("[[run]]", 1), "a time of 0"),
        (good[..runs].to_owned(), 1, "there is no [[run]]"),
        (good.replace("format = 1", "format = "), line_of("format", 0), "save the baseline anew"),
    ] {
        let error = Baseline::parse(Path::new("load/baselines/main.toml"), &text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("load/baselines/main.toml:{line}: ")), "{error}, not line {line}");
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn a_name_is_that_of_a_file_in_one_folder() {
    for fine in ["main", "v1.2-rc_3", "2026"] {
        check_name(fine).unwrap();
    }
    for wrong in ["", "../main", "a/b", ".hidden", "with space", "-x", "ä"] {
        assert!(check_name(wrong).is_err(), "{wrong}");
    }
}
