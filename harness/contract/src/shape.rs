//! The [`Shape`] of a schema: which kinds of values it speaks of, so that a text from a URL, a header or a form becomes
//! the value that it stands for.

use serde_json::{Map, Number, Value};

use crate::document::Document;

const NULL: u8 = 1;
const BOOLEAN: u8 = 2;
const NUMBER: u8 = 4;
const STRING: u8 = 8;
const ARRAY: u8 = 16;
const OBJECT: u8 = 32;

/// How many references and combinations in a row are followed.
const HOPS: usize = 8;
/// How many levels of arrays and objects are looked into: texts hold no more, and a schema may contain itself.
const LEVELS: usize = 2;

/// The kinds of values that a schema speaks of. Nothing known: text.
#[derive(Debug, Default, Clone)]
pub(crate) struct Shape {
    kinds: u8,
    item: Option<Box<Shape>>,
    fields: Vec<(String, Shape)>,
    extra: Option<Box<Shape>>,
}

impl Shape {
    /// Looks a schema of the document up.
    pub(crate) fn of(document: &Document, schema: &Value) -> Self {
        let mut shape = Self::default();
        shape.add(document, schema, 0, 0);
        shape
    }

    fn inner(document: &Document, schema: &Value, level: usize) -> Self {
        let mut shape = Self::default();
        shape.add(document, schema, level + 1, 0);
        shape
    }

    fn add(&mut self, document: &Document, schema: &Value, level: usize, hops: usize) {
        if hops > HOPS {
            return;
        }
        if let Some(target) =
            schema["$ref"].as_str().and_then(|reference| document.target(reference, "").ok())
            && let Some(meant) = document.value.pointer(&target)
        {
            self.add(document, meant, level, hops + 1);
        }
        match &schema["type"] {
            Value::String(name) => self.kinds |= kind_named(name),
            Value::Array(names) => {
                self.kinds |=
                    names.iter().filter_map(Value::as_str).map(kind_named).fold(0, |all, kind| all | kind);
            }
            _ => {
                let values = schema["enum"].as_array().into_iter().flatten().chain(schema.get("const"));
                self.kinds |= values.map(kind_of).fold(0, |all, kind| all | kind);
            }
        }
        if schema["nullable"] == true {
            self.kinds |= NULL;
        }
        if level < LEVELS {
            self.look_inside(document, schema, level);
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for part in schema[key].as_array().into_iter().flatten() {
                self.add(document, part, level, hops + 1);
            }
        }
    }

    fn look_inside(&mut self, document: &Document, schema: &Value, level: usize) {
        if let Some(item) = schema.get("items") {
            self.item = Some(Box::new(Self::inner(document, item, level)));
        }
        if let Some(fields) = schema["properties"].as_object() {
            self.fields.extend(
                fields.iter().map(|(name, field)| (name.clone(), Self::inner(document, field, level))),
            );
        }
        if let Some(extra @ Value::Object(_)) = schema.get("additionalProperties") {
            self.extra = Some(Box::new(Self::inner(document, extra, level)));
        }
    }

    pub(crate) fn is_array(&self) -> bool {
        self.kinds & ARRAY != 0
    }

    pub(crate) fn is_object(&self) -> bool {
        self.kinds & OBJECT != 0 || self.kinds == 0 && !self.fields.is_empty()
    }

    /// Whether a text may stand for itself.
    pub(crate) fn takes_text(&self) -> bool {
        self.kinds == 0 || self.kinds & STRING != 0
    }

    /// The names of the documented fields.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_str())
    }

    /// The value that a text stands for; the text itself if it stands for none.
    pub(crate) fn scalar(&self, text: &str) -> Value {
        if self.kinds & BOOLEAN != 0
            && let Ok(flag) = text.parse::<bool>()
        {
            return Value::Bool(flag);
        }
        // serde_json forgives blanks around a number; a text that has some is none.
        let bare = !text.starts_with(char::is_whitespace) && !text.ends_with(char::is_whitespace);
        if self.kinds & NUMBER != 0
            && bare
            && let Ok(number) = serde_json::from_str::<Number>(text)
        {
            return Value::Number(number);
        }
        if self.kinds & NULL != 0 && !self.takes_text() && (text == "null" || text.is_empty()) {
            return Value::Null;
        }
        Value::String(text.to_owned())
    }

    /// The array that several texts stand for.
    pub(crate) fn array<T: AsRef<str>>(&self, texts: impl IntoIterator<Item = T>) -> Value {
        let text = Self::default();
        let item = self.item.as_deref().unwrap_or(&text);
        Value::Array(texts.into_iter().map(|text| item.scalar(text.as_ref())).collect())
    }

    /// The object that named texts stand for; a name that comes again and is an array gets all of its texts.
    pub(crate) fn object<T: AsRef<str>>(&self, pairs: impl IntoIterator<Item = (T, T)>) -> Value {
        let mut object = Map::new();
        for (name, text) in pairs {
            self.put(&mut object, name.as_ref(), text.as_ref());
        }
        Value::Object(object)
    }

    /// Adds one named text to an object.
    pub(crate) fn put(&self, object: &mut Map<String, Value>, name: &str, text: &str) {
        let shape = self.field(name);
        match (object.get_mut(name), shape) {
            (Some(Value::Array(items)), Some(shape)) if shape.is_array() => {
                if let Value::Array(more) = shape.array([text]) {
                    items.extend(more);
                }
            }
            (_, Some(shape)) if shape.is_array() => drop(object.insert(name.to_owned(), shape.array([text]))),
            // A structured field travels as JSON.
            (_, Some(shape)) if shape.is_object() => {
                let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
                object.insert(name.to_owned(), value);
            }
            (_, Some(shape)) => drop(object.insert(name.to_owned(), shape.scalar(text))),
            (_, None) => drop(object.insert(name.to_owned(), Value::String(text.to_owned()))),
        }
    }

    /// Adds one text to a nested object, by the names on the way to it; an empty or numbered last step adds to an array.
    pub(crate) fn put_deep(&self, object: &mut Map<String, Value>, steps: &[&str], text: &str) {
        let (first, rest) = match steps {
            [] => return,
            [only] => return self.put(object, only, text),
            [first, rest @ ..] => (first, rest),
        };
        let unknown = Self::default();
        let shape = self.field(first).unwrap_or(&unknown);
        if shape.is_array() {
            return self.put(object, first, text);
        }
        let inner = object.entry(*first).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(inner) = inner {
            shape.put_deep(inner, rest, text);
        }
    }

    /// What is known about a field.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, shape)| shape).or(self.extra.as_deref())
    }
}

fn kind_named(name: &str) -> u8 {
    match name {
        "null" => NULL,
        "boolean" => BOOLEAN,
        "integer" | "number" => NUMBER,
        "string" => STRING,
        "array" => ARRAY,
        "object" => OBJECT,
        _ => 0,
    }
}

fn kind_of(value: &Value) -> u8 {
    match value {
        Value::Null => NULL,
        Value::Bool(_) => BOOLEAN,
        Value::Number(_) => NUMBER,
        Value::String(_) => STRING,
        Value::Array(_) => ARRAY,
        Value::Object(_) => OBJECT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shape(schema: Value) -> Shape {
        let text = json!({"openapi": "3.1.0", "components": {"schemas": {"Id": {"type": "integer"}}}});
        Shape::of(&Document::parse("t", &text.to_string()).unwrap(), &schema)
    }

    #[test]
    fn texts_become_what_the_schema_speaks_of() {
        for (schema, text, value) in [
            (json!({"type": "integer"}), "12", json!(12)),
            (json!({"type": "integer"}), "1x", json!("1x")),
            (json!({"type": "integer"}), " 3", json!(" 3")),
            (json!({"type": "integer"}), "3\n", json!("3\n")),
            (json!({"type": "string"}), "12", json!("12")),
            (json!({}), "12", json!("12")),
            (json!({"enum": [1, 2]}), "2", json!(2)),
            (json!({"type": "boolean"}), "true", json!(true)),
            (json!({"$ref": "#/components/schemas/Id"}), "7", json!(7)),
            (json!({"anyOf": [{"type": "number"}, {"type": "null"}]}), "null", json!(null)),
            (json!({"anyOf": [{"type": "number"}, {"type": "string"}]}), "1.5", json!(1.5)),
        ] {
            assert_eq!(shape(schema.clone()).scalar(text), value, "{schema}");
        }
    }

    #[test]
    fn a_schema_that_contains_itself_is_looked_into_a_little() {
        let text = json!({"openapi": "3.1.0", "components": {"schemas": {"A": {"type": "object",
            "properties": (0..40).map(|i| (format!("f{i}"), json!({"$ref": "#/components/schemas/A"})))
                .collect::<Map<_, _>>()}}}});
        let document = Document::parse("t", &text.to_string()).unwrap();
        let shape = Shape::of(&document, &json!({"$ref": "#/components/schemas/A"}));
        assert_eq!(shape.fields().count(), 40);
        let inner = shape.field("f0").unwrap();
        assert!(inner.is_object() && inner.field("f1").unwrap().fields().count() == 0);
    }

    #[test]
    fn arrays_and_objects() {
        assert_eq!(
            shape(json!({"type": "array", "items": {"type": "integer"}})).array(["1", "x"]),
            json!([1, "x"])
        );
        let form = shape(json!({"properties": {
            "n": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}}, "data": {"type": "object"}}}));
        assert!(form.is_object());
        let pairs = [("n", "1"), ("tags", "a"), ("tags", "b"), ("data", "{\"k\":1}"), ("other", "2")];
        assert_eq!(form.object(pairs), json!({"n": 1, "tags": ["a", "b"], "data": {"k": 1}, "other": "2"}));
    }
}
