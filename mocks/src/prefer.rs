//! [`Prefer`]: what a client wishes of a mock (RFC 7240): `code=404`, `example=name`, `dynamic=true`.

/// The wishes of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Prefer {
    /// The status that is to be answered, as it was written.
    pub(crate) code: Option<String>,
    /// The name of a documented example.
    pub(crate) example: Option<String>,
    /// Made up, also where there are examples.
    pub(crate) dynamic: bool,
}

impl Prefer {
    /// Reads every `Prefer` header. Of a wish that is said twice the first counts (RFC 7240, 2); others are none of ours.
    pub(crate) fn of(headers: &[(String, String)]) -> Self {
        let mut prefer = Self::default();
        let mut dynamic = None;
        for (_, line) in headers.iter().filter(|(name, _)| name == "prefer") {
            for (name, value) in preferences(line) {
                match name.as_str() {
                    "code" => drop(prefer.code.get_or_insert(value)),
                    "example" => drop(prefer.example.get_or_insert(value)),
                    "dynamic" => {
                        let wanted = matches!(value.to_ascii_lowercase().as_str(), "true" | "" | "1");
                        dynamic.get_or_insert(wanted);
                    }
                    _ => {}
                }
            }
        }
        prefer.dynamic = dynamic.unwrap_or_default();
        prefer
    }

    /// Whether there is any wish.
    pub(crate) fn any(&self) -> bool {
        self.code.is_some() || self.example.is_some() || self.dynamic
    }

    /// The value of `Preference-Applied`.
    pub(crate) fn applied(&self) -> String {
        let mut words = Vec::new();
        words.extend(self.code.as_ref().map(|code| format!("code={}", said(code))));
        words.extend(self.example.as_ref().map(|name| format!("example={}", said(name))));
        words.extend(self.dynamic.then(|| "dynamic=true".to_owned()));
        words.join(", ")
    }
}

/// A word as it is, anything else between quotes.
fn said(value: &str) -> String {
    let word = !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c));
    if word { value.to_owned() } else { format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")) }
}

/// Name and value of each preference of a line; parameters behind a `;` are passed over.
fn preferences(line: &str) -> Vec<(String, String)> {
    let pairs = split(line, ',').into_iter().filter_map(|preference| {
        let first = split(&preference, ';').into_iter().next()?;
        let (name, value) = first.split_once('=').unwrap_or((&first, ""));
        let name = name.trim().to_ascii_lowercase();
        (!name.is_empty()).then(|| (name, unquoted(value.trim())))
    });
    pairs.collect()
}

/// The parts between separators that stand outside of quotes.
fn split(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut part, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for c in text.chars() {
        if c == separator && !quoted {
            parts.push(std::mem::take(&mut part));
            continue;
        }
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        part.push(c);
    }
    parts.push(part);
    parts
}

fn unquoted(value: &str) -> String {
    let Some(inside) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return value.to_owned();
    };
    let (mut out, mut escaped) = (String::new(), false);
    for c in inside.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            out.push(c);
            escaped = false;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> Prefer {
        let headers: Vec<_> = lines.iter().map(|line| ("prefer".to_owned(), (*line).to_owned())).collect();
        Prefer::of(&headers)
    }

    #[test]
    fn wishes_are_read_from_words_quotes_lists_and_several_headers() {
        let both = of(&["code=404, example=\"not, found\"; why=so", "DYNAMIC = true"]);
        assert_eq!(
            both,
            Prefer { code: Some("404".into()), example: Some("not, found".into()), dynamic: true }
        );
        assert_eq!(both.applied(), "code=404, example=\"not, found\", dynamic=true");
        assert_eq!(of(&["code=404", "code=200"]).code.as_deref(), Some("404"));
        assert_eq!(of(&["example=\"a \\\"b\\\"\""]).example.as_deref(), Some("a \"b\""));
        assert!(!of(&["return=minimal", "respond-async, wait=10", "dynamic=false"]).any());
        assert!(of(&["dynamic"]).dynamic);
    }
}
