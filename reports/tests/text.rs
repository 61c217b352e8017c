//! Terminal, Markdown and JSON, as snapshots, and live progress.

mod common;

use std::io::Write;
use std::sync::{Arc, Mutex};

use dryrun_record::Sink;
use dryrun_reports::terminal::{Progress, Style, failures, summary};

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn progress(style: Style) -> String {
    let out = Shared::default();
    let mut sink = Progress::new(Box::new(out.clone()), style);
    common::rich().entries.iter().for_each(|entry| sink.take(entry));
    sink.close().expect("memory takes everything");
    let bytes = out.0.lock().expect("no writer panicked").clone();
    String::from_utf8(bytes).expect("text")
}

#[test]
fn plain_progress_is_one_line_an_attempt() {
    insta::assert_snapshot!(progress(Style::default()));
}

#[test]
fn verbose_progress_tells_steps_and_calls() {
    insta::assert_snapshot!(progress(Style { verbose: 2, ..Style::default() }));
}

#[test]
fn a_live_line_stays_within_the_window_and_is_gone_at_the_end() {
    let drawn = progress(Style { tty: true, color: false, width: 60, verbose: 0 });
    let wipe = "\r\u{1b}[2K";
    assert!(drawn.ends_with(wipe), "the live line is wiped");
    for line in drawn.split(wipe).filter(|line| !line.ends_with('\n')) {
        assert!(line.chars().count() < 60, "{line:?}");
    }
    assert!(drawn.contains(" 1/7  00:00  A failing channel is reported as failed"), "{drawn:?}");
    assert!(drawn.contains("FAIL features/publish.feature:21"), "failures last");
    assert!(!drawn.contains("PASS"), "what passed leaves no line");
}

#[test]
fn a_retry_takes_back_the_failure() {
    let drawn = progress(Style { tty: true, color: false, width: 90, verbose: 0 });
    let live: Vec<_> = drawn.split("\r\u{1b}[2K").filter(|line| line.contains("Everybody sees")).collect();
    assert!(!live.is_empty() && live.iter().all(|line| line.contains("1 failed  1 flaky")), "{live:?}");
}

#[test]
fn a_failed_write_is_told_at_the_end() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("no space"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut sink = Progress::new(Box::new(Full), Style::default());
    common::rich().entries.iter().for_each(|entry| sink.take(entry));
    assert_eq!(sink.close().expect_err("told").to_string(), "no space");
}

#[test]
fn failures_show_all_that_is_needed() {
    insta::assert_snapshot!(failures(&common::rich().record(), Style::default()));
    assert_eq!(failures(&common::good().record(), Style::default()), "");
}

#[test]
fn summaries_end_with_the_verdict() {
    insta::assert_snapshot!("summary_nogo", summary(&common::rich().record(), Style::default()));
    insta::assert_snapshot!("summary_go", summary(&common::good().record(), Style::default()));
}

#[test]
fn nothing_in_a_record_steers_the_terminal() {
    let record = common::rich().record();
    let plain = Style::default();
    for text in [
        failures(&record, plain),
        summary(&record, plain),
        progress(plain),
        dryrun_reports::markdown(&record),
    ] {
        let steering =
            text.chars().find(|c| c.is_control() && *c != '\n' || ('\u{202a}'..='\u{202e}').contains(c));
        assert_eq!(steering, None, "{text}");
    }
    // With colours on, the only escapes are our own.
    let coloured = failures(&record, Style { color: true, ..plain });
    let ours = ["0", "1", "2", "31", "32", "33", "36"];
    for escape in coloured.split('\u{1b}').skip(1) {
        let code = escape.strip_prefix('[').and_then(|rest| rest.split_once('m')).expect("a colour").0;
        assert!(ours.contains(&code), "{code}");
    }
}

#[test]
fn markdown_for_a_ci_page() {
    insta::assert_snapshot!("markdown_nogo", dryrun_reports::markdown(&common::rich().record()));
    insta::assert_snapshot!("markdown_go", dryrun_reports::markdown(&common::good().record()));
}

#[test]
fn json_says_the_same() {
    let text = dryrun_reports::json(&common::rich().record()).expect("JSON");
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["verdict"], "NO-GO");
    assert_eq!(value["totals"]["selected"], 7);
    let outcomes: Vec<_> =
        value["scenarios"].as_array().expect("a list").iter().map(|one| one["outcome"].clone()).collect();
    assert_eq!(outcomes, ["passed", "failed", "flaky", "passed", "failed", "not_run"]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&value["scenarios"][1]).expect("JSON"));
    insta::assert_snapshot!("json_coverage", serde_json::to_string(&value["coverage"]).expect("JSON"));
}
