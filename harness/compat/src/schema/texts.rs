//! Compares keywords whose value is a word: patterns, formats, contents.

use serde_json::{Value, json};

use crate::change::Effect;
use crate::schema::finding::Finding;
use crate::schema::flat::Flat;
use crate::schema::types::Types;

/// Compares the words of both.
pub(crate) fn compare(old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<Finding>) {
    let none = std::collections::BTreeMap::new();
    for keyword in ["contentEncoding", "contentMediaType", "format", "pattern"] {
        let (was, is) = (old.texts.get(keyword).unwrap_or(&none), new.texts.get(keyword).unwrap_or(&none));
        let gone: Vec<_> = was.iter().filter(|(text, _)| !is.contains_key(*text)).collect();
        let come: Vec<_> = is.iter().filter(|(text, _)| !was.contains_key(*text)).collect();
        if gone.is_empty() && come.is_empty() || apart(old, new) {
            continue;
        }
        let text = |all: &[(&String, &String)]| {
            let mut words: Vec<&str> = all.iter().map(|(text, _)| text.as_str()).collect();
            words.sort_unstable();
            (!words.is_empty()).then(|| Value::from(words.join(" and ")))
        };
        let (was_text, is_text) = (text(&gone), text(&come));
        let (tail, effect) = match (keyword, gone.as_slice(), come.as_slice()) {
            ("pattern", [], _) => ("pattern-added", Effect::Narrows),
            ("pattern", _, []) => ("pattern-removed", Effect::Widens),
            ("pattern", [(was, _)], [(is, _)]) => pattern(was, is),
            ("pattern", ..) => ("pattern-changed", Effect::Unknown),
            ("format", gone, come) => {
                format(gone.first().map(|f| f.0.as_str()), come.first().map(|f| f.0.as_str()))
            }
            ("contentEncoding", ..) => ("content-encoding-changed", Effect::Both),
            _ => ("content-media-type-changed", Effect::Both),
        };
        let mut finding = Finding::keyword(tail, effect, keyword, was_text.as_ref(), is_text.as_ref());
        if effect == Effect::Unknown {
            finding.message += "; whether that allows more or less can't be decided";
        }
        let place = |all: &[(&String, &String)], flat: &Flat<'_>| {
            all.first().map_or_else(|| flat.at.clone(), |(_, at)| (*at).clone())
        };
        found.push(finding.at(Some(&place(&gone, old)), Some(&place(&come, new))));
    }
}

/// Whether the types have nothing in common, so that the other keywords say nothing more.
fn apart(old: &Flat<'_>, new: &Flat<'_>) -> bool {
    !old.types.without(Types::NULL).meets(new.types.without(Types::NULL))
}

/// What another pattern means: decided by the forms of both, where that is possible.
fn pattern(was: &str, is: &str) -> (&'static str, Effect) {
    // Normal forms don't look into patterns, and these are how people write "anything".
    let all = |pattern: &str| {
        matches!(
            pattern,
            "" | "^" | "$" | "^$|^.*$" | ".*" | "^.*" | ".*$" | "^.*$" | "[\\s\\S]*" | "^[\\s\\S]*$"
        )
    };
    match (all(was), all(is)) {
        (true, true) => return ("pattern-rewritten", Effect::None),
        (false, true) => return ("pattern-generalized", Effect::Widens),
        (true, false) => return ("pattern-specialized", Effect::Narrows),
        _ => {}
    }
    let of = |pattern: &str| json!({"type": "string", "pattern": pattern});
    match crate::schema::covers::effect(&of(was), &of(is)) {
        Some(Effect::None) => ("pattern-rewritten", Effect::None),
        Some(Effect::Widens) => ("pattern-generalized", Effect::Widens),
        Some(Effect::Narrows) => ("pattern-specialized", Effect::Narrows),
        _ => ("pattern-changed", Effect::Unknown),
    }
}

/// What another format means. Formats of numbers are ranges, and some contain others.
fn format(was: Option<&str>, is: Option<&str>) -> (&'static str, Effect) {
    /// Bits, and whether signed; a number with a fraction is wider than all integers.
    fn range(format: &str) -> Option<(u32, bool)> {
        Some(match format {
            "int8" => (8, true),
            "int16" => (16, true),
            "int32" => (32, true),
            "int64" => (64, true),
            "uint8" => (8, false),
            "uint16" => (16, false),
            "uint32" => (32, false),
            "uint64" => (64, false),
            "float" => (200, true),
            "double" => (300, true),
            _ => return None,
        })
    }
    let within = |small: (u32, bool), big: (u32, bool)| match (small.1, big.1) {
        (true, false) => false,
        (false, true) => small.0 < big.0,
        _ => small.0 <= big.0,
    };
    match (was, is) {
        (None, _) => ("format-added", Effect::Narrows),
        (_, None) => ("format-removed", Effect::Widens),
        (Some(was), Some(is)) => match (range(was), range(is)) {
            (Some(a), Some(b)) if within(a, b) => ("format-widened", Effect::Widens),
            (Some(a), Some(b)) if within(b, a) => ("format-narrowed", Effect::Narrows),
            _ => match (was, is) {
                ("email", "idn-email")
                | ("hostname", "idn-hostname")
                | ("uri", "iri" | "uri-reference")
                | ("uri-reference" | "iri", "iri-reference") => ("format-widened", Effect::Widens),
                ("idn-email", "email")
                | ("idn-hostname", "hostname")
                | ("iri" | "uri-reference", "uri")
                | ("iri-reference", "uri-reference" | "iri") => ("format-narrowed", Effect::Narrows),
                _ => ("format-changed", Effect::Both),
            },
        },
    }
}
