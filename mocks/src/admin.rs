//! `/__dryrun__/`: journal, state, reset, seed and clock of a mock, for callers on this machine.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use dryrun_record::Exchange;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::params;
use crate::scope::World as _;
use crate::shared::Shared;
use crate::time;
use crate::view::View;
use crate::viewstate::ViewState;

const CALLS: [&str; 6] = [
    "GET /__dryrun__/journal",
    "DELETE /__dryrun__/journal",
    "POST /__dryrun__/reset",
    "PUT /__dryrun__/seed",
    "PUT /__dryrun__/clock",
    "GET /__dryrun__/state",
];

/// Whether somebody may use the admin API: from this machine, under one of its own names. The name is looked at so
/// that a web page elsewhere, whose name was made to point here, can't reach it through a browser.
pub(crate) fn allowed(peer: SocketAddr, host: Option<&str>) -> bool {
    let name = host.map(|host| {
        let host = host.trim();
        match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => host.rsplit_once(':').map_or(host, |(name, _)| name),
        }
    });
    let local = |ip: IpAddr| ip.to_canonical().is_loopback();
    local(peer.ip())
        && name.is_none_or(|name| name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(local))
}

/// Answers one call of the admin API. `?scenario=` chooses the views of a scenario; without it, the journal shows every
/// view and the other calls mean the view of calls that belong to no scenario.
pub(crate) fn answer(shared: &Shared, method: &str, path: &str, query: &str, body: &[u8]) -> Answer {
    let scenario = params::pairs(query).find(|(name, _)| name == "scenario").map(|(_, value)| value);
    let chosen = match &scenario {
        Some(name) => shared.hub.of(Some(name)),
        None => vec![Arc::clone(&shared.hub.fallback)],
    };
    if chosen.is_empty() {
        return error(404, &format!("this mock knows no scenario {:?}", scenario.unwrap_or_default()));
    }
    let views: Vec<View> = chosen.iter().map(|view| handle(shared, view)).collect();
    let line = format!("{method} {}", path.trim_end_matches('/'));
    match line.as_str() {
        "GET /__dryrun__/journal" => journal(shared, scenario.as_deref()),
        "DELETE /__dryrun__/journal" => {
            shared.hub.of(scenario.as_deref()).iter().for_each(|view| view.journal().clear());
            if scenario.is_none() {
                shared.hub.clear_late();
            }
            done()
        }
        "POST /__dryrun__/reset" => {
            views.iter().for_each(View::reset);
            done()
        }
        "PUT /__dryrun__/seed" => match given(body, "seed").map(|seed| seed.as_u64()) {
            Ok(Some(seed)) => {
                views.iter().for_each(|view| view.set_seed(seed));
                done()
            }
            Ok(None) => error(422, "`seed` must be a whole number from 0"),
            Err(what) => error(422, &what),
        },
        "PUT /__dryrun__/clock" => match given(body, "now") {
            Ok(Value::Null) => {
                views.iter().for_each(View::free_clock);
                done()
            }
            Ok(now) => match now.as_str().and_then(time::parse) {
                Some(now) => {
                    views.iter().for_each(|view| view.set_clock(now));
                    done()
                }
                None => error(
                    422,
                    "`now` must be a date-time such as \"2026-01-24T10:00:00Z\", or null for the real time",
                ),
            },
            Err(what) => error(422, &what),
        },
        "GET /__dryrun__/state" => {
            match views.iter().map(|view| state(shared, view)).collect::<Result<Vec<_>, _>>() {
                Ok(states) => masked(shared, &json!({"service": shared.key, "views": states})),
                Err(error_text) => error(500, &error_text),
            }
        }
        _ => Answer::json(404, &json!({"detail": format!("the admin API has no {line}"), "known": CALLS})),
    }
}

fn handle(shared: &Shared, view: &Arc<ViewState>) -> View {
    View {
        inner: Arc::clone(view),
        hub: Arc::clone(&shared.hub),
        collections: Arc::clone(&shared.collections),
    }
}

fn journal(shared: &Shared, scenario: Option<&str>) -> Answer {
    let views = shared.hub.of(scenario);
    let dropped: u64 = views.iter().map(|view| view.journal().dropped()).sum();
    let mut exchanges: Vec<Arc<Exchange>> = views.iter().flat_map(|view| view.journal().entries()).collect();
    let late = shared.hub.late();
    exchanges.extend(
        late.into_iter().filter(|exchange| scenario.is_none() || exchange.scenario.as_deref() == scenario),
    );
    exchanges.sort_by_key(|exchange| exchange.at_us);
    let shown: Vec<Value> = exchanges
        .iter()
        .map(|exchange| {
            let mut exchange = Exchange::clone(exchange);
            shared.options.masker.exchange(&mut exchange);
            serde_json::to_value(exchange).unwrap_or_default()
        })
        .collect();
    Answer::json(200, &json!({"service": shared.key, "dropped": dropped, "exchanges": shown}))
}

fn state(shared: &Shared, view: &View) -> Result<Value, String> {
    let mut collections = Map::new();
    for name in shared.collections.iter() {
        collections.insert(name.clone(), Value::Array(view.items(name).map_err(|error| error.to_string())?));
    }
    let state = &view.inner.state;
    let owner = view.inner.owner.as_ref();
    Ok(json!({
        "scenario": owner.map(|owner| owner.scenario.clone()),
        "attempt": owner.map(|owner| owner.attempt),
        "seed": state.seed(),
        "now": time::stamp(state.now()),
        "requests": state.requests(),
        "collections": collections,
        "things": state.store().things.shown(),
    }))
}

fn masked(shared: &Shared, body: &Value) -> Answer {
    let mut answer = Answer::json(200, &Value::Null);
    answer.body = shared.options.masker.text(&body.to_string()).into_bytes();
    answer
}

fn given(body: &[u8], key: &str) -> Result<Value, String> {
    let body: Value =
        serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
    body.get(key).cloned().ok_or_else(|| format!("the body needs the field `{key}`"))
}

fn done() -> Answer {
    Answer::json(200, &json!({"status": "done"}))
}

fn error(status: u16, detail: &str) -> Answer {
    Answer::json(status, &json!({"detail": detail}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_under_its_own_names_may_come_in() {
        let local: SocketAddr = "127.0.0.1:5".parse().unwrap();
        assert!(allowed(local, None));
        for host in ["localhost:8001", "127.0.0.1", "[::1]:8001", "LOCALHOST"] {
            assert!(allowed(local, Some(host)), "{host}");
        }
        assert!(allowed("[::1]:5".parse().unwrap(), Some("localhost")));
        assert!(allowed("[::ffff:127.0.0.1]:5".parse().unwrap(), Some("localhost")));
        assert!(!allowed(local, Some("evil.example:8001")));
        assert!(!allowed("10.0.0.7:5".parse().unwrap(), Some("localhost")));
    }
}
