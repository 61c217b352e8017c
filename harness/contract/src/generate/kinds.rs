//! Mutants of kind, and of arrays and objects.

use rand::rngs::StdRng;
use serde_json::{Map, Value, json};

use super::case::Mutants;
use super::flatten::Source;
use super::merge::{Flat, types};
use super::value::{Ambition, Maker, is_kind, strings};

/// Beyond this many items no bound is tried from inside.
const MANY: usize = 1_000;
/// Items of an array that nothing bounds.
const HUGE: usize = 10_000;

/// Values of another kind than the schema names.
pub(super) fn other_kinds(flat: &Flat, here: &Value, out: &mut Mutants) {
    let kinds = flat.get("type").map(types).unwrap_or_default();
    for (name, value) in [
        ("null", Value::Null),
        ("true", json!(true)),
        ("a number", json!(12345)),
        ("a text", json!("text")),
        ("an empty array", json!([])),
        ("an empty object", json!({})),
    ] {
        if kinds.is_empty() || kinds.iter().any(|kind| is_kind(&value, kind)) {
            if value.is_null() {
                out.good("type", "null", Value::Null);
            }
        } else {
            out.bad("type", name, value);
        }
    }
    match here {
        Value::Bool(flag) => out.bad("type", "the flag as a text", flag.to_string()),
        Value::Array(items) => {
            out.bad("type", "one item in place of the array", items.first().cloned().unwrap_or_default())
        }
        Value::Object(_) => out.bad("type", "the object in an array", json!([here])),
        Value::String(_) => out.bad("type", "the text in an array", json!([here])),
        _ => {}
    }
}

/// Each value of an `enum`, and values that are not in it.
pub(super) fn listed(values: &[Value], out: &mut Mutants) {
    for value in values.iter().take(12) {
        out.good("enum", value.to_string(), value.clone());
    }
    out.bad("enum", "a value that is not in the list", "dryrun-no-such-value");
    if let Some(text) = values.iter().find_map(Value::as_str) {
        let turned = if text.to_uppercase() == text { text.to_lowercase() } else { text.to_uppercase() };
        out.bad("enum", "in other case", turned);
        out.bad("enum", "with a space", format!("{text} "));
    }
    if let Some(most) = values.iter().filter_map(Value::as_i64).max() {
        out.bad("enum", "one more than the largest", most.saturating_add(1));
    }
}

/// What is tried where an array stands.
pub(super) fn arrays(
    source: Source<'_>,
    flat: &Flat,
    here: &[Value],
    hint: &str,
    rng: &mut StdRng,
    out: &mut Mutants,
) {
    let bound = |key: &str| flat.get(key).and_then(Value::as_f64).map(|n| n as usize);
    let least = bound("minItems").unwrap_or(0);
    let unique = flat.get("uniqueItems") == Some(&Value::Bool(true));
    let mut exactly = |count: usize| {
        let mut sized = flat.clone();
        sized.insert("minItems".to_owned(), json!(count));
        sized.insert("maxItems".to_owned(), json!(count));
        let made = Maker::new(source, rng, Ambition::Lean).of(&sized, hint, 1);
        made.unwrap_or_else(|| Value::Array(here.iter().cycle().take(count).cloned().collect()))
    };
    if least > 0 {
        out.good("minItems", format!("{}, the least", crate::words::count(least, "item")), exactly(least));
        out.bad(
            "minItems",
            format!("{}, one fewer than the least", crate::words::count(least - 1, "item")),
            exactly(least - 1),
        );
        out.bad("minItems", "no items", json!([]));
    } else {
        out.good("minItems", "no items", json!([]));
    }
    match bound("maxItems") {
        Some(most) if most <= MANY => {
            out.good("maxItems", format!("{}, the most", crate::words::count(most, "item")), exactly(most));
            out.bad(
                "maxItems",
                format!("{}, one more than the most", crate::words::count(most + 1, "item")),
                exactly(most + 1),
            );
        }
        Some(_) => {}
        None if !unique && !here.is_empty() => {
            let all: Vec<Value> = here.iter().cycle().take(HUGE).cloned().collect();
            out.extreme("huge", "10,000 items", Value::Array(all));
        }
        None => {}
    }
    if let (true, Some(first)) = (unique, here.first()) {
        let mut twice = here.to_vec();
        twice.push(first.clone());
        out.bad("uniqueItems", "the first item twice", Value::Array(twice));
    }
    if flat.get("items") == Some(&Value::Bool(false)) {
        let mut longer = here.to_vec();
        longer.push(json!("more"));
        out.bad("items", "an item more than there may be", Value::Array(longer));
    }
    if flat.contains_key("contains") {
        out.bad("contains", "nothing of what must be in it", json!([null]));
    }
}

/// What is tried where an object stands.
pub(super) fn objects(
    source: Source<'_>,
    flat: &Flat,
    here: &Map<String, Value>,
    top: bool,
    rng: &mut StdRng,
    out: &mut Mutants,
) {
    let without = |name: &str| {
        let mut copy = here.clone();
        copy.shift_remove(name);
        Value::Object(copy)
    };
    let with = |name: &str, value: Value| {
        let mut copy = here.clone();
        copy.insert(name.to_owned(), value);
        Value::Object(copy)
    };
    let required = strings(flat.get("required"));
    for name in &required {
        out.bad("required", format!("without {name}"), without(name));
    }
    if let Some(small) = Maker::new(source, rng, Ambition::Lean).of(flat, "", 1) {
        out.good("required", "only what must be there", small);
    }
    for name in here.keys().filter(|name| !required.contains(name)) {
        out.good("required", format!("without {name}, which may be left out"), without(name));
    }
    if flat.get("additionalProperties") == Some(&Value::Bool(false)) {
        out.bad("additionalProperties", "a property that nobody knows", with("dryrunUnknown", json!("x")));
    } else if top {
        out.good("additionalProperties", "a property more", with("dryrunUnknown", json!("x")));
        out.extreme(
            "additionalProperties",
            "a property called __proto__",
            with("__proto__", json!({"dryrun": true})),
        );
    }
    if let Some(most) = flat.get("maxProperties").and_then(Value::as_u64).filter(|most| *most < 1_000) {
        let mut copy = here.clone();
        (0..=most).for_each(|i| drop(copy.insert(format!("more{i}"), json!("x"))));
        out.bad("maxProperties", "more properties than the most", Value::Object(copy));
    }
    if flat.contains_key("minProperties") {
        out.bad("minProperties", "no properties", json!({}));
    }
    if flat.contains_key("propertyNames") || flat.contains_key("patternProperties") {
        out.bad("propertyNames", "a name that may not be", with("!? \u{e9}", json!("x")));
    }
    for (name, asked) in flat.get("dependentRequired").and_then(Value::as_object).into_iter().flatten() {
        for missing in strings(Some(asked)).iter().filter(|_| here.contains_key(name)) {
            out.bad("dependentRequired", format!("{name} without {missing}"), without(missing));
        }
    }
}
