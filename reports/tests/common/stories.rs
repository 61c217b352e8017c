//! The stories that the records tell.

use dryrun_record::{
    Breach, Event, Failure, FailureKind, Frame, FrameWay, NoticeLevel, Outcome, ScenarioRef, StepOutcome,
};

use crate::common::builders::{HOSTILE, Story, body, exchange, scenario, step};

/// Passed, failed with a diff, flaky, cut short, never begun; faults, breaches, frames, surprises, hostile texts.
pub(crate) fn rich() -> Story {
    let mut story = Story::default();
    story.start(7);
    story.add(
        900,
        Event::Notice {
            level: NoticeLevel::Info,
            code: "correlation".into(),
            text: "the service passes traceparent on".into(),
        },
    );
    story.add(
        1_000,
        Event::ServiceLog { worker: 0, stream: "stdout".into(), line: "listening on 8000".into() },
    );
    passed(&mut story);
    failed(&mut story);
    flaky(&mut story);
    live(&mut story);
    hostile(&mut story);
    cut_short(&mut story);
    story.add(
        1_400_000,
        Event::Exchange(Box::new(exchange("crm-99", None, "crm", "GET /api/v1/stats", (1_400_000, 900)))),
    );
    story.add(
        1_410_000,
        Event::Notice {
            level: NoticeLevel::Warning,
            code: "unattributed-call".into(),
            text: "1 call to the CRM carried no correlation; it is listed with the run".into(),
        },
    );
    story.finish(1_500_000);
    story
}

fn passed(story: &mut Story) {
    let it = scenario(
        "features/publish.feature",
        8,
        "Publishing to several channels",
        "A newsletter reaches email and web",
        &["publishing", "smoke"],
    );
    story.begin(10_000, &it, 1);
    let mut given = step(&it, 1, 0, "Given the Platform holds the content:", StepOutcome::Passed);
    given.background = true;
    given.table = Some(vec![
        vec!["title".into(), "type".into()],
        vec!["Breathing in spring".into(), "blog_post".into()],
    ]);
    story.add(22_000, Event::StepFinished(Box::new(given)));
    let mut when = step(&it, 1, 1, "When I POST to \"/api/v2/generate-content\" with:", StepOutcome::Passed);
    when.doc_string = Some("{\n  \"send_email\": true,\n  \"publish_web\": true\n}".into());
    when.duration_us = 132_000;
    story.add(154_000, Event::StepFinished(Box::new(when)));
    for (id, to, line, at) in [
        ("crm-1", "crm", "POST /api/v1/email/send", (60_000, 4_000)),
        ("platform-1", "platform", "POST /api/v1/content/publish", (70_000, 21_000)),
        ("platform-2", "platform", "POST /api/v1/social/post", (74_000, 9_000)),
        ("generator-1", "generator", "POST /api/v2/generate-content", (23_000, 130_000)),
    ] {
        story.add(at.0 + at.1, Event::Exchange(Box::new(exchange(id, Some((&it, 1)), to, line, at))));
    }
    story.add(
        160_000,
        Event::StepFinished(Box::new(step(
            &it,
            1,
            2,
            "Then the CRM received 1 email like:",
            StepOutcome::Passed,
        ))),
    );
    story.end(170_000, &it, 1, Outcome::Passed, 160_000);
}

fn failed(story: &mut Story) {
    let it = scenario(
        "features/publish.feature",
        21,
        "Publishing to several channels",
        "A failing channel is reported as failed",
        &["publishing", "upstream"],
    );
    story.begin(200_000, &it, 1);
    let words = [
        "Given the CRM answers 503 to \"POST /api/v1/email/send\"",
        "When I POST to \"/api/v2/generate-content\" with:",
    ];
    for (index, words) in words.iter().enumerate() {
        story.add(212_000, Event::StepFinished(Box::new(step(&it, 1, index, words, StepOutcome::Passed))));
    }
    let mut then = step(&it, 1, 2, "Then the answer looks like:", StepOutcome::Failed);
    then.failures.push(Failure {
        kind: FailureKind::Check,
        message: "the answer claims that email was sent, but it is to be failed".into(),
        at: Some("results.email.status".into()),
        expected: Some(r#"{"status":"partial","published_to":["web"],"results":{"email":{"status":"failed"},"web":{"status":"published"}}}"#.into()),
        found: Some(r#"{"status":"success","published_to":["email","web"],"results":{"email":{"status":"sent"},"web":{"status":"published"}}}"#.into()),
        hint: Some("the CRM answered 503 to the only attempt; look at how the service handles that status".into()),
        exchanges: vec!["generator-2".into()],
    });
    story.add(
        214_000,
        Event::ServiceLog {
            worker: 0,
            stream: "stderr".into(),
            line: "WARN crm answered 503, going on".into(),
        },
    );
    let mut call = exchange("crm-2", Some((&it, 1)), "crm", "POST /api/v1/email/send", (216_000, 3_000));
    call.fault = Some("answers 503".into());
    call.response.as_mut().expect("an answer").status = 503;
    call.breaches.push(Breach {
        side: "request".into(),
        service: "crm".into(),
        operation: "POST /api/v1/email/send".into(),
        status: None,
        instance_path: "body/recipients/0".into(),
        schema_path: "#/components/schemas/Email/properties/recipients/items/type".into(),
        found: "3".into(),
        wanted: "a string".into(),
        keyword: "type".into(),
        allowed: None,
    });
    story.add(219_000, Event::Exchange(Box::new(call)));
    let mut unknown =
        exchange("platform-3", Some((&it, 1)), "platform", "POST /api/v1/content/publsh", (222_000, 1_000));
    unknown.operation = None;
    unknown.unexpected =
        Some("the nearest known call is POST /api/v1/content/publish: `publsh` differs".into());
    unknown.response.as_mut().expect("an answer").status = 501;
    story.add(223_000, Event::Exchange(Box::new(unknown)));
    let own = exchange(
        "generator-2",
        Some((&it, 1)),
        "generator",
        "POST /api/v2/generate-content",
        (213_000, 18_000),
    );
    story.add(231_000, Event::Exchange(Box::new(own)));
    story.add(245_000, Event::StepFinished(Box::new(then)));
    story.add(
        245_000,
        Event::StepFinished(Box::new(step(&it, 1, 3, "And nothing was sent twice", StepOutcome::NotRun))),
    );
    let failures = vec![Failure {
        kind: FailureKind::UnexpectedCall,
        message:
            "the service called the Platform in a way that no contract knows: POST /api/v1/content/publsh"
                .into(),
        exchanges: vec!["platform-3".into()],
        ..Failure::default()
    }];
    story.add(
        250_000,
        Event::ScenarioFinished {
            id: it.id,
            attempt: 1,
            outcome: Outcome::Failed,
            duration_us: 50_000,
            failures,
        },
    );
}

fn flaky(story: &mut Story) {
    let it = scenario(
        "features/retries.feature",
        5,
        "Retries",
        "A rate limit is honoured",
        &["upstream", "retry(2)"],
    );
    for (attempt, outcome, held) in
        [(1, Outcome::Failed, StepOutcome::Failed), (2, Outcome::Flaky, StepOutcome::Passed)]
    {
        let at = 300_000 + u64::from(attempt) * 100_000;
        story.begin(at, &it, attempt);
        let own = exchange(
            &format!("generator-1{attempt}"),
            Some((&it, attempt)),
            "generator",
            "GET /api/v2/jobs",
            (at + 1_000, 20_000),
        );
        story.add(at + 21_000, Event::Exchange(Box::new(own)));
        let mut then = step(&it, attempt, 0, "Then it answers within 2 seconds", held);
        if held == StepOutcome::Failed {
            then.failures.push(Failure {
                kind: FailureKind::Timeout,
                message: "it took 2.4 s".into(),
                ..Failure::default()
            });
        }
        story.add(at + 30_000, Event::StepFinished(Box::new(then)));
        story.end(at + 40_000, &it, attempt, outcome, 40_000);
    }
}

fn live(story: &mut Story) {
    let mut it =
        scenario("features/live.feature", 12, "Live sessions", "Everybody sees who joins", &["live"]);
    it.rule = Some("An instructor leads a session".into());
    story.begin(600_000, &it, 1);
    for (at, client, way, text) in [
        (601_000, "ana", FrameWay::Opened, ""),
        (603_000, "ana", FrameWay::Received, r#"{"type":"welcome","session_id":"s1"}"#),
        (640_000, "ben", FrameWay::Opened, ""),
        (644_000, "ana", FrameWay::Received, r#"{"type":"participant_joined","client_id":"ben"}"#),
        (650_000, "ben", FrameWay::Sent, r#"{"type":"chat","data":{"text":"hello"}}"#),
        (690_000, "ben", FrameWay::Closed, "1000 bye"),
    ] {
        let path = format!("/ws/live-updates?session_id=s1&client_id={client}");
        let frame = Frame {
            scenario: it.id.clone(),
            attempt: 1,
            client: client.into(),
            way,
            at_us: at,
            path,
            body: body(text),
        };
        story.add(at, Event::Frame(Box::new(frame)));
    }
    story.add(
        690_000,
        Event::StepFinished(Box::new(step(
            &it,
            1,
            0,
            "When \"ana\" joins the session \"s1\" as instructor",
            StepOutcome::Passed,
        ))),
    );
    story.end(700_000, &it, 1, Outcome::Passed, 100_000);
}

fn hostile(story: &mut Story) {
    let mut it = scenario("features/hostile.feature", 3, HOSTILE, HOSTILE, &["nasty\"><script>"]);
    it.rule = Some(HOSTILE.into());
    story.begin(800_000, &it, 1);
    let mut own = exchange("generator-30", Some((&it, 1)), "generator", "POST /x", (801_000, 30_000));
    own.request.headers.push((HOSTILE.into(), HOSTILE.into()));
    own.request.path = format!("/{HOSTILE}");
    own.request.body = body(&format!("{{\"a\":{}}}", serde_json::to_string(HOSTILE).expect("a string")));
    own.response = None;
    own.error = Some(format!("the connection was closed: {HOSTILE}"));
    story.add(831_000, Event::Exchange(Box::new(own)));
    story.add(832_000, Event::ServiceLog { worker: 0, stream: "stderr".into(), line: HOSTILE.into() });
    let mut then = step(&it, 1, 0, &format!("Then {HOSTILE}"), StepOutcome::Failed);
    then.doc_string = Some(HOSTILE.into());
    then.table = Some(vec![vec![HOSTILE.into()]]);
    then.failures.push(Failure {
        kind: FailureKind::Environment,
        message: HOSTILE.into(),
        at: Some(HOSTILE.into()),
        expected: Some(HOSTILE.into()),
        found: Some(format!("{HOSTILE}!")),
        hint: Some(HOSTILE.into()),
        exchanges: vec![],
    });
    story.add(850_000, Event::StepFinished(Box::new(then)));
    story.end(860_000, &it, 1, Outcome::Failed, 60_000);
}

fn cut_short(story: &mut Story) {
    let it = scenario("features/batch.feature", 4, "Batches", "A week is planned", &["batch"]);
    story.begin(900_000, &it, 1);
    story.add(
        912_000,
        Event::StepFinished(Box::new(step(&it, 1, 0, "Given the service is ready", StepOutcome::Passed))),
    );
}

/// A run in which everything held.
pub(crate) fn good() -> Story {
    let mut story = Story::default();
    story.start(1);
    passed(&mut story);
    story.finish(180_000);
    story
}

/// A record with this many scenarios, every ninth failed, each with six exchanges.
pub(crate) fn large(many: usize) -> Story {
    let mut story = Story::default();
    story.start(many);
    let long =
        format!("{{\"items\":[{}]}}", [r#"{"title":"Breathing in spring","tags":["a","b"]}"#; 12].join(","));
    for index in 0..many {
        let file = format!("features/part-{:02}.feature", index / 40);
        let it = scenario(
            &file,
            5 + (index % 40) * 8,
            &format!("Part {}", index / 40),
            &format!("Workflow {index} holds"),
            &["load", ["crm", "web", "live"][index % 3]],
        );
        let at = 1_000 + index as u64 * 9_000;
        story.begin(at, &it, 1);
        for call in 0..6_u64 {
            let (to, line) = [
                ("generator", "POST /api/v2/generate-content"),
                ("crm", "POST /api/v1/email/send"),
                ("platform", "POST /api/v1/content/publish"),
            ][(call % 3) as usize];
            let mut one = exchange(
                &format!("{to}-{index}-{call}"),
                Some((&it, 1)),
                to,
                line,
                (at + call * 6_000, 5_000),
            );
            one.request.body = body(&long);
            story.add(at + call * 6_000 + 5_000, Event::Exchange(Box::new(one)));
        }
        let bad = index % 9 == 4;
        for number in 0..8 {
            let last = bad && number == 7;
            let mut one = step(
                &it,
                1,
                number,
                "Then results.email.status is \"sent\"",
                if last { StepOutcome::Failed } else { StepOutcome::Passed },
            );
            if last {
                one.failures.push(Failure {
                    message: "results.email.status is \"failed\"".into(),
                    expected: Some("sent".into()),
                    found: Some("failed".into()),
                    ..Failure::default()
                });
            }
            story.add(at + 40_000, Event::StepFinished(Box::new(one)));
        }
        story.end(at + 50_000, &it, 1, if bad { Outcome::Failed } else { Outcome::Passed }, 50_000);
    }
    story.finish(many as u64 * 9_000 + 60_000);
    story
}
