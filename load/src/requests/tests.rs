//! Requests against a server whose answers are known: what the meter is told.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use dryrun_contract::Contract;
use dryrun_record::Masker;
use serde_json::json;

use super::*;
use crate::crew::Crew as _;
use crate::meter::{Measured, Meter};
use crate::plan::Slice;
use crate::profile::{Connections, Contracts, Plays, Request, Think, Workflow};
use crate::raw::Server;
use crate::transport::Transport;
use crate::turn::Turn;

const CONTRACT: &str = r#"{
  "openapi": "3.1.0", "info": {"title": "T", "version": "1"},
  "paths": {"/items/{id}": {
    "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
    "get": {"responses": {
      "200": {"description": "ok", "content": {"application/json": {"schema": {
        "type": "object", "required": ["names"],
        "properties": {"names": {"type": "array", "items": {"type": "string"}}}}}}},
      "503": {"description": "busy"}}},
    "post": {"responses": {"201": {"description": "made"}}}
  }}
}"#;

fn answer(status: u16, body: &str) -> &'static [u8] {
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}", body.len());
    format!("{head}\r\n\r\n{body}").into_bytes().leak()
}

fn good() -> &'static [u8] {
    answer(200, r#"{"names":["a","b"]}"#)
}

fn request(path: &str) -> Request {
    Request {
        method: "GET".to_owned(),
        path: path.to_owned(),
        headers: Vec::new(),
        body: None,
        status: Vec::new(),
    }
}

fn workflow(name: &str, request: &Request) -> Workflow {
    Workflow {
        name: name.to_owned(),
        weight: 3,
        think: Think::default(),
        data: None::<PathBuf>,
        plays: Plays::Request(request.clone()),
    }
}

fn rows(values: &[&str]) -> Vec<BTreeMap<String, String>> {
    values.iter().map(|value| BTreeMap::from([("id".to_owned(), (*value).to_owned())])).collect()
}

/// One workflow, `items`, of this request.
struct Load {
    requests: Rc<RequestCrew>,
    meter: Meter,
    played: u64,
}

fn setup(server: &Server, contracts: Contracts) -> Setup {
    Setup {
        transport: Transport::new(&server.url, Connections::Shared, Duration::from_secs(20)).unwrap(),
        run: 7,
        contract: Some(Contract::parse("t.json", CONTRACT).unwrap()),
        contracts,
        tolerates: None,
        masker: Masker::new(),
        slice: Slice::WHOLE,
    }
}

impl Load {
    fn new(setup: Setup, request: &Request, rows: &Rows) -> Self {
        let (mode, workflow) = (setup.contracts, workflow("items", request));
        let mut requests = Requests::new(setup);
        requests.add(0, &workflow, request, rows).unwrap();
        let meter = Meter::new(&[Requests::part(&workflow, request)], None, mode);
        Self { requests: Rc::new(RequestCrew::new(requests)), meter, played: 0 }
    }

    async fn play(&mut self, times: u64) -> Measured {
        for _ in 0..times {
            let turn = Turn { part: 0, number: self.played, intended: Instant::now(), measured: true };
            self.played += 1;
            Rc::clone(&self.requests).play(turn, self.meter.clone()).await;
        }
        self.meter.measured(Duration::from_secs(1), false)
    }
}

fn causes(measured: &Measured) -> Vec<(&str, u64)> {
    measured.requests.causes.iter().map(|(cause, count)| (cause.as_str(), *count)).collect()
}

#[tokio::test]
async fn a_good_answer_is_checked_and_counts_once_as_request_and_once_as_iteration() {
    let server = Server::always(good());
    let measured = Load::new(setup(&server, Contracts::Full), &request("/items/1"), &[]).play(10).await;
    assert_eq!((measured.requests.count, measured.requests.failures), (10, 0));
    assert_eq!(measured.requests.bytes, 10 * r#"{"names":["a","b"]}"#.len() as u64);
    assert_eq!(measured.requests.connect.map(|connect| connect.count), Some(1));
    let workflow = &measured.workflows[0];
    assert_eq!((workflow.name.as_str(), workflow.weight, workflow.iterations.count), ("items", 3, 10));
    assert_eq!(workflow.steps[0].name, "items");
    assert_eq!((measured.contracts.checked, measured.contracts.unchecked), (10, 0));
    assert!(measured.contracts.cost_us > 0.0, "checking costs something");
    assert_eq!((measured.contracts.breaches, measured.failures.len()), (0, 0));
}

#[tokio::test]
async fn requests_carry_the_correlation_of_their_turn() {
    let server = Server::always(good());
    let mut own = request("/items/1");
    own.headers.push(("X-Own".to_owned(), "1".to_owned()));
    Load::new(setup(&server, Contracts::Full), &own, &[]).play(2).await;
    for (turn, sent) in server.requests().iter().enumerate() {
        let id = format!("000000000000000700000000000000{turn:02}");
        assert!(sent.contains(&format!("\r\nx-correlation-id: {id}\r\n")), "{sent}");
        assert!(sent.contains(&format!("\r\ntraceparent: 00-{id}-0000000000000001-01\r\n")), "{sent}");
        assert!(sent.contains("\r\nx-own: 1\r\n"), "{sent}");
    }
}

#[tokio::test]
async fn a_breach_of_contract_is_found_counted_and_shown_once() {
    let server = Server::always(answer(200, r#"{"names":["a",5],"password":"hunter2hunter2"}"#));
    let measured = Load::new(setup(&server, Contracts::Full), &request("/items/1"), &[]).play(4).await;
    assert_eq!(causes(&measured), [("contract", 4)]);
    assert_eq!((measured.contracts.checked, measured.contracts.breaches), (4, 4));
    let [failure] = &measured.failures[..] else { panic!("{:?}", measured.failures) };
    assert_eq!((failure.cause.as_str(), failure.count), ("contract", 4));
    assert_eq!((failure.workflow.as_str(), failure.step.as_str()), ("items", "items"));
    let wanted = "GET /items/{id}: answer 200: body/names/*: wanted ";
    assert!(failure.message.starts_with(wanted), "{}", failure.message);
    assert!(failure.example.contains("body/names/1"), "the example says where: {}", failure.example);
    assert!(!failure.example.contains("hunter2"), "{}", failure.example);
    assert_eq!(measured.workflows[0].iterations.failures, 4);
}

#[tokio::test]
async fn breaches_that_are_tolerated_are_let_pass() {
    let server = Server::always(answer(200, "{}"));
    for tolerated in [true, false] {
        let mut setup = setup(&server, Contracts::Full);
        setup.tolerates = Some(Box::new(move |breach| tolerated && breach.operation == "GET /items/{id}"));
        let measured = Load::new(setup, &request("/items/1"), &[]).play(1).await;
        assert_eq!(measured.requests.failures, u64::from(!tolerated));
        assert_eq!(measured.contracts.breaches, u64::from(!tolerated));
    }
}

#[tokio::test]
async fn of_a_sample_exactly_its_share_is_checked_and_off_checks_none() {
    let server = Server::always(answer(200, "{}"));
    for (mode, checked) in [(Contracts::Sample(0.25), 5), (Contracts::Off, 0), (Contracts::Full, 20)] {
        let measured = Load::new(setup(&server, mode), &request("/items/1"), &[]).play(20).await;
        let contracts = &measured.contracts;
        assert_eq!(
            (contracts.checked, contracts.unchecked, contracts.breaches),
            (checked, 20 - checked, checked)
        );
        assert_eq!(measured.requests.failures, checked, "an answer that was not checked did not fail");
    }
}

#[tokio::test]
async fn a_wrong_status_is_the_cause_and_a_wanted_one_is_right() {
    let busy = Server::always(answer(503, ""));
    let measured = Load::new(setup(&busy, Contracts::Full), &request("/items/1"), &[]).play(2).await;
    assert_eq!(causes(&measured), [("status 503", 2)]);
    assert_eq!(measured.failures[0].message, "GET /items/{id}: answered 503, wanted a status below 400");
    assert_eq!(measured.failures[0].cause, "status");

    let wanted = Request { status: vec![201, 503], ..request("/items/1") };
    let measured = Load::new(setup(&busy, Contracts::Full), &wanted, &[]).play(2).await;
    assert_eq!((measured.requests.failures, measured.failures.len()), (0, 0));
    let ok = Server::always(good());
    let measured = Load::new(setup(&ok, Contracts::Full), &wanted, &[]).play(1).await;
    assert_eq!(causes(&measured), [("status 200", 1)]);
}

#[tokio::test]
async fn no_answer_is_a_failure_with_its_cause() {
    let server = Server::new(|_, peer| {
        peer.request();
    });
    let measured =
        Load::new(setup(&server, Contracts::Full), &request("/items/1?key=secret"), &[]).play(2).await;
    assert_eq!(causes(&measured), [("connection closed early", 2)]);
    let failure = &measured.failures[0];
    assert_eq!((failure.cause.as_str(), failure.count), ("transport", 2));
    assert_eq!(failure.message, "GET /items/{id}: connection closed early");
    assert!(!failure.example.contains("secret"), "{}", failure.example);

    let silent = Server::new(|_, peer| {
        peer.request();
        peer.wait();
    });
    let mut setup = setup(&silent, Contracts::Full);
    setup.transport = Transport::new(&silent.url, Connections::Shared, Duration::from_millis(50)).unwrap();
    let measured = Load::new(setup, &request("/items/1"), &[]).play(1).await;
    assert_eq!((causes(&measured), measured.failures[0].cause.as_str()), (vec![("timeout", 1)], "timeout"));
}

#[tokio::test]
async fn each_iteration_takes_the_next_row_and_shards_take_turns() {
    let server = Server::always(good());
    let mut with_data = request("/items/${id}?q=${id}");
    with_data.method = "post".to_owned();
    with_data.headers.push(("x-id".to_owned(), "<${id}>".to_owned()));
    with_data.body = Some(json!({"deep": ["${id}", 1]}));
    with_data.status = vec![200];
    let rows = rows(&["a", "b c", "d/e"]);
    let mut setup = setup(&server, Contracts::Off);
    setup.slice = Slice { index: 1, count: 2 };
    Load::new(setup, &with_data, &rows).play(3).await;
    let sent = server.requests();
    let lines: Vec<&str> = sent.iter().filter_map(|request| request.lines().next()).collect();
    // Rows 1, 3, 5 of the endless sequence.
    assert_eq!(
        lines,
        [
            "POST /items/b%20c?q=b%20c HTTP/1.1",
            "POST /items/a?q=a HTTP/1.1",
            "POST /items/d%2Fe?q=d%2Fe HTTP/1.1"
        ]
    );
    assert!(
        sent[0].contains("\r\nx-id: <b c>\r\n") && sent[0].contains("\r\ncontent-type: application/json\r\n")
    );
    assert!(sent[0].ends_with(r#"{"deep":["b c",1]}"#), "{}", sent[0]);
}

#[test]
fn what_makes_no_request_is_told_before_the_load() {
    let server = Server::always(good());
    let told = |request: Request, rows: &Rows| {
        let mut requests = Requests::new(setup(&server, Contracts::Full));
        requests.add(0, &workflow("items", &request), &request, rows).expect_err("no request")
    };
    assert!(told(request("items"), &[]).contains("the request `items`: `items` is no path"));
    assert!(
        told(Request { method: "G T".to_owned(), ..request("/") }, &[]).contains("`G T` is no HTTP method")
    );
    let header = |name: &str, value: &str| Request {
        headers: vec![(name.to_owned(), value.to_owned())],
        ..request("/")
    };
    assert!(told(header("a b", ""), &[]).contains("`a b` is no name of a header"));
    assert!(told(header("a", "x\ny"), &[]).contains("header `a`"));
    assert!(told(request("/${id}"), &[]).contains("it has no data"));
    assert!(
        told(request("/${name}"), &rows(&["a"]))
            .contains("no column `name`; it has `id` (row 1 of its data)")
    );
    assert!(told(request("/${id"), &rows(&["a"])).contains("has no end"));
}

#[test]
fn what_is_wrong_whatever_the_service_is_is_told_all_at_once() {
    let wrong = Request {
        headers: vec![("a b".to_owned(), "${who}".to_owned())],
        body: Some(json!({"deep": ["${mail}", "${who}"]})),
        ..request("/${id}")
    };
    let mut users = rows(&["1", "2"]);
    let told = Requests::mistakes(&wrong, &users);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("`a b`") && told[1].contains("no column `who`"), "{told:?}");
    assert!(told[2].contains("no column `mail`; it has `id`"), "{told:?}");
    for row in &mut users {
        row.extend(["who", "mail"].map(|name| (name.to_owned(), "x".to_owned())));
    }
    users[1].remove("mail");
    let told = Requests::mistakes(&Request { headers: Vec::new(), ..wrong }, &users);
    assert!(
        told.len() == 1 && told[0].contains("`mail`") && told[0].ends_with("(row 2 of its data)"),
        "{told:?}"
    );
}

#[tokio::test]
async fn an_answer_to_a_call_that_the_contract_does_not_know_is_a_breach() {
    let server = Server::always(good());
    let unknown = request("/itms/1");
    let measured = Load::new(setup(&server, Contracts::Full), &unknown, &[]).play(3).await;
    assert_eq!((measured.contracts.checked, measured.contracts.breaches), (3, 3));
    assert_eq!(measured.requests.causes, [("contract".to_owned(), 3)].into());
    assert!(measured.failures[0].example.contains("GET /itms/1"), "{:?}", measured.failures);
    let measured = Load::new(setup(&server, Contracts::Off), &unknown, &[]).play(3).await;
    assert_eq!((measured.contracts.checked, measured.contracts.breaches), (0, 0));
}

#[tokio::test]
async fn sends_are_not_judged_for_single_requests() {
    let server = Server::always(good());
    let load = Load::new(setup(&server, Contracts::Full), &request("/items/1"), &[]);
    let sends = load.requests.finish(load.meter).await;
    assert!(sends.unjudged.is_some_and(|why| why.contains("single requests")));
}

#[tokio::test]
async fn a_service_that_quotes_what_it_was_sent_gives_no_secret_away() {
    let secrets =
        ["HDR-key987654", "HDR-cookie7", "HDR-tok123456", "QRY-key1111", "ROW-pw-abc1", "ROW-pin-xyz2"];
    let quoted = format!("no: {} of /items and more", secrets.join(" "));
    let server = Server::always(answer(500, &quoted));
    let mut leaky = request("/items/${path_secret}?api_key=QRY-key1111");
    leaky.method = "POST".to_owned();
    leaky.headers = [
        ("Authorization", "Bearer HDR-tok123456"),
        ("X-API-Key", "HDR-key987654"),
        ("Cookie", "session=HDR-cookie7"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    leaky.body = Some(json!({"user": "ana", "password": "${password}", "note": "hello"}));
    let row = [("password", "ROW-pw-abc1"), ("path_secret", "ROW-pin-xyz2")];
    let rows = [BTreeMap::from(row.map(|(name, value)| (name.to_owned(), value.to_owned())))];
    for path in [leaky.path.as_str(), "/m/${path_secret}"] {
        let leaky = Request { path: path.to_owned(), ..leaky.clone() };
        let mut setup = setup(&server, Contracts::Full);
        setup.contract = None;
        let measured = Load::new(setup, &leaky, &rows).play(2).await;
        let told = format!("{:?}", measured.failures);
        assert!(told.contains("of /items and more"), "{told}");
        let shown: Vec<_> = secrets.iter().filter(|secret| told.contains(*secret)).collect();
        // Only the first path has the key.
        assert!(
            shown.iter().all(|one| **one == "QRY-key1111" && path.starts_with("/m")),
            "{shown:?} in {told}"
        );
    }
    assert!(!Requests::name(&workflow("", &leaky), &leaky).contains("QRY-key1111"));
}

#[tokio::test]
async fn a_secret_at_the_end_of_what_is_shown_of_an_answer_is_not_shown_by_half() {
    let server =
        Server::always(answer(500, &format!("{} HDR-key987654 {}", "x".repeat(592), "y".repeat(900))));
    let mut request = request("/items/1");
    request.headers.push(("X-API-Key".to_owned(), "HDR-key987654".to_owned()));
    let measured = Load::new(setup(&server, Contracts::Off), &request, &[]).play(1).await;
    let example = &measured.failures[0].example;
    assert!(example.ends_with('…') && example.contains("xxx ") && !example.contains("HDR"), "{example}");
}
