//! Checking the answer: what is said of the items of lists.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::answer::Answer;
use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::values::criterion::Criterion;
use crate::values::kinds::{date_time, show};
use crate::values::path::{FieldPath, Found};
use crate::values::table::Like;
use crate::vocabulary::support::{
    criterion, field, json, lines, number, phrase, raw, table as rows, unlike, unmet,
};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(Answer Then None, "every {field} {predicate}", every,
        "The check holds of each thing that the path names; it must name at least one.",
        "Then every items[*].channel is one of \"email\", \"web\""),
    phrase!(Answer Then None, "some {field} {predicate}", some,
        "The check holds of at least one thing that the path names.",
        "Then some items[*].channel is \"email\""),
    phrase!(Answer Then None, "no {field} {predicate}", none,
        "The check holds of nothing that the path names.",
        "Then no items[*].status is \"failed\""),
    phrase!(Answer Then Table, "some {field} is like:", some_like,
        "At least one thing that the path names has these fields: a field and a value or marker a row. Other fields may be anything.",
        "Then some items[*] is like:\n  | channel | email  |\n  | item_id | <uuid> |"),
    phrase!(Answer Then Table, "every {field} is like:", every_like,
        "Each thing that the path names has these fields; it must name at least one.",
        "Then every items[*] is like:\n  | item_id | <string> |\n  | dry_run | true     |"),
    phrase!(Answer Then Table, "exactly {int} of {field} is/are like:", exactly_like,
        "So many of the things that the path names have these fields, and no more.",
        "Then exactly 2 of items[*] are like:\n  | channel | email |"),
    phrase!(Answer Then None, "{field} are sorted by {field}", sorted,
        "The items of the list stand in rising order of this field: numbers, date-times or texts. Equal neighbours are in order.",
        "Then items are sorted by scheduled_for"),
    phrase!(Answer Then None, "{field} are sorted by {field}, highest first", sorted_down,
        "The items of the list stand in falling order of this field.",
        "Then posts are sorted by likes, highest first"),
    phrase!(Answer Then None, "{field} have unique {field}", unique,
        "No two items of the list hold the same value there, and each holds one.",
        "Then items have unique item_id"),
];

/// What a path names, each with its own path; a lone list stands for its items.
fn named(
    path: &FieldPath,
    body: &Value,
    answer: &Answer,
) -> Result<Vec<(String, Option<Value>)>, StepFailure> {
    match path.find(body) {
        Found::Many(found) => {
            its_list_is_there(path, body, answer)?;
            Ok(found.into_iter().map(|(place, value)| (place, value.cloned())).collect())
        }
        Found::One(Value::Array(items)) => Ok(items
            .iter()
            .enumerate()
            .map(|(index, item)| (format!("{}[{index}]", path.as_str()), Some(item.clone())))
            .collect()),
        Found::One(other) => Err(StepFailure::check(format!("`{}` is one thing, not many", path.as_str()))
            .compare("a list", show(other, 200))
            .at(path.as_str())
            .hint("a path to many has `[*]` in it: `items[*].channel`")
            .exchanges([answer.exchange.clone()])),
        Found::Missing(why) => Err(StepFailure::check(format!("there is no `{}`: {why}", path.as_str()))
            .compare("a list", "absent")
            .at(path.as_str())
            .exchanges([answer.exchange.clone()])),
    }
}

/// Of nothing everything can be said: when `items[*].id` names nothing, `items` must at least be there.
fn its_list_is_there(path: &FieldPath, body: &Value, answer: &Answer) -> StepResult {
    let list = path.as_str().split("[*]").next().unwrap_or_default();
    if list.is_empty() || list.starts_with('$') {
        return Ok(());
    }
    match FieldPath::parse(list)?.find(body) {
        Found::Missing(why) => Err(StepFailure::check(format!("there is no `{list}`: {why}"))
            .compare("a list", "absent")
            .at(list)
            .exchanges([answer.exchange.clone()])),
        _ => Ok(()),
    }
}

fn at_least_one(path: &FieldPath, found: &[(String, Option<Value>)], answer: &Answer) -> StepResult {
    if !found.is_empty() {
        return Ok(());
    }
    Err(StepFailure::check(format!("`{}` names nothing, so nothing was checked", path.as_str()))
        .compare("at least one", "none")
        .at(path.as_str())
        .exchanges([answer.exchange.clone()]))
}

async fn every(world: &mut World, call: Call) -> StepResult {
    let (path, criterion) = (field(&call, 0)?, criterion(world, &call, 1)?);
    let answer = world.answer()?;
    let found = named(&path, json(answer)?, answer)?;
    at_least_one(&path, &found, answer)?;
    let mut failures = Vec::new();
    for (place, value) in &found {
        if let Err(mismatch) = criterion.check(value.as_ref()) {
            let said = format!("{place} {}", raw(&call, 1));
            failures.extend(unmet(&said, place, mismatch).exchanges([answer.exchange.clone()]).0);
        }
    }
    failures.truncate(20);
    if failures.is_empty() { Ok(()) } else { Err(StepFailure(failures)) }
}

async fn some(world: &mut World, call: Call) -> StepResult {
    let (path, criterion) = (field(&call, 0)?, criterion(world, &call, 1)?);
    let answer = world.answer()?;
    let found = named(&path, json(answer)?, answer)?;
    if found.iter().any(|(_, value)| criterion.check(value.as_ref()).is_ok()) {
        return Ok(());
    }
    Err(StepFailure::check(format!("`some {} {}` does not hold", path.as_str(), raw(&call, 1)))
        .compare(format!("at least one: {criterion}"), values(&found))
        .at(path.as_str())
        .exchanges([answer.exchange.clone()]))
}

async fn none(world: &mut World, call: Call) -> StepResult {
    let (path, criterion) = (field(&call, 0)?, criterion(world, &call, 1)?);
    let answer = world.answer()?;
    let found = named(&path, json(answer)?, answer)?;
    let unwanted: Vec<_> =
        found.iter().filter(|(_, value)| holds(&criterion, value.as_ref())).cloned().collect();
    let Some((place, _)) = unwanted.first() else { return Ok(()) };
    Err(StepFailure::check(format!("`no {} {}` does not hold", path.as_str(), raw(&call, 1)))
        .compare(format!("none: {criterion}"), values(&unwanted))
        .at(place.clone())
        .exchanges([answer.exchange.clone()]))
}

fn holds(criterion: &Criterion, value: Option<&Value>) -> bool {
    criterion.check(value).is_ok()
}

fn values(found: &[(String, Option<Value>)]) -> String {
    if found.is_empty() {
        return "none at all".to_owned();
    }
    let one = |(place, value): &(String, Option<Value>)| {
        format!("{place}: {}", value.as_ref().map_or_else(|| "absent".to_owned(), |value| show(value, 160)))
    };
    found.iter().take(20).map(one).collect::<Vec<_>>().join("\n")
}

async fn some_like(world: &mut World, call: Call) -> StepResult {
    let (path, like) = (field(&call, 0)?, Like::read(rows(&call)?, &mut world.scope())?);
    let answer = world.answer()?;
    let found = named(&path, json(answer)?, answer)?;
    at_least_one(&path, &found, answer)?;
    let nearest = found
        .iter()
        .map(|(place, value)| (place, like.differences(value.as_ref().unwrap_or(&Value::Null))))
        .min_by_key(|(_, differences)| differences.len());
    match nearest {
        Some((place, differences)) if !differences.is_empty() => {
            let message = format!("none of {} is like this; the nearest is {place}", found.len());
            Err(unlike(&message, differences, std::slice::from_ref(&answer.exchange)))
        }
        _ => Ok(()),
    }
}

async fn every_like(world: &mut World, call: Call) -> StepResult {
    let (path, like) = (field(&call, 0)?, Like::read(rows(&call)?, &mut world.scope())?);
    let answer = world.answer()?;
    let found = named(&path, json(answer)?, answer)?;
    at_least_one(&path, &found, answer)?;
    let mut failures = Vec::new();
    for (place, value) in &found {
        let differences = like.differences(value.as_ref().unwrap_or(&Value::Null));
        if !differences.is_empty() {
            failures.extend(
                unlike(
                    &format!("{place} is not like this"),
                    differences,
                    std::slice::from_ref(&answer.exchange),
                )
                .0,
            );
        }
    }
    failures.truncate(20);
    if failures.is_empty() { Ok(()) } else { Err(StepFailure(failures)) }
}

async fn exactly_like(world: &mut World, call: Call) -> StepResult {
    let (wanted, path): (usize, _) = (number(&call, 0)?, field(&call, 1)?);
    let like = Like::read(rows(&call)?, &mut world.scope())?;
    let answer = world.answer()?;
    let found = named(&path, json(answer)?, answer)?;
    let judged: Vec<_> = found
        .iter()
        .map(|(place, value)| (place, like.differences(value.as_ref().unwrap_or(&Value::Null))))
        .collect();
    let alike: Vec<&str> = judged
        .iter()
        .filter(|(_, differences)| differences.is_empty())
        .map(|(place, _)| place.as_str())
        .collect();
    if alike.len() == wanted {
        return Ok(());
    }
    let failure =
        StepFailure::check(format!("{} of {} are like this, not {wanted}", alike.len(), found.len()))
            .compare(
                format!("{wanted} of {}", path.as_str()),
                if alike.is_empty() { "none".to_owned() } else { alike.join(", ") },
            )
            .at(path.as_str())
            .exchanges([answer.exchange.clone()]);
    let nearest = judged
        .iter()
        .filter(|(_, differences)| !differences.is_empty())
        .min_by_key(|(_, differences)| differences.len());
    Err(match nearest {
        Some((place, differences)) if alike.len() < wanted => {
            failure.hint(format!("the nearest other is {place}\n{}", lines(differences)))
        }
        _ => failure,
    })
}

async fn sorted(world: &mut World, call: Call) -> StepResult {
    judge_order(world, &call, Ordering::Greater, "rising")
}

async fn sorted_down(world: &mut World, call: Call) -> StepResult {
    judge_order(world, &call, Ordering::Less, "falling")
}

fn judge_order(world: &World, call: &Call, wrong: Ordering, order: &str) -> StepResult {
    let (path, key) = (field(call, 0)?, field(call, 1)?);
    let answer = world.answer()?;
    let keys = keys(&path, &key, answer)?;
    for pair in keys.windows(2) {
        let [(first_place, first), (second_place, second)] = pair else { continue };
        let compared = compare(first, second).ok_or_else(|| {
            StepFailure::check(format!("`{}` has no order", key.as_str()))
                .compare(
                    "numbers, date-times or texts",
                    format!("{} beside {}", show(first, 100), show(second, 100)),
                )
                .at(second_place.clone())
                .exchanges([answer.exchange.clone()])
        })?;
        if compared == wrong {
            return Err(StepFailure::check(format!(
                "{} are not in {order} order of {}",
                path.as_str(),
                key.as_str()
            ))
            .compare(
                format!("{order} order"),
                format!("{first_place}: {}\n{second_place}: {}", show(first, 100), show(second, 100)),
            )
            .at(second_place.clone())
            .exchanges([answer.exchange.clone()]));
        }
    }
    Ok(())
}

async fn unique(world: &mut World, call: Call) -> StepResult {
    let (path, key) = (field(&call, 0)?, field(&call, 1)?);
    let answer = world.answer()?;
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for (place, value) in keys(&path, &key, answer)? {
        if let Some(first) = seen.insert(value.to_string(), place.clone()) {
            return Err(StepFailure::check(format!(
                "two of {} have the same {}",
                path.as_str(),
                key.as_str()
            ))
            .compare(
                "a value in each that no other has",
                format!("{first} and {place}: {}", show(&value, 200)),
            )
            .at(place)
            .exchanges([answer.exchange.clone()]));
        }
    }
    Ok(())
}

/// The key of each item; every item must have one, and there must be at least one item.
fn keys(path: &FieldPath, key: &FieldPath, answer: &Answer) -> Result<Vec<(String, Value)>, StepFailure> {
    let found = named(path, json(answer)?, answer)?;
    at_least_one(path, &found, answer)?;
    let mut out = Vec::new();
    for (place, item) in found {
        let value = item.as_ref().and_then(|item| key.get(item)).ok_or_else(|| {
            StepFailure::check(format!("{place} has no `{}`", key.as_str()))
                .compare("present", item.as_ref().map_or_else(|| "absent".to_owned(), |item| show(item, 300)))
                .at(place.clone())
                .exchanges([answer.exchange.clone()])
        })?;
        out.push((place, value));
    }
    Ok(out)
}

fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::String(left), Value::String(right)) => Some(match (date_time(left), date_time(right)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => left.cmp(right),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_one_sort_have_an_order() {
        for (left, right, wanted) in [
            (json!(2), json!(10), Some(Ordering::Less)),
            (json!("b"), json!("a"), Some(Ordering::Greater)),
            // 10:00 in Berlin is before 10:00 in London, whatever the letters say.
            (json!("2026-01-24T10:00:00+01:00"), json!("2026-01-24T09:30:00Z"), Some(Ordering::Less)),
            (json!(1), json!("1"), None),
            (json!(null), json!(null), None),
        ] {
            assert_eq!(compare(&left, &right), wanted, "{left} {right}");
        }
    }
}
