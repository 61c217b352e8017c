//! `dryrun probe` in use: what it finds, what it keeps, and that a kept scenario is one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use crate::support::{Project, Record, nowhere};

const CONTRACT: &str = r##"
openapi: 3.1.0
info: {title: Items, version: "1"}
paths:
  /health:
    get: {responses: {"200": {description: Up}}}
  /items:
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}
      responses: {"201": {description: Made}, "422": {description: Refused}}
    get:
      parameters: [{name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 50}}]
      responses: {"200": {description: All}, "422": {description: Refused}}
components:
  schemas:
    Item:
      type: object
      additionalProperties: false
      required: [title]
      properties:
        title: {type: string, minLength: 1, maxLength: 10}
        note: {type: string}
"##;

/// A service that takes whatever it is sent, if it is anything.
fn takes_all() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                reply(stream, |method, _, _, body| match method {
                    "POST" if body.is_empty() => 422,
                    "POST" => 201,
                    _ => 200,
                })
            });
        }
    });
    url
}

/// A service of items. With bugs it fails on what is not ASCII, takes titles of any length, and answers 418 to 50.
fn serve(bugs: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream, bugs));
        }
    });
    url
}

fn answer(stream: TcpStream, bugs: bool) -> Option<()> {
    reply(stream, |method, target, json, body| {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        match (method, path) {
            ("GET", "/health") => 200,
            ("GET", "/items") => items(query, bugs),
            ("POST", "/items") => create(json, body, bugs),
            (_, "/health" | "/items") => 405,
            _ => 404,
        }
    })
}

/// Reads a request and answers with the status for method, target, whether it is JSON, and body.
fn reply(stream: TcpStream, status: impl Fn(&str, &str, bool, &[u8]) -> u16) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut json) = (0, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim().to_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        json |= header.starts_with("content-type: application/json");
        if header.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let status = status(&method, &target, json, &body);
    let head = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    (&stream).write_all(head.as_bytes()).ok()
}

fn items(query: &str, bugs: bool) -> u16 {
    let mut limits = query.split('&').filter_map(|pair| pair.strip_prefix("limit="));
    let Some(limit) = limits.next_back() else {
        return 200;
    };
    match limit.parse::<u32>() {
        Ok(50) if bugs => 418,
        Ok(1..=50) if limit.bytes().all(|b| b.is_ascii_digit()) => 200,
        _ => 422,
    }
}

fn create(json: bool, body: &[u8], bugs: bool) -> u16 {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return 422;
    };
    let known = fields.keys().all(|name| ["title", "note"].contains(&name.as_str()));
    let texts = fields.values().all(Value::is_string);
    let title = fields.get("title").and_then(Value::as_str).unwrap_or_default();
    if bugs && !title.is_ascii() {
        return 500;
    }
    let room = if bugs { usize::MAX } else { 10 };
    let fits = (1..=room).contains(&title.chars().count());
    if json && known && texts && fits { 201 } else { 422 }
}

fn project(url: &str) -> Project {
    let toml = format!("[target]\nurl = \"{url}\"\ncontract = \"openapi.yaml\"\n{}", crate::support::READY);
    Project::new().with("dryrun.toml", &toml).with("openapi.yaml", CONTRACT).with("features/.keep", "")
}

const PROBE: [&str; 6] = ["probe", "--allow-writes", "--slow", "1 min", "--keep", "features/probed.feature"];

/// Name and outcome of each scenario of a run.
fn outcomes(record: &Record) -> Vec<(String, String)> {
    let finished = record.0.iter().filter(|entry| entry["event"] == "scenario_finished");
    finished.map(|entry| (entry["id"].to_string(), entry["outcome"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn kept_scenarios_are_sound_fail_with_the_bug_and_pass_without() {
    let project = project(&serve(true));
    let done = project.dryrun(&PROBE).code(1);
    for told in
        ["server error", "accepted rubbish", "undocumented answer", "curl -i -X POST 'http://127.0.0.1:"]
    {
        assert!(done.out.contains(told), "`{told}` is not told:\n{}\n{}", done.out, done.err);
    }
    let kept = project.read("features/probed.feature");
    for line in [
        "When I GET \"/items?limit=50\"",
        "When I POST to \"/items\" with the raw body:",
        "Then the status is a client error",
        "Then the status is a success",
        "Then the answer honours its contract",
    ] {
        assert!(kept.contains(line), "`{line}` is not kept:\n{kept}");
    }
    let scenarios = kept.matches("Scenario:").count();
    project.dryrun(&["check"]).code(0);
    project.dryrun(&["run"]).code(1);
    let failed = outcomes(&project.record());
    assert_eq!(failed.len(), scenarios);
    assert!(failed.iter().all(|(_, outcome)| outcome == "failed"), "{failed:?}\n{kept}");
    let mended = serve(false);
    project.dryrun(&["run", "--target-url", &mended]).code(0);
    // The same file is written again, nobody's own is.
    project.dryrun(&PROBE).code(1);
    let own = project.with("features/own.feature", "Feature: Mine\n");
    own.dryrun(&["probe", "--keep", "features/own.feature"]).code(2).told("not written by `dryrun probe`");
}

#[test]
fn whatever_is_kept_can_be_read() {
    // Each kind of rubbish is accepted, so that each is kept: broken JSON, no JSON at all, halves of pairs.
    let project = project(&takes_all());
    project.dryrun(&PROBE).code(1);
    let kept = project.read("features/probed.feature");
    assert!(kept.matches("Scenario:").count() > 5, "{kept}");
    assert!(kept.contains("syntax at body") && kept.contains("\"\"\"application/json\n      a\n"), "{kept}");
    project.dryrun(&["check"]).code(0);
    // They fail for the answer, not for what they send.
    let done = project.dryrun(&["run"]).code(1);
    assert!(!done.out.contains("doc string"), "{}", done.out);
}

#[test]
fn a_report_of_a_probe_names_no_line_and_the_address_once() {
    let url = serve(true);
    let project = project(&url);
    let done = project.dryrun(&PROBE).code(1);
    let said = done.out.lines().chain(done.err.lines()).find(|line| line.contains("probe of the service"));
    assert_eq!(said.map(|line| line.matches(&url).count()), Some(1), "{said:?}");
    let texts = [
        done.out,
        project.read("reports/out/probe-target/junit.xml"),
        project.read("reports/out/probe-target/report.html"),
    ];
    for text in texts {
        assert!(!text.contains("openapi.yaml:0") && !text.contains(">:0<"), "{text}");
    }
}

#[test]
fn an_honest_service_passes_and_leaves_reports() {
    let project = project(&serve(false));
    project.dryrun(&["probe", "--allow-writes", "--slow", "1 min"]).code(0);
    let record = Record::read(&project.path("reports/out/probe-target/record.jsonl"));
    assert_eq!(record.event("run_started")["kind"], "probe");
    assert_eq!(record.began(), ["GET /health", "GET /items", "POST /items"]);
    let junit = project.read("reports/out/probe-target/junit.xml");
    assert!(junit.contains("POST /items"), "{junit}");
    assert!(project.path("reports/out/probe-target/report.html").is_file());
}

#[test]
fn what_was_not_started_here_is_only_read() {
    let project = project(&serve(true));
    let done = project.dryrun(&["probe", "--slow", "1 min"]).code(1);
    assert!(!done.out.contains("FAIL POST"), "{}", done.out);
    project.dryrun(&["probe", "--operation", "POST /items"]).code(2).told("--allow-writes");
}

#[test]
fn secrets_are_variables() {
    let project = project(&serve(true));
    let words = [&PROBE[..], &["--header", "Authorization: Bearer hush-hush-4711"]].concat();
    let done = project.dryrun(&words).code(1);
    assert!(done.out.contains("-H \"Authorization: $AUTHORIZATION\""), "{}", done.out);
    let mut files = vec![done.out, done.err, project.read("features/probed.feature")];
    for name in ["record.jsonl", "junit.xml", "report.html", "summary.json", "summary.md"] {
        files.push(project.read(&format!("reports/out/probe-target/{name}")));
    }
    assert!(files.iter().all(|text| !text.contains("hush-hush-4711")));
}

#[test]
fn what_cannot_be_probed_has_a_code_and_advice() {
    let project = project(&nowhere());
    project.dryrun(&["probe", "--url", &nowhere()]).code(4).told("gives no answer");
    project.dryrun(&["probe", "targt"]).code(2).told("did you mean `target`?");
    project.dryrun(&["probe", "--contract", "openapi.yaml"]).code(2).told("--url");
    project
        .dryrun(&["probe", "--url", &nowhere(), "--operation", "GET /item"])
        .code(2)
        .told("did you mean `GET /items`?");
    project.dryrun(&["probe", "-H", "nonsense"]).code(2).told("X-API-Key: VALUE");
    Project::new().dryrun(&["probe"]).code(2).told("--contract FILE");
}
