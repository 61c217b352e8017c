//! Query parameters with the types and defaults that the contract gives them.

use std::collections::HashMap;

use dryrun_contract::Contract;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// One documented query parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Param {
    name: String,
    kind: Kind,
    default: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Number,
    Boolean,
    List,
    Text,
}

/// The query parameters of each operation, by `METHOD /path/template`.
pub(crate) fn parameters(contract: &Contract) -> HashMap<String, Vec<Param>> {
    let document = contract.document();
    let operations = contract.operations().iter();
    operations
        .map(|operation| {
            let path =
                document.get("paths").and_then(|paths| paths.get(&operation.path)).unwrap_or(&Value::Null);
            let path = resolve(document, path);
            let own = path.get(operation.method.to_ascii_lowercase());
            let lists = [path.get("parameters"), own.and_then(|own| own.get("parameters"))];
            let mut found: Vec<Param> = Vec::new();
            for raw in lists.into_iter().flatten().filter_map(Value::as_array).flatten() {
                let Some(param) = param(document, raw) else { continue };
                // What the operation says overrides what its path says.
                found.retain(|other| other.name != param.name);
                found.push(param);
            }
            (operation.line(), found)
        })
        .collect()
}

fn param(document: &Value, raw: &Value) -> Option<Param> {
    let raw = resolve(document, raw);
    if raw.get("in").and_then(Value::as_str) != Some("query") {
        return None;
    }
    let schema = resolve(document, raw.get("schema").unwrap_or(&Value::Null));
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let kind = types.iter().find_map(|name| match *name {
        "integer" => Some(Kind::Integer),
        "number" => Some(Kind::Number),
        "boolean" => Some(Kind::Boolean),
        "array" => Some(Kind::List),
        _ => None,
    });
    Some(Param {
        name: raw.get("name")?.as_str()?.to_owned(),
        kind: kind.unwrap_or(Kind::Text),
        default: schema.get("default").cloned().unwrap_or_default(),
    })
}

/// Follows references inside the document, as many as there can be in a row without a circle.
fn resolve<'a>(document: &'a Value, mut value: &'a Value) -> &'a Value {
    for _ in 0..16 {
        let Some(pointer) = value.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'))
        else {
            return value;
        };
        let Some(next) = document.pointer(pointer) else { return value };
        value = next;
    }
    value
}

/// The query as an object: documented parameters with their types, `null` or their default when they are not given;
/// others as texts.
pub(crate) fn query(params: &[Param], query: &str) -> Value {
    let mut map = Map::new();
    let mut lists: HashMap<String, Vec<Value>> = HashMap::new();
    for param in params {
        map.insert(param.name.clone(), param.default.clone());
    }
    for (name, raw) in pairs(query) {
        let Some(param) = params.iter().find(|param| param.name == name) else {
            map.insert(name, Value::String(raw));
            continue;
        };
        let given = match param.kind {
            Kind::Integer => whole(&raw).map(Value::from).unwrap_or(Value::String(raw)),
            Kind::Number => raw.parse::<f64>().map(Value::from).unwrap_or(Value::String(raw)),
            Kind::Boolean => match raw.to_ascii_lowercase().as_str() {
                "true" | "1" => Value::Bool(true),
                "false" | "0" => Value::Bool(false),
                _ => Value::String(raw),
            },
            Kind::List => {
                let list = lists.entry(name.clone()).or_default();
                list.push(Value::String(raw));
                Value::Array(list.clone())
            }
            Kind::Text => Value::String(raw),
        };
        map.insert(name, given);
    }
    Value::Object(map)
}

/// A whole number in any way that JSON can write it: to a contract `7.0` and `1e1` are integers.
fn whole(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| {
        let number = text.parse::<f64>().ok().filter(|number| number.fract() == 0.0)?;
        // 2^53: beyond it a float no longer tells whole numbers apart.
        (number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
    })
}

/// Names and values of a query, decoded (WHATWG URL, 5.1).
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    query.split('&').filter(|pair| !pair.is_empty()).map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_and_defaults_are_the_contracts() {
        let document = json!({"components": {"parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "default": 100}}}}});
        let raw = [
            json!({"$ref": "#/components/parameters/Limit"}),
            json!({"name": "opt_in", "in": "query", "schema": {"type": ["boolean", "null"]}}),
            json!({"name": "tag", "in": "query", "schema": {"type": "array"}}),
            json!({"name": "id", "in": "path", "schema": {"type": "string"}}),
        ];
        let params: Vec<Param> = raw.iter().filter_map(|raw| param(&document, raw)).collect();
        assert_eq!(params.len(), 3);
        assert_eq!(query(&params, ""), json!({"limit": 100, "opt_in": null, "tag": null}));
        let given = query(&params, "limit=5&opt_in=true&tag=a+b&tag=c%20d&other=x");
        for (text, value) in [
            ("7.0", json!(7)),
            ("1e1", json!(10)),
            ("-2", json!(-2)),
            ("7.5", json!("7.5")),
            ("x", json!("x")),
        ] {
            assert_eq!(query(&params, &format!("limit={text}"))["limit"], value, "{text}");
        }
        assert_eq!(given, json!({"limit": 5, "opt_in": true, "tag": ["a b", "c d"], "other": "x"}));
    }
}
