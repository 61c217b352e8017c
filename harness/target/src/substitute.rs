//! `${name}` in the command and the environment of the target.

use std::collections::BTreeMap;

use crate::error::TargetError;

/// Replaces every `${name}` in `text`; `\${` gives a literal `${`. `place` names the text in errors.
pub(crate) fn substitute(
    text: &str,
    place: &str,
    names: &BTreeMap<String, String>,
) -> Result<String, TargetError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if let Some(before) = rest[..at].strip_suffix('\\') {
            out.push_str(before);
            out.push_str("${");
            rest = &rest[at + 2..];
            continue;
        }
        out.push_str(&rest[..at]);
        let body = &rest[at + 2..];
        let end = body.find('}').ok_or_else(|| TargetError::Unclosed { place: place.to_owned() })?;
        let name = body[..end].trim();
        let value = names.get(name).ok_or_else(|| TargetError::UnknownName {
            place: place.to_owned(),
            name: name.to_owned(),
            hint: hint(name, names),
        })?;
        out.push_str(value);
        rest = &body[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn hint(name: &str, names: &BTreeMap<String, String>) -> String {
    let nearest = names.keys().map(|known| (distance(name, known), known)).min();
    match nearest {
        Some((far, known)) if far <= (name.chars().count() / 3).max(1) => {
            format!("did you mean ${{{known}}}?")
        }
        _ => {
            let known: Vec<&str> = names.keys().map(String::as_str).collect();
            format!("known are {}", known.join(", "))
        }
    }
}

/// Levenshtein's distance, in characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> BTreeMap<String, String> {
        [
            ("mocks.crm.url", "http://127.0.0.1:1"),
            ("mocks.platform.url", "http://127.0.0.1:2"),
            ("port", "80"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    #[test]
    fn names_are_replaced_and_escapes_are_not() {
        let done = |text| substitute(text, "env.X", &names()).unwrap();
        assert_eq!(done("${mocks.crm.url}/api"), "http://127.0.0.1:1/api");
        assert_eq!(done("--port=${port} ${port}"), "--port=80 80");
        assert_eq!(done(r"\${port} costs $5 {}"), "${port} costs $5 {}");
        assert_eq!(done("é${ port }ü"), "é80ü");
    }

    #[test]
    fn an_unknown_name_is_an_error_with_the_nearest() {
        let error = substitute("${mocks.crn.url}", "env.CRM_BASE_URL", &names()).unwrap_err().to_string();
        assert_eq!(
            error,
            "env.CRM_BASE_URL: nothing is called ${mocks.crn.url}; did you mean ${mocks.crm.url}?"
        );
        let error = substitute("${HOME}", "command[1]", &names()).unwrap_err().to_string();
        assert!(error.ends_with("known are mocks.crm.url, mocks.platform.url, port"), "{error}");
        let error = substitute("${port", "command[0]", &names()).unwrap_err().to_string();
        assert!(error.starts_with("command[0]: a ${ without its }"), "{error}");
    }

    #[test]
    fn a_value_is_not_replaced_again() {
        let names = BTreeMap::from([("a".to_owned(), "${b}".to_owned())]);
        assert_eq!(substitute("${a}", "env.A", &names).unwrap(), "${b}");
    }
}
