//! An honest harness: everything that must be a NO-GO is one, for its named reason.

mod common;

use common::{Story, exchange, good, rich, scenario, step};
use dryrun_record::load::{ComparisonVerdict, LoadVerdict};
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

/// The verdict on a good load whose result is changed.
fn of_load(
    change: impl FnOnce(&mut dryrun_record::load::LoadResult),
) -> (Verdict, Vec<String>, &'static str) {
    let mut record = common::load_good().record();
    record.finished = None;
    change(record.loads[0].result.as_mut().expect("a result"));
    let (verdict, reasons) = closing_verdict(&record);
    record.finished = Some(dryrun_record::RunFinished {
        verdict,
        reasons: reasons.clone(),
        totals: record.totals(),
        duration_us: 1,
        peak_memory_kib: None,
    });
    assert_eq!(dryrun_reports::verdict(&record), (verdict, reasons.clone()), "closed or read back: the same");
    (verdict, reasons, dryrun_reports::shown(&record))
}

#[test]
fn a_load_is_judged_by_its_result() {
    assert_eq!(of_load(|_| {}), (Verdict::Go, vec![], "GO"));
    let missed = of_load(|result| {
        result.verdict = LoadVerdict::ThresholdMissed;
        result.reasons = vec!["95% within 500 ms: found 612 ms".into()];
    });
    assert_eq!(missed, (Verdict::NoGo, vec!["95% within 500 ms: found 612 ms".into()], "NO-GO"));
    let failed = of_load(|result| result.verdict = LoadVerdict::Failed);
    assert_eq!(
        failed,
        (Verdict::NoGo, vec!["the load run ended as \"failed\" and gave no reason".into()], "NO-GO")
    );
    let unclear = of_load(|result| {
        result.verdict = LoadVerdict::Inconclusive;
        result.reasons = vec!["shard 2 of 3 is missing".into()];
    });
    assert_eq!(
        unclear,
        (Verdict::NoGo, vec!["INCONCLUSIVE: shard 2 of 3 is missing".into()], "INCONCLUSIVE")
    );
    let silent = of_load(|result| result.verdict = LoadVerdict::Inconclusive);
    assert_eq!(silent.1, ["INCONCLUSIVE: it does not say why"]);
}

#[test]
fn a_load_that_counts_as_passed_against_its_own_figures_is_no_go() {
    let first = |change: fn(&mut dryrun_record::load::LoadResult)| {
        let (verdict, reasons, _) = of_load(change);
        assert_eq!((verdict, reasons.len()), (Verdict::NoGo, 1), "{reasons:?}");
        reasons[0].clone()
    };
    let doubt = first(|result| result.thresholds[0].held = false);
    assert_eq!(
        doubt,
        "it counts as passed, but a threshold did not hold: all requests: 95% within 500 ms: found 7.40 ms"
    );
    let doubt = first(|result| result.account.ended -= 1);
    assert!(
        doubt.starts_with("it counts as passed, but its account does not add up: asked 24,000 = sent"),
        "{doubt}"
    );
    let doubt = first(|result| result.requests.count = 0);
    assert_eq!(doubt, "it counts as passed, but no request ended in the time that was measured");
    let slower = |verdict| dryrun_record::load::Comparison { verdict, ..Default::default() };
    let (_, reasons, _) = of_load(|result| result.comparison = Some(slower(ComparisonVerdict::Slower)));
    assert_eq!(reasons, ["it counts as passed, but it is slower than its baseline"]);
    let (_, reasons, _) = of_load(|result| result.comparison = Some(slower(ComparisonVerdict::Inconclusive)));
    assert_eq!(reasons, ["it counts as passed, but the comparison with its baseline is inconclusive"]);
}

#[test]
fn a_load_without_a_result_is_no_go() {
    let mut story = common::load_good();
    story.entries.truncate(30);
    let (word, reasons) = closing_verdict(&story.record());
    assert_eq!(word, Verdict::NoGo);
    assert_eq!(reasons, ["the load run did not come to an end, so nothing can be said of it"]);
    assert_eq!(dryrun_reports::shown(&story.record()), "NO-GO", "what was killed is no mere doubt");
    story.entries.truncate(1);
    assert_eq!(closing_verdict(&story.record()).1, ["no load run began, so nothing was measured"]);
}

#[test]
fn only_runs_that_decide_are_judged_and_what_else_fails_is_no_mere_doubt() {
    let mut record = common::load_capacity().record();
    assert_eq!(verdict(&record).0, Verdict::Go, "steps that broke are answers");
    record.loads[0].result = None;
    assert_eq!(verdict(&record).0, Verdict::Go, "{:?}", verdict(&record));
    record.loads.truncate(7);
    assert_eq!(closing_verdict(&record).1, ["no load run that decides came to an end"]);
    let mut record = common::load_unclear().record();
    record.notices.push(dryrun_record::Notice {
        at_us: 1,
        level: NoticeLevel::Error,
        code: "e".into(),
        text: "a contract could not be loaded".into(),
    });
    assert_eq!(dryrun_reports::shown(&record), "NO-GO");
    // The load of a step is judged by its scenario.
    let mut record = common::load_step().record();
    record.loads[0].result.as_mut().expect("a result").verdict = LoadVerdict::ThresholdMissed;
    assert_eq!(verdict(&record).0, Verdict::Go);
}

#[test]
fn a_go_of_a_load_says_what_was_not_judged() {
    let mut record = common::load_good().record();
    let result = record.loads[0].result.as_mut().expect("a result");
    result.thresholds.clear();
    result.sends.unjudged = Some("the service runs elsewhere".into());
    result.contracts = Default::default();
    result.warnings = vec!["the harness was the bottleneck".into()];
    result.failures =
        vec![dryrun_record::load::LoadFailure { cause: "status".into(), count: 3, ..Default::default() }];
    let said = dryrun_reports::terminal::summary(&record, dryrun_reports::terminal::Style::default());
    assert!(said.ends_with(
        " GO   what was checked held; no threshold was set; not judged: what was sent (the service runs elsewhere); no contract \
         was checked; 3 failures within what a threshold allows; 1 warning\n"
    ), "{said}");
}
