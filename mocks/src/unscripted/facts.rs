//! What a call says of itself, and what a success can't say: so that a made-up body fits the call that it answers.

use dryrun_contract::{Contract, SchemaRef, Side};
use serde_json::{Map, Value};

use crate::unscripted::bodies::{Form, by_example};
use crate::unscripted::fields::{id_field, plain, properties, types};
use crate::unscripted::ids::typed;

/// One thing that a call says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fact {
    pub(crate) name: String,
    pub(crate) value: Value,
    /// The collection of which it is the id of one: the segment before it in the path.
    pub(crate) of: Option<String>,
}

/// Fields that lead to more: a client that follows what is made up never comes to an end.
const MORE: [&str; 9] = [
    "next",
    "nextcursor",
    "nextpage",
    "nextpagetoken",
    "nexttoken",
    "nextlink",
    "nexturl",
    "continuationtoken",
    "nextpageurl",
];

/// The body with what the call says, and fit for a success; `None` if that changes nothing.
pub(crate) fn told(contract: &Contract, form: &Form<'_>, made: &Value, facts: &[Fact]) -> Option<Value> {
    let schema = form.info.schema.as_ref()?;
    let mut value = made.clone();
    let Value::Object(map) = &mut value else { return None };
    let declared = properties(contract, schema, Side::Response);
    fit(contract, &declared, map);
    for fact in facts {
        if !say(contract, &declared, map, fact) {
            // What wraps it says it.
            for (name, at) in &declared {
                let inner = properties(contract, at, Side::Response);
                if let Some(Value::Object(inside)) = map.get_mut(name)
                    && say(contract, &inner, inside, fact)
                {
                    break;
                }
            }
        }
    }
    (value != *made).then_some(value)
}

/// A made-up body that is fit for a success.
pub(crate) fn made_fit(contract: &Contract, form: &Form<'_>, seed: u64) -> Option<Value> {
    let made = by_example(contract, form, seed)?;
    Some(told(contract, form, &made, &[]).unwrap_or(made))
}

fn say(
    contract: &Contract,
    declared: &[(String, SchemaRef)],
    map: &mut Map<String, Value>,
    fact: &Fact,
) -> bool {
    let same = declared.iter().find(|(name, _)| plain(name) == plain(&fact.name));
    let id = || {
        let of = fact.of.as_ref()?;
        let name = id_field(declared.iter().map(|(name, _)| name.as_str()), of, &fact.name)?;
        declared.iter().find(|(known, _)| known == name)
    };
    let Some((name, at)) = same.or_else(id) else { return false };
    let value = match &fact.value {
        Value::String(text) => as_declared(contract, at, text),
        other => other.clone(),
    };
    let fits = contract.accepts(at, Side::Response, &value);
    if fits {
        map.insert(name.clone(), value);
    }
    fits
}

/// A text as the schema has it: a text, a number, a truth.
fn as_declared(contract: &Contract, at: &SchemaRef, text: &str) -> Value {
    let json =
        || serde_json::from_str::<Value>(text).ok().filter(|value| value.is_boolean() || value.is_number());
    match typed(contract, at, text) {
        same if contract.accepts(at, Side::Response, &same) => same,
        other => json().unwrap_or(other),
    }
}

/// A success says so, has no error, and is all that there is.
fn fit(contract: &Contract, declared: &[(String, SchemaRef)], map: &mut Map<String, Value>) {
    for (name, at) in declared {
        if !map.contains_key(name) {
            continue;
        }
        let accepts = |value: &Value| contract.accepts(at, Side::Response, value);
        let nothing = || {
            [Value::Null, Value::String(String::new()), Value::Array(Vec::new())].into_iter().find(accepts)
        };
        match plain(name).as_str() {
            "success" | "ok" | "succeeded" | "successful" if accepts(&Value::Bool(true)) => {
                map.insert(name.clone(), Value::Bool(true));
            }
            "hasmore" | "hasnext" | "hasnextpage" if accepts(&Value::Bool(false)) => {
                map.insert(name.clone(), Value::Bool(false));
            }
            word if MORE.contains(&word) || word == "error" || word == "errors" => {
                match nothing() {
                    Some(value) => drop(map.insert(name.clone(), value)),
                    // If it must be there, the check of the body brings it back.
                    None => drop(map.shift_remove(name)),
                }
            }
            "links" if properties(contract, at, Side::Response).is_empty() => {
                let empty = Value::Object(Map::new());
                if accepts(&empty) {
                    map.insert(name.clone(), empty);
                }
            }
            _ if types(contract, at, Side::Response).contains(&"object") => {
                let inner = properties(contract, at, Side::Response);
                if let Some(Value::Object(inside)) = map.get_mut(name)
                    && inner.iter().any(|(name, _)| MORE.contains(&plain(name).as_str()))
                {
                    fit(contract, &inner, inside);
                }
            }
            _ => {}
        }
    }
}
