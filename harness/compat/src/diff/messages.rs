//! Compares what travels: request bodies, answers, their media types and headers.

use serde_json::Value;

use crate::change::{Effect, Impact};
use crate::diff::calls::place;
use crate::diff::emit::{Emitter, Scope};
use crate::diff::holders::{compare, values};
use crate::diff::pairing::Pairing;
use crate::schema::finding::Finding;
use crate::source::{At, Source};

/// The request body.
pub(crate) fn request<'o, 'n>(pairing: &Pairing<'o, 'n>, old: &At<'o>, new: &At<'n>, out: &mut Emitter) {
    let scope = pairing.scope(pairing.caller, None, "request body");
    let required = |body: &At<'_>| body.value.get("required") == Some(&Value::Bool(true));
    let (was, is) = (pairing.old.child(old, "requestBody"), pairing.new.child(new, "requestBody"));
    let told = |tail, effect, message: &str, instead: &str| {
        Finding::new(tail, effect, message.to_owned(), instead.to_owned()).at(
            Some(was.as_ref().map_or(&old.at, |part| &part.at)),
            Some(is.as_ref().map_or(&new.at, |part| &part.at)),
        )
    };
    let (was, is) = match (&was, &is) {
        (None, None) => return,
        (None, Some(is)) => {
            let finding = if required(is) {
                let instead = "make the body optional";
                told(
                    "request-body-required-added",
                    Effect::Narrows,
                    "there was none, one is required",
                    instead,
                )
            } else {
                let message = "there was none, one may be sent";
                told("request-body-optional-added", Effect::None, message, "nothing to do")
            };
            return out.emit(&scope, finding);
        }
        (Some(_), None) => {
            let message = "is not taken any more";
            let instead = "keep taking it, deprecated, until nobody sends one";
            return out.emit(&scope, told("request-body-removed", Effect::Narrows, message, instead));
        }
        (Some(was), Some(is)) => (was, is),
    };
    match (required(was), required(is)) {
        (false, true) => {
            let (message, instead) = ("was optional, is required", "keep it optional");
            out.emit(&scope, told("request-body-became-required", Effect::Narrows, message, instead));
        }
        (true, false) => {
            let (message, instead) = ("was required, is optional", "keep it required");
            out.emit(&scope, told("request-body-became-optional", Effect::Widens, message, instead));
        }
        _ => {}
    }
    content(pairing, was, is, true, "request body", out);
}

/// The answers.
pub(crate) fn responses<'o, 'n>(pairing: &Pairing<'o, 'n>, old: &At<'o>, new: &At<'n>, out: &mut Emitter) {
    let list = |source: &Source<'o>, part: &At<'o>| {
        source.child(part, "responses").map(|all| source.children(&all)).unwrap_or_default()
    };
    let was = list(&pairing.old, old);
    let is = pairing.new.child(new, "responses").map(|all| pairing.new.children(&all)).unwrap_or_default();
    let sender = pairing.caller.other();
    for (status, one) in &was {
        if let Some((covering, other)) = meant(&is, status) {
            let subject = subject(status);
            if !covering.eq_ignore_ascii_case(status) {
                let message = format!("is documented as {covering} now");
                let finding =
                    Finding::new("response-status-merged", Effect::None, message, "nothing to do".to_owned());
                out.emit(&pairing.scope(sender, None, &subject), finding.at(Some(&one.at), Some(&other.at)));
            }
            content(pairing, one, other, false, &subject, out);
            headers(pairing, one, other, &subject, out);
        } else {
            let (tail, effect) = if status.starts_with('2') {
                ("response-success-status-removed", Effect::Both)
            } else {
                ("response-error-status-removed", Effect::Narrows)
            };
            let message = "is not documented any more".to_owned();
            let finding = Finding::new(tail, effect, message, format!("keep documenting {status}"));
            let at = place(new, "responses");
            out.emit(&pairing.scope(sender, None, &subject(status)), finding.at(Some(&one.at), Some(&at)));
        }
    }
    for (status, one) in &is {
        if was.iter().any(|(known, _)| known.eq_ignore_ascii_case(status)) {
            continue;
        }
        let subject = subject(status);
        if let Some((_, other)) = meant(&was, status) {
            // It was documented by a range or by `default`; now it has words of its own.
            content(pairing, other, one, false, &subject, out);
        }
        let tail = if status.starts_with('2') {
            "response-success-status-added"
        } else {
            "response-error-status-added"
        };
        let finding = Finding::new(tail, Effect::None, "is new".to_owned(), "nothing to do".to_owned());
        let at = place(old, "responses");
        out.emit(&pairing.scope(sender, None, &subject), finding.at(Some(&at), Some(&one.at)));
    }
}

fn subject(status: &str) -> String {
    format!("answer {status}")
}

/// The answer that a status means: its own, its range's, the default.
fn meant<'s, 'a>(answers: &'s [(&'a str, At<'a>)], status: &str) -> Option<(&'a str, &'s At<'a>)> {
    let named = |name: &str| {
        answers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(key, part)| (*key, part))
    };
    let range = status.get(..1).map(|first| format!("{first}XX")).unwrap_or_default();
    named(status).or_else(|| named(&range)).or_else(|| named("default"))
}

/// A media type in its parts: `application`, `json`, and what comes behind `;`.
fn media(name: &str) -> (String, String) {
    let (essence, parameters) = name.split_once(';').unwrap_or((name, ""));
    let parameters = parameters.replace(' ', "").to_lowercase();
    (essence.trim().to_lowercase(), parameters)
}

/// Whether a range such as `application/*` holds a media type.
fn holds(range: &str, name: &str) -> bool {
    let (range, name) = (media(range).0, media(name).0);
    match range.split_once('/') {
        Some(("*", _)) => true,
        Some((kind, "*")) => name.starts_with(&format!("{kind}/")),
        _ => false,
    }
}

/// What is said of each media type.
fn content<'o, 'n>(
    pairing: &Pairing<'o, 'n>,
    old: &At<'o>,
    new: &At<'n>,
    request: bool,
    subject: &str,
    out: &mut Emitter,
) {
    let was = pairing.old.child(old, "content").map(|all| pairing.old.children(&all)).unwrap_or_default();
    let is = pairing.new.child(new, "content").map(|all| pairing.new.children(&all)).unwrap_or_default();
    let sender = if request { pairing.caller } else { pairing.caller.other() };
    let scope = pairing.scope(sender, None, subject);
    let mut met = vec![false; is.len()];
    for (name, one) in &was {
        let find = |fits: &dyn Fn(&str) -> bool| is.iter().position(|(other, _)| fits(other));
        let exact = find(&|other| media(other) == media(name));
        let essence = exact.or_else(|| find(&|other| media(other).0 == media(name).0));
        let index = essence
            .or_else(|| find(&|other| holds(other, name)))
            .or_else(|| find(&|other| holds(name, other)));
        let Some(index) = index else {
            let message = format!("the media type {name} is gone");
            let instead = format!("keep {name} beside what is new");
            let (tail, effect) = if request {
                ("request-media-type-removed", Effect::Narrows)
            } else {
                ("response-media-type-removed", Effect::Both)
            };
            let at = place(new, "content");
            out.emit(&scope, Finding::new(tail, effect, message, instead).at(Some(&one.at), Some(&at)));
            continue;
        };
        met[index] = true;
        let (other_name, other) = &is[index];
        if exact.is_none() {
            let (tails, effect) = if essence.is_some() {
                (["request-media-type-parameters", "response-media-type-parameters"], Effect::None)
            } else if holds(other_name, name) {
                (["request-media-type-widened", "response-media-type-widened"], Effect::Widens)
            } else {
                (["request-media-type-narrowed", "response-media-type-narrowed"], Effect::Narrows)
            };
            let message = format!("the media type was {name}, is {other_name}");
            let finding = Finding::new(tails[usize::from(!request)], effect, message, format!("keep {name}"));
            out.emit(&scope, finding.at(Some(&one.at), Some(&other.at)));
        }
        let subject =
            if was.len() > 1 || is.len() > 1 { format!("{subject} ({name})") } else { subject.to_owned() };
        schema(pairing, one, other, request, &subject, out);
        encoding(pairing, one, other, &scope, out);
    }
    for ((name, one), _) in is.iter().zip(&met).filter(|(_, met)| !**met) {
        if was.iter().any(|(known, _)| holds(known, name)) {
            continue;
        }
        let message = format!("the media type {name} is new");
        let (tail, effect) = if request {
            ("request-media-type-added", Effect::Widens)
        } else {
            ("response-media-type-added", Effect::None)
        };
        let at = place(old, "content");
        let finding = Finding::new(tail, effect, message, "nothing to do".to_owned());
        out.emit(&scope, finding.at(Some(&at), Some(&one.at)));
    }
}

fn schema<'o, 'n>(
    pairing: &Pairing<'o, 'n>,
    old: &At<'o>,
    new: &At<'n>,
    request: bool,
    subject: &str,
    out: &mut Emitter,
) {
    let prefix = if request { "request" } else { "response" };
    let sender = if request { pairing.caller } else { pairing.caller.other() };
    let scope = pairing.scope(sender, Some(prefix), subject);
    compare(pairing, (old, new), request, &scope, out);
}

/// How the parts of a form or a multipart body are written.
fn encoding(pairing: &Pairing<'_, '_>, old: &At<'_>, new: &At<'_>, scope: &Scope, out: &mut Emitter) {
    let none = serde_json::Map::new();
    let of = |part: &At<'_>| part.value.get("encoding").and_then(Value::as_object).cloned();
    let (was, is) = (of(old).unwrap_or(none.clone()), of(new).unwrap_or(none));
    for (name, one) in &was {
        for key in ["contentType", "style", "explode"] {
            let (before, after) = (one.get(key), is.get(name).and_then(|other| other.get(key)));
            if before != after {
                let mut finding = Finding::keyword(
                    "encoding-changed",
                    Effect::Unknown,
                    &format!("encoding.{key}"),
                    before,
                    after,
                );
                finding.path.clone_from(name);
                let finding = finding.at(Some(&place(old, "encoding")), Some(&place(new, "encoding")));
                out.emit(&pairing.scope(scope.sender, None, &scope.subject), finding);
            }
        }
    }
}

fn headers<'o, 'n>(pairing: &Pairing<'o, 'n>, old: &At<'o>, new: &At<'n>, subject: &str, out: &mut Emitter) {
    let was = pairing.old.child(old, "headers").map(|all| pairing.old.entries(&all)).unwrap_or_default();
    let is = pairing.new.child(new, "headers").map(|all| pairing.new.entries(&all)).unwrap_or_default();
    let required = |header: &At<'_>| header.value.get("required") == Some(&Value::Bool(true));
    let sender = pairing.caller.other();
    // OpenAPI ignores it: the media types say it.
    let meant = |name: &str| !name.eq_ignore_ascii_case("content-type");
    for (name, one) in was.iter().filter(|(name, _)| meant(name)) {
        let scope = pairing.scope(sender, None, &format!("header {name} of {subject}"));
        let Some((_, other)) = is.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
            let at = place(new, "headers");
            let (message, instead) = ("is gone".to_owned(), "keep sending and documenting it".to_owned());
            let finding = if required(one) {
                Finding::new("header-required-removed", Effect::Widens, message, instead)
            } else {
                Finding::new("header-optional-removed", Effect::None, message, instead)
                    .hitting(Impact::None, Impact::Warning)
            };
            out.emit(&scope, finding.at(Some(&one.at), Some(&at)));
            continue;
        };
        let flip = match (required(one), required(other)) {
            (true, false) => Some((
                "header-became-optional",
                Effect::Widens,
                "was required, is optional",
                "keep it required",
            )),
            (false, true) => Some((
                "header-became-required",
                Effect::Narrows,
                "was optional, is required",
                "keep it optional",
            )),
            _ => None,
        };
        if let Some((tail, effect, message, instead)) = flip {
            let finding = Finding::new(tail, effect, message.to_owned(), instead.to_owned());
            out.emit(&scope, finding.at(Some(&one.at), Some(&other.at)));
        }
        values(pairing, (one, other), false, &scope, out);
    }
    for (name, one) in is.iter().filter(|(name, _)| meant(name)) {
        if was.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            continue;
        }
        let scope = pairing.scope(sender, None, &format!("header {name} of {subject}"));
        let at = place(old, "headers");
        let (tail, effect, message) = if required(one) {
            ("header-required-added", Effect::Narrows, "is new and required")
        } else {
            ("header-optional-added", Effect::None, "is new and optional")
        };
        let finding = Finding::new(tail, effect, message.to_owned(), "nothing to do".to_owned());
        out.emit(&scope, finding.at(Some(&at), Some(&one.at)));
    }
}
