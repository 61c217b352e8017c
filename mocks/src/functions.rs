//! The functions of expressions, and the environment that compiles them.

use std::sync::{Arc, LazyLock};

use chrono::Duration;
use minijinja::value::{Kwargs, Value as Mini};
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior};
use serde_json::Value;

use crate::chance;
use crate::json::{at, from_mini, text, to_mini};
use crate::scope::{Handle, WORLD, World};
use crate::time;

/// Every function that a behaviour file can use.
pub(crate) const FUNCTIONS: [&str; 24] = [
    "age",
    "between",
    "chance",
    "contains",
    "count",
    "count_by",
    "created",
    "date",
    "date_between",
    "days",
    "grown",
    "id",
    "items",
    "now",
    "pick",
    "ratio",
    "reached",
    "requests",
    "share",
    "sum",
    "today",
    "top",
    "uptime",
    "range",
];

/// Compiles and evaluates all expressions. One for the process: compiled expressions point into it.
pub(crate) static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.add_function("now", |state: &State<'_, '_>| Ok::<_, Error>(time::stamp(world(state)?.now())));
    environment.add_function("today", today);
    environment.add_function("date", date);
    environment.add_function("days", days);
    environment.add_function("age", age);
    environment.add_function("uptime", |state: &State<'_, '_>| Ok::<_, Error>(world(state)?.uptime()));
    environment.add_function("requests", |state: &State<'_, '_>| Ok::<_, Error>(world(state)?.requests()));
    environment.add_function("id", |state: &State<'_, '_>, prefix: String| {
        Ok::<_, Error>(world(state)?.next_id(&prefix))
    });
    environment.add_function("created", |state: &State<'_, '_>, collection: String| {
        world(state)?.created(&collection).map_err(invalid)
    });
    environment.add_function("count", count);
    environment.add_function("items", |state: &State<'_, '_>, collection: String, filters: Kwargs| {
        let items = chosen(state, &collection, &filters, &[])?;
        Ok::<_, Error>(items.iter().map(|item| to_mini(item)).collect::<Vec<_>>())
    });
    environment.add_function("sum", sum);
    environment.add_function("count_by", count_by);
    environment.add_function("top", top);
    environment.add_function("between", |state: &State<'_, '_>, key: Mini, low: i64, high: i64| {
        Ok::<_, Error>(chance::between(world(state)?.seed(), &key.to_string(), low, high))
    });
    environment.add_function("share", |state: &State<'_, '_>, key: Mini| {
        Ok::<_, Error>(chance::share(world(state)?.seed(), &key.to_string()))
    });
    environment.add_function("chance", |state: &State<'_, '_>, key: Mini, odds: f64| {
        Ok::<_, Error>(chance::share(world(state)?.seed(), &key.to_string()) < odds)
    });
    environment.add_function("pick", pick);
    environment.add_function("date_between", date_between);
    environment.add_function("grown", grown);
    environment.add_function("ratio", ratio);
    environment.add_function("contains", contains);
    environment.add_function("reached", reached);
    environment
});

fn world(state: &State<'_, '_>) -> Result<Arc<dyn World>, Error> {
    state
        .lookup(WORLD)
        .and_then(|value| value.downcast_object_ref::<Handle>().map(|handle| Arc::clone(&handle.0)))
        .ok_or_else(|| invalid("this function needs the state of a view".to_owned()))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

fn moment(text: &Mini) -> Result<chrono::DateTime<chrono::Utc>, Error> {
    text.as_str()
        .and_then(time::parse)
        .ok_or_else(|| invalid(format!("{text:?} is no date-time; write it like \"2026-01-24T10:00:00Z\"")))
}

fn today(state: &State<'_, '_>, days: Option<i64>) -> Result<String, Error> {
    let day = world(state)?.now().date_naive() + Duration::days(days.unwrap_or(0));
    Ok(day.to_string())
}

fn date(stamp: Mini) -> Result<String, Error> {
    Ok(moment(&stamp)?.date_naive().to_string())
}

/// The last `count` days up to today, the oldest first.
fn days(state: &State<'_, '_>, count: i64) -> Result<Vec<String>, Error> {
    let today = world(state)?.now().date_naive();
    Ok((0..count.clamp(0, 3660)).rev().map(|back| (today - Duration::days(back)).to_string()).collect())
}

/// Seconds since a date-time, never below 0.
fn age(state: &State<'_, '_>, since: Mini) -> Result<f64, Error> {
    let age = world(state)?.now() - moment(&since)?;
    Ok((age.num_milliseconds().max(0)) as f64 / 1000.0)
}

/// How much of `total` has come about since a date-time: half of it after `half`, two thirds after twice that.
fn grown(state: &State<'_, '_>, total: i64, since: Mini, half: String) -> Result<i64, Error> {
    if since.is_none() {
        return Ok(0);
    }
    let half = time::duration(&half).map_err(invalid)?.as_millis().max(1);
    let age = (world(state)?.now() - moment(&since)?).num_milliseconds().max(0).unsigned_abs();
    let part = i128::from(total) * i128::from(age)
        / (i128::from(age) + i128::try_from(half).unwrap_or(i128::MAX / 2));
    Ok(i64::try_from(part).unwrap_or(total))
}

/// `part / whole`, rounded to 4 digits; 0 when there is no whole.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { (part / whole * 10_000.0).round() / 10_000.0 }
}

/// Does the text contain the word, in any case? Nothing contains no word.
fn contains(text: Mini, word: String) -> bool {
    text.as_str().is_some_and(|text| text.to_lowercase().contains(&word.to_lowercase()))
}

fn reached(item: Mini, event: String) -> Result<bool, Error> {
    let events = item.get_attr("events")?;
    if events.is_undefined() {
        return Err(invalid("this item has no `events`; its collection needs `stages`".to_owned()));
    }
    Ok(events.try_iter()?.any(|each| each.get_attr("event").is_ok_and(|name| name.as_str() == Some(&event))))
}

fn pick(state: &State<'_, '_>, key: Mini, list: Mini) -> Result<Mini, Error> {
    let length = list
        .len()
        .filter(|length| *length > 0)
        .ok_or_else(|| invalid("pick needs a list that is not empty".to_owned()))?;
    let last = i64::try_from(length - 1).unwrap_or(i64::MAX);
    let position = chance::between(world(state)?.seed(), &format!("pick {key}"), 0, last);
    list.get_item_by_index(usize::try_from(position).unwrap_or_default())
}

fn date_between(state: &State<'_, '_>, key: Mini, first: String, last: String) -> Result<String, Error> {
    let day = |text: &str| {
        text.parse::<chrono::NaiveDate>()
            .map_err(|_| invalid(format!("{text:?} is no date; write it like \"2026-01-24\"")))
    };
    let (first, last) = (
        day(&first)?.and_time(chrono::NaiveTime::MIN).and_utc(),
        day(&last)?.and_time(chrono::NaiveTime::MIN).and_utc(),
    );
    let seconds =
        chance::between(world(state)?.seed(), &format!("date {key}"), 0, (last - first).num_seconds());
    Ok(time::stamp(first + Duration::seconds(seconds)))
}

fn count(state: &State<'_, '_>, collection: String, filters: Kwargs) -> Result<usize, Error> {
    if filters.args().next().is_none() {
        return world(state)?.len(&collection).map_err(invalid);
    }
    Ok(chosen(state, &collection, &filters, &[])?.len())
}

fn sum(state: &State<'_, '_>, collection: String, field: String, filters: Kwargs) -> Result<Mini, Error> {
    let items = chosen(state, &collection, &filters, &[&field])?;
    Ok(total(items.iter().map(AsRef::as_ref), &field))
}

fn total<'a>(items: impl Iterator<Item = &'a Value>, field: &str) -> Mini {
    let (mut whole, mut broken, mut exact) = (0_i64, 0.0_f64, true);
    for number in items.filter_map(|item| at(item, field)) {
        match number.as_i64() {
            Some(number) => whole = whole.saturating_add(number),
            None => {
                exact = false;
                broken += number.as_f64().unwrap_or_default();
            }
        }
    }
    if exact { Mini::from(whole) } else { Mini::from(whole as f64 + broken) }
}

/// An object: each value of a field, and how many items have it.
fn count_by(
    state: &State<'_, '_>,
    collection: String,
    field: String,
    filters: Kwargs,
) -> Result<Mini, Error> {
    let mut counts = serde_json::Map::new();
    for item in chosen(state, &collection, &filters, &[&field])? {
        let Some(value) = at(&item, &field) else { continue };
        let entry = counts.entry(text(value)).or_insert_with(|| Value::from(0));
        *entry = Value::from(entry.as_u64().unwrap_or_default() + 1);
    }
    Ok(to_mini(&Value::Object(counts)))
}

/// The values of a field that occur most often, at most `most` of them; of equals the one that came first.
fn top(
    state: &State<'_, '_>,
    collection: String,
    field: String,
    most: usize,
    filters: Kwargs,
) -> Result<Mini, Error> {
    let mut counts: Vec<(Value, usize)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for item in chosen(state, &collection, &filters, &[&field])? {
        let Some(value) = at(&item, &field) else { continue };
        let place = *places.entry(value.to_string()).or_insert_with(|| {
            counts.push((value.clone(), 0));
            counts.len() - 1
        });
        counts[place].1 += 1;
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(to_mini(&counts.into_iter().take(most).map(|(value, _)| value).collect()))
}

/// The items that have all the wanted values. Computed fields are worked out only where they are asked for, and only
/// for items that the stored fields let through.
fn chosen(
    state: &State<'_, '_>,
    collection: &str,
    filters: &Kwargs,
    looked_at: &[&str],
) -> Result<Vec<Arc<Value>>, Error> {
    let world = world(state)?;
    let mut wanted = Vec::new();
    for name in filters.args() {
        let value: Mini = filters.get(name)?;
        let value = from_mini(&value).ok_or_else(|| invalid(format!("the filter {name:?} has no value")))?;
        wanted.push((name.to_owned(), value));
    }
    let (computed, stored): (Vec<_>, Vec<_>) =
        wanted.into_iter().partition(|(name, _)| world.computes(collection, name));
    let full = !computed.is_empty() || looked_at.iter().any(|field| world.computes(collection, field));
    let mut chosen = Vec::new();
    for item in world.items(collection).map_err(invalid)? {
        let has = |item: &Value, wanted: &[(String, Value)]| {
            wanted.iter().all(|(name, value)| at(item, name) == Some(value))
        };
        if !has(&item, &stored) {
            continue;
        }
        if !full {
            chosen.push(item);
            continue;
        }
        let item = world.full(collection, &item).map_err(invalid)?;
        if has(&item, &computed) {
            chosen.push(Arc::new(item));
        }
    }
    Ok(chosen)
}
