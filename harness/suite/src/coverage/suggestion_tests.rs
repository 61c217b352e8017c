//! What is suggested can be pasted into a feature: the checks that a run makes before any traffic find nothing wrong.

use std::collections::BTreeMap;

use dryrun_contract::Contract;
use dryrun_record::{Coverage, Event, EventStream, Masker, NoticeLevel, Record};
use serde_json::{Value, json};

use crate::check::{Known, KnownService, check};
use crate::coverage::{Subject, measure};
use crate::features::{Loaded, SourceFile};
use crate::options::Gate;
use crate::registry::Registry;

const CONTRACT: &str = r##"
openapi: 3.0.3
info: { title: Mail, version: "1" }
paths:
  /mails:
    post:
      parameters:
        - { name: X-Tenant, in: header, required: true, schema: { type: string, enum: [a, b] } }
        - { name: theme, in: cookie, schema: { type: string } }
        - { name: dry, in: query, schema: { type: boolean } }
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [subject]
              properties:
                subject: { type: string }
                "reply to": { type: string, format: email }
                state: { type: string, enum: ["1", "draft|sent", "now"] }
                parts: { type: array, items: { type: object, properties: { url: { type: string } } } }
      responses: { "201": { description: d }, "422": { description: d }, "503": { description: d }, default: { description: d } }
  /mails/{id}:
    get:
      parameters:
        - { name: id, in: path, required: true, schema: { type: string, enum: [first, last] } }
        - { name: limit, in: query, schema: { type: integer } }
      responses: { "200": { description: d }, "404": { description: d }, 4XX: { description: d } }
  /login:
    put:
      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, required: [user], properties: { user: { type: string } } } } } }
      responses: { "204": { description: d } }
"##;

fn contract() -> Contract {
    Contract::parse("mail.yaml", CONTRACT).unwrap()
}

fn exchange(number: u64, direction: &str, service: &str, call: (&str, &str, &str), body: Value) -> Value {
    let (operation, path, query) = call;
    let method = operation.split(' ').next().unwrap();
    let text = if body.is_null() { String::new() } else { body.to_string() };
    json!({
        "recorded_us": number, "event": "exchange", "id": format!("{service}-{number}"), "direction": direction, "service": service,
        "scenario": "a.feature:3", "attempt": 1, "attribution": "own", "operation": operation, "at_us": number, "duration_us": 1,
        "request": { "method": method, "path": path, "query": query, "headers": [["content-type", "application/json"]], "body": { "bytes": text.len(), "text": text } },
        "response": { "status": 201, "headers": [], "body": { "bytes": 0 } },
    })
}

/// A scenario whose POST to the service makes it send a mail and look at one.
fn record() -> Record {
    let scenario = json!({ "id": "a.feature:3", "file": "a.feature", "line": 3, "feature": "f", "rule": null, "name": "s", "tags": [] });
    let entries = [
        json!({ "recorded_us": 0, "event": "scenario_started", "scenario": scenario, "attempt": 1 }),
        exchange(3, "to_mock", "mail", ("POST /mails", "/mails", ""), json!({ "subject": "x" })),
        exchange(4, "to_mock", "mail", ("GET /mails/{id}", "/mails/first", ""), Value::Null),
        exchange(
            1,
            "to_service",
            "service",
            ("POST /mails", "/mails", "dry=true"),
            json!({ "subject": "${x}" }),
        ),
    ];
    let stream = EventStream::new(std::time::Instant::now(), Masker::new(), Vec::new());
    for entry in entries {
        stream.append(serde_json::from_value::<dryrun_record::Entry>(entry).unwrap().event);
    }
    stream.record()
}

fn measured(key: &str, gate: &Gate) -> (Coverage, Vec<(NoticeLevel, String)>) {
    let title = if key == "target" { "my service" } else { "the Mail" };
    let subject = Subject {
        key: key.to_owned(),
        title: title.to_owned(),
        path: "mail.yaml".to_owned(),
        contract: contract(),
    };
    let helper = Subject { key: "mail".to_owned(), title: "the Mail".to_owned(), ..subject.clone() };
    let subjects = if key == "target" { vec![subject, helper] } else { vec![subject] };
    let events = measure(&record(), &subjects, gate);
    let notices = events.iter().filter_map(|event| match event {
        Event::Notice { level, text, .. } => Some((*level, text.clone())),
        _ => None,
    });
    let notices = notices.collect();
    let first = events.into_iter().find_map(|event| match event {
        Event::Coverage(coverage) => Some(*coverage),
        _ => None,
    });
    (first.unwrap(), notices)
}

fn suggestions(coverage: &Coverage) -> BTreeMap<String, String> {
    let items = coverage.operations.iter().flat_map(|row| row.items.iter().map(move |item| (row, item)));
    items
        .filter_map(|(row, item)| {
            Some((format!("{} {}", row.operation, item.name), item.suggestion.clone()?))
        })
        .collect()
}

#[test]
fn every_suggestion_passes_the_check_before_traffic() {
    let known = Known {
        given: Default::default(),
        services: vec![KnownService {
            key: "mail".to_owned(),
            title: "the Mail".to_owned(),
            contract: contract(),
            calls: BTreeMap::new(),
            collections: Vec::new(),
        }],
        ..Known::default()
    };
    let registry = Registry::new(&BTreeMap::new()).unwrap();
    for (key, coverage) in [
        ("target", measured("target", &Gate::default()).0),
        ("mail", measured("mail", &Gate::default()).0),
        ("live", of_service(LIVE, &[])),
        ("forms", of_service(FORMS, &[])),
    ] {
        let all = suggestions(&coverage);
        assert!(all.len() >= coverage.operations.len(), "{key}: {all:#?}");
        for (what, suggestion) in &all {
            let indented: Vec<String> = suggestion.lines().map(|line| format!("  {line}")).collect();
            let mut loaded = Loaded::default();
            loaded.add(SourceFile::new("a.feature", format!("Feature: f\n{}\n", indented.join("\n"))));
            assert!(
                loaded.diagnostics.is_empty() && loaded.scenarios.len() == 1,
                "{what}:\n{suggestion}\n{loaded:?}"
            );
            let mut found = check(&loaded.scenarios, &registry, &known);
            // Which file to upload only its author knows: the suggestion says so.
            found.retain(|one| one.code != "missing-file" || !suggestion.contains("# Put a file `file.txt`"));
            assert!(found.is_empty(), "{what}:\n{suggestion}\n{found:?}");
        }
    }
}

#[test]
fn what_is_suggested_for_a_mock_is_something_that_it_answers_or_gets() {
    let (coverage, _) = measured("mail", &Gate::default());
    let all = suggestions(&coverage);
    assert_eq!(
        all["POST /mails 503"],
        "Scenario: the Mail answers 503 to POST /mails\n  Given the Mail answers 503 to \"POST /mails\"\n  \
         When I POST to \"/mails?dry=true\" with:\n    \"\"\"json\n    {\n      \"subject\": \"\\${x}\"\n    }\n    \"\"\"\n  \
         # What does the service make of it? Then the status is …\n  Then every call honoured its contract"
    );
    assert!(all["POST /mails default"].contains("answers 500 to"), "503 is documented itself");
    assert!(all["GET /mails/{id} 4XX"].contains("answers 400 to"), "404 is documented itself");
    assert!(all["POST /mails body/state = \"1\""].ends_with("like:\n    | state | \"1\" |"));
    assert!(all["POST /mails body/state = \"draft|sent\""].ends_with("| state | draft\\|sent |"));
    assert!(all["POST /mails body/parts/*/url"].ends_with("| parts[0].url | <any> |"));
    assert!(
        all["GET /mails/{id} path/id = \"last\""].ends_with("received exactly 1 call to \"GET /mails/last\"")
    );
    assert!(
        all["PUT /login called"].contains("# No scenario makes the service call the Mail with PUT /login")
    );
    assert!(!all.contains_key("PUT /login 204"), "nobody calls it: that is said once");
}

#[test]
fn what_is_suggested_for_the_service_is_something_to_send() {
    let (coverage, _) = measured("target", &Gate::default());
    let all = suggestions(&coverage);
    assert!(all["POST /mails 422"].ends_with("Then a body without \"subject\" is refused with 422"));
    assert!(
        all["POST /mails 503"]
            .starts_with("Scenario: POST /mails is answered with 503\n  Given the Mail is down")
    );
    assert!(all["POST /mails header/X-Tenant = \"b\""].contains("| X-Tenant | b |"));
    assert!(all["POST /mails body/reply to"].contains("\"reply to\": \"ana@example.com\""));
    assert!(all["GET /mails/{id} called"].contains("When I GET \"/mails/first\"\n  Then the status is 200"));
    assert!(
        all["PUT /login called"].contains("with the form:\n    | user | text |\n  Then the status is 204")
    );
    assert!(!all.contains_key("GET /mails/{id} 404"), "nobody calls it: that is said once");
}

#[test]
fn a_gate_is_judged_by_a_whole_run_only() {
    let gate = Gate { coverage: [("mail".to_owned(), 90.0), ("crm".to_owned(), 1.0)].into(), unjudged: None };
    let (coverage, notices) = measured("mail", &gate);
    assert_eq!(coverage.required, Some(90.0));
    assert!(coverage.falls_short() && coverage.covered > 0);
    let [(NoticeLevel::Error, text)] = notices.as_slice() else { panic!("{notices:?}") };
    assert!(text.contains("`crm` was not judged: it has no contract"), "{text}");
    let part =
        Gate { coverage: [("mail".to_owned(), 90.0)].into(), unjudged: Some("--tags was given".to_owned()) };
    let (coverage, notices) = measured("mail", &part);
    assert_eq!(coverage.required, None);
    let [(NoticeLevel::Warning, text)] = notices.as_slice() else { panic!("{notices:?}") };
    assert!(text.contains("not judged: --tags was given"), "{text}");
}

/// The coverage of a contract of the service under test after these exchanges of a scenario.
fn of_service(text: &str, exchanges: &[Value]) -> Coverage {
    let subject = Subject {
        key: "target".to_owned(),
        title: "s".to_owned(),
        path: "t".to_owned(),
        contract: Contract::parse("t", text).unwrap(),
    };
    let stream = EventStream::new(std::time::Instant::now(), Masker::new(), Vec::new());
    let scenario = json!({ "id": "a.feature:3", "file": "a.feature", "line": 3, "feature": "f", "rule": null, "name": "s", "tags": [] });
    let begun = json!({ "recorded_us": 0, "event": "scenario_started", "scenario": scenario, "attempt": 1 });
    for entry in std::iter::once(&begun).chain(exchanges) {
        stream.append(serde_json::from_value::<dryrun_record::Entry>(entry.clone()).unwrap().event);
    }
    let mut events = measure(&stream.record(), &[subject], &Gate::default());
    let Some(Event::Coverage(coverage)) = events.pop() else { panic!("{events:?}") };
    *coverage
}

fn with_status(mut exchange: Value, status: u16) -> Value {
    exchange["response"]["status"] = json!(status);
    exchange
}

const LIVE: &str = "openapi: 3.1.0\ninfo: { title: t, version: '1' }\npaths:\n  /ws/{room}:\n    get:\n      parameters:\n        - { name: room, in: path, required: true, schema: {} }\n        - { name: role, in: query, schema: { enum: [guest, host] } }\n      \
                    responses: { '101': { description: d }, '404': { description: d }, '409': { description: d }, '426': { description: d } }\n";

#[test]
fn a_handshake_meets_what_it_was_answered_with_and_suggestions_for_one_are_joins() {
    let call = |query| exchange(1, "to_service", "service", ("GET /ws/{room}", "/ws/r1", query), Value::Null);
    let coverage =
        of_service(LIVE, &[with_status(call("role=guest"), 101), with_status(call("role=guest"), 409)]);
    let items = &coverage.operations[0].items;
    let met = items.iter().filter(|item| item.hits > 0).map(|item| item.name.as_str());
    let met: Vec<&str> = met.collect();
    assert_eq!(met, ["called", "101", "409", "path/room", "query/role", "query/role = \"guest\""]);
    let all = suggestions(&coverage);
    assert!(
        all["GET /ws/{room} query/role = \"host\""].ends_with(
            "\n  When \"ana\" connects to \"/ws/r1?role=host\"\n  Then the connection of \"ana\" is open"
        ),
        "{all:#?}"
    );
    assert!(
        all["GET /ws/{room} 404"].ends_with(
            "\n  Then the connection of \"ana\" to \"/ws/not-there?role=guest\" is refused with 404"
        ),
        "{all:#?}"
    );
    assert!(
        all["GET /ws/{room} 426"].ends_with("When I GET \"/ws/r1?role=guest\"\n  Then the status is 426")
    );
    let fresh = suggestions(&of_service(LIVE, &[]));
    assert!(fresh["GET /ws/{room} called"].contains("When \"ana\" connects to \"/ws/1\""), "{fresh:#?}");
}

const FORMS: &str = "openapi: 3.1.0\ninfo: { title: t, version: '1' }\nservers: [{ url: /api }]\npaths:\n  /text: { get: { responses: { '200': { description: d } } } }\n  \
                     /parcels:\n    get:\n      parameters:\n        - { name: size, in: query, schema: { enum: [s, m] } }\n        - { name: f, in: query, style: deepObject, schema: { type: object, properties: { sex: { enum: [m, f] } } } }\n        - { name: sid, in: cookie, schema: { enum: [a, b] } }\n      responses: { '200': { description: d } }\n  \
                     /form:\n    post:\n      requestBody: { content: { application/x-www-form-urlencoded: { schema: { type: object, properties: { colour: { enum: [red, blue] }, n: { type: integer } } } } } }\n      responses: { '200': { description: d } }\n  \
                     /upload:\n    post:\n      requestBody: { content: { multipart/form-data: { schema: { type: object, properties: { file: { type: string, format: binary }, title: { type: string } } } } } }\n      responses: { '200': { description: d } }\n";

#[test]
fn a_suggestion_keeps_the_base_path_replaces_a_parameter_and_fills_a_form() {
    let mut call = exchange(
        1,
        "to_service",
        "service",
        ("GET /parcels", "/api/parcels", "size=m&f[sex]=m"),
        Value::Null,
    );
    call["request"]["headers"] = json!([["cookie", "sid=abcdef"]]);
    let mut form = exchange(2, "to_service", "service", ("POST /form", "/api/form", ""), Value::Null);
    form["request"]["headers"] = json!([["content-type", "application/x-www-form-urlencoded"]]);
    form["request"]["body"] = json!({ "bytes": 10, "text": "colour=red" });
    let mut upload = exchange(3, "to_service", "service", ("POST /upload", "/api/upload", ""), Value::Null);
    upload["request"]["headers"] = json!([["content-type", "multipart/form-data; boundary=b"]]);
    let part =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"r.csv\"\r\n\r\nx\r\n--b--\r\n";
    upload["request"]["body"] = json!({ "bytes": part.len(), "text": part });
    let coverage = of_service(FORMS, &[call, form, upload]);
    let all = suggestions(&coverage);
    assert!(all["GET /text called"].contains("\n  When I GET \"/api/text\"\n"), "{all:#?}");
    assert!(
        all["GET /parcels query/size = \"s\""].contains("\n  When I GET \"/api/parcels?f[sex]=m&size=s\"\n"),
        "{all:#?}"
    );
    assert!(
        all["GET /parcels query/f/sex = \"f\""].contains("\n  When I GET \"/api/parcels?size=m&f[sex]=f\"\n")
    );
    assert!(
        all["POST /form body/colour = \"blue\""].contains("with the form:\n    | colour | blue |\n"),
        "{all:#?}"
    );
    assert!(
        all["POST /upload body/title"].contains("When I upload \"r.csv\" as \"title\" to \"/api/upload\"")
    );
    // A cookie's value is masked in the record: that it was sent can be seen, and which cannot.
    let items = &coverage.operations[1].items;
    let cookies: Vec<_> = items.iter().filter(|item| item.name.starts_with("cookie")).collect();
    assert_eq!(
        cookies.iter().map(|item| (item.name.as_str(), item.hits)).collect::<Vec<_>>(),
        [("cookie/sid", 1)]
    );
    let fresh = suggestions(&of_service(FORMS, &[]));
    assert!(fresh["GET /text called"].contains("GET \"/api/text\""), "{fresh:#?}");
    assert!(
        fresh["POST /form called"].contains("with the form:\n    | colour | red |\n    | n | 1 |\n"),
        "{fresh:#?}"
    );
}
