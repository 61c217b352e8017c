//! JUnit: valid by the schema, and read by a reader that we did not write. (`read_junit.py` is the second.)

mod common;

use std::path::Path;
use std::process::Command;

use dryrun_record::{Event, Failure, FailureKind, Outcome, Record, RunKind};
use dryrun_reports::junit;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus};

fn validate(record: &Record) -> String {
    let xml = junit(record).expect("XML");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("junit.xml");
    std::fs::write(&file, &xml).expect("a file");
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/junit.xsd");
    let out = Command::new("xmllint").arg("--noout").arg("--schema").args([&schema, &file]).output();
    let out = out.expect("xmllint must be installed for this test (Debian: libxml2-utils)");
    assert!(out.status.success(), "{}\n{xml}", String::from_utf8_lossy(&out.stderr));
    xml
}

fn cases(report: &Report) -> Vec<&TestCase> {
    report.test_suites.iter().flat_map(|suite| &suite.test_cases).collect()
}

#[test]
fn every_record_gives_a_valid_file() {
    let mut killed = common::rich();
    killed.entries.pop();
    let mut nothing = common::Story::default();
    nothing.start(0);
    let (verify, probe) = (common::other(RunKind::Verify), common::other(RunKind::Probe));
    let stories = [
        common::rich(),
        common::good(),
        common::large(50),
        common::contracts(),
        verify,
        probe,
        killed,
        nothing,
        common::load_good(),
        common::load_bad(),
        common::load_unclear(),
        common::load_capacity(),
        common::load_step(),
    ];
    for story in stories {
        validate(&story.record());
    }
    validate(&Record::default());
}

#[test]
fn another_reader_finds_every_scenario_with_its_outcome() {
    let report =
        Report::deserialize_from_str(&validate(&common::rich().record())).expect("quick-junit reads it");
    let drawn: Vec<String> = cases(&report)
        .iter()
        .map(|case| {
            let status = match &case.status {
                TestCaseStatus::Success { .. } => "success".to_owned(),
                TestCaseStatus::NonSuccess { kind, ty, .. } => {
                    let kind = if *kind == NonSuccessKind::Failure { "failure" } else { "error" };
                    format!("{kind} {}", ty.as_ref().map_or("", |ty| ty.as_str()))
                }
                TestCaseStatus::Skipped { .. } => "skipped".to_owned(),
            };
            let class = case.classname.as_ref().map_or("", |class| class.as_str());
            format!("{status} | {class} | {} | {:?}", case.name.as_str(), case.time.unwrap_or_default())
        })
        .collect();
    insta::assert_snapshot!(drawn.join("\n"));
    assert_eq!((report.tests, report.failures, report.errors), (cases(&report).len(), 1, 4));
}

#[test]
fn texts_arrive_unchanged_but_for_what_xml_forbids() {
    let report =
        Report::deserialize_from_str(&validate(&common::rich().record())).expect("quick-junit reads it");
    let case = *cases(&report)
        .iter()
        .find(|case| case.classname.as_ref().is_some_and(|class| class.as_str() == "features.hostile"))
        .expect("the case");
    let out = case.system_out.as_ref().expect("output").as_str();
    assert!(out.contains("</script><script>") && out.contains("]]>␛[31m␇"), "{out}");
    let TestCaseStatus::NonSuccess { description, .. } = &case.status else { panic!("it failed") };
    assert!(description.as_ref().is_some_and(|text| text.as_str().contains("]]>␛[31m␇")));
}

#[test]
fn a_no_go_is_never_green() {
    let empty = common::scenario("a.feature", 3, "A", "it holds", &[]);
    let mut story = common::Story::default();
    story.start(1);
    story.begin(1, &empty, 1);
    story.end(2, &empty, 1, dryrun_record::Outcome::Passed, 1);
    story.finish(3);
    let report = Report::deserialize_from_str(&validate(&story.record())).expect("quick-junit reads it");
    assert_eq!((report.tests, report.errors), (2, 1));
    assert!(cases(&report)[1].name.as_str().contains("has no step"));
    let report =
        Report::deserialize_from_str(&validate(&common::good().record())).expect("quick-junit reads it");
    assert_eq!((report.tests, report.failures, report.errors), (1, 0, 0));
}

#[test]
fn rows_of_an_outline_with_one_name_are_told_apart() {
    let mut story = common::Story::default();
    story.start(2);
    for line in [7, 8] {
        let it = common::scenario("a.feature", line, "A", "the same", &[]);
        story.begin(1, &it, 1);
        let step = common::step(&it, 1, 0, "Then it holds", dryrun_record::StepOutcome::Passed);
        story.add(1, dryrun_record::Event::StepFinished(Box::new(step)));
        story.end(2, &it, 1, dryrun_record::Outcome::Passed, 1);
    }
    story.finish(3);
    let report = Report::deserialize_from_str(&validate(&story.record())).expect("quick-junit reads it");
    let names: Vec<_> = cases(&report).iter().map(|case| case.name.as_str().to_owned()).collect();
    assert_eq!(names, ["the same", "the same (line 8)"]);
}

#[test]
fn coverage_that_counts_is_a_case_of_its_own() {
    let record = common::contracts().record();
    let report = Report::deserialize_from_str(&validate(&record)).expect("quick-junit reads it");
    let suite = report.test_suites.iter().find(|suite| suite.name.as_str() == "coverage of contracts");
    let drawn: Vec<String> = suite
        .expect("a suite")
        .test_cases
        .iter()
        .map(|case| match &case.status {
            TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, ty, message, .. } => {
                let (ty, message) =
                    (ty.as_deref().unwrap_or_default(), message.as_deref().unwrap_or_default());
                format!("{} | {ty} | {message}", case.name.as_str())
            }
            other => format!("{} | {}", case.name.as_str(), matches!(other, TestCaseStatus::Success { .. })),
        })
        .collect();
    let reason = "the CRM: 58.3% of its contract (7 of 12), wanted 90%: 4 items missing (31.7 points); nobody calls POST /api/v1/contacts";
    // The third contract has no bar: it is no case.
    assert_eq!(
        drawn,
        [format!("coverage: the CRM | coverage | {reason}"), "coverage: the Platform | true".to_owned()]
    );
    let run = report.test_suites.iter().find(|suite| suite.name.as_str() == "the run as a whole");
    let twice =
        run.into_iter().flat_map(|suite| &suite.test_cases).any(|case| case.name.as_str().contains("58.3%"));
    assert!(!twice, "the reason stands in one place");
}

#[test]
fn the_message_of_a_breach_says_where_and_what_and_its_body_which_exchange() {
    let mut story = common::Story::default();
    story.start(1);
    let it = common::scenario("a.feature", 3, "A", "it holds", &[]);
    story.begin(1_000, &it, 1);
    let failure = Failure {
        kind: FailureKind::Contract,
        message: "the answer to POST /parcels breaks the contract of the parcel service".into(),
        at: Some("body/weight".into()),
        expected: Some("a number".into()),
        found: Some("the string \"heavy\"".into()),
        hint: None,
        exchanges: vec!["service-7".into()],
    };
    let finished = Event::ScenarioFinished {
        id: it.id.clone(),
        attempt: 1,
        outcome: Outcome::Failed,
        duration_us: 1,
        failures: vec![failure],
    };
    story.add(9_000, finished);
    story.finish(9_500);
    let xml = validate(&story.record());
    let message = "message=\"the answer to POST /parcels breaks the contract of the parcel service at body/weight: \
                   found the string &quot;heavy&quot;, wanted a number\"";
    assert!(xml.contains(message), "{xml}");
    assert!(xml.contains("  exchange: service-7\n"), "{xml}");
}

#[test]
fn drift_and_findings_have_types_of_their_own() {
    for (kind, ty) in [(RunKind::Verify, "type=\"drift\""), (RunKind::Probe, "type=\"finding\"")] {
        let xml = validate(&common::other(kind).record());
        assert!(xml.contains(ty), "{xml}");
    }
}

/// Name, status and type of each case, suite by suite.
fn drawn(record: &Record) -> String {
    let report = Report::deserialize_from_str(&validate(record)).expect("quick-junit reads it");
    let line = |case: &TestCase| {
        let status = match &case.status {
            TestCaseStatus::Success { .. } => "success".to_owned(),
            TestCaseStatus::NonSuccess { kind, ty, message, .. } => {
                let kind = if *kind == NonSuccessKind::Failure { "failure" } else { "error" };
                let (ty, message) =
                    (ty.as_deref().unwrap_or_default(), message.as_deref().unwrap_or_default());
                format!("{kind} {ty}: {message}")
            }
            TestCaseStatus::Skipped { message, .. } => {
                format!("skipped: {}", message.as_deref().unwrap_or_default())
            }
        };
        format!("  {} | {status}", case.name.as_str())
    };
    let suite = |suite: &quick_junit::TestSuite| {
        let cases: Vec<String> = suite.test_cases.iter().map(line).collect();
        format!("{}\n{}", suite.name.as_str(), cases.join("\n"))
    };
    report.test_suites.iter().map(suite).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_threshold_of_a_load_is_a_case() {
    insta::assert_snapshot!("junit_load_bad", drawn(&common::load_bad().record()));
    insta::assert_snapshot!("junit_load_good", drawn(&common::load_good().record()));
    insta::assert_snapshot!("junit_load_capacity", drawn(&common::load_capacity().record()));
}

#[test]
fn an_inconclusive_load_is_a_failure_and_never_a_pass() {
    let cases = drawn(&common::load_unclear().record());
    let failure = "  the figures can be trusted | failure inconclusive: INCONCLUSIVE: shard 2 of 3 is missing; \
                   INCONCLUSIVE: shard 1 of 3 began 2.3 s late";
    assert!(cases.contains(failure), "{cases}");
    assert!(
        cases.contains(
            "nothing is lost, sent twice or made up | skipped: 9,000 claimed, 9,000 received; 0 lost, 0 doubled, 0 phantom, \
             0 unexpected; not judged one by one: the service runs elsewhere"
        ),
        "{cases}"
    );
    // A comparison that can't tell is no pass either.
    let mut record = common::load_bad().record();
    let comparison =
        record.loads[0].result.as_mut().and_then(|result| result.comparison.as_mut()).expect("a comparison");
    comparison.verdict = dryrun_record::load::ComparisonVerdict::Inconclusive;
    assert!(drawn(&record).contains("no slower than main | failure inconclusive: "), "{}", drawn(&record));
}

#[test]
fn sends_that_are_lost_by_their_sums_are_a_failure_with_the_sums() {
    let mut record = common::load_unclear().record();
    let result = record.loads[0].result.as_mut().expect("a result");
    (result.sends.received, result.sends.lost) = (8_980, 20);
    let failure = "made up | failure sends: 9,000 claimed, 8,980 received; 20 lost, 0 doubled, 0 phantom, 0 unexpected; not \
                   judged one by one: the service runs elsewhere";
    assert!(drawn(&record).contains(failure), "{}", drawn(&record));
}

#[test]
fn a_load_that_was_killed_or_never_began_is_never_green() {
    let mut story = common::load_good();
    story.entries.truncate(30);
    let cases = drawn(&story.record());
    assert!(cases.contains("  the load run comes to an end | error not-run: "), "{cases}");
    assert!(!cases.contains("nothing was selected"), "{cases}");
    story.entries.truncate(1);
    assert!(drawn(&story.record()).contains("| error run: no load run began"), "{}", drawn(&story.record()));
}
