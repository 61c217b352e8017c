//! Breaches of contract, equal ones told once: [`folded`].

use std::collections::HashMap;

use dryrun_record::{Allowed, Attempt, Breach, Direction, Exchange, Outcome, Record};
use serde::Serialize;

use crate::{facts, text};

/// Exchanges that one entry names; the record holds them all.
const EXCHANGES: usize = 50;

/// What a breach did to the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// It fails the scenario in which it happened, or the run.
    Failing,
    /// An exception tolerates it.
    Tolerated,
    /// A fault that a scenario asked for made it, or the scenario wants it: it held nonetheless.
    OnPurpose,
}

/// Equal breaches: same direction, side, service, operation, status, place (whatever the index), rule, wish and
/// standing.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Folded {
    pub(crate) direction: Direction,
    /// `request` or `response`.
    pub(crate) side: String,
    /// The key of the service whose contract it is.
    pub(crate) service: String,
    /// What people call that service.
    pub(crate) title: String,
    pub(crate) operation: String,
    pub(crate) status: Option<u16>,
    /// With `*` for every index of an array.
    pub(crate) instance_path: String,
    pub(crate) schema_path: String,
    pub(crate) keyword: String,
    pub(crate) wanted: String,
    /// What the first of them found.
    pub(crate) found: String,
    pub(crate) standing: Standing,
    pub(crate) allowed: Option<Allowed>,
    /// How many there are.
    pub(crate) count: usize,
    /// Ids of the scenarios in which they happened, each once.
    pub(crate) scenarios: Vec<String>,
    /// Ids of the exchanges, each once, at most fifty.
    pub(crate) exchanges: Vec<String>,
}

impl Folded {
    /// `12 times in 4 scenarios, first in features/x.feature:3 (crm-7)`.
    pub(crate) fn places(&self) -> String {
        let one = self;
        let times = if one.count == 1 { "once".to_owned() } else { format!("{} times", one.count) };
        let exchange =
            one.exchanges.first().map(|id| format!(" ({})", text::one_line(id, 60))).unwrap_or_default();
        match one.scenarios.as_slice() {
            [] => format!("{times}, in calls of no known scenario{exchange}"),
            [only] => format!("{times}, in {}{exchange}", text::one_line(only, 200)),
            [first, ..] => {
                format!(
                    "{times} in {} scenarios, first in {}{exchange}",
                    one.scenarios.len(),
                    text::one_line(first, 200)
                )
            }
        }
    }
}

#[derive(PartialEq, Eq, Hash)]
struct Key<'a> {
    to_mock: u8,
    side: &'a str,
    service: &'a str,
    operation: &'a str,
    status: Option<u16>,
    place: String,
    rule: &'a str,
    wanted: &'a str,
    standing: Standing,
    allowed: Option<&'a Allowed>,
}

/// Every breach of the record, equal ones folded: failing ones first, then tolerated ones, then those on purpose, each
/// with the most frequent first.
pub(crate) fn folded(record: &Record) -> Vec<Folded> {
    let mut all: Vec<Folded> = Vec::new();
    let mut places: HashMap<Key<'_>, usize> = HashMap::new();
    let attempts = record.scenarios.iter().flat_map(|scenario| &scenario.attempts);
    let own = attempts.flat_map(|attempt| attempt.exchanges.iter().map(move |one| (Some(attempt), one)));
    for (attempt, exchange) in own.chain(record.loose.iter().map(|one| (None, one))) {
        for breach in &exchange.breaches {
            let standing = standing(attempt, exchange, breach);
            let key = Key {
                to_mock: exchange.direction as u8,
                side: &breach.side,
                service: &breach.service,
                operation: &breach.operation,
                status: breach.status,
                place: starred(&breach.instance_path),
                rule: &breach.schema_path,
                wanted: &breach.wanted,
                standing,
                allowed: breach.allowed.as_ref(),
            };
            let index = *places.entry(key).or_insert_with(|| {
                all.push(first(record, exchange, breach, standing));
                all.len() - 1
            });
            count(&mut all[index], exchange);
        }
    }
    all.sort_by_key(|one| (one.standing, std::cmp::Reverse(one.count)));
    all
}

fn first(record: &Record, exchange: &Exchange, breach: &Breach, standing: Standing) -> Folded {
    Folded {
        direction: exchange.direction,
        side: breach.side.clone(),
        service: breach.service.clone(),
        title: facts::title(record, exchange.direction, &breach.service),
        operation: breach.operation.clone(),
        status: breach.status,
        instance_path: starred(&breach.instance_path),
        schema_path: breach.schema_path.clone(),
        keyword: breach.keyword.clone(),
        wanted: breach.wanted.clone(),
        found: breach.found.clone(),
        standing,
        allowed: breach.allowed.clone(),
        count: 0,
        scenarios: Vec::new(),
        exchanges: Vec::new(),
    }
}

fn count(folded: &mut Folded, exchange: &Exchange) {
    folded.count += 1;
    // Exchanges of a scenario follow each other: the last one named is the only one that may be named again.
    if let Some(id) = &exchange.scenario
        && folded.scenarios.last() != Some(id)
    {
        folded.scenarios.push(id.clone());
    }
    if folded.exchanges.len() < EXCHANGES && folded.exchanges.last() != Some(&exchange.id) {
        folded.exchanges.push(exchange.id.clone());
    }
}

fn standing(attempt: Option<&Attempt>, exchange: &Exchange, breach: &Breach) -> Standing {
    if breach.allowed.is_some() {
        return Standing::Tolerated;
    }
    let by_fault = exchange.fault.is_some() && breach.side == "response";
    let held = attempt.is_some_and(|one| matches!(one.outcome, Some(Outcome::Passed | Outcome::Flaky)));
    if by_fault || held { Standing::OnPurpose } else { Standing::Failing }
}

/// The way to a value with `*` for every index.
pub(crate) fn starred(path: &str) -> String {
    let index = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = path.split('/').map(|part| if index(part) { "*" } else { part }).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(id: &str, scenario: Option<&str>, breaches: Vec<Breach>) -> Exchange {
        let mut exchange: Exchange = serde_json::from_value(serde_json::json!({
            "id": id, "direction": "to_mock", "service": "crm", "scenario": scenario, "attempt": 1,
            "attribution": "correlation", "operation": "POST /x", "at_us": 1, "duration_us": 1, "response": null,
            "request": {"method": "POST", "path": "/x", "headers": [], "body": {"bytes": 0}},
        }))
        .unwrap();
        exchange.breaches = breaches;
        exchange
    }

    fn breach(at: &str) -> Breach {
        let (side, service) = ("request".to_owned(), "crm".to_owned());
        Breach { side, service, instance_path: at.to_owned(), found: at.to_owned(), ..Breach::default() }
    }

    fn told(exchanges: Vec<Exchange>) -> Vec<String> {
        let mut record = Record::default();
        record.loose = exchanges;
        let line = |one: &Folded| format!("{}× {} in {:?}", one.count, one.instance_path, one.exchanges);
        folded(&record).iter().map(line).collect()
    }

    #[test]
    fn equal_breaches_are_one_and_different_ones_are_not() {
        let equal = vec![
            exchange("a", None, vec![breach("body/to/0"), breach("body/to/3")]),
            exchange("b", None, vec![breach("body/to/0")]),
        ];
        assert_eq!(told(equal), [r#"3× body/to/* in ["a", "b"]"#]);
        let other: [fn(&mut Exchange); 7] = [
            |one| one.direction = Direction::ToProvider,
            |one| one.breaches[0].side = "response".to_owned(),
            |one| one.breaches[0].operation = "GET /x".to_owned(),
            |one| one.breaches[0].status = Some(404),
            |one| one.breaches[0].schema_path = "/other".to_owned(),
            |one| one.breaches[0].wanted = "another thing".to_owned(),
            |one| one.breaches[0].instance_path = "body/cc/0".to_owned(),
        ];
        for change in other {
            let first = exchange("a", None, vec![breach("body/to/0")]);
            let mut second = first.clone();
            change(&mut second);
            assert_eq!(told(vec![first, second]).len(), 2);
        }
        let mut found = exchange("b", None, vec![breach("body/to/0")]);
        found.breaches[0].found = "another value".to_owned();
        assert_eq!(told(vec![exchange("a", None, vec![breach("body/to/0")]), found]).len(), 1);
    }

    #[test]
    fn what_a_breach_does_is_told_apart() {
        use dryrun_record::AllowedMode;
        let plain = exchange("a", None, vec![breach("body")]);
        let mut tolerated = plain.clone();
        tolerated.breaches[0].allowed =
            Some(Allowed { mode: AllowedMode::Warn, reason: "CRM-1".to_owned(), until: None });
        let mut by_fault = plain.clone();
        by_fault.fault = Some("cuts the answer".to_owned());
        // A fault shapes the answer; what is wrong with the request is still the caller's.
        let request = by_fault.clone();
        by_fault.breaches[0].side = "response".to_owned();
        let attempt = |outcome| Attempt { outcome: Some(outcome), ..Attempt::default() };
        let of = |attempt: Option<&Attempt>, one: &Exchange| standing(attempt, one, &one.breaches[0]);
        assert_eq!(of(None, &plain), Standing::Failing);
        assert_eq!(of(Some(&attempt(Outcome::Failed)), &plain), Standing::Failing);
        assert_eq!(of(Some(&attempt(Outcome::Passed)), &plain), Standing::OnPurpose);
        assert_eq!(of(Some(&attempt(Outcome::Failed)), &by_fault), Standing::OnPurpose);
        assert_eq!(of(None, &request), Standing::Failing);
        assert_eq!(of(Some(&attempt(Outcome::Passed)), &tolerated), Standing::Tolerated);
    }

    #[test]
    fn only_indices_become_stars() {
        assert_eq!(starred("body/recipients/0/to/12"), "body/recipients/*/to/*");
        assert_eq!(starred("query/limit2"), "query/limit2");
        assert_eq!(starred("body//"), "body//");
    }
}
