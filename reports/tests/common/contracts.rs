//! Records in which contracts were broken, met in part, or too large to look at all at once.

use dryrun_record::{
    Allowed, AllowedMode, Breach, Coverage, CoverageItem, CoverageKind, Direction, Event, Failure,
    FailureKind, OperationCoverage, Outcome, RunKind, RunStarted, StepOutcome, TargetInfo,
};

use crate::common::builders::{HOSTILE, Story, exchange, run, scenario, step};

const SEND: &str = "POST /api/v1/email/send";

fn breach(at: &str) -> Breach {
    Breach {
        side: "request".into(),
        service: "crm".into(),
        operation: SEND.into(),
        status: None,
        instance_path: at.into(),
        schema_path: "/components/schemas/Email/properties/recipients/items/type".into(),
        found: "the number 3".into(),
        wanted: "a string".into(),
        keyword: "type".into(),
        allowed: None,
    }
}

fn item(kind: CoverageKind, name: &str, scenarios: &[&str], suggestion: Option<&str>) -> CoverageItem {
    CoverageItem {
        kind,
        name: name.into(),
        scenarios: scenarios.iter().map(|id| (*id).to_owned()).collect(),
        hits: scenarios.len() * 3,
        suggestion: suggestion.map(str::to_owned),
    }
}

/// Twelve scenarios of one cause and one of another; a tolerated breach, one by a fault, one of no scenario; coverage
/// that is not enough, enough, and of which nothing is asked.
pub(crate) fn contracts() -> Story {
    let mut story = Story::default();
    story.start(15);
    for index in 0..15_u64 {
        let name = match index {
            13 => "A bounce is told to nobody".to_owned(),
            14 => "The provider's nulls are borne".to_owned(),
            _ => format!("Newsletter {index} reaches everybody"),
        };
        let it = scenario("features/email.feature", 5 + index as usize * 7, "Email", &name, &["crm"]);
        let at = 1_000 + index * 20_000;
        story.begin(at, &it, 1);
        let mut call = exchange(&format!("crm-{index}"), Some((&it, 1)), "crm", SEND, (at, 4_000));
        let (mut failures, mut outcome) = (Vec::new(), Outcome::Passed);
        if index < 12 {
            // The place in the list and the value differ; the cause does not.
            let one = breach(&format!("body/recipients/{index}"));
            let found = format!("the number {index}");
            failures.push(Failure {
                kind: FailureKind::Contract,
                message: format!("the call {SEND} to the CRM breaks its contract"),
                at: Some(one.instance_path.clone()),
                expected: Some(one.wanted.clone()),
                found: Some(found.clone()),
                hint: Some(format!("the rule stands at {}", one.schema_path)),
                exchanges: vec![call.id.clone()],
            });
            call.breaches.push(Breach { found, ..one });
            outcome = Outcome::Failed;
        } else if index == 12 {
            call.response.as_mut().expect("an answer").status = 200;
            call.fault = Some("answers with a body that breaks its contract".into());
            call.breaches.push(Breach {
                side: "response".into(),
                status: Some(200),
                keyword: "required".into(),
                schema_path: "/components/schemas/Sent/required".into(),
                found: "an object without \"message_id\"".into(),
                wanted: "the property \"message_id\"".into(),
                ..breach("body")
            });
        } else if index == 13 {
            let message = "it took 2.4 s".to_owned();
            failures.push(Failure { kind: FailureKind::Timeout, message, ..Failure::default() });
            outcome = Outcome::Failed;
        } else {
            for place in [0, 1] {
                call.breaches.push(Breach {
                    side: "response".into(),
                    status: Some(200),
                    found: "null".into(),
                    allowed: Some(Allowed {
                        mode: AllowedMode::Warn,
                        reason: "CRM-123: the provider sends null there".into(),
                        until: Some("2026-12-31".into()),
                    }),
                    ..breach(&format!("body/results/{place}/reason"))
                });
            }
        }
        story.add(at + 4_000, Event::Exchange(Box::new(call)));
        let when = step(&it, 1, 0, "When I POST to \"/api/v2/generate-content\"", StepOutcome::Passed);
        story.add(at + 5_000, Event::StepFinished(Box::new(when)));
        let end = Event::ScenarioFinished { id: it.id, attempt: 1, outcome, duration_us: 9_000, failures };
        story.add(at + 9_000, end);
    }
    let mut loose = exchange("platform-9", None, "platform", "POST /api/v1/social/post", (400_000, 900));
    loose.breaches.push(Breach {
        service: "platform".into(),
        operation: "POST /api/v1/social/post".into(),
        found: HOSTILE.into(),
        keyword: "mediaType".into(),
        schema_path: "/paths/~1api~1v1~1social~1post/post/requestBody/content".into(),
        wanted: "application/json".into(),
        ..breach("body")
    });
    story.add(401_000, Event::Exchange(Box::new(loose)));
    for coverage in [crm(), platform(), hostile()] {
        story.add(410_000, Event::Coverage(Box::new(coverage)));
    }
    story.finish(420_000);
    story
}

fn crm() -> Coverage {
    let (first, second) = ("features/email.feature:5", "features/email.feature:12");
    let many: Vec<String> =
        (0..15).map(|index| format!("features/email.feature:{}", 5 + index * 7)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let refused = "Scenario: the CRM refuses an email\n  Given the CRM answers 422 to \"POST /api/v1/email/send\"\n  \
                   When I POST to \"/api/v2/generate-content\" with:\n    \"\"\"json\n    {\"send_email\": true}\n    \"\"\"\n  \
                   Then the CRM received 1 email\n";
    let contact = "Scenario: a contact is made\n  When I POST to \"/api/v2/contacts\"\n  Then the CRM received 1 contact\n";
    let operations = vec![
        OperationCoverage {
            operation: SEND.into(),
            calls: 45,
            deprecated: false,
            items: vec![
                item(CoverageKind::Operation, SEND, &many, None),
                item(CoverageKind::Status, "202", &many, None),
                item(CoverageKind::Status, "422", &[], Some(refused)),
                item(CoverageKind::Parameter, "header/x-request-id", &[first], None),
                item(CoverageKind::Parameter, "query/dry", &[], Some(refused)),
                item(CoverageKind::Property, "body/recipients", &many, None),
                item(CoverageKind::Property, "body/subject", &[first, second], None),
                item(CoverageKind::Enum, "body/priority = \"low\"", &[second], None),
                item(CoverageKind::Enum, "body/priority = \"high\"", &[], None),
                item(CoverageKind::Example, "example spring", &[first], None),
                item(CoverageKind::Example, "example autumn", &[], None),
            ],
        },
        OperationCoverage {
            operation: "POST /api/v1/contacts".into(),
            calls: 0,
            deprecated: false,
            items: vec![
                item(CoverageKind::Operation, "POST /api/v1/contacts", &[], Some(contact)),
                item(CoverageKind::Status, "201", &[], Some(contact)),
            ],
        },
        OperationCoverage {
            operation: "GET /api/v1/stats".into(),
            calls: 0,
            deprecated: true,
            items: vec![item(CoverageKind::Operation, "GET /api/v1/stats", &[], None)],
        },
        OperationCoverage {
            operation: "GET /health".into(),
            calls: 3,
            deprecated: false,
            items: vec![item(CoverageKind::Operation, "GET /health", &[first], None)],
        },
    ];
    Coverage { required: Some(90.0), ..of("crm", "the CRM", operations) }
}

fn platform() -> Coverage {
    let line = "POST /api/v1/social/post";
    let items = vec![
        item(CoverageKind::Operation, line, &["features/email.feature:5"], None),
        item(CoverageKind::Status, "200", &["features/email.feature:5", "features/gone.feature:1"], None),
    ];
    let operations = vec![OperationCoverage { operation: line.into(), calls: 1, deprecated: false, items }];
    Coverage { required: Some(80.0), ..of("platform", "the Platform", operations) }
}

fn hostile() -> Coverage {
    let items = vec![
        item(CoverageKind::Enum, HOSTILE, &[HOSTILE], None),
        item(CoverageKind::Status, HOSTILE, &[], Some(HOSTILE)),
    ];
    let operations =
        vec![OperationCoverage { operation: HOSTILE.into(), calls: 0, deprecated: false, items }];
    Coverage { unusable: vec![(HOSTILE.into(), HOSTILE.into())], ..of("odd", HOSTILE, operations) }
}

fn of(service: &str, title: &str, operations: Vec<OperationCoverage>) -> Coverage {
    let items = operations.iter().flat_map(|one| one.items.iter().filter(|item| one.counts(item)));
    let items: Vec<_> = items.collect();
    Coverage {
        service: service.into(),
        title: title.into(),
        contract: format!("schemas/{service}/openapi.yaml"),
        covered: items.iter().filter(|item| item.hits > 0).count(),
        total: items.len(),
        required: None,
        operations,
        unusable: vec![],
    }
}

/// A run of forty scenarios against a contract of this many operations, most of them never called.
pub(crate) fn wide(many: usize) -> Story {
    let mut story = crate::common::stories::large(40);
    let end = story.entries.pop().expect("the end of the run");
    let operations = (0..many).map(|index| {
        let line =
            format!("{} /api/v1/things-{}/{{id}}", ["GET", "POST", "PUT", "DELETE"][index % 4], index / 4);
        let met = index % 3 != 1;
        let by: Vec<String> = (0..if met { 18 } else { 0 })
            .map(|at| format!("features/part-00.feature:{}", 5 + at * 8))
            .collect();
        let by: Vec<&str> = by.iter().map(String::as_str).collect();
        let write =
            format!("Scenario: {line} answers 404\n  When I call \"{line}\"\n  Then the status is 404\n");
        let mut items = vec![item(CoverageKind::Operation, &line, &by, (!met).then_some(write.as_str()))];
        for status in ["200", "404", "422"] {
            let by = if status == "200" { &by[..] } else { &[] };
            items.push(item(CoverageKind::Status, status, by, by.is_empty().then_some(write.as_str())));
        }
        items
            .extend((0..4).map(|at| item(CoverageKind::Parameter, &format!("query/filter-{at}"), &by, None)));
        items.extend((0..8).map(|at| item(CoverageKind::Property, &format!("body/field-{at}"), &by, None)));
        items.extend(
            (0..4).map(|at| item(CoverageKind::Enum, &format!("body/kind = \"{at}\""), &[], Some(&write))),
        );
        OperationCoverage { operation: line, calls: by.len() * 3, deprecated: index % 50 == 0, items }
    });
    let coverage = Coverage { required: Some(75.0), ..of("crm", "the CRM", operations.collect()) };
    story.add(end.at_us, Event::Coverage(Box::new(coverage)));
    story.finish(end.at_us);
    story
}

/// A verification of a real provider that drifts, or a probe that finds something.
pub(crate) fn other(kind: RunKind) -> Story {
    let verify = kind == RunKind::Verify;
    let mut story = Story::default();
    let words = if verify {
        ["verify", "crm", "--url", "https://crm.example.org"].map(String::from).to_vec()
    } else {
        ["probe", "crm", "--seed", "7"].map(String::from).to_vec()
    };
    let target = TargetInfo { name: "the CRM".into(), url: "https://crm.example.org".into(), command: None };
    let head = RunStarted {
        kind,
        command: words,
        target,
        isolation: dryrun_record::Isolation::Serial,
        isolation_reason: String::new(),
        jobs: 1,
        profile: None,
        ..run(2)
    };
    story.add(0, Event::RunStarted(Box::new(head)));
    for (index, name) in
        ["GET /health · example up", "POST /api/v1/contacts · example spring"].into_iter().enumerate()
    {
        let it = scenario("schemas/crm/openapi.yaml", 10 + index, "the CRM", name, &[]);
        let at = 1_000 + index as u64 * 90_000;
        story.begin(at, &it, 1);
        let mut call = exchange(&format!("crm-{index}"), Some((&it, 1)), "crm", "GET /health", (at, 61_000));
        call.direction = if verify { Direction::ToProvider } else { Direction::ToService };
        story.add(at + 61_000, Event::Exchange(Box::new(call)));
        let held = if index == 0 { StepOutcome::Passed } else { StepOutcome::Failed };
        let mut then = step(&it, 1, 0, "Then the answer honours the contract", held);
        if index == 1 {
            then.failures.push(Failure {
                kind: if verify { FailureKind::Drift } else { FailureKind::Finding },
                message: if verify {
                    "the mock would have answered otherwise".into()
                } else {
                    "an empty name is accepted with 201".into()
                },
                at: Some("body/status".into()),
                expected: Some("\"queued\"".into()),
                found: Some("\"sent\"".into()),
                hint: (kind == RunKind::Verify)
                    .then(|| "mend the mock\ncurl -sS -i 'https://crm.example.org/a_b'".to_owned()),
                exchanges: vec![format!("crm-{index}")],
            });
        }
        story.add(at + 70_000, Event::StepFinished(Box::new(then)));
        story.end(at + 71_000, &it, 1, if index == 0 { Outcome::Passed } else { Outcome::Failed }, 70_000);
    }
    story.finish(200_000);
    story
}
