//! [`Window`]: which part of a list is shown, and what an answer says of that: counts, cursors, links to the next part.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::params::pairs;
use crate::unscripted::asks::{About, Query};
use crate::unscripted::fields::plain;
use crate::unscripted::sheet::{Kept, Things};

/// What our cursors begin with; the position follows.
const CURSOR: &str = "from-";

/// Which list is asked for, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page<'a> {
    pub(crate) kept: &'a Kept,
    pub(crate) key: &'a str,
    pub(crate) query: &'a Query,
    /// As it was called, for links.
    pub(crate) path: &'a str,
    pub(crate) search: &'a str,
    pub(crate) host: Option<&'a str>,
}

/// Which part of a list is shown.
#[derive(Debug)]
pub(crate) struct Window {
    pub(crate) total: usize,
    pub(crate) offset: usize,
    pub(crate) limit: usize,
    page: usize,
    first: usize,
}

impl Window {
    /// The window that a query asks for; `most` is what the answer can hold.
    pub(crate) fn of(query: &Query, things: &Things, most: Option<usize>) -> Self {
        let total = things.len();
        let limit = query.limit.unwrap_or(total.max(1)).min(most.unwrap_or(usize::MAX));
        let paged = || query.page.map(|page| page.saturating_sub(query.first).saturating_mul(limit));
        let cursor = query.cursor.as_deref().map(|cursor| {
            // Not one of ours: it may be the id of the last thing that was seen.
            let ours = cursor.strip_prefix(CURSOR).and_then(|text| text.parse().ok());
            let id = || things.iter().position(|(id, _)| id == cursor).map(|place| place + 1);
            if cursor.is_empty() { 0 } else { ours.or_else(id).unwrap_or(total) }
        });
        let offset = query.offset.or(cursor).or_else(paged).unwrap_or(0);
        let page = query.page.unwrap_or((offset / limit.max(1)).saturating_add(query.first));
        Self { total, offset, limit, page, first: query.first }
    }

    /// What may stand in a field of this name that tells of the list, the best first; nothing if it is none.
    pub(crate) fn values(
        &self,
        name: &str,
        shown: usize,
        total_elsewhere: bool,
        page: Page<'_>,
    ) -> Vec<Value> {
        let name = plain(name);
        if let Some(count) = self.count(&name, shown, total_elsewhere) {
            return vec![count];
        }
        let next =
            Some(self.offset.saturating_add(self.limit)).filter(|next| *next < self.total && self.limit > 0);
        let before = self.offset.saturating_sub(self.limit);
        let previous = (self.offset > 0).then_some(before);
        let cursor = |to: Option<usize>| to.map(|to| json!(format!("{CURSOR}{to}")));
        let best = match name.as_str() {
            "nextcursor" | "nextpagetoken" | "nexttoken" | "continuationtoken" | "endcursor"
            | "nextmarker" => cursor(next),
            "previouscursor" | "prevcursor" | "previouspagetoken" | "startcursor" => cursor(previous),
            "nextpage" => {
                return [
                    next.map(|_| json!(self.page.saturating_add(1))),
                    link(page, next, self),
                    Some(Value::Null),
                    Some(json!("")),
                ]
                .into_iter()
                .flatten()
                .collect();
            }
            "prevpage" | "previouspage" => {
                previous.map(|_| json!(self.page.saturating_sub(1).max(self.first)))
            }
            "next" | "nextlink" | "nexturl" | "nextpageurl" => link(page, next, self),
            "prev" | "previous" | "prevlink" | "previouslink" | "prevpageurl" => link(page, previous, self),
            _ => return Vec::new(),
        };
        // There is no more: to follow what is made up would never end.
        let none = [Value::Null, json!("")];
        best.into_iter().chain(none).collect()
    }

    /// The value of a count of this name, if it is one.
    fn count(&self, name: &str, shown: usize, total_elsewhere: bool) -> Option<Value> {
        let pages = self.total.div_ceil(self.limit.max(1));
        let more = self.offset.saturating_add(shown) < self.total;
        Some(match name {
            "total" | "totalcount" | "totalitems" | "totalresults" | "totalelements" | "totalrecords"
            | "totalsize" => {
                json!(self.total)
            }
            "count" | "size" | "length" if !total_elsewhere => json!(self.total),
            "size" => json!(self.limit),
            "count" | "length" | "returned" | "numberofelements" => json!(shown),
            "totalpages" | "pages" | "pagecount" | "lastpage" => json!(pages),
            "limit" | "perpage" | "pagesize" => json!(self.limit),
            "offset" | "skip" => json!(self.offset),
            "page" | "currentpage" | "pagenumber" | "pageindex" => json!(self.page),
            "number" if total_elsewhere => json!(self.page),
            "hasmore" | "hasnext" | "hasnextpage" | "more" => json!(more),
            "hasprevious" | "hasprev" | "haspreviouspage" => json!(self.offset > 0),
            "first" | "isfirst" if total_elsewhere => json!(self.offset == 0),
            "last" | "islast" if total_elsewhere => json!(!more),
            "empty" if total_elsewhere => json!(shown == 0),
            _ => return None,
        })
    }
}

/// The URL of the part of the list that begins there.
fn link(page: Page<'_>, to: Option<usize>, window: &Window) -> Option<Value> {
    let to = to?;
    let (name, about) = page.query.next.as_ref()?;
    let value = match about {
        About::Cursor => format!("{CURSOR}{to}"),
        About::Offset => to.to_string(),
        _ => (to / window.limit.max(1) + window.first).to_string(),
    };
    let coded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let mut search: Vec<String> = pairs(page.search)
        .filter(|(known, _)| known != name)
        .map(|(name, value)| format!("{}={}", coded(&name), coded(&value)))
        .collect();
    search.push(format!("{}={}", coded(name), coded(&value)));
    let host = page.host.map(|host| format!("http://{host}")).unwrap_or_default();
    Some(json!(format!("{host}{}?{}", page.path, search.join("&"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn things(count: usize) -> Things {
        (0..count).map(|number| (format!("id{number}"), std::sync::Arc::new(json!({})))).collect()
    }

    #[test]
    fn pages_and_counts_follow_the_query() {
        let query = Query { limit: Some(10), page: Some(3), first: 1, ..Query::default() };
        let window = Window::of(&query, &things(25), None);
        assert_eq!((window.offset, window.limit, window.page), (20, 10, 3));
        for (name, total, wanted) in [
            ("totalpages", true, Some(json!(3))),
            ("hasmore", true, Some(json!(false))),
            ("count", true, Some(json!(5))),
            ("count", false, Some(json!(25))),
            ("size", true, Some(json!(10))),
            ("last", true, Some(json!(true))),
            ("last", false, None),
            ("name", false, None),
        ] {
            assert_eq!(window.count(name, 5, total), wanted, "{name}");
        }
        let from_zero = Query { limit: Some(10), page: Some(1), first: 0, ..Query::default() };
        assert_eq!(Window::of(&from_zero, &things(25), None).offset, 10, "the second page");
        let query = Query { limit: Some(10), offset: Some(20), first: 1, ..Query::default() };
        let window = Window::of(&query, &things(25), Some(4));
        assert_eq!((window.offset, window.limit), (20, 4));
        assert_eq!(Window::of(&Query { first: 1, ..Query::default() }, &things(0), None).limit, 1);
    }

    #[test]
    fn a_cursor_leads_on_and_comes_to_an_end() {
        let with = |cursor: &str| {
            let query = Query { limit: Some(2), cursor: Some(cursor.into()), first: 1, ..Query::default() };
            Window::of(&query, &things(5), None).offset
        };
        assert_eq!((with(""), with("from-2"), with("id2"), with("nonsense")), (0, 2, 3, 5));
        assert_eq!(with(&format!("from-{}", u64::MAX)), usize::MAX);
    }
}
