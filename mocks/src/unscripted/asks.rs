//! What a query may ask of a list: which part of it, and which things. Every documented name counts, those of the fields of
//! an object included: `page` of a `pageable`, `page[size]`, `filter[title]`.

use dryrun_contract::{Contract, Location, Operation, Side};
use serde_json::{Map, Value};

use crate::params::{self, Param};
use crate::unscripted::fields::{place, plain, properties};

const LIMITS: [&str; 11] = [
    "limit",
    "perpage",
    "pagesize",
    "size",
    "maxresults",
    "maxitems",
    "top",
    "first",
    "count",
    "pagelimit",
    "take",
];
const OFFSETS: [&str; 5] = ["offset", "skip", "start", "startindex", "pageoffset"];
const PAGES: [&str; 4] = ["page", "pagenumber", "pageno", "pageindex"];
const CURSORS: [&str; 11] = [
    "cursor",
    "pagetoken",
    "nexttoken",
    "continuationtoken",
    "after",
    "startingafter",
    "pagecursor",
    "pageafter",
    "continuation",
    "marker",
    "nextcursor",
];
const NO_FILTERS: [&str; 6] = ["sort", "order", "orderby", "sortby", "fields", "include"];

/// What a parameter asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    Limit,
    Offset,
    /// A page; the first one has this number.
    Page(usize),
    Cursor,
    /// Only things that have this value in the field of this name.
    Filter,
}

/// One documented name of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    /// As it stands in the query.
    pub(crate) name: String,
    /// The field that it speaks of, if it is a filter.
    pub(crate) field: String,
    pub(crate) about: About,
}

/// What the query of an operation may ask.
pub(crate) fn asks(contract: &Contract, operation: &Operation) -> Vec<Ask> {
    let mut found = Vec::new();
    let query = contract.parameters(operation).into_iter().filter(|param| param.location == Location::Query);
    for param in query {
        let fields = properties(contract, &param.schema, Side::Request);
        if fields.is_empty() {
            found.extend(ask(contract, &param.name, &param.name, &param.schema));
        }
        for (field, at) in &fields {
            let name = match (param.style.as_str(), param.explode) {
                ("deepObject", _) => format!("{}[{field}]", param.name),
                ("form", true) => field.clone(),
                _ => continue,
            };
            found.extend(ask(contract, &name, field, at));
        }
    }
    found
}

fn ask(contract: &Contract, name: &str, field: &str, at: &dryrun_contract::SchemaRef) -> Option<Ask> {
    let word = plain(name);
    let is = |words: &[&str]| words.contains(&word.as_str());
    let about = if is(&LIMITS) {
        About::Limit
    } else if is(&OFFSETS) {
        About::Offset
    } else if is(&PAGES) {
        let schema = contract.schema(&place(contract, at, Side::Request), Side::Request);
        let zero =
            ["minimum", "default"].iter().any(|key| schema.get(key).and_then(Value::as_f64) == Some(0.0));
        About::Page(usize::from(!zero))
    } else if is(&CURSORS) {
        About::Cursor
    } else if is(&NO_FILTERS) {
        return None;
    } else {
        About::Filter
    };
    // `filter[title]`, `filter.title`: what is meant is the title.
    let inner = field.strip_prefix("filter").filter(|rest| rest.starts_with(['[', '.', '_']));
    let inner = inner.map(|rest| rest.trim_matches(['[', ']', '.', '_']));
    let field = inner.filter(|rest| !rest.is_empty()).unwrap_or(field).to_owned();
    Some(Ask { name: name.to_owned(), field, about })
}

/// What a call asks of a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pub(crate) limit: Option<usize>,
    pub(crate) offset: Option<usize>,
    /// The page that is asked for, and the number of the first one.
    pub(crate) page: Option<usize>,
    pub(crate) first: usize,
    /// The cursor that was given, if there may be one.
    pub(crate) cursor: Option<String>,
    /// Field and value.
    pub(crate) filters: Vec<(String, Value)>,
    /// The name by which the next page is asked for, best first: a cursor, an offset, a page.
    pub(crate) next: Option<(String, About)>,
}

impl Query {
    /// Reads a query string.
    pub(crate) fn read(asks: &[Ask], params: &[Param], query: &str) -> Self {
        let given = match params::query(params, query) {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        let mut out = Self { first: 1, ..Self::default() };
        for wanted in [About::Cursor, About::Offset] {
            let named = || asks.iter().find(|ask| ask.about == wanted).map(|ask| (ask.name.clone(), wanted));
            out.next = out.next.take().or_else(named);
        }
        for ask in asks {
            let value = given.get(&ask.name).filter(|value| !value.is_null());
            let number = || {
                let number = value.and_then(|value| {
                    value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
                });
                number.and_then(|number| usize::try_from(number).ok())
            };
            match ask.about {
                About::Limit => out.limit = out.limit.or_else(number),
                About::Offset => out.offset = out.offset.or_else(number),
                About::Page(first) => {
                    out.first = first;
                    out.page = out.page.or_else(number);
                    out.next = out.next.take().or_else(|| Some((ask.name.clone(), ask.about)));
                }
                About::Cursor => out.cursor = out.cursor.take().or_else(|| value.map(crate::json::text)),
                About::Filter => out.filters.extend(value.map(|value| (ask.field.clone(), value.clone()))),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_query_is_read_by_its_documented_names() {
        let of = |name: &str, about| Ask { name: name.into(), field: name.into(), about };
        let asks = [
            of("size", About::Limit),
            of("page", About::Page(0)),
            Ask { name: "filter[title]".into(), field: "title".into(), about: About::Filter },
        ];
        let query = Query::read(&asks, &[], "page=2&size=x&filter%5Btitle%5D=A&else=1");
        assert_eq!((query.page, query.first, query.limit), (Some(2), 0, None));
        assert_eq!(query.filters, [("title".to_owned(), json!("A"))]);
        assert_eq!(query.next, Some(("page".to_owned(), About::Page(0))));
    }
}
