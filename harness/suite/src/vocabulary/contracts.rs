//! Contracts: the answer's, every call's, and breaches that a scenario expects.

use dryrun_record::{Breach, Direction, Failure, FailureKind};
use serde_json::Value;

use crate::answer::{Answer, SentRequest};
use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::values::marker::{self, Marker, Sort};
use crate::values::path::FieldPath;
use crate::values::table;
use crate::vocabulary::calls::{ids, list, received, received_by_all};
use crate::vocabulary::support::{body_start, number, phrase, raw, table as rows, text};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(Contracts Then None, "the answer honours its contract", honours,
        "The contract of the service under test knows the call, and the answer's status, headers and body are as it says.",
        "Then the answer honours its contract"),
    phrase!(Contracts Then None, "every call honoured its contract", every_honoured,
        "All that the service sent to the mocks so far is as their contracts say, and the last answer as its own.",
        "Then every call honoured its contract"),
    phrase!(Contracts Then None, "the answer breaches its contract at {string}", breaches,
        "The answer breaks its contract at this place, a field's path or `status`, and the scenario does not fail for it.",
        "Then the answer breaches its contract at \"results.email\""),
    phrase!(Contracts Then None, "{service} received a call that breaches its contract at {string}", call_breaches,
        "A call of the service broke the mock's contract at this place, and the scenario does not fail for it.",
        "Then the CRM received a call that breaches its contract at \"recipients[0]\""),
    phrase!(Contracts Then None, "a body without {string} is refused with {int}", without,
        "Sends the last request again without this field of its body; the service must refuse it with this status.",
        "Then a body without \"title\" is refused with 422"),
    phrase!(Contracts Then Table, "each of these changes to the body is refused with {int}:", each_refused,
        "Sends the last request again for each row, with only that change to its body: a path and a value. The service must refuse each with this status.",
        "Then each of these changes to the body is refused with 422:\n  | title | <absent> |\n  | title | 5        |\n  | tags  | none     |"),
];

async fn honours(world: &mut World, _call: Call) -> StepResult {
    judge(world, world.answer()?)
}

fn judge(world: &World, answer: &Answer) -> StepResult {
    if world.shared.target_contract.is_none() {
        return Err(StepFailure::environment("there is no contract of the service under test")
            .hint("name it in dryrun.toml: [target] contract = \"schemas/service/openapi.yaml\""));
    }
    let policy = &world.shared.policy;
    let broken = || answer.breaches.iter().filter(|breach| !policy.excuses(Direction::ToService, breach));
    let tolerated = !answer.breaches.is_empty() && broken().next().is_none();
    if answer.operation.is_none() && !tolerated {
        let failure =
            StepFailure::of(FailureKind::Contract, format!("the contract does not know {}", answer.request))
                .exchanges([answer.exchange.clone()]);
        return Err(match &answer.unknown {
            Some(diagnosis) => failure.hint(diagnosis.clone()),
            None => failure,
        });
    }
    let failures: Vec<Failure> = broken().take(20).map(|breach| told(breach, &answer.exchange)).collect();
    if failures.is_empty() { Ok(()) } else { Err(StepFailure(failures)) }
}

fn told(breach: &Breach, exchange: &str) -> Failure {
    Failure {
        kind: FailureKind::Contract,
        message: format!(
            "{} {} breaks its contract at {}",
            breach.side, breach.operation, breach.instance_path
        ),
        at: Some(breach.instance_path.clone()),
        expected: Some(breach.wanted.clone()),
        found: Some(breach.found.clone()),
        hint: Some(format!("the contract says so at {}", breach.schema_path)),
        exchanges: vec![exchange.to_owned()],
    }
}

async fn every_honoured(world: &mut World, _call: Call) -> StepResult {
    let calls = received_by_all(world).await?;
    let policy = &world.shared.policy;
    let mut failures: Vec<Failure> = calls
        .iter()
        .flat_map(|call| call.breaches.iter().map(move |breach| (call, breach)))
        .filter(|(_, breach)| !policy.excuses(Direction::ToMock, breach))
        .map(|(call, breach)| told(breach, &call.id))
        .take(20)
        .collect();
    for call in calls.iter().filter(|call| call.unexpected.is_some()).take(20) {
        failures.push(Failure {
            kind: FailureKind::UnexpectedCall,
            message: format!("no contract knows {} {}", call.service, call.request.line()),
            hint: call.unexpected.clone(),
            exchanges: vec![call.id.clone()],
            ..Failure::default()
        });
    }
    if let (Some(answer), true) = (&world.last, world.shared.target_contract.is_some())
        && let Err(StepFailure(more)) = judge(world, answer)
    {
        failures.extend(more);
    }
    if failures.is_empty() { Ok(()) } else { Err(StepFailure(failures)) }
}

async fn breaches(world: &mut World, call: Call) -> StepResult {
    let place = text(world, &call, 0)?;
    let answer = world.answer()?;
    if world.shared.target_contract.is_none() {
        return judge(world, answer);
    }
    if answer.breaches.iter().any(|breach| at_place(breach, &place)) {
        let id = answer.exchange.clone();
        world.expected_breaches.insert(id);
        return Ok(());
    }
    Err(StepFailure::of(FailureKind::Contract, format!("the answer does not break its contract at {place}"))
        .compare(format!("a breach at {place}"), places(&answer.breaches))
        .at(place)
        .exchanges([answer.exchange.clone()]))
}

async fn call_breaches(world: &mut World, call: Call) -> StepResult {
    let service = raw(&call, 0);
    let place = text(world, &call, 1)?;
    let calls = received(world, service).await?;
    let found: Vec<String> = calls
        .iter()
        .filter(|call| call.breaches.iter().any(|breach| at_place(breach, &place)))
        .map(|call| call.id.clone())
        .collect();
    if found.is_empty() {
        let all: Vec<Breach> = calls.iter().flat_map(|call| call.breaches.clone()).collect();
        return Err(StepFailure::of(
            FailureKind::Contract,
            format!("no call to {service} broke its contract at {place}"),
        )
        .compare(format!("a breach at {place}"), places(&all))
        .hint(list(&calls))
        .at(place)
        .exchanges(ids(&calls)));
    }
    world.expected_breaches.extend(found);
    Ok(())
}

fn places(breaches: &[Breach]) -> String {
    let lines: Vec<String> = breaches
        .iter()
        .take(20)
        .map(|breach| format!("{}: wanted {}, found {}", breach.instance_path, breach.wanted, breach.found))
        .collect();
    if lines.is_empty() { "no breach".to_owned() } else { lines.join("\n") }
}

/// Whether a breach is at a place, given as `results.email`, `body/results/email` or `status`.
fn at_place(breach: &Breach, place: &str) -> bool {
    let slashed = place.replace("[\"", ".").replace("\"]", "").replace(['.', '['], "/").replace(']', "");
    let wanted = slashed.trim_matches('/');
    let found = breach.instance_path.trim_matches('/');
    found == place.trim_matches('/') || found == wanted || found.strip_prefix("body/") == Some(wanted)
}

async fn without(world: &mut World, call: Call) -> StepResult {
    let (path, status): (_, u16) = (text(world, &call, 0)?, number(&call, 1)?);
    let (request, mut body) = last_body(world)?;
    FieldPath::parse(&path)?.remove(&mut body)?;
    refused(world, request, &body, status, &format!("without `{path}`")).await
}

async fn each_refused(world: &mut World, call: Call) -> StepResult {
    let status: u16 = number(&call, 0)?;
    let (request, original) = last_body(world)?;
    let mut failures = Vec::new();
    for (path, written) in table::pairs(rows(&call)?)? {
        let mut body = original.clone();
        let row = [vec![path.to_owned(), written.to_owned()]];
        table::change(&mut body, &row, &mut world.scope())?;
        let what = match marker::parse(written)? {
            Some(Marker { sort: Sort::Absent, .. }) => format!("without `{path}`"),
            _ => format!("with `{path}` as {written}"),
        };
        if let Err(StepFailure(more)) = refused(world, request.clone(), &body, status, &what).await {
            failures.extend(more);
        }
    }
    // What is sent again later is the good request, not the last bad one.
    world.sent = Some(request);
    if failures.is_empty() { Ok(()) } else { Err(StepFailure(failures)) }
}

fn last_body(world: &World) -> Result<(SentRequest, Value), StepFailure> {
    let request = world.sent.clone().ok_or_else(|| {
        StepFailure::environment("there is no request yet whose body could be changed")
            .hint("send a good one first: `When I POST to …`")
    })?;
    let body = serde_json::from_slice(&request.body).map_err(|_| {
        StepFailure::check(format!("the last request, {}, has no JSON body to change", request.line()))
    })?;
    Ok((request, body))
}

async fn refused(
    world: &mut World,
    request: SentRequest,
    body: &Value,
    status: u16,
    what: &str,
) -> StepResult {
    let mut changed = request.clone();
    changed.body = body.to_string().into();
    world.send(changed).await?;
    world.sent = Some(request);
    let answer = world.answer()?;
    if answer.status == status {
        return Ok(());
    }
    let verdict = if (200..300).contains(&answer.status) { "is accepted" } else { "is answered otherwise" };
    Err(StepFailure::check(format!("a body {what} {verdict}: {} answered {}", answer.request, answer.status))
        .compare(status.to_string(), format!("{}\n{}", answer.status, body_start(answer)))
        .at("status")
        .exchanges([answer.exchange.clone()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_either_way() {
        let breach = |path: &str| Breach {
            side: "response".into(),
            service: "service".into(),
            operation: "GET /x".into(),
            status: Some(200),
            instance_path: path.into(),
            schema_path: String::new(),
            ..Breach::default()
        };
        for (path, place) in [
            ("body/results/email", "results.email"),
            ("body/results/email", "body/results/email"),
            ("body/items/0/id", "items[0].id"),
            ("body/a b/c", "[\"a b\"].c"),
            ("status", "status"),
            ("header/retry-after", "header/retry-after"),
        ] {
            assert!(at_place(&breach(path), place), "{path} {place}");
        }
        for (path, place) in [
            ("body/results/email", "results"),
            ("body/results", "results.email"),
            ("body/status", "header.status"),
        ] {
            assert!(!at_place(&breach(path), place), "{path} {place}");
        }
    }
}
