//! Reads schemas into their [`Flat`] form: [`flatten`].

use serde_json::{Map, Value};

use crate::schema::flat::{Choice, Condition, Flat, LOWER, Limit, SUBS, Spot, TEXTS, UPPER};
use crate::schema::types::Types;
use crate::source::{At, Source, join, target};

/// How deep `allOf` and references may be nested on one level.
const DEEPEST: usize = 40;

/// Everything that these schemas ask together.
pub(crate) fn flatten<'a>(source: &Source<'a>, spot: &[At<'a>]) -> Flat<'a> {
    let at = spot.first().map(|part| source.follow(part.clone()).at).unwrap_or_default();
    let mut flat = Flat::any(at);
    for part in spot {
        flat.merge(level(source, part, &mut Vec::new()));
    }
    flat
}

fn level<'a>(source: &Source<'a>, part: &At<'a>, trail: &mut Vec<String>) -> Flat<'a> {
    let mut flat = Flat::any(part.at.clone());
    let Some(map) = part.value.as_object() else {
        if part.value == &Value::Bool(false) {
            flat.types = flat.types.without(Types::ALL);
        }
        return flat;
    };
    if trail.len() > DEEPEST {
        return flat;
    }
    if let Some(reference) = map.get("$ref").or_else(|| map.get("$dynamicRef")).and_then(Value::as_str) {
        match target(part.value).and_then(|at| Some((source.root.pointer(&at)?, at))) {
            // A schema that refers to itself on the same level asks nothing more.
            Some((_, at)) if trail.contains(&at) => {}
            Some((value, at)) => {
                trail.push(at.clone());
                flat = level(source, &At { value, at }, trail);
                trail.pop();
            }
            None => drop(flat.opaque.insert(reference.to_owned())),
        }
        if source.v30 {
            // 3.0 ignores what stands beside a `$ref`; `nullable` is written there all the same, and meant.
            if map.get("nullable") == Some(&Value::Bool(true)) {
                flat.or_null();
            }
            return flat;
        }
    }
    let mut own = own(map, &part.at, source.v30);
    for (key, any) in [("anyOf", true), ("oneOf", false)] {
        if let Some(branches) = list(map, key, &part.at) {
            choose(source, &mut own, branches, any, join(&part.at, key), trail);
        }
    }
    for member in list(map, "allOf", &part.at).unwrap_or_default() {
        trail.push(String::new());
        own.merge(level(source, &member, trail));
        trail.pop();
    }
    // Beside a `type`, `nullable` belongs to that type alone; otherwise to the schema as a whole.
    let typed = map.get("type").is_some_and(Value::is_string);
    if source.v30 && !typed && map.get("nullable") == Some(&Value::Bool(true)) {
        own.or_null();
    }
    flat.merge(own);
    flat
}

/// An `anyOf` or `oneOf`. One that only adds `null` to another schema, or has a single branch, is none.
fn choose<'a>(
    source: &Source<'a>,
    own: &mut Flat<'a>,
    branches: Spot<'a>,
    any: bool,
    at: String,
    trail: &mut Vec<String>,
) {
    let is_null = |branch: &At<'a>| {
        let value = source.follow(branch.clone()).value;
        value.get("type") == Some(&Value::from("null"))
            || value.get("const") == Some(&Value::Null)
            || value.get("enum").and_then(Value::as_array).is_some_and(|all| all == &[Value::Null])
    };
    let (nulls, rest): (Spot<'a>, Spot<'a>) = branches.into_iter().partition(is_null);
    if let [only] = rest.as_slice()
        && nulls.len() <= 1
    {
        trail.push(String::new());
        let mut other = level(source, only, trail);
        trail.pop();
        if !nulls.is_empty() {
            other.or_null();
        }
        own.merge(other);
    } else if rest.is_empty() {
        own.types = own.types.and(Types::NULL);
    } else {
        own.choices.push(Choice { any, branches: rest, null: !nulls.is_empty(), at });
    }
}

fn list<'a>(map: &'a Map<String, Value>, key: &str, at: &str) -> Option<Spot<'a>> {
    let items = map.get(key)?.as_array()?;
    let at = join(at, key);
    Some(items.iter().enumerate().map(|(i, value)| At { value, at: join(&at, &i.to_string()) }).collect())
}

fn named<'a>(map: &'a Map<String, Value>, key: &str, at: &str) -> Vec<(String, Spot<'a>)> {
    let at = join(at, key);
    let entries = map.get(key).and_then(Value::as_object).into_iter().flatten();
    entries.map(|(name, value)| (name.clone(), vec![At { value, at: join(&at, name) }])).collect()
}

/// The keywords of one schema object, without references and combinations.
fn own<'a>(map: &'a Map<String, Value>, at: &str, v30: bool) -> Flat<'a> {
    let mut flat = Flat::any(at.to_owned());
    let is = |key: &str| map.get(key) == Some(&Value::Bool(true));
    if let Some(value) = map.get("type") {
        flat.types = Types::read(value);
        flat.types_at = Some(join(at, "type"));
    }
    if let Some(Value::Array(values)) = map.get("enum") {
        flat.allowed = Some(values.clone());
        flat.allowed_at = Some(join(at, "enum"));
    }
    if let Some(value) = map.get("const") {
        flat.allowed = Some(vec![value.clone()]);
        flat.allowed_at = Some(join(at, "const"));
        flat.is_const = true;
    }
    flat.lower = limit(map, "minimum", "exclusiveMinimum", at);
    flat.upper = limit(map, "maximum", "exclusiveMaximum", at);
    for key in LOWER.into_iter().chain(UPPER) {
        let count =
            map.get(key).and_then(|value| value.as_u64().or_else(|| value.as_f64().map(|n| n as u64)));
        // A lower bound of nothing bounds nothing.
        if let Some(count) = count.filter(|count| *count > 0 || !LOWER.contains(&key) || key == "minContains")
        {
            flat.counts.insert(key, (count, join(at, key)));
        }
    }
    for key in TEXTS {
        if let Some(text) = map.get(key).and_then(Value::as_str) {
            flat.texts.entry(key).or_default().insert(text.to_owned(), join(at, key));
        }
    }
    flat.multiple = map.get("multipleOf").and_then(Value::as_f64).map(|n| (n, join(at, "multipleOf")));
    flat.unique = is("uniqueItems").then(|| join(at, "uniqueItems"));
    flat.properties = named(map, "properties", at);
    for name in map.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    {
        flat.required.insert(name.to_owned(), join(at, "required"));
    }
    for key in SUBS {
        // What allows anything says nothing.
        let says = |value: &&Value| {
            **value != Value::Bool(true) && value.as_object().is_none_or(|map| !map.is_empty())
        };
        if let Some(value) = map.get(key).filter(|value| key == "contains" || says(value)) {
            flat.subs.insert(key, vec![At { value, at: join(at, key) }]);
        }
    }
    for key in ["patternProperties", "dependentSchemas"] {
        let entries = named(map, key, at);
        if !entries.is_empty() {
            flat.named.insert(key, entries);
        }
    }
    for (name, needs) in map.get("dependentRequired").and_then(Value::as_object).into_iter().flatten() {
        let needs = needs.as_array().into_iter().flatten().filter_map(Value::as_str);
        flat.dependent.insert(name.clone(), needs.map(str::to_owned).collect());
    }
    flat.prefix =
        list(map, "prefixItems", at).unwrap_or_default().into_iter().map(|part| vec![part]).collect();
    flat.nots.extend(map.get("not").map(|value| At { value, at: join(at, "not") }));
    if map.contains_key("if") {
        let part = |key: &str| map.get(key).map(|value| At { value, at: join(at, key) });
        flat.conditions
            .push(Condition { parts: [part("if"), part("then"), part("else")], at: join(at, "if") });
    }
    flat.discriminator = map.get("discriminator").map(|value| At { value, at: join(at, "discriminator") });
    flat.default = map.get("default").map(|value| (value.clone(), join(at, "default")));
    flat.read_only = is("readOnly");
    flat.write_only = is("writeOnly");
    flat.deprecated = is("deprecated");
    flat.sunset = map.get("x-sunset").and_then(Value::as_str).map(str::to_owned);
    if v30 && is("nullable") && map.get("type").is_some_and(Value::is_string) {
        flat.or_null();
    }
    flat
}

/// A limit, whichever way it is written: 3.0's flag, or 3.1's number.
fn limit(map: &Map<String, Value>, plain: &str, exclusive: &str, at: &str) -> Option<Limit> {
    let read = |key: &str, exclusive: bool| {
        let shown = map.get(key)?;
        Some(Limit { value: shown.as_f64()?, exclusive, shown: shown.clone(), at: join(at, key) })
    };
    let flagged = map.get(exclusive) == Some(&Value::Bool(true));
    match (read(plain, flagged), read(exclusive, true)) {
        (Some(inclusive), Some(strict)) => {
            let lower = plain == "minimum";
            let strict_wins =
                if lower { strict.value >= inclusive.value } else { strict.value <= inclusive.value };
            Some(if strict_wins { strict } else { inclusive })
        }
        (inclusive, strict) => inclusive.or(strict),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with<T>(version: &str, schema: Value, look: impl FnOnce(Flat<'_>) -> T) -> T {
        let root =
            json!({"openapi": version, "components": {"schemas": {"A": schema, "B": {"type": "string"}}}});
        let source = Source::new(&root);
        let value = &root["components"]["schemas"]["A"];
        look(flatten(&source, &[At { value, at: "/components/schemas/A".to_owned() }]))
    }

    #[test]
    fn ways_of_writing_null_come_out_the_same() {
        for (version, schema) in [
            ("3.0.3", json!({"type": "string", "nullable": true})),
            ("3.0.3", json!({"$ref": "#/components/schemas/B", "nullable": true})),
            ("3.1.0", json!({"type": ["string", "null"]})),
            ("3.1.0", json!({"anyOf": [{"type": "string"}, {"type": "null"}]})),
            ("3.1.0", json!({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/B"}]})),
        ] {
            let (words, choices) =
                with(version, schema.clone(), |flat| (flat.types.words(), flat.choices.len()));
            assert_eq!((words.as_str(), choices), ("string or null", 0), "{schema}");
        }
    }

    #[test]
    fn all_of_is_merged_and_circles_end() {
        let flat = with(
            "3.1.0",
            json!({"allOf": [
                {"type": "object", "properties": {"a": {"maxLength": 5}}, "required": ["a"]},
                {"properties": {"a": {"maxLength": 3}, "b": {}}, "minProperties": 2},
                {"$ref": "#/components/schemas/A"}
            ], "minProperties": 1}),
            |flat| {
                (
                    flat.types.words(),
                    flat.properties.len(),
                    flat.properties[0].1.len(),
                    flat.counts["minProperties"].0,
                )
            },
        );
        assert_eq!(flat, ("object".to_owned(), 2, 2, 2));
    }

    #[test]
    fn limits_of_both_dialects() {
        let limit = |version: &str, schema: Value| {
            with(version, schema, |flat| flat.lower.map(|l| (l.value, l.exclusive)))
        };
        assert_eq!(limit("3.0.3", json!({"minimum": 1, "exclusiveMinimum": true})), Some((1.0, true)));
        assert_eq!(limit("3.1.0", json!({"exclusiveMinimum": 1})), Some((1.0, true)));
        assert_eq!(limit("3.1.0", json!({"minimum": 5, "exclusiveMinimum": 1})), Some((5.0, false)));
    }
}
