//! A refusal in the shape that the contract documents for its status, with words that say what is wrong where it has
//! room for them.

use dryrun_contract::{Contract, Operation, ResponseInfo, SchemaRef, Side};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, bodiless, reason};
use crate::media::Accept;
use crate::unscripted::bodies::{Form, body, forms, made_up};
use crate::unscripted::documented::{Wish, checked, headers, response};
use crate::unscripted::fields::{below, plain, properties, required, types};

/// The fields that usually say what is wrong.
const WORDS: [&str; 8] =
    ["detail", "message", "errormessage", "errordescription", "msg", "description", "error", "title"];

/// What is refused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused<'a> {
    pub(crate) contract: &'a Contract,
    pub(crate) operation: &'a Operation,
    pub(crate) responses: &'a [ResponseInfo],
    pub(crate) status: u16,
    /// One sentence that says what is wrong.
    pub(crate) detail: &'a str,
    pub(crate) wish: Wish<'a>,
}

/// The refusal; bodies in `usual` go first where they are what the contract documents.
pub(crate) fn refusal(refused: Refused<'_>, usual: &[Value]) -> Answer {
    let Refused { contract, operation, status, detail, wish, .. } = refused;
    let Some(response) = response(refused.responses, status) else {
        return Answer::problem(status, detail);
    };
    // What need not be there is not made up for a refusal: a `Retry-After` that nobody asked for makes clients wait.
    let mut headers = headers(contract, response, wish.seed);
    headers.retain(|(_, _, required)| *required);
    if response.content.is_empty() || bodiless(status) {
        let empty = Answer { status, ..Answer::default() };
        return checked(contract, operation, empty, &headers).unwrap_or_else(|what| failed(status, &what));
    }
    let mut forms = forms(response, wish.accept);
    if forms.is_empty() {
        // What goes wrong is better said in another form than not at all.
        forms = self::forms(response, &Accept::default());
    }
    let mut why = "nothing could be made up that its schema accepts".to_owned();
    for form in &forms {
        for value in values(refused, form, usual) {
            match checked(contract, operation, body(form, status, &value), &headers) {
                Ok(answer) => return answer,
                Err(what) => why = what,
            }
        }
    }
    failed(status, &why)
}

fn failed(status: u16, what: &str) -> Answer {
    Answer::unknown(&format!("the documented answer {status} can't be made: {what}"), None)
}

/// What may stand in the body, the best first.
fn values<'a>(
    refused: Refused<'a>,
    form: &'a Form<'a>,
    usual: &'a [Value],
) -> impl Iterator<Item = Value> + 'a {
    let Refused { contract, status, detail, wish, .. } = refused;
    let json = form.media.is_json();
    let usual = usual.iter().filter(move |value| json && declared(contract, form, value)).cloned();
    let text =
        (!json && form.media.is_text() && !form.media.is_xml()).then(|| Value::String(detail.to_owned()));
    let examples = form.info.examples.iter().map(|example| example.value.clone());
    let made = (0..4).map_while(move |attempt| made_up(contract, form, wish.seed.wrapping_add(attempt)));
    let schema = form.info.schema.as_ref().filter(|_| json);
    let built = made.clone().filter_map(move |value| spoken(contract, schema?, value, status, detail, 2));
    let words = room(contract, form);
    let with_words = move |value: Value| {
        let worded = if json { worded(&value, status, detail, &words) } else { Vec::new() };
        worded.into_iter().chain([value])
    };
    let again = with_words.clone();
    let documented = examples.flat_map(with_words).chain(built).chain(made.flat_map(again));
    let bare = form.info.schema.is_none().then(|| json!({"detail": detail}));
    usual.chain(text).chain(bare).chain(documented)
}

/// What a made-up body must have, and what is to be said; `None` where no declared field says it.
fn spoken(
    contract: &Contract,
    at: &SchemaRef,
    made: Value,
    status: u16,
    detail: &str,
    deep: usize,
) -> Option<Value> {
    let side = Side::Response;
    let accepts = |at: &SchemaRef, value: &Value| contract.accepts(at, side, value);
    if let Value::Array(items) = made {
        let inner = below(contract, at, "items", side)?;
        let first = items.into_iter().next().unwrap_or_else(|| Value::Object(Map::new()));
        return Some(Value::Array(vec![spoken(contract, &inner, first, status, detail, deep)?]));
    }
    let Value::Object(mut map) = made else { return None };
    let declared = properties(contract, at, side);
    let must = required(contract, at, side);
    let spare: Map<String, Value> = map.clone();
    map.retain(|name, _| must.contains(name));
    let text = json!(detail);
    let word = WORDS.iter().find_map(|word| {
        declared.iter().find(|(name, at)| {
            plain(name) == *word && accepts(at, &text) && !types(contract, at, side).is_empty()
        })
    });
    let mut said = word.is_some();
    map.extend(word.map(|(name, _)| (name.clone(), text)));
    for (name, at) in &declared {
        let (slug, number) = (reason(status).to_lowercase().replace(' ', "_"), json!(status));
        let digits = json!(status.to_string());
        let slugs = [
            slug.clone(),
            slug.to_uppercase(),
            slug.replace('_', "-"),
            slug.replace('_', ""),
            reason(status),
        ];
        let slugs = slugs.map(Value::String);
        let candidates: Vec<Value> = match plain(name).as_str() {
            "status" | "statuscode" | "httpstatus" => [number, digits].into_iter().chain(slugs).collect(),
            "code" | "errorcode" => [number].into_iter().chain(slugs).chain([digits]).collect(),
            "title" | "error" if word.is_none_or(|(word, _)| word != name) => vec![json!(reason(status))],
            "type" if declared.iter().any(|(name, _)| name == "title") => vec![json!("about:blank")],
            "success" | "ok" => vec![json!(false)],
            _ => Vec::new(),
        };
        let kinds = types(contract, at, side);
        let inner = matches!(plain(name).as_str(), "error" | "errors" | "detail" | "details")
            && (kinds.contains(&"object") || kinds.contains(&"array"));
        if let Some(value) = candidates.into_iter().find(|value| accepts(at, value)) {
            map.insert(name.clone(), value);
        } else if inner && deep > 0 && (word.is_none() || must.contains(name)) {
            let empty = if kinds.contains(&"object") { json!({}) } else { json!([]) };
            let made = spare.get(name).filter(|made| !made.is_null()).cloned().unwrap_or(empty);
            if let Some(value) =
                spoken(contract, at, made, status, detail, deep - 1).filter(|value| accepts(at, value))
            {
                said = true;
                map.insert(name.clone(), value);
            }
        }
    }
    said.then_some(Value::Object(map))
}

/// The declared fields in which the sentence may stand.
fn room(contract: &Contract, form: &Form<'_>) -> Vec<String> {
    let declared =
        form.info.schema.as_ref().map(|at| properties(contract, at, Side::Response)).unwrap_or_default();
    let texts = declared.into_iter().filter(|(name, at)| {
        let kinds = types(contract, at, Side::Response);
        WORDS.contains(&plain(name).as_str()) && (kinds.is_empty() || kinds.contains(&"string"))
    });
    texts.map(|(name, _)| name).collect()
}

/// Whether the document declares the fields of this body; one that is merely allowed is not what it means.
fn declared(contract: &Contract, form: &Form<'_>, value: &Value) -> bool {
    let Some(schema) = &form.info.schema else { return false };
    let known = properties(contract, schema, Side::Response);
    let fields = value.as_object().into_iter().flatten();
    known.is_empty() || fields.into_iter().all(|(name, _)| known.iter().any(|(known, _)| known == name))
}

/// The body with the sentence and the status where such things usually stand: all of it, and the sentence alone.
fn worded(value: &Value, status: u16, detail: &str, room: &[String]) -> Vec<Value> {
    [true, false]
        .into_iter()
        .filter_map(|codes| {
            let mut value = value.clone();
            let mut said = false;
            if let Value::Object(map) = &mut value {
                said = say(map, status, detail, codes, room);
                for name in ["error", "errors", "detail", "details"] {
                    let inner = match map.get_mut(name) {
                        Some(Value::Array(items)) => {
                            items.truncate(1);
                            items.first_mut()
                        }
                        other => other,
                    };
                    if let Some(Value::Object(inner)) = inner {
                        said |= say(inner, status, detail, codes, &[]);
                    }
                }
            }
            said.then_some(value)
        })
        .collect()
}

fn say(map: &mut Map<String, Value>, status: u16, detail: &str, codes: bool, room: &[String]) -> bool {
    let mut said = false;
    let place = WORDS.iter().find_map(|word| {
        let there = map.iter().filter(|(_, value)| value.is_string()).map(|(name, _)| name);
        there.chain(room).find(|name| plain(name) == *word).cloned()
    });
    if let Some(name) = place {
        map.insert(name, json!(detail));
        said = true;
    }
    if codes {
        for (name, value) in map.iter_mut() {
            match plain(name).as_str() {
                "status" | "code" | "statuscode" | "httpstatus" if value.is_number() => {
                    *value = json!(status)
                }
                "title" if value.is_string() && *value != detail => *value = json!(reason(status)),
                "type" if value.is_string() => *value = json!("about:blank"),
                _ => {}
            }
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_goes_where_sentences_usually_stand() {
        let all = |value: Value| worded(&value, 404, "gone", &[]).into_iter().next();
        assert_eq!(all(json!({"code": 1, "message": "x"})), Some(json!({"code": 404, "message": "gone"})));
        assert_eq!(
            all(json!({"error": {"message": "x", "code": "E1"}})),
            Some(json!({"error": {"message": "gone", "code": "E1"}}))
        );
        assert_eq!(
            all(json!({"errors": [{"msg": "x"}, {"msg": "y"}]})),
            Some(json!({"errors": [{"msg": "gone"}]}))
        );
        assert_eq!(
            all(json!({"type": "t", "title": "x", "status": 1, "detail": "y"})),
            Some(json!({"type": "about:blank", "title": "Not Found", "status": 404, "detail": "gone"}))
        );
        assert_eq!(all(json!({"id": 7})), None);
    }
}
