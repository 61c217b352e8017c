//! An honest harness: everything that must be a NO-GO is one, for its named reason.

mod common;

use common::{Story, exchange, good, rich, scenario, step};
use dryrun_record::{
    Allowed, AllowedMode, Breach, Coverage, Event, Failure, NoticeLevel, Outcome, StepOutcome, Verdict,
};
use dryrun_reports::{closing_verdict, verdict};

/// A run of one scenario that is as `tell` makes it, closed.
fn reasons(selected: usize, tell: impl FnOnce(&mut Story)) -> Vec<String> {
    let mut story = Story::default();
    story.start(selected);
    tell(&mut story);
    story.finish(99_000);
    let (word, reasons) = verdict(&story.record());
    assert_eq!(word == Verdict::Go, reasons.is_empty(), "{reasons:?}");
    assert_eq!(common::said(&story.record()), Some(word));
    reasons
}

fn one(story: &mut Story, outcome: Outcome, steps: &[StepOutcome]) {
    let it = scenario("a.feature", 3, "A", "it holds", &[]);
    story.begin(1_000, &it, 1);
    for (index, outcome) in steps.iter().enumerate() {
        story.add(2_000, Event::StepFinished(Box::new(step(&it, 1, index, "Then it holds", *outcome))));
    }
    story.end(9_000, &it, 1, outcome, 8_000);
}

#[test]
fn a_run_that_held_is_a_go() {
    assert_eq!(verdict(&good().record()), (Verdict::Go, vec![]));
    assert_eq!(reasons(1, |story| one(story, Outcome::Flaky, &[StepOutcome::Passed])), Vec::<String>::new());
}

#[test]
fn what_did_not_run_is_no_go() {
    assert_eq!(reasons(0, |_| {}), ["nothing was selected, so nothing was checked"]);
    assert_eq!(
        reasons(3, |story| one(story, Outcome::Passed, &[StepOutcome::Passed])),
        ["2 of 3 scenarios did not run to an end"]
    );
    let begun = reasons(1, |story| story.begin(1, &scenario("a.feature", 3, "A", "it", &[]), 1));
    assert_eq!(begun, ["1 of 1 scenario did not run to an end: a.feature:3"]);
}

#[test]
fn a_pass_that_did_not_check_everything_is_no_go() {
    let passed = |steps: &'static [StepOutcome]| reasons(1, |story| one(story, Outcome::Passed, steps));
    assert_eq!(passed(&[]), ["a.feature:3 counts as passed, but it has no step"]);
    assert_eq!(
        passed(&[StepOutcome::NotRun]),
        ["a.feature:3 counts as passed, but its step in line 4 did not"]
    );
    let failing = reasons(1, |story| {
        one(story, Outcome::Passed, &[StepOutcome::Passed]);
        let failures = vec![Failure { message: "late".into(), ..Failure::default() }];
        story.add(
            9_500,
            Event::ScenarioFinished {
                id: "a.feature:3".into(),
                attempt: 1,
                outcome: Outcome::Passed,
                duration_us: 1,
                failures,
            },
        );
    });
    assert_eq!(failing, ["a.feature:3 counts as passed, but it holds a failure: late"]);
}

#[test]
fn failures_surprises_and_error_notices_are_no_go() {
    let failed = reasons(1, |story| one(story, Outcome::Failed, &[StepOutcome::Failed]));
    assert_eq!(failed, ["1 of 1 scenario failed: a.feature:3"]);
    let loose = reasons(1, |story| {
        one(story, Outcome::Passed, &[StepOutcome::Passed]);
        let mut call = exchange("crm-1", None, "crm", "GET /nowhere", (1, 1));
        call.unexpected = Some("nothing like it".into());
        story.add(2, Event::Exchange(Box::new(call)));
        story.add(
            3,
            Event::Notice { level: NoticeLevel::Warning, code: "w".into(), text: "a warning".into() },
        );
        story.add(
            4,
            Event::Notice {
                level: NoticeLevel::Error,
                code: "e".into(),
                text: "a contract could not be loaded".into(),
            },
        );
    });
    assert_eq!(loose, ["a contract could not be loaded", "1 call that no contract knows: crm GET /nowhere"]);
}

#[test]
fn what_the_harness_sends_to_an_unknown_path_is_a_test_and_no_surprise() {
    let own = reasons(1, |story| {
        one(story, Outcome::Passed, &[StepOutcome::Passed]);
        let it = scenario("a.feature", 3, "A", "it", &[]);
        let mut call = exchange("generator-1", Some((&it, 1)), "generator", "GET /nowhere", (1, 1));
        call.unexpected = Some("nothing like it".into());
        story.add(2, Event::Exchange(Box::new(call)));
    });
    assert_eq!(own, Vec::<String>::new());
}

#[test]
fn a_killed_run_is_no_go_and_the_closing_verdict_does_not_blame_the_missing_end() {
    let mut story = good();
    story.entries.pop();
    let record = story.record();
    assert_eq!(closing_verdict(&record).0, Verdict::Go);
    assert_eq!(verdict(&record).1, ["the record has no end: the run was killed or is still going on"]);
    assert_eq!(verdict(&dryrun_record::Record::default()).1[0], "the record holds no run");
}

#[test]
fn reasons_of_whoever_closed_the_run_are_kept_once() {
    let mut story = rich();
    if let Some(Event::RunFinished(finished)) = story.entries.last_mut().map(|entry| &mut entry.event) {
        finished.reasons.push("the HTML report could not be written".into());
    }
    let (_, reasons) = verdict(&story.record());
    assert_eq!(reasons.last().map(String::as_str), Some("the HTML report could not be written"));
    assert_eq!(reasons.iter().filter(|reason| reason.contains("failed: ")).count(), 1);
}

#[test]
fn too_little_coverage_is_no_go_and_enough_is_none() {
    let of = |covered: usize, required: Option<f64>| {
        reasons(1, |story| {
            one(story, Outcome::Passed, &[StepOutcome::Passed]);
            let (service, title) = ("crm".into(), "the CRM".into());
            let coverage = Coverage { service, title, covered, total: 50, required, ..Coverage::default() };
            story.add(9_500, Event::Coverage(Box::new(coverage)));
        })
    };
    assert_eq!(
        of(44, Some(90.0)),
        ["the CRM: 88% of its contract (44 of 50), wanted 90%: 1 item missing (2.0 points)"]
    );
    assert_eq!(of(45, Some(90.0)), Vec::<String>::new());
    assert_eq!(of(0, None), Vec::<String>::new(), "nothing is asked for");
}

#[test]
fn a_go_says_what_was_not_judged_or_was_tolerated() {
    let held = |tell: &dyn Fn(&mut Story)| {
        let mut story = Story::default();
        story.start(1);
        one(&mut story, Outcome::Passed, &[StepOutcome::Passed]);
        tell(&mut story);
        story.finish(99_000);
        let record = story.record();
        let summary = dryrun_reports::terminal::summary(&record, dryrun_reports::terminal::Style::default());
        let said = summary.rsplit(" GO   ").next().unwrap().trim().to_owned();
        let page = dryrun_reports::html(&record).unwrap();
        assert!(page.contains(&format!("{}.</p>", &said[1..])), "the page says the same: {said}");
        said
    };
    assert_eq!(held(&|_| {}), "everything that was asked for was checked, and held");
    let breach = |mode, until: &str| {
        let until = Some(until.to_owned());
        Breach { allowed: Some(Allowed { mode, reason: "CRM-1".into(), until }), ..Breach::default() }
    };
    let said = held(&|story| {
        let text = "the coverage that [gate] wants was not judged: --tags was given; a run of all scenarios judges it";
        let (level, code) = (NoticeLevel::Warning, "gate-not-judged".to_owned());
        story.add(9_000, Event::Notice { level, code, text: text.to_owned() });
        let mut call = exchange("crm-1", None, "crm", "GET /health", (9_000, 100));
        call.breaches = vec![
            breach(AllowedMode::Warn, "2027-01-01"),
            breach(AllowedMode::Warn, "2026-12-31"),
            breach(AllowedMode::Off, "2026-12-01"),
        ];
        story.add(9_100, Event::Exchange(Box::new(call)));
    });
    assert_eq!(
        said,
        "what was checked held; not judged: the coverage that [gate] wants (--tags was given); 2 breaches \
         tolerated until 2026-12-31; 1 breach where contracts are switched off"
    );
}

#[test]
fn a_tolerated_breach_outside_every_scenario_fails_nothing() {
    let of = |allowed: Option<Allowed>| {
        reasons(1, |story| {
            one(story, Outcome::Passed, &[StepOutcome::Passed]);
            let mut call = exchange("crm-1", None, "crm", "GET /health", (9_000, 100));
            call.breaches.push(Breach { allowed, ..Breach::default() });
            story.add(9_100, Event::Exchange(Box::new(call)));
        })
    };
    let allowed = Allowed { mode: AllowedMode::Warn, reason: "CRM-1".into(), until: None };
    assert_eq!(of(Some(allowed)), Vec::<String>::new());
    assert_eq!(of(None), ["1 breach of contract in calls that belong to no scenario"]);
}
