//! What the mocks received: [`CallRef`] says which calls are meant, and their bodies become values to compare.

use std::sync::Arc;
use std::time::Instant;

use dryrun_contract::{Contract, Found};
use dryrun_record::Exchange;
use serde_json::{Map, Value};

use crate::phrase::StepFailure;
use crate::values::nearest::{listed, nearest};
use crate::vocabulary::data::same_noun;
use crate::vocabulary::support::{SETTLE, method_and_path};
use crate::world::World;

/// Which calls are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallRef {
    /// As it was written, for messages.
    pub(crate) said: String,
    way: Way,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    /// Any call of these operations: `POST /api/v1/email/send`.
    Operations(Vec<String>),
    /// One method and path, no placeholders.
    Exact { method: String, path: String },
    /// All.
    Any,
}

impl CallRef {
    /// Every call.
    pub(crate) fn any() -> Self {
        Self { said: "any call".to_owned(), way: Way::Any }
    }

    /// A call as `POST /api/v1/email/send`: an operation of the contract, or a path that one of them covers.
    ///
    /// # Errors
    /// A call that the contract does not know: a check of it could never fail, or never hold.
    pub(crate) fn of(contract: &Contract, service: &str, line: &str) -> Result<Self, StepFailure> {
        let (method, path) = method_and_path(line)?;
        let wanted = format!("{method} {path}");
        if contract.operations().iter().any(|operation| operation.line() == wanted) {
            return Ok(Self { said: wanted.clone(), way: Way::Operations(vec![wanted]) });
        }
        match contract.find(&method, &path) {
            Found::Operation { .. } => Ok(Self { said: wanted, way: Way::Exact { method, path } }),
            Found::WrongMethod { diagnosis, .. } | Found::Unknown { diagnosis } => {
                Err(StepFailure::check(format!("the contract of {service} knows no `{wanted}`"))
                    .hint(diagnosis))
            }
        }
    }

    /// The calls that a noun means: its name under `[calls.KEY]`, or else the POST and PUT operations whose path has
    /// its words as parts: `email` is `POST /api/v1/email/send`.
    ///
    /// # Errors
    /// A noun that means none.
    pub(crate) fn noun(world: &World, service: &str, noun: &str) -> Result<Self, StepFailure> {
        if same_noun(noun, "call") {
            return Ok(Self::any());
        }
        let key = world.service_key(service)?;
        let contract = world.contract(service)?;
        let named = world.shared.options.conventions.calls.get(&key);
        let by_name = named.into_iter().flatten().find(|(name, _)| same_noun(name, noun));
        if let Some((_, line)) = by_name {
            let mut found = Self::of(contract, service, line)?;
            found.said = noun.to_owned();
            return Ok(found);
        }
        let operations = by_path(contract, noun);
        if !operations.is_empty() {
            return Ok(Self { said: noun.to_owned(), way: Way::Operations(operations) });
        }
        let failure = StepFailure::check(format!("`{noun}` means no call of {service}"));
        let names = || named.into_iter().flatten().map(|(name, _)| name.as_str());
        Err(match nearest(noun, names()) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint(format!(
                "write `received 1 call to \"POST /…\"`, or name the call in dryrun.toml: [calls.{key}] {} = \"POST /…\"; its calls are {}",
                noun.replace(' ', "_"),
                listed(contract.operations().iter().filter(|one| one.method == "POST").map(|one| one.path.as_str()), 8)
            )),
        })
    }

    /// Whether a call is meant.
    pub(crate) fn means(&self, exchange: &Exchange) -> bool {
        match &self.way {
            Way::Any => true,
            Way::Operations(lines) => exchange.operation.as_ref().is_some_and(|line| lines.contains(line)),
            Way::Exact { method, path } => {
                exchange.request.method == *method && exchange.request.path == *path
            }
        }
    }
}

fn by_path(contract: &Contract, noun: &str) -> Vec<String> {
    let words: Vec<&str> = noun.split([' ', '_', '-']).collect();
    let covers = |path: &str| {
        let parts: Vec<&str> = path.split('/').collect();
        words.iter().all(|word| parts.iter().any(|part| same_noun(part, word)))
    };
    let makes = |method: &str| matches!(method, "POST" | "PUT");
    contract
        .operations()
        .iter()
        .filter(|one| makes(&one.method) && covers(&one.path))
        .map(|one| one.line())
        .collect()
}

/// Waits a little until no call of this scenario is under way at any mock.
pub(crate) async fn settle(world: &World) {
    let deadline = Instant::now() + SETTLE;
    for view in world.views.values() {
        view.settled(deadline).await;
    }
}

/// The calls that a service received, once none is under way.
pub(crate) async fn received(world: &World, service: &str) -> Result<Vec<Arc<Exchange>>, StepFailure> {
    settle(world).await;
    let view = world.service(service)?;
    complete(service, view.dropped())?;
    Ok(view.calls())
}

/// The calls that all services received, in order of arrival, once none is under way.
pub(crate) async fn received_by_all(world: &World) -> Result<Vec<Arc<Exchange>>, StepFailure> {
    settle(world).await;
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

/// The calls of all services that a line means, and the service that knows it.
pub(crate) async fn received_anywhere(world: &World, line: &str) -> Result<Vec<Arc<Exchange>>, StepFailure> {
    let calls = received_by_all(world).await?;
    let mut first_error = None;
    for (key, title) in &world.titles {
        match CallRef::of(world.contract(key)?, title, line) {
            Ok(wanted) => {
                return Ok(calls
                    .into_iter()
                    .filter(|call| call.service == *key && wanted.means(call))
                    .collect());
            }
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or_else(|| StepFailure::environment("no service is configured")))
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
