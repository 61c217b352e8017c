//! Compares what two flat schemas say of a value itself: types, values, bounds, patterns, formats.

use serde_json::{Value, json};

use crate::change::Effect;
use crate::schema::finding::Finding;
use crate::schema::flat::{Flat, LOWER, Limit, UPPER};
use crate::schema::texts;
use crate::schema::types::Types;
use crate::source::{literal, shorten};

/// Everything in which the two differ, their parts left aside.
pub(crate) fn compare(old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<Finding>) {
    types(old, new, found);
    values(old, new, found);
    limits(old, new, found);
    counts(old, new, found);
    texts::compare(old, new, found);
    others(old, new, found);
}

fn at<'s>(side: &'s Flat<'_>, keyword: &'s Option<String>) -> Option<&'s str> {
    Some(keyword.as_deref().unwrap_or(&side.at))
}

fn types(old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<Finding>) {
    let places = |finding: Finding| finding.at(at(old, &old.types_at), at(new, &new.types_at));
    // What is written the same is the same. Otherwise the values of an `enum` have types, too, whether they are written or not.
    let (was, is) = match old.types == new.types {
        true => (old.types, new.types),
        false => (old.real_types(), new.real_types()),
    };
    let (was_rest, is_rest) = (was.without(Types::NULL), is.without(Types::NULL));
    // An `enum` says it more exactly, and so does a choice.
    if was.has(Types::NULL) != is.has(Types::NULL) && !was_rest.is_empty() && !is_rest.is_empty() {
        let hidden = (was == Types::ALL || is == Types::ALL) && was_rest != is_rest;
        if !hidden {
            found.push(places(if is.has(Types::NULL) {
                let message = format!("may be null now; was {}, is {}", was.words(), is.words());
                Finding::new("became-nullable", Effect::Widens, message, "keep null out".to_owned())
            } else {
                let message = format!("may not be null any more; was {}, is {}", was.words(), is.words());
                Finding::new("became-not-nullable", Effect::Narrows, message, "keep allowing null".to_owned())
            }));
        }
    }
    if was_rest == is_rest && !(was_rest.is_empty() && was != is) {
        return;
    }
    let (tail, effect) = match (was.has(is), is.has(was)) {
        (true, _) => ("type-narrowed", Effect::Narrows),
        (_, true) => ("type-widened", Effect::Widens),
        _ if was_rest.has(is_rest) => ("type-narrowed", Effect::Narrows),
        _ if is_rest.has(was_rest) => ("type-widened", Effect::Widens),
        _ => ("type-changed", Effect::Both),
    };
    let message = format!("the type was {}, is {}", was.words(), is.words());
    found.push(places(Finding::new(tail, effect, message, format!("keep the type {}", was.words()))));
}

fn values(old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<Finding>) {
    let places = |finding: Finding| finding.at(at(old, &old.allowed_at), at(new, &new.allowed_at));
    let word = |flat: &Flat<'_>| if flat.is_const { "const" } else { "enum" };
    match (&old.allowed, &new.allowed) {
        (None, None) => {}
        (None, Some(values)) if new.is_const => found.push(places(Finding::keyword(
            "const-added",
            Effect::Narrows,
            "const",
            None,
            values.first(),
        ))),
        (None, Some(values)) => found.push(places(Finding::keyword(
            "enum-added",
            Effect::Narrows,
            "enum",
            None,
            Some(&json!(values)),
        ))),
        (Some(values), None) if old.is_const => found.push(places(Finding::keyword(
            "const-removed",
            Effect::Widens,
            "const",
            values.first(),
            None,
        ))),
        (Some(values), None) => found.push(places(Finding::keyword(
            "enum-removed",
            Effect::Widens,
            "enum",
            Some(&json!(values)),
            None,
        ))),
        (Some(was), Some(is)) => {
            let gone: Vec<&Value> = was.iter().filter(|value| !holds(is, value)).collect();
            let come: Vec<&Value> = is.iter().filter(|value| !holds(was, value)).collect();
            if old.is_const && new.is_const && !gone.is_empty() && !come.is_empty() {
                found.push(places(Finding::keyword(
                    "const-changed",
                    Effect::Both,
                    "const",
                    was.first(),
                    is.first(),
                )));
                return;
            }
            // That null came or went with the type is said there.
            let by_type =
                |value: &&Value| value.is_null() && old.types.has(Types::NULL) != new.types.has(Types::NULL);
            for value in gone.into_iter().filter(|value| !by_type(value)) {
                let message =
                    format!("the value {} of `{}` is not allowed any more", literal(value), word(old));
                let instead = format!("keep {} among the values", literal(value));
                found.push(places(Finding::new("enum-value-removed", Effect::Narrows, message, instead)));
            }
            for value in come.into_iter().filter(|value| !by_type(value)) {
                let message = format!("the value {} of `{}` is new", literal(value), word(new));
                let instead = format!("leave {} out, or tell everybody first", literal(value));
                found.push(places(Finding::new("enum-value-added", Effect::Widens, message, instead)));
            }
        }
    }
}

/// Whether a value is among others; `1` and `1.0` are one number.
fn holds(values: &[Value], value: &Value) -> bool {
    values.iter().any(|one| one == value || (one.is_number() && one.as_f64() == value.as_f64()))
}

fn limits(old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<Finding>) {
    if !old.types.meets(Types::NUMBER) || !new.types.meets(Types::NUMBER) {
        return;
    }
    let whole = !old.types.has(Types::NUMBER) && !new.types.has(Types::NUMBER);
    for (was, is, plain, exclusive, up, tails) in [
        (
            &old.lower,
            &new.lower,
            "minimum",
            "exclusiveMinimum",
            1.0,
            ["min-increased", "min-decreased", "min-set", "min-unset"],
        ),
        (
            &old.upper,
            &new.upper,
            "maximum",
            "exclusiveMaximum",
            -1.0,
            ["max-decreased", "max-increased", "max-set", "max-unset"],
        ),
    ] {
        // As a number that is stricter the greater it is; what is exclusive is a little stricter.
        let strict = |limit: &Limit| -> (f64, bool) {
            let value = limit.value * up;
            if whole && limit.exclusive && limit.value.fract() == 0.0 {
                (value + 1.0, false)
            } else if whole {
                (value.ceil(), limit.exclusive)
            } else {
                (value, limit.exclusive)
            }
        };
        let name = |limit: &Option<Limit>| {
            if limit.as_ref().is_some_and(|limit| limit.exclusive) { exclusive } else { plain }
        };
        let (tail, effect) = match (was, is) {
            (None, None) => continue,
            (None, Some(_)) => (tails[2], Effect::Narrows),
            (Some(_), None) => (tails[3], Effect::Widens),
            (Some(was), Some(is)) => match strict(was).partial_cmp(&strict(is)) {
                Some(std::cmp::Ordering::Less) => (tails[0], Effect::Narrows),
                Some(std::cmp::Ordering::Greater) => (tails[1], Effect::Widens),
                _ => continue,
            },
        };
        let shown = |limit: &Option<Limit>| limit.as_ref().map(|limit| limit.shown.clone());
        let finding = if was.is_some() && is.is_some() && name(was) != name(is) {
            let text = |limit: &Option<Limit>| {
                let shown = shown(limit).as_ref().map(literal).unwrap_or_default();
                format!("`{}: {shown}`", name(limit))
            };
            let message = format!("was {}, is {}", text(was), text(is));
            Finding::new(tail, effect, message, format!("keep {}", text(was)))
        } else {
            let keyword = if was.is_some() { name(was) } else { name(is) };
            Finding::keyword(tail, effect, keyword, shown(was).as_ref(), shown(is).as_ref())
        };
        let place = |limit: &Option<Limit>| limit.as_ref().map(|limit| limit.at.clone());
        found.push(finding.at(
            Some(place(was).as_deref().unwrap_or(&old.at)),
            Some(place(is).as_deref().unwrap_or(&new.at)),
        ));
    }
}

/// The names of a counting keyword's edits: stricter, looser, set, unset.
fn tails(keyword: &str) -> [&'static str; 4] {
    match keyword {
        "minLength" => ["min-length-increased", "min-length-decreased", "min-length-set", "min-length-unset"],
        "minItems" => ["min-items-increased", "min-items-decreased", "min-items-set", "min-items-unset"],
        "minProperties" => [
            "min-properties-increased",
            "min-properties-decreased",
            "min-properties-set",
            "min-properties-unset",
        ],
        "minContains" => {
            ["min-contains-increased", "min-contains-decreased", "min-contains-set", "min-contains-unset"]
        }
        "maxLength" => ["max-length-decreased", "max-length-increased", "max-length-set", "max-length-unset"],
        "maxItems" => ["max-items-decreased", "max-items-increased", "max-items-set", "max-items-unset"],
        "maxProperties" => [
            "max-properties-decreased",
            "max-properties-increased",
            "max-properties-set",
            "max-properties-unset",
        ],
        _ => ["max-contains-decreased", "max-contains-increased", "max-contains-set", "max-contains-unset"],
    }
}

fn counts(old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<Finding>) {
    for keyword in LOWER.into_iter().chain(UPPER) {
        let kind = match keyword {
            "minLength" | "maxLength" => Types::STRING,
            "minProperties" | "maxProperties" => Types::OBJECT,
            _ => Types::ARRAY,
        };
        if !old.types.meets(kind) || !new.types.meets(kind) {
            continue;
        }
        let (was, is) = (old.counts.get(keyword), new.counts.get(keyword));
        let lower = LOWER.contains(&keyword);
        let [stricter, looser, set, unset] = tails(keyword);
        let (tail, effect) = match (was, is) {
            (None, None) => continue,
            (None, Some(_)) => (set, Effect::Narrows),
            (Some(_), None) => (unset, Effect::Widens),
            (Some((was, _)), Some((is, _))) if was == is => continue,
            (Some((was, _)), Some((is, _))) if (is > was) == lower => (stricter, Effect::Narrows),
            _ => (looser, Effect::Widens),
        };
        let number = |side: Option<&(u64, String)>| side.map(|(count, _)| json!(count));
        let finding = Finding::keyword(tail, effect, keyword, number(was).as_ref(), number(is).as_ref());
        let place = |side: Option<&(u64, String)>, flat: &Flat<'_>| {
            side.map_or_else(|| flat.at.clone(), |(_, at)| at.clone())
        };
        found.push(finding.at(Some(&place(was, old)), Some(&place(is, new))));
    }
}

fn others(old: &Flat<'_>, new: &Flat<'_>, found: &mut Vec<Finding>) {
    if old.types.meets(Types::ARRAY)
        && new.types.meets(Types::ARRAY)
        && old.unique.is_some() != new.unique.is_some()
    {
        let (tail, effect) = match new.unique {
            Some(_) => ("unique-items-set", Effect::Narrows),
            None => ("unique-items-unset", Effect::Widens),
        };
        let (was, is) = (Value::from(old.unique.is_some()), Value::from(new.unique.is_some()));
        found.push(
            Finding::keyword(tail, effect, "uniqueItems", Some(&was), Some(&is))
                .at(at(old, &old.unique), at(new, &new.unique)),
        );
    }
    let (was, is) = (old.multiple.as_ref().map(|m| m.0), new.multiple.as_ref().map(|m| m.0));
    if was != is && old.types.meets(Types::NUMBER) && new.types.meets(Types::NUMBER) {
        let divides = |a: f64, b: f64| {
            let times = b / a;
            (times - times.round()).abs() < 1e-9
        };
        let (tail, effect) = match (was, is) {
            (None, _) => ("multiple-of-set", Effect::Narrows),
            (_, None) => ("multiple-of-unset", Effect::Widens),
            (Some(was), Some(is)) if divides(is, was) => ("multiple-of-generalized", Effect::Widens),
            (Some(was), Some(is)) if divides(was, is) => ("multiple-of-specialized", Effect::Narrows),
            _ => ("multiple-of-changed", Effect::Both),
        };
        let (old_value, new_value) = (was.map(|n| json!(n)), is.map(|n| json!(n)));
        let place =
            |flat: &Flat<'_>| flat.multiple.as_ref().map_or_else(|| flat.at.clone(), |(_, at)| at.clone());
        found.push(
            Finding::keyword(tail, effect, "multipleOf", old_value.as_ref(), new_value.as_ref())
                .at(Some(&place(old)), Some(&place(new))),
        );
    }
    if old.opaque != new.opaque {
        let words = |flat: &Flat<'_>| {
            let all: Vec<&str> = flat.opaque.iter().map(String::as_str).collect();
            if all.is_empty() { "none".to_owned() } else { shorten(&all.join(", ")) }
        };
        let message =
            format!("references that can't be followed here: were {}, are {}", words(old), words(new));
        let instead = "compare documents whose references all lead somewhere".to_owned();
        found.push(
            Finding::new("reference-changed", Effect::Unknown, message, instead)
                .at(Some(&old.at), Some(&new.at)),
        );
    }
}
