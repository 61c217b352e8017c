//! Makes a document tidy: the parts in one order, what says nothing taken out. What it means stays as it is.

use serde_json::{Map, Value};

/// The order of the keys of the document, of a call, of a schema; what is not named comes behind, in its own order.
const ROOT: [&str; 11] = [
    "openapi",
    "jsonSchemaDialect",
    "info",
    "externalDocs",
    "servers",
    "security",
    "tags",
    "paths",
    "webhooks",
    "components",
    "$self",
];
const ITEM: [&str; 13] = [
    "$ref",
    "summary",
    "description",
    "servers",
    "parameters",
    "get",
    "head",
    "post",
    "put",
    "patch",
    "delete",
    "options",
    "trace",
];
const CALL: [&str; 11] = [
    "operationId",
    "tags",
    "summary",
    "description",
    "deprecated",
    "security",
    "servers",
    "parameters",
    "requestBody",
    "responses",
    "callbacks",
];
const SCHEMA: [&str; 8] = ["$ref", "title", "description", "type", "format", "enum", "const", "required"];
const COMPONENTS: [&str; 10] = [
    "schemas",
    "parameters",
    "headers",
    "requestBodies",
    "responses",
    "callbacks",
    "links",
    "pathItems",
    "examples",
    "securitySchemes",
];
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// What a value is, by where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Root,
    Paths,
    Item,
    Call,
    Responses,
    Components,
    /// Names to values of another kind, sorted by name.
    Named,
    /// Names to schemas, in the author's order.
    Properties,
    Schema,
    /// A value that somebody sends: nothing in it is ours to touch.
    Data,
    Other,
}

/// The document, tidy.
pub(crate) fn tidy(document: &Value) -> Value {
    part(document, Kind::Root, None)
}

fn part(value: &Value, kind: Kind, name: Option<&str>) -> Value {
    match value {
        _ if kind == Kind::Data => value.clone(),
        Value::Array(items) => {
            let inner = if kind == Kind::Named { Kind::Other } else { kind };
            Value::Array(items.iter().map(|item| part(item, inner, None)).collect())
        }
        Value::Object(map) => {
            let mut out = Map::new();
            for key in order(map, kind) {
                let inner = &map[key];
                if says_nothing(kind, key, inner)
                    || (key == "title" && kind == Kind::Schema && made_up(name, inner))
                {
                    continue;
                }
                // A parameter's schema is called as the parameter is.
                let parameter = map
                    .get("name")
                    .and_then(Value::as_str)
                    .filter(|_| key == "schema" && map.contains_key("in"));
                let named =
                    (kind == Kind::Properties || kind == Kind::Named).then_some(key.as_str()).or(parameter);
                out.insert(key.clone(), part(inner, below(kind, key), named));
            }
            Value::Object(out)
        }
        other => other.clone(),
    }
}

fn order(map: &Map<String, Value>, kind: Kind) -> Vec<&String> {
    let first: &[&str] = match kind {
        Kind::Root => &ROOT,
        Kind::Item => &ITEM,
        Kind::Call => &CALL,
        Kind::Schema => &SCHEMA,
        Kind::Components => &COMPONENTS,
        _ => &[],
    };
    let mut keys: Vec<&String> = map.keys().collect();
    if matches!(kind, Kind::Paths | Kind::Responses | Kind::Named) {
        keys.sort();
    } else {
        // A stable sort: what is not named keeps its order.
        keys.sort_by_key(|key| first.iter().position(|known| known == key).unwrap_or(first.len()));
    }
    keys
}

/// What the value of a key is.
fn below(kind: Kind, key: &str) -> Kind {
    if matches!(key, "example" | "default" | "enum" | "const" | "value" | "mapping")
        && !matches!(kind, Kind::Properties | Kind::Named | Kind::Paths)
    {
        return Kind::Data;
    }
    match (kind, key) {
        (Kind::Data, _) => Kind::Data,
        (Kind::Root, "paths" | "webhooks") => Kind::Paths,
        (Kind::Root, "components") => Kind::Components,
        (Kind::Paths, _) => Kind::Item,
        (Kind::Item, method) if METHODS.contains(&method) => Kind::Call,
        (Kind::Call, "responses") => Kind::Responses,
        (Kind::Components, "schemas") => Kind::Named,
        (Kind::Named, _) => Kind::Schema,
        (Kind::Schema, "properties" | "patternProperties" | "$defs" | "dependentSchemas") => Kind::Properties,
        (Kind::Properties, _) => Kind::Schema,
        (Kind::Schema, "examples" | "discriminator" | "required") => Kind::Data,
        (Kind::Schema, _) => Kind::Schema,
        (_, "schema") => Kind::Schema,
        (_, other) if other.starts_with("x-") => Kind::Data,
        _ => Kind::Other,
    }
}

/// What can go without anybody noticing.
fn says_nothing(kind: Kind, key: &str, value: &Value) -> bool {
    let empty = match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    };
    let off = value == &Value::Bool(false);
    match kind {
        Kind::Call | Kind::Item | Kind::Root | Kind::Other => {
            empty
                && matches!(
                    key,
                    "tags"
                        | "parameters"
                        | "description"
                        | "summary"
                        | "servers"
                        | "callbacks"
                        | "headers"
                        | "links"
                        | "content"
                )
                && !(kind == Kind::Other && key == "description")
                || off && key == "deprecated"
        }
        Kind::Components => empty,
        Kind::Schema => {
            empty && matches!(key, "required" | "properties" | "description" | "title" | "allOf")
                || off && matches!(key, "deprecated" | "nullable" | "readOnly" | "writeOnly" | "uniqueItems")
        }
        _ => false,
    }
}

/// A title that a framework made of the name: `Message Id` of `message_id`.
fn made_up(name: Option<&str>, title: &Value) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
    };
    name.zip(title.as_str())
        .is_some_and(|(name, title)| plain(name) == plain(title) && !plain(title).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_comes_in_and_noise_goes_out() {
        let messy = json!({
            "paths": {"/b": {"post": {"responses": {"404": {"description": ""}, "200": {"description": "ok"}}, "tags": [], "deprecated": false, "operationId": "b", "security": []}}, "/a": {}},
            "components": {"schemas": {"B": {"properties": {"message_id": {"title": "Message Id", "type": "string", "default": ""}, "a": {"title": "Other", "enum": []}}, "type": "object", "title": "B", "required": []}}, "headers": {}},
            "info": {"title": "T"}, "openapi": "3.1.0"
        });
        let tidied = tidy(&messy);
        assert_eq!(
            tidied.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["openapi", "info", "paths", "components"]
        );
        assert_eq!(tidied["paths"].as_object().unwrap().keys().collect::<Vec<_>>(), ["/a", "/b"]);
        let call = &tidied["paths"]["/b"]["post"];
        assert_eq!(
            call.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["operationId", "security", "responses"]
        );
        assert_eq!(call["responses"]["404"]["description"], "", "an answer must have one");
        let schema = &tidied["components"]["schemas"]["B"];
        assert_eq!(
            schema,
            &json!({"type": "object", "properties": {"message_id": {"type": "string", "default": ""}, "a": {"title": "Other", "enum": []}}})
        );
        assert!(tidied["components"].get("headers").is_none());
    }
}
