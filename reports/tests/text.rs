//! Terminal, Markdown and JSON, as snapshots, and live progress.

mod common;

use std::io::Write;
use std::sync::{Arc, Mutex};

use dryrun_record::{RunKind, Sink};
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
    progress_of(&common::rich(), style)
}

fn progress_of(story: &common::Story, style: Style) -> String {
    let out = Shared::default();
    let mut sink = Progress::new(Box::new(out.clone()), style);
    story.entries.iter().for_each(|entry| sink.take(entry));
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
    let (record, contracts) = (common::rich().record(), common::contracts().record());
    let plain = Style::default();
    for text in [
        failures(&record, plain),
        summary(&record, plain),
        progress(plain),
        dryrun_reports::markdown(&record),
        failures(&contracts, plain),
        summary(&contracts, plain),
        dryrun_reports::markdown(&contracts),
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

#[test]
fn failures_of_one_cause_are_told_once() {
    let record = common::contracts().record();
    let told = failures(&record, Style::default());
    assert_eq!(told.matches("FAIL ").count(), 2, "{told}");
    assert!(
        told.contains("── 1 of 2 ") && told.contains("and 11 more scenarios failed in the same way"),
        "{told}"
    );
    for index in 1..12 {
        assert!(
            told.contains(&format!("features/email.feature:{}  Newsletter {index} ", 5 + index * 7)),
            "{index}"
        );
    }
    let markdown = dryrun_reports::markdown(&record);
    assert_eq!(markdown.matches("<details>").count(), 2, "{markdown}");
    assert!(
        markdown.contains("and 11 more scenarios failed in the same way: features/email.feature:12,"),
        "{markdown}"
    );
}

#[test]
fn contracts_are_told_a_line_a_service_and_a_line_a_breach() {
    let record = common::contracts().record();
    insta::assert_snapshot!("summary_contracts", summary(&record, Style::default()));
    insta::assert_snapshot!("markdown_contracts", dryrun_reports::markdown(&record));
    let good = summary(&common::good().record(), Style::default());
    assert!(!good.contains("Contracts\n"), "nothing to tell: {good}");
}

#[test]
fn json_holds_the_folded_breaches_and_the_whole_matrix() {
    let text = dryrun_reports::json(&common::contracts().record()).expect("JSON");
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let contracts = &value["contracts"];
    let folded: Vec<_> = contracts["breaches"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| {
            let many = |key: &str| one[key].as_array().map_or(0, Vec::len);
            format!(
                "{} {}: {} in {} scenarios, {} exchanges",
                one["standing"],
                one["instance_path"],
                one["count"],
                many("scenarios"),
                many("exchanges")
            )
        })
        .collect();
    assert_eq!(
        folded,
        [
            "\"failing\" \"body/recipients/*\": 12 in 12 scenarios, 12 exchanges",
            "\"failing\" \"body\": 1 in 0 scenarios, 1 exchanges",
            "\"tolerated\" \"body/results/*/reason\": 2 in 1 scenarios, 1 exchanges",
            "\"on_purpose\" \"body\": 1 in 1 scenarios, 1 exchanges",
        ]
    );
    assert_eq!(contracts["breaches"][0]["found"], "the number 0", "the first of them");
    assert_eq!(contracts["breaches"][2]["allowed"]["until"], "2026-12-31");
    let crm = &contracts["coverage"][0];
    assert_eq!((&crm["enough"], &crm["percent"]), (&false.into(), &58.33.into()));
    assert_eq!(crm["never_called"], serde_json::json!(["POST /api/v1/contacts", "GET /api/v1/stats"]));
    insta::assert_snapshot!("json_matrix", serde_json::to_string(&crm["operations"][0]).expect("JSON"));
    assert_eq!(contracts["coverage"][2].get("enough"), None, "nothing is asked of it");
}

#[test]
fn a_verification_and_a_probe_say_what_they_are() {
    for (kind, what, sign) in [
        (RunKind::Verify, "verification of the CRM at https://crm.example.org", "⇄ drift"),
        (RunKind::Probe, "probe of the CRM at https://crm.example.org", "⚑ finding"),
    ] {
        let story = common::other(kind);
        let record = story.record();
        let plain = Style::default();
        assert!(progress_of(&story, plain).contains(&format!("{what}: 2 checks\n")), "{what}");
        let told = failures(&record, plain);
        assert!(
            told.contains(&format!("[{sign}] ")) && told.contains("repeat this run\n    dryrun "),
            "{told}"
        );
        assert_eq!(told.contains("- our mock  + the provider"), kind == RunKind::Verify, "{told}");
        let end = summary(&record, plain);
        assert!(
            end.contains(what) && end.contains("1 of 2 checks failed") && !end.contains("isolation"),
            "{end}"
        );
        assert_eq!(end.contains("2 to the provider"), kind == RunKind::Verify, "{end}");
        let markdown = dryrun_reports::markdown(&record);
        assert_eq!(markdown.contains("```sh\ncurl "), kind == RunKind::Verify, "{markdown}");
        assert!(markdown.contains(what) && markdown.contains(&format!("{sign}: ")), "{markdown}");
    }
}
