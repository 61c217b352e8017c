//! Load: scenarios of the features played by many users at once, timed from when they should have begun.

use std::time::Duration;

use dryrun_load::Histogram;
use dryrun_load::profile::{Metric, Scope, Shape, Threshold};
use dryrun_load::thresholds;
use dryrun_record::load::{LoadResult, Series, ThresholdResult};

use crate::loading::FAILURES;
use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::station::Wish;
use crate::values::duration;
use crate::vocabulary::support::{number, phrase, raw, table as rows, text, time};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(Load Given None, "each user plays the scenario {string}", plays,
        "What the users of a load do: a scenario by its name, or by its place as `\"features/publishing.feature:12\"`. Its steps are checked each time, and each user has the mocks to himself. Several such steps are played equally often.",
        "Given each user plays the scenario \"Publishing on all channels\""),
    phrase!(Load Given Table, "the users play:", play,
        "What the users of a load do: scenarios by name or place, and how often each is played relative to the others.",
        "Given the users play:\n  | scenario                   | weight |\n  | Publishing on all channels | 3      |\n  | The templates are listed   | 7      |"),
    phrase!(Load When None, "{int} user(s) a second arrive for {duration}", arrive,
        "So many users begin each second, whether those before them are through or not, and each is timed from the moment at which it should have begun. Tag such a scenario `@serial`: what runs beside it would be measured, too.",
        "When 50 users a second arrive for 2 minutes"),
    phrase!(Load When None, "{int} user(s) work for {duration}", work,
        "So many users work at the same time; each begins again when it is through.",
        "When 20 users work for 1 minute"),
    phrase!(Load Then None, "{percent} of requests finish within {duration} and fewer than {percent} fail", both,
        "So many of the load's requests took no longer, from the intended start to the end of the answer's body; and the share of those that failed (no answer, a check that did not hold, a breach of contract) is below the limit.",
        "Then 95% of requests finish within 500 ms and fewer than 1% fail"),
    phrase!(Load Then None, "{percent} of requests finish within {duration}", finish,
        "So many of the load's requests took no longer. One that failed or was cut off never finished: it counts as slower than any limit.",
        "Then 95% of requests finish within 500 ms"),
    phrase!(Load Then None, "fewer than {percent} fail", few_fail,
        "The share of the load's requests that failed is below this. Without this step, each failure fails the scenario.",
        "Then fewer than 1% fail"),
    phrase!(Load Then None, "at least {percent} of arrivals begin on time", on_time,
        "So many of the users that were to arrive began when they should, at most 10 ms late; those that never began count as well.",
        "Then at least 99% of arrivals begin on time"),
    phrase!(Load Then None, "nothing was lost or sent twice", nothing_lost,
        "What the answers claim by `[[claims]]` in dryrun.toml reached the mocks, nothing was sent again within one user's scenario after it had succeeded, and nothing was sent that no answer claims.",
        "Then nothing was lost or sent twice"),
];

async fn plays(world: &mut World, call: Call) -> StepResult {
    let scenario = text(world, &call, 0)?;
    world.loading.plays.push((scenario, 1));
    Ok(())
}

async fn play(world: &mut World, call: Call) -> StepResult {
    let mut plays = Vec::new();
    for row in rows(&call)? {
        let cells: Vec<&str> = row.iter().map(|cell| cell.trim()).collect();
        let (scenario, weight) = match cells.as_slice() {
            ["scenario"] | ["scenario", "weight"] if plays.is_empty() => continue,
            [scenario] => (*scenario, Ok(1)),
            [scenario, weight] => (*scenario, weight.parse::<usize>()),
            _ => {
                return Err(StepFailure::check("this table has two columns: the scenario and its weight")
                    .hint("| Publishing on all channels | 3 |"));
            }
        };
        let weight = weight.ok().filter(|weight| *weight > 0).ok_or_else(|| {
            StepFailure::check(format!("the weight of `{scenario}` is no whole number above 0"))
        })?;
        plays.push((world.expand(scenario)?, weight));
    }
    if plays.is_empty() {
        return Err(
            StepFailure::check("this table names no scenario").hint("| Publishing on all channels | 3 |")
        );
    }
    world.loading.plays.extend(plays);
    Ok(())
}

async fn arrive(world: &mut World, call: Call) -> StepResult {
    let (rate, lasts): (u32, Duration) = (number(&call, 0)?, time(&call, 1)?);
    start(world, Shape::rate(f64::from(rate), lasts), rate > 0, lasts).await
}

async fn work(world: &mut World, call: Call) -> StepResult {
    let (users, lasts): (usize, Duration) = (number(&call, 0)?, time(&call, 1)?);
    start(world, Shape::users(users, lasts), users > 0, lasts).await
}

async fn start(world: &mut World, shape: Shape, anybody: bool, lasts: Duration) -> StepResult {
    if !anybody || lasts.is_zero() {
        return Err(StepFailure::check("a load needs at least one user and some time"));
    }
    if world.loading.plays.is_empty() {
        return Err(StepFailure::environment("nothing says what the users do").hint(
            "put a step such as `Given each user plays the scenario \"Publishing on all channels\"` before this one",
        ));
    }
    let unspoken = world.loading.close(&world.shared.events);
    if !unspoken.is_empty() {
        return Err(StepFailure(unspoken));
    }
    let Some(loads) = world.shared.loads.clone() else {
        return Err(StepFailure::environment("no load can be made here"));
    };
    let wish = Wish { shape, plays: world.loading.plays.clone() };
    let (shared, station) = (std::sync::Arc::clone(&world.shared), std::sync::Arc::clone(&world.station));
    let result = loads.play(wish, world.scenario.id.clone(), shared, station).await?;
    world.loading.ended(result);
    Ok(())
}

async fn both(world: &mut World, call: Call) -> StepResult {
    let within = within(world, percent(&call, 0)?, time(&call, 1)?);
    let failing = failing(world, percent(&call, 2)?);
    match (within, failing) {
        (Err(StepFailure(mut all)), Err(StepFailure(more))) => {
            all.extend(more);
            Err(StepFailure(all))
        }
        (within, failing) => within.and(failing),
    }
}

async fn finish(world: &mut World, call: Call) -> StepResult {
    within(world, percent(&call, 0)?, time(&call, 1)?)
}

async fn few_fail(world: &mut World, call: Call) -> StepResult {
    failing(world, percent(&call, 0)?)
}

/// `99.9%` is 99.9.
fn percent(call: &Call, at: usize) -> Result<f64, StepFailure> {
    let written = raw(call, at).trim_end_matches('%');
    let share = written.parse::<f64>().ok().filter(|share| (0.0..=100.0).contains(share));
    share.ok_or_else(|| StepFailure::check(format!("`{}` is no share between 0% and 100%", raw(call, at))))
}

fn within(world: &mut World, share: f64, limit: Duration) -> StepResult {
    let result = world.loading.result()?;
    let times = Histogram::decode(&measured(result)?.histogram)
        .map_err(|error| StepFailure::environment(format!("the times of the load can't be read: {error}")))?;
    let ms = limit.as_secs_f64() * 1e3;
    let (metric, scope) = (Metric::Quantile(share / 100.0), Scope::Requests);
    let line = thresholds::came_of(&Threshold { scope, metric, limit: ms }, result);
    let found = match (line.found, &line.beyond) {
        (Some(found), _) => format!("{found:.1} ms"),
        (None, Some(never)) => format!("never ({never})"),
        (None, None) => "nothing".to_owned(),
    };
    let text = format!("{share}% of requests finish within {}", duration::show(limit));
    if world.loading.judge(ThresholdResult { text: text.clone(), ..line }) {
        return Ok(());
    }
    Err(StepFailure::check(format!("`{text}` does not hold"))
        .compare(format!("at most {ms:.1} ms"), format!("{found}; {}", shown(&times))))
}

fn shown(times: &Histogram) -> String {
    let at = |share: f64| times.quantile(share) as f64 / 1e3;
    let (half, most, nearly, max) = (at(0.5), at(0.95), at(0.99), times.max() as f64 / 1e3);
    format!(
        "of {} requests 50% took no longer than {half:.1} ms, 95% {most:.1} ms, 99% {nearly:.1} ms, the longest {max:.1} ms",
        times.count()
    )
}

fn failing(world: &mut World, limit: f64) -> StepResult {
    let requests = measured(world.loading.result()?)?;
    let share = requests.failures as f64 / requests.count.max(1) as f64 * 100.0;
    let causes = requests.causes.iter().map(|(cause, count)| format!("{count} × {cause}"));
    let causes: Vec<String> = causes.collect();
    let found = format!("{share:.2}% ({} of {})", requests.failures, requests.count);
    let text = format!("fewer than {limit}% fail");
    let held = world.loading.judge(ThresholdResult {
        text: text.clone(),
        scope: "requests".to_owned(),
        metric: FAILURES.to_owned(),
        limit,
        found: Some(share),
        beyond: None,
        held: share < limit,
    });
    if held {
        return Ok(());
    }
    let mut examples = world.loading.result()?.failures.iter().filter(|one| !one.example.is_empty());
    let hint =
        examples.next().map(|one| format!("for example, {}: {}\n{}", one.workflow, one.message, one.example));
    let failure = StepFailure::check(format!("`{text}` does not hold"))
        .compare(format!("fewer than {limit}%"), format!("{found}\n{}", causes.join("\n")));
    Err(match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    })
}

/// The requests of a load; a load without any proves nothing.
fn measured(result: &LoadResult) -> Result<&Series, StepFailure> {
    if result.requests.count > 0 {
        return Ok(&result.requests);
    }
    Err(StepFailure::environment("the load made no request, so that there is nothing to measure")
        .hint("the scenario that the users play must talk to the service"))
}

async fn on_time(world: &mut World, call: Call) -> StepResult {
    let least = percent(&call, 0)?;
    let account = &world.loading.result()?.account;
    let asked = account.asked.max(1) as f64;
    let late = (account.late + account.dropped) as f64 / asked * 100.0;
    let found = format!(
        "{:.2}%: of {} asked for, {} began late and {} never",
        100.0 - late,
        account.asked,
        account.late,
        account.dropped
    );
    let text = format!("at least {least}% of arrivals begin on time");
    let held = world.loading.judge(ThresholdResult {
        text: text.clone(),
        scope: "requests".to_owned(),
        metric: "max_late_percent".to_owned(),
        limit: 100.0 - least,
        found: Some(late),
        beyond: None,
        held: 100.0 - late >= least,
    });
    if held {
        Ok(())
    } else {
        Err(StepFailure::check(format!("`{text}` does not hold"))
            .compare(format!("at least {least}%"), found))
    }
}

async fn nothing_lost(world: &mut World, _call: Call) -> StepResult {
    world.loading.look_at_sends();
    let result = world.loading.result()?;
    let sends = &result.sends;
    if let Some(why) = &sends.unjudged {
        return Err(StepFailure::environment(format!("what was lost or sent twice can't be told: {why}")));
    }
    if (sends.lost, sends.doubled, sends.phantom) == (0, 0, 0) {
        return Ok(());
    }
    let of_sends = ["lost", "doubled", "phantom"];
    let examples = result.failures.iter().filter(|one| of_sends.contains(&one.cause.as_str()));
    let examples: Vec<String> =
        examples.map(|one| format!("{} × {}\n{}", one.count, one.message, one.example)).collect();
    Err(StepFailure::check("something was lost or sent twice")
        .compare(
            format!("{} sends claimed, as many received", sends.claimed),
            format!(
                "{} received: {} lost, {} sent again, {} that no answer claims",
                sends.received, sends.lost, sends.doubled, sends.phantom
            ),
        )
        .hint(examples.join("\n")))
}
