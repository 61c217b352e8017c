//! Compares the calls of two documents: which came and went, and what changed in those that stayed.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use serde_json::Value;

use crate::change::{Change, Effect, Impact, Party};
use crate::diff::calls::{Call, callbacks, calls, place, webhooks};
use crate::diff::emit::Emitter;
use crate::diff::lifecycle::{Removal, flips, removal};
use crate::diff::pairing::Pairing;
use crate::diff::{messages, parameters, security};
use crate::schema::compare::Memo;
use crate::schema::finding::Finding;
use crate::source::Source;

/// Every change from one document to the other, in the order of the old document, then of the new one.
pub(crate) fn documents(old: &Value, new: &Value, today: NaiveDate) -> Vec<Change> {
    let (old, new) = (Source::new(old), Source::new(new));
    let mut out = Emitter::default();
    let memo = Memo::default();
    let (was, is) = (calls(&old), calls(&new));
    let mut met = vec![false; is.len()];
    let by_key = index(&is, |call| vec![call.key()]);
    let by_full_key = index(&is, |call| call.full_keys());
    for one in &was {
        let pairing =
            |operation: String| Pairing { old, new, caller: Party::Consumer, operation, memo: memo.clone() };
        // A document may write one template twice, under other names: each goes with the one that is written the same.
        let by_template = by_key.get(&one.key()).and_then(|all| {
            let same = all.iter().find(|other| is[**other].path == one.path);
            same.or_else(|| all.iter().find(|other| !met[**other])).or(all.first()).copied()
        });
        let by_address = || one.full_keys().iter().find_map(|key| by_full_key.get(key)?.first().copied());
        match by_template.or_else(by_address) {
            Some(index) => {
                met[index] = true;
                let pairing = pairing(is[index].line());
                if by_template.is_some() {
                    bases(&pairing, one, &is[index], &mut out);
                }
                call(&pairing, one, &is[index], today, &mut out);
            }
            None => gone(&pairing(one.line()), one, today, &mut out),
        }
    }
    for (one, _) in is.iter().zip(&met).filter(|(_, met)| !**met) {
        let pairing =
            Pairing { old, new, caller: Party::Consumer, operation: one.line(), memo: memo.clone() };
        let finding = Finding::new(
            "operation-added",
            Effect::Widens,
            "is new".to_owned(),
            "nothing to do for those who call; who serves the API must follow".to_owned(),
        );
        out.emit(&pairing.scope(Party::Consumer, None, ""), finding.at(Some("/paths"), Some(&one.part.at)));
    }
    let empty = Pairing { old, new, caller: Party::Provider, operation: String::new(), memo: memo.clone() };
    turned(&empty, webhooks(&old), webhooks(&new), ["webhook-removed", "webhook-added"], today, &mut out);
    let mut changes = out.changes();
    changes.extend(version(&old, &new, &changes));
    changes
}

/// The positions of the calls by their keys: a document may have thousands.
fn index(calls: &[Call<'_>], keys: impl Fn(&Call<'_>) -> Vec<String>) -> HashMap<String, Vec<usize>> {
    let mut index: HashMap<String, Vec<usize>> = HashMap::new();
    for (position, call) in calls.iter().enumerate() {
        for key in keys(call) {
            index.entry(key).or_default().push(position);
        }
    }
    index
}

/// Everything about one call that is in both documents.
fn call<'o, 'n>(
    pairing: &Pairing<'o, 'n>,
    old: &Call<'o>,
    new: &Call<'n>,
    today: NaiveDate,
    out: &mut Emitter,
) {
    let scope = pairing.scope(pairing.caller, None, "");
    let tails = [
        "operation-deprecated",
        "operation-reactivated",
        "operation-sunset-removed",
        "operation-sunset-earlier",
    ];
    for finding in flips(old.part.value, new.part.value, tails) {
        out.emit(&scope, finding.at(Some(&old.part.at), Some(&new.part.at)));
    }
    names(pairing, old, new, out);
    parameters::compare(pairing, old, new, today, out);
    messages::request(pairing, &old.part, &new.part, out);
    messages::responses(pairing, &old.part, &new.part, out);
    security::compare(pairing, old, new, out);
    let inner = |operation: String| Pairing {
        caller: pairing.caller.other(),
        operation,
        memo: pairing.memo.clone(),
        ..*pairing
    };
    let base = inner(pairing.operation.clone());
    turned(
        &base,
        callbacks(&pairing.old, old),
        callbacks(&pairing.new, new),
        ["callback-removed", "callback-added"],
        today,
        out,
    );
}

/// Calls that the other side makes: webhooks and callbacks.
fn turned<'o, 'n>(
    pairing: &Pairing<'o, 'n>,
    old: Vec<(String, Call<'o>)>,
    new: Vec<(String, Call<'n>)>,
    tails: [&'static str; 2],
    today: NaiveDate,
    out: &mut Emitter,
) {
    let named = |name: &str| {
        let operation = if pairing.operation.is_empty() {
            name.to_owned()
        } else {
            format!("{} › {name}", pairing.operation)
        };
        Pairing { operation, memo: pairing.memo.clone(), ..*pairing }
    };
    for (name, one) in &old {
        let pairing = named(name);
        match new.iter().find(|(other, _)| other == name) {
            Some((_, other)) => call(&pairing, one, other, today, out),
            None => {
                let message = "is not sent any more, nor documented".to_owned();
                let finding = Finding::new(tails[0], Effect::Both, message, "keep sending it".to_owned());
                out.emit(&pairing.scope(pairing.caller, None, ""), finding.at(Some(&one.part.at), None));
            }
        }
    }
    for (name, one) in new.iter().filter(|(name, _)| !old.iter().any(|(other, _)| other == name)) {
        let pairing = named(name);
        let finding = Finding::new(tails[1], Effect::None, "is new".to_owned(), "nothing to do".to_owned());
        out.emit(&pairing.scope(pairing.caller, None, ""), finding.at(None, Some(&one.part.at)));
    }
}

/// A call that is not there any more.
fn gone(pairing: &Pairing<'_, '_>, old: &Call<'_>, today: NaiveDate, out: &mut Emitter) {
    let (tail, impact, message) = match removal(old.part.value, today) {
        Removal::Unannounced => ("operation-removed", Impact::Break, "is gone".to_owned()),
        Removal::Announced => {
            ("operation-removed-after-deprecation", Impact::None, "was deprecated and is gone".to_owned())
        }
        Removal::Early(date) => (
            "operation-removed-before-sunset",
            Impact::Break,
            format!("is gone before {date}, the date until which it should hold"),
        ),
        Removal::Unreadable(text) => (
            "operation-sunset-unreadable",
            Impact::Break,
            format!("is gone, and `x-sunset` {text:?} was no date"),
        ),
    };
    let instead = "keep it, deprecated, with a date until which it holds".to_owned();
    // Whoever still serves it does nobody harm.
    let finding = Finding::new(tail, Effect::Narrows, message, instead).hitting(impact, Impact::None);
    out.emit(&pairing.scope(pairing.caller, None, ""), finding.at(Some(&old.part.at), Some("/paths")));
}

/// Base paths that do not lead to the call any more.
fn bases(pairing: &Pairing<'_, '_>, old: &Call<'_>, new: &Call<'_>, out: &mut Emitter) {
    let show = |base: &str| if base.is_empty() { "/".to_owned() } else { base.to_owned() };
    let list = |bases: &[String]| bases.iter().map(|base| show(base)).collect::<Vec<_>>().join(", ");
    let scope = pairing.scope(pairing.caller, None, "servers");
    for base in old.bases.iter().filter(|base| !new.bases.contains(base)) {
        let message = format!("the base path was {}, is {}", show(base), list(&new.bases));
        let instead = format!("keep a server whose address ends in {}", show(base));
        let finding = Finding::new("base-path-removed", Effect::Narrows, message, instead);
        out.emit(&scope, finding.at(Some("/servers"), Some("/servers")));
    }
    for base in new.bases.iter().filter(|base| !old.bases.contains(base)) {
        let message = format!("the base path {} is new", show(base));
        let finding = Finding::new(
            "base-path-added",
            Effect::Widens,
            message,
            "nothing to do for those who call; who serves the API must follow".to_owned(),
        );
        out.emit(&scope, finding.at(Some("/servers"), Some("/servers")));
    }
}

/// Names that nobody sends: generated clients are called by them.
fn names(pairing: &Pairing<'_, '_>, old: &Call<'_>, new: &Call<'_>, out: &mut Emitter) {
    let scope = pairing.scope(pairing.caller, None, "");
    let mut told = |finding: Finding, key: &str| {
        out.editorial(&scope, finding.at(Some(&place(&old.part, key)), Some(&place(&new.part, key))));
    };
    let id = |call: &Call<'_>| call.part.value.get("operationId").cloned();
    if id(old) != id(new) {
        let (was, is) = (id(old), id(new));
        told(
            Finding::keyword("operation-id-changed", Effect::None, "operationId", was.as_ref(), is.as_ref()),
            "operationId",
        );
    }
    let tags = |call: &Call<'_>| -> BTreeSet<String> {
        let tags = call.part.value.get("tags").and_then(Value::as_array).into_iter().flatten();
        tags.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (was, is) = (tags(old), tags(new));
    if was != is {
        let value = |tags: BTreeSet<String>| (!tags.is_empty()).then(|| Value::from(Vec::from_iter(tags)));
        let (was, is) = (value(was), value(is));
        told(Finding::keyword("tags-changed", Effect::None, "tags", was.as_ref(), is.as_ref()), "tags");
    }
}

/// A break under the old version number.
fn version(old: &Source<'_>, new: &Source<'_>, changes: &[Change]) -> Option<Change> {
    let of =
        |source: &Source<'_>| source.root.pointer("/info/version").and_then(Value::as_str).map(str::to_owned);
    let (was, is) = (of(old)?, of(new)?);
    let breaks = changes.iter().filter(|change| change.consumer == Impact::Break).count();
    if breaks == 0 || was != is {
        return None;
    }
    let mut out = Emitter::default();
    let (operation, memo) = ("*".to_owned(), Memo::default());
    let pairing = Pairing { old: *old, new: *new, caller: Party::Consumer, operation, memo };
    let message = format!("something breaks for consumers, and the version is still {is}");
    let finding =
        Finding::new("version-not-raised", Effect::None, message, "raise `info.version`".to_owned());
    out.emit(
        &pairing.scope(Party::Consumer, None, "info.version"),
        finding.at(Some("/info/version"), Some("/info/version")).hitting(Impact::Warning, Impact::None),
    );
    out.changes().pop()
}
