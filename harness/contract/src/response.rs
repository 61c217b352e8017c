//! Judges an answer: its status, headers, and body.

use crate::body;
use crate::breach::{Breach, Location};
use crate::call::header;
use crate::judge::Judge;
use crate::operation::Operation;
use crate::plan::Plan;
use crate::usual::is_usual;
use crate::words::{self, count, list};

/// Everything about an answer that departs from its plan.
pub(crate) fn check(
    plan: &Plan,
    operation: &Operation,
    status: u16,
    headers: &[(String, String)],
    body: &[u8],
) -> Vec<Breach> {
    let mut judge = Judge::of_response(operation, status);
    let Some(answer) = plan.answer(status) else {
        let wanted = list(operation.statuses.iter().cloned(), "or");
        let at = format!("{}/responses", plan.at);
        judge.plain(Location::Status, &at, "status", format!("the status {status}"), wanted);
        return judge.finish();
    };
    for parameter in &answer.headers {
        let raw = header(headers, &parameter.name);
        parameter.check(&mut judge, raw.map(|raw| parameter.in_header(raw)), raw);
    }
    for (name, _) in headers.iter().filter(|(name, _)| !is_usual(name)) {
        if !answer.headers.iter().any(|known| known.name.eq_ignore_ascii_case(name)) {
            let known = answer.headers.iter().map(|known| words::quoted(&known.name));
            let wanted = match answer.headers.is_empty() {
                true => "no header beyond the usual ones".to_owned(),
                false => format!("beyond the usual ones only the headers {}", list(known, "and")),
            };
            judge.undocumented(name, &format!("{}/headers", answer.at), wanted);
        }
    }
    let content_type = header(headers, "content-type");
    let at = format!("{}/content", answer.at);
    if matches!(status, 100..=199 | 204 | 205 | 304) {
        if !body.is_empty() {
            let found = format!("a body of {}", count(body.len(), "byte"));
            judge.plain(
                Location::Body,
                &answer.at,
                "content",
                found,
                format!("no body with the status {status}"),
            );
        }
    } else if operation.method != "HEAD" && !answer.content.is_empty() {
        if body.is_empty() && content_type.is_none() {
            let wanted =
                format!("a body of the type {}", list(answer.content.iter().map(|m| m.text.clone()), "or"));
            judge.plain(Location::Body, &at, "content", "an empty body".to_owned(), wanted);
        } else {
            let _ = body::check(&mut judge, &answer.content, &at, content_type, body);
        }
    }
    judge.finish()
}
