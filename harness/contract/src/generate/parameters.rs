//! What is tried with the parameters of a request.

use rand::rngs::StdRng;
use serde_json::Value;

use super::case::CaseKind;
use super::flatten::Source;
use super::mutants::mutants;
use super::request::Draft;
use super::sites::sites;
use super::wire::{escaped, parameter_text};
use crate::breach::Location;
use crate::inspect::ParameterInfo;

/// A draft with what it tries.
pub(super) struct Tried<'c> {
    pub(super) kind: CaseKind,
    pub(super) rule: &'static str,
    pub(super) name: String,
    pub(super) at: String,
    pub(super) extreme: bool,
    pub(super) draft: Draft<'c>,
}

/// Everything that is tried with one parameter. `value` is one that its schema accepts.
pub(super) fn parameter<'c>(
    source: Source<'_>,
    draft: &Draft<'c>,
    index: usize,
    value: &Value,
    rng: &mut StdRng,
) -> Vec<Tried<'c>> {
    let info = &draft.parameters[index].0;
    let at = format!("{}/{}", info.location.word(), info.name);
    let mut all = Vec::new();
    // W3C Trace Context, 3.2.4: what can't be parsed is ignored, not refused.
    let ignored =
        ["traceparent", "tracestate", "baggage"].iter().any(|name| info.name.eq_ignore_ascii_case(name));
    if info.location == Location::Header && ignored {
        return all;
    }
    let mut push = |kind: CaseKind, rule: &'static str, name: String, extreme: bool, draft: Draft<'c>| {
        all.push(Tried { kind, rule, name, at: at.clone(), extreme, draft });
    };
    for site in sites(source, source.contract.schema(&info.schema, source.side), value, rng) {
        for mutant in mutants(source, &site, rng) {
            let changed = draft.with_parameter(index, Some(site.with(mutant.value)));
            // An id that nobody knows may be refused, whatever it looks like.
            let extreme = mutant.extreme || info.location == Location::Path;
            push(mutant.kind, mutant.rule, mutant.name, extreme, changed);
        }
    }
    if info.location != Location::Path {
        let missing = draft.with_parameter(index, None);
        let kind = if info.required { CaseKind::Negative } else { CaseKind::Positive };
        push(kind, "required", "left out".to_owned(), false, missing);
    }
    for (kind, name, text) in texts(info, value) {
        push(kind, "text", name.to_owned(), true, draft.with_raw(index, text));
    }
    all
}

/// What the parsers of most languages take for a number, though JSON has no such.
pub(super) const LENIENT: [&str; 3] = [PLUS, SPACE, WIDE];
const PLUS: &str = "with a plus sign";
const SPACE: &str = "with a space before it";
const WIDE: &str = "in figures of full width";

/// Texts in place of a parameter that no value is written as. Most of them are tried as both: which one they are, the
/// contract says.
fn texts(info: &ParameterInfo, value: &Value) -> Vec<(CaseKind, &'static str, String)> {
    let pair = |text: &str| match info.location {
        Location::Query | Location::Cookie => format!("{}={text}", escaped(&info.name)),
        _ => text.to_owned(),
    };
    let usual = parameter_text(info, value);
    let mut texts = vec![
        (PLUS, pair("%2B1")),
        (SPACE, pair("%201")),
        ("in hexadecimal", pair("0x10")),
        (WIDE, pair("%EF%BC%91")),
        ("as a fraction", pair("1.5")),
        ("with an exponent", pair("1e3")),
        ("NUL", pair("%00")),
        ("emoji", pair("%F0%9F%99%82")),
        ("bytes that are no UTF-8", pair("%FF%FE")),
        ("a quote", pair("%27%20OR%20%271%27=%271")),
    ];
    match info.location {
        Location::Query => {
            texts.push(("without a value", pair("")));
            texts.push(("twice", format!("{usual}&{usual}")));
        }
        Location::Path => texts.push(("a way upwards", "..%2F..%2Fetc%2Fpasswd".to_owned())),
        // A header is no part of a URL.
        Location::Header => {
            texts = vec![
                ("empty", String::new()),
                ("a fraction", "1.5".to_owned()),
                ("signs", "%27-*;,".to_owned()),
            ];
        }
        _ => {}
    }
    let both = |(name, text): (&'static str, String)| {
        [(CaseKind::Negative, name, text.clone()), (CaseKind::Positive, name, text)]
    };
    texts.into_iter().flat_map(both).collect()
}
