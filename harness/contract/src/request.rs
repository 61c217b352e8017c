//! Judges a request: its path, query, headers, cookies, and body.

use serde_json::Value;

use crate::body;
use crate::breach::{Breach, Location, Segment};
use crate::call::{RequestView, header};
use crate::judge::Judge;
use crate::operation::Operation;
use crate::parameters::{cookies, raw_pairs};
use crate::plan::Plan;
use crate::router::{Piece, decode, segments};
use crate::words::quoted;

/// Everything about a request that departs from its plan, and its body, if that was read as JSON.
pub(crate) fn check(
    plan: &Plan,
    operation: &Operation,
    request: &RequestView<'_>,
) -> (Vec<Breach>, Option<Value>) {
    let mut judge = Judge::of_request(operation);
    let values = capture(&plan.pieces, request.path);
    if values.is_none() {
        let at = plan.at.rsplit_once('/').map_or("", |(path, _)| path);
        judge.plain(
            Location::Path,
            at,
            "path",
            format!("the path {}", quoted(request.path)),
            operation.path.clone(),
        );
    }
    let values = values.unwrap_or_default();
    let query = raw_pairs(request.query);
    let cookies = cookies(header(request.headers, "cookie").unwrap_or_default());
    for parameter in &plan.parameters {
        let name = parameter.name.as_str();
        match parameter.place {
            Location::Path => {
                // A path that does not fit has been reported as a whole.
                if let Some((_, raw)) = values.iter().find(|(known, _)| *known == name) {
                    if let Some(wanted) = parameter.misses_style(raw) {
                        let place = vec![Segment::Key(name.to_owned())];
                        judge.inside(Location::Path, place, &parameter.at, "style", quoted(raw), wanted);
                        continue;
                    }
                    let value = parameter.in_path(raw);
                    parameter.check(&mut judge, Some(value), Some(&decode(raw)));
                }
            }
            Location::Header => {
                let raw = header(request.headers, name);
                parameter.check(&mut judge, raw.map(|raw| parameter.in_header(raw)), raw);
            }
            place => {
                let pairs = if place == Location::Cookie { &cookies } else { &query };
                let raw = pairs.iter().rev().find(|(known, _)| *known == name).map(|(_, raw)| decode(raw));
                parameter.check(&mut judge, parameter.in_pairs(pairs), raw.as_deref());
            }
        }
    }
    let mut read = None;
    if let Some(body) = &plan.body {
        let content_type = header(request.headers, "content-type");
        if !request.body.is_empty() || body.required && content_type.is_some() {
            read = body::check(
                &mut judge,
                &body.content,
                &format!("{}/content", body.at),
                content_type,
                request.body,
            );
        } else if body.required {
            judge.plain(
                Location::Body,
                &format!("{}/required", body.at),
                "required",
                "no body".to_owned(),
                "a body".to_owned(),
            );
        }
    }
    (judge.finish(), read)
}

/// Name and raw value of each path parameter; `None` if the path does not fit. What stands before the template (the
/// base path of a server) is passed over.
pub(crate) fn capture<'a>(pieces: &'a [Piece], path: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let segments = segments(path);
    let base = segments.len().checked_sub(pieces.len())?;
    let mut captured = Vec::new();
    for (piece, segment) in pieces.iter().zip(&segments[base..]) {
        captured.extend(piece.names().into_iter().zip(piece.capture(segment)?));
    }
    Some(captured)
}

/// The names in a query that the plan does not know.
pub(crate) fn unknown_query(plan: &Plan, query: &str) -> Vec<String> {
    let in_query = || plan.parameters.iter().filter(|parameter| parameter.place == Location::Query);
    let known = |name: &str| {
        let bare = name.split_once('[').map_or(name, |(bare, _)| bare);
        plan.keys.iter().any(|key| key == name)
            || in_query().any(|parameter| {
                parameter.name == name
                    || parameter.name == bare
                    || parameter.shape.is_object()
                        && parameter.explode
                        && parameter.shape.fields().any(|f| f == name)
            })
    };
    let mut names: Vec<String> =
        raw_pairs(query).into_iter().map(|(name, _)| name.into_owned()).filter(|name| !known(name)).collect();
    names.sort();
    names.dedup();
    names
}
