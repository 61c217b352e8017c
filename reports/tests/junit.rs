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
