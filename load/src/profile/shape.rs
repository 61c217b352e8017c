//! `[closed]` and `[open]`: who comes when.

use std::path::Path;
use std::time::Duration;

use super::sheet::{Found, MOST, Notes, Sheet};
use super::{Arrivals, End, RateStage, Shape, UserStage, arrivals};

/// What says when arrivals come; exactly one of them.
const PATTERNS: [&str; 6] = ["rate", "stages", "steps", "ramp", "spike", "file"];
/// More steps than anybody means.
const MOST_STEPS: f64 = 10_000.0;
/// More users than one process has: each is a task with connections of its own. Beyond it there are shards.
const MOST_USERS: u64 = 100_000;
/// More arrivals a second than one process makes.
const MOST_RATE: f64 = 1e6;
const RATE: &str = "write arrivals a second: a number from 0 to 1000000";
const RATE_ABOVE_ZERO: &str = "write arrivals a second: a number above 0, at most 1000000";

/// Reads the shape of the profile at the top.
pub(super) fn shape(top: &mut Sheet<'_, '_>, folder: &Path, notes: &mut Notes) -> Option<Shape> {
    let both = top.has("closed") && top.has("open");
    let closed = top.table("closed", "[closed]", notes);
    let open = top.table("open", "[open]", notes);
    match (closed, open) {
        (_, Some(_)) | (Some(_), _) if both => {
            let message = "[closed] and [open] exclude each other: keep [open] when arrivals come whether those before \
                           them are through or not, [closed] for so many users who wait for their answers";
            notes.add(&top.place_of("open"), message);
            None
        }
        (Some(sheet), _) => users(sheet, notes),
        (_, Some(sheet)) => open_shape(sheet, folder, notes),
        (None, None) => {
            if !top.has("closed") && !top.has("open") {
                let message = "who comes when? Add [open] with rate = 50 and duration = \"2 min\", or [closed] with \
                               users = 20 and duration = \"2 min\"";
                notes.add(&top.at, message);
            }
            None
        }
    }
}

fn users(mut sheet: Sheet<'_, '_>, notes: &mut Notes) -> Option<Shape> {
    let mistakes = notes.len();
    let staged = sheet.has("stages");
    let users = sheet.count("users", 1..=MOST_USERS, notes);
    let ramp = sheet.time("ramp", notes);
    let duration = sheet.time_above_zero("duration", notes);
    let iterations = sheet.count("iterations", 1..=MOST, notes);
    let stages = user_stages(&mut sheet, notes);
    for key in ["users", "ramp", "duration"] {
        if staged && sheet.has(key) {
            let message =
                format!("{key} and stages exclude each other: each stage says users, ramp and hold");
            notes.add(&sheet.place_of(key), message);
        }
    }
    if sheet.has("duration") && sheet.has("iterations") {
        let message = "duration and iterations exclude each other: keep what is to end the load";
        notes.add(&sheet.place_of("iterations"), message);
    }
    if !staged && !sheet.has("users") {
        notes.add(
            &sheet.at,
            "[closed] needs users = 20, or stages = [{ users = 20, ramp = \"10 s\", hold = \"1 min\" }]",
        );
    }
    if !staged && !sheet.has("duration") && !sheet.has("iterations") {
        notes.add(&sheet.at, "[closed] needs its end: duration = \"1 min\" or iterations = 1000");
    }
    if let (Some(ramp), Some(duration)) = (&ramp, &duration)
        && ramp.value >= duration.value
    {
        notes.add(&ramp.at, "ramp must be shorter than duration, which it is a part of");
    }
    let hints = [
        ("requests", "write iterations = …, the number of iterations of all users together"),
        ("rate", "users come at no rate: write users = …, or use [open]"),
    ];
    sheet.close(&hints, notes);
    if notes.len() > mistakes {
        return None;
    }
    let ramp = ramp.map_or(Duration::ZERO, |ramp| ramp.value);
    let stages = match users {
        Some(users) => {
            let hold = duration.as_ref().map_or(Duration::ZERO, |duration| duration.value - ramp);
            vec![UserStage { users: usize::try_from(users.value).ok()?, ramp, hold }]
        }
        None => stages,
    };
    let whole: Duration = stages.iter().map(|stage| stage.ramp + stage.hold).sum();
    let end = match (iterations, duration) {
        (Some(iterations), _) => End::Iterations(iterations.value),
        (None, Some(duration)) => End::After(duration.value),
        (None, None) => End::After(whole),
    };
    Some(Shape::Closed { stages, end })
}

fn user_stages(sheet: &mut Sheet<'_, '_>, notes: &mut Notes) -> Vec<UserStage> {
    let mistakes = notes.len();
    let at = sheet.place_of("stages");
    let ended = sheet.has("iterations");
    let written = sheet.has("stages");
    let tables = sheet.tables("stages", notes);
    let last = tables.len().saturating_sub(1);
    let mut stages = Vec::new();
    for (index, mut stage) in tables.into_iter().enumerate() {
        let users = need(&mut stage, "users", "users = 20", notes, |stage, notes| {
            stage.count("users", 0..=MOST_USERS, notes)
        });
        let ramp = stage.time("ramp", notes).map_or(Duration::ZERO, |ramp| ramp.value);
        let hold = stage.time("hold", notes).map_or(Duration::ZERO, |hold| hold.value);
        if ramp.is_zero() && hold.is_zero() && !(ended && index == last) {
            notes.add(
                &stage.at,
                format!("{} takes no time: write ramp = \"10 s\", hold = \"1 min\", or both", stage.name),
            );
        }
        stage.close(&[("duration", "write hold = …"), ("lasts", "write hold = …")], notes);
        stages.extend(users.and_then(|users| usize::try_from(users.value).ok()).map(|users| UserStage {
            users,
            ramp,
            hold,
        }));
    }
    if written && stages.iter().all(|stage| stage.users == 0) && notes.len() == mistakes {
        notes.add(&at, "no stage has users: write at least one with users = 1 or more");
    }
    stages
}

fn open_shape(mut sheet: Sheet<'_, '_>, folder: &Path, notes: &mut Notes) -> Option<Shape> {
    let before = notes.len();
    let max_in_flight = sheet.count("max_in_flight", 1..=MOST_USERS, notes);
    let given: Vec<&str> = PATTERNS.into_iter().filter(|key| sheet.has(key)).collect();
    let at = given.first().map_or_else(|| sheet.at.clone(), |key| sheet.place_of(key));
    if let [first, second, ..] = given.as_slice() {
        let message = format!("{first} and {second} exclude each other: one of them says when arrivals come");
        notes.add(&sheet.place_of(second), message);
    }
    if given.is_empty() {
        let message = "[open] needs one of rate = 50 (with duration), stages, steps, ramp, spike or file";
        notes.add(&sheet.at, message);
    }
    let rate = sheet.number("rate", notes, above_zero, RATE_ABOVE_ZERO);
    let duration = sheet.time_above_zero("duration", notes);
    if sheet.has("rate") && !sheet.has("duration") {
        notes.add(&sheet.place_of("rate"), "a constant rate needs its end: duration = \"2 min\"");
    }
    if let (Some(duration), false, false) = (&duration, sheet.has("rate"), given.is_empty()) {
        notes.add(
            &duration.at,
            format!("duration goes with rate; {} says itself how long it takes", given[0]),
        );
    }
    let mut stages = stages(&mut sheet, notes);
    stages.extend(constant(rate.map(|rate| rate.value), duration.map(|duration| duration.value)));
    stages.extend(
        sheet.table("steps", "steps", notes).and_then(|sheet| steps(sheet, notes)).unwrap_or_default(),
    );
    stages
        .extend(sheet.table("ramp", "ramp", notes).and_then(|sheet| ramp(sheet, notes)).unwrap_or_default());
    stages.extend(
        sheet.table("spike", "spike", notes).and_then(|sheet| spike(sheet, notes)).unwrap_or_default(),
    );
    let file = sheet.text("file", notes);
    let hints = [
        ("users", "arrivals come whoever is at work: write rate = …, or use [closed]"),
        ("lasts", "write duration = …"),
        ("iterations", "[open] ends by its time: write duration = …"),
    ];
    sheet.close(&hints, notes);
    if notes.len() > before {
        return None;
    }
    let arrivals = match file {
        Some(Found { value, at }) => match arrivals::read(&folder.join(&value)) {
            Ok(arrivals) => arrivals,
            Err(message) => {
                notes.add(&at, message);
                return None;
            }
        },
        None => Arrivals::Stages(stages),
    };
    if arrivals.peak() <= 0.0 {
        notes.add(&at, "no arrival ever comes: write a rate above 0");
        return None;
    }
    let max_in_flight = match max_in_flight {
        Some(most) => usize::try_from(most.value).ok()?,
        None => arrivals.usual_in_flight(),
    };
    Some(Shape::Open { arrivals, max_in_flight })
}

fn constant(rate: Option<f64>, lasts: Option<Duration>) -> Option<RateStage> {
    rate.zip(lasts).map(|(rate, lasts)| RateStage { from: rate, to: rate, lasts })
}

/// `stages = [{ from, to, lasts }]`; `from` is where the stage before ended, unless it is said; `rate` for both.
fn stages(sheet: &mut Sheet<'_, '_>, notes: &mut Notes) -> Vec<RateStage> {
    let mut stages: Vec<RateStage> = Vec::new();
    for mut stage in sheet.tables("stages", notes) {
        let rate = stage.number("rate", notes, zero_or_above, RATE).map(|rate| rate.value);
        let from = stage.number("from", notes, zero_or_above, RATE).map(|rate| rate.value);
        let to = stage.number("to", notes, zero_or_above, RATE).map(|rate| rate.value);
        let lasts = need(&mut stage, "lasts", "lasts = \"30 s\"", notes, |stage, notes| {
            stage.time_above_zero("lasts", notes)
        });
        if stage.has("rate") && (stage.has("from") || stage.has("to")) {
            notes.add(
                &stage.place_of("rate"),
                "rate stands for from and to at once: write either rate, or from and to",
            );
        } else if !stage.has("rate") && !stage.has("to") {
            notes.add(
                &stage.at,
                format!("{} needs to = 100, or rate = 100 for a rate that stays", stage.name),
            );
        }
        let hints = [
            ("duration", "write lasts = …"),
            ("hold", "write a stage of its own with rate and lasts"),
            ("over", "write lasts = …"),
        ];
        stage.close(&hints, notes);
        let before = stages.last().map(|stage| stage.to);
        let (from, to) = match (rate, from, to) {
            (Some(rate), ..) => (rate, rate),
            (None, from, Some(to)) => (from.or(before).unwrap_or(to), to),
            (None, ..) => continue,
        };
        stages.extend(lasts.map(|lasts| RateStage { from, to, lasts: lasts.value }));
    }
    stages
}

/// `steps = { from = 10, by = 10, every = "30 s", up_to = 100 }`.
fn steps(mut sheet: Sheet<'_, '_>, notes: &mut Notes) -> Option<Vec<RateStage>> {
    let rate = |key: &'static str, example: &'static str, sheet: &mut Sheet<'_, '_>, notes: &mut Notes| {
        need(sheet, key, example, notes, |sheet, notes| sheet.number(key, notes, above_zero, RATE_ABOVE_ZERO))
    };
    let from = rate("from", "from = 10", &mut sheet, notes);
    let by = rate("by", "by = 10", &mut sheet, notes);
    let every = need(&mut sheet, "every", "every = \"30 s\"", notes, |sheet, notes| {
        sheet.time_above_zero("every", notes)
    });
    let up_to = rate("up_to", "up_to = 100", &mut sheet, notes);
    sheet.close(&[("to", "write up_to = …"), ("lasts", "write every = …")], notes);
    let (from, by, every, up_to) = (from?, by?, every?, up_to?);
    let number = (up_to.value - from.value) / by.value;
    if number < 0.0 {
        notes.add(&up_to.at, format!("up_to is below from; steps go up: write at least {}", from.value));
        return None;
    }
    if number > MOST_STEPS {
        notes.add(
            &by.at,
            format!("that makes {number:.0} steps; at most {MOST_STEPS} are sensible: write a larger by"),
        );
        return None;
    }
    // The last step stands at `up_to`, also where the steps before it do not add up to it.
    let whole = (number - 1e-9).ceil().max(0.0) as u32;
    let rates = (0..whole).map(|step| from.value + by.value * f64::from(step)).chain([up_to.value]);
    Some(rates.map(|rate| RateStage { from: rate, to: rate, lasts: every.value }).collect())
}

/// `ramp = { from = 0, to = 100, over = "1 min", hold = "5 min" }`; without `hold` it ends at its top.
fn ramp(mut sheet: Sheet<'_, '_>, notes: &mut Notes) -> Option<Vec<RateStage>> {
    let from = sheet.number("from", notes, zero_or_above, RATE).map_or(0.0, |from| from.value);
    let to = need(&mut sheet, "to", "to = 100", notes, |sheet, notes| {
        sheet.number("to", notes, zero_or_above, RATE)
    });
    let over = need(&mut sheet, "over", "over = \"1 min\"", notes, |sheet, notes| {
        sheet.time_above_zero("over", notes)
    });
    let hold = sheet.time("hold", notes).map_or(Duration::ZERO, |hold| hold.value);
    sheet.close(
        &[("lasts", "write over = …"), ("duration", "write over = …, and hold = … for what comes after it")],
        notes,
    );
    let (to, over) = (to?.value, over?.value);
    let held = constant(Some(to), Some(hold).filter(|hold| !hold.is_zero()));
    Some([RateStage { from, to, lasts: over }].into_iter().chain(held).collect())
}

/// `spike = { base = 10, peak = 200, at = "30 s", lasts = "10 s", duration = "2 min" }`.
fn spike(mut sheet: Sheet<'_, '_>, notes: &mut Notes) -> Option<Vec<RateStage>> {
    let base = need(&mut sheet, "base", "base = 10", notes, |sheet, notes| {
        sheet.number("base", notes, zero_or_above, RATE)
    });
    let peak = need(&mut sheet, "peak", "peak = 200", notes, |sheet, notes| {
        sheet.number("peak", notes, above_zero, RATE_ABOVE_ZERO)
    });
    let at = need(&mut sheet, "at", "at = \"30 s\"", notes, |sheet, notes| sheet.time("at", notes));
    let lasts = need(&mut sheet, "lasts", "lasts = \"10 s\"", notes, |sheet, notes| {
        sheet.time_above_zero("lasts", notes)
    });
    let duration = need(&mut sheet, "duration", "duration = \"2 min\"", notes, |sheet, notes| {
        sheet.time_above_zero("duration", notes)
    });
    sheet.close(
        &[("rate", "write base = … and peak = …"), ("to", "write peak = …"), ("from", "write base = …")],
        notes,
    );
    let (base, peak, at, lasts, duration) = (base?, peak?, at?, lasts?, duration?);
    if peak.value <= base.value {
        notes.add(&peak.at, format!("peak must be above base, which is {}", base.value));
        return None;
    }
    let Some(after) = duration.value.checked_sub(at.value + lasts.value) else {
        notes.add(&duration.at, "duration ends before the spike does: write at least at + lasts");
        return None;
    };
    let parts = [(base.value, at.value), (peak.value, lasts.value), (base.value, after)];
    let parts = parts.into_iter().filter(|(_, lasts)| !lasts.is_zero());
    Some(parts.filter_map(|(rate, lasts)| constant(Some(rate), Some(lasts))).collect())
}

fn zero_or_above(rate: f64) -> bool {
    (0.0..=MOST_RATE).contains(&rate)
}

fn above_zero(rate: f64) -> bool {
    rate > 0.0 && rate <= MOST_RATE
}

/// What `read` finds at `key`; a missing key is noted with an example.
fn need<'d, 'i, T>(
    sheet: &mut Sheet<'d, 'i>,
    key: &'static str,
    example: &str,
    notes: &mut Notes,
    read: impl FnOnce(&mut Sheet<'d, 'i>, &mut Notes) -> Option<T>,
) -> Option<T> {
    if !sheet.has(key) {
        notes.add(&sheet.at, format!("{} needs {example}", sheet.name));
    }
    read(sheet, notes)
}
