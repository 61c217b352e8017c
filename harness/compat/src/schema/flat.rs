//! A [`Flat`] schema: everything that one value must honour, on one level. References are followed, `allOf` is merged,
//! 3.0's own words are translated, so that two ways of writing the same thing come out the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::schema::types::Types;
use crate::source::At;

/// Schemas that hold all at once for one value.
pub(crate) type Spot<'a> = Vec<At<'a>>;

/// One end of a range of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Limit {
    pub(crate) value: f64,
    pub(crate) exclusive: bool,
    pub(crate) shown: Value,
    pub(crate) at: String,
}

/// An `anyOf` or `oneOf` of several.
#[derive(Debug, Clone)]
pub(crate) struct Choice<'a> {
    /// `anyOf`, else `oneOf`.
    pub(crate) any: bool,
    pub(crate) branches: Vec<At<'a>>,
    /// Whether `null` is one of them.
    pub(crate) null: bool,
    pub(crate) at: String,
}

/// An `if` with its `then` and `else`.
#[derive(Debug, Clone)]
pub(crate) struct Condition<'a> {
    pub(crate) parts: [Option<At<'a>>; 3],
    pub(crate) at: String,
}

/// One level of a schema.
#[derive(Debug, Clone)]
pub(crate) struct Flat<'a> {
    /// Where it stands.
    pub(crate) at: String,
    pub(crate) types: Types,
    pub(crate) types_at: Option<String>,
    /// `enum` and `const`.
    pub(crate) allowed: Option<Vec<Value>>,
    pub(crate) allowed_at: Option<String>,
    pub(crate) is_const: bool,
    pub(crate) lower: Option<Limit>,
    pub(crate) upper: Option<Limit>,
    /// `maxLength` and its like.
    pub(crate) counts: BTreeMap<&'static str, (u64, String)>,
    /// `pattern`, `format` and their like.
    pub(crate) texts: BTreeMap<&'static str, BTreeMap<String, String>>,
    pub(crate) multiple: Option<(f64, String)>,
    pub(crate) unique: Option<String>,
    pub(crate) properties: Vec<(String, Spot<'a>)>,
    pub(crate) required: BTreeMap<String, String>,
    /// `items`, `additionalProperties` and other keywords with one schema.
    pub(crate) subs: BTreeMap<&'static str, Spot<'a>>,
    /// `patternProperties`, `dependentSchemas`.
    pub(crate) named: BTreeMap<&'static str, Vec<(String, Spot<'a>)>>,
    pub(crate) dependent: BTreeMap<String, BTreeSet<String>>,
    pub(crate) prefix: Vec<Spot<'a>>,
    pub(crate) choices: Vec<Choice<'a>>,
    pub(crate) nots: Vec<At<'a>>,
    pub(crate) conditions: Vec<Condition<'a>>,
    pub(crate) discriminator: Option<At<'a>>,
    pub(crate) default: Option<(Value, String)>,
    pub(crate) read_only: bool,
    pub(crate) write_only: bool,
    pub(crate) deprecated: bool,
    pub(crate) sunset: Option<String>,
    /// References that can't be followed.
    pub(crate) opaque: BTreeSet<String>,
}

/// Counting keywords: those that set a lower bound, and those that set an upper one.
pub(crate) const LOWER: [&str; 4] = ["minContains", "minItems", "minLength", "minProperties"];
/// See [`LOWER`].
pub(crate) const UPPER: [&str; 4] = ["maxContains", "maxItems", "maxLength", "maxProperties"];
/// Keywords whose value is a word to be compared as it is.
pub(crate) const TEXTS: [&str; 4] = ["contentEncoding", "contentMediaType", "format", "pattern"];
/// Keywords with one schema below them.
pub(crate) const SUBS: [&str; 7] = [
    "additionalProperties",
    "contains",
    "contentSchema",
    "items",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
];

impl<'a> Flat<'a> {
    /// What allows anything.
    pub(crate) fn any(at: String) -> Self {
        Self {
            at,
            types: Types::ALL,
            types_at: None,
            allowed: None,
            allowed_at: None,
            is_const: false,
            lower: None,
            upper: None,
            counts: BTreeMap::new(),
            texts: BTreeMap::new(),
            multiple: None,
            unique: None,
            properties: Vec::new(),
            required: BTreeMap::new(),
            subs: BTreeMap::new(),
            named: BTreeMap::new(),
            dependent: BTreeMap::new(),
            prefix: Vec::new(),
            choices: Vec::new(),
            nots: Vec::new(),
            conditions: Vec::new(),
            discriminator: None,
            default: None,
            read_only: false,
            write_only: false,
            deprecated: false,
            sunset: None,
            opaque: BTreeSet::new(),
        }
    }

    /// `null` is allowed besides.
    pub(crate) fn or_null(&mut self) {
        self.types = self.types.or(Types::NULL);
        if let Some(allowed) = &mut self.allowed
            && !allowed.contains(&Value::Null)
        {
            allowed.push(Value::Null);
        }
        for choice in &mut self.choices {
            choice.null = true;
        }
    }

    /// The types of the values that are really allowed: those of `enum` and `const` among those of `type`.
    pub(crate) fn real_types(&self) -> Types {
        match &self.allowed {
            Some(values) => {
                self.types.and(values.iter().fold(Types::NONE, |all, value| all.or(Types::of(value))))
            }
            None => self.types,
        }
    }

    /// The schemas of a property.
    pub(crate) fn property(&self, name: &str) -> Option<&Spot<'a>> {
        self.properties.iter().find(|(known, _)| known == name).map(|(_, spot)| spot)
    }

    /// Whether properties that are not named are refused.
    pub(crate) fn closed(&self) -> bool {
        let refuses = |key: &str| {
            self.subs.get(key).is_some_and(|spot| spot.iter().any(|part| part.value == &Value::Bool(false)))
        };
        refuses("additionalProperties") || refuses("unevaluatedProperties")
    }

    /// The other schema holds as well.
    pub(crate) fn merge(&mut self, other: Self) {
        self.types = self.types.and(other.types);
        self.types_at = self.types_at.take().or(other.types_at);
        self.allowed = match (self.allowed.take(), other.allowed) {
            (Some(ours), Some(theirs)) => Some(ours.into_iter().filter(|one| theirs.contains(one)).collect()),
            (ours, theirs) => ours.or(theirs),
        };
        self.allowed_at = self.allowed_at.take().or(other.allowed_at);
        self.is_const |= other.is_const;
        self.lower = tighter(self.lower.take(), other.lower, |a, b| a > b);
        self.upper = tighter(self.upper.take(), other.upper, |a, b| a < b);
        for (key, (count, at)) in other.counts {
            let lower = LOWER.contains(&key);
            match self.counts.get(key) {
                Some((ours, _)) if (lower && *ours >= count) || (!lower && *ours <= count) => {}
                _ => drop(self.counts.insert(key, (count, at))),
            }
        }
        for (key, words) in other.texts {
            self.texts.entry(key).or_default().extend(words);
        }
        self.multiple = match (self.multiple.take(), other.multiple) {
            // The greater one is the stricter one whenever both are written for a reason.
            (Some(ours), Some(theirs)) => Some(if theirs.0 > ours.0 { theirs } else { ours }),
            (ours, theirs) => ours.or(theirs),
        };
        self.unique = self.unique.take().or(other.unique);
        for (name, spot) in other.properties {
            match self.properties.iter_mut().find(|(known, _)| *known == name) {
                Some((_, ours)) => add(ours, spot),
                None => self.properties.push((name, spot)),
            }
        }
        self.required.extend(other.required);
        for (key, spot) in other.subs {
            add(self.subs.entry(key).or_default(), spot);
        }
        for (key, named) in other.named {
            let ours = self.named.entry(key).or_default();
            for (name, spot) in named {
                match ours.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, known)) => add(known, spot),
                    None => ours.push((name, spot)),
                }
            }
        }
        for (name, needs) in other.dependent {
            self.dependent.entry(name).or_default().extend(needs);
        }
        for (index, spot) in other.prefix.into_iter().enumerate() {
            match self.prefix.get_mut(index) {
                Some(ours) => add(ours, spot),
                None => self.prefix.push(spot),
            }
        }
        self.choices.extend(other.choices);
        self.nots.extend(other.nots);
        self.conditions.extend(other.conditions);
        self.discriminator = self.discriminator.take().or(other.discriminator);
        self.default = other.default.or(self.default.take());
        self.read_only |= other.read_only;
        self.write_only |= other.write_only;
        self.deprecated |= other.deprecated;
        self.sunset = self.sunset.take().or(other.sunset);
        self.opaque.extend(other.opaque);
    }
}

/// More schemas for one value; the same one twice is once.
fn add<'a>(ours: &mut Spot<'a>, theirs: Spot<'a>) {
    for part in theirs {
        if !ours.iter().any(|known| known.at == part.at) {
            ours.push(part);
        }
    }
}

fn tighter(ours: Option<Limit>, theirs: Option<Limit>, beyond: impl Fn(f64, f64) -> bool) -> Option<Limit> {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => {
            let wins = beyond(theirs.value, ours.value) || (theirs.value == ours.value && theirs.exclusive);
            Some(if wins { theirs } else { ours })
        }
        (ours, theirs) => ours.or(theirs),
    }
}
