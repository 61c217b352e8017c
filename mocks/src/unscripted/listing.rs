//! How the things of a collection are listed in the documented answer: a list, or an object with one, its counts with
//! it; filtered and in pages as the documented query says.

use dryrun_contract::{Location, SchemaRef, Segment, Side};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::unscripted::documented::{Wish, body, checked, forms, headers, made_up};
use crate::unscripted::fields::{Spot, list_spot, plain, properties, types};
use crate::unscripted::mend::{at, mend};
use crate::unscripted::present::{Place, Thing, shaped, stand_in, thing_seed};
use crate::unscripted::request::matches;
use crate::unscripted::sheet::{Kept, Things};

const LIMITS: [&str; 9] =
    ["limit", "perpage", "pagesize", "size", "maxresults", "maxitems", "top", "first", "count"];
const OFFSETS: [&str; 4] = ["offset", "skip", "start", "startindex"];
const PAGES: [&str; 3] = ["page", "pagenumber", "pageno"];

/// Which part of a list is shown.
struct Window {
    total: usize,
    offset: usize,
    limit: usize,
    page: usize,
}

impl Window {
    /// The window that a query asks for; `most` is what the answer can hold.
    fn of(query: &Map<String, Value>, total: usize, most: Option<usize>) -> Self {
        let number = |names: &[&str]| {
            let given =
                query.iter().find(|(name, value)| names.contains(&plain(name).as_str()) && value.is_u64());
            given.and_then(|(_, value)| value.as_u64()).and_then(|value| usize::try_from(value).ok())
        };
        let limit = number(&LIMITS).unwrap_or(total.max(1)).min(most.unwrap_or(usize::MAX));
        let page = number(&PAGES);
        let offset = number(&OFFSETS)
            .unwrap_or_else(|| page.map_or(0, |page| page.saturating_sub(1).saturating_mul(limit)));
        Self { total, offset, limit, page: page.unwrap_or(offset / limit.max(1) + 1) }
    }

    /// The value of a count of this name, if it is one.
    fn count(&self, name: &str, shown: usize, total_elsewhere: bool) -> Option<Value> {
        let pages = self.total.div_ceil(self.limit.max(1));
        let more = self.offset + shown < self.total;
        Some(match plain(name).as_str() {
            "total" | "totalcount" | "totalitems" | "totalresults" | "totalelements" | "totalrecords" => {
                json!(self.total)
            }
            "count" | "size" | "length" if !total_elsewhere => json!(self.total),
            "count" | "size" | "length" | "returned" | "numberofelements" => json!(shown),
            "totalpages" | "pages" | "pagecount" | "lastpage" => json!(pages),
            "limit" | "perpage" | "pagesize" => json!(self.limit),
            "offset" | "skip" => json!(self.offset),
            "page" | "currentpage" | "pagenumber" => json!(self.page),
            "hasmore" | "hasnext" | "hasnextpage" | "more" => json!(more),
            _ => return None,
        })
    }
}

/// The documented answer with these things in it; `None` where it has no place for a list.
pub(crate) fn list(
    place: Place<'_>,
    kept: &Kept,
    key: &str,
    mut things: Things,
    query: &Map<String, Value>,
    wish: Wish<'_>,
) -> Option<Answer> {
    let Place { contract, operation, response, status } = place;
    let form = forms(response, wish.accept).into_iter().next()?;
    let schema = form.info.schema.as_ref()?;
    let (spot, items) = list_spot(contract, schema)?;
    let paging = |name: &str| {
        let name = plain(name);
        [&LIMITS[..], &OFFSETS, &PAGES].iter().any(|names| names.contains(&name.as_str()))
    };
    let fields = properties(contract, &items, Side::Response);
    for (name, wanted) in query.iter().filter(|(name, value)| !value.is_null() && !paging(name)) {
        // A filter by something that things don't have is none.
        if fields.iter().any(|(known, _)| known == name)
            || things.iter().any(|(_, thing)| thing.get(name).is_some())
        {
            things.retain(|(_, thing)| matches(thing, name, wanted));
        }
    }
    let most = most(place, schema, &spot);
    let window = Window::of(query, things.len(), most);
    let page: Things = things.into_iter().skip(window.offset).take(window.limit).collect();
    let shown: Vec<Value> = page
        .iter()
        .map(|(id, value)| shaped(contract, &items, kept, Thing { key, id, value: value.as_ref() }))
        .collect();
    let count = shown.len();
    let whole = match &spot {
        Spot::Top => Value::Array(shown),
        Spot::Field(field) => {
            let mut map = counts(place, schema, &window, count);
            map.insert(field.clone(), Value::Array(shown));
            Value::Object(map)
        }
    };
    let envelope_seed = thing_seed(wish.seed, key, "", schema.pointer());
    let envelope = std::cell::OnceCell::new();
    let donor = |way: &[Segment]| {
        let (inside, rest) = match (&spot, way) {
            (Spot::Top, [Segment::Index(index), rest @ ..]) => (Some(*index), rest),
            (Spot::Field(_), [Segment::Key(field), Segment::Index(index), rest @ ..])
                if spot == Spot::Field(field.clone()) =>
            {
                (Some(*index), rest)
            }
            _ => (None, way),
        };
        let Some(index) = inside else {
            let made = envelope.get_or_init(|| made_up(contract, &form, envelope_seed));
            return at(made.as_ref()?, way).cloned();
        };
        let (id, _) = page.get(index)?;
        at(&stand_in(contract, &items, wish.seed, key, id)?, rest).cloned()
    };
    let headers = counted(headers(contract, response, wish.seed), &window);
    let judge = |value: &Value| {
        let answer = body(&form, status, value);
        let mut sent = answer.headers;
        sent.extend(headers.iter().map(|(name, value, _)| (name.clone(), value.clone())));
        let mut breaches = contract.check_response(operation, status, &sent, &answer.body);
        breaches.retain(|breach| breach.location != Location::Header);
        breaches
    };
    let mended = mend(whole, donor, judge)?;
    checked(contract, operation, body(&form, status, &mended), &headers).ok()
}

/// The most items that the answer may hold.
fn most(place: Place<'_>, schema: &SchemaRef, spot: &Spot) -> Option<usize> {
    let at = match spot {
        Spot::Top => crate::unscripted::fields::place(place.contract, schema, Side::Response),
        Spot::Field(field) => {
            let declared = properties(place.contract, schema, Side::Response);
            declared.into_iter().find(|(name, _)| name == field)?.1
        }
    };
    let most = place.contract.schema(&at, Side::Response).get("maxItems")?.as_u64()?;
    usize::try_from(most).ok()
}

/// The declared counts of the answer, those one level deeper too.
fn counts(place: Place<'_>, schema: &SchemaRef, window: &Window, shown: usize) -> Map<String, Value> {
    let contract = place.contract;
    let fill = |at: &SchemaRef| {
        let declared = properties(contract, at, Side::Response);
        let total =
            declared.iter().any(|(name, _)| plain(name).starts_with("total") && plain(name) != "totalpages");
        let counts = declared.iter().filter_map(|(name, at)| {
            let value = window.count(name, shown, total)?;
            contract.accepts(at, Side::Response, &value).then(|| (name.clone(), value))
        });
        counts.collect::<Map<String, Value>>()
    };
    let mut map = fill(schema);
    for (name, at) in properties(contract, schema, Side::Response) {
        if types(contract, &at, Side::Response).contains(&"object") {
            let inner = fill(&at);
            if !inner.is_empty() {
                map.insert(name, Value::Object(inner));
            }
        }
    }
    map
}

/// Counts in headers: `X-Total-Count`.
fn counted(mut headers: Vec<(String, String, bool)>, window: &Window) -> Vec<(String, String, bool)> {
    for (name, value, _) in &mut headers {
        if matches!(plain(name).trim_start_matches('x'), "totalcount" | "total" | "totalitems") {
            *value = window.total.to_string();
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_counts_follow_the_query() {
        let query = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
        let window = Window::of(&query(r#"{"per_page": 10, "page": 3}"#), 25, None);
        assert_eq!((window.offset, window.limit, window.page), (20, 10, 3));
        assert_eq!(window.count("total_pages", 5, true), Some(json!(3)));
        assert_eq!(window.count("hasMore", 5, true), Some(json!(false)));
        assert_eq!(window.count("count", 5, true), Some(json!(5)));
        assert_eq!(window.count("count", 5, false), Some(json!(25)));
        assert_eq!(window.count("name", 5, false), None);
        let window = Window::of(&query(r#"{"limit": 10, "offset": 20}"#), 25, Some(4));
        assert_eq!((window.offset, window.limit), (20, 4));
        assert_eq!(Window::of(&query("{}"), 0, None).limit, 1);
    }
}
