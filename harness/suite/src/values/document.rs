//! Bodies as doc strings carry them: JSON or YAML, where `${…}`, `<marker>` and `...` may stand without quotes.

use serde_json::Value;

use crate::values::error::ValueError;

/// The language of a doc string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// `json`, `application/json`, `application/…+json`.
    Json,
    /// `yaml`, `application/yaml`.
    Yaml,
    /// Anything else: taken as it stands.
    Text,
}

/// The language that stands behind the quotes; without one, what begins like JSON is JSON and the rest YAML.
pub fn language(media_type: Option<&str>, text: &str) -> Language {
    let name = media_type.map(|name| name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    match name.as_deref() {
        Some("") | None => {
            let begins = text.trim_start();
            if begins.starts_with(['{', '[', '"']) { Language::Json } else { Language::Yaml }
        }
        Some(name) if name == "json" || name == "application/json" || name.ends_with("+json") => {
            Language::Json
        }
        Some("yaml" | "yml" | "application/yaml" | "application/x-yaml" | "text/yaml") => Language::Yaml,
        Some(_) => Language::Text,
    }
}

/// Reads a doc string as JSON or YAML. A text stays one.
///
/// # Errors
/// Says where it can't be read.
pub fn read(text: &str, language: Language) -> Result<Value, ValueError> {
    match language {
        Language::Text => Ok(Value::String(text.to_owned())),
        Language::Json => serde_json::from_str(text)
            .or_else(|_| serde_json::from_str(&loosen_json(text)))
            .map_err(|error| {
                let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default().trim();
                ValueError::new(format!("the doc string is no JSON: {error}")).hint(format!("near `{line}`"))
            }),
        Language::Yaml => serde_saphyr::from_str(&loosen_yaml(text)).map_err(|error| {
            ValueError::new(format!("the doc string is no YAML: {}", error.to_string().trim()))
        }),
    }
}

/// Puts `${…}`, `<…>` and `...` that stand outside of quotes into quotes, and lets `\${` stand inside them.
fn loosen_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut containers = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '"' => {
                let end = string_end(rest);
                out.push_str(&rest[..end].replace("\\${", "\\\\${"));
                end
            }
            '$' if rest.starts_with("${") => quote(rest, rest.find('}').map(|end| end + 1), &mut out),
            '<' => quote(rest, marker_end(rest), &mut out),
            '.' if rest.starts_with("...") => {
                out.push_str(if containers.last() == Some(&'{') { r#""...": "...""# } else { r#""...""# });
                3
            }
            _ => {
                match c {
                    '{' | '[' => containers.push(c),
                    '}' | ']' => drop(containers.pop()),
                    _ => {}
                }
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    out
}

fn quote(rest: &str, end: Option<usize>, out: &mut String) -> usize {
    let end = end.unwrap_or(rest.len());
    out.push_str(&Value::from(&rest[..end]).to_string());
    end
}

fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == '"' && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

fn marker_end(text: &str) -> Option<usize> {
    if let Some(pattern) = text.strip_prefix("</") {
        return pattern.find("/>").map(|at| at + 4);
    }
    let mut depth = 0_i32;
    text.char_indices().find_map(|(at, c)| {
        depth += i32::from(c == '<') - i32::from(c == '>');
        (depth == 0).then_some(at + 1)
    })
}

/// Puts markers and `...` that stand alone on a line's value side into quotes.
fn loosen_yaml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.lines() {
        let body = line.trim_start();
        let indent = &line[..line.len() - body.len()];
        let body = body.trim_end();
        if body == "..." {
            out.push_str(&format!("{indent}\"...\": \"...\"\n"));
            continue;
        }
        let mut dashes = 0;
        while body[dashes..].starts_with("- ") {
            dashes += 2;
        }
        let (head, value) = match body[dashes..].find(": ") {
            Some(colon) if !body[dashes..].starts_with(['<', '"', '\'', '{', '[']) => {
                body.split_at(dashes + colon + 2)
            }
            _ => body.split_at(dashes),
        };
        let lone = value == "..."
            || (value.starts_with('<') && value.ends_with('>') && marker_end(value) == Some(value.len()));
        // A key that is a marker, `<each>:`, ends in a colon and is left alone.
        if lone && !value.is_empty() {
            out.push_str(&format!("{indent}{head}'{}'\n", value.replace('\'', "''")));
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn auto(text: &str) -> Result<Value, ValueError> {
        read(text, language(None, text))
    }

    #[test]
    fn languages_are_told_by_media_type_or_beginning() {
        for (media, text, wanted) in [
            (Some("json"), "", Language::Json),
            (Some("application/problem+json; charset=utf-8"), "", Language::Json),
            (Some("yaml"), "{", Language::Yaml),
            (Some("text/plain"), "{", Language::Text),
            (None, " {}", Language::Json),
            (None, "a: 1", Language::Yaml),
        ] {
            assert_eq!(language(media, text), wanted, "{media:?} {text}");
        }
    }

    #[test]
    fn both_languages_are_read() {
        let wanted = json!({"a": 1, "b": ["x", null], "c": {"d": true}});
        assert_eq!(auto(r#"{"a": 1, "b": ["x", null], "c": {"d": true}}"#).unwrap(), wanted);
        assert_eq!(auto("a: 1\nb:\n  - x\n  - null\nc:\n  d: true\n").unwrap(), wanted);
        assert_eq!(auto("- 1\n- two").unwrap(), json!([1, "two"]));
    }

    #[test]
    fn placeholders_and_markers_need_no_quotes() {
        assert_eq!(
            auto(r#"{"id": ${id}, "x": "\${no} <b>", "k": <each {"id": <uuid>}>, "r": </^a"b>$/>, "l": [1, ...], ...}"#).unwrap(),
            json!({"id": "${id}", "x": "\\${no} <b>", "k": r#"<each {"id": <uuid>}>"#, "r": r#"</^a"b>$/>"#, "l": [1, "..."], "...": "..."})
        );
        assert_eq!(
            auto("id: ${id}\nwhen: <now ± 5 s>\nr: </^a: 'b'$/>\nlist:\n  - <uuid>\n  - n: <each {a: <string>}>\n  - ...\neach:\n  <each>:\n    id: <uuid>\n    ...\n...\n").unwrap(),
            json!({"id": "${id}", "when": "<now ± 5 s>", "r": "</^a: 'b'$/>",
                   "list": ["<uuid>", {"n": "<each {a: <string>}>"}, "..."],
                   "each": {"<each>": {"id": "<uuid>", "...": "..."}}, "...": "..."})
        );
    }

    #[test]
    fn what_is_neither_says_where() {
        let error = auto("{\"a\": 1,\n \"b\": oops}").unwrap_err();
        assert!(error.message.contains("line 2"), "{error}");
        assert!(error.hint.unwrap().contains("oops"));
        assert!(auto("a: [1").unwrap_err().message.contains("no YAML"));
        // Bare HTML in JSON quotes is left as it is.
        assert_eq!(
            auto(r#"{"html": "<p>Hi</p>", "d": ${x}}"#).unwrap(),
            json!({"html": "<p>Hi</p>", "d": "${x}"})
        );
    }
}
