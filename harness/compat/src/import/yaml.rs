//! Writes a value as YAML that people like to read: block style, plain words where that is safe, long texts as blocks.

use serde_json::Value;

/// The value as a YAML document.
pub(crate) fn write(value: &Value) -> String {
    let mut out = String::new();
    block(value, 0, &mut out);
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

fn block(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, inner) in map {
                out.push_str(&"  ".repeat(depth));
                out.push_str(&scalar(key));
                out.push(':');
                below(inner, depth + 1, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                out.push_str(&"  ".repeat(depth));
                out.push('-');
                match item {
                    // The first key stands beside the dash.
                    Value::Object(map) if !map.is_empty() => {
                        let mut inner = String::new();
                        block(item, depth + 1, &mut inner);
                        out.push(' ');
                        out.push_str(inner.trim_start_matches(' '));
                    }
                    other => below(other, depth + 1, out),
                }
            }
        }
        other => {
            out.push_str(&flow(other));
            out.push('\n');
        }
    }
}

fn below(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            block(value, depth, out);
        }
        Value::Array(items) if !items.is_empty() => {
            // Short lists of words fit on the line.
            let short = items.iter().all(|item| !item.is_object() && !item.is_array());
            let line = flow(value);
            if short && line.len() + depth * 2 < 90 && !line.contains('\n') {
                out.push(' ');
                out.push_str(&line);
                out.push('\n');
            } else {
                out.push('\n');
                block(value, depth, out);
            }
        }
        Value::String(text) if literal_fits(text) => {
            out.push_str(if text.ends_with('\n') { " |\n" } else { " |-\n" });
            for line in text.trim_end_matches('\n').split('\n') {
                if !line.is_empty() {
                    out.push_str(&"  ".repeat(depth));
                    out.push_str(line);
                }
                out.push('\n');
            }
        }
        other => {
            out.push(' ');
            out.push_str(&flow(other));
            out.push('\n');
        }
    }
}

/// Whether a text can be a literal block and come out again as it is.
fn literal_fits(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\n', '\t'])
        && body.chars().all(|letter| letter == '\n' || letter == '\t' || !letter.is_control())
        && !body.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'])
        && body.lines().all(|line| !line.ends_with([' ', '\t']) && !line.starts_with('\t'))
}

fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        // What is empty; everything else comes as a block.
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        other => other.to_string(),
    }
}

/// A text as a plain word where nobody could take it for something else, otherwise in quotation marks as JSON has them.
fn scalar(text: &str) -> String {
    let plain = text
        .starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '/' || letter == '$')
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || " _-./{}()$+=;".contains(letter))
        && !text.ends_with(' ')
        && !text.contains(" #")
        && !text.contains(['{', '}'])
        && !matches!(
            text.to_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n" | "nan" | "inf" | "infinity"
        );
    // A path in a key may have braces: they open nothing inside a word that began with a slash.
    let path = text.starts_with('/')
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-./{}".contains(letter));
    if plain || path { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    let mut out = Value::from(text).to_string();
    // JSON lets these stand as they are, YAML does not.
    for letter in ['\u{7f}', '\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'] {
        if out.contains(letter) {
            out = out.replace(letter, &format!("\\u{:04x}", letter as u32));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn again(value: &Value) -> Value {
        let text = write(value);
        let options = serde_saphyr::options! { strict_booleans: true };
        serde_saphyr::from_str_with_options(&text, options).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    #[test]
    fn whatever_is_written_is_read_again() {
        for value in [
            json!({"a": "no", "b": "1.0", "200": {"description": "yes: it #is"}, "c": ["x", "true", 1, null, 1.5]}),
            json!({"text": "one\ntwo\n\n  three\n", "cut": "one\ntwo", "odd": "one \ntwo", "lead": " a\nb", "end": "a\n\n"}),
            json!({"/a/{b}/c.d": {"x": [], "y": {}, "z": [[1, [2]], [{"k": [1, {"q": "w"}]}]]}}),
            json!({"": "", "~": "~", "- a": "- b", "a: b": "&x", "2026-01-24": "2026-01-24", "0x1": "1e3", "\"": "\\"}),
            json!({"k": "\u{85}\u{2028}\u{7f}\u{1}é😀", "tab": "a\tb\nc", "big": 18_446_744_073_709_551_615_u64, "f": 1e300}),
            json!([{"a": {"b": 1}}, [], "x"]),
        ] {
            assert_eq!(again(&value), value, "{}", write(&value));
        }
    }

    #[test]
    fn it_reads_well() {
        let text = write(
            &json!({"paths": {"/a/{id}": {"get": {"tags": ["one", "two"], "responses": {"200": {"description": "Fine."}}, "parameters": [{"name": "id", "in": "path"}]}}}}),
        );
        assert_eq!(
            text,
            "paths:\n  /a/{id}:\n    get:\n      tags: [one, two]\n      responses:\n        \"200\":\n          description: Fine.\n      parameters:\n        - name: id\n          in: path\n"
        );
    }
}
