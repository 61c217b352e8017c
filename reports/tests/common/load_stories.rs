//! Load runs, made up: a good one, one in which everything is wrong, a search for the capacity, a soak of hours.

use dryrun_record::load::{
    Capacity, CapacityKind, CapacityPoint, Comparison, ComparisonVerdict, LoadFailure, LoadVerdict,
    RatioInterval, Sends, ShardReport, StepFinding,
};
use dryrun_record::{Event, Outcome, StepOutcome};

use crate::common::builders::{HOSTILE, Story, scenario, step};
use crate::common::load_parts::{
    add_ticks, begin, mark, result, series, started, threshold, two_workflows, workflow,
};

/// Two minutes in which everything held.
pub(crate) fn load_good() -> Story {
    let mut story = begin();
    let started = started("mixed", 120, 200, 10);
    add_ticks(&mut story, &started, 200, |second| if second <= 6 { 2.2 } else { 1.0 });
    mark(&mut story, "mixed", 60.0, "stage", "the second half: still 200 a second");
    let mut result = result("mixed", 200.0, 120.0, two_workflows(200, 110));
    result.account.asked = 24_000;
    result.thresholds = vec![
        threshold("all requests: 95% within 500 ms", "p95_ms", 500.0, Some(7.4), true),
        threshold("all requests: fewer than 1% fail", "max_fail_percent", 1.0, Some(0.0), true),
        threshold("all requests: at least 300 end a second", "min_rate", 300.0, Some(319.8), true),
    ];
    story.add(121_000_000, Event::LoadFinished(Box::new(result)));
    story.finish(121_100_000);
    story
}

/// A frozen service, a fault, lost sends, missed thresholds, a slower comparison, hostile names.
pub(crate) fn load_bad() -> Story {
    let mut story = begin();
    let started = started("stress", 90, 400, 10);
    let frozen = |second: u64| match second {
        38..=46 => 60.0 - (second - 38) as f64 * 6.0,
        70.. => 1.6 + (second - 70) as f64 * 0.12,
        _ => 1.0,
    };
    add_ticks(&mut story, &started, 400, frozen);
    mark(&mut story, "stress", 10.0, "stage", "400 arrivals a second");
    mark(&mut story, "stress", 37.5, "fault", "the CRM takes 3 seconds");
    mark(&mut story, "stress", 41.0, "threshold", "95% within 500 ms no longer holds");
    mark(&mut story, "stress", 66.0, HOSTILE, HOSTILE);
    let mut workflows = two_workflows(400, 80);
    workflows.push(workflow(HOSTILE, 1, 40, 80.0, &[(HOSTILE, 5_000.0), (HOSTILE, 7_000.0)]));
    workflows[0].iterations.failures = 212;
    workflows[0].iterations.causes =
        [("status 503".to_owned(), 187), ("timeout".to_owned(), 22), (HOSTILE.to_owned(), 3)].into();
    workflows[0].steps[0].series.failures = 212;
    workflows[0].steps[0].series.causes = workflows[0].iterations.causes.clone();
    let mut result = result("stress", 400.0, 90.0, workflows);
    result.requests.failures = 212;
    result.requests.causes = result.workflows[0].iterations.causes.clone();
    let account = &mut result.account;
    (account.sent, account.dropped, account.ended, account.abandoned) = (35_880, 120, 35_871, 9);
    (account.late, account.achieved_rate) = (720, 398.7);
    result.sends = Sends {
        claimed: 35_700,
        received: 35_703,
        uncovered: 1,
        lost: 2,
        doubled: 3,
        phantom: 1,
        unexpected: 0,
        unjudged: None,
    };
    result.contracts.breaches = 4;
    result.contracts.mode = "sample 10%".into();
    result.contracts.unchecked = 40_000;
    result.thresholds = vec![
        threshold("all requests: 95% within 500 ms", "p95_ms", 500.0, Some(612.4), false),
        threshold("all requests: fewer than 1% fail", "max_fail_percent", 1.0, Some(0.59), true),
        threshold(HOSTILE, HOSTILE, 0.0, None, false),
    ];
    let failure =
        |cause: &str, workflow: &str, step: &str, message: &str, count: u64, example: &str| LoadFailure {
            cause: cause.into(),
            workflow: workflow.into(),
            step: step.into(),
            message: message.into(),
            count,
            example: example.into(),
        };
    let (newsletter, post) =
        ("A newsletter reaches email and web", "I POST to \"/api/v2/generate-content\" with:");
    result.failures = vec![
        failure(
            "status",
            newsletter,
            post,
            "the status is 503, wanted 201",
            187,
            "POST /api/v2/generate-content HTTP/1.1\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n\n{\"send_email\": true}\n\nHTTP/1.1 503 Service Unavailable\n\n{\"detail\": \"the CRM did not answer\"}",
        ),
        failure("timeout", newsletter, post, "no whole answer within 5 s", 22, ""),
        failure(
            "contract",
            newsletter,
            post,
            "the answer breaks its contract at body/results/email",
            4,
            "found null, wanted an object",
        ),
        failure(
            "lost",
            "",
            "",
            "the service claims an email that the CRM never received",
            2,
            "iteration 4bf92f3577b34da6a3ce929d0e0e4736",
        ),
        failure(HOSTILE, HOSTILE, HOSTILE, HOSTILE, 1, HOSTILE),
    ];
    result.comparison = Some(Comparison {
        against: "main".into(),
        design: "interleaved".into(),
        old_runs: 5,
        new_runs: 5,
        ratios: [("p50", 1.02, 0.99, 1.05), ("p95", 1.11, 1.04, 1.19), ("p99", 1.27, 1.18, 1.41)]
            .map(|(metric, ratio, low, high)| RatioInterval {
                metric: metric.into(),
                ratio,
                low,
                high,
                confidence: 0.99,
                judged: metric != "p50",
            })
            .into(),
        tolerance: 0.1,
        drift: Some(0.021),
        drift_interval: Some((0.012, 0.03)),
        differences: vec![HOSTILE.into(), "the baseline was measured on 8 cores, this run on 4".into()],
        verdict: ComparisonVerdict::Slower,
        reason:
            "p99 is at least 1.18 times the old one, beyond the 10% that are tolerated; a repeat confirmed it"
                .into(),
    });
    result.warnings =
        vec!["the mocks used 1.9 of 4 cores: some of the time may be theirs".into(), HOSTILE.into()];
    result.verdict = LoadVerdict::Failed;
    result.reasons = vec![
        "212 of 76,840 requests failed: status 503 ×187, timeout ×22".into(),
        "the mocks received other calls than the service claims: 2 lost, 3 doubled, 1 phantom".into(),
        "all requests: 95% within 500 ms: found 612 ms".into(),
        HOSTILE.into(),
    ];
    story.add(91_000_000, Event::LoadFinished(Box::new(result)));
    story.finish(91_100_000);
    story
}

/// Merged from shards of which one never reported.
pub(crate) fn load_unclear() -> Story {
    let mut story = begin();
    let mut started = started("mixed", 30, 300, 0);
    started.model = "closed".into();
    started.shape = "40 users for 30 s".into();
    add_ticks(&mut story, &started, 300, |_| 1.0);
    let mut result = result("mixed", 300.0, 30.0, two_workflows(300, 30));
    result.account.asked_rate = 0.0;
    result.sends.unjudged = Some("the service runs elsewhere: nobody saw what it sent".into());
    let shard = |index: u32, problems: &[&str]| ShardReport {
        index,
        count: 3,
        late_us: 1_900 + i64::from(index) * 400,
        clock_skew_us: (index != 1).then_some(310),
        sent: 3_000,
        host: format!("load-{index}"),
        problems: problems.iter().map(|one| (*one).to_owned()).collect(),
    };
    result.shards = vec![shard(0, &[]), shard(1, &["it began 2.3 s after the agreed moment"])];
    result.thresholds = vec![threshold("all requests: 95% within 500 ms", "p95_ms", 500.0, Some(7.4), true)];
    result.verdict = LoadVerdict::Inconclusive;
    result.reasons = vec!["shard 2 of 3 is missing".into(), "shard 1 of 3 began 2.3 s late".into()];
    story.add(31_000_000, Event::LoadFinished(Box::new(result)));
    story.finish(31_100_000);
    story
}

/// A search for the capacity: one run after another, of which the last ones miss on purpose.
pub(crate) fn load_capacity() -> Story {
    let mut story = begin();
    for (step, rate) in [100_u64, 200, 400, 800, 1_200, 1_000, 1_100].into_iter().enumerate() {
        let slow = if rate > 900 { 1.0 + (rate - 900) as f64 * 0.14 } else { 1.0 };
        let mut started = started(&format!("capacity {rate}/s"), 20, rate, 2);
        started.exploring = true;
        add_ticks(&mut story, &started, rate, |_| slow);
        let held = rate <= 1_000;
        let mut result = result(&started.load, rate as f64, 20.0, two_workflows(rate, 18));
        result.requests = series(rate * 29, 2_600.0 * slow, &[], 18.0);
        let p99 = result.requests.time.p99_us as f64 / 1e3;
        result.thresholds =
            vec![threshold("all requests: 99% within 400 ms", "p99_ms", 400.0, Some(p99), held)];
        result.verdict = LoadVerdict::Passed;
        result.search = Some(if held { StepFinding::Held } else { StepFinding::Broke });
        story.add((step as u64 + 1) * 21_000_000, Event::LoadFinished(Box::new(result)));
    }
    let started = started("capacity", 20, 1_000, 2);
    story.add(150_000_000, Event::LoadStarted(Box::new(started)));
    let mut summary = result("capacity", 1_000.0, 20.0, two_workflows(1_000, 18));
    let point = |rate: f64, held: u32, p99_us: u64| CapacityPoint {
        rate,
        achieved: rate * 0.999,
        steps: 2,
        held,
        p50_us: p99_us / 5,
        p95_us: p99_us / 2,
        p99_us,
        ..CapacityPoint::default()
    };
    summary.capacity = Some(Capacity {
        text: "the service bears 1,000 arrivals a second; at 1,100 the p99 breaks".into(),
        kind: CapacityKind::Knee,
        held: 1_000.0,
        broke: Some(1_100.0),
        knee: Some(1_048.0),
        low: Some(1_004.0),
        high: Some(1_093.0),
        confidence: 0.95,
        first: vec!["all requests: 99% within 400 ms: found 612 ms".into(), HOSTILE.into()],
        points: vec![
            point(100.0, 2, 21_000),
            point(200.0, 2, 22_000),
            point(400.0, 2, 24_000),
            point(800.0, 2, 33_000),
            point(1_000.0, 2, 240_000),
            point(1_100.0, 0, 612_000),
            point(1_200.0, 0, 1_900_000),
        ],
    });
    summary.thresholds =
        vec![threshold("all requests: 99% within 400 ms", "p99_ms", 400.0, Some(240.0), true)];
    story.add(160_000_000, Event::LoadFinished(Box::new(summary)));
    story.finish(200_000_000);
    story
}

/// Four hours: more seconds than a chart has columns.
pub(crate) fn load_soak() -> Story {
    let mut story = begin();
    let started = started("soak", 4 * 3600, 50, 60);
    add_ticks(
        &mut story,
        &started,
        50,
        |second| if second == 7_001 { 300.0 } else { 1.0 + second as f64 / 60_000.0 },
    );
    let mut result = result("soak", 50.0, 14_340.0, two_workflows(50, 14_000));
    result.thresholds = vec![threshold("all requests: 99% within 1 s", "p99_ms", 1_000.0, Some(19.0), true)];
    story.add(14_401_000_000, Event::LoadFinished(Box::new(result)));
    story.finish(14_401_100_000);
    story
}

/// A feature whose step makes a load, and whose next step judges it.
pub(crate) fn load_step() -> Story {
    let mut story = Story::default();
    story.start(1);
    let it = scenario("features/load.feature", 4, "Load", "The newsletter bears a rush", &["load"]);
    story.begin(10_000, &it, 1);
    let mut started = started(&it.id, 12, 50, 0);
    started.scenario = Some(it.id.clone());
    add_ticks(&mut story, &started, 50, |_| 1.0);
    let mut result = result(&it.id, 50.0, 12.0, two_workflows(50, 12));
    result.sends.unjudged = None;
    story.add(12_500_000, Event::LoadFinished(Box::new(result)));
    let words = ["When 50 users a second arrive for 12 seconds", "Then 95% of requests finish within 500 ms"];
    for (index, words) in words.iter().enumerate() {
        let step = step(&it, 1, index, words, StepOutcome::Passed);
        story.add(12_600_000 + index as u64, Event::StepFinished(Box::new(step)));
    }
    story.end(12_700_000, &it, 1, Outcome::Passed, 12_690_000);
    story.finish(12_800_000);
    story
}

/// All of them by name.
pub(crate) fn loads() -> Vec<(&'static str, Story)> {
    vec![
        ("good", load_good()),
        ("bad", load_bad()),
        ("unclear", load_unclear()),
        ("capacity", load_capacity()),
        ("step", load_step()),
        ("soak", load_soak()),
    ]
}
