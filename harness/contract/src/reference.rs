//! The text of a `$ref`: what it leads to, and what to write where it leads nowhere.

use serde_json::Value;

use crate::pointer::{join, last};
use crate::router::decode;
use crate::words::closest;

/// Where a reference leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// Within the same file: a JSON pointer, decoded.
    Here(String),
    /// Within the same file, by `$anchor`.
    Anchor(String),
    /// To another file: its relative path, decoded, and the fragment.
    File { path: String, fragment: String },
    /// To a network or to a place outside of any folder; how to bring it in.
    Remote(String),
}

impl Target {
    pub(crate) fn of(reference: &str) -> Self {
        let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        if path.is_empty() {
            let fragment = decode(fragment).into_owned();
            return if fragment.is_empty() || fragment.starts_with('/') {
                Self::Here(fragment)
            } else {
                Self::Anchor(fragment)
            };
        }
        if let Some(advice) = vendor(path, fragment) {
            return Self::Remote(advice);
        }
        let path = decode(path.split('?').next().unwrap_or_default()).into_owned();
        Self::File { path, fragment: decode(fragment).into_owned() }
    }
}

/// For what lies on a network: which file to save where, and what to write instead.
fn vendor(path: &str, fragment: &str) -> Option<String> {
    let scheme = path.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| {
        scheme.len() > 1
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    let rest = match scheme {
        Some("file") => {
            return Some(
                "names a place on one machine: write the path from this file to it, such as `./schemas/a.yaml`"
                    .to_owned(),
            );
        }
        Some(scheme) => path[scheme.len() + 1..].trim_start_matches('/'),
        None if path.starts_with("//") => path.trim_start_matches('/'),
        None if path.starts_with('/') => {
            return Some(
                "begins at the root of a machine: write the path from this file to it, such as `./schemas/a.yaml`"
                    .to_owned(),
            );
        }
        None => return None,
    };
    let rest = rest.split('?').next().unwrap_or_default().trim_end_matches('/').replace(':', "_");
    let file = if rest.is_empty() { "document.yaml".to_owned() } else { rest };
    let mark = if fragment.is_empty() { String::new() } else { format!("#{fragment}") };
    let url = if path.starts_with("//") { format!("https:{path}") } else { path.to_owned() };
    Some(format!(
        "leads to a network, and nothing is fetched: save {url} as vendor/{file} beside this file and write \
         `$ref: './vendor/{file}{mark}'`"
    ))
}

/// Why another file can't be read beside a document that is a mere text called `name`; for one that was fetched: what to
/// save where.
pub(crate) fn beside(name: &str, path: &str) -> String {
    let Some((scheme, rest)) = name.split_once("://").filter(|(scheme, _)| scheme.starts_with("http")) else {
        return format!(
            "leads to the file {path}, and this text has no folder: read the contract from its file"
        );
    };
    let mut steps: Vec<&str> = rest.split('/').collect();
    // The name of the document itself; the host stays.
    if steps.len() > 1 {
        steps.pop();
    }
    for step in path.split('/') {
        match step {
            "." | "" => {}
            ".." if steps.len() > 1 => drop(steps.pop()),
            ".." => {}
            step => steps.push(step),
        }
    }
    let from = format!("{scheme}://{}", steps.join("/"));
    let into = path.trim_start_matches("./");
    format!(
        "leads to another file, and only one document is fetched: save {from} as {into} beside a copy of {name}, \
         and read the contract from that copy"
    )
}

/// Why a pointer leads nowhere in a document that is called `name`, and what may be meant.
pub(crate) fn nowhere(document: &Value, pointer: &str, name: &str) -> String {
    let Some((parent, _)) = pointer.rsplit_once('/') else {
        return "leads nowhere: write a JSON pointer such as `#/components/schemas/Name`".to_owned();
    };
    match document.pointer(parent).and_then(Value::as_object) {
        Some(siblings) if !siblings.is_empty() => {
            let nearest = closest(&last(pointer), siblings.keys().map(String::as_str)).unwrap_or_default();
            format!("leads nowhere; did you mean `#{}`?", join(parent, nearest))
        }
        _ => format!("leads nowhere: {name} has no `{parent}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_told_apart() {
        let file = |path: &str, fragment: &str| Target::File { path: path.into(), fragment: fragment.into() };
        for (text, wanted) in [
            ("#/a/b%20c", Target::Here("/a/b c".into())),
            ("#", Target::Here(String::new())),
            ("#node", Target::Anchor("node".into())),
            ("./a%20b.yaml", file("./a b.yaml", "")),
            ("../c.json#/x~1y", file("../c.json", "/x~1y")),
            ("d.yaml#", file("d.yaml", "")),
        ] {
            assert_eq!(Target::of(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_lies_on_a_network_says_how_to_bring_it_in() {
        for (text, file) in [
            ("https://example.com/api/a.yaml#/X", "'./vendor/example.com/api/a.yaml#/X'"),
            ("//example.com/b.json", "'./vendor/example.com/b.json'"),
            ("http://localhost:8001/openapi.json?x=1#/Y", "'./vendor/localhost_8001/openapi.json#/Y'"),
            ("urn:example:thing", "'./vendor/example_thing'"),
        ] {
            match Target::of(text) {
                Target::Remote(advice) => {
                    assert!(advice.contains("nothing is fetched") && advice.contains(file), "{advice}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        for local in ["file:///etc/a.yaml", "/etc/a.yaml"] {
            assert!(matches!(Target::of(local), Target::Remote(advice) if advice.contains("from this file")));
        }
    }
}
