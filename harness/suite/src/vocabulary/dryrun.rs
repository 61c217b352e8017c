//! The promise of a dry run: previews publish nothing, answers claim what was done, neither more nor less.

use std::sync::Arc;

use dryrun_record::{Exchange, Failure};
use serde_json::{Map, Value};

use crate::answer::SentRequest;
use crate::conventions::{Claim, Preview};
use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::values::kinds::{same, show};
use crate::values::path::FieldPath;
use crate::vocabulary::calls::{answered, applied, body_of, ids, list, received, received_by_all, writes};
use crate::vocabulary::nouns::{CallRef, method_and_path};
use crate::vocabulary::support::{condition, doc, json, json_doc, phrase};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(DryRun When DocString, "I preview:", preview,
        "Sends the doc string to the service's preview, with the fields that make it one: `[preview]` in dryrun.toml says where and which.",
        "When I preview:\n  \"\"\"json\n  {\"send_email\": true, \"tone\": \"professional\"}\n  \"\"\""),
    phrase!(DryRun Then None, "nothing was published", nothing_published,
        "No call that changes something (all but GET, HEAD and OPTIONS) reached any mock.",
        "Then nothing was published"),
    phrase!(DryRun Then None, "the preview is what a live run sends", same_as_live,
        "The preview called nothing that changes something; then the same request is sent live, and what the mocks receive is what the preview showed, field by field as `[[preview.sends]]` in dryrun.toml says. The answer is then the live one.",
        "Then the preview is what a live run sends"),
    phrase!(DryRun Then None, "what the answer claims is what the mocks received", claims,
        "For each of `[[claims]]` in dryrun.toml: when the answer says so, the call took effect, once or as often as it says; when it does not, it did not; and the fields agree on both sides.",
        "Then what the answer claims is what the mocks received"),
];

async fn preview(world: &mut World, call: Call) -> StepResult {
    let convention = convention(world)?;
    let mut body = json_doc(world, doc(&call)?)?;
    put(&mut body, &convention.with)?;
    let (method, path) = method_and_path(&convention.request)?;
    world.send(SentRequest::new(method, path).json(&body)).await
}

fn convention(world: &World) -> Result<Preview, StepFailure> {
    world.shared.options.conventions.preview.clone().ok_or_else(|| {
        StepFailure::environment("nothing says how this service is asked for a preview")
            .hint("write into dryrun.toml: [preview] request = \"POST /…\", with = { preview = true }, live = { preview = false }")
    })
}

fn put(body: &mut Value, fields: &Map<String, Value>) -> StepResult {
    for (path, value) in fields {
        FieldPath::parse(path)?.set(body, value)?;
    }
    Ok(())
}

async fn nothing_published(world: &mut World, _call: Call) -> StepResult {
    let calls = received_by_all(world).await?;
    let published: Vec<&Arc<Exchange>> = calls.iter().filter(|call| writes(call)).collect();
    if published.is_empty() {
        world.promise("nothing was published", 0, writes);
        return Ok(());
    }
    Err(StepFailure::check(format!(
        "{} call{} that may change something reached the mocks",
        published.len(),
        if published.len() == 1 { "" } else { "s" }
    ))
    .compare("no call but GET, HEAD and OPTIONS", list(published.iter().copied()))
    .exchanges(ids(published)))
}

async fn same_as_live(world: &mut World, call: Call) -> StepResult {
    let convention = convention(world)?;
    if convention.sends.is_empty() {
        return Err(StepFailure::environment("nothing says what of a preview a live run sends")
            .hint("write into dryrun.toml: [[preview.sends]] field = \"newsletter.subject\", service = \"crm\", call = \"POST /…\", sent = \"subject\""));
    }
    nothing_published(world, call).await?;
    let shown = world.answer()?;
    let (preview_id, shown) = (shown.exchange.clone(), json(shown)?.clone());
    let mut request = world.sent.clone().ok_or_else(|| {
        StepFailure::environment("there is no preview yet").hint("put `When I preview:` before this step")
    })?;
    let mut body: Value = serde_json::from_slice(&request.body)
        .map_err(|_| StepFailure::check("the preview's request has no JSON body"))?;
    if !convention.with.iter().all(|(path, value)| {
        FieldPath::parse(path).is_ok_and(|path| path.get(&body).is_some_and(|found| same(&found, value)))
    }) {
        return Err(StepFailure::check(format!("the last request, {}, was no preview", request.line()))
            .hint("put `When I preview:` before this step"));
    }
    put(&mut body, &convention.live)?;
    request.body = body.to_string().into();
    world.send(request).await?;
    let live = world.answer()?;
    if !(200..300).contains(&live.status) {
        return Err(StepFailure::check(format!("the live run was answered with {}", live.status))
            .compare("a success", live.text().chars().take(500).collect::<String>())
            .exchanges([preview_id, live.exchange.clone()]));
    }
    let live_id = live.exchange.clone();
    let mut failures = Vec::new();
    for send in &convention.sends {
        let path = FieldPath::parse(&send.field)?;
        let wanted = flat(&path, &shown);
        let calls = meant(world, &send.service, &send.call).await?;
        let sent_path = FieldPath::parse(&send.sent)?;
        let mut sent = Vec::new();
        for call in &calls {
            sent.extend(flat(&sent_path, &body_of(call)?));
        }
        if !alike(&wanted, &sent) {
            failures.push(Failure {
                message: format!(
                    "`{}` of the preview is not `{}` of what {} received at {}",
                    send.field,
                    send.sent,
                    title(world, &send.service),
                    send.call
                ),
                at: Some(send.field.clone()),
                expected: Some(texts(&wanted)),
                found: Some(texts(&sent)),
                exchanges: [preview_id.clone(), live_id.clone()].into_iter().chain(ids(&calls)).collect(),
                ..Failure::default()
            });
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(StepFailure(failures)) }
}

/// The calls of one kind that took effect.
async fn meant(world: &World, service: &str, line: &str) -> Result<Vec<Arc<Exchange>>, StepFailure> {
    let wanted = CallRef::of(world.contract(service)?, service, line)?;
    Ok(received(world, service)
        .await?
        .into_iter()
        .filter(|call| wanted.means(call) && applied(call))
        .collect())
}

fn title(world: &World, key: &str) -> String {
    world.titles.get(key).cloned().unwrap_or_else(|| key.to_owned())
}

/// What a path names, a lone list for its items.
fn flat(path: &FieldPath, root: &Value) -> Vec<Value> {
    match path.get(root) {
        None => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(one) => vec![one],
    }
}

/// Whether two lists hold the same, in any order.
fn alike(left: &[Value], right: &[Value]) -> bool {
    let mut rest: Vec<&Value> = right.iter().collect();
    left.len() == right.len()
        && left.iter().all(|value| {
            let at = rest.iter().position(|other| same(value, other));
            at.map(|at| rest.swap_remove(at)).is_some()
        })
}

fn texts(values: &[Value]) -> String {
    if values.is_empty() {
        "nothing".to_owned()
    } else {
        values.iter().map(|value| show(value, 300)).collect::<Vec<_>>().join("\n")
    }
}

async fn claims(world: &mut World, _call: Call) -> StepResult {
    let claims = world.shared.options.conventions.claims.clone();
    if claims.is_empty() {
        return Err(StepFailure::environment("nothing says what this service's answers claim")
            .hint("write into dryrun.toml: [[claims]] says = 'published_to contains \"email\"', service = \"crm\", call = \"POST /…\""));
    }
    let answer = world.answer()?.clone();
    // An answer that is no JSON claims nothing.
    let body = answer.json.clone().unwrap_or(Value::Null);
    let mut failures = Vec::new();
    let request = answer.request.split('?').next().unwrap_or_default();
    let meant_here = |claim: &&Claim| claim.request.as_deref().is_none_or(|line| line == request);
    let claims: Vec<&Claim> = claims.iter().filter(meant_here).collect();
    if claims.is_empty() {
        return Err(StepFailure::environment(format!("no claim is about the answers to {request}")).hint(
            "each `request` under [[claims]] in dryrun.toml names another call; add a claim for this one",
        ));
    }
    for claim in claims {
        let (path, criterion) = condition(world, &claim.says, "[[claims]]")?;
        let claimed = criterion.check_found(&path.find(&body)).is_ok();
        let calls = meant(world, &claim.service, &claim.call).await?;
        let wanted = CallRef::of(world.contract(&claim.service)?, &claim.service, &claim.call)?;
        let (said, key) =
            (format!("what the answer claims of {}", claim.call), world.service_key(&claim.service)?);
        world.promise(said, calls.len(), move |call| {
            call.service == key && wanted.means(call) && applied(call)
        });
        failures.extend(judge(claim, claimed, &body, &calls)?.into_iter().map(|mut failure| {
            failure.exchanges = std::iter::once(answer.exchange.clone()).chain(ids(&calls)).collect();
            failure
        }));
    }
    if failures.is_empty() { Ok(()) } else { Err(StepFailure(failures)) }
}

/// What is wrong between a claim and the calls that took effect.
fn judge(
    claim: &Claim,
    claimed: bool,
    body: &Value,
    calls: &[Arc<Exchange>],
) -> Result<Vec<Failure>, StepFailure> {
    let failure = |message: String, expected: String, found: String| Failure {
        message,
        expected: Some(expected),
        found: Some(found),
        at: claim.says.split(' ').next().map(str::to_owned),
        ..Failure::default()
    };
    if !claimed {
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let message = format!(
            "the answer does not say `{}`, but {} received {} that took effect: somebody will send it again",
            claim.says, claim.service, claim.call
        );
        return Ok(vec![failure(message, format!("`{}`, or no such call", claim.says), list(calls))]);
    }
    let wanted = match &claim.count {
        Some(path) => flat(&FieldPath::parse(path)?, body).len(),
        None => 1,
    };
    let mut failures = Vec::new();
    if calls.len() != wanted {
        let message = format!(
            "the answer says `{}`, but {} of {} took effect at {}",
            claim.says,
            calls.len(),
            claim.call,
            claim.service
        );
        failures.push(failure(message, format!("{wanted} × {}", claim.call), list(calls)));
        return Ok(failures);
    }
    for same in &claim.same {
        let told = flat(&FieldPath::parse(&same.answer)?, body);
        let mut done = Vec::new();
        for call in calls {
            match (&same.sent, &same.answered) {
                (Some(path), None) => done.extend(flat(&FieldPath::parse(path)?, &body_of(call)?)),
                (None, Some(path)) => {
                    done.extend(flat(&FieldPath::parse(path)?, &answered(call).unwrap_or_default()))
                }
                _ => {
                    return Err(StepFailure::environment(
                        "[[claims.same]] needs one of `sent` and `answered`",
                    ));
                }
            }
        }
        if !alike(&told, &done) {
            let other = same.sent.as_deref().or(same.answered.as_deref()).unwrap_or_default();
            let message = format!(
                "`{}` of the answer is not `{other}` of {} at {}",
                same.answer, claim.call, claim.service
            );
            failures.push(Failure {
                at: Some(same.answer.clone()),
                ..failure(message, texts(&done), texts(&told))
            });
        }
    }
    Ok(failures)
}

#[cfg(test)]
#[path = "dryrun_tests.rs"]
mod tests;
