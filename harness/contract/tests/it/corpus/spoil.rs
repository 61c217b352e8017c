//! Values spoilt by what their schema says: each must be refused, whatever the rest of the schema is.
//!
//! Only rules that must hold in any case are broken: those of the schema itself, of what it refers to and of its `allOf`,
//! and of what these say about fields and items. This knows nothing of how values are made or judged.

use dryrun_contract::{Contract, Side};
use serde_json::{Map, Value, json};

/// How deep it is looked.
const DEPTH: usize = 5;
/// How many references and combinations in a row are followed.
const HOPS: usize = 16;
/// How many spoilt values of one value are enough.
const ENOUGH: usize = 120;

/// What was spoilt, and the whole value with it.
pub(super) fn spoilt(contract: &Contract, side: Side, schema: &Value, value: &Value) -> Vec<(String, Value)> {
    let mut all = below(contract, side, schema, value, 0);
    all.truncate(ENOUGH);
    all
}

/// The schema, what it refers to, and all of its `allOf`: everything that must hold.
fn rules<'c>(
    contract: &'c Contract,
    side: Side,
    schema: &'c Value,
    hops: usize,
    out: &mut Vec<&'c Map<String, Value>>,
) {
    let Some(map) = schema.as_object().filter(|_| hops < HOPS) else {
        return;
    };
    out.push(map);
    if map.contains_key("$ref") {
        rules(contract, side, contract.resolve(schema, side), hops + 1, out);
    }
    for part in map.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        rules(contract, side, part, hops + 1, out);
    }
}

fn below(
    contract: &Contract,
    side: Side,
    schema: &Value,
    value: &Value,
    depth: usize,
) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    let mut must = Vec::new();
    rules(contract, side, schema, 0, &mut must);
    for rule in must {
        all.extend(here(rule, value));
        if depth == DEPTH {
            continue;
        }
        let field = |key: &str| rule.get("properties").and_then(|all| all.get(key));
        for (key, inner) in value.as_object().into_iter().flatten() {
            for (what, bad) in
                field(key).map(|schema| below(contract, side, schema, inner, depth + 1)).unwrap_or_default()
            {
                let mut copy = value.clone();
                copy[key.as_str()] = bad;
                all.push((format!("{key}/{what}"), copy));
            }
        }
        let fixed = rule.get("prefixItems").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for (i, inner) in value.as_array().into_iter().flatten().enumerate().take(3) {
            let schema = fixed.get(i).or_else(|| rule.get("items"));
            for (what, bad) in
                schema.map(|schema| below(contract, side, schema, inner, depth + 1)).unwrap_or_default()
            {
                let mut copy = value.clone();
                copy[i] = bad;
                all.push((format!("{i}/{what}"), copy));
            }
        }
        if all.len() > ENOUGH * 2 {
            break;
        }
    }
    all
}

/// What breaks one rule at the top of a value.
fn here(rule: &Map<String, Value>, value: &Value) -> Vec<(String, Value)> {
    let mut all = kinds(rule);
    let number = |key: &str| rule.get(key).and_then(Value::as_f64);
    let size = |key: &str| rule.get(key).and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok());
    let odd = json!("\u{1}no such value");
    let listed = rule.get("enum").and_then(Value::as_array);
    if listed.is_some_and(|values| !values.contains(&odd)) || rule.get("const").is_some_and(|one| *one != odd)
    {
        all.push(("enum".to_owned(), odd));
    }
    match value {
        Value::Object(map) => {
            for name in
                rule.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
            {
                let mut copy = map.clone();
                copy.shift_remove(name);
                all.push((format!("required {name}"), Value::Object(copy)));
            }
            if rule.get("additionalProperties") == Some(&json!(false))
                && !rule.contains_key("patternProperties")
            {
                let mut copy = map.clone();
                copy.insert("no such field".to_owned(), json!(1));
                all.push(("additionalProperties".to_owned(), Value::Object(copy)));
            }
        }
        Value::String(text) => {
            if let Some(least) = size("minLength").filter(|least| *least > 0) {
                all.push(("minLength".to_owned(), text.chars().take(least - 1).collect::<String>().into()));
            }
            if let Some(most) = size("maxLength").filter(|most| *most < 10_000) {
                all.push(("maxLength".to_owned(), format!("{text}{}", "x".repeat(most + 1)).into()));
            }
        }
        Value::Number(_) => {
            all.extend(
                number("minimum").map(|least| ("minimum".to_owned(), json!(least - 1.0 - least.abs()))),
            );
            all.extend(number("maximum").map(|most| ("maximum".to_owned(), json!(most + 1.0 + most.abs()))));
            for key in ["exclusiveMinimum", "exclusiveMaximum"] {
                all.extend(rule.get(key).map(|bound| (key.to_owned(), bound.clone())));
            }
        }
        Value::Array(items) => {
            if let Some(least) = size("minItems").filter(|least| *least > 0) {
                all.push(("minItems".to_owned(), items.iter().take(least - 1).cloned().collect()));
            }
            if let (Some(true), Some(first)) =
                (rule.get("uniqueItems").and_then(Value::as_bool), items.first())
            {
                all.push(("uniqueItems".to_owned(), items.iter().chain([first]).cloned().collect()));
            }
        }
        _ => {}
    }
    all
}

/// One value of each kind that `type` leaves out.
fn kinds(rule: &Map<String, Value>) -> Vec<(String, Value)> {
    let named: Vec<&str> = match rule.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => return Vec::new(),
    };
    let others = [
        (["null"].as_slice(), json!(null)),
        (&["boolean"], json!(true)),
        (&["number"], json!(0.5)),
        (&["string"], json!("text")),
        (&["array"], json!([])),
        (&["object"], json!({})),
    ];
    let others = others.into_iter().filter(|(kinds, _)| !kinds.iter().any(|kind| named.contains(kind)));
    others.map(|(kinds, value)| (format!("type: {}", kinds[0]), value)).collect()
}
