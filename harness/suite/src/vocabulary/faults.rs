//! Mocks: the faults that a scenario asks for.

use std::time::Duration;

use dryrun_mocks::{Fault, FaultKind};

use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::values::parameters::lasting;
use crate::vocabulary::nouns::{CallRef, method_and_path};
use crate::vocabulary::support::{doc, json_doc, number, phrase, raw, text, time};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(Mocks Given None, "{service} answers {int} to {calls}{lasting}", answers,
        "In place of its own answer the service gives this status to the call, or to everything; for good, or so many times and then its own answers again.",
        "Given the CRM answers 503 to \"POST /api/v1/email/send\" twice, then recovers"),
    phrase!(Mocks Given DocString, "{service} answers {int} to {calls}{lasting} with:", answers_with,
        "As above, with this body.",
        "Given the CRM answers 400 to \"POST /api/v1/email/send\" with:\n  \"\"\"json\n  {\"detail\": \"no such template\"}\n  \"\"\""),
    phrase!(Mocks Given None, "{service} answers {int} to {calls} and asks to retry after {int} second(s){lasting}", retry_after,
        "As above, with the header `Retry-After`.",
        "Given the CRM answers 429 to \"POST /api/v1/email/send\" and asks to retry after 1 second once, then recovers"),
    phrase!(Mocks Given None, "{service} answers {int} to {calls} after {int} good call(s)", after,
        "So many calls get the service's own answer, all later ones this status.",
        "Given the Platform answers 500 to \"POST /api/v1/social/post\" after 2 good calls"),
    phrase!(Mocks Given None, "{service} takes {duration} to answer {calls}{lasting}", takes,
        "The service's own answer comes so much later.",
        "Given the CRM takes 3 seconds to answer \"POST /api/v1/email/send\""),
    phrase!(Mocks Given None, "{service} drops the connection on {calls}{lasting}", drops,
        "The connection is cut before the call takes effect.",
        "Given the CRM drops the connection on \"POST /api/v1/email/send\" once, then recovers"),
    phrase!(Mocks Given None, "{service} applies {calls} and loses the answer{lasting}", loses,
        "The call takes effect, and the connection is cut before the answer.",
        "Given the CRM applies \"POST /api/v1/email/send\" and loses the answer once, then recovers"),
    phrase!(Mocks Given None, "{service} never answers {calls}{lasting}", hangs,
        "The call hangs until the caller gives up.",
        "Given the CRM never answers \"POST /api/v1/email/send\""),
    phrase!(Mocks Given None, "{service} answers garbage to {calls}{lasting}", garbage,
        "The call gets a 200 whose body is no JSON.",
        "Given the Platform answers garbage to \"POST /api/v1/content/publish\""),
    phrase!(Mocks Given None, "{service} allows {int} request(s) per second", rate,
        "More calls within a second get 429 with `Retry-After`.",
        "Given the CRM allows 5 requests per second"),
    phrase!(Mocks Given None, "{service} rejects the key {string}", rejects,
        "Calls that carry this key, as bearer token or `X-API-Key`, get 401.",
        "Given the CRM rejects the key \"old\""),
    phrase!(Mocks Given None, "{service} is down", down,
        "Every call to the service, its health check too, has its connection cut.",
        "Given the CRM is down"),
    phrase!(Mocks Given None, "{service} works again", recovers,
        "Ends every fault that this scenario asked for.",
        "When the CRM works again"),
];

async fn answers(world: &mut World, call: Call) -> StepResult {
    let kind = FaultKind::Status { status: status(&call)?, headers: Vec::new(), body: None };
    add(world, &call, 2, kind, lasting(raw(&call, 3)), 0)
}

async fn answers_with(world: &mut World, call: Call) -> StepResult {
    let body = Some(json_doc(world, doc(&call)?)?);
    let kind = FaultKind::Status { status: status(&call)?, headers: Vec::new(), body };
    add(world, &call, 2, kind, lasting(raw(&call, 3)), 0)
}

async fn retry_after(world: &mut World, call: Call) -> StepResult {
    let seconds: u32 = number(&call, 3)?;
    let headers = vec![("retry-after".to_owned(), seconds.to_string())];
    let kind = FaultKind::Status { status: status(&call)?, headers, body: None };
    add(world, &call, 2, kind, lasting(raw(&call, 4)), 0)
}

async fn after(world: &mut World, call: Call) -> StepResult {
    let kind = FaultKind::Status { status: status(&call)?, headers: Vec::new(), body: None };
    add(world, &call, 2, kind, None, number(&call, 3)?)
}

async fn takes(world: &mut World, call: Call) -> StepResult {
    let delay: Duration = time(&call, 1)?;
    add(world, &call, 2, FaultKind::Delay(delay), lasting(raw(&call, 3)), 0)
}

async fn drops(world: &mut World, call: Call) -> StepResult {
    add(world, &call, 1, FaultKind::DropConnection, lasting(raw(&call, 2)), 0)
}

async fn loses(world: &mut World, call: Call) -> StepResult {
    add(world, &call, 1, FaultKind::LoseAnswer, lasting(raw(&call, 2)), 0)
}

async fn hangs(world: &mut World, call: Call) -> StepResult {
    add(world, &call, 1, FaultKind::Hang, lasting(raw(&call, 2)), 0)
}

async fn garbage(world: &mut World, call: Call) -> StepResult {
    add(world, &call, 1, FaultKind::Garbage, lasting(raw(&call, 2)), 0)
}

async fn rate(world: &mut World, call: Call) -> StepResult {
    let per_second = number(&call, 1)?;
    everywhere(world, &call, FaultKind::RateLimit { per_second })
}

async fn rejects(world: &mut World, call: Call) -> StepResult {
    let key = text(world, &call, 1)?;
    everywhere(world, &call, FaultKind::RejectKey(key))
}

async fn down(world: &mut World, call: Call) -> StepResult {
    everywhere(world, &call, FaultKind::DropConnection)
}

async fn recovers(world: &mut World, call: Call) -> StepResult {
    world.service(raw(&call, 0))?.clear_faults();
    Ok(())
}

fn status(call: &Call) -> Result<u16, StepFailure> {
    let status = number(call, 1)?;
    if (100..600).contains(&status) {
        Ok(status)
    } else {
        Err(StepFailure::check(format!("{status} is no HTTP status")))
    }
}

fn everywhere(world: &World, call: &Call, kind: FaultKind) -> StepResult {
    world.service(raw(call, 0))?.add_fault(Fault { on: None, kind, times: None, after: 0 });
    Ok(())
}

/// Adds a fault on the call that parameter `at` names: a line in quotes, or everything.
fn add(
    world: &mut World,
    call: &Call,
    at: usize,
    kind: FaultKind,
    times: Option<u32>,
    after: u32,
) -> StepResult {
    let service = raw(call, 0);
    let on = if call.captures.get(at).is_some_and(|captured| captured.quoted) {
        let line = text(world, call, at)?;
        // A fault on a call that no contract knows would never strike, and the scenario would rehearse nothing.
        CallRef::of(world.contract(service)?, service, &line)?;
        Some(method_and_path(&line)?)
    } else {
        None
    };
    world.service(service)?.add_fault(Fault { on, kind, times, after });
    Ok(())
}
