//! How the things of a collection are listed in the documented answer: a list, or an object with one, its counts with
//! it; filtered and in pages as the documented query says.

use std::cell::OnceCell;

use dryrun_contract::{SchemaRef, Segment, Side};
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::json::text;
use crate::unscripted::bodies::{body, forms};
use crate::unscripted::documented::{Wish, checked, headers};
use crate::unscripted::facts::made_fit;
use crate::unscripted::fields::{plain, properties, types};
use crate::unscripted::mend::{at, beside, mend};
use crate::unscripted::present::{Headers, Place, Thing, shaped, stand_in, thing_seed};
use crate::unscripted::sheet::Things;
use crate::unscripted::spots::{list_spot, within, wrap};
use crate::unscripted::window::{Page, Window};

/// The documented answer with these things in it; `None` where it has no place for a list.
pub(crate) fn list(place: Place<'_>, page: Page<'_>, mut things: Things, wish: Wish<'_>) -> Option<Answer> {
    let Place { contract, operation, response, status } = place;
    let Page { kept, key, query, .. } = page;
    let form = forms(response, wish.accept).into_iter().next()?;
    let schema = form.info.schema.as_ref()?;
    let (way, items) = list_spot(contract, schema, &kept.shelf.name)?;
    let fields = properties(contract, &items, Side::Response);
    for (name, wanted) in &query.filters {
        // A filter by something that things don't have is none.
        let has = |thing: &Value| values(thing, name).next().is_some();
        if fields.iter().any(|(known, _)| known == name) || things.iter().any(|(_, thing)| has(thing)) {
            things.retain(|(_, thing)| matches(thing, name, wanted));
        }
    }
    let window = Window::of(query, &things, most(place, schema, &way));
    let shown_things: Things = things.into_iter().skip(window.offset).take(window.limit).collect();
    let shown: Vec<Value> = shown_things
        .iter()
        .map(|(id, value)| shaped(contract, &items, kept, Thing { key, id, value: value.as_ref() }))
        .collect();
    let beside_list =
        if way.is_empty() { Map::new() } else { counts(place, schema, page, &window, shown.len()) };
    let whole = wrap(Value::Array(shown), &way, beside_list);
    let envelope_seed = thing_seed(wish.seed, key, "", schema.pointer());
    let envelope = OnceCell::new();
    let donor = |place: &[Segment]| {
        if let Some([Segment::Index(index), rest @ ..]) = after(place, &way) {
            let (id, _) = shown_things.get(*index)?;
            return at(&stand_in(contract, &items, wish.seed, key, id)?, rest).cloned();
        }
        let made = envelope.get_or_init(|| made_fit(contract, &form, envelope_seed));
        at(made.as_ref()?, place).cloned()
    };
    let headers = counted(headers(contract, response, wish.seed), &window);
    let judge = |value: &Value| place.judge(&form, &headers, value);
    let give = |place: &[Segment], breach: &dryrun_contract::Breach| {
        donor(place).or_else(|| beside(contract, breach, place, envelope_seed))
    };
    let mended = mend(whole, give, judge)?;
    // A made-up list in the place of these things would be a lie.
    within(&mended, &way)?.as_array().filter(|list| list.len() == shown_things.len())?;
    checked(contract, operation, body(&form, status, &mended), &headers).ok()
}

/// What is left of a place behind a way that leads to it.
fn after<'p>(place: &'p [Segment], way: &[String]) -> Option<&'p [Segment]> {
    let (head, rest) = place.split_at_checked(way.len())?;
    let same = head.iter().zip(way).all(|(segment, field)| *segment == Segment::Key(field.clone()));
    same.then_some(rest)
}

/// The values of a thing that a filter of this name speaks of, those of `attributes` included.
fn values<'a>(thing: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    let own = thing.get(name);
    let attributes = || thing.get("attributes").and_then(|inner| inner.get(name));
    own.or_else(attributes).into_iter().flat_map(|value| match value {
        Value::Array(items) => items.iter().collect::<Vec<_>>(),
        other => vec![other],
    })
}

/// Whether a thing has what a query asks for: equal as text, or among a list.
fn matches(thing: &Value, name: &str, wanted: &Value) -> bool {
    let any = |found: &Value| match wanted {
        // `a,b` in one value is a list, too.
        Value::Array(several) => several.iter().any(|one| text(one).split(',').any(|one| one == text(found))),
        one => text(one) == text(found),
    };
    values(thing, name).any(any)
}

/// The most items that the answer may hold.
fn most(place: Place<'_>, schema: &SchemaRef, way: &[String]) -> Option<usize> {
    let side = Side::Response;
    let start = crate::unscripted::fields::place(place.contract, schema, side);
    let at = way.iter().try_fold(start, |at, field| {
        properties(place.contract, &at, side).into_iter().find(|(name, _)| name == field).map(|(_, at)| at)
    })?;
    let most = place.contract.schema(&at, side).get("maxItems")?.as_u64()?;
    usize::try_from(most).ok()
}

/// The declared counts of the answer and its links, those some levels deeper too.
fn counts(
    place: Place<'_>,
    schema: &SchemaRef,
    page: Page<'_>,
    window: &Window,
    shown: usize,
) -> Map<String, Value> {
    fn fill(
        place: Place<'_>,
        at: &SchemaRef,
        page: Page<'_>,
        window: &Window,
        shown: usize,
        deep: usize,
    ) -> Map<String, Value> {
        let contract = place.contract;
        let declared = properties(contract, at, Side::Response);
        let total =
            declared.iter().any(|(name, _)| plain(name).starts_with("total") && plain(name) != "totalpages");
        let mut map = Map::new();
        for (name, at) in &declared {
            let inner = types(contract, at, Side::Response).contains(&"object");
            let candidates = window.values(name, shown, total, page);
            let fit = candidates.into_iter().find(|value| contract.accepts(at, Side::Response, value));
            if let Some(value) = fit {
                map.insert(name.clone(), value);
            } else if inner && deep > 0 {
                let inner = fill(place, at, page, window, shown, deep - 1);
                if !inner.is_empty() {
                    map.insert(name.clone(), Value::Object(inner));
                }
            }
        }
        map
    }
    fill(place, schema, page, window, shown, 2)
}

/// Counts in headers: `X-Total-Count`.
fn counted(mut headers: Headers, window: &Window) -> Headers {
    for (name, value, _) in &mut headers {
        if matches!(plain(name).trim_start_matches('x'), "totalcount" | "total" | "totalitems") {
            *value = window.total.to_string();
        }
    }
    // A made-up `Link` leads nowhere.
    headers.retain(|(name, _, required)| name != "link" || *required);
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn filters_look_into_lists_and_attributes() {
        let thing = json!({"tags": ["a", "b"], "n": 7, "attributes": {"title": "x"}});
        assert!(matches(&thing, "tags", &json!("a")) && matches(&thing, "n", &json!(["6", "7"])));
        assert!(matches(&thing, "n", &json!(["6,7"])) && matches(&thing, "title", &json!("x")));
        assert!(!matches(&thing, "tags", &json!("c")) && !matches(&thing, "none", &json!("c")));
    }
}
