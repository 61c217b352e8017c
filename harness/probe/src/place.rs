//! Places in requests and answers: [`folded`], and whether two findings are [`alike`].

use dryrun_contract::generate::{CaseKind, CaseRequest};
use serde_json::{Map, Value};

use crate::finding::Finding;

/// A place with its positions in lists as `*`.
pub(crate) fn folded(at: &str) -> String {
    let segments = at.split('/').enumerate();
    let folded = segments.map(|(i, segment)| match i > 0 && segment.bytes().all(|b| b.is_ascii_digit()) {
        true => "*",
        false => segment,
    });
    folded.collect::<Vec<_>>().join("/")
}

/// Whether a request was made as a whole, so that nothing is known of the place that matters.
pub(crate) fn made_whole(rule: &str) -> bool {
    ["usual", "example", "generated"].contains(&rule)
}

/// Whether two shrunk findings of one operation are the same one: the same request, or the same answer at the same
/// place with requests that differ in values which say nothing.
pub(crate) fn alike(one: &Finding, other: &Finding) -> bool {
    if one.kind != other.kind {
        return false;
    }
    if one.request == other.request {
        return true;
    }
    let whole = made_whole(&one.rule) || made_whole(&other.rule);
    // Two bounds of one place are two things to mend; what is valid has no bound to tell.
    let bound = one.request_kind == CaseKind::Positive || one.rule == other.rule;
    one.request_kind == other.request_kind
        && one.answer.status() == other.answer.status()
        && (whole || bound && folded(&one.at) == folded(&other.at))
        && shape(&one.request) == shape(&other.request)
}

/// Names, and what is left of their values.
type Shapes = Vec<(String, Value)>;

/// What is left of a request when the values that say nothing are taken out. Shrinking made plain whatever can be.
fn shape(request: &CaseRequest) -> (Value, Shapes, Shapes) {
    let body = match serde_json::from_slice(&request.body) {
        Ok(value) => plain(&value),
        Err(_) => Value::from(String::from_utf8_lossy(&request.body)),
    };
    let pairs = request.query.split('&').filter(|pair| !pair.is_empty());
    let query = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let query = query.map(|(name, value)| (name.to_owned(), text(value))).collect();
    let headers = request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), text(value)));
    (body, query, headers.collect())
}

/// A text that shrinking could make plain stands for any; another one matters, whichever it is.
fn text(text: &str) -> Value {
    match text {
        "" => Value::from(""),
        _ if text.bytes().all(|b| b == b'a') => Value::from("a"),
        _ => Value::from("odd"),
    }
}

fn plain(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields.iter().map(|(name, field)| (name.clone(), plain(field))).collect::<Map<_, _>>(),
        ),
        Value::Array(items) => {
            let mut all: Vec<Value> = items.iter().map(plain).collect();
            all.dedup();
            Value::Array(all)
        }
        Value::String(string) => text(string),
        Value::Number(number) => Value::from(i32::from(![Some(0), Some(1)].contains(&number.as_i64()))),
        Value::Bool(_) => Value::Bool(true),
        Value::Null => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::finding::FindingKind;
    use crate::testing::{finding, request};

    fn made(rule: &str, at: &str, kind: CaseKind, body: &str) -> Finding {
        let mut made = finding(FindingKind::ServerError, kind, request("POST", "/items", "", body));
        (made.rule, made.at) = (rule.to_owned(), at.to_owned());
        made
    }

    #[test]
    fn findings_that_differ_in_a_value_only_are_alike() {
        let positive = |rule, at, body| made(rule, at, CaseKind::Positive, body);
        let one = positive("generated", "request", r#"{"title":"a","level":"low","note":null}"#);
        let two = positive("type", "body/note", r#"{"title":"a","level":"high","note":null}"#);
        assert!(alike(&one, &two) && alike(&two, &one));
        for (other, why) in [
            (
                positive("type", "body/note", r#"{"title":"a","level":"high","note":""}"#),
                "another kind of value",
            ),
            (positive("type", "body/note", r#"{"title":"a","note":null}"#), "other fields"),
            (
                made("type", "body/note", CaseKind::Negative, r#"{"title":"a","level":"b","note":null}"#),
                "invalid",
            ),
        ] {
            assert!(!alike(&one, &other), "{why}");
        }
        let mut teapot = two.clone();
        teapot.answer.reply.as_mut().unwrap().status = 502;
        assert!(!alike(&one, &teapot), "another status");
        let elsewhere = positive("type", "body/title", r#"{"title":"a","level":"high","note":null}"#);
        assert!(alike(&two, &elsewhere), "the same request is told once");
        let odd = positive("unicode", "body/title", r#"{"title":"é","level":"low","note":null}"#);
        assert!(!alike(&two, &odd), "another text that matters");
    }

    #[test]
    fn two_bounds_of_one_place_are_two_findings() {
        let least = made("minLength", "body/title", CaseKind::Negative, r#"{"title":"a"}"#);
        let most = made("maxLength", "body/title", CaseKind::Negative, r#"{"title":"aaaa"}"#);
        assert!(!alike(&least, &most));
        let twice = made("minLength", "body/title", CaseKind::Negative, r#"{"title":"aa"}"#);
        assert!(alike(&least, &twice));
    }
}
