//! Bodies of errors: in the form that the behaviour file gives, else in the first usual form that the contract
//! documents, else in whatever shape it documents.

use dryrun_contract::{Breach, Location, Segment};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::json::to_mini;
use crate::media::MediaType;
use crate::plan::Compiled;
use crate::scope::Scope;
use crate::unscripted::documented::response;
use crate::unscripted::reply::Asked;

/// The body of an error of a call that belongs to no operation.
pub(crate) fn plain(
    plan: &Compiled,
    scope: impl FnOnce() -> Scope,
    status: u16,
    detail: &str,
) -> Result<Value, String> {
    match &plan.error_form {
        Some(form) => form.eval(&named(&scope(), status, &json!(detail), &json!([]))),
        None => Ok(json!({"detail": detail})),
    }
}

/// An error.
pub(crate) fn error(
    plan: &Compiled,
    asked: &Asked<'_>,
    scope: impl FnOnce() -> Scope,
    status: u16,
    detail: &str,
) -> Result<Answer, String> {
    if let Some(form) = &plan.error_form {
        let body = form.eval(&named(&scope(), status, &json!(detail), &json!([])))?;
        return Ok(formed(asked, status, &body));
    }
    Ok(asked.refuse(status, detail, &usual(detail)))
}

/// The refusal of a request that has the wrong shape.
pub(crate) fn shape(
    plan: &Compiled,
    asked: &Asked<'_>,
    scope: impl FnOnce() -> Scope,
    status: u16,
    breaches: &[Breach],
) -> Result<Answer, String> {
    let faults: Vec<Value> = breaches.iter().map(fault).collect();
    let words: Vec<String> =
        breaches.iter().map(|breach| format!("{}: {}", place(breach), message(breach))).collect();
    let words = words.join("; ");
    if let Some(form) = &plan.shape_form {
        let body = form.eval(&named(&scope(), status, &json!(words), &json!(faults)))?;
        return Ok(formed(asked, status, &body));
    }
    if plan.error_form.is_some() {
        return error(plan, asked, scope, status, &words);
    }
    let mut bodies = usual(&words);
    if status == 422 {
        bodies.insert(0, json!({"detail": faults}));
    }
    Ok(asked.refuse(status, &words, &bodies))
}

/// The forms that services usually have.
fn usual(detail: &str) -> Vec<Value> {
    vec![json!({"detail": detail}), json!({"error": detail}), json!({"message": detail})]
}

/// A body of the behaviour file, as the JSON that the contract documents: `application/problem+json`.
fn formed(asked: &Asked<'_>, status: u16, body: &Value) -> Answer {
    let documented = response(&asked.sheet.responses, status).and_then(|response| {
        let types = response.content.iter().map(|info| info.media_type.as_str());
        types.filter_map(MediaType::parse).find(MediaType::is_json)
    });
    let media_type = documented.map_or_else(|| "application/json".to_owned(), |media| media.text());
    Answer::of(status, &media_type, body.to_string().into_bytes())
}

fn named(scope: &Scope, status: u16, detail: &Value, faults: &Value) -> Scope {
    scope.with(vec![
        ("status".into(), to_mini(&json!(status))),
        ("detail".into(), to_mini(detail)),
        ("faults".into(), to_mini(faults)),
    ])
}

/// One entry of a 422, as FastAPI writes them: where, what, and the kind of fault.
fn fault(breach: &Breach) -> Value {
    let place = match breach.location {
        Location::Path => "path",
        Location::Query => "query",
        Location::Header | Location::MediaType => "header",
        Location::Cookie => "cookie",
        _ => "body",
    };
    let mut way = vec![json!(place)];
    if breach.location == Location::MediaType && breach.segments.is_empty() {
        way.push(json!("content-type"));
    }
    way.extend(breach.segments.iter().map(|segment| match segment {
        Segment::Key(key) => json!(key),
        Segment::Index(index) => json!(index),
    }));
    if let Some(property) = breach.property.as_ref().filter(|property| way.last() != Some(&json!(property))) {
        way.push(json!(property));
    }
    json!({"loc": way, "msg": message(breach), "type": kind(breach)})
}

/// Where a request is wrong: a field that is missing by its own name.
fn place(breach: &Breach) -> String {
    match &breach.property {
        Some(property) => format!("{}/{property}", breach.instance_path),
        None => breach.instance_path.clone(),
    }
}

fn message(breach: &Breach) -> String {
    match breach.keyword.as_str() {
        "required" => "Field required".to_owned(),
        _ => format!("Wanted {}, found {}", breach.wanted, breach.found),
    }
}

/// The kind in the words of FastAPI where it has one.
fn kind(breach: &Breach) -> &str {
    match breach.keyword.as_str() {
        "required" => "missing",
        "type" => "type_error",
        "minLength" => "string_too_short",
        "maxLength" => "string_too_long",
        "pattern" => "string_pattern_mismatch",
        "format" => "value_error",
        "minimum" => "greater_than_equal",
        "maximum" => "less_than_equal",
        "exclusiveMinimum" => "greater_than",
        "exclusiveMaximum" => "less_than",
        "minItems" => "too_short",
        "maxItems" => "too_long",
        "enum" | "const" => "literal_error",
        "additionalProperties" | "unevaluatedProperties" => "extra_forbidden",
        "" => "value_error",
        other => other,
    }
}
