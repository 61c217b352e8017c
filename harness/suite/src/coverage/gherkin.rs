//! Steps as one would write them: requests, cells, paths.

use dryrun_contract::coverage::Step;
use serde_json::{Map, Value};

/// Longer bodies are shown without what is optional, or not at all.
const LINES: usize = 60;

/// A scenario of these steps, ready to be pasted into a feature.
pub(crate) fn scenario(name: &str, steps: &[String]) -> String {
    let mut text = format!("Scenario: {name}");
    for line in steps.iter().flat_map(|step| step.lines()) {
        text.push_str("\n  ");
        text.push_str(line);
    }
    text
}

/// A request to the service under test.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sent {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    pub(crate) body: Content,
}

/// What a request carries.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    Nothing,
    Json(Value),
    /// Name and value of each field.
    Form(Vec<(String, String)>),
    /// A file, as this field of a form.
    Upload {
        file: String,
        field: String,
    },
}

impl Sent {
    /// `When I POST to "/api/v1/contacts" with: …`; `None` for what no phrase can send.
    pub(crate) fn step(&self) -> Option<String> {
        let Self { method, path, body } = self;
        let path = path.replace('"', "%22");
        let submits = matches!(method.as_str(), "POST" | "PUT" | "PATCH");
        match body {
            _ if matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS" | "DELETE") => {
                Some(format!("When I {method} \"{path}\""))
            }
            Content::Upload { file, field } if method == "POST" => {
                let (file, field) = (file.replace('"', ""), field.replace('"', ""));
                Some(format!("When I upload \"{file}\" as \"{field}\" to \"{path}\""))
            }
            _ if !submits => None,
            Content::Upload { .. } => None,
            Content::Nothing => Some(format!("When I {method} to \"{path}\"")),
            Content::Form(fields) if fields.is_empty() => Some(format!("When I {method} to \"{path}\"")),
            Content::Json(body) => {
                Some(format!("When I {method} to \"{path}\" with:\n{}", doc_string(body)?))
            }
            Content::Form(fields) => {
                let rows: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| format!("  | {} | {} |", cell(name), cell(value)))
                    .collect();
                Some(format!("When I {method} to \"{path}\" with the form:\n{}", rows.join("\n")))
            }
        }
    }
}

/// The value as a doc string, if it is not too long to be read.
fn doc_string(value: &Value) -> Option<String> {
    let text = serde_json::to_string_pretty(value).ok()?.replace("${", "\\${");
    let lines: Vec<String> = text.lines().map(|line| format!("  {line}")).collect();
    (lines.len() <= LINES && !text.contains("\"\"\""))
        .then(|| format!("  \"\"\"json\n{}\n  \"\"\"", lines.join("\n")))
}

/// A text in a cell of a table.
pub(crate) fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('\n', "\\n")
}

/// A value in a cell: quotes tell a text from a number.
pub(crate) fn value_cell(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let plain = !text.trim().is_empty()
                && text.trim() == text
                && !text.starts_with(['"', '<', '{', '['])
                && !text.contains("${")
                && serde_json::from_str::<Value>(text).is_err();
            cell(&if plain { text.clone() } else { Value::String(text.replace("${", "\\${")).to_string() })
        }
        other => cell(&other.to_string()),
    }
}

/// A value in a path or query.
pub(crate) fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(bare).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// The way as a field's path: `recipients[0].email`.
pub(crate) fn field(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Item => path.push_str("[0]"),
            Step::Any => push_key(&mut path, "name"),
            Step::Key(name) => push_key(&mut path, name),
        }
    }
    path
}

fn push_key(path: &mut String, name: &str) {
    let word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    match (word, path.is_empty()) {
        (true, true) => path.push_str(name),
        (true, false) => path.push_str(&format!(".{name}")),
        (false, _) => path.push_str(&format!("[{}]", Value::String(name.to_owned()))),
    }
}

/// Puts a value at a place, making what leads there.
pub(crate) fn place(body: &mut Value, steps: &[Step], value: Value) {
    let Some((step, rest)) = steps.split_first() else {
        *body = value;
        return;
    };
    match step {
        Step::Item => {
            if !body.is_array() {
                *body = Value::Array(Vec::new());
            }
            if let Value::Array(items) = body {
                if items.is_empty() {
                    items.push(Value::Null);
                }
                place(&mut items[0], rest, value);
            }
        }
        Step::Key(_) | Step::Any => {
            let name = if let Step::Key(name) = step { name.as_str() } else { "name" };
            if !body.is_object() {
                *body = Value::Object(Map::new());
            }
            place(&mut body[name], rest, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_stand_in_cells_as_what_they_are() {
        for (value, wanted) in [
            (json!("spring"), "spring"),
            (json!("3"), "\"3\""),
            (json!(3), "3"),
            (json!("a|b"), "a\\|b"),
            (json!(""), "\"\""),
            (json!("<any>"), "\"<any>\""),
            (json!(["a"]), "[\"a\"]"),
        ] {
            assert_eq!(value_cell(&value), wanted);
        }
    }

    #[test]
    fn places_are_fields_and_can_be_filled() {
        let key = |name: &str| Step::Key(name.to_owned());
        let steps = [key("a"), Step::Item, key("b c"), Step::Any];
        assert_eq!(field(&steps), "a[0][\"b c\"].name");
        let mut body = json!({"a": [{"x": 1}], "z": 2});
        place(&mut body, &steps, json!(3));
        assert_eq!(body, json!({"a": [{"x": 1, "b c": {"name": 3}}], "z": 2}));
    }
}
