//! Makes a schema flat: references followed, `allOf` merged, one branch of each choice taken.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::merge::{Flat, TYPES, merge, types};
use super::older::modern;
use crate::breach::Side;
use crate::contract::Contract;
use crate::inspect::SchemaRef;

/// How many references and combinations may stand in each other.
const HOPS: usize = 32;
/// How many steps the estimate of a schema's size may take.
const FUEL: usize = 400;
/// A size for what never ends.
const ENDLESS: usize = usize::MAX / 4;

/// Keywords that say nothing about a value, or that are taken apart here.
const APART: [&str; 17] = [
    "$ref",
    "allOf",
    "anyOf",
    "oneOf",
    "if",
    "then",
    "else",
    "title",
    "description",
    "example",
    "examples",
    "default",
    "deprecated",
    "$comment",
    "externalDocs",
    "xml",
    "discriminator",
];

/// Looks schemas of one contract and side up.
#[derive(Clone, Copy)]
pub(super) struct Source<'c> {
    pub(super) contract: &'c Contract,
    pub(super) side: Side,
}

/// Keywords that hint at a type where none is named.
const HINTS: [&str; 7] =
    ["properties", "required", "additionalProperties", "items", "enum", "minimum", "maximum"];

/// Leaves out the types that a `not` forbids; `None` if none is left.
fn other_types(flat: &mut Flat) -> Option<()> {
    let nots = flat.get("not").and_then(Value::as_array).into_iter().flatten();
    // Only a `not` that speaks of nothing else forbids a whole type.
    let plain = nots
        .filter_map(Value::as_object)
        .filter(|not| not.keys().all(|key| APART.contains(&key.as_str()) || key == "type"));
    let whole = plain
        .filter(|not| !["$ref", "allOf", "anyOf", "oneOf", "if"].iter().any(|key| not.contains_key(*key)));
    let mut forbidden: Vec<Value> = whole.filter_map(|not| not.get("type")).flat_map(types).collect();
    if forbidden.iter().any(|name| name == "number") {
        forbidden.push(json!("integer"));
    }
    let named = flat.get("type").map(types);
    // A text is what is made where nothing else is hinted at.
    let hinted = HINTS.iter().any(|key| flat.contains_key(*key));
    if forbidden.is_empty() || named.is_none() && (hinted || !forbidden.iter().any(|name| name == "string")) {
        return Some(());
    }
    let all = named.unwrap_or_else(|| TYPES.iter().map(|name| json!(name)).collect());
    let left: Vec<Value> = all.into_iter().filter(|name| !forbidden.contains(name)).collect();
    if left.is_empty() {
        return None;
    }
    flat.insert("type".to_owned(), Value::Array(left));
    Some(())
}

impl<'c> Source<'c> {
    /// The schema that a reference leads to.
    pub(super) fn target(self, reference: &str) -> Option<&'c Value> {
        let pointer = percent_decode_str(reference.strip_prefix('#')?).decode_utf8_lossy().into_owned();
        Some(self.contract.schema(&SchemaRef::new(pointer), self.side))
    }

    /// The schema, flat; `None` if nothing can honour it with the branches that were taken.
    pub(super) fn flatten(self, schema: &Value, choose: &mut dyn FnMut(&[&Value]) -> usize) -> Option<Flat> {
        let mut flat = Flat::new();
        self.absorb(&mut flat, schema, choose, 0)?;
        other_types(&mut flat)?;
        if flat.get("unevaluatedProperties") == Some(&Value::Bool(false)) {
            flat.entry("additionalProperties").or_insert(Value::Bool(false));
        }
        if flat.get("unevaluatedItems") == Some(&Value::Bool(false)) {
            flat.entry("items").or_insert(Value::Bool(false));
        }
        Some(flat)
    }

    /// Each way in which the schema can be honoured, at most `limit`.
    pub(super) fn ways(self, schema: &Value, limit: usize) -> Vec<Flat> {
        let mut ways: Vec<Flat> = Vec::new();
        let mut script: Vec<usize> = Vec::new();
        // Counts through the branches like the digits of a clock; more rounds than ways, as some contradict themselves.
        for _ in 0..limit * 4 {
            let mut sizes: Vec<usize> = Vec::new();
            let flat = self.flatten(schema, &mut |branches: &[&Value]| {
                sizes.push(branches.len());
                script.get(sizes.len() - 1).copied().unwrap_or(0)
            });
            ways.extend(flat.filter(|flat| !ways.contains(flat)));
            script.resize(sizes.len(), 0);
            while let Some(last) = script.last_mut() {
                *last += 1;
                if *last < sizes[script.len() - 1] {
                    break;
                }
                script.pop();
                sizes.pop();
            }
            if script.is_empty() || ways.len() >= limit {
                break;
            }
        }
        ways
    }

    fn absorb(
        self,
        flat: &mut Flat,
        schema: &Value,
        choose: &mut dyn FnMut(&[&Value]) -> usize,
        hops: usize,
    ) -> Option<()> {
        let map = match schema {
            Value::Bool(true) => return Some(()),
            Value::Object(map) if hops <= HOPS => map,
            _ => return None,
        };
        let plain = map.iter().filter(|(key, _)| !APART.contains(&key.as_str()));
        merge(flat, &modern(plain.map(|(key, value)| (key.clone(), value.clone())).collect()))?;
        if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
            self.absorb(flat, self.target(reference)?, choose, hops + 1)?;
        }
        for part in map.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.absorb(flat, part, choose, hops + 1)?;
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(branches) = map.get(key).and_then(Value::as_array).filter(|all| !all.is_empty()) {
                self.one_of(flat, branches, map.get("discriminator"), choose, hops)?;
            }
        }
        self.condition(flat, map, choose, hops)
    }

    fn one_of(
        self,
        flat: &mut Flat,
        branches: &[Value],
        discriminator: Option<&Value>,
        choose: &mut dyn FnMut(&[&Value]) -> usize,
        hops: usize,
    ) -> Option<()> {
        let all: Vec<&Value> = branches.iter().collect();
        let first = choose(&all) % all.len();
        // The others stand by, should the chosen one contradict what is asked for besides.
        (0..all.len()).find_map(|step| {
            let branch = all[(first + step) % all.len()];
            let mut copy = flat.clone();
            self.absorb(&mut copy, branch, choose, hops + 1)?;
            if let Some(discriminator) = discriminator {
                self.discriminate(&mut copy, branch, discriminator);
            }
            *flat = copy;
            Some(())
        })
    }

    /// Says in the property that tells the branches apart which one it is, unless the branch says so itself.
    fn discriminate(self, flat: &mut Flat, branch: &Value, discriminator: &Value) {
        let Some((reference, name)) = branch["$ref"].as_str().zip(discriminator["propertyName"].as_str())
        else {
            return;
        };
        let last = |reference: &str| reference.rsplit('/').next().unwrap_or_default().to_owned();
        let mapping = discriminator["mapping"].as_object();
        let mapped = mapping.and_then(|all| {
            let meant =
                |target: &str| target == reference || !target.contains('/') && target == last(reference);
            all.iter().find(|(_, target)| target.as_str().is_some_and(meant)).map(|(key, _)| key.clone())
        });
        let value = mapped.unwrap_or_else(|| last(reference));
        let known = flat.get("properties").and_then(|all| all.get(name)).cloned().unwrap_or(json!(true));
        let says = self.flatten(&known, &mut |_| 0).is_some_and(|flat| flat.contains_key("enum"));
        if !says {
            let wish = json!({"properties": {name: {"const": value}}, "required": [name]});
            let _ = wish.as_object().and_then(|wish| merge(flat, wish));
        }
    }

    fn condition(
        self,
        flat: &mut Flat,
        map: &Map<String, Value>,
        choose: &mut dyn FnMut(&[&Value]) -> usize,
        hops: usize,
    ) -> Option<()> {
        let Some(condition) = map.get("if") else {
            return Some(());
        };
        let anything = Value::Bool(true);
        let then = map.get("then").unwrap_or(&anything);
        let otherwise = map.get("else").unwrap_or(&anything);
        let mut copy = flat.clone();
        let held = |copy: &mut Flat, choose: &mut dyn FnMut(&[&Value]) -> usize| {
            self.absorb(copy, condition, choose, hops + 1)?;
            self.absorb(copy, then, choose, hops + 1)
        };
        if choose(&[then, otherwise]) == 0 && held(&mut copy, choose).is_some() {
            *flat = copy;
            return Some(());
        }
        let mut copy = flat.clone();
        if self.absorb(&mut copy, otherwise, choose, hops + 1).is_some() {
            *flat = copy;
            return Some(());
        }
        held(flat, choose)
    }

    /// About how large the smallest value of a schema is; very large if it never ends.
    pub(super) fn size(self, schema: &Value) -> usize {
        self.estimate(schema, &mut Vec::new(), &mut 0)
    }

    fn estimate(self, schema: &Value, seen: &mut Vec<String>, steps: &mut usize) -> usize {
        *steps += 1;
        let Value::Object(map) = schema else {
            return if *schema == Value::Bool(false) { ENDLESS } else { 1 };
        };
        if *steps > FUEL {
            return 50;
        }
        if map.get("type") == Some(&json!("null")) {
            return 0;
        }
        let nullable =
            map.get("type").and_then(Value::as_array).is_some_and(|all| all.contains(&json!("null")));
        if nullable || map.contains_key("const") || map.contains_key("enum") {
            return 1;
        }
        let mut size = 1_usize;
        if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
            if seen.iter().any(|known| known == reference) {
                return ENDLESS;
            }
            seen.push(reference.to_owned());
            size = size
                .saturating_add(self.target(reference).map_or(ENDLESS, |it| self.estimate(it, seen, steps)));
            seen.pop();
        }
        for part in map.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            size = size.saturating_add(self.estimate(part, seen, steps));
        }
        for key in ["anyOf", "oneOf"] {
            let parts = map.get(key).and_then(Value::as_array).into_iter().flatten();
            size = size.saturating_add(parts.map(|part| self.estimate(part, seen, steps)).min().unwrap_or(0));
        }
        let properties = map.get("properties").and_then(Value::as_object);
        for name in map.get("required").and_then(Value::as_array).into_iter().flatten() {
            let property = name.as_str().and_then(|name| properties?.get(name));
            size = size.saturating_add(property.map_or(1, |schema| self.estimate(schema, seen, steps)));
        }
        let items = map.get("minItems").and_then(Value::as_u64).unwrap_or(0);
        if let (1.., Some(item)) = (items, map.get("items")) {
            let times = usize::try_from(items).unwrap_or(ENDLESS);
            size = size.saturating_add(self.estimate(item, seen, steps).saturating_mul(times));
        }
        size.min(ENDLESS)
    }
}
