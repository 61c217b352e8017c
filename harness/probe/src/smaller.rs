//! Requests that are a little smaller than another one, the boldest first.

use dryrun_contract::generate::CaseRequest;
use serde_json::{Map, Value};

/// How many texts are tried in place of one.
const CUTS: usize = 6;

/// Every request that is one step smaller.
pub(crate) fn smaller(request: &CaseRequest) -> Vec<CaseRequest> {
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

/// Shorter texts: nothing, one character, parts of it, all but one.
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
            for (name, field) in fields {
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
        assert!(all.iter().all(|text| text.len() < 4));
        assert!(
            all.contains(&String::new()) && all.contains(&"ab".to_owned()) && all.contains(&"bcd".to_owned())
        );
        assert!(texts("").is_empty());
    }
}
