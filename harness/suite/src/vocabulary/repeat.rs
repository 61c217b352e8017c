//! Talking to the service: again, many times, and until something becomes so.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use dryrun_record::FailureKind;
use futures::StreamExt;

use crate::answer::{Answer, SentRequest};
use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::values::duration;
use crate::values::kinds::show;
use crate::values::table;
use crate::vocabulary::support::{
    body_start, criterion, field, json, number, phrase, raw, table as rows, text, time, unmet,
};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(Http When None, "I send the same request again", again,
        "Sends the last request once more, byte for byte.",
        "When I send the same request again"),
    phrase!(Http When None, "I send the request {int} times, {int} at once", many,
        "Sends the last request so many times more, with so many under way at once. The answers are kept for `all 20 answers have status 200` and its kin; the answer is the last of them.",
        "When I send the request 20 times, 5 at once"),
    phrase!(Http When None, "I wait up to {duration} until GET {string} says {field} {predicate}", wait_until,
        "Asks again and again until the field is so. The answer is then the one that said so.",
        "When I wait up to 10 seconds until GET \"/api/v2/jobs/${job}\" says status is \"completed\""),
    phrase!(Answer Then None, "all {int} answers have status {int}", all_statuses,
        "Each answer to the request that was sent many times; the number must be right too.",
        "Then all 20 answers have status 200"),
    phrase!(Answer Then Table, "the statuses are:", statuses,
        "How many of the answers to the request that was sent many times had which status; no other status occurred.",
        "Then the statuses are:\n  | status | count |\n  | 200    | 5     |\n  | 429    | 15    |"),
    phrase!(Answer Then None, "the answers have unique {field}", unique,
        "No two answers to the request that was sent many times hold the same value there, and each holds one.",
        "Then the answers have unique content_id"),
    phrase!(Answer Then None, "in every answer {field} {predicate}", every,
        "The check holds of each answer to the request that was sent many times.",
        "Then in every answer status is \"success\""),
];

async fn again(world: &mut World, _call: Call) -> StepResult {
    let request = last_request(world)?;
    world.send(request).await
}

async fn many(world: &mut World, call: Call) -> StepResult {
    let (times, at_once): (usize, usize) = (number(&call, 0)?, number(&call, 1)?);
    if times == 0 || at_once == 0 {
        return Err(StepFailure::check("a request can't be sent zero times"));
    }
    let request = last_request(world)?;
    let sender = &*world;
    let mut answers: Vec<(usize, Result<Answer, StepFailure>)> = futures::stream::iter(0..times)
        .map(|index| {
            let request = &request;
            async move { (index, sender.call(request).await) }
        })
        .buffer_unordered(at_once)
        .collect()
        .await;
    answers.sort_by_key(|(index, _)| *index);
    world.answers = answers.into_iter().map(|(_, answer)| answer).collect::<Result<Vec<_>, _>>()?;
    world.last = world.answers.last().cloned();
    let failed: Vec<&Answer> = world.answers.iter().filter(|answer| answer.error.is_some()).collect();
    match failed.first() {
        None => Ok(()),
        Some(first) => Err(StepFailure::environment(format!(
            "{} of {times} requests got no answer: {}",
            failed.len(),
            first.error.as_deref().unwrap_or_default()
        ))
        .exchanges(failed.iter().map(|answer| answer.exchange.clone()))),
    }
}

async fn wait_until(world: &mut World, call: Call) -> StepResult {
    let limit = time(&call, 0)?;
    let path = text(world, &call, 1)?;
    let wanted = field(&call, 2)?;
    let criterion = criterion(world, &call, 3)?;
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_millis(25);
    loop {
        // One poll may itself be slow; it must not outlive the limit.
        let sent =
            tokio::time::timeout_at(deadline.into(), world.send(SentRequest::new("GET", path.clone()))).await;
        let mismatch = match sent {
            Ok(sent) => {
                sent?;
                let answer = world.answer()?;
                match &answer.json {
                    Some(body) => match criterion.check_found(&wanted.find(body)) {
                        Ok(()) => return Ok(()),
                        Err(mismatch) => (mismatch.expected, mismatch.found, answer.exchange.clone()),
                    },
                    None => (
                        criterion.to_string(),
                        format!("status {}: {}", answer.status, body_start(answer)),
                        answer.exchange.clone(),
                    ),
                }
            }
            Err(_) => (criterion.to_string(), "no answer before the time was up".to_owned(), String::new()),
        };
        if Instant::now() + pause >= deadline {
            let (expected, found, exchange) = mismatch;
            let said = format!(
                "GET {path} did not say `{} {}` within {}",
                wanted.as_str(),
                raw(&call, 3),
                duration::show(limit)
            );
            let failure =
                StepFailure::of(FailureKind::Timeout, said).compare(expected, found).at(wanted.as_str());
            return Err(if exchange.is_empty() { failure } else { failure.exchanges([exchange]) });
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(250));
    }
}

async fn all_statuses(world: &mut World, call: Call) -> StepResult {
    let (count, status): (usize, u16) = (number(&call, 0)?, number(&call, 1)?);
    let answers = repeated(world)?;
    if answers.len() != count {
        return Err(StepFailure::check(format!("there are {} answers, not {count}", answers.len())));
    }
    let others: Vec<&Answer> = answers.iter().filter(|answer| answer.status != status).collect();
    match others.first() {
        None => Ok(()),
        Some(first) => Err(StepFailure::check(format!(
            "{} of {count} answers have another status than {status}",
            others.len()
        ))
        .compare(format!("{count} × {status}"), tally_text(answers))
        .hint(format!("the first of them: {} {}", first.status, body_start(first)))
        .exchanges(others.iter().take(10).map(|answer| answer.exchange.clone()))),
    }
}

async fn statuses(world: &mut World, call: Call) -> StepResult {
    let mut wanted = BTreeMap::new();
    for (status, count) in table::pairs(rows(&call)?)? {
        let parse = |text: &str| {
            text.parse::<usize>().map_err(|_| StepFailure::check(format!("`{text}` is no number")))
        };
        let count = world.expand(count)?;
        wanted.insert(parse(status)?, parse(&count)?);
    }
    wanted.retain(|_, count| *count > 0);
    let answers = repeated(world)?;
    if tally(answers) == wanted {
        return Ok(());
    }
    let odd = answers.iter().filter(|answer| !wanted.contains_key(&usize::from(answer.status))).take(10);
    Err(StepFailure::check("the statuses are others")
        .compare(counted(&wanted), tally_text(answers))
        .exchanges(odd.map(|answer| answer.exchange.clone())))
}

async fn unique(world: &mut World, call: Call) -> StepResult {
    let path = field(&call, 0)?;
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for answer in repeated(world)? {
        let Some(value) = path.get(json(answer)?) else {
            return Err(StepFailure::check(format!("an answer has no `{}`", path.as_str()))
                .compare("present", body_start(answer))
                .at(path.as_str())
                .exchanges([answer.exchange.clone()]));
        };
        let key = value.to_string();
        if let Some(first) = seen.insert(key, answer.exchange.clone()) {
            return Err(StepFailure::check(format!("two answers hold the same `{}`", path.as_str()))
                .compare("a value in each answer that no other has", show(&value, 200))
                .at(path.as_str())
                .exchanges([first, answer.exchange.clone()]));
        }
    }
    Ok(())
}

async fn every(world: &mut World, call: Call) -> StepResult {
    let path = field(&call, 0)?;
    let criterion = criterion(world, &call, 1)?;
    for answer in repeated(world)? {
        if let Err(mismatch) = criterion.check_found(&path.find(json(answer)?)) {
            let said = format!("in every answer {} {}", path.as_str(), raw(&call, 1));
            return Err(unmet(&said, path.as_str(), mismatch).exchanges([answer.exchange.clone()]));
        }
    }
    Ok(())
}

fn last_request(world: &World) -> Result<SentRequest, StepFailure> {
    world.sent.clone().ok_or_else(|| {
        StepFailure::environment("there is no request yet to send again")
            .hint("send one first: `When I GET \"/health\"`")
    })
}

fn repeated(world: &World) -> Result<&[Answer], StepFailure> {
    if world.answers.is_empty() {
        return Err(StepFailure::environment("no request was sent many times in this scenario")
            .hint("put `When I send the request 20 times, 5 at once` before this step"));
    }
    Ok(&world.answers)
}

fn tally(answers: &[Answer]) -> BTreeMap<usize, usize> {
    let mut out = BTreeMap::new();
    for answer in answers {
        *out.entry(usize::from(answer.status)).or_insert(0) += 1;
    }
    out
}

fn tally_text(answers: &[Answer]) -> String {
    counted(&tally(answers))
}

fn counted(tally: &BTreeMap<usize, usize>) -> String {
    let distinct: BTreeSet<String> =
        tally.iter().map(|(status, count)| format!("{count} × {status}")).collect();
    distinct.into_iter().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_counted() {
        let answers: Vec<Answer> =
            [200, 429, 200].map(|status| Answer { status, ..Answer::default() }).into();
        assert_eq!(tally(&answers), BTreeMap::from([(200, 2), (429, 1)]));
        assert_eq!(tally_text(&answers), "1 × 429, 2 × 200");
    }
}
