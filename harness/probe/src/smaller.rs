//! Requests that are a little smaller than another one, the boldest first.

use dryrun_contract::generate::CaseRequest;
use serde_json::{Map, Value};

/// How many texts are tried in place of one.
const CUTS: usize = 6;
/// Of an object with more fields only the first few are looked into.
const MANY: usize = 32;
/// From how many bytes on a body is halved before anything else is tried: each copy of it costs.
const LARGE: usize = 32 << 10;

/// Every request that is one step smaller, made as it is asked for.
pub(crate) fn smaller(request: &CaseRequest) -> impl Iterator<Item = CaseRequest> {
    let halves = if request.body.len() > LARGE { halved(&request.body) } else { Vec::new() };
    let with_body = |body: Vec<u8>| {
        let mut copy = request.clone();
        copy.body = body;
        copy
    };
    halves.into_iter().map(with_body).chain(std::iter::once_with(|| steps(request)).flatten())
}

/// A large body with the largest thing in it cut in half.
fn halved(body: &[u8]) -> Vec<Vec<u8>> {
    let canonical =
        serde_json::from_slice::<Value>(body).ok().filter(|value| value.to_string().as_bytes() == body);
    let Some(value) = canonical else {
        let half = std::str::from_utf8(body).ok().map(|text| text.floor_char_boundary(text.len() / 2));
        return half.into_iter().flat_map(|at| [body[..at].to_vec(), body[at..].to_vec()]).collect();
    };
    let mut copy = value;
    let changed = match largest(&mut copy) {
        Value::String(text) if text.len() > LARGE / 2 => {
            text.truncate(text.floor_char_boundary(text.len() / 2));
            true
        }
        Value::Array(items) if items.len() > 8 => {
            items.truncate(items.len() / 2);
            true
        }
        _ => false,
    };
    if changed { vec![copy.to_string().into_bytes()] } else { Vec::new() }
}

/// The long text or array that takes most room, or what holds it.
fn largest(value: &mut Value) -> &mut Value {
    let inside = match value {
        Value::Object(fields) => fields.values().map(weight).max(),
        Value::Array(items) if items.len() <= 8 => items.iter().map(weight).max(),
        _ => None,
    };
    let Some(most) = inside else {
        return value;
    };
    match value {
        Value::Object(fields) => fields.values_mut().find(|field| weight(field) == most).map(largest),
        Value::Array(items) => items.iter_mut().find(|item| weight(item) == most).map(largest),
        _ => None,
    }
    .expect("the heaviest was one of them")
}

/// Roughly how many bytes a value takes.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| weight(item) + 1).sum(),
        Value::Object(fields) => fields.iter().map(|(name, field)| name.len() + weight(field) + 4).sum(),
        _ => 4,
    }
}

fn steps(request: &CaseRequest) -> Vec<CaseRequest> {
    let mut all = Vec::new();
    let mut push = |change: &dyn Fn(&mut CaseRequest)| {
        let mut copy = request.clone();
        change(&mut copy);
        all.push(copy);
    };
    if !request.body.is_empty() {
        match serde_json::from_slice::<Value>(&request.body) {
            // Only if it is written as we would write it: names that come twice, and the like, must stay.
            Ok(value) if value.to_string().as_bytes() == request.body => {
                for value in values(&value) {
                    push(&|copy: &mut CaseRequest| copy.body = value.to_string().into_bytes());
                }
            }
            _ => {
                let text = String::from_utf8_lossy(&request.body).into_owned();
                if text.as_bytes() == request.body {
                    for text in texts(&text) {
                        push(&|copy: &mut CaseRequest| copy.body = text.clone().into_bytes());
                    }
                }
            }
        }
    }
    for (i, pair) in request.query.split('&').enumerate().filter(|(_, pair)| !pair.is_empty()) {
        let with = |new: Option<&str>| {
            let pairs = request.query.split('&').enumerate();
            pairs.filter_map(|(j, old)| if i == j { new } else { Some(old) }).collect::<Vec<_>>().join("&")
        };
        let gone = with(None);
        push(&|copy: &mut CaseRequest| copy.query.clone_from(&gone));
        if let Some((name, value)) = pair.split_once('=').filter(|(_, value)| !value.contains('%')) {
            for shorter in texts(value) {
                let query = with(Some(&format!("{name}={shorter}")));
                push(&|copy: &mut CaseRequest| copy.query.clone_from(&query));
            }
        }
    }
    for (i, (name, value)) in request.headers.iter().enumerate() {
        if !name.eq_ignore_ascii_case("content-type") {
            push(&|copy: &mut CaseRequest| drop(copy.headers.remove(i)));
            for shorter in texts(value) {
                push(&|copy: &mut CaseRequest| copy.headers[i].1.clone_from(&shorter));
            }
        }
    }
    all.retain(|smaller| smaller != request);
    all
}

/// Shorter texts: nothing, one character, parts of it, all but one; then one that is as long and as plain as can be, so
/// that what is the same shrinks to the same.
fn texts(text: &str) -> Vec<String> {
    let length = text.chars().count();
    let cuts = [0, 1, length / 2, length * 3 / 4, length * 15 / 16, length.saturating_sub(1)];
    let mut all: Vec<String> = Vec::with_capacity(CUTS);
    for cut in cuts.into_iter().filter(|cut| *cut < length) {
        let head: String = text.chars().take(cut).collect();
        // What makes the difference may stand at the end.
        let tail: String = text.chars().skip(length - cut).collect();
        for part in [head, tail] {
            if !all.contains(&part) {
                all.push(part);
            }
        }
    }
    let plain = "a".repeat(length);
    if text != plain && !all.contains(&plain) {
        all.push(plain);
    }
    all
}

/// Values that are one step smaller.
fn values(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(fields) => {
            let mut all = Vec::new();
            for name in fields.keys() {
                let mut copy = fields.clone();
                copy.shift_remove(name);
                all.push(Value::Object(copy));
            }
            if fields.len() > MANY {
                let half = fields.len() / 2;
                let part = |some: &mut dyn Iterator<Item = (&String, &Value)>| {
                    Value::Object(some.map(|(name, field)| (name.clone(), field.clone())).collect())
                };
                all.push(part(&mut fields.iter().take(half)));
                all.push(part(&mut fields.iter().skip(half)));
            }
            let looked_into = if fields.len() > MANY { 8 } else { MANY };
            for (name, field) in fields.iter().take(looked_into) {
                all.extend(values(field).into_iter().map(|smaller| with(fields, name, smaller)));
            }
            all
        }
        Value::Array(items) => {
            let half = items.len() / 2;
            let mut all = vec![Value::Array(Vec::new())];
            if items.len() > 3 {
                all.push(Value::Array(items[..half].to_vec()));
                all.push(Value::Array(items[half..].to_vec()));
                all.push(Value::Array(items[..items.len() * 15 / 16].to_vec()));
                all.push(Value::Array(items[1..].to_vec()));
            } else {
                for i in 0..items.len() {
                    let mut copy = items.clone();
                    copy.remove(i);
                    all.push(Value::Array(copy));
                }
            }
            for (i, item) in items.iter().enumerate().take(8) {
                for smaller in values(item) {
                    let mut copy = items.clone();
                    copy[i] = smaller;
                    all.push(Value::Array(copy));
                }
            }
            all
        }
        Value::String(text) => texts(text).into_iter().map(Value::String).collect(),
        Value::Number(number) => {
            let whole = number.as_i64().filter(|n| ![0, 1].contains(n)).is_some();
            if whole || number.is_f64() { vec![Value::from(0), Value::from(1)] } else { Vec::new() }
        }
        Value::Bool(_) | Value::Null => Vec::new(),
    }
}

fn with(fields: &Map<String, Value>, name: &str, value: Value) -> Value {
    let mut copy = fields.clone();
    copy.insert(name.to_owned(), value);
    Value::Object(copy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    use crate::testing::request;

    #[test]
    fn what_is_large_is_halved_first() {
        let long = json!({"a": "b", "c": {"d": ["x".repeat(1 << 20)], "e": "y"}}).to_string();
        let first = smaller(&request("POST", "/a", "", &long)).next().unwrap();
        let value: Value = serde_json::from_slice(&first.body).unwrap();
        assert_eq!(value["c"]["d"][0].as_str().unwrap().len(), 1 << 19);
        assert_eq!(value["a"], "b", "the rest stays as it is");
        let many = json!({"a": vec![json!({"b": 1}); 10_000]}).to_string();
        let first = smaller(&request("POST", "/a", "", &many)).next().unwrap();
        let value: Value = serde_json::from_slice(&first.body).unwrap();
        assert_eq!(value["a"].as_array().unwrap().len(), 5_000);
        let deep = "[".repeat(40_000);
        let first = smaller(&request("POST", "/a", "", &deep)).next().unwrap();
        assert_eq!(first.body.len(), 20_000);
    }

    #[test]
    fn values_lose_one_thing_at_a_time() {
        let all = values(&json!({"a": "xyz", "b": [1, 2]}));
        for wanted in [
            json!({"a": "xyz"}),
            json!({"b": [1, 2]}),
            json!({"a": "", "b": [1, 2]}),
            json!({"a": "xyz", "b": [2]}),
        ] {
            assert!(all.contains(&wanted), "{wanted} is not among {all:?}");
        }
        let size = |value: &Value| value.to_string().len();
        assert!(all.iter().all(|one| size(one) <= size(&json!({"a": "xyz", "b": [1, 2]}))));
    }

    #[test]
    fn texts_get_shorter_from_both_ends() {
        let all = texts("abcd");
        for wanted in ["", "ab", "bcd"] {
            assert!(all.contains(&wanted.to_owned()), "{wanted:?} is not among {all:?}");
        }
        assert_eq!(all.last().map(String::as_str), Some("aaaa"));
        assert!(all.iter().all(|text| text.len() < 4 || text == "aaaa"));
        assert!(texts("").is_empty());
        assert!(!texts("aaaa").contains(&"aaaa".to_owned()), "what is plain has an end");
    }
}
