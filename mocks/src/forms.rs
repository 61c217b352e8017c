//! Bodies of errors: in the form that the behaviour file gives, else in the first usual form that the contract allows.

use dryrun_contract::{Breach, Contract, Location, Operation, Segment};
use serde_json::{Value, json};

use crate::json::to_mini;
use crate::plan::Compiled;
use crate::scope::Scope;

/// The body of an error.
pub(crate) fn error(
    plan: &Compiled,
    contract: &Contract,
    operation: Option<&Operation>,
    scope: &Scope,
    status: u16,
    detail: &str,
) -> Result<Value, String> {
    let usual = json!({"detail": detail});
    if let Some(form) = &plan.error_form {
        return form.eval(&named(scope, status, &json!(detail), &json!([])));
    }
    Ok(match operation {
        Some(operation) => fitting(
            contract,
            operation,
            status,
            vec![usual, json!({"error": detail}), json!({"message": detail})],
        ),
        None => usual,
    })
}

/// The body of a refusal of a request that has the wrong shape.
pub(crate) fn shape(
    plan: &Compiled,
    contract: &Contract,
    operation: &Operation,
    scope: &Scope,
    status: u16,
    breaches: &[Breach],
) -> Result<Value, String> {
    let faults: Vec<Value> = breaches.iter().map(fault).collect();
    let words: Vec<String> =
        breaches.iter().map(|breach| format!("{}: {}", breach.instance_path, message(breach))).collect();
    let words = words.join("; ");
    if let Some(form) = &plan.shape_form {
        return form.eval(&named(scope, status, &json!(words), &json!(faults)));
    }
    if status == 422 {
        let body = json!({"detail": faults});
        if contract.check_response(operation, status, &json_type(), body.to_string().as_bytes()).is_empty() {
            return Ok(body);
        }
    }
    error(plan, contract, Some(operation), scope, status, &words)
}

fn named(scope: &Scope, status: u16, detail: &Value, faults: &Value) -> Scope {
    scope.with(vec![
        ("status".to_owned(), to_mini(&json!(status))),
        ("detail".to_owned(), to_mini(detail)),
        ("faults".to_owned(), to_mini(faults)),
    ])
}

fn json_type() -> [(String, String); 1] {
    [("content-type".to_owned(), "application/json".to_owned())]
}

/// The first body that the contract allows for this status, else the contract's own example, else the first body.
fn fitting(contract: &Contract, operation: &Operation, status: u16, mut bodies: Vec<Value>) -> Value {
    let fits = |body: &Value| {
        contract.check_response(operation, status, &json_type(), body.to_string().as_bytes()).is_empty()
    };
    if let Some(place) = bodies.iter().position(fits) {
        return bodies.swap_remove(place);
    }
    let first = bodies.swap_remove(0);
    contract.response_example(operation, status).unwrap_or(first)
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
