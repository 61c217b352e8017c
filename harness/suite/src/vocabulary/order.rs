//! Mocks: in what order, how far apart, nothing unexpected, nothing twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dryrun_record::{Exchange, Failure, FailureKind};
use serde_json::Value;

use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::values::duration;
use crate::vocabulary::calls::{
    applied, body_of, ids, list, received, received_anywhere, received_by_all, writes,
};
use crate::vocabulary::nouns::{CallRef, method_and_path};
use crate::vocabulary::support::{phrase, raw, table as rows, text};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(Mocks Then None, "{service} was called before {service}", before,
        "Both were called, and the last call to the first came before the first call to the second. Health checks do not count.",
        "Then the CRM was called before the Platform"),
    phrase!(Mocks Then Table, "the mocks received, in this order:", in_order,
        "These calls came one after another, each by its service and path; others may have come between them.",
        "Then the mocks received, in this order:\n  | the Platform | POST /api/v1/content/publish |\n  | the CRM      | POST /api/v1/email/send      |"),
    phrase!(Mocks Then None, "the attempts at {call} were at least {durations} apart", apart,
        "There was one more call to this path than there are numbers, and each came at least so long after the one before it.",
        "Then the attempts at \"POST /api/v1/email/send\" were at least 1, 2 and 4 seconds apart"),
    phrase!(Mocks Then None, "no call was unexpected", no_unexpected,
        "Every call of the service to a mock is one that the mock's contract knows.",
        "Then no call was unexpected"),
    phrase!(Mocks Then None, "{service} received a call that no contract knows: {string}", unexpected,
        "The service was called with this method and path, which its contract does not know; the scenario does not fail for such calls.",
        "Then the CRM received a call that no contract knows: \"POST /api/v1/mails\""),
    phrase!(Mocks Then None, "nothing was sent twice", nothing_twice,
        "No call that changes something took effect twice: the same service, method, path and body, ids and times of the attempt left out of account.",
        "Then nothing was sent twice"),
];

async fn before(world: &mut World, call: Call) -> StepResult {
    let (first, second) = (raw(&call, 0), raw(&call, 1));
    let work =
        |calls: Vec<Arc<Exchange>>| calls.into_iter().filter(|call| !is_probe(call)).collect::<Vec<_>>();
    let earlier = work(received(world, first).await?);
    let later = work(received(world, second).await?);
    let (Some(last), Some(next)) =
        (earlier.iter().max_by_key(|call| call.at_us), later.iter().min_by_key(|call| call.at_us))
    else {
        let missing = if earlier.is_empty() { first } else { second };
        return Err(StepFailure::check(format!("{missing} was not called at all"))
            .compare(format!("{first}, then {second}"), list(earlier.iter().chain(&later)))
            .exchanges(ids(earlier.iter().chain(&later))));
    };
    if last.at_us < next.at_us {
        return Ok(());
    }
    let mut all: Vec<&Arc<Exchange>> = earlier.iter().chain(&later).collect();
    all.sort_by_key(|call| call.at_us);
    Err(StepFailure::check(format!("{first} was still called after {second}"))
        .compare(format!("{first}, then {second}"), list(all))
        .exchanges([last.id.clone(), next.id.clone()]))
}

fn is_probe(call: &Exchange) -> bool {
    call.request.method == "GET" && matches!(call.request.path.as_str(), "/health" | "/ready" | "/live")
}

async fn in_order(world: &mut World, call: Call) -> StepResult {
    let mut wanted = Vec::new();
    for row in rows(&call)? {
        let [service, line] = row.as_slice() else {
            return Err(StepFailure::check("this table has two columns: the service and the call")
                .hint("| the CRM | POST /api/v1/email/send |"));
        };
        if wanted.is_empty() && (service.trim(), line.trim()) == ("service", "call") {
            continue;
        }
        let key = world.service_key(service)?;
        let line = world.expand(line)?;
        let meant = CallRef::of(world.contract(service)?, service, &line)?;
        wanted.push((key, meant));
    }
    let calls = received_by_all(world).await?;
    let mut rest = calls.iter();
    for (index, (key, meant)) in wanted.iter().enumerate() {
        if !rest.any(|call| call.service == *key && meant.means(call)) {
            let order = wanted
                .iter()
                .map(|(key, meant)| format!("{key} {}", meant.said))
                .collect::<Vec<_>>()
                .join("\n");
            return Err(StepFailure::check(format!(
                "call {} of the order, {}, did not come where it should",
                index + 1,
                meant.said
            ))
            .compare(order, list(&calls))
            .exchanges(ids(&calls)));
        }
    }
    Ok(())
}

async fn apart(world: &mut World, call: Call) -> StepResult {
    let line = text(world, &call, 0)?;
    let gaps = duration::parse_list(raw(&call, 1))?;
    let called = received_anywhere(world, &line).await?;
    let calls = &called.calls;
    let starts: Vec<Duration> = calls.iter().map(|call| Duration::from_micros(call.at_us)).collect();
    let found: Vec<Duration> = starts.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
    let right = found.len() == gaps.len() && found.iter().zip(&gaps).all(|(found, least)| found >= least);
    if right {
        called.promise(world, format!("the attempts at \"{line}\" were at least {} apart", raw(&call, 1)));
        return Ok(());
    }
    let show = |gaps: &[Duration]| gaps.iter().map(|gap| duration::show(*gap)).collect::<Vec<_>>().join(", ");
    let message = if found.len() == gaps.len() {
        format!("the attempts at {line} were too near to each other")
    } else {
        format!("there were {} attempts at {line}, not {}", calls.len(), gaps.len() + 1)
    };
    Err(StepFailure::check(message)
        .compare(
            format!("at least {}", show(&gaps)),
            if found.is_empty() { "no pause".to_owned() } else { show(&found) },
        )
        .exchanges(ids(calls)))
}

async fn no_unexpected(world: &mut World, _call: Call) -> StepResult {
    let calls = received_by_all(world).await?;
    let failures: Vec<Failure> = calls
        .iter()
        .filter_map(|call| {
            Some(Failure {
                kind: FailureKind::UnexpectedCall,
                message: format!("no contract knows {} {}", call.service, call.request.line()),
                hint: Some(call.unexpected.clone()?),
                exchanges: vec![call.id.clone()],
                ..Failure::default()
            })
        })
        .take(20)
        .collect();
    if failures.is_empty() { Ok(()) } else { Err(StepFailure(failures)) }
}

async fn unexpected(world: &mut World, call: Call) -> StepResult {
    let service = raw(&call, 0);
    let line = text(world, &call, 1)?;
    let (method, path) = method_and_path(&line)?;
    let calls = received(world, service).await?;
    let strange: Vec<&Arc<Exchange>> = calls.iter().filter(|call| call.unexpected.is_some()).collect();
    if strange.iter().any(|call| call.request.method == method && call.request.path == path) {
        world.unexpected_calls_expected = true;
        return Ok(());
    }
    Err(StepFailure::check(format!("{service} received no call that no contract knows: {line}"))
        .compare(line, list(if strange.is_empty() { calls.iter().collect() } else { strange }))
        .exchanges(ids(&calls)))
}

async fn nothing_twice(world: &mut World, _call: Call) -> StepResult {
    let calls = received_by_all(world).await?;
    once_each(&calls)?;
    world.promise_again("nothing was sent twice", once_each);
    Ok(())
}

/// What two attempts at the same thing have in common.
pub(crate) fn same_again(call: &Exchange) -> Result<String, StepFailure> {
    Ok(format!("{} {} {}", call.service, call.request.line(), essence(body_of(call)?)))
}

fn once_each(calls: &[Arc<Exchange>]) -> StepResult {
    let mut seen: BTreeMap<String, &Arc<Exchange>> = BTreeMap::new();
    for call in calls.iter().filter(|call| writes(call) && applied(call)) {
        let key = same_again(call)?;
        if let Some(first) = seen.insert(key, call) {
            return Err(StepFailure::check(format!(
                "{} {} was sent twice",
                call.service,
                call.request.line()
            ))
            .compare("each thing once", list([first, call]))
            .at(call.request.line())
            .exchanges([first.id.clone(), call.id.clone()]));
        }
    }
    Ok(())
}

/// Names of fields that differ between two attempts at the same thing.
const OF_THE_ATTEMPT: [&str; 10] = [
    "attempt",
    "attempt_id",
    "retry",
    "retry_count",
    "idempotency_key",
    "request_id",
    "correlation_id",
    "timestamp",
    "sent_at",
    "trace_id",
];

/// A body without what belongs to the attempt, its fields in one order.
fn essence(body: Value) -> Value {
    match body {
        Value::Object(fields) => {
            let mut kept: Vec<(String, Value)> = fields
                .into_iter()
                .filter(|(name, _)| !OF_THE_ATTEMPT.contains(&name.to_lowercase().replace('-', "_").as_str()))
                .map(|(name, value)| (name, essence(value)))
                .collect();
            kept.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(kept.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(essence).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn two_attempts_at_the_same_thing_have_one_essence() {
        let first =
            json!({"subject": "S", "metadata": {"attempt": 1, "x": 1}, "Idempotency-Key": "a", "to": ["a"]});
        let second = json!({"to": ["a"], "metadata": {"x": 1, "attempt": 2}, "subject": "S"});
        assert_eq!(essence(first.clone()).to_string(), essence(second).to_string());
        assert_ne!(essence(first), essence(json!({"subject": "T", "metadata": {"x": 1}, "to": ["a"]})));
    }
}
