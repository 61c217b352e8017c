//! The places of a value at which something can be tried, each with what its schema says there.

use std::collections::VecDeque;

use rand::rngs::StdRng;
use serde_json::{Map, Value};

use super::flatten::Source;
use super::merge::Flat;
use super::value::{Ambition, Maker, marked, property, strings};
use crate::breach::{Segment, Side};

/// How many places of one value are looked at.
const PLACES: usize = 150;
/// How deep.
const DEPTH: usize = 6;
/// How many branches of a choice.
const WAYS: usize = 6;

/// One place.
#[derive(Debug)]
pub(super) struct Site {
    /// The way to it.
    pub(super) path: Vec<Segment>,
    /// What its schema says: one of the ways to honour it.
    pub(super) flat: Flat,
    /// A whole value in which the place has a value of that kind.
    pub(super) whole: Value,
}

impl Site {
    /// The value at this place.
    pub(super) fn here(&self) -> Option<&Value> {
        look(&self.whole, &self.path)
    }

    /// The whole with another value here.
    pub(super) fn with(&self, value: Value) -> Value {
        put(&self.whole, &self.path, value)
    }

    /// The last name on the way.
    pub(super) fn name(&self) -> String {
        let names = self.path.iter().rev();
        names
            .filter_map(|segment| if let Segment::Key(key) = segment { Some(key.clone()) } else { None })
            .next()
            .unwrap_or_default()
    }
}

fn look<'v>(value: &'v Value, path: &[Segment]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, segment| match segment {
        Segment::Key(key) => value.get(key),
        Segment::Index(index) => value.get(index),
    })
}

/// A copy with another value at a place. A property is added where it is missing.
pub(super) fn put(whole: &Value, path: &[Segment], value: Value) -> Value {
    let Some((first, rest)) = path.split_first() else {
        return value;
    };
    match (whole, first) {
        (Value::Object(all), Segment::Key(key)) => {
            let mut copy: Map<String, Value> = all.clone();
            let inner = put(all.get(key).unwrap_or(&Value::Null), rest, value);
            copy.insert(key.clone(), inner);
            Value::Object(copy)
        }
        (Value::Array(all), Segment::Index(index)) => {
            let mut copy = all.clone();
            let inner = put(all.get(*index).unwrap_or(&Value::Null), rest, value);
            match copy.get_mut(*index) {
                Some(item) => *item = inner,
                None => copy.push(inner),
            }
            Value::Array(copy)
        }
        _ => whole.clone(),
    }
}

/// Every place of a value, outer ones first. `base` is a value that the schema accepts.
pub(super) fn sites(source: Source<'_>, schema: &Value, base: &Value, rng: &mut StdRng) -> Vec<Site> {
    let mut found: Vec<Site> = Vec::new();
    let mut waiting = VecDeque::from([(Vec::new(), schema.clone(), base.clone())]);
    while let Some((path, schema, whole)) = waiting.pop_front() {
        let ways = source.ways(&schema, WAYS);
        let several = ways.len() > 1;
        for flat in ways {
            if found.len() >= PLACES {
                return found;
            }
            let mut site = Site { path: path.clone(), flat, whole: whole.clone() };
            if several || site.here().is_none() {
                let name = site.name();
                let Some(value) = Maker::new(source, rng, Ambition::Rich).of(&site.flat, &name, path.len())
                else {
                    continue;
                };
                site.whole = site.with(value);
            }
            if path.len() < DEPTH {
                inside(source, &site, rng, &mut waiting);
            }
            found.push(site);
        }
    }
    found
}

type Waiting = VecDeque<(Vec<Segment>, Value, Value)>;

/// The places one step further in.
fn inside(source: Source<'_>, site: &Site, rng: &mut StdRng, waiting: &mut Waiting) {
    let step = |segment: Segment| -> Vec<Segment> { [&site.path[..], &[segment]].concat() };
    let flat = &site.flat;
    match site.here() {
        Some(Value::Object(here)) => {
            let required = strings(flat.get("required"));
            let known = flat
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone());
            let extra = here
                .keys()
                .filter(|_| flat.get("additionalProperties").is_some_and(Value::is_object))
                .cloned();
            let mut names: Vec<String> = known.collect();
            let unnamed = extra.into_iter().find(|name| !names.contains(name));
            names.extend(unnamed);
            for name in names {
                let schema = property(flat, &name);
                let other_way = if source.side == Side::Request { "readOnly" } else { "writeOnly" };
                if !required.contains(&name)
                    && !here.contains_key(&name)
                    && marked(source, &schema, other_way)
                {
                    continue;
                }
                let path = step(Segment::Key(name.clone()));
                let whole = match here.contains_key(&name) {
                    true => Some(site.whole.clone()),
                    false => {
                        let made = Maker::new(source, rng, Ambition::Rich).value(&schema, &name, path.len());
                        made.map(|value| put(&site.whole, &path, value))
                    }
                };
                waiting.extend(whole.map(|whole| (path, schema, whole)));
            }
        }
        Some(Value::Array(here)) => {
            let fixed =
                flat.get("prefixItems").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let rest = flat.get("items").filter(|schema| schema.is_object());
            let places = fixed.iter().enumerate().chain(rest.map(|schema| (fixed.len(), schema)));
            for (index, schema) in places {
                let path = step(Segment::Index(index));
                let whole = match index < here.len() {
                    true => Some(site.whole.clone()),
                    false if index == here.len() => {
                        let made =
                            Maker::new(source, rng, Ambition::Rich).value(schema, &site.name(), path.len());
                        made.map(|value| put(&site.whole, &path, value))
                    }
                    false => None,
                };
                waiting.extend(whole.map(|whole| (path, schema.clone(), whole)));
            }
        }
        _ => {}
    }
}
