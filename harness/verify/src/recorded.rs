//! The calls that a rehearsal recorded at a mock, as [`Call`]s, one for each shape.

use std::collections::{BTreeMap, BTreeSet};

use dryrun_contract::{Contract, Found, Location, Operation, RequestView};
use dryrun_record::{Direction, Exchange, MASK, Record};
use serde_json::Value;

use crate::answer::essence;
use crate::call::{Call, LeftOut, PathValue, Source, safe};
use crate::conform::first_breach;
use crate::facts::Facts;
use crate::shape::Shape;

/// Headers of a recorded request that are part of the call itself; whatever else there is belongs to the way that it
/// took, or is a credential.
const KEPT: [&str; 8] = [
    "accept",
    "accept-language",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "prefer",
];

/// Every shape of call to this service, and what can't be played.
pub(crate) fn calls(contract: &Contract, service: &str, record: &Record) -> (Vec<Call>, Vec<LeftOut>) {
    let mut calls: Vec<Call> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut left: Vec<LeftOut> = Vec::new();
    let ours = |exchange: &&Exchange| exchange.direction == Direction::ToMock && exchange.service == service;
    for exchange in record.exchanges().filter(ours) {
        let request = &exchange.request;
        let refuse = |operation: String, reason: String| LeftOut {
            operation,
            what: format!("the recorded call {}", exchange.id),
            reason,
        };
        let Found::Operation { operation, parameters } = contract.find(&request.method, &request.path) else {
            left.push(refuse(request.line(), "the contract does not know it".to_owned()));
            continue;
        };
        if let Some(reason) = lost(exchange).or_else(|| broken(contract, operation, exchange)) {
            left.push(refuse(operation.line(), reason));
            continue;
        }
        let known = known_answer(exchange);
        let key = shape_of(contract, operation, exchange, &parameters);
        if let Some(place) = places.get(&key) {
            let call = &mut calls[*place];
            call.known.extend(known);
            if let Source::Recorded { same, .. } = &mut call.source {
                *same += 1;
            }
            continue;
        }
        places.insert(key, calls.len());
        calls.push(Call {
            number: 0,
            operation: operation.clone(),
            source: Source::Recorded {
                exchange: exchange.id.clone(),
                scenario: exchange.scenario.clone(),
                same: 1,
            },
            write: !safe(&operation.method),
            path: parameters
                .into_iter()
                .map(|(name, value)| PathValue { name, value: Some(value) })
                .collect(),
            query: request.query.clone(),
            headers: headers(contract, operation, exchange),
            body: request.body.text.clone().unwrap_or_default().into_bytes(),
            known: known.into_iter().collect(),
            own_only: false,
        });
    }
    // The same reason a hundred times is one line.
    let mut seen = BTreeSet::new();
    left.retain(|one| seen.insert((one.operation.clone(), one.reason.clone())));
    (calls, left)
}

/// Why a recorded request can't be sent again.
fn lost(exchange: &Exchange) -> Option<String> {
    let request = &exchange.request;
    let body = &request.body;
    if body.bytes > 0 && body.text.is_none() {
        return Some("its body is not text, and the record does not keep such".to_owned());
    }
    if body.cut {
        return Some("its body is longer than the record keeps".to_owned());
    }
    let parts = [&request.path, &request.query, body.text.as_ref().unwrap_or(&request.path)];
    if parts.iter().any(|part| part.contains(MASK)) {
        return Some("it holds a secret, and the record does not".to_owned());
    }
    None
}

/// Where a recorded request breaks the contract: what a provider makes of that is not ours to ask. It is judged anew,
/// since the contract may have been mended. What the record does not show can't be judged.
fn broken(contract: &Contract, operation: &Operation, exchange: &Exchange) -> Option<String> {
    let request = &exchange.request;
    let masked: Vec<&str> = request
        .headers
        .iter()
        .filter(|(_, value)| value.contains(MASK))
        .map(|(name, _)| name.as_str())
        .collect();
    let view = RequestView {
        method: &request.method,
        path: &request.path,
        query: &request.query,
        headers: &request.headers,
        body: request.body.text.as_deref().unwrap_or_default().as_bytes(),
    };
    let place = first_breach(contract, operation, &view, |breach| match breach.location {
        Location::Header => masked.iter().any(|name| {
            breach.instance_path.rsplit('/').next().is_some_and(|at| at.eq_ignore_ascii_case(name))
        }),
        Location::Cookie => masked.contains(&"cookie"),
        _ => false,
    })?;
    Some(format!("the recorded request breaks the contract at {place}"))
}

fn headers(contract: &Contract, operation: &Operation, exchange: &Exchange) -> Vec<(String, String)> {
    let documented: Vec<String> = contract
        .parameters(operation)
        .into_iter()
        .filter(|parameter| parameter.location == Location::Header)
        .map(|parameter| parameter.name.to_ascii_lowercase())
        .collect();
    let kept = |(name, value): &&(String, String)| {
        let wanted = KEPT.contains(&name.as_str()) || documented.contains(name);
        wanted && !value.contains(MASK) && name != "authorization"
    };
    exchange.request.headers.iter().filter(kept).cloned().collect()
}

/// The answer that the mock gave of its own accord. What a fault made up says nothing about ids.
fn known_answer(exchange: &Exchange) -> Option<Value> {
    let response = exchange.response.as_ref().filter(|response| response.status < 300)?;
    if exchange.fault.is_some() {
        return None;
    }
    serde_json::from_str(response.body.text.as_deref()?).ok()
}

/// Two calls with the same line are one: same operation, same names in query and body, same values of enumerations,
/// and the same kind of answer by the mock itself.
fn shape_of(
    contract: &Contract,
    operation: &Operation,
    exchange: &Exchange,
    parameters: &[(String, String)],
) -> String {
    let request = &exchange.request;
    let mut names: Vec<&str> =
        request.query.split('&').map(|pair| pair.split('=').next().unwrap_or_default()).collect();
    names.sort_unstable();
    let media = request.header("content-type").map(essence);
    let facts = Facts::of_request(contract, operation, media.as_deref());
    let body = match request.body.text.as_deref().map(serde_json::from_str::<Value>) {
        Some(Ok(body)) => {
            let shape = Shape::of(&body, &|place| facts.is_map(place));
            let chosen: Vec<String> = shape
                .places
                .iter()
                .filter(|(place, _)| facts.enumeration(place).is_some())
                .map(|(place, seen)| {
                    let values: BTreeSet<&str> = seen.values.iter().filter_map(Value::as_str).collect();
                    format!("{place}={values:?}")
                })
                .collect();
            format!("{} {}", shape.line(), chosen.join(" "))
        }
        Some(Err(_)) => "text".to_owned(),
        None => String::new(),
    };
    // An answer that a fault made says nothing about the request.
    let answer = exchange.response.as_ref().filter(|_| exchange.fault.is_none());
    let answer = answer.map(|response| response.status).filter(|status| *status >= 300);
    let given = parameters.iter().filter(|(_, value)| value.is_empty()).count();
    format!("{} {names:?} {media:?} {body} {answer:?} {given}", operation.line())
}
