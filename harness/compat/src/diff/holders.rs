//! Compares what holds a schema: media types, parameters, headers.

use serde_json::Value;

use crate::change::Effect;
use crate::diff::calls::place;
use crate::diff::emit::{Emitter, Scope};
use crate::diff::pairing::Pairing;
use crate::schema::compare::Comparer;
use crate::schema::finding::Finding;
use crate::schema::flatten::flatten;
use crate::schema::types::Types;
use crate::source::{At, join};

/// Compares the schemas of two holders: media types, headers.
pub(crate) fn compare<'o, 'n>(
    pairing: &Pairing<'o, 'n>,
    (old, new): (&At<'o>, &At<'n>),
    request: bool,
    scope: &Scope,
    out: &mut Emitter,
) {
    let says = |value: Option<&Value>| {
        value.is_some_and(|value| {
            value != &Value::Bool(true) && value.as_object().is_none_or(|map| !map.is_empty())
        })
    };
    let (was, is) = (old.value.get("schema"), new.value.get("schema"));
    let (tail, effect, message, instead) = match (says(was), says(is)) {
        (false, false) => return,
        (false, true) => ("schema-added", Effect::Narrows, "had no schema, has one", "leave it open"),
        (true, false) => ("schema-removed", Effect::Widens, "had a schema, has none", "keep the schema"),
        (true, true) => {
            let (Some(was), Some(is)) = (was, is) else {
                return;
            };
            let was = At { value: was, at: join(&old.at, "schema") };
            let is = At { value: is, at: join(&new.at, "schema") };
            let mut comparer = Comparer::new(pairing.old, pairing.new, request, &pairing.memo);
            for finding in comparer.compare(&[was], &[is]) {
                out.emit(scope, finding);
            }
            return;
        }
    };
    let finding = Finding::new(tail, effect, message.to_owned(), instead.to_owned());
    out.emit(scope, finding.at(Some(&place(old, "schema")), Some(&place(new, "schema"))));
}

/// The schema of a parameter or a header, wherever it is written.
fn schema_of<'a>(part: &At<'a>) -> Option<At<'a>> {
    if let Some(value) = part.value.get("schema") {
        return Some(At { value, at: join(&part.at, "schema") });
    }
    let (media, inner) = part.value.get("content")?.as_object()?.iter().next()?;
    Some(At { value: inner.get("schema")?, at: join(&join(&join(&part.at, "content"), media), "schema") })
}

/// A list written as `a=1&a=2`, so that one value alone is a list of one.
fn exploded(part: &At<'_>) -> bool {
    let text = |key: &str| part.value.get(key).and_then(Value::as_str);
    let form =
        matches!(text("in"), Some("query" | "cookie")) && text("style").is_none_or(|style| style == "form");
    form && part.value.get("explode") != Some(&Value::Bool(false))
}

/// Compares values that travel as text: parameters and headers. Every number is a text, so a text is the wider type.
pub(crate) fn values<'o, 'n>(
    pairing: &Pairing<'o, 'n>,
    (old, new): (&At<'o>, &At<'n>),
    request: bool,
    scope: &Scope,
    out: &mut Emitter,
) {
    let scope = &Scope { prefix: Some(if request { "parameter" } else { "header" }), ..scope.clone() };
    let (was, is) = match (schema_of(old), schema_of(new)) {
        (Some(was), Some(is)) => (was, is),
        (None, None) => return,
        (was, is) => {
            let (tail, effect, message) = match is {
                Some(_) => ("schema-added", Effect::Narrows, "had no schema, has one"),
                None => ("schema-removed", Effect::Widens, "had a schema, has none"),
            };
            let finding =
                Finding::new(tail, effect, message.to_owned(), "keep the schema as it was".to_owned());
            let at = |part: Option<String>, holder: String| part.unwrap_or(holder);
            let (was, is) = (was.map(|part| part.at), is.map(|part| part.at));
            return out
                .emit(scope, finding.at(Some(&at(was, old.at.clone())), Some(&at(is, new.at.clone()))));
        }
    };
    let (before, after) =
        (flatten(&pairing.old, std::slice::from_ref(&was)), flatten(&pairing.new, std::slice::from_ref(&is)));
    let mut comparer = Comparer::new(pairing.old, pairing.new, request, &pairing.memo);
    let scalar = |types: Types| !types.meets(Types::ARRAY) && !types.meets(Types::OBJECT);
    if exploded(old) && exploded(new) && scalar(before.types) && after.types == Types::ARRAY {
        if let Some(items) = after.subs.get("items") {
            for mut finding in comparer.compare(&[was], items) {
                finding.path = format!("[]{}", finding.path);
                out.emit(scope, finding);
            }
        }
        let several = after.counts.get("minItems").is_some_and(|(least, _)| *least > 1);
        let effect = if several { Effect::Both } else { Effect::Widens };
        let message = "was one value, is a list of such values".to_owned();
        let finding = Finding::new("became-list", effect, message, "keep one value".to_owned());
        return out.emit(scope, finding.at(Some(&before.at), Some(&after.at)));
    }
    for mut finding in comparer.compare(&[was], &[is]) {
        let top = finding.path.is_empty()
            && matches!(finding.tail, "type-changed" | "type-widened" | "type-narrowed");
        if top && scalar(before.types) && scalar(after.types) {
            (finding.tail, finding.effect) =
                match (before.types.has(Types::STRING), after.types.has(Types::STRING)) {
                    (false, true) => ("type-widened", Effect::Widens),
                    (true, false) => ("type-narrowed", Effect::Narrows),
                    _ => (finding.tail, finding.effect),
                };
        }
        out.emit(scope, finding);
    }
}
