//! What stands where in an OpenAPI document: a table of its objects, and walks through all of them, through every
//! schema, and through every `$ref` that is meant as one.

use serde_json::{Map, Value};

use crate::pointer::join;

/// The objects of OpenAPI as far as they hold schemas or references.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Root,
    Components,
    PathItem,
    Operation,
    Parameter,
    Header,
    RequestBody,
    Response,
    Media,
    Encoding,
    Example,
    Link,
    Callback,
    SecurityScheme,
    Schema,
}

/// How many objects stand under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    One(Kind),
    /// A list; or a single one, which old schemas have.
    Many(Kind),
    /// By names that the author chose; all of them.
    Named(Kind),
    /// By names, `x-…` being extensions.
    Fixed(Kind),
}

/// The methods that a path may have.
pub(crate) const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

impl Kind {
    /// What stands under a key of such an object; `None`: data, texts, extensions.
    pub(crate) fn holds(self, key: &str) -> Option<Holds> {
        use Holds::{Fixed, Many, Named, One};
        Some(match (self, key) {
            (Self::Root, "paths" | "webhooks") => Fixed(Self::PathItem),
            (Self::Root, "components") => One(Self::Components),
            (Self::Components, "schemas") => Named(Self::Schema),
            (Self::Components, "parameters") => Named(Self::Parameter),
            (Self::Components, "pathItems") => Named(Self::PathItem),
            (Self::Components, "requestBodies") => Named(Self::RequestBody),
            (Self::Components, "responses") => Named(Self::Response),
            (Self::Components, "links") | (Self::Response, "links") => Named(Self::Link),
            (Self::Components, "securitySchemes") => Named(Self::SecurityScheme),
            (Self::Components | Self::Operation, "callbacks") => Named(Self::Callback),
            (Self::Components | Self::Response | Self::Encoding, "headers") => Named(Self::Header),
            (Self::Components | Self::Media | Self::Parameter | Self::Header, "examples") => {
                Named(Self::Example)
            }
            (Self::PathItem | Self::Operation, "parameters") => Many(Self::Parameter),
            (Self::PathItem, method) if METHODS.contains(&method) => One(Self::Operation),
            (Self::Operation, "requestBody") => One(Self::RequestBody),
            (Self::Operation, "responses") => Fixed(Self::Response),
            (Self::RequestBody | Self::Response | Self::Parameter | Self::Header, "content") => {
                Named(Self::Media)
            }
            (Self::Media, "encoding") => Named(Self::Encoding),
            (Self::Media | Self::Parameter | Self::Header, "schema") => One(Self::Schema),
            (Self::Callback, key) if !key.starts_with("x-") && key != "$ref" => One(Self::PathItem),
            (
                Self::Schema,
                "additionalItems"
                | "additionalProperties"
                | "contains"
                | "contentSchema"
                | "else"
                | "if"
                | "not"
                | "propertyNames"
                | "then"
                | "unevaluatedItems"
                | "unevaluatedProperties",
            ) => One(Self::Schema),
            (Self::Schema, "allOf" | "anyOf" | "items" | "oneOf" | "prefixItems") => Many(Self::Schema),
            (
                Self::Schema,
                "$defs" | "definitions" | "dependentSchemas" | "dependencies" | "patternProperties"
                | "properties",
            ) => Named(Self::Schema),
            _ => return None,
        })
    }

    /// Where such objects are kept under `components`; `None` for those that can't be referred to from everywhere.
    pub(crate) fn section(self) -> Option<&'static str> {
        Some(match self {
            Self::Schema => "schemas",
            Self::Parameter => "parameters",
            Self::Header => "headers",
            Self::RequestBody => "requestBodies",
            Self::Response => "responses",
            Self::Example => "examples",
            Self::Link => "links",
            Self::Callback => "callbacks",
            Self::SecurityScheme => "securitySchemes",
            _ => return None,
        })
    }
}

/// Calls `visit` for each child of an object: what it is, itself, and its place.
pub(crate) fn children<E>(
    kind: Kind,
    value: &mut Value,
    at: &str,
    visit: &mut dyn FnMut(Kind, &mut Value, &str) -> Result<(), E>,
) -> Result<(), E> {
    let Some(object) = value.as_object_mut() else {
        return Ok(());
    };
    for (key, inner) in object {
        let Some(holds) = kind.holds(key) else {
            continue;
        };
        let at = join(at, key);
        match (holds, inner) {
            (Holds::Many(kind), Value::Array(items)) => {
                for (i, item) in items.iter_mut().enumerate() {
                    visit(kind, item, &join(&at, &i.to_string()))?;
                }
            }
            (Holds::One(kind) | Holds::Many(kind), inner) => visit(kind, inner, &at)?,
            (Holds::Named(kind), Value::Object(map)) => {
                for (name, one) in map {
                    visit(kind, one, &join(&at, name))?;
                }
            }
            (Holds::Fixed(kind), Value::Object(map)) => {
                for (name, one) in map.iter_mut().filter(|(name, _)| !name.starts_with("x-")) {
                    visit(kind, one, &join(&at, name))?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// What is done with each schema object: the object itself and its place; `true` in the last argument for the
/// outermost one of a tree.
pub(crate) type Visitor<'a, E> = dyn FnMut(&mut Map<String, Value>, &str, bool) -> Result<(), E> + 'a;

/// Calls `visit` for every schema object of the document, inner ones first.
pub(crate) fn schemas<E>(document: &mut Value, visit: &mut Visitor<'_, E>) -> Result<(), E> {
    below(Kind::Root, document, "", false, visit)
}

fn below<E>(
    kind: Kind,
    value: &mut Value,
    at: &str,
    inside: bool,
    visit: &mut Visitor<'_, E>,
) -> Result<(), E> {
    let schema = kind == Kind::Schema;
    children(kind, value, at, &mut |kind, inner, at| below(kind, inner, at, schema, visit))?;
    match value {
        Value::Object(object) if schema => visit(object, at, !inside),
        _ => Ok(()),
    }
}

/// Calls `visit` with every reference that is meant as one (not those inside examples and the like), what kind of
/// object it stands for, and the place of the object that holds it.
pub(crate) fn references(document: &Value, visit: &mut dyn FnMut(&str, Kind, &str)) {
    refs(Kind::Root, document, "", visit);
}

fn refs(kind: Kind, value: &Value, at: &str, visit: &mut dyn FnMut(&str, Kind, &str)) {
    let Some(object) = value.as_object() else {
        return;
    };
    for (key, inner) in object {
        if let (true, Some(reference)) = (key == "$ref", inner.as_str()) {
            visit(reference, kind, at);
        }
        let Some(holds) = kind.holds(key) else {
            continue;
        };
        let at = join(at, key);
        match (holds, inner) {
            (Holds::Many(kind), Value::Array(items)) => {
                for (i, item) in items.iter().enumerate() {
                    refs(kind, item, &join(&at, &i.to_string()), visit);
                }
            }
            (Holds::One(kind) | Holds::Many(kind), inner) => refs(kind, inner, &at, visit),
            (Holds::Named(kind) | Holds::Fixed(kind), Value::Object(map)) => {
                let fixed = matches!(holds, Holds::Fixed(_));
                for (name, one) in map.iter().filter(|(name, _)| !fixed || !name.starts_with("x-")) {
                    refs(kind, one, &join(&at, name), visit);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_schema_is_found_once_inner_ones_first() {
        let mut document = json!({
            "paths": {"/a": {"parameters": [{"schema": {"type": "string"}}], "post": {
                "requestBody": {"content": {"application/json": {"schema": {"properties": {"default": {"items": {}}}}}}},
                "responses": {"200": {"headers": {"x-a": {"schema": {}}}, "content": {"a/b": {"schema": {"anyOf": [{}]}}}}},
                "callbacks": {"done": {"{$url}": {"post": {"requestBody": {"content": {"a/b": {"schema": {}}}}}}}}
            }}, "x-more": {"get": {"responses": {"200": {"content": {"a/b": {"schema": {}}}}}}}},
            "components": {"schemas": {"A": {"additionalProperties": {"not": {}}}}}
        });
        let mut seen = Vec::new();
        schemas::<()>(&mut document, &mut |_, at, top| {
            seen.push(format!("{at}{}", if top { " !" } else { "" }));
            Ok(())
        })
        .unwrap();
        assert_eq!(
            seen,
            [
                "/paths/~1a/parameters/0/schema !",
                "/paths/~1a/post/requestBody/content/application~1json/schema/properties/default/items",
                "/paths/~1a/post/requestBody/content/application~1json/schema/properties/default",
                "/paths/~1a/post/requestBody/content/application~1json/schema !",
                "/paths/~1a/post/responses/200/headers/x-a/schema !",
                "/paths/~1a/post/responses/200/content/a~1b/schema/anyOf/0",
                "/paths/~1a/post/responses/200/content/a~1b/schema !",
                "/paths/~1a/post/callbacks/done/{$url}/post/requestBody/content/a~1b/schema !",
                "/components/schemas/A/additionalProperties/not",
                "/components/schemas/A/additionalProperties",
                "/components/schemas/A !",
            ]
        );
    }

    #[test]
    fn references_inside_data_are_not_followed() {
        let document = json!({"components": {
            "schemas": {
                "A": {"$ref": "#/1"},
                "B": {"properties": {"example": {"$ref": "#/2"}, "$ref": {"type": "string"}}, "enum": [{"$ref": "#/no"}],
                    "default": {"$ref": "#/no"}, "x-more": {"$ref": "#/no"}}},
            "parameters": {"P": {"example": {"$ref": "#/no"}, "examples": {"x": {"$ref": "#/3"}, "y": {"value": {"$ref": "#/no"}}}}}
        }});
        let mut seen = Vec::new();
        references(&document, &mut |reference, kind, at| {
            seen.push((reference.to_owned(), kind, at.to_owned()))
        });
        let places: Vec<_> = seen.iter().map(|(r, kind, at)| (r.as_str(), *kind, at.as_str())).collect();
        assert_eq!(
            places,
            [
                ("#/1", Kind::Schema, "/components/schemas/A"),
                ("#/2", Kind::Schema, "/components/schemas/B/properties/example"),
                ("#/3", Kind::Example, "/components/parameters/P/examples/x"),
            ]
        );
    }
}
