//! The examples that the schemas of properties give, laid over a made-up body: `examples` and `example`, else `default`.
//! The whole of it is what the schema accepts. Parts are looked at, but never compiled: in a large contract that would
//! take longer than the answer.

use dryrun_contract::{Contract, SchemaRef, Segment, Side};
use serde_json::Value;

use crate::unscripted::fields::{escaped, place, plain, types};

const SIDE: Side = Side::Response;
/// How many combinations may stand in each other.
const DEEP: usize = 12;
/// So many examples are tried one by one where all of them together don't go.
const TRIES: usize = 64;
/// So many examples at most are laid over one body.
const MOST: usize = 2_000;

/// An example, with its place in the body.
type Patch = (Vec<Segment>, Value);

/// A made-up value of this schema, with the examples of its properties where the schema accepts that.
pub(crate) fn exampled(contract: &Contract, at: &SchemaRef, made: Value) -> Value {
    let mut walk = Walk { contract, patches: Vec::new() };
    walk.enter(at, &made, &mut Vec::new(), true, DEEP);
    if walk.patches.is_empty() {
        return made;
    }
    let mut all = made.clone();
    walk.patches.iter().for_each(|patch| lay(&mut all, patch));
    if contract.accepts(at, SIDE, &all) {
        return all;
    }
    // One of them does not go with the rest: the name of another kind than the one that was made up.
    let mut value = made;
    for patch in walk.patches.iter().take(TRIES) {
        let mut tried = value.clone();
        lay(&mut tried, patch);
        if contract.accepts(at, SIDE, &tried) {
            value = tried;
        }
    }
    value
}

/// The example of a schema that it accepts itself, else its default.
pub(crate) fn example(contract: &Contract, at: &SchemaRef) -> Option<Value> {
    let all = given(contract, at).into_iter().chain(default(contract, at));
    all.into_iter().find(|value| contract.accepts(at, SIDE, value))
}

/// The default of a schema, if it is of its type.
fn default(contract: &Contract, at: &SchemaRef) -> Option<Value> {
    let found = word(contract, at, DEEP, &|schema| schema.get("default").cloned().into_iter().collect());
    found.into_iter().find(|value| typed(contract, at, value))
}

/// The documented examples of a schema that are of its type.
fn given(contract: &Contract, at: &SchemaRef) -> Vec<Value> {
    let mut all = all_given(contract, at, DEEP);
    all.retain(|value| typed(contract, at, value));
    all
}

/// Whether a value is of the type that a schema names.
fn typed(contract: &Contract, at: &SchemaRef, value: &Value) -> bool {
    let kinds = types(contract, at, SIDE);
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.as_f64().is_some_and(|number| number.fract() == 0.0) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    kinds.is_empty() || kinds.contains(&kind) || (kind == "integer" && kinds.contains(&"number"))
}

/// Whether a value was likely made for this branch: type, required fields and fixed values are those of it.
fn likely(contract: &Contract, at: &SchemaRef, value: &Value, deep: usize) -> bool {
    let schema = contract.schema(at, SIDE);
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    let there = required.filter_map(Value::as_str).all(|name| value.get(name).is_some());
    let fixed = |(name, property): (&String, &Value)| {
        let Some(found) = value.get(name) else { return true };
        let one = property.get("const").is_none_or(|one| one == found);
        one && property.get("enum").and_then(Value::as_array).is_none_or(|all| all.contains(found))
    };
    let properties = schema.get("properties").and_then(Value::as_object);
    if !typed(contract, at, value) || !there || !properties.into_iter().flatten().all(fixed) {
        return false;
    }
    if deep == 0 {
        return true;
    }
    let meant = place(contract, at, SIDE);
    let parts = schema.get("allOf").and_then(Value::as_array).map_or(0, Vec::len);
    let mut parts = (0..parts).map(|index| SchemaRef::new(format!("{}/allOf/{index}", at.pointer())));
    (meant == *at || likely(contract, &meant, value, deep - 1))
        && parts.all(|part| likely(contract, &part, value, deep - 1))
}

/// The documented examples of a schema.
fn all_given(contract: &Contract, at: &SchemaRef, deep: usize) -> Vec<Value> {
    word(contract, at, deep, &|schema| {
        let single = schema.get("example").cloned();
        let several = schema.get("examples").and_then(Value::as_array).cloned().unwrap_or_default();
        single.into_iter().chain(several).collect()
    })
}

/// What a schema says, else what the one says that it refers to or is all of.
fn word(contract: &Contract, at: &SchemaRef, deep: usize, says: &dyn Fn(&Value) -> Vec<Value>) -> Vec<Value> {
    let own = says(contract.schema(at, SIDE));
    if !own.is_empty() || deep == 0 {
        return own;
    }
    let meant = place(contract, at, SIDE);
    if meant != *at {
        return word(contract, &meant, deep - 1, says);
    }
    let parts = contract.schema(at, SIDE).get("allOf").and_then(Value::as_array).map_or(0, Vec::len);
    let parts = (0..parts).map(|index| SchemaRef::new(format!("{}/allOf/{index}", at.pointer())));
    parts
        .map(|part| word(contract, &part, deep - 1, says))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// Whether a field of this name tells things apart: two things don't share an example of it.
pub(crate) fn apart(name: &str) -> bool {
    let plain = plain(name);
    let ends = ["id", "uuid", "guid"]
        .iter()
        .any(|end| plain == *end || name.ends_with(&format!("_{end}")) || name.ends_with(&first_upper(end)));
    ends || ["key", "slug", "self", "href"].contains(&plain.as_str())
}

fn first_upper(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

struct Walk<'c> {
    contract: &'c Contract,
    patches: Vec<Patch>,
}

impl Walk<'_> {
    /// Collects the examples for a value. `first` says that no other thing in a list has them already.
    fn enter(&mut self, at: &SchemaRef, value: &Value, way: &mut Vec<Segment>, first: bool, deep: usize) {
        let at = place(self.contract, at, SIDE);
        let contract = self.contract;
        let schema = contract.schema(&at, SIDE);
        if self.patches.len() > MOST {
            return;
        }
        match value {
            Value::Object(map) => {
                let declared = schema.get("properties").and_then(Value::as_object).into_iter();
                for name in declared.flat_map(|all| all.keys()) {
                    let property = SchemaRef::new(format!("{}/properties/{}", at.pointer(), escaped(name)));
                    self.property(&property, name, map.get(name), way, first);
                }
            }
            Value::Array(items) if schema.get("items").is_some() => {
                let at = SchemaRef::new(format!("{}/items", at.pointer()));
                let examples = given(contract, &at);
                for (index, item) in items.iter().enumerate() {
                    way.push(Segment::Index(index));
                    match examples.get(index) {
                        Some(example) => self.patches.push((way.clone(), example.clone())),
                        None => self.enter(&at, item, way, first && index == 0, DEEP),
                    }
                    way.pop();
                }
            }
            _ => return,
        }
        if deep == 0 {
            return;
        }
        for word in ["allOf", "oneOf", "anyOf"] {
            let count = schema.get(word).and_then(Value::as_array).map_or(0, Vec::len);
            let parts = (0..count).map(|index| SchemaRef::new(format!("{}/{word}/{index}", at.pointer())));
            if word == "allOf" {
                parts.for_each(|part| self.enter(&part, value, way, first, deep - 1));
            } else if let Some(branch) = parts.into_iter().find(|part| likely(contract, part, value, deep)) {
                self.enter(&branch, value, way, first, deep - 1);
            }
        }
    }

    fn property(
        &mut self,
        at: &SchemaRef,
        name: &str,
        value: Option<&Value>,
        way: &mut Vec<Segment>,
        first: bool,
    ) {
        let contract = self.contract;
        let hidden = |at: &SchemaRef| contract.schema(at, SIDE).get("writeOnly") == Some(&Value::Bool(true));
        if hidden(at) || hidden(&place(contract, at, SIDE)) {
            return;
        }
        way.push(Segment::Key(name.to_owned()));
        let shared = first || !apart(name);
        // What may be left out comes in by its example, not by its default.
        let mut found = given(contract, at).into_iter().next();
        if value.is_some() {
            found = found.or_else(|| default(contract, at));
        }
        match (found.filter(|_| shared), value) {
            (Some(found), _) => self.patches.push((way.clone(), found)),
            (None, Some(value)) => self.enter(at, value, way, first, DEEP),
            (None, None) => {}
        }
        way.pop();
    }
}

fn lay(value: &mut Value, (way, example): &Patch) {
    let Some((last, above)) = way.split_last() else { return };
    let target = above.iter().try_fold(value, |value, segment| match segment {
        Segment::Key(key) => value.get_mut(key),
        Segment::Index(index) => value.get_mut(index),
    });
    match (target, last) {
        (Some(Value::Object(map)), Segment::Key(key)) => drop(map.insert(key.clone(), example.clone())),
        (Some(Value::Array(items)), Segment::Index(index)) if *index < items.len() => {
            items[*index] = example.clone();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn laid(schemas: Value, made: Value) -> Value {
        let paths = json!({"/a": {"get": {"responses": {"200": {"description": "ok"}}}}});
        let document = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths,
            "components": {"schemas": schemas}});
        let contract = Contract::parse("t.json", &document.to_string()).unwrap();
        exampled(&contract, &SchemaRef::new("/components/schemas/A"), made)
    }

    #[test]
    fn examples_go_first_then_defaults_and_what_has_neither_stays() {
        let schema = json!({"type": "object", "properties": {
            "n": {"type": "integer", "examples": [42, 43], "default": 1}, "m": {"type": "string", "default": "dd"},
            "o": {"$ref": "#/components/schemas/O"}, "p": {"type": "string"}, "q": {"type": "string", "default": "x"},
            "s": {"type": "string", "writeOnly": true, "example": "secret"}}});
        let all = json!({"A": schema, "O": {"type": "string", "example": "oo"}});
        let wanted = json!({"n": 42, "m": "dd", "p": "made", "o": "oo"});
        assert_eq!(laid(all, json!({"n": 7, "m": "made", "p": "made"})), wanted);
    }

    #[test]
    fn an_example_that_is_out_of_contract_is_none() {
        let schema = json!({"type": "object", "properties": {
            "n": {"type": "integer", "examples": ["no", 5]}, "m": {"type": "string", "maxLength": 2, "example": "long"},
            "k": {"type": "string", "example": "b"}}, "not": {"properties": {"k": {"const": "b"}}, "required": ["k"]}});
        let made = json!({"n": 7, "m": "ok", "k": "a"});
        assert_eq!(laid(json!({"A": schema}), made), json!({"n": 5, "m": "ok", "k": "a"}));
    }

    #[test]
    fn things_of_a_list_don_t_share_an_id() {
        let item = json!({"type": "object", "properties": {
            "userId": {"type": "integer", "example": 4}, "paid": {"type": "string", "example": "yes"}}});
        let schema = json!({"type": "object", "properties": {
            "all": {"type": "array", "items": item},
            "tags": {"type": "array", "items": {"type": "string", "examples": ["red", "blue"]}}}});
        let made = json!({"all": [{"userId": 1}, {"userId": 2}], "tags": ["a", "b", "c"]});
        let wanted = json!({"all": [{"userId": 4, "paid": "yes"}, {"userId": 2, "paid": "yes"}],
            "tags": ["red", "blue", "c"]});
        assert_eq!(laid(json!({"A": schema}), made), wanted);
    }

    #[test]
    fn only_the_branch_that_was_made_gives_its_examples() {
        let of = |kind: &str, field: &str| {
            json!({"type": "object", "required": ["kind"], "additionalProperties": false, "properties": {
                "kind": {"const": kind}, field: {"type": "string", "example": field}}})
        };
        let schema = json!({"oneOf": [of("cat", "purr"), of("dog", "bark")]});
        assert_eq!(
            laid(json!({"A": schema}), json!({"kind": "dog"})),
            json!({"kind": "dog", "bark": "bark"})
        );
    }
}
