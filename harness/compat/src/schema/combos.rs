//! Compares combinations: choices (`anyOf`, `oneOf`), `not`, conditions, discriminators, defaults.

use serde_json::Value;

use crate::change::{Effect, Impact};
use crate::schema::finding::{Finding, Pair};
use crate::schema::flat::{Choice, Flat};
use crate::source::{At, Source, literal, target};

/// Whether two schemas come out the same.
pub(crate) type Same<'f, 'o, 'n> = dyn FnMut(&[At<'o>], &[At<'n>]) -> bool + 'f;

/// Compares the choices of both, as many as there are on each side.
pub(crate) fn choices<'o, 'n>(
    old: &Flat<'o>,
    new: &Flat<'n>,
    same: &mut Same<'_, 'o, 'n>,
    found: &mut Vec<Finding>,
) -> Vec<Pair<'o, 'n>> {
    let mut pairs = Vec::new();
    for (was, is) in old.choices.iter().zip(&new.choices) {
        choice(was, is, same, found, &mut pairs);
    }
    let (more, tail, effect, word) = if old.choices.len() > new.choices.len() {
        (&old.choices[new.choices.len()..], "choice-removed", Effect::Widens, "is gone")
    } else {
        (&new.choices[old.choices.len()..], "choice-added", Effect::Narrows, "must be honoured besides")
    };
    for extra in more {
        let message = format!("a list of `{}` {word}", name(extra.any));
        let instead = format!("keep the lists of `{}` as they were", name(extra.any));
        let finding = Finding::new(tail, effect, message, instead);
        found.push(match effect {
            Effect::Widens => finding.at(Some(&extra.at), Some(&new.at)),
            _ => finding.at(Some(&old.at), Some(&extra.at)),
        });
    }
    pairs
}

fn name(any: bool) -> &'static str {
    if any { "anyOf" } else { "oneOf" }
}

fn choice<'o, 'n>(
    old: &Choice<'o>,
    new: &Choice<'n>,
    same: &mut Same<'_, 'o, 'n>,
    found: &mut Vec<Finding>,
    pairs: &mut Vec<Pair<'o, 'n>>,
) {
    let places = |finding: Finding| finding.at(Some(&old.at), Some(&new.at));
    if old.any != new.any {
        let (tail, effect) = match new.any {
            true => ("one-of-became-any-of", Effect::Widens),
            false => ("any-of-became-one-of", Effect::Narrows),
        };
        let message = format!("`{}` became `{}`: a value that fits several", name(old.any), name(new.any));
        let message = format!("{message} is {}", if new.any { "allowed now" } else { "refused now" });
        found.push(places(Finding::new(tail, effect, message, format!("keep `{}`", name(old.any)))));
    }
    if old.null != new.null {
        found.push(places(if new.null {
            let message = "may be null now".to_owned();
            Finding::new("became-nullable", Effect::Widens, message, "keep null out".to_owned())
        } else {
            let message = "may not be null any more".to_owned();
            Finding::new("became-not-nullable", Effect::Narrows, message, "keep allowing null".to_owned())
        }));
    }
    let mut gone: Vec<&At<'o>> = old.branches.iter().collect();
    let mut come: Vec<&At<'n>> = new.branches.iter().collect();
    gone.retain(|was| {
        let equal = come.iter().position(|is| same(std::slice::from_ref(was), std::slice::from_ref(is)));
        equal.map(|index| come.remove(index)).is_none()
    });
    // Those of the same name are the same branch, changed.
    let mut changed = Vec::new();
    gone.retain(|was| {
        let Some(label) = label(was) else {
            return true;
        };
        match come.iter().position(|is| self::label(is).as_ref() == Some(&label)) {
            Some(index) => {
                changed.push(((*was).clone(), come.remove(index).clone()));
                false
            }
            None => true,
        }
    });
    if let ([was], [is]) = (gone.as_slice(), come.as_slice())
        && (label(was).is_none() || label(is).is_none())
    {
        changed.push(((*was).clone(), (*is).clone()));
        gone.clear();
        come.clear();
    }
    for (was, is) in changed {
        pairs.push(Pair { step: String::new(), old: vec![was], new: vec![is], turned: false });
    }
    let show = |branch: &At<'_>| label(branch).unwrap_or_else(|| literal(branch.value));
    for branch in gone {
        let tail = if old.any { "any-of-removed" } else { "one-of-removed" };
        let message = format!("`{}` does not have {} any more", name(old.any), show(branch));
        let instead = format!("keep {} in the list", show(branch));
        found.push(Finding::new(tail, Effect::Narrows, message, instead).at(Some(&branch.at), Some(&new.at)));
    }
    for branch in come {
        let tail = if new.any { "any-of-added" } else { "one-of-added" };
        let message = format!("`{}` has {} besides", name(new.any), show(branch));
        let instead = format!("leave {} out, or tell everybody first", show(branch));
        found.push(Finding::new(tail, Effect::Widens, message, instead).at(Some(&old.at), Some(&branch.at)));
    }
}

/// The name by which an author knows a branch: the component, the title, or the constant that marks it.
pub(crate) fn label(branch: &At<'_>) -> Option<String> {
    if let Some(reference) = branch.value.get("$ref").and_then(Value::as_str) {
        return reference.rsplit('/').next().map(str::to_owned);
    }
    if let Some(title) = branch.value.get("title").and_then(Value::as_str) {
        return Some(title.to_owned());
    }
    let properties = branch.value.get("properties")?.as_object()?;
    let mark = |value: &Value| {
        let only =
            value.get("enum").and_then(Value::as_array).filter(|all| all.len() == 1).map(|all| &all[0]);
        value.get("const").or(only).cloned()
    };
    properties.iter().find_map(|(name, value)| Some(format!("{name} = {}", literal(&mark(value)?))))
}

/// `not`, and `if` with `then` and `else`.
pub(crate) fn conditions<'o, 'n>(
    old: &Flat<'o>,
    new: &Flat<'n>,
    same: &mut Same<'_, 'o, 'n>,
    found: &mut Vec<Finding>,
) -> Vec<Pair<'o, 'n>> {
    let mut pairs = Vec::new();
    if let ([was], [is]) = (old.nots.as_slice(), new.nots.as_slice()) {
        pairs.push(Pair { step: String::new(), old: vec![was.clone()], new: vec![is.clone()], turned: true });
    } else {
        let mut come: Vec<&At<'n>> = new.nots.iter().collect();
        for was in &old.nots {
            match come.iter().position(|is| same(std::slice::from_ref(was), std::slice::from_ref(is))) {
                Some(index) => drop(come.remove(index)),
                None => found.push(
                    Finding::keyword("not-removed", Effect::Widens, "not", Some(was.value), None)
                        .at(Some(&was.at), Some(&new.at)),
                ),
            }
        }
        for is in come {
            found.push(
                Finding::keyword("not-added", Effect::Narrows, "not", None, Some(is.value))
                    .at(Some(&old.at), Some(&is.at)),
            );
        }
    }
    for index in 0..old.conditions.len().max(new.conditions.len()) {
        let (was, is) = (old.conditions.get(index), new.conditions.get(index));
        let places = |finding: Finding| {
            finding.at(
                Some(was.map_or(&old.at, |condition| &condition.at)),
                Some(is.map_or(&new.at, |condition| &condition.at)),
            )
        };
        let (Some(was), Some(is)) = (was, is) else {
            let (tail, effect, word) = match is {
                Some(_) => ("if-added", Effect::Narrows, "is new"),
                None => ("if-removed", Effect::Widens, "is gone"),
            };
            let instead = "keep the conditions as they were".to_owned();
            found.push(places(Finding::new(tail, effect, format!("a condition (`if`) {word}"), instead)));
            continue;
        };
        if let ([Some(one), ..], [Some(other), ..]) = (&was.parts, &is.parts)
            && !same(std::slice::from_ref(one), std::slice::from_ref(other))
        {
            let message = "`if` differs; whether that allows more or less can't be decided".to_owned();
            found.push(places(Finding::new("if-changed", Effect::Unknown, message, "keep `if`".to_owned())));
            continue;
        }
        for (part, come, gone) in [(1, "then-added", "then-removed"), (2, "else-added", "else-removed")] {
            let word = if part == 1 { "then" } else { "else" };
            match (&was.parts[part], &is.parts[part]) {
                (None, None) => {}
                (None, Some(part)) => {
                    found.push(places(Finding::keyword(come, Effect::Narrows, word, None, Some(part.value))))
                }
                (Some(part), None) => {
                    found.push(places(Finding::keyword(gone, Effect::Widens, word, Some(part.value), None)))
                }
                (Some(one), Some(other)) => pairs.push(Pair {
                    step: String::new(),
                    old: vec![one.clone()],
                    new: vec![other.clone()],
                    turned: false,
                }),
            }
        }
    }
    pairs
}

/// The discriminator. It decides nothing about validity, but readers pick a type by it.
pub(crate) fn discriminator<'o, 'n>(
    sources: (&Source<'o>, &Source<'n>),
    old: &Flat<'o>,
    new: &Flat<'n>,
    same: &mut Same<'_, 'o, 'n>,
    found: &mut Vec<Finding>,
) {
    let (was, is) = match (&old.discriminator, &new.discriminator) {
        (None, None) => return,
        (None, Some(is)) => {
            let finding =
                Finding::keyword("discriminator-added", Effect::None, "discriminator", None, Some(is.value));
            found.push(finding.at(Some(&old.at), Some(&is.at)));
            return;
        }
        (Some(was), None) => {
            let finding = Finding::keyword(
                "discriminator-removed",
                Effect::None,
                "discriminator",
                Some(was.value),
                None,
            );
            found.push(finding.at(Some(&was.at), Some(&new.at)).hitting(Impact::None, Impact::Warning));
            return;
        }
        (Some(was), Some(is)) => (was, is),
    };
    let places = |finding: Finding| finding.at(Some(&was.at), Some(&is.at));
    let property = |part: &Value| part.get("propertyName").cloned();
    if property(was.value) != property(is.value) {
        let (one, other) = (property(was.value), property(is.value));
        let finding = Finding::keyword(
            "discriminator-property-changed",
            Effect::None,
            "discriminator.propertyName",
            one.as_ref(),
            other.as_ref(),
        );
        found.push(places(finding).hitting(Impact::Warning, Impact::Warning));
    }
    let none = serde_json::Map::new();
    let mapping =
        |part: &'static str| move |value: &Value| value.get(part).and_then(Value::as_object).cloned();
    let (ours, theirs) = (mapping("mapping")(was.value), mapping("mapping")(is.value));
    let (ours, theirs) = (ours.unwrap_or(none.clone()), theirs.unwrap_or(none));
    for (key, value) in &ours {
        let Some(other) = theirs.get(key) else {
            let message = format!("the discriminator does not map {key:?} any more");
            let finding = Finding::new(
                "discriminator-mapping-removed",
                Effect::None,
                message,
                format!("keep {key:?} mapped"),
            );
            found.push(places(finding).hitting(Impact::Warning, Impact::Warning));
            continue;
        };
        let equal = match (mapped(sources.0, value), mapped(sources.1, other)) {
            (Some(one), Some(another)) => same(&[one], &[another]) || value == other,
            _ => value == other,
        };
        if !equal {
            let message =
                format!("the discriminator maps {key:?} to {}, was {}", literal(other), literal(value));
            let finding = Finding::new(
                "discriminator-mapping-changed",
                Effect::None,
                message,
                format!("keep {key:?} mapped to {}", literal(value)),
            );
            found.push(places(finding).hitting(Impact::Warning, Impact::Warning));
        }
    }
    for key in theirs.keys().filter(|key| !ours.contains_key(*key)) {
        let message = format!("the discriminator maps {key:?} besides");
        let instead = "nothing to do".to_owned();
        found.push(places(Finding::new("discriminator-mapping-added", Effect::None, message, instead)));
    }
}

/// The schema that a mapping's value names: a reference, or the name of a component.
fn mapped<'a>(source: &Source<'a>, value: &Value) -> Option<At<'a>> {
    let text = value.as_str()?;
    let pointer = target(&serde_json::json!({ "$ref": text }))
        .unwrap_or_else(|| crate::source::join("/components/schemas", text));
    source.at(&pointer)
}

/// The default. It is what leaving the value out means, so another one changes what old senders say.
pub(crate) fn default(request: bool, old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<Finding>) {
    let (was, is) = (old.default.as_ref(), new.default.as_ref());
    if was.map(|(value, _)| value) == is.map(|(value, _)| value) {
        return;
    }
    let tail = match (was, is) {
        (None, _) => "default-added",
        (_, None) => "default-removed",
        _ => "default-changed",
    };
    let finding = Finding::keyword(tail, Effect::None, "default", was.map(|d| &d.0), is.map(|d| &d.0))
        .at(Some(was.map_or(&old.at, |(_, at)| at)), Some(is.map_or(&new.at, |(_, at)| at)));
    // Who left it out meant the old one.
    found.push(if request && was.is_some() {
        finding.hitting(Impact::Warning, Impact::None)
    } else {
        finding
    });
}
