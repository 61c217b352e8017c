//! What must hold for every contract: those that ship, the corpus, and the cases.

use dryrun_compat::{Impact, import};
use dryrun_contract::Contract;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::support::{cases, contracts, diff, document};

/// Every document there is to try, by name.
fn documents() -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for path in contracts() {
        // Some of the corpus are no contracts on purpose.
        if let Ok(contract) = Contract::load(&path) {
            all.push((path.display().to_string(), contract.document().clone()));
        }
    }
    assert!(all.len() >= 3, "the shipped contracts are there");
    for case in cases("calls.yaml") {
        all.push((case["name"].to_string(), document(&case["new"])));
    }
    all
}

/// The same with the keys of every object the other way round.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(reversed).collect()),
        other => other.clone(),
    }
}

/// The same with every reference replaced by what it means, but for circles.
fn inlined(root: &Value, value: &Value, trail: &mut Vec<String>, budget: &mut usize) -> Value {
    *budget = budget.saturating_sub(1);
    match value {
        Value::Object(map) => {
            let reference = map.get("$ref").and_then(Value::as_str).filter(|_| map.len() == 1);
            let pointer = reference.and_then(|reference| reference.strip_prefix('#')).map(str::to_owned);
            if let Some(pointer) = pointer.filter(|pointer| !trail.contains(pointer) && *budget > 0)
                && let Some(target) = root.pointer(&pointer)
            {
                trail.push(pointer);
                let inner = inlined(root, target, trail, budget);
                trail.pop();
                return inner;
            }
            let each = map.iter().map(|(key, inner)| (key.clone(), inlined(root, inner, trail, budget)));
            Value::Object(each.collect::<Map<_, _>>())
        }
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| inlined(root, item, trail, budget)).collect())
        }
        other => other.clone(),
    }
}

#[test]
fn nothing_differs_from_itself() {
    for (name, document) in documents() {
        assert_eq!(diff(&document, &document), [], "{name}");
    }
}

#[test]
fn the_order_of_keys_changes_nothing() {
    for (name, document) in documents() {
        assert_eq!(diff(&document, &reversed(&document)), [], "{name}");
    }
}

#[test]
fn a_reference_is_what_it_means() {
    for (name, document) in documents() {
        let flat = inlined(&document, &document, &mut Vec::new(), &mut 60_000);
        assert_eq!(diff(&document, &flat), [], "{name}");
        assert_eq!(diff(&flat, &document), [], "{name}");
    }
}

#[test]
fn what_import_writes_is_what_it_read() {
    for (name, document) in documents() {
        let Ok(contract) = Contract::parse(&name, &document.to_string()) else {
            continue;
        };
        let imported = import(&contract, &name).unwrap_or_else(|error| panic!("{name}: {error}"));
        let again =
            Contract::parse("again.yaml", &imported.yaml).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(diff(&document, again.document()), [], "{name}");
        assert_eq!(contract.unusable().len(), again.unusable().len(), "{name}");
        let twice = import(&again, &name).unwrap();
        assert_eq!(twice.yaml, imported.yaml, "{name}: tidy stays tidy");
    }
}

/// The pointers of all schemas that name one type.
fn typed(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            let kind = map.get("type").and_then(Value::as_str);
            let schema = kind.is_some_and(|kind| {
                ["string", "integer", "number", "boolean", "array", "object"].contains(&kind)
            });
            if schema && !map.contains_key("in") && !at.contains("/securitySchemes/") {
                found.push(at.to_owned());
            }
            for (key, inner) in map
                .iter()
                .filter(|(key, _)| !["example", "examples", "default", "enum"].contains(&key.as_str()))
            {
                typed(inner, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| typed(item, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

/// The components that some call needs, by pointer.
fn needed(root: &Value, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            let reference = map.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
            if let Some(pointer) = reference
                && !found.iter().any(|known| known == pointer)
            {
                found.push(pointer.to_owned());
                needed(root, root.pointer(pointer).unwrap_or(&Value::Null), found);
            }
            map.iter()
                .filter(|(key, _)| !key.starts_with("x-"))
                .for_each(|(_, inner)| needed(root, inner, found));
        }
        Value::Array(items) => items.iter().for_each(|item| needed(root, item, found)),
        _ => {}
    }
}

/// The shipped contracts, each with the schemas that name one type and that some call needs.
static SHIPPED: std::sync::LazyLock<Vec<(Value, Vec<String>)>> = std::sync::LazyLock::new(|| {
    let places = |document: Value| {
        let (mut places, mut used) = (Vec::new(), Vec::new());
        typed(&document, "", &mut places);
        needed(&document, &document["paths"], &mut used);
        places.retain(|place| {
            place.starts_with("/paths/")
                || used.iter().any(|used| place == used || place.starts_with(&format!("{used}/")))
        });
        (document, places)
    };
    shipped().into_iter().map(places).collect()
});

fn shipped() -> Vec<Value> {
    ["crm", "platform", "generator"]
        .iter()
        .map(|name| {
            let path = crate::support::root().join(format!("../../schemas/{name}/openapi.yaml"));
            Contract::load(&path).unwrap().document().clone()
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn another_type_anywhere_breaks_somebody(contract in 0..3usize, pick in any::<prop::sample::Index>()) {
        let (old, places) = SHIPPED[contract].clone();
        let place = &places[pick.index(places.len())];
        let mut new = old.clone();
        let schema = new.pointer_mut(place).unwrap();
        let other = if schema["type"] == "object" { "boolean" } else { "object" };
        *schema = json!({ "type": other });
        let found = diff(&old, &new);
        let broken = found.iter().any(|change| change.consumer == Impact::Break || change.provider == Impact::Break);
        prop_assert!(broken, "{place} became {other}, and nobody noticed: {found:#?}");
    }

    #[test]
    fn a_call_that_breaks_is_always_found(contract in 0..3usize, pick in any::<prop::sample::Index>(), kind in 0..4u8) {
        let old = SHIPPED[contract].0.clone();
        let calls: Vec<(String, String)> = old["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys().filter(|key| ["get", "post", "put", "delete", "patch"].contains(&key.as_str()));
            methods.map(|method| (path.clone(), method.clone())).collect::<Vec<_>>()
        }).collect();
        let (path, method) = &calls[pick.index(calls.len())];
        let mut new = old.clone();
        let item = &mut new["paths"][path];
        let wanted = match kind {
            0 => {
                item.as_object_mut().unwrap().shift_remove(method);
                "operation-removed"
            }
            1 => {
                let parameters = &mut item[method]["parameters"];
                if parameters.is_null() { *parameters = json!([]); }
                parameters.as_array_mut().unwrap().push(json!({"name": "zzz", "in": "query", "required": true, "schema": {"type": "string"}}));
                "parameter-required-added"
            }
            2 => {
                item[method]["requestBody"] = json!({"required": true, "content": {"application/x-zzz": {}}});
                if old["paths"][path][method].get("requestBody").is_some() { "request-media-type-removed" } else { "request-body-required-added" }
            }
            _ => {
                item[method]["security"] = json!([{"zzz": []}]);
                "security-"
            }
        };
        let found = diff(&old, &new);
        let told = found.iter().any(|change| change.rule.starts_with(wanted) && change.consumer == Impact::Break);
        prop_assert!(told, "{method} {path}: {wanted} was not found: {found:#?}");
    }
}
