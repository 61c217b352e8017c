//! Compares the parts of objects and arrays: which properties there are, which must be, what may stand beside them.

use serde_json::Value;

use crate::change::{Effect, Impact};
use crate::schema::finding::{Finding, Pair};
use crate::schema::flat::{Flat, Spot};
use crate::schema::flatten::flatten;
use crate::schema::types::Types;
use crate::source::{At, Source};

/// A schema that takes anything.
static ANYTHING: Value = Value::Bool(true);

/// What is compared, and in which direction it travels.
pub(crate) struct Sides<'o, 'n> {
    pub(crate) old: Source<'o>,
    pub(crate) new: Source<'n>,
    /// A request, or a parameter; else an answer.
    pub(crate) request: bool,
}

/// The parts to compare next; what came and went is found here.
pub(crate) fn compare<'o, 'n>(
    sides: &Sides<'o, 'n>,
    old: &Flat<'o>,
    new: &Flat<'n>,
    found: &mut Vec<Finding>,
) -> Vec<Pair<'o, 'n>> {
    let mut pairs = Vec::new();
    if old.types.meets(Types::OBJECT) && new.types.meets(Types::OBJECT) {
        properties(sides, old, new, found, &mut pairs);
        beside(old, new, found, &mut pairs);
        dependent(old, new, found);
    }
    if old.types.meets(Types::ARRAY) && new.types.meets(Types::ARRAY) {
        items(old, new, &mut pairs);
        single(old, new, "contains", ["contains-added", "contains-removed"], found, &mut pairs);
        single(
            old,
            new,
            "unevaluatedItems",
            ["unevaluated-items-added", "unevaluated-items-removed"],
            found,
            &mut pairs,
        );
    }
    single(old, new, "contentSchema", ["content-schema-added", "content-schema-removed"], found, &mut pairs);
    pairs
}

fn anything<'a>(at: &str) -> Spot<'a> {
    vec![At { value: &ANYTHING, at: at.to_owned() }]
}

fn place<'s>(spot: Option<&'s Spot<'_>>, flat: &'s Flat<'_>) -> &'s str {
    spot.and_then(|spot| spot.first()).map_or(&flat.at, |part| &part.at)
}

fn properties<'o, 'n>(
    sides: &Sides<'o, 'n>,
    old: &Flat<'o>,
    new: &Flat<'n>,
    found: &mut Vec<Finding>,
    pairs: &mut Vec<Pair<'o, 'n>>,
) {
    let mut names: Vec<&str> = old.properties.iter().map(|(name, _)| name.as_str()).collect();
    for name in
        new.properties.iter().map(|(name, _)| name).chain(old.required.keys()).chain(new.required.keys())
    {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    for name in names {
        let (was, is) = (old.property(name), new.property(name));
        let old_flat = was.map(|spot| flatten(&sides.old, spot));
        let new_flat = is.map(|spot| flatten(&sides.new, spot));
        // What may not travel in this direction is not looked for there.
        let hidden = |flat: &Flat<'_>| if sides.request { flat.read_only } else { flat.write_only };
        let was_hidden = old_flat.as_ref().is_some_and(hidden);
        let is_hidden = new_flat.as_ref().is_some_and(hidden);
        let was_needed = old.required.contains_key(name) && !was_hidden;
        let is_needed = new.required.contains_key(name) && !is_hidden;
        let named = |mut finding: Finding| {
            finding.path = name.to_owned();
            let old_at = old.required.get(name).map_or(old.at.as_str(), String::as_str);
            let new_at = new.required.get(name).map_or(new.at.as_str(), String::as_str);
            let old_at = if was.is_some() { place(was, old) } else { old_at };
            let new_at = if is.is_some() { place(is, new) } else { new_at };
            finding.at(Some(old_at), Some(new_at))
        };
        match (was.is_some(), is.is_some()) {
            (false, true) if !was_needed => {
                if !is_hidden {
                    found.push(named(added(sides.request, is_needed, old.closed())));
                }
                continue;
            }
            (true, false) if !is_needed => {
                if !was_hidden {
                    found.push(named(removed(sides.request, was_needed, new.closed())));
                }
                continue;
            }
            _ => {}
        }
        if let (Some(before), Some(after)) = (&old_flat, &new_flat) {
            mutability(
                sides.request,
                before,
                after,
                new.required.contains_key(name),
                old.required.contains_key(name),
            )
            .into_iter()
            .for_each(|finding| found.push(named(finding)));
            lifecycle(before, after).into_iter().for_each(|finding| found.push(named(finding)));
        }
        if was_hidden != is_hidden || (was_hidden && is_hidden) {
            continue;
        }
        if was_needed != is_needed {
            found.push(named(needed(is_needed)));
        }
        let old_spot = was.cloned().unwrap_or_else(|| anything(&old.at));
        let new_spot = is.cloned().unwrap_or_else(|| anything(&new.at));
        pairs.push(Pair { step: name.to_owned(), old: old_spot, new: new_spot, turned: false });
    }
}

fn added(request: bool, needed: bool, closed: bool) -> Finding {
    let effect = match (needed, closed) {
        (true, false) => Effect::Narrows,
        (true, true) => Effect::Both,
        (false, true) => Effect::Widens,
        (false, false) => Effect::None,
    };
    if needed {
        let instead =
            "make it optional, or give those who send it time: optional first, required in a new version";
        Finding::new("required-property-added", effect, "is new and required".to_owned(), instead.to_owned())
    } else {
        let message = if closed { "is new, where nothing more was allowed" } else { "is new and optional" };
        let instead = if closed { "leave the old object open before adding to it" } else { "nothing to do" };
        let finding = Finding::new("optional-property-added", effect, message.to_owned(), instead.to_owned());
        // A client that holds answers against the old closed schema refuses it; most do not.
        if closed && !request { finding.hitting(Impact::None, Impact::Warning) } else { finding }
    }
}

fn removed(request: bool, needed: bool, closed: bool) -> Finding {
    match (request, needed, closed) {
        (true, _, true) => Finding::new(
            "property-removed",
            Effect::Narrows,
            "is not known any more, and unknown properties are refused".to_owned(),
            "keep it, deprecated, until nobody sends it".to_owned(),
        ),
        (true, _, false) => Finding::new(
            "property-removed",
            Effect::Unknown,
            "is not known any more: those who send it may be refused, or not be heard".to_owned(),
            "keep it, deprecated, until nobody sends it".to_owned(),
        )
        .hitting(Impact::Warning, Impact::None),
        (false, true, _) => Finding::new(
            "required-property-removed",
            if closed { Effect::Both } else { Effect::Widens },
            "was always there and is gone".to_owned(),
            "keep it, deprecated, until nobody reads it".to_owned(),
        ),
        (false, false, _) => Finding::new(
            "optional-property-removed",
            if closed { Effect::Narrows } else { Effect::None },
            "was optional and is gone".to_owned(),
            "deprecate it first, so that those who read it know".to_owned(),
        ),
    }
}

fn needed(is: bool) -> Finding {
    if is {
        Finding::new(
            "property-became-required",
            Effect::Narrows,
            "was optional, is required".to_owned(),
            "keep it optional, with a default for those who leave it out".to_owned(),
        )
    } else {
        Finding::new(
            "property-became-optional",
            Effect::Widens,
            "was required, is optional".to_owned(),
            "keep it required".to_owned(),
        )
    }
}

/// `readOnly` and `writeOnly` that came or went.
fn mutability(
    request: bool,
    old: &Flat<'_>,
    new: &Flat<'_>,
    is_needed: bool,
    was_needed: bool,
) -> Option<Finding> {
    let (word, was, is) = if request {
        ("readOnly", old.read_only, new.read_only)
    } else {
        ("writeOnly", old.write_only, new.write_only)
    };
    let what = if request { "requests" } else { "answers" };
    match (was, is) {
        (false, true) => {
            let tail = if request { "property-became-read-only" } else { "property-became-write-only" };
            let message = format!("is `{word}` now: {what} do not carry it any more");
            let finding = Finding::new(tail, Effect::Widens, message, format!("leave `{word}` out"));
            Some(match (request, was_needed) {
                // What the sender says is not heard any more.
                (true, _) => finding.hitting(Impact::Warning, Impact::None),
                (false, true) => finding,
                (false, false) => finding.hitting(Impact::None, Impact::Warning),
            })
        }
        (true, false) => {
            let tail =
                if request { "property-became-not-read-only" } else { "property-became-not-write-only" };
            let needed = if is_needed { " and must" } else { "" };
            let message = format!("is not `{word}` any more: {what} may{needed} carry it");
            let effect = if is_needed { Effect::Narrows } else { Effect::None };
            Some(Finding::new(tail, effect, message, format!("keep `{word}`, or make it optional")))
        }
        _ => None,
    }
}

fn lifecycle(old: &Flat<'_>, new: &Flat<'_>) -> Option<Finding> {
    let until = new.sunset.as_ref().map(|date| format!(", until {date}")).unwrap_or_default();
    match (old.deprecated, new.deprecated) {
        (false, true) => Some(Finding::new(
            "property-deprecated",
            Effect::None,
            format!("is deprecated{until}"),
            "stop using it".to_owned(),
        )),
        (true, false) => Some(Finding::new(
            "property-reactivated",
            Effect::None,
            "is not deprecated any more".to_owned(),
            "nothing to do".to_owned(),
        )),
        _ => None,
    }
}

/// `additionalProperties` and its relations.
fn beside<'o, 'n>(old: &Flat<'o>, new: &Flat<'n>, found: &mut Vec<Finding>, pairs: &mut Vec<Pair<'o, 'n>>) {
    for key in ["additionalProperties", "unevaluatedProperties"] {
        let (was, is) = (old.subs.get(key), new.subs.get(key));
        let refuses = |spot: Option<&Spot<'_>>| {
            spot.is_some_and(|spot| spot.iter().any(|part| part.value == &Value::Bool(false)))
        };
        let tails = if key == "additionalProperties" {
            [
                "additional-properties-forbidden",
                "additional-properties-allowed",
                "additional-properties-restricted",
                "additional-properties-unrestricted",
            ]
        } else {
            [
                "unevaluated-properties-added",
                "unevaluated-properties-removed",
                "unevaluated-properties-added",
                "unevaluated-properties-removed",
            ]
        };
        let (index, effect, message) = match (was, is) {
            (None, None) => continue,
            // Closed in one way or the other is closed.
            _ if refuses(was) != refuses(is) && old.closed() == new.closed() => continue,
            _ if refuses(is) && !refuses(was) => {
                (0, Effect::Narrows, "properties that are not named are refused now")
            }
            _ if refuses(was) && !refuses(is) => {
                (1, Effect::Widens, "properties that are not named are allowed now")
            }
            (None, Some(_)) => (2, Effect::Narrows, "properties that are not named must honour a schema now"),
            (Some(_), None) => {
                (3, Effect::Widens, "properties that are not named need not honour a schema any more")
            }
            (Some(was), Some(is)) => {
                pairs.push(Pair { step: "*".to_owned(), old: was.clone(), new: is.clone(), turned: false });
                continue;
            }
        };
        let finding =
            Finding::new(tails[index], effect, message.to_owned(), format!("keep `{key}` as it was"));
        found.push(finding.at(Some(place(was, old)), Some(place(is, new))));
    }
    single(old, new, "propertyNames", ["property-names-added", "property-names-removed"], found, pairs);
    for (key, tails) in [
        ("patternProperties", ["pattern-property-added", "pattern-property-removed"]),
        ("dependentSchemas", ["dependent-schema-added", "dependent-schema-removed"]),
    ] {
        let none = Vec::new();
        let (was, is) = (old.named.get(key).unwrap_or(&none), new.named.get(key));
        let none = Vec::new();
        let is = is.unwrap_or(&none);
        for (name, spot) in was {
            match is.iter().find(|(known, _)| known == name) {
                Some((_, other)) => {
                    let step = if key == "patternProperties" { format!("/{name}/") } else { String::new() };
                    pairs.push(Pair { step, old: spot.clone(), new: other.clone(), turned: false });
                }
                None => found.push(
                    Finding::new(
                        tails[1],
                        Effect::Widens,
                        format!("`{key}` has no {name:?} any more"),
                        format!("keep {name:?} under `{key}`"),
                    )
                    .at(Some(place(Some(spot), old)), Some(&new.at)),
                ),
            }
        }
        for (name, spot) in is.iter().filter(|(name, _)| !was.iter().any(|(known, _)| known == name)) {
            found.push(
                Finding::new(
                    tails[0],
                    Effect::Narrows,
                    format!("`{key}` has {name:?} now"),
                    format!("leave {name:?} out of `{key}`"),
                )
                .at(Some(&old.at), Some(place(Some(spot), new))),
            );
        }
    }
}

fn dependent(old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<Finding>) {
    for (one, other, tail, effect, word) in [
        (old, new, "dependent-required-removed", Effect::Widens, "need not come with"),
        (new, old, "dependent-required-added", Effect::Narrows, "must come with"),
    ] {
        for (name, needs) in &one.dependent {
            for need in needs {
                if !other.dependent.get(name).is_some_and(|known| known.contains(need)) {
                    let message = format!("`{name}` {word} `{need}` now");
                    let instead = format!("keep `dependentRequired` of `{name}` as it was");
                    found.push(Finding::new(tail, effect, message, instead).at(Some(&old.at), Some(&new.at)));
                }
            }
        }
    }
}

fn items<'o, 'n>(old: &Flat<'o>, new: &Flat<'n>, pairs: &mut Vec<Pair<'o, 'n>>) {
    let rest_old = || old.subs.get("items").cloned().unwrap_or_else(|| anything(&old.at));
    let rest_new = || new.subs.get("items").cloned().unwrap_or_else(|| anything(&new.at));
    for index in 0..old.prefix.len().max(new.prefix.len()) {
        let was = old.prefix.get(index).cloned().unwrap_or_else(rest_old);
        let is = new.prefix.get(index).cloned().unwrap_or_else(rest_new);
        pairs.push(Pair { step: format!("[{index}]"), old: was, new: is, turned: false });
    }
    if old.subs.contains_key("items") || new.subs.contains_key("items") {
        pairs.push(Pair { step: "[]".to_owned(), old: rest_old(), new: rest_new(), turned: false });
    }
}

/// A keyword with one schema, whose presence is a rule.
fn single<'o, 'n>(
    old: &Flat<'o>,
    new: &Flat<'n>,
    key: &'static str,
    [come, gone]: [&'static str; 2],
    found: &mut Vec<Finding>,
    pairs: &mut Vec<Pair<'o, 'n>>,
) {
    let (was, is) = (old.subs.get(key), new.subs.get(key));
    let (tail, effect, message, instead) = match (was, is) {
        (None, None) => return,
        (Some(was), Some(is)) => {
            let step = if key == "contains" { "[]" } else { "" };
            pairs.push(Pair { step: step.to_owned(), old: was.clone(), new: is.clone(), turned: false });
            return;
        }
        (None, Some(_)) => (come, Effect::Narrows, format!("`{key}` is new"), format!("leave `{key}` out")),
        (Some(_), None) => (gone, Effect::Widens, format!("`{key}` is gone"), format!("keep `{key}`")),
    };
    found.push(Finding::new(tail, effect, message, instead).at(Some(place(was, old)), Some(place(is, new))));
}
