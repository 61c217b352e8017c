//! What can be tried at one place of a value.

use rand::rngs::StdRng;
use serde_json::Value;

use super::case::{Mutant, Mutants};
use super::flatten::Source;
use super::kinds::{arrays, listed, objects, other_kinds};
use super::merge::types;
use super::numbers::numbers;
use super::sites::Site;
use super::texts::texts;

/// Everything that is tried at a place. Whether each is what it claims to be is found out later.
pub(super) fn mutants(source: Source<'_>, site: &Site, rng: &mut StdRng) -> Vec<Mutant> {
    let mut out = Mutants::default();
    let Some(here) = site.here() else {
        return out.0;
    };
    let hint = site.name();
    other_kinds(&site.flat, here, &mut out);
    if let Some(values) = site.flat.get("enum").and_then(Value::as_array) {
        listed(values, &mut out);
        return out.0;
    }
    match here {
        Value::String(text) => texts(&site.flat, text, &hint, rng, &mut out),
        Value::Number(_) => {
            let kinds = site.flat.get("type").map(types).unwrap_or_default();
            let whole =
                kinds.iter().any(|kind| kind == "integer") && !kinds.iter().any(|kind| kind == "number");
            numbers(&site.flat, here, whole, &mut out);
        }
        Value::Array(items) => arrays(source, &site.flat, items, &hint, rng, &mut out),
        Value::Object(fields) => objects(source, &site.flat, fields, site.path.is_empty(), rng, &mut out),
        Value::Null | Value::Bool(_) => {}
    }
    out.0
}
