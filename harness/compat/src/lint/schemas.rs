//! The rules about single schemas.

use serde_json::{Map, Value};

use crate::lint::notice::Notice;
use crate::lint::rules::notice;
use crate::lint::walk::Found;
use crate::schema::flatten::flatten;
use crate::schema::types::Types;
use crate::source::{At, Source, join, literal, target};

/// What says nothing about a value.
const WORDS: [&str; 12] = [
    "$comment",
    "default",
    "deprecated",
    "description",
    "example",
    "examples",
    "externalDocs",
    "nullable",
    "readOnly",
    "title",
    "writeOnly",
    "xml",
];

/// Everything to say about one schema.
pub(crate) fn check<'a>(source: &Source<'a>, found: &Found<'a>, out: &mut Vec<Notice>) {
    let at = found.at.as_str();
    let mut told = |id: &str, key: &str, message: String| {
        let place = if found.map.contains_key(key) { join(at, key) } else { at.to_owned() };
        out.push(notice(id, &place, message));
    };
    dialect(source.v30, found.map, &mut told);
    if found.map.contains_key("$ref") {
        return;
    }
    ranges(found.map, &mut told);
    values(found.map, source.v30, &mut told);
    openness(found, &mut told);
    objects(source, found, &mut told);
    patterns(found.map, &mut told);
}

type Told<'f> = dyn FnMut(&str, &str, String) + 'f;

fn is(map: &Map<String, Value>, key: &str) -> bool {
    map.get(key) == Some(&Value::Bool(true))
}

/// Words of the other dialect.
fn dialect(v30: bool, map: &Map<String, Value>, told: &mut Told<'_>) {
    if v30 {
        if map.get("type").is_some_and(Value::is_array) {
            told("keyword-of-3.1", "type", "a list of types: 3.0 knows one, and `nullable`".to_owned());
        }
        for key in ["exclusiveMinimum", "exclusiveMaximum"] {
            if map.get(key).is_some_and(Value::is_number) {
                told("keyword-of-3.1", key, format!("`{key}` is a number: in 3.0 it is true or false"));
            }
        }
        for key in [
            "const",
            "if",
            "prefixItems",
            "contains",
            "propertyNames",
            "unevaluatedProperties",
            "dependentRequired",
        ] {
            if map.contains_key(key) {
                told("keyword-of-3.1", key, format!("3.0 does not know `{key}`"));
            }
        }
        let beside =
            map.keys().find(|key| !key.starts_with("x-") && !WORDS.contains(&key.as_str()) && *key != "$ref");
        if let (true, Some(key)) = (map.contains_key("$ref"), beside) {
            told("beside-ref", key, format!("`{key}` beside a `$ref` is not read"));
        }
    } else {
        if map.contains_key("nullable") {
            told("keyword-of-3.0", "nullable", "3.1 does not know `nullable`".to_owned());
        }
        for key in ["exclusiveMinimum", "exclusiveMaximum"] {
            if map.get(key).is_some_and(Value::is_boolean) {
                told("keyword-of-3.0", key, format!("`{key}` is true or false: in 3.1 it is a number"));
            }
        }
    }
}

/// Bounds that cross.
fn ranges(map: &Map<String, Value>, told: &mut Told<'_>) {
    for (low, high) in [
        ("minLength", "maxLength"),
        ("minItems", "maxItems"),
        ("minProperties", "maxProperties"),
        ("minContains", "maxContains"),
        ("minimum", "maximum"),
        ("exclusiveMinimum", "maximum"),
        ("minimum", "exclusiveMaximum"),
        ("exclusiveMinimum", "exclusiveMaximum"),
    ] {
        let number = |key: &str| map.get(key).and_then(Value::as_f64);
        if let (Some(from), Some(to)) = (number(low), number(high)) {
            let strict = low.starts_with("exclusive")
                || high.starts_with("exclusive")
                || is(map, "exclusiveMinimum")
                || is(map, "exclusiveMaximum");
            if from > to || (strict && from == to) {
                told(
                    "empty-range",
                    low,
                    format!("`{low}: {from}` and `{high}: {to}` leave nothing between them"),
                );
            }
        }
    }
}

/// `enum` and `const` against the type.
fn values(map: &Map<String, Value>, v30: bool, told: &mut Told<'_>) {
    let listed = map.get("enum").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (index, value) in listed.iter().enumerate() {
        if listed[..index].contains(value) {
            told("duplicate-value", "enum", format!("{} stands twice", literal(value)));
        }
    }
    let Some(kind) = map.get("type") else {
        return;
    };
    let mut types = Types::read(kind);
    if v30 && is(map, "nullable") {
        types = types.or(Types::NULL);
    }
    for (key, value) in
        listed.iter().map(|value| ("enum", value)).chain(map.get("const").map(|value| ("const", value)))
    {
        let own = match value {
            Value::Null => Types::NULL,
            Value::Bool(_) => Types::read(&Value::from("boolean")),
            Value::String(_) => Types::STRING,
            Value::Array(_) => Types::ARRAY,
            Value::Object(_) => Types::OBJECT,
            Value::Number(number) if number.as_f64().is_some_and(|n| n.fract() == 0.0) => Types::INTEGER,
            Value::Number(_) => Types::NUMBER.without(Types::INTEGER),
        };
        if !types.meets(own) {
            told(
                "value-of-another-type",
                key,
                format!("{} is not of type {}", literal(value), types.words()),
            );
        }
    }
}

/// What lets more through than its author will have meant.
fn openness(found: &Found<'_>, told: &mut Told<'_>) {
    let map = found.map;
    let says = |key: &&String| !WORDS.contains(&key.as_str()) && !key.starts_with("x-");
    if !map.keys().any(|key| says(&key)) {
        if !found.partial {
            told("accepts-anything", "", "accepts anything".to_owned());
        }
        return;
    }
    let has = |keys: &[&'static str]| -> Option<&'static str> {
        keys.iter().find(|key| map.contains_key(**key)).copied()
    };
    let combined = has(&["allOf", "anyOf", "oneOf", "enum", "const", "$dynamicRef", "if"]).is_some();
    let Some(kind) = map.get("type") else {
        let told_by = has(&[
            "maxLength",
            "minLength",
            "pattern",
            "properties",
            "items",
            "minimum",
            "maximum",
            "maxItems",
            "minItems",
            "additionalProperties",
        ]);
        if let (Some(key), false, false) = (told_by, found.partial, combined) {
            told("no-type", key, format!("`{key}` without a `type`: values of other types pass"));
        }
        return;
    };
    if found.partial || combined {
        return;
    }
    let types = Types::read(kind);
    if types.has(Types::STRING)
        && has(&["maxLength", "format", "pattern", "contentMediaType", "contentEncoding"]).is_none()
    {
        told("unbounded-string", "type", "a string of any length and content".to_owned());
    }
    if types.meets(Types::NUMBER) {
        let low = has(&["minimum", "exclusiveMinimum"]).is_some();
        let high = has(&["maximum", "exclusiveMaximum"]).is_some();
        if !(low && high || map.contains_key("format")) {
            told("unbounded-number", "type", "a number without a lower and an upper bound".to_owned());
        }
    }
    if types.has(Types::ARRAY) {
        if has(&["items", "prefixItems"]).is_none() {
            told("array-without-items", "type", "an array of anything".to_owned());
        }
        if !map.contains_key("maxItems") {
            told("unbounded-array", "type", "an array of any length".to_owned());
        }
    }
    let described = has(&[
        "properties",
        "patternProperties",
        "additionalProperties",
        "unevaluatedProperties",
        "propertyNames",
        "$ref",
        "not",
    ]);
    let open = map.get("additionalProperties").is_some_and(|value| value == &Value::Bool(true));
    if types.has(Types::OBJECT)
        && (described.is_none() || (described == Some("additionalProperties") && open))
    {
        told("free-form-object", "type", "an object of which nothing is described".to_owned());
    }
}

/// Required properties, directions, discriminators.
fn objects<'a>(source: &Source<'a>, found: &Found<'a>, told: &mut Told<'_>) {
    let map = found.map;
    if is(map, "readOnly") && is(map, "writeOnly") {
        told(
            "read-and-write-only",
            "readOnly",
            "never travels: neither in requests nor in answers".to_owned(),
        );
    }
    if found.in_all_of && map.get("additionalProperties") == Some(&Value::Bool(false)) {
        let message = "refuses the properties of the other members of `allOf`".to_owned();
        told("closed-in-all-of", "additionalProperties", message);
    }
    let Some(value) = source.root.pointer(&found.at) else {
        return;
    };
    let flat = flatten(source, &[At { value, at: found.at.clone() }]);
    let required =
        map.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    for name in required {
        let Some(spot) = flat.property(name) else {
            let patterned = flat.named.contains_key("patternProperties");
            if flat.closed() && !patterned {
                told("required-and-refused", "required", format!("`{name}` is required, and refused"));
            } else if !found.partial && flat.choices.is_empty() && !patterned {
                told("required-undefined", "required", format!("`{name}` is required and not described"));
            }
            continue;
        };
        if flatten(source, spot).read_only {
            told(
                "read-only-required",
                "required",
                format!("`{name}` is `readOnly`: a request need not have it"),
            );
        }
    }
    let Some(discriminator) = map.get("discriminator") else {
        return;
    };
    if let Some(name) = discriminator.get("propertyName").and_then(Value::as_str) {
        let branches: Vec<&At<'_>> = flat.choices.iter().flat_map(|choice| &choice.branches).collect();
        let misses = |flat: &crate::schema::flat::Flat<'_>| !flat.required.contains_key(name);
        let missing = if branches.is_empty() {
            misses(&flat)
        } else {
            misses(&flat)
                && branches.iter().any(|branch| misses(&flatten(source, std::slice::from_ref(*branch))))
        };
        if missing {
            told("discriminator-undefined", "discriminator", format!("`{name}` is not required everywhere"));
        }
    }
    for (key, value) in discriminator.get("mapping").and_then(Value::as_object).into_iter().flatten() {
        let text = value.as_str().unwrap_or_default();
        let pointer =
            target(&serde_json::json!({ "$ref": text })).unwrap_or_else(|| join("/components/schemas", text));
        if source.root.pointer(&pointer).is_none() {
            told("mapping-nowhere", "discriminator", format!("{key:?} maps to {text:?}, which is not there"));
        }
    }
}

/// Patterns that can't match: an end before the text, a start behind it, a set of nothing.
fn patterns(map: &Map<String, Value>, told: &mut Told<'_>) {
    let Some(pattern) = map.get("pattern").and_then(Value::as_str) else {
        return;
    };
    let mut plain = String::new();
    let mut escaped = false;
    for letter in pattern.chars() {
        plain.push(if escaped { 'x' } else { letter });
        escaped = letter == '\\' && !escaped;
    }
    let simple = !plain.contains(['(', '|', '[', ']', '?', '*', '{']);
    let late_start = simple
        && plain.char_indices().any(|(i, letter)| letter == '^' && i > 0 && !plain[..i].ends_with('\\'));
    let early_end = simple
        && plain
            .char_indices()
            .any(|(i, letter)| letter == '$' && i + 1 < plain.len() && !plain[..i].ends_with('\\'));
    let nothing = pattern.contains("[^\\s\\S]")
        || pattern.contains("[^\\d\\D]")
        || pattern.contains("[^\\w\\W]")
        || pattern.contains("(?!)");
    if late_start || early_end || nothing {
        told("pattern-never-matches", "pattern", format!("no text matches {pattern:?}"));
        return;
    }
    // A text of letters and anchors only has one length.
    let exact =
        simple && pattern.starts_with('^') && pattern.ends_with('$') && !plain.contains(['\\', '.', '+']);
    let length = pattern.chars().count().saturating_sub(2) as u64;
    let bound = |key: &str| map.get(key).and_then(Value::as_u64);
    if exact
        && (bound("maxLength").is_some_and(|most| most < length)
            || bound("minLength").is_some_and(|least| least > length))
    {
        told(
            "pattern-never-matches",
            "pattern",
            format!("what matches {pattern:?} is {length} characters long, and refused"),
        );
    }
}
