//! What the mocks received: the calls that are meant, and their bodies as values to compare.

use std::sync::Arc;
use std::time::Instant;

use dryrun_record::{Exchange, FailureKind};
use serde_json::{Map, Value};

use crate::phrase::{StepFailure, StepResult};
use crate::values::duration;
use crate::vocabulary::nouns::{CallRef, Service};
use crate::vocabulary::support::SETTLE;
use crate::world::World;

/// The calls that a noun means, in this world.
///
/// # Errors
/// A service or a noun that is not known.
pub(crate) fn noun(world: &World, service: &str, noun: &str) -> Result<CallRef, StepFailure> {
    let key = world.service_key(service)?;
    let calls = world.shared.options.conventions.calls.get(&key);
    let contract = world.contract(service)?;
    Ok(CallRef::noun(Service { key: &key, title: service, contract, calls }, noun)?)
}

/// Waits until no call of this scenario is under way at any mock: one that is can't be counted.
async fn settle(world: &World) -> StepResult {
    let deadline = Instant::now() + SETTLE;
    for (key, view) in &world.views {
        view.settled(deadline).await;
        if view.under_way() > 0 {
            let title = world.titles.get(key).map_or(key.as_str(), String::as_str);
            return Err(StepFailure::of(
                FailureKind::Timeout,
                format!(
                    "a call to {title} is still under way after {}, so what was received can't be told",
                    duration::show(SETTLE)
                ),
            )
            .hint("let the service give up earlier, or the mock answer sooner"));
        }
    }
    Ok(())
}

/// The calls that a service received, once none is under way.
pub(crate) async fn received(world: &World, service: &str) -> Result<Vec<Arc<Exchange>>, StepFailure> {
    settle(world).await?;
    let view = world.service(service)?;
    complete(service, view.dropped())?;
    Ok(view.calls())
}

/// The calls that all services received, in order of arrival, once none is under way.
pub(crate) async fn received_by_all(world: &World) -> Result<Vec<Arc<Exchange>>, StepFailure> {
    settle(world).await?;
    let mut calls = Vec::new();
    for (key, view) in &world.views {
        complete(key, view.dropped())?;
        calls.extend(view.calls());
    }
    calls.sort_by_key(|call| call.at_us);
    Ok(calls)
}

/// A journal that had to drop calls can't be counted.
fn complete(service: &str, dropped: u64) -> Result<(), StepFailure> {
    if dropped == 0 {
        return Ok(());
    }
    Err(StepFailure::environment(format!(
        "the journal of {service} had to drop {dropped} calls, so what it received can't be told"
    ))
    .hint("raise the journal's limit in dryrun.toml"))
}

/// The calls that a line means at the first service whose contract knows it.
pub(crate) struct Anywhere {
    pub(crate) calls: Vec<Arc<Exchange>>,
    service: String,
    meant: CallRef,
}

impl Anywhere {
    /// Keeps for the end of the scenario that there were no more.
    pub(crate) fn promise(self, world: &mut World, said: String) {
        let Self { calls, service, meant } = self;
        world.promise(said, calls.len(), move |call| call.service == service && meant.means(call));
    }

    /// Checks each of them, now and again when the scenario ends, for those that come until then.
    pub(crate) fn each(
        self,
        world: &mut World,
        said: String,
        check: impl Fn(&Exchange) -> Result<(), StepFailure> + 'static,
    ) -> Result<(), StepFailure> {
        let Self { calls, service, meant } = self;
        calls.iter().try_for_each(|call| check(call))?;
        world.promise_again(said, move |calls| {
            calls
                .iter()
                .filter(|call| call.service == service && meant.means(call))
                .try_for_each(|call| check(call))
        });
        Ok(())
    }
}

/// The calls of all services that a line means, and the service that knows it.
pub(crate) async fn received_anywhere(world: &World, line: &str) -> Result<Anywhere, StepFailure> {
    let calls = received_by_all(world).await?;
    let mut first_error = None;
    for (key, title) in world.titles.iter() {
        match CallRef::of(world.contract(key)?, title, line) {
            Ok(meant) => {
                let calls =
                    calls.into_iter().filter(|call| call.service == *key && meant.means(call)).collect();
                return Ok(Anywhere { calls, service: key.clone(), meant });
            }
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.map_or_else(|| StepFailure::environment("no service is configured"), StepFailure::from))
}

/// The body of a call as a value: JSON, or a form's fields, or the query of a call without a body.
pub(crate) fn body_of(exchange: &Exchange) -> Result<Value, StepFailure> {
    let request = &exchange.request;
    if request.body.cut {
        return Err(StepFailure::environment(format!("the body of {} was too big to keep", request.line()))
            .hint("raise the body limit in dryrun.toml")
            .exchanges([exchange.id.clone()]));
    }
    let Some(text) = request.body.text.as_deref().filter(|text| !text.is_empty()) else {
        return Ok(pairs(&request.query));
    };
    if request
        .header("content-type")
        .is_some_and(|media| media.starts_with("application/x-www-form-urlencoded"))
    {
        return Ok(pairs(text));
    }
    Ok(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
}

/// The body that a mock answered.
pub(crate) fn answered(exchange: &Exchange) -> Option<Value> {
    serde_json::from_str(exchange.response.as_ref()?.body.text.as_deref()?).ok()
}

/// Pairs of a query or form: numbers and booleans by their look; a name that stands twice has a list.
fn pairs(text: &str) -> Value {
    let mut out = Map::new();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        let value = match serde_json::from_str(&value) {
            Ok(typed @ (Value::Number(_) | Value::Bool(_))) => typed,
            _ => Value::String(value.into_owned()),
        };
        match out.get_mut(name.as_ref()) {
            None => drop(out.insert(name.into_owned(), value)),
            Some(Value::Array(list)) => list.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Value::Object(out)
}

/// Whether the call took effect: it was answered with a success, or its answer was lost on purpose after it was applied.
pub(crate) fn applied(exchange: &Exchange) -> bool {
    let succeeded = exchange.response.as_ref().is_some_and(|response| (200..300).contains(&response.status));
    let faulty = |word: &str| exchange.fault.as_deref().is_some_and(|fault| fault.contains(word));
    // A 200 with a body of garbage is not the mock's own success.
    (succeeded && !faulty("garbage")) || faulty("loses the answer")
}

/// Whether the call may change something: all but GET, HEAD and OPTIONS.
pub(crate) fn writes(exchange: &Exchange) -> bool {
    !matches!(exchange.request.method.as_str(), "GET" | "HEAD" | "OPTIONS")
}

/// `POST /api/v1/email/send -> 200`, a line for each call.
pub(crate) fn list<'a>(calls: impl IntoIterator<Item = &'a Arc<Exchange>>) -> String {
    let lines: Vec<String> = calls
        .into_iter()
        .map(|call| {
            let end = match (&call.response, &call.error) {
                (Some(response), _) => response.status.to_string(),
                (None, Some(error)) => error.clone(),
                (None, None) => "no answer".to_owned(),
            };
            let fault = call.fault.as_ref().map(|fault| format!(" ({fault})")).unwrap_or_default();
            format!("{} {} -> {end}{fault}", call.service, call.request.line())
        })
        .collect();
    if lines.is_empty() { "no call".to_owned() } else { lines.join("\n") }
}

/// The ids of calls, at most twenty.
pub(crate) fn ids<'a>(calls: impl IntoIterator<Item = &'a Arc<Exchange>>) -> Vec<String> {
    calls.into_iter().take(20).map(|call| call.id.clone()).collect()
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;
