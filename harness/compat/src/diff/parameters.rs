//! Compares the parameters of a call.

use chrono::NaiveDate;
use serde_json::Value;

use crate::change::{Effect, Impact};
use crate::diff::calls::{Call, identity};
use crate::diff::emit::Emitter;
use crate::diff::holders::values;
use crate::diff::lifecycle::{Removal, flips, removal};
use crate::diff::pairing::Pairing;
use crate::schema::finding::Finding;
use crate::source::At;

/// Headers that OpenAPI takes out of `parameters`: it has other places for what they say.
const IGNORED: [&str; 3] = ["accept", "authorization", "content-type"];

/// Compares the parameters of a call.
pub(crate) fn compare<'o, 'n>(
    pairing: &Pairing<'o, 'n>,
    old: &Call<'o>,
    new: &Call<'n>,
    today: NaiveDate,
    out: &mut Emitter,
) {
    let renamed: Vec<(&str, &str)> = new.path_names().into_iter().zip(old.path_names()).collect();
    // The name of a path parameter is nobody's business but the document's: its position counts.
    let key_of_new = |part: &At<'_>| {
        let (location, name) = identity(part);
        let old = renamed.iter().find(|(new, _)| location == "path" && *new == name).map(|(_, old)| *old);
        (location, old.map_or(name, str::to_owned))
    };
    let meant = |part: &&At<'_>| {
        let (location, name) = identity(part);
        location != "header" || !IGNORED.contains(&name.as_str())
    };
    let required = |part: &At<'_>| part.value.get("required") == Some(&Value::Bool(true));
    for was in old.parameters.iter().filter(meant) {
        let key = identity(was);
        let scope = pairing.scope(pairing.caller, None, &subject(was));
        let Some(is) = new.parameters.iter().find(|one| key_of_new(one) == key) else {
            if key.0 == "path" {
                // A path is matched by its shape: what is not described any more is still a part of it.
                let message = "is not described any more".to_owned();
                let finding = Finding::new(
                    "parameter-schema-removed",
                    Effect::Widens,
                    message,
                    "describe every parameter of the path".to_owned(),
                );
                out.emit(&scope, finding.at(Some(&was.at), Some(&new.part.at)));
                continue;
            }
            let instead = "deprecate it first, with a date until which it holds".to_owned();
            let (tail, hits, message) = match removal(was.value, today) {
                Removal::Announced => (
                    "parameter-removed-after-deprecation",
                    (Impact::None, Impact::None),
                    "was deprecated and is gone".to_owned(),
                ),
                Removal::Early(date) => (
                    "parameter-removed-before-sunset",
                    (Impact::Break, Impact::None),
                    format!("is gone before {date}, the date until which it should hold"),
                ),
                Removal::Unreadable(text) => (
                    "parameter-sunset-unreadable",
                    (Impact::Break, Impact::None),
                    format!("is gone, and `x-sunset` {text:?} was no date"),
                ),
                Removal::Unannounced => (
                    "parameter-removed",
                    (Impact::Warning, Impact::None),
                    "is not known any more: those who send it may be refused, or not be heard".to_owned(),
                ),
            };
            let finding = Finding::new(tail, Effect::Unknown, message, instead).hitting(hits.0, hits.1);
            out.emit(&scope, finding.at(Some(&was.at), None));
            continue;
        };
        let flip = match (required(was), required(is)) {
            _ if key.0 == "path" => None,
            (false, true) => Some((
                "parameter-became-required",
                Effect::Narrows,
                "was optional, is required",
                "keep it optional",
            )),
            (true, false) => Some((
                "parameter-became-optional",
                Effect::Widens,
                "was required, is optional",
                "keep it required",
            )),
            _ => None,
        };
        if let Some((tail, effect, message, instead)) = flip {
            let finding = Finding::new(tail, effect, message.to_owned(), instead.to_owned());
            out.emit(&scope, finding.at(Some(&was.at), Some(&is.at)));
        }
        let tails = [
            "parameter-deprecated",
            "parameter-reactivated",
            "parameter-sunset-removed",
            "parameter-sunset-earlier",
        ];
        for finding in flips(was.value, is.value, tails) {
            out.emit(&scope, finding.at(Some(&was.at), Some(&is.at)));
        }
        for finding in serialisation(was, is) {
            out.emit(&scope, finding.at(Some(&was.at), Some(&is.at)));
        }
        values(pairing, (was, is), true, &scope, out);
    }
    for is in new.parameters.iter().filter(meant) {
        let key = key_of_new(is);
        if old.parameters.iter().any(|one| identity(one) == key) {
            continue;
        }
        let scope = pairing.scope(pairing.caller, None, &subject(is));
        let (tail, effect, message, instead) = if key.0 == "path" {
            let instead = "describe every parameter of the path";
            ("parameter-schema-added", Effect::Narrows, "was not described, is now", instead)
        } else if required(is) {
            (
                "parameter-required-added",
                Effect::Narrows,
                "is new and required",
                "make it optional, with a default",
            )
        } else {
            ("parameter-optional-added", Effect::None, "is new and optional", "nothing to do")
        };
        let finding = Finding::new(tail, effect, message.to_owned(), instead.to_owned());
        out.emit(&scope, finding.at(None, Some(&is.at)));
    }
}

fn subject(part: &At<'_>) -> String {
    let text = |key: &str| part.value.get(key).and_then(Value::as_str).unwrap_or_default();
    format!("{} parameter `{}`", text("in"), text("name"))
}

/// How a value is written, where it is not one plain text.
fn serialisation(old: &At<'_>, new: &At<'_>) -> Vec<Finding> {
    let style = |part: &At<'_>| {
        let text = |key: &str| part.value.get(key).and_then(Value::as_str).map(str::to_owned);
        let usual = match text("in").as_deref() {
            Some("query" | "cookie") => "form",
            _ => "simple",
        };
        let style = text("style").unwrap_or_else(|| usual.to_owned());
        let explode = part.value.get("explode").and_then(Value::as_bool).unwrap_or(style == "form");
        (
            style,
            explode,
            part.value.get("content").and_then(Value::as_object).and_then(|all| all.keys().next().cloned()),
        )
    };
    let (was, is) = (style(old), style(new));
    let mut found = Vec::new();
    if was != is {
        let word = |(style, explode, media): &(String, bool, Option<String>)| match media {
            Some(media) => format!("content {media}"),
            None => format!("style {style}{}", if *explode { ", exploded" } else { "" }),
        };
        let message = format!("is written differently: was {}, is {}", word(&was), word(&is));
        let instead = format!("keep {}", word(&was));
        found.push(Finding::new("parameter-style-changed", Effect::Both, message, instead));
    }
    let is_set = |part: &At<'_>, key: &str| part.value.get(key) == Some(&Value::Bool(true));
    for (key, tails) in [
        ("allowEmptyValue", ["parameter-empty-value-allowed", "parameter-empty-value-forbidden"]),
        ("allowReserved", ["parameter-reserved-allowed", "parameter-reserved-forbidden"]),
    ] {
        match (is_set(old, key), is_set(new, key)) {
            (false, true) => found.push(Finding::keyword(
                tails[0],
                Effect::Widens,
                key,
                Some(&Value::Bool(false)),
                Some(&Value::Bool(true)),
            )),
            (true, false) => found.push(Finding::keyword(
                tails[1],
                Effect::Narrows,
                key,
                Some(&Value::Bool(true)),
                Some(&Value::Bool(false)),
            )),
            _ => {}
        }
    }
    found
}
