//! What a thing has beside what was sent: what the service itself would put there. And things that nobody made.

use std::sync::Arc;

use dryrun_contract::generate::Generator;
use dryrun_contract::{Contract, Side};
use serde_json::{Map, Value};

use crate::chance;
use crate::json::text;
use crate::unscripted::exampled::{apart, example, exampled};
use crate::unscripted::fields::{plain, singular, types};
use crate::unscripted::roles::Kind;
use crate::unscripted::sheet::{Kept, Sheets, Things};

/// A catalogue without examples has so many things.
const CATALOGUE: u64 = 3;
/// What a new thing does not have yet.
const LATER: [&str; 14] = [
    "deleted",
    "removed",
    "cancel",
    "archived",
    "expire",
    "closed",
    "finished",
    "completed",
    "ended",
    "failed",
    "failure",
    "error",
    "paid",
    "shipped",
];

/// The seed of what is put beside what was sent.
pub(crate) fn seed(seed: u64, key: &str, id: &str) -> u64 {
    chance::hash(seed, &["thing beside", key, id])
}

/// Adds the declared defaults, and what clients can't send: `created_at`. `sendable` are the names that they can.
pub(crate) fn complete(
    contract: &Contract,
    kept: &Kept,
    sendable: &[String],
    seed: u64,
    fields: &mut Map<String, Value>,
) {
    let side = Side::Response;
    for (name, at) in &kept.fields {
        if fields.contains_key(name) {
            continue;
        }
        let default = contract.schema(at, side).get("default").cloned();
        let default = default.filter(|value| contract.accepts(at, side, value));
        let foreign = !sendable.is_empty() && !sendable.contains(name);
        let made = || {
            if !foreign || LATER.iter().any(|word| plain(name).contains(word)) {
                return None;
            }
            let kinds = types(contract, at, side);
            if contract.accepts(at, side, &Value::Null) {
                return Some(Value::Null);
            }
            let single = |kind: &&str| matches!(*kind, "string" | "integer" | "number" | "boolean");
            (!kinds.is_empty() && kinds.iter().all(single)).then_some(())?;
            let documented = example(contract, at).filter(|_| !apart(name));
            documented.or_else(|| Generator::new(chance::hash(seed, &[name])).instance(contract, at, side))
        };
        if let Some(value) = default.or_else(made) {
            fields.insert(name.clone(), value);
        }
    }
}

/// The things of a collection that nobody can make anything for: the same for one seed.
pub(crate) fn catalogue(contract: &Contract, sheets: &Sheets, kept: &Kept, seed: u64, key: &str) -> Things {
    let Some(items) = sheets.listed(contract, &kept.shelf) else { return Things::new() };
    let made = (1..=CATALOGUE).filter_map(|number| {
        let id = kept.ids.make(contract, &kept.shelf.name, seed, key, number);
        let seed = chance::hash(seed, &["catalogue", key, &number.to_string()]);
        let made = Generator::new(seed).instance(contract, &items, Side::Response)?;
        let mut thing = exampled(contract, &items, made);
        if let (Some((field, _)), Value::Object(map)) = (&kept.ids.field, &mut thing) {
            map.insert(field.clone(), id.clone());
        }
        Some((text(&id), Arc::new(thing)))
    });
    made.collect()
}

/// Takes over what a thing lacks, in the things within it, too.
pub(crate) fn fill(thing: &mut Value, shown: &Value) {
    match (thing, shown) {
        (Value::Object(map), Value::Object(shown)) => {
            for (name, value) in shown {
                match map.get_mut(name) {
                    Some(own) => fill(own, value),
                    None => drop(map.insert(name.clone(), value.clone())),
                }
            }
        }
        (Value::Array(items), Value::Array(shown)) if items.len() == shown.len() => {
            items.iter_mut().zip(shown).for_each(|(own, value)| fill(own, value));
        }
        _ => {}
    }
}

/// The sentence that says that a thing is not there.
pub(crate) fn missing(kept: &Kept, id: &str) -> String {
    match kept.shelf.kind {
        Kind::Sole => format!("there is no {}", kept.shelf.name),
        _ => format!("there is no {} {id}", singular(&kept.shelf.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_thing_lacks_is_taken_over_at_every_depth() {
        let mut thing = json!({"a": 1, "in": {"b": 2}, "list": [{"c": 3}], "other": [1]});
        fill(
            &mut thing,
            &json!({"a": 9, "in": {"b": 9, "d": 4}, "list": [{"c": 9, "id": 5}], "other": [1, 2], "new": 6}),
        );
        assert_eq!(
            thing,
            json!({"a": 1, "in": {"b": 2, "d": 4}, "list": [{"c": 3, "id": 5}], "other": [1], "new": 6})
        );
    }
}
