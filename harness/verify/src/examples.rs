//! The documented examples of a contract as [`Call`]s.

use dryrun_contract::{Contract, Location, Operation, ParameterInfo, RequestView, Side};
use serde_json::Value;

use crate::answer::{essence, is_json};
use crate::call::{Call, LeftOut, PathValue, Source, encoded, safe};
use crate::conform::first_breach;

/// Every call that the contract's examples make up, and what they do not make up.
pub(crate) fn calls(contract: &Contract) -> (Vec<Call>, Vec<LeftOut>) {
    let (mut calls, mut left) = (Vec::new(), Vec::new());
    for operation in contract.operations() {
        match of_operation(contract, operation) {
            Ok(more) => {
                for call in more {
                    match broken(contract, &call) {
                        None => calls.push(call),
                        Some(place) => left.push(LeftOut {
                            operation: operation.line(),
                            what: call.source.to_string(),
                            reason: format!("the example breaks the contract that has it at {place}"),
                        }),
                    }
                }
            }
            Err(reason) => left.push(LeftOut {
                operation: operation.line(),
                what: "documented examples".to_owned(),
                reason,
            }),
        }
    }
    (calls, left)
}

/// Where a documented call breaks the contract; a part of the path that is still to be learnt does not.
fn broken(contract: &Contract, call: &Call) -> Option<String> {
    let path = call.render(|part| part.value.clone());
    let view = RequestView {
        method: &call.operation.method,
        path: &path,
        query: &call.query,
        headers: &call.headers,
        body: &call.body,
    };
    let learnt = call.path.iter().any(|part| part.value.is_none());
    first_breach(contract, &call.operation, &view, |breach| learnt && breach.location == Location::Path)
}

fn of_operation(contract: &Contract, operation: &Operation) -> Result<Vec<Call>, String> {
    let parameters = contract.parameters(operation);
    let media = contract.request_media(operation);
    if media.is_empty() || safe(&operation.method) {
        let mut calls = vec![assembled(contract, operation, &parameters, false)?];
        let optional =
            |parameter: &ParameterInfo| !parameter.required && sample(contract, parameter).is_some();
        if safe(&operation.method) && parameters.iter().any(optional) {
            calls.push(assembled(contract, operation, &parameters, true)?);
        }
        return Ok(calls);
    }
    let mut calls = Vec::new();
    let mut refused = None;
    for example in media.iter().flat_map(|media| &media.examples) {
        match body(&example.media_type, &example.value) {
            Ok((content_type, body)) => {
                let mut call = assembled(contract, operation, &parameters, true)?;
                call.source = Source::Example { name: example.name.clone() };
                call.headers.push(("content-type".to_owned(), content_type));
                call.body = body;
                calls.push(call);
            }
            Err(reason) => refused = Some(reason),
        }
    }
    if calls.is_empty() && refused.is_none() && !contract.request_body_required(operation) {
        return Ok(vec![assembled(contract, operation, &parameters, true)?]);
    }
    match refused {
        Some(reason) if calls.is_empty() => Err(reason),
        None if calls.is_empty() => {
            Err("the contract has no example of its body: add one under requestBody".to_owned())
        }
        _ => Ok(calls),
    }
}

/// A call without a body, from the documented values of its parameters.
fn assembled(
    contract: &Contract,
    operation: &Operation,
    parameters: &[ParameterInfo],
    optional: bool,
) -> Result<Call, String> {
    let (mut path, mut query, mut headers) = (Vec::new(), Vec::new(), vec![accept(contract, operation)]);
    for parameter in parameters {
        let value = sample(contract, parameter);
        if parameter.location == Location::Path {
            path.push(PathValue { name: parameter.name.clone(), value: value.as_ref().map(text) });
            continue;
        }
        if !parameter.required && !optional {
            continue;
        }
        match (value, parameter.location) {
            (None, _) if parameter.required => {
                return Err(format!(
                    "the contract has no example of the {} parameter {}: add one",
                    parameter.location, parameter.name
                ));
            }
            (Some(value), Location::Query) => query.extend(in_query(parameter, &value)),
            (Some(value), Location::Header) => {
                headers.push((parameter.name.to_ascii_lowercase(), listed(&value)))
            }
            (Some(value), Location::Cookie) if parameter.required => {
                headers.push(("cookie".to_owned(), format!("{}={}", parameter.name, listed(&value))));
            }
            _ => {}
        }
    }
    Ok(Call {
        number: 0,
        operation: operation.clone(),
        source: Source::Parameters { optional },
        write: !safe(&operation.method),
        path,
        query: query.join("&"),
        headers: headers.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        body: Vec::new(),
        known: documented_answers(contract, operation),
        own_only: false,
    })
}

/// A value that the contract gives for a parameter: an example, else its default, its only value, or the first of its values.
fn sample(contract: &Contract, parameter: &ParameterInfo) -> Option<Value> {
    let schema = contract.resolve(contract.schema(&parameter.schema, Side::Request), Side::Request);
    let first = || schema["enum"].get(0).filter(|_| parameter.required).cloned();
    let given = parameter.example.clone().or_else(|| schema.get("const").cloned());
    // A default says what leaving it out means; giving it is only worth a call where it must be given.
    given.or_else(|| schema.get("default").filter(|_| parameter.required).cloned()).or_else(first)
}

/// What we like to be answered with: the documented types of success.
fn accept(contract: &Contract, operation: &Operation) -> (String, String) {
    let mut types: Vec<String> = contract
        .responses(operation)
        .into_iter()
        .filter(|answer| answer.status.starts_with('2') || answer.status == "default")
        .flat_map(|answer| answer.content.into_iter().map(|media| essence(&media.media_type)))
        .collect();
    types.dedup();
    ("accept".to_owned(), if types.is_empty() { "*/*".to_owned() } else { types.join(", ") })
}

fn documented_answers(contract: &Contract, operation: &Operation) -> Vec<Value> {
    let success = operation.statuses.iter().filter(|status| status.starts_with('2'));
    success
        .flat_map(|status| contract.response_examples(operation, status))
        .map(|example| example.value)
        .collect()
}

/// The bytes of an example, and the type to send them under.
fn body(media_type: &str, value: &Value) -> Result<(String, Vec<u8>), String> {
    let kind = essence(media_type);
    if kind == "*/*" || kind == "application/*" {
        return Ok(("application/json".to_owned(), value.to_string().into_bytes()));
    }
    if is_json(&kind) {
        return Ok((media_type.to_owned(), value.to_string().into_bytes()));
    }
    match (kind.as_str(), value) {
        ("application/x-www-form-urlencoded", Value::Object(fields)) => {
            let pairs = fields.iter().flat_map(|(name, value)| {
                let values =
                    value.as_array().map_or_else(|| vec![text(value)], |all| all.iter().map(text).collect());
                values.into_iter().map(move |value| format!("{}={}", encoded(name), encoded(&value)))
            });
            Ok((media_type.to_owned(), pairs.collect::<Vec<_>>().join("&").into_bytes()))
        }
        (_, Value::String(text)) if !kind.starts_with("multipart/") => {
            Ok((media_type.to_owned(), text.clone().into_bytes()))
        }
        _ => Err(format!("an example of the type {kind} can't be made a body")),
    }
}

/// A parameter of the query by its style (OpenAPI 3.1, 4.8.12.4).
fn in_query(parameter: &ParameterInfo, value: &Value) -> Vec<String> {
    let name = &parameter.name;
    let pair = |name: &str, value: &str| format!("{}={}", encoded(name), encoded(value));
    match value {
        Value::Array(items) if parameter.explode => {
            items.iter().map(|item| pair(name, &text(item))).collect()
        }
        Value::Array(items) => {
            let between = match parameter.style.as_str() {
                "spaceDelimited" => "%20",
                "pipeDelimited" => "%7C",
                _ => ",",
            };
            let items: Vec<String> = items.iter().map(|item| encoded(&text(item))).collect();
            vec![format!("{}={}", encoded(name), items.join(between))]
        }
        Value::Object(fields) if parameter.style == "deepObject" => {
            fields.iter().map(|(field, value)| pair(&format!("{name}[{field}]"), &text(value))).collect()
        }
        Value::Object(fields) if parameter.style == "form" && parameter.explode => {
            fields.iter().map(|(field, value)| pair(field, &text(value))).collect()
        }
        Value::Object(fields) if parameter.style == "form" => {
            let parts: Vec<String> = fields
                .iter()
                .map(|(field, value)| format!("{},{}", encoded(field), encoded(&text(value))))
                .collect();
            vec![format!("{}={}", encoded(name), parts.join(","))]
        }
        value => vec![pair(name, &text(value))],
    }
}

/// A value as it stands in a path or a header.
fn listed(value: &Value) -> String {
    value.as_array().map_or_else(|| text(value), |all| all.iter().map(text).collect::<Vec<_>>().join(","))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
