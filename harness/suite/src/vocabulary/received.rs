//! Mocks: what they received, and what they hold.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dryrun_record::{Exchange, FailureKind};

use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::values::duration;
use crate::values::kinds::show;
use crate::values::path::Found;
use crate::values::table::Like;
use crate::vocabulary::calls::{Anywhere, body_of, ids, list, noun as noun_of, received, received_anywhere};
use crate::vocabulary::data::collection;
use crate::vocabulary::nouns::CallRef;
use crate::vocabulary::support::{
    criterion, field, lines, number, phrase, raw, table as rows, text, time, unmet,
};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(Mocks Then None, "{service} received {int} {noun}", noun,
        "So many calls of this kind reached the service, whatever they were answered. A noun is named under `[calls]` in dryrun.toml, or means the POST and PUT calls whose path has it: `email` is `POST /api/v1/email/send`; `call` is any.",
        "Then the CRM received 1 email"),
    phrase!(Mocks Then Table, "{service} received {int} {noun} like:", noun_like,
        "So many of the calls of this kind have these fields in their body (or in their query, without a body): a field and a value or marker a row.",
        "Then the CRM received 1 email like:\n  | subject    | Spring       |\n  | recipients | [\"${reader}\"] |"),
    phrase!(Mocks Then Table, "{service} received {int} call(s) to {call} like:", call_like,
        "So many of the calls to this path have these fields in their body.",
        "Then the CRM received 1 call to \"POST /api/v1/email/send\" like:\n  | subject | </^Spring/> |"),
    phrase!(Mocks Then None, "{service} received exactly {int} call(s) to {call}", exactly,
        "So many calls to this path reached the service, whatever they were answered.",
        "Then the CRM received exactly 3 calls to \"POST /api/v1/email/send\""),
    phrase!(Mocks Then None, "{service} received nothing", nothing,
        "No call of this scenario reached the service.",
        "Then the CRM received nothing"),
    phrase!(Mocks Then None, "within {duration} {service} received {int} call(s) to {call}", soon,
        "Waits until so many calls to this path have reached the service; more than that is a failure too.",
        "Then within 5 seconds the CRM received 1 call to \"POST /api/v1/email/send\""),
    phrase!(Mocks Then None, "in every call to {call} {field} {predicate}", every_field,
        "The check holds of the body of each call to this path; there must be at least one.",
        "Then in every call to \"POST /api/v1/social/post\" content has at most 280 characters"),
    phrase!(Mocks Then None, "in every call to {call} header {string} {predicate}", every_header,
        "The check holds of this header of each call to this path; there must be at least one.",
        "Then in every call to \"POST /api/v1/email/send\" header \"Authorization\" starts with \"Bearer \""),
    phrase!(Mocks Then None, "I remember {field} of the last call to {call} as {string}", remember,
        "Remembers a field of the body that the service sent.",
        "Then I remember subject of the last call to \"POST /api/v1/email/send\" as \"subject\""),
    phrase!(Mocks Then None, "{service} holds {int} {noun}", holds,
        "The service keeps so many items of this kind now.",
        "Then the CRM holds 1 contact"),
    phrase!(Mocks Then Table, "{service} holds {int} {noun} like:", holds_like,
        "So many of the items that the service keeps have these fields.",
        "Then the CRM holds 1 contact like:\n  | email  | ${reader} |\n  | status | active    |"),
];

async fn noun(world: &mut World, call: Call) -> StepResult {
    let (service, wanted): (_, usize) = (raw(&call, 0), number(&call, 1)?);
    let meant = noun_of(world, service, raw(&call, 2))?;
    let calls = received(world, service).await?;
    count(world, service, wanted, meant, &calls)
}

async fn exactly(world: &mut World, call: Call) -> StepResult {
    let (service, wanted): (_, usize) = (raw(&call, 0), number(&call, 1)?);
    let line = text(world, &call, 2)?;
    let meant = CallRef::of(world.contract(service)?, service, &line)?;
    let calls = received(world, service).await?;
    count(world, service, wanted, meant, &calls)
}

fn count(
    world: &mut World,
    service: &str,
    wanted: usize,
    meant: CallRef,
    calls: &[Arc<Exchange>],
) -> StepResult {
    let found: Vec<&Arc<Exchange>> = calls.iter().filter(|call| meant.means(call)).collect();
    if found.len() == wanted {
        let key = world.service_key(service)?;
        let said = format!("{service} received {wanted} of {}", meant.said);
        world.promise(said, wanted, move |call| call.service == key && meant.means(call));
        return Ok(());
    }
    let shown = if found.is_empty() { calls.iter().collect() } else { found.clone() };
    let failure =
        StepFailure::check(format!("{service} received {} of `{}`, not {wanted}", found.len(), meant.said))
            .compare(format!("{wanted} × {}", meant.said), format!("{} × {}", found.len(), meant.said))
            .exchanges(ids(shown.iter().copied()));
    Err(failure.hint(format!("{service} received:\n{}", list(shown))))
}

async fn noun_like(world: &mut World, call: Call) -> StepResult {
    let service = raw(&call, 0);
    let meant = noun_of(world, service, raw(&call, 2))?;
    alike(world, &call, service, meant).await
}

async fn call_like(world: &mut World, call: Call) -> StepResult {
    let service = raw(&call, 0);
    let line = text(world, &call, 2)?;
    let meant = CallRef::of(world.contract(service)?, service, &line)?;
    alike(world, &call, service, meant).await
}

async fn alike(world: &mut World, call: &Call, service: &str, meant: CallRef) -> StepResult {
    let wanted: usize = number(call, 1)?;
    let like = Like::read(rows(call)?, &mut world.scope())?;
    let calls = received(world, service).await?;
    let mut judged = Vec::new();
    for call in calls.iter().filter(|call| meant.means(call)) {
        judged.push((call, like.differences(&body_of(call)?)));
    }
    let found: Vec<&Arc<Exchange>> =
        judged.iter().filter(|(_, differences)| differences.is_empty()).map(|(call, _)| *call).collect();
    if found.len() == wanted {
        let key = world.service_key(service)?;
        let said = format!("{service} received {wanted} of {} like …", meant.said);
        world.promise(said, wanted, move |call| {
            let alike = || body_of(call).is_ok_and(|body| like.differences(&body).is_empty());
            call.service == key && meant.means(call) && alike()
        });
        return Ok(());
    }
    let failure = StepFailure::check(format!(
        "{service} received {} of `{}` like this, not {wanted}",
        found.len(),
        meant.said
    ));
    if found.len() > wanted {
        return Err(failure
            .compare(format!("{wanted} like this"), list(found.clone()))
            .exchanges(ids(found)));
    }
    let nearest = judged
        .iter()
        .filter(|(_, differences)| !differences.is_empty())
        .min_by_key(|(_, differences)| differences.len());
    Err(match nearest {
        None => failure
            .compare(format!("{wanted} × {}", meant.said), list(found))
            .hint(format!("{service} received:\n{}", list(&calls)))
            .exchanges(ids(&calls)),
        Some((call, differences)) => failure
            .compare(
                differences
                    .iter()
                    .map(|one| format!("{}: {}", one.path, one.expected))
                    .collect::<Vec<_>>()
                    .join("\n"),
                differences
                    .iter()
                    .map(|one| format!("{}: {}", one.path, one.found))
                    .collect::<Vec<_>>()
                    .join("\n"),
            )
            .at(differences.first().map(|one| one.path.clone()).unwrap_or_default())
            .hint(format!(
                "the nearest call is {} ({}), which differs in {} of {} fields:\n{}",
                call.id,
                call.request.line(),
                differences.len(),
                like.len(),
                lines(differences)
            ))
            .exchanges([call.id.clone()]),
    })
}

async fn nothing(world: &mut World, call: Call) -> StepResult {
    let service = raw(&call, 0);
    let calls = received(world, service).await?;
    if calls.is_empty() {
        let key = world.service_key(service)?;
        world.promise(format!("{service} received nothing"), 0, move |call| call.service == key);
        return Ok(());
    }
    Err(StepFailure::check(format!(
        "{service} received {} call{}",
        calls.len(),
        if calls.len() == 1 { "" } else { "s" }
    ))
    .compare("no call", list(&calls))
    .exchanges(ids(&calls)))
}

async fn soon(world: &mut World, call: Call) -> StepResult {
    let (limit, service, wanted): (Duration, _, usize) = (time(&call, 0)?, raw(&call, 1), number(&call, 2)?);
    let line = text(world, &call, 3)?;
    let meant = CallRef::of(world.contract(service)?, service, &line)?;
    let view = world.service(service)?.clone();
    let deadline = Instant::now() + limit;
    loop {
        let calls = view.calls();
        let found = calls.iter().filter(|call| meant.means(call)).count();
        if found >= wanted {
            break;
        }
        if !view.changed(calls.len(), deadline).await {
            return Err(StepFailure::of(
                FailureKind::Timeout,
                format!(
                    "{service} received {found} of `{}` within {}, not {wanted}",
                    meant.said,
                    duration::show(limit)
                ),
            )
            .compare(format!("{wanted} × {}", meant.said), list(&calls))
            .exchanges(ids(&calls)));
        }
    }
    let calls = received(world, service).await?;
    count(world, service, wanted, meant, &calls)
}

async fn every_field(world: &mut World, call: Call) -> StepResult {
    let (line, path, criterion) = (text(world, &call, 0)?, field(&call, 1)?, criterion(world, &call, 2)?);
    let called = at_least_one(world, &line).await?;
    let said = format!("in every call to \"{line}\" {} {}", path.as_str(), raw(&call, 2));
    called.each(world, said.clone(), move |one| {
        let found = body_of(one)?;
        let judged = criterion.check_found(&path.find(&found));
        judged.map_err(|mismatch| unmet(&said, path.as_str(), mismatch).exchanges([one.id.clone()]))
    })
}

async fn every_header(world: &mut World, call: Call) -> StepResult {
    let (line, name, criterion) =
        (text(world, &call, 0)?, text(world, &call, 1)?, criterion(world, &call, 2)?);
    let called = at_least_one(world, &line).await?;
    let said = format!("in every call to \"{line}\" header \"{name}\" {}", raw(&call, 2));
    called.each(world, said.clone(), move |one| {
        let value = one.request.header(&name).map(serde_json::Value::from);
        let judged = criterion.check(value.as_ref());
        judged
            .map_err(|mismatch| unmet(&said, &format!("header {name}"), mismatch).exchanges([one.id.clone()]))
    })
}

async fn at_least_one(world: &World, line: &str) -> Result<Anywhere, StepFailure> {
    let called = received_anywhere(world, line).await?;
    if called.calls.is_empty() {
        return Err(StepFailure::check(format!("there was no call to {line}, so nothing was checked"))
            .compare("at least one call", "none"));
    }
    Ok(called)
}

async fn remember(world: &mut World, call: Call) -> StepResult {
    let (path, line) = (field(&call, 0)?, text(world, &call, 1)?);
    let calls = at_least_one(world, &line).await?.calls;
    let Some(last) = calls.last() else { return Ok(()) };
    let body = body_of(last)?;
    let value = path.get(&body).ok_or_else(|| {
        let why = match path.find(&body) {
            Found::Missing(why) => why,
            _ => "the path names nothing".to_owned(),
        };
        StepFailure::check(format!("`{}` can't be remembered: {why}", path.as_str()))
            .compare("present", show(&body, 300))
            .exchanges([last.id.clone()])
    })?;
    Ok(world.vars.remember(raw(&call, 2), value)?)
}

async fn holds(world: &mut World, call: Call) -> StepResult {
    let (service, wanted): (_, usize) = (raw(&call, 0), number(&call, 1)?);
    let items = items(world, &call).await?;
    if items.len() == wanted {
        return Ok(());
    }
    let shown = items.iter().take(10).map(|item| show(item, 200)).collect::<Vec<_>>().join("\n");
    Err(StepFailure::check(format!("{service} holds {} of `{}`, not {wanted}", items.len(), raw(&call, 2)))
        .compare(wanted.to_string(), format!("{}\n{shown}", items.len())))
}

async fn holds_like(world: &mut World, call: Call) -> StepResult {
    let (service, wanted): (_, usize) = (raw(&call, 0), number(&call, 1)?);
    let like = Like::read(rows(&call)?, &mut world.scope())?;
    let items = items(world, &call).await?;
    let judged: Vec<_> = items.iter().map(|item| (item, like.differences(item))).collect();
    let found = judged.iter().filter(|(_, differences)| differences.is_empty()).count();
    if found == wanted {
        return Ok(());
    }
    let failure =
        StepFailure::check(format!("{service} holds {found} of `{}` like this, not {wanted}", raw(&call, 2)))
            .compare(format!("{wanted} like this"), format!("{found} of {}", items.len()));
    let nearest = judged
        .iter()
        .filter(|(_, differences)| !differences.is_empty())
        .min_by_key(|(_, differences)| differences.len());
    Err(match nearest {
        Some((item, differences)) if found < wanted => {
            failure.hint(format!("the nearest is {}\n{}", show(item, 200), lines(differences)))
        }
        _ => failure,
    })
}

async fn items(world: &World, call: &Call) -> Result<Vec<serde_json::Value>, StepFailure> {
    let service = raw(call, 0);
    let name = collection(world, service, raw(call, 2))?;
    let view = world.service(service)?;
    view.settled(Instant::now() + crate::vocabulary::support::SETTLE).await;
    view.items(&name).map_err(|error| StepFailure::environment(error.to_string()))
}
