//! Requests that scenarios have sent, to suggest others by: [`Known`].

use std::collections::BTreeMap;

use dryrun_record::{Direction, Exchange, MASK, Record};
use url::form_urlencoded;

use crate::coverage::gherkin::{Content, Sent};

/// The best request for each operation.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// What made the service call an operation of a mock, by the mock's key and the operation.
    causes: BTreeMap<(String, String), Candidate>,
    /// What was sent to an operation of the service under test.
    own: BTreeMap<String, Candidate>,
    /// The name of a file that a scenario has uploaded.
    file: Option<String>,
}

#[derive(Debug)]
struct Candidate {
    sent: Sent,
    /// Smaller is better.
    rank: (bool, bool, usize),
}

impl Known {
    pub(crate) fn of(record: &Record) -> Self {
        let mut known = Self::default();
        for attempt in record.scenarios.iter().flat_map(|scenario| &scenario.attempts) {
            let mut all: Vec<&Exchange> = attempt.exchanges.iter().collect();
            all.sort_by_key(|exchange| exchange.at_us);
            let mut cause: Option<&Exchange> = None;
            for exchange in all {
                match exchange.direction {
                    Direction::ToService => {
                        cause = Some(exchange);
                        known.file = known.file.or_else(|| file_name(exchange));
                        if let (Some(operation), Some(one)) = (&exchange.operation, candidate(exchange)) {
                            keep(&mut known.own, operation.clone(), one);
                        }
                    }
                    Direction::ToMock => {
                        if let (Some(operation), Some(one)) = (&exchange.operation, cause.and_then(candidate))
                        {
                            keep(&mut known.causes, (exchange.service.clone(), operation.clone()), one);
                        }
                    }
                    Direction::ToProvider => {}
                }
            }
        }
        known
    }

    /// What makes the service call this operation of a mock.
    pub(crate) fn cause(&self, service: &str, operation: &str) -> Option<&Sent> {
        self.causes.get(&(service.to_owned(), operation.to_owned())).map(|found| &found.sent)
    }

    /// The paths of what can be sent to the service under test.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> + Clone {
        self.own.values().map(|found| found.sent.path.as_str())
    }

    /// A file of the test data.
    pub(crate) fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// What can be sent to this operation of the service under test.
    pub(crate) fn own(&self, operation: &str) -> Option<&Sent> {
        self.own.get(operation).map(|found| &found.sent)
    }
}

fn keep<K: Ord>(map: &mut BTreeMap<K, Candidate>, key: K, one: Candidate) {
    match map.get(&key) {
        Some(known) if known.rank <= one.rank => {}
        _ => drop(map.insert(key, one)),
    }
}

/// A request that can be sent again as it stands: nothing in it was cut or masked.
fn candidate(exchange: &Exchange) -> Option<Candidate> {
    let request = &exchange.request;
    let path = match request.query.is_empty() {
        true => request.path.clone(),
        false => format!("{}?{}", request.path, request.query),
    };
    let media = request.header("content-type").unwrap_or("application/json").to_ascii_lowercase();
    let body = match request.body.text.as_deref() {
        _ if request.body.cut => return None,
        None | Some("") => Content::Nothing,
        Some(text) if media.contains("json") => Content::Json(serde_json::from_str(text).ok()?),
        Some(text) if media.starts_with("application/x-www-form-urlencoded") => {
            Content::Form(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
        }
        Some(_) => return None,
    };
    let text = request.body.text.as_deref().unwrap_or_default();
    if path.contains(MASK) || text.contains(MASK) {
        return None;
    }
    let succeeded = exchange
        .response
        .as_ref()
        .is_some_and(|answer| answer.status == 101 || (200..300).contains(&answer.status));
    let sent = Sent { method: request.method.clone(), path, body };
    sent.step()?;
    // An id in the path was made by an earlier request: such a path leads nowhere another time.
    let with_id = exchange.operation.as_ref().is_some_and(|operation| operation.contains('{'));
    let rank = (!succeeded, with_id, text.len() + sent.path.len());
    Some(Candidate { sent, rank })
}

/// The name that a multipart body gives to a file.
fn file_name(exchange: &Exchange) -> Option<String> {
    let text = exchange.request.body.text.as_deref()?;
    let (_, name) = text.split_once("form-data; name=")?.1.split_once("filename=\"")?;
    name.split_once('"').map(|(name, _)| name.to_owned())
}
