//! One call at the front: attribution, contract, faults, the way through the engine, the journal.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytes::Bytes;
use dryrun_contract::{Breach, Contract, Found, Operation, RequestView};
use dryrun_record::{Body, Request};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::answer::{Answer, reason};
use crate::chance;
use crate::engine::keys;
use crate::fault::{self, Decision, FaultKind};
use crate::flight::Flight;
use crate::relay::Job;
use crate::shared::{Cut, Full, Shared, stopped};
use crate::wire::TICKET;

/// Larger requests are refused with 413.
const MOST_BODY: usize = 32 * 1024 * 1024;

/// The contract's view of a call.
enum Known<'a> {
    Yes {
        operation: &'a Operation,
        parameters: Vec<(String, String)>,
        breaches: Vec<Breach>,
        /// The body, if it was read as JSON.
        read: Option<Value>,
        /// That it proves nothing, where the contract wants a proof. No reason to refuse it, unless that is asked for.
        unproved: Vec<Breach>,
    },
    No {
        status: u16,
        diagnosis: String,
        nearest: Option<String>,
        allow: Option<String>,
    },
}

/// Answers one call that is none of the harness's own pages.
pub(crate) async fn answer(
    shared: &Arc<Shared>,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Full>, Cut> {
    let (head, body) = request.into_parts();
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .filter(|(name, _)| name.as_str() != TICKET)
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect();
    let mut flight = Flight::new(
        Arc::clone(shared),
        Request {
            method: head.method.as_str().to_ascii_uppercase(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers,
            body: Body::default(),
        },
    );
    let body = match Limited::new(body, MOST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            let detail = json!({"detail": format!("this mock takes at most {MOST_BODY} bytes")});
            return Ok(finish(shared, flight, None, Answer::json(413, &detail)));
        }
        Err(error) => {
            flight.failed(&format!("the request could not be read to its end: {error}"));
            return Err(Cut);
        }
    };
    flight.received(&body);
    let known = known(&shared.engine.contract, flight.request(), &body);
    let operation = match &known {
        Known::Yes { operation, breaches, unproved, .. } => {
            flight.exchange.operation = Some(operation.line());
            flight.breaches(unproved);
            flight.breaches(breaches);
            Some(*operation)
        }
        Known::No { diagnosis, .. } => {
            flight.exchange.unexpected = Some(diagnosis.clone());
            None
        }
    };
    let decision = decide(&flight, operation);
    flight.exchange.fault = decision.described.clone();
    flight.if_given_up = "the client hung up before the answer; the call was not applied";
    let (answer, checked) = match decision.kind {
        None | Some(FaultKind::LoseAnswer) => {
            let lost = decision.kind.is_some();
            let mut answer = regular(shared, &flight, known, body).await;
            flight.if_given_up = "the client hung up before the answer; the call was applied";
            answer.delay += decision.delay;
            if lost {
                hold(shared, answer.delay).await?;
                flight.failed(
                    "the call was applied, then the connection was cut in place of the answer, as asked for",
                );
                return Err(Cut);
            }
            (answer, operation)
        }
        Some(ref kind) => match faulty(shared, &flight, operation, kind.clone(), &decision).await {
            Ok(answer) => (answer, None),
            Err(why) => {
                flight.failed(why);
                return Err(Cut);
            }
        },
    };
    if let Err(cut) = hold(shared, answer.delay).await {
        flight.failed("the mock was stopped before the answer");
        return Err(cut);
    }
    Ok(finish(shared, flight, checked, answer))
}

fn known<'a>(contract: &'a Contract, request: &Request, body: &[u8]) -> Known<'a> {
    if request.path.starts_with("/__httpmock__") {
        let diagnosis = format!("{} is closed: it belongs to the engine of the mock", request.path);
        return Known::No { status: 404, diagnosis, nearest: None, allow: None };
    }
    let mut found = contract.find(&request.method, &request.path);
    // HEAD is GET without its body (RFC 9110, 9.3.2); hyper leaves the body out.
    if request.method == "HEAD"
        && let Found::WrongMethod { .. } = found
        && let get @ (Found::Operation { .. } | Found::Unusable { .. }) = contract.find("GET", &request.path)
    {
        found = get;
    }
    match found {
        Found::Operation { operation, parameters } => {
            let view = RequestView {
                method: &request.method,
                path: &request.path,
                query: &request.query,
                headers: &request.headers,
                body,
            };
            let unproved = contract.check_credentials(operation, &view);
            let (breaches, read) = contract.check_request_and_read(operation, &view);
            Known::Yes { operation, parameters, breaches, read, unproved }
        }
        Found::Unusable { operation, reason } => Known::No {
            status: 501,
            diagnosis: format!("the contract's {operation} can't be used: {reason}"),
            nearest: Some(operation),
            allow: None,
        },
        Found::WrongMethod { diagnosis, allowed } => {
            let nearest = named(contract, &diagnosis);
            let allow = Some(of_resource(contract, nearest.as_deref(), &allowed));
            // RFC 9110, 15.5.6: the path is known, and `Allow` says what it takes. A run counts the call as unexpected.
            Known::No { status: 405, nearest, diagnosis, allow }
        }
        Found::Unknown { diagnosis } => {
            Known::No { status: 501, nearest: named(contract, &diagnosis), diagnosis, allow: None }
        }
    }
}

/// What `Allow` says: the methods of the path that fits best. `/content/publish` takes what it documents itself, not
/// what `/content/{id}` would take.
fn of_resource(contract: &Contract, nearest: Option<&str>, allowed: &[&str]) -> String {
    let path = nearest.and_then(|line| line.split_once(' ')).map(|(_, path)| path);
    let own = contract.operations().iter().filter(|operation| Some(operation.path.as_str()) == path);
    let mut own: Vec<&str> = own.map(|operation| operation.method.as_str()).collect();
    own.sort_unstable();
    if own.is_empty() { allowed.join(", ") } else { own.join(", ") }
}

/// The operation that a diagnosis names, once more for machines.
fn named(contract: &Contract, diagnosis: &str) -> Option<String> {
    let lines = contract.operations().iter().map(Operation::line);
    lines.filter(|line| diagnosis.contains(line.as_str())).max_by_key(String::len)
}

fn decide(flight: &Flight, operation: Option<&Operation>) -> Decision {
    let request = flight.request();
    let keys: Vec<&str> = keys(&request.headers).collect();
    flight.view.faults().decide(fault::Call {
        method: &request.method,
        path: &request.path,
        template: operation.map(|operation| operation.path.as_str()),
        keys: &keys,
        now: Instant::now(),
    })
}

/// The ordinary way: through httpmock to the engine, or 405 and 501.
async fn regular(shared: &Shared, flight: &Flight, known: Known<'_>, body: Bytes) -> Answer {
    let request = flight.request();
    let (operation, parameters, breaches, read) = match known {
        Known::Yes { operation, parameters, breaches, read, .. } => (operation, parameters, breaches, read),
        Known::No { status, diagnosis, nearest, allow } => {
            let mut answer = Answer::json(status, &json!({"detail": diagnosis, "nearest": nearest}));
            answer.headers.extend(allow.map(|allow| ("allow".to_owned(), allow)));
            return answer;
        }
    };
    let target = if request.query.is_empty() {
        request.path.clone()
    } else {
        format!("{}?{}", request.path, request.query)
    };
    let job = Job {
        engine: Arc::clone(&shared.engine),
        state: flight.view.state.clone(),
        operation: operation.index,
        request: Arc::clone(request),
        parameters,
        body,
        read: read.map(Arc::new),
        breaches,
        aside: std::sync::Mutex::new(None),
    };
    match shared.relay.send(&request.method, &target, job).await {
        Ok(answer) => answer,
        Err(error) => {
            let what = error.to_string();
            Answer { trouble: Some(what.clone()), ..Answer::json(502, &json!({"detail": what})) }
        }
    }
}

/// The answer that a fault makes; the error says why there is none.
async fn faulty(
    shared: &Shared,
    flight: &Flight,
    operation: Option<&Operation>,
    kind: FaultKind,
    decision: &Decision,
) -> Result<Answer, &'static str> {
    let error =
        |status: u16, detail: &str| shared.engine.error(&flight.view.state, operation, status, detail);
    let mut answer = match kind {
        FaultKind::Status { status, headers, body } => {
            let mut answer = match body {
                Some(Value::Null) => Answer { status, ..Answer::default() },
                Some(body) => Answer::json(status, &body),
                None => error(status, &reason(status)),
            };
            for (name, value) in headers {
                let name = name.to_ascii_lowercase();
                answer.headers.retain(|(other, _)| *other != name);
                answer.headers.push((name, value));
            }
            answer
        }
        FaultKind::RateLimit { .. } => error(429, "Rate limit exceeded"),
        FaultKind::RejectKey(_) => error(401, "Invalid or missing API key"),
        FaultKind::Garbage => Answer {
            body: b"<html>502 Bad Gateway: this is no JSON".to_vec(),
            ..Answer::json(200, &Value::Null)
        },
        FaultKind::DropConnection => {
            hold(shared, decision.delay).await.map_err(|_| "the mock was stopped before the answer")?;
            return Err("the connection was cut before the call was applied, as asked for");
        }
        FaultKind::Hang | FaultKind::Delay(_) | FaultKind::LoseAnswer => {
            // Over when the client hangs up: hyper drops this future then.
            stopped(shared.stop.clone()).await;
            return Err("the mock was stopped while it let the client wait, as asked for");
        }
    };
    answer.delay += decision.delay;
    Ok(answer)
}

/// Waits, unless the mock is stopped.
async fn hold(shared: &Shared, delay: std::time::Duration) -> Result<(), Cut> {
    if delay.is_zero() {
        return Ok(());
    }
    tokio::select! {
        () = tokio::time::sleep(delay) => Ok(()),
        () = stopped(shared.stop.clone()) => Err(Cut),
    }
}

/// Puts the standing headers on, checks, journals, and hands the answer to hyper.
fn finish(
    shared: &Shared,
    mut flight: Flight,
    operation: Option<&Operation>,
    mut answer: Answer,
) -> hyper::Response<Full> {
    let given = flight.request().header("x-request-id").filter(|id| !id.is_empty() && id.len() <= 128);
    let id = given.map_or_else(
        || {
            let number = flight.view.request_ids.fetch_add(1, Ordering::SeqCst);
            format!(
                "req_{:016x}",
                chance::hash(flight.view.state.store().seed, &["request", &number.to_string()])
            )
        },
        str::to_owned,
    );
    answer.headers.push(("x-request-id".to_owned(), id));
    answer.headers.push(("x-mock-service".to_owned(), shared.service.clone()));
    if let Some(operation) = operation {
        flight.check(&shared.engine.contract, operation, &answer);
    }
    if let Some(unexpected) = &answer.unexpected {
        flight.exchange.unexpected = Some(unexpected.clone());
    }
    let Answer { status, headers, body, .. } = answer;
    let body = Bytes::from(body);
    let response = whole(status, &headers, body.clone());
    flight.answered(status, headers, &body);
    response
}

/// The value of a header; bytes that are no UTF-8 are replaced.
fn text(value: &http::HeaderValue) -> String {
    match value.to_str() {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
    }
}

/// An answer in hyper's form. A header that HTTP cannot carry is left out.
pub(crate) fn response(answer: Answer) -> hyper::Response<Full> {
    whole(answer.status, &answer.headers, Bytes::from(answer.body))
}

fn whole(status: u16, headers: &[(String, String)], body: Bytes) -> hyper::Response<Full> {
    let mut response = hyper::Response::new(Full::new(body));
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().reserve(headers.len() + 2);
    for (name, value) in headers {
        let name = http::HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, http::HeaderValue::from_bytes(value.as_bytes())) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
