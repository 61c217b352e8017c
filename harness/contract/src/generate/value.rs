//! Makes a value for a schema: a first attempt, to be checked.

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};

use super::flatten::Source;
use super::merge::{Flat, all_of, patterns_for, types};
use super::number::{Whole, fraction};
use super::pattern::matching;
use super::text::text;
use crate::breach::Side;

/// How much is put into a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ambition {
    /// Every optional property, an item in every array.
    Rich,
    /// Some of it.
    Usual,
    /// Only what must be there.
    Lean,
}

/// From how deep on only what must be there is made.
const DEEP: usize = 5;
/// How deep a value may get at all.
const DEEPEST: usize = 40;
/// From how many parts on only what must be there is made.
const LARGE: usize = 400;
/// How many parts a value may have at all.
const LARGEST: usize = 200_000;
/// How often one item of a set is made anew.
const TRIES: usize = 24;

/// Makes one value.
pub(super) struct Maker<'m, 'c> {
    pub(super) source: Source<'c>,
    pub(super) rng: &'m mut StdRng,
    pub(super) ambition: Ambition,
    parts: usize,
}

impl<'m, 'c> Maker<'m, 'c> {
    pub(super) fn new(source: Source<'c>, rng: &'m mut StdRng, ambition: Ambition) -> Self {
        Self { source, rng, ambition, parts: 0 }
    }

    /// A value that the schema may well accept; `hint` is the name of the field it is for.
    pub(super) fn value(&mut self, schema: &Value, hint: &str, depth: usize) -> Option<Value> {
        let flat = self.flat(schema, depth)?;
        self.of(&flat, hint, depth)
    }

    fn lean(&self, depth: usize) -> bool {
        self.ambition == Ambition::Lean || depth >= DEEP || self.parts > LARGE
    }

    fn flat(&mut self, schema: &Value, depth: usize) -> Option<Flat> {
        let (lean, source) = (self.lean(depth), self.source);
        let rng = &mut *self.rng;
        source.flatten(schema, &mut |branches| {
            let sizes = || branches.iter().enumerate().min_by_key(|(_, branch)| source.size(branch));
            match lean {
                true => sizes().map_or(0, |(i, _)| i),
                false => rng.random_range(0..branches.len()),
            }
        })
    }

    /// A value for a flat schema.
    pub(super) fn of(&mut self, flat: &Flat, hint: &str, depth: usize) -> Option<Value> {
        self.parts += 1;
        if depth > DEEPEST || self.parts > LARGEST {
            return None;
        }
        let kinds: Vec<Value> = flat.get("type").map(types).unwrap_or_default();
        if let Some(values) = flat.get("enum").and_then(Value::as_array) {
            let fits: Vec<&Value> = values
                .iter()
                .filter(|value| kinds.is_empty() || kinds.iter().any(|kind| is_kind(value, kind)))
                .collect();
            return (!fits.is_empty()).then(|| fits[self.rng.random_range(0..fits.len())].clone());
        }
        match self.kind(flat, &kinds, depth) {
            "null" => Some(Value::Null),
            "boolean" => Some(Value::Bool(self.rng.random_bool(0.5))),
            "integer" => Whole::of(flat).pick(self.rng),
            "number" => fraction(flat, self.rng),
            "string" => text(flat, hint, self.rng).map(Value::String),
            "array" => self.array(flat, hint, depth),
            _ => self.object(flat, depth),
        }
    }

    fn kind(&mut self, flat: &Flat, kinds: &[Value], depth: usize) -> &'static str {
        let named: Vec<&'static str> =
            super::merge::TYPES.into_iter().filter(|name| kinds.iter().any(|kind| kind == name)).collect();
        match named[..] {
            [only] => return only,
            [] => {}
            _ if self.lean(depth) && named.contains(&"null") => return "null",
            _ => {
                // Null is allowed in many places and interesting in few.
                let full: Vec<_> = named.iter().copied().filter(|name| *name != "null").collect();
                let rarely =
                    self.ambition == Ambition::Usual && named.contains(&"null") && self.rng.random_bool(0.15);
                return if rarely { "null" } else { full[self.rng.random_range(0..full.len())] };
            }
        }
        let has = |keys: &[&str]| keys.iter().any(|key| flat.contains_key(*key));
        if has(&[
            "properties",
            "required",
            "additionalProperties",
            "patternProperties",
            "minProperties",
            "maxProperties",
            "propertyNames",
            "dependentRequired",
            "dependentSchemas",
        ]) {
            "object"
        } else if has(&["items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems"]) {
            "array"
        } else if has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
            "number"
        } else {
            "string"
        }
    }

    fn array(&mut self, flat: &Flat, hint: &str, depth: usize) -> Option<Value> {
        let bound = |key: &str| flat.get(key).and_then(Value::as_f64).map(|n| n as usize);
        let contains = flat.get("contains").and_then(Value::as_array).cloned().unwrap_or_default();
        let wanted = bound("minContains").unwrap_or(1) * contains.len();
        let least = bound("minItems").unwrap_or(0).max(wanted);
        let most = bound("maxItems").unwrap_or(usize::MAX);
        let fixed = flat.get("prefixItems").and_then(Value::as_array).cloned().unwrap_or_default();
        let rest = flat.get("items").cloned().unwrap_or(Value::Bool(true));
        let more = match (self.lean(depth), self.ambition) {
            (true, _) => 0,
            (_, Ambition::Rich) => usize::from(least == 0) + fixed.len(),
            _ => self.rng.random_range(0..=3),
        };
        let count = (least.max(if self.lean(depth) { 0 } else { fixed.len() }) + more).min(most);
        if count < least {
            return None;
        }
        let unique = flat.get("uniqueItems") == Some(&Value::Bool(true));
        let mut items: Vec<Value> = Vec::new();
        for i in 0..count {
            let mut schema = fixed.get(i).unwrap_or(&rest).clone();
            // The last places are for what the array must contain.
            let from = count - wanted;
            if i >= from && !contains.is_empty() {
                schema = all_of(&schema, &contains[(i - from) % contains.len()]);
            }
            let fresh = (0..TRIES).find_map(|_| {
                let item = self.value(&schema, hint, depth + 1)?;
                (!unique || !items.iter().any(|known| same(known, &item))).then_some(item)
            });
            match fresh {
                Some(item) => items.push(item),
                None if i >= least => break,
                None => return None,
            }
        }
        Some(Value::Array(items))
    }

    fn object(&mut self, flat: &Flat, depth: usize) -> Option<Value> {
        let mut flat = flat.clone();
        let mut names = self.names(&mut flat, depth)?;
        let most = flat.get("maxProperties").and_then(Value::as_u64).map_or(usize::MAX, |n| n as usize);
        let least = flat.get("minProperties").and_then(Value::as_u64).map_or(0, |n| n as usize);
        let required = strings(flat.get("required"));
        while names.len() > most {
            let spare = names.iter().rposition(|name| !required.contains(name))?;
            names.remove(spare);
        }
        let mut object = Map::new();
        for name in names {
            let schema = property(&flat, &name);
            match self.value(&schema, &name, depth + 1) {
                Some(value) => drop(object.insert(name, value)),
                None if required.contains(&name) => return None,
                None => {}
            }
        }
        let mut extra = usize::from(
            !self.lean(depth)
                && object.len() < most
                && (flat.get("additionalProperties").is_some_and(Value::is_object)
                    || flat.contains_key("patternProperties"))
                && (self.ambition == Ambition::Rich || self.rng.random_bool(0.5)),
        );
        for _ in 0..4 * (least + 1) {
            if object.len() >= least && extra == 0 {
                break;
            }
            extra = extra.saturating_sub(1);
            if let Some((name, value)) =
                self.extra(&flat, depth).filter(|(name, _)| !object.contains_key(name))
            {
                object.insert(name, value);
            }
        }
        (object.len() >= least).then_some(Value::Object(object))
    }

    /// Which properties to make; what depends on them is added to the schema.
    fn names(&mut self, flat: &mut Flat, depth: usize) -> Option<Vec<String>> {
        let lean = self.lean(depth);
        let mut names = strings(flat.get("required"));
        let least = flat.get("minProperties").and_then(Value::as_u64).map_or(0, |n| n as usize);
        let known: Vec<(String, Value)> = flat
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        for (name, schema) in &known {
            let other_way = match self.source.side {
                Side::Request => "readOnly",
                Side::Response => "writeOnly",
            };
            let skip = names.contains(name)
                || *schema == Value::Bool(false)
                || marked(self.source, schema, other_way);
            let wanted = match self.ambition {
                Ambition::Rich => !lean,
                Ambition::Usual => !lean && self.rng.random_bool(0.6),
                Ambition::Lean => false,
            };
            if !skip && (wanted || names.len() < least) {
                names.push(name.clone());
            }
        }
        // What is there may ask for more, and that for more again.
        for _ in 0..8 {
            let before = names.len();
            let dependent =
                flat.get("dependentRequired").and_then(Value::as_object).cloned().unwrap_or_default();
            for (name, asked) in &dependent {
                if names.contains(name) {
                    add(&mut names, strings(Some(asked)));
                }
            }
            let schemas =
                flat.get("dependentSchemas").and_then(Value::as_object).cloned().unwrap_or_default();
            for (name, schema) in &schemas {
                if !names.contains(name) {
                    continue;
                }
                if let Some(Value::Object(all)) = flat.get_mut("dependentSchemas") {
                    all.remove(name);
                }
                let joined = all_of(&Value::Object(flat.clone()), schema);
                *flat = self.flat(&joined, depth)?;
                add(&mut names, strings(flat.get("required")));
            }
            if names.len() == before {
                break;
            }
        }
        // In the document's order, where it has one.
        let place = |name: &String| known.iter().position(|(known, _)| known == name).unwrap_or(usize::MAX);
        names.sort_by_key(place);
        Some(names)
    }

    /// A property beyond those that the schema names.
    fn extra(&mut self, flat: &Flat, depth: usize) -> Option<(String, Value)> {
        let patterns: Vec<&String> = flat
            .get("patternProperties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
            .collect();
        let rest = flat.get("additionalProperties").unwrap_or(&Value::Bool(true));
        let name = if !patterns.is_empty() && (*rest == Value::Bool(false) || self.rng.random_bool(0.5)) {
            matching(patterns[self.rng.random_range(0..patterns.len())], 1, 20, self.rng)?
        } else if *rest == Value::Bool(false) {
            return None;
        } else {
            let names = json!({"allOf": [{"type": "string", "minLength": 1}, flat.get("propertyNames").unwrap_or(&Value::Bool(true))]});
            self.value(&names, "key", depth + 1)?.as_str()?.replace(' ', "_")
        };
        let known =
            flat.get("properties").and_then(Value::as_object).is_some_and(|all| all.contains_key(&name));
        let value = if known { None } else { self.value(&property(flat, &name), &name, depth + 1) };
        value.map(|value| (name, value))
    }
}

/// The schema of a property, whether it is named, falls under a pattern or is one of the others.
pub(super) fn property(flat: &Flat, name: &str) -> Value {
    let named = flat.get("properties").and_then(|all| all.get(name));
    let patterns = patterns_for(flat, name);
    if named.is_none() && patterns.is_empty() {
        return flat.get("additionalProperties").cloned().unwrap_or(Value::Bool(true));
    }
    let start = named.cloned().unwrap_or(Value::Bool(true));
    patterns.into_iter().fold(start, |all, one| all_of(&all, one))
}

/// The strings of a list.
pub(super) fn strings(list: Option<&Value>) -> Vec<String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn add(names: &mut Vec<String>, more: Vec<String>) {
    for name in more {
        if !names.contains(&name) {
            names.push(name);
        }
    }
}

/// Whether a property, or what it refers to, bears a mark such as `readOnly`.
pub(super) fn marked(source: Source<'_>, schema: &Value, mark: &str) -> bool {
    schema[mark] == true
        || schema["$ref"].as_str().and_then(|to| source.target(to)).is_some_and(|it| it[mark] == true)
}

/// Whether a value is of a type.
pub(super) fn is_kind(value: &Value, kind: &Value) -> bool {
    match (kind.as_str().unwrap_or_default(), value) {
        ("null", Value::Null) | ("boolean", Value::Bool(_)) | ("number", Value::Number(_)) => true,
        ("string", Value::String(_)) | ("array", Value::Array(_)) | ("object", Value::Object(_)) => true,
        ("integer", Value::Number(number)) => number.as_f64().is_some_and(|float| float.fract() == 0.0),
        _ => false,
    }
}

/// Equality as JSON Schema has it: 1 and 1.0 are the same.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}
