//! A [`Parameter`] or header: how its value is written, read back and judged.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::breach::{Location, Segment};
use crate::document::without_position;
use crate::judge::Judge;
use crate::router::decode;
use crate::schema::Schema;
use crate::shape::Shape;

/// How a value is written into a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Style {
    #[default]
    Simple,
    Label,
    Matrix,
    Form,
    SpaceDelimited,
    PipeDelimited,
    DeepObject,
    /// A document of its own (`content` in place of `schema`).
    Json,
}

impl Style {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "simple" => Self::Simple,
            "label" => Self::Label,
            "matrix" => Self::Matrix,
            "form" => Self::Form,
            "spaceDelimited" => Self::SpaceDelimited,
            "pipeDelimited" => Self::PipeDelimited,
            "deepObject" => Self::DeepObject,
            _ => return None,
        })
    }
}

impl Style {
    /// The styles that a place may have.
    pub(crate) fn of_place(place: Location) -> &'static [&'static str] {
        match place {
            Location::Path => &["simple", "label", "matrix"],
            Location::Query => &["form", "spaceDelimited", "pipeDelimited", "deepObject"],
            Location::Cookie => &["form"],
            _ => &["simple"],
        }
    }
}

/// One documented parameter or header.
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) place: Location,
    pub(crate) required: bool,
    pub(crate) style: Style,
    pub(crate) explode: bool,
    pub(crate) allow_empty: bool,
    pub(crate) shape: Shape,
    pub(crate) schema: Option<Arc<Schema>>,
    /// Where the document has it.
    pub(crate) at: String,
}

/// Name and value of each pair of a query or form, still encoded.
pub(crate) fn raw_pairs(query: &str) -> Vec<(Cow<'_, str>, &str)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (plain(name), value))
        .collect()
}

/// Decoded as a query is: `+` is a space.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if text.contains('+') { Cow::Owned(decode(&text.replace('+', " ")).into_owned()) } else { decode(text) }
}

/// The pairs of a `Cookie` header.
pub(crate) fn cookies(header: &str) -> Vec<(Cow<'_, str>, &str)> {
    let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.map(|(name, value)| (Cow::Borrowed(name), value.trim_matches('"'))).collect()
}

impl Parameter {
    /// The value among the pairs of a query or of cookies; `None` if it is not there.
    pub(crate) fn in_pairs(&self, pairs: &[(Cow<'_, str>, &str)]) -> Option<Value> {
        let mine = || pairs.iter().filter(|(name, _)| *name == self.name).map(|(_, value)| *value);
        if self.shape.is_object() && self.style == Style::DeepObject {
            let fields: Vec<_> = pairs
                .iter()
                .filter_map(|(name, value)| {
                    let key = name.strip_prefix(self.name.as_str())?.strip_prefix('[')?.strip_suffix(']')?;
                    Some((key, plain(value)))
                })
                .collect();
            if fields.is_empty() {
                return None;
            }
            let mut object = Map::new();
            for (key, text) in fields {
                let steps: Vec<&str> = key.split("][").collect();
                self.shape.put_deep(&mut object, &steps, &text);
            }
            return Some(Value::Object(object));
        }
        if self.shape.is_object() && self.style == Style::Form && self.explode {
            let known = |name: &str| self.shape.fields().any(|field| field == name);
            let fields: Vec<_> = pairs
                .iter()
                .filter(|(name, _)| known(name))
                .map(|(name, value)| (name.clone(), plain(value)))
                .collect();
            // An empty object leaves no trace: it is what was sent if nothing is there and something must be.
            return (self.required || !fields.is_empty()).then(|| self.shape.object(fields));
        }
        if self.shape.is_array() && self.explode && self.style != Style::Json {
            let items: Vec<_> = mine().map(plain).collect();
            return (!items.is_empty()).then(|| self.shape.array(items));
        }
        // A value that may come once only: frameworks take the last.
        let raw = mine().next_back()?;
        let value = match self.style {
            Style::SpaceDelimited => self.delimited(&raw.replace('+', "%20"), &["%20", " "]),
            Style::PipeDelimited => self.delimited(raw, &["|", "%7C", "%7c"]),
            Style::Form => self.delimited(raw, &[","]),
            _ => return Some(self.whole(&plain(raw))),
        };
        Some(value.unwrap_or_else(|| self.whole(&plain(raw))))
    }

    /// The value in the raw segment of a path.
    pub(crate) fn in_path(&self, raw: &str) -> Value {
        let matrix = format!(";{}=", self.name);
        let (text, separator) = match self.style {
            Style::Label => (raw.strip_prefix('.').unwrap_or(raw), if self.explode { "." } else { "," }),
            Style::Matrix => (
                raw.strip_prefix(matrix.as_str()).or_else(|| raw.strip_prefix(';')).unwrap_or(raw),
                match (self.explode, self.shape.is_array()) {
                    (true, true) => matrix.as_str(),
                    (true, false) => ";",
                    _ => ",",
                },
            ),
            _ => (raw, ","),
        };
        self.delimited(text, &[separator]).unwrap_or_else(|| self.whole(&decode(text)))
    }

    /// How the raw segment of a path should begin, if it does not begin so: `.` for `label`, `;name=` for `matrix`.
    pub(crate) fn misses_style(&self, raw: &str) -> Option<String> {
        let named = format!(";{}=", self.name);
        let (fits, wanted) = match self.style {
            Style::Label => (raw.starts_with('.'), ".…".to_owned()),
            // The names are those of its fields.
            Style::Matrix if self.explode && self.shape.is_object() => {
                (raw.starts_with(';'), ";field=…".to_owned())
            }
            // The empty text may stand without its `=`.
            Style::Matrix => {
                (raw.starts_with(&named) || *raw == named[..named.len() - 1], format!("{named}…"))
            }
            _ => return None,
        };
        (!fits).then_some(wanted)
    }

    /// The value of a header.
    pub(crate) fn in_header(&self, text: &str) -> Value {
        if self.style == Style::Json || !(self.shape.is_array() || self.shape.is_object()) {
            return self.whole(text);
        }
        let parts: Vec<_> = text.split(',').map(|part| Cow::Borrowed(part.trim())).collect();
        self.parts(parts)
    }

    /// An array or object in one text; `None` if the parameter is neither.
    fn delimited(&self, raw: &str, separators: &[&str]) -> Option<Value> {
        if self.style == Style::Json || !(self.shape.is_array() || self.shape.is_object()) {
            return None;
        }
        let separator =
            separators.iter().find(|separator| raw.contains(**separator)).unwrap_or(&separators[0]);
        Some(self.parts(raw.split(separator).map(plain_if(self.place)).collect()))
    }

    fn parts(&self, parts: Vec<Cow<'_, str>>) -> Value {
        if self.shape.is_array() {
            return self.shape.array(parts);
        }
        let mut fields: Vec<(String, String)> = Vec::new();
        if self.explode {
            for part in parts {
                let (name, value) = part.split_once('=').unwrap_or((&part, ""));
                fields.push((name.to_owned(), value.to_owned()));
            }
        } else {
            for pair in parts.chunks(2) {
                fields.push((pair[0].to_string(), pair.get(1).map(ToString::to_string).unwrap_or_default()));
            }
        }
        self.shape.object(fields)
    }

    fn whole(&self, text: &str) -> Value {
        match self.style {
            Style::Json => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
            _ => self.shape.scalar(text),
        }
    }

    /// How the parameter is called in a sentence.
    pub(crate) fn title(&self) -> String {
        match self.place {
            Location::Header => format!("the header {:?}", self.name),
            Location::Cookie => format!("the cookie {:?}", self.name),
            place => format!("the {place} parameter {:?}", self.name),
        }
    }

    /// Judges the value, or its absence. `raw` is the text, in case that it stands for itself after all.
    pub(crate) fn check(&self, judge: &mut Judge<'_>, value: Option<Value>, raw: Option<&str>) {
        let Some(value) = value else {
            if self.required {
                judge.missing(self.place, &self.name, &self.at, self.title());
            }
            return;
        };
        let Some(schema) = &self.schema else {
            return;
        };
        if self.style == Style::Json
            && let Some(Err(error)) = raw.map(serde_json::from_str::<serde::de::IgnoredAny>)
        {
            let found = format!("text that is no JSON: {}", without_position(&error));
            judge.inside(
                self.place,
                vec![Segment::Key(self.name.clone())],
                &self.at,
                "syntax",
                found,
                "JSON".into(),
            );
            return;
        }
        if schema.is_valid(&value) || self.allow_empty && raw == Some("") {
            return;
        }
        if let Some(raw) = raw
            && !value.is_string()
            && self.shape.takes_text()
            && schema.is_valid(&Value::String(raw.to_owned()))
        {
            return;
        }
        judge.value(self.place, Some(&self.name), schema, &value);
    }
}

fn plain_if(place: Location) -> fn(&str) -> Cow<'_, str> {
    if place == Location::Query { plain } else { decode }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    use crate::document::Document;

    fn parameter(place: Location, style: Style, explode: bool, schema: Value) -> Parameter {
        let document = Document::parse("t", "openapi: 3.1.0").unwrap();
        let shape = Shape::of(&document, &schema);
        let name = "p".to_owned();
        Parameter {
            name,
            place,
            required: true,
            style,
            explode,
            allow_empty: false,
            shape,
            schema: None,
            at: String::new(),
        }
    }

    #[test]
    fn styles_of_a_path() {
        let numbers = || json!({"type": "array", "items": {"type": "integer"}});
        let point =
            || json!({"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}});
        for (style, explode, schema, raw, value) in [
            (Style::Simple, false, json!({"type": "integer"}), "5", json!(5)),
            (Style::Simple, false, numbers(), "1,2", json!([1, 2])),
            (Style::Simple, false, point(), "x,1,y,2", json!({"x": 1, "y": 2})),
            (Style::Simple, true, point(), "x=1,y=2", json!({"x": 1, "y": 2})),
            (Style::Label, false, json!({"type": "integer"}), ".5", json!(5)),
            (Style::Label, true, numbers(), ".1.2", json!([1, 2])),
            (Style::Label, false, numbers(), ".1,2", json!([1, 2])),
            (Style::Matrix, false, json!({"type": "integer"}), ";p=5", json!(5)),
            (Style::Matrix, false, numbers(), ";p=1,2", json!([1, 2])),
            (Style::Matrix, true, numbers(), ";p=1;p=2", json!([1, 2])),
            (Style::Matrix, true, point(), ";x=1;y=2", json!({"x": 1, "y": 2})),
            (Style::Simple, false, json!({"type": "string"}), "a%2Cb", json!("a,b")),
        ] {
            assert_eq!(
                parameter(Location::Path, style, explode, schema).in_path(raw),
                value,
                "{style:?} {raw}"
            );
        }
    }

    #[test]
    fn styles_of_a_query() {
        let numbers = || json!({"type": "array", "items": {"type": "integer"}});
        let point =
            || json!({"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}});
        for (style, explode, schema, query, value) in [
            (Style::Form, true, numbers(), "p=1&p=2&q=3", Some(json!([1, 2]))),
            (Style::Form, false, numbers(), "p=1,2", Some(json!([1, 2]))),
            (Style::SpaceDelimited, false, numbers(), "p=1%202", Some(json!([1, 2]))),
            (Style::SpaceDelimited, false, numbers(), "p=1+2", Some(json!([1, 2]))),
            (Style::PipeDelimited, false, numbers(), "p=1|2", Some(json!([1, 2]))),
            (Style::PipeDelimited, false, numbers(), "p=1%7C2", Some(json!([1, 2]))),
            (Style::DeepObject, true, point(), "p[x]=1&p%5By%5D=2", Some(json!({"x": 1, "y": 2}))),
            (
                Style::DeepObject,
                true,
                json!({"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {"type": "integer"}}}, "c": numbers()}}),
                "p[a][b]=1&p[c][]=1&p[c][]=2&p[d][0]=x",
                Some(json!({"a": {"b": 1}, "c": [1, 2], "d": {"0": "x"}})),
            ),
            (Style::Form, true, point(), "x=1&z=2", Some(json!({"x": 1}))),
            (Style::Form, false, point(), "p=x,1,y,2", Some(json!({"x": 1, "y": 2}))),
            (Style::Form, true, json!({"type": "string"}), "p=a+b&p=c%26d", Some(json!("c&d"))),
            (Style::Json, false, point(), "p={\"x\":1}", Some(json!({"x": 1}))),
            (Style::Form, true, numbers(), "q=1", None),
            (Style::Form, true, point(), "q=1", Some(json!({}))),
        ] {
            let parameter = parameter(Location::Query, style, explode, schema);
            assert_eq!(parameter.in_pairs(&raw_pairs(query)), value, "{style:?} {query}");
        }
    }

    #[test]
    fn headers_are_lists_with_spaces() {
        let list = parameter(
            Location::Header,
            Style::Simple,
            false,
            json!({"type": "array", "items": {"type": "integer"}}),
        );
        assert_eq!(list.in_header("1, 2"), json!([1, 2]));
    }
}
