//! Reads request bodies and says everything that is wrong with one, in the form FastAPI clients know.
//! Main types: [`Fields`], [`Issue`].

use crate::stamp;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

/// The most fields of a free-form object.
const MOST_PROPERTIES: usize = 200;

/// One thing wrong with a request: `{loc, msg, type}` on the wire.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Issue {
    /// Where: `["body", "tone"]`, `["query", "since"]`.
    pub(crate) loc: Vec<Value>,
    /// What, for a person.
    pub(crate) msg: String,
    /// What, for a program.
    pub(crate) kind: &'static str,
}

impl Issue {
    /// An issue with a query parameter or a header.
    pub(crate) fn at(part: &str, name: &str, msg: impl Into<String>, kind: &'static str) -> Issue {
        Issue { loc: vec![json!(part), json!(name)], msg: msg.into(), kind }
    }

    /// The wire form.
    pub(crate) fn to_json(&self) -> Value {
        json!({"loc": self.loc, "msg": self.msg, "type": self.kind})
    }
}

/// Parses a body that must be a JSON object.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, Vec<Issue>> {
    let body = || vec![json!("body")];
    if bytes.is_empty() {
        return Err(vec![Issue { loc: body(), msg: "Field required".into(), kind: "missing" }]);
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => {
            Err(vec![Issue { loc: body(), msg: "Input should be a valid object".into(), kind: "dict_type" }])
        }
        Err(error) => {
            Err(vec![Issue { loc: body(), msg: format!("JSON decode error: {error}"), kind: "json_invalid" }])
        }
    }
}

/// The fields of one object, taken one by one; collects issues in place of stopping at the first.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    loc: Vec<Value>,
    issues: Vec<Issue>,
}

impl<'a> Fields<'a> {
    /// The fields of the whole body.
    pub(crate) fn body(map: &'a Map<String, Value>) -> Fields<'a> {
        Fields { map, loc: vec![json!("body")], issues: Vec::new() }
    }

    /// Everything that was wrong, or nothing.
    pub(crate) fn finish(self) -> Result<(), Vec<Issue>> {
        if self.issues.is_empty() { Ok(()) } else { Err(self.issues) }
    }

    /// Notes an issue with a field.
    pub(crate) fn issue(&mut self, name: &str, msg: impl Into<String>, kind: &'static str) {
        let mut loc = self.loc.clone();
        loc.push(json!(name));
        self.issues.push(Issue { loc, msg: msg.into(), kind });
    }

    fn issue_in(&mut self, name: &str, index: usize, msg: impl Into<String>, kind: &'static str) {
        self.issue(name, msg, kind);
        self.issues.last_mut().expect("just pushed").loc.push(json!(index));
    }

    /// A field that may be absent or null.
    fn given(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    fn missing(&mut self, name: &str) {
        match self.map.get(name) {
            None => self.issue(name, "Field required", "missing"),
            Some(_) => self.issue(name, "Input should not be null", "value_error"),
        }
    }

    /// A JSON boolean with a default; null is not one.
    pub(crate) fn flag(&mut self, name: &str, default: bool) -> bool {
        match self.map.get(name) {
            None => default,
            Some(Value::Bool(value)) => *value,
            Some(_) => {
                self.issue(name, "Input should be a valid boolean", "bool_type");
                default
            }
        }
    }

    /// A string that may be absent or null.
    pub(crate) fn text_or_none(&mut self, name: &str) -> Option<String> {
        match self.given(name)? {
            Value::String(text) => Some(text.clone()),
            _ => {
                self.issue(name, "Input should be a valid string", "string_type");
                None
            }
        }
    }

    /// A string within bounds, that may be absent or null.
    pub(crate) fn bounded_or_none(&mut self, name: &str, (min, max): (usize, usize)) -> Option<String> {
        let text = self.text_or_none(name)?;
        let length = text.chars().count();
        if length < min {
            self.issue(name, format!("String should have at least {min} character"), "string_too_short");
        } else if length > max {
            self.issue(name, format!("String should have at most {max} characters"), "string_too_long");
        }
        Some(text)
    }

    /// A required string of 1 to `max` characters.
    pub(crate) fn text(&mut self, name: &str, max: usize) -> String {
        if self.given(name).is_none() {
            self.missing(name);
            return String::new();
        }
        let text = self.text_or_none(name);
        match text.as_deref().map_or(1, |text| text.chars().count()) {
            0 => self.issue(name, "String should have at least 1 character", "string_too_short"),
            length if length > max => {
                self.issue(name, format!("String should have at most {max} characters"), "string_too_long");
            }
            _ => {}
        }
        text.unwrap_or_default()
    }

    /// One of `allowed`, or absent or null.
    pub(crate) fn one_of(&mut self, name: &str, allowed: &[&'static str]) -> Option<&'static str> {
        let value = self.given(name)?;
        let found = value.as_str().and_then(|text| allowed.iter().find(|known| **known == text).copied());
        if found.is_none() {
            self.issue(name, format!("Input should be {}", or_list(allowed)), "enum");
        }
        found
    }

    /// A whole number within bounds, required.
    pub(crate) fn whole(&mut self, name: &str, min: u64, max: u64) -> u64 {
        let Some(value) = self.given(name) else {
            self.missing(name);
            return min;
        };
        match value.as_i64() {
            Some(number) if u64::try_from(number).is_ok_and(|number| (min..=max).contains(&number)) => {
                number.unsigned_abs()
            }
            Some(_) => {
                self.issue(name, format!("Input should be from {min} to {max}"), "out_of_range");
                min
            }
            None => {
                self.issue(name, "Input should be a valid integer", "int_type");
                min
            }
        }
    }

    /// A list of strings, or absent or null; with `allowed`, each of them one of those.
    pub(crate) fn texts_or_none(
        &mut self,
        name: &str,
        allowed: Option<&[&'static str]>,
    ) -> Option<Vec<String>> {
        let value = self.given(name)?;
        let Value::Array(items) = value else {
            self.issue(name, "Input should be a valid list", "list_type");
            return None;
        };
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match (item.as_str(), allowed) {
                (None, _) => self.issue_in(name, index, "Input should be a valid string", "string_type"),
                (Some(text), Some(allowed)) if !allowed.contains(&text) => {
                    self.issue_in(name, index, format!("Input should be {}", or_list(allowed)), "enum");
                }
                (Some(text), _) => texts.push(text.to_owned()),
            }
        }
        Some(texts)
    }

    /// A required list of 1 to `max` strings.
    pub(crate) fn texts(&mut self, name: &str, max: usize, allowed: Option<&[&'static str]>) -> Vec<String> {
        if self.given(name).is_none() {
            self.missing(name);
            return Vec::new();
        }
        match self.given(name).and_then(Value::as_array).map_or(1, Vec::len) {
            0 => self.issue(name, "List should have at least 1 item", "too_short"),
            length if length > max => {
                self.issue(name, format!("List should have at most {max} items"), "too_long");
            }
            _ => {}
        }
        self.texts_or_none(name, allowed).unwrap_or_default()
    }

    /// An RFC 3339 date-time, or absent or null.
    pub(crate) fn moment_or_none(&mut self, name: &str) -> Option<DateTime<Utc>> {
        let moment = self.given(name)?.as_str().and_then(stamp::parse);
        if moment.is_none() {
            self.issue(name, "Input should be a valid date-time", "datetime_parsing");
        }
        moment
    }

    /// A required RFC 3339 date-time.
    pub(crate) fn moment(&mut self, name: &str) -> Option<DateTime<Utc>> {
        if self.given(name).is_none() {
            self.missing(name);
            return None;
        }
        self.moment_or_none(name)
    }

    /// An object, or absent or null.
    pub(crate) fn object_or_none(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        let value = self.given(name)?;
        match value.as_object() {
            None => self.issue(name, "Input should be a valid dictionary", "dict_type"),
            Some(map) if map.len() > MOST_PROPERTIES => {
                let msg = format!("Dictionary should have at most {MOST_PROPERTIES} items");
                self.issue(name, msg, "too_long");
            }
            Some(_) => {}
        }
        value.as_object()
    }

    /// A required object.
    pub(crate) fn object(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        if self.given(name).is_none() {
            self.missing(name);
            return None;
        }
        self.object_or_none(name)
    }

    /// Checks the fields of an inner object; their issues are located under `name`.
    pub(crate) fn inner<T>(
        &mut self,
        name: &str,
        map: &'a Map<String, Value>,
        read: impl FnOnce(&mut Fields<'a>) -> T,
    ) -> T {
        let mut loc = self.loc.clone();
        loc.push(json!(name));
        let mut fields = Fields { map, loc, issues: Vec::new() };
        let value = read(&mut fields);
        self.issues.append(&mut fields.issues);
        value
    }
}

/// `'a', 'b' or 'c'`.
pub(crate) fn or_list(allowed: &[&str]) -> String {
    match allowed {
        [] => "nothing".to_owned(),
        [only] => format!("'{only}'"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|name| format!("'{name}'")).collect();
            format!("{} or '{last}'", first.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(body: Value, read: impl FnOnce(&mut Fields<'_>)) -> Vec<String> {
        let map = body.as_object().cloned().unwrap();
        let mut fields = Fields::body(&map);
        read(&mut fields);
        let issues = fields.finish().err().unwrap_or_default();
        issues
            .iter()
            .map(|issue| {
                let path: Vec<String> =
                    issue.loc.iter().skip(1).map(|part| part.to_string().replace('"', "")).collect();
                format!("{}:{}", path.join("."), issue.kind)
            })
            .collect()
    }

    #[test]
    fn bodies_that_are_no_object_are_refused() {
        for (body, kind) in [
            ("", "missing"),
            ("{", "json_invalid"),
            ("[]", "dict_type"),
            ("\"a\"", "dict_type"),
            ("1", "dict_type"),
        ] {
            assert_eq!(object(body.as_bytes()).unwrap_err()[0].kind, kind, "{body}");
        }
        assert!(object(b"{}").is_ok());
    }

    #[test]
    fn every_issue_is_told_with_its_place() {
        let body =
            json!({"send": "yes", "tone": "loud", "n": 9, "list": ["a", 1, "z"], "at": "later", "s": ""});
        let found = kinds(body, |fields| {
            fields.flag("send", true);
            fields.one_of("tone", &["calm"]);
            fields.whole("n", 1, 5);
            fields.texts("list", 9, Some(&["a"]));
            fields.moment("at");
            fields.text("s", 9);
            fields.text("absent", 9);
        });
        let wanted = [
            "send:bool_type",
            "tone:enum",
            "n:out_of_range",
            "list.1:string_type",
            "list.2:enum",
            "at:datetime_parsing",
            "s:string_too_short",
            "absent:missing",
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn null_stands_for_absent_only_where_a_field_is_optional() {
        let found = kinds(json!({"a": null, "b": null, "c": null}), |fields| {
            assert_eq!(fields.text_or_none("a"), None);
            fields.flag("b", true);
            fields.text("c", 9);
        });
        assert_eq!(found, ["b:bool_type", "c:value_error"]);
    }
}
