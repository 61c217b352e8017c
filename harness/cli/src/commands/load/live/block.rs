//! The block of lines on a terminal: [`lines`].

use std::time::Duration;

use dryrun_record::load::LoadTick;

use super::Going;
use super::ink::{Ink, Line, clock, count, measured, spark, time};

/// The widest that a sparkline becomes.
const SPARK: usize = 60;
/// The widest that the bar of the time becomes.
const BAR: usize = 30;
/// Columns of what a line is about.
const ABOUT: usize = 9;

/// The lines, none wider than `width`.
pub(super) fn lines(going: &Going, elapsed: Duration, units: &[&'static str], width: usize) -> Vec<Line> {
    let mut lines = vec![progress(going, elapsed, width)];
    if let Some(tick) = going.recent.back() {
        lines.extend([
            rate(going, tick, width),
            times(going, tick, width),
            errors(going, tick, width),
            under_way(going, tick, width),
            processors(tick, width),
        ]);
    }
    lines.extend(thresholds(going, units, width));
    lines
}

fn about(what: &str, width: usize) -> Line {
    let mut line = Line::new(width);
    line.put(Ink::Faint, &format!("{what:<ABOUT$}"));
    line
}

fn progress(going: &Going, elapsed: Duration, width: usize) -> Line {
    let mut line = Line::new(width);
    let seconds = elapsed.as_secs();
    let name = super::ink::cut(&going.label, 30);
    line.put(Ink::Strong, &format!("{name}  ")).put(Ink::Strong, &clock(seconds));
    match going.started.planned_s {
        Some(planned) if planned > 0.0 => {
            let planned_s = planned.ceil() as u64;
            let share = (elapsed.as_secs_f64() / planned).min(1.0);
            line.put(Ink::Plain, &format!(" of {}", clock(planned_s)));
            let left = match planned_s.saturating_sub(seconds) {
                0 => "  waiting for the last ones".to_owned(),
                left => format!("  {} left", clock(left)),
            };
            line.put(Ink::Plain, &left).put(Ink::Plain, "  ");
            let bar = line.room().min(BAR);
            let full = (share * bar as f64) as usize;
            line.put(Ink::Good, &"█".repeat(full)).put(Ink::Faint, &"░".repeat(bar - full));
        }
        _ => {
            line.put(Ink::Plain, "  until the number that was asked for is reached");
        }
    }
    if elapsed.as_secs_f64() < going.started.warm_up_s {
        line.put(Ink::Doubtful, "  warm-up");
    }
    line
}

fn rate(going: &Going, tick: &LoadTick, width: usize) -> Line {
    let mut line = about("rate", width);
    line.put(Ink::Strong, &format!("{}/s requests ended", count(tick.ended)));
    if going.started.model == "open" {
        line.put(Ink::Plain, &format!("  {}/s asked", count(tick.asked)));
    }
    line.put(Ink::Plain, &format!("  {}/s begun", count(tick.begun)));
    curve(&mut line, going, Ink::Good, |tick| tick.ended as f64);
    line
}

fn times(going: &Going, tick: &LoadTick, width: usize) -> Line {
    let mut line = about("times", width);
    if tick.ended == 0 {
        line.put(Ink::Doubtful, "nothing ended in this second");
        return line;
    }
    let parts = [("p50", tick.p50_us), ("p90", tick.p90_us), ("p95", tick.p95_us), ("p99", tick.p99_us)];
    for (name, us) in parts.into_iter().chain([("max", tick.max_us)]) {
        line.put(Ink::Plain, &format!("{name} {}  ", time(us)));
    }
    // The gap stands already. The picture says whose it is.
    let room = line.room().saturating_sub(4).min(SPARK);
    let values = going.recent.iter().map(|tick| tick.p95_us as f64);
    if room > 4 {
        line.put(Ink::Faint, "p95 ").put(Ink::Plain, &spark(values, room));
    }
    line
}

fn errors(going: &Going, tick: &LoadTick, width: usize) -> Line {
    let mut line = about("errors", width);
    let totals = going.totals;
    let ink = if totals.failed > 0 { Ink::Bad } else { Ink::Plain };
    let share = 100.0 * totals.failed as f64 / totals.ended.max(1) as f64;
    line.put(ink, &format!("{} in this second", count(tick.failed)));
    line.put(
        ink,
        &format!("  {} of {} requests in all ({share:.2}%)", count(totals.failed), count(totals.ended)),
    );
    if totals.failed > 0 {
        curve(&mut line, going, Ink::Bad, |tick| tick.failed as f64);
    }
    line
}

fn under_way(going: &Going, tick: &LoadTick, width: usize) -> Line {
    let mut line = about("arrivals", width);
    line.put(Ink::Plain, &format!("{} under way", count(tick.in_flight)));
    if going.started.model == "open" {
        for (many, what) in [(going.totals.late, "late"), (going.totals.dropped, "dropped")] {
            let ink = if many > 0 { Ink::Doubtful } else { Ink::Plain };
            line.put(ink, &format!("  {} {what}", count(many)));
        }
    } else {
        line.put(Ink::Plain, &format!("  {} users", count(tick.users)));
    }
    line
}

fn processors(tick: &LoadTick, width: usize) -> Line {
    let mut line = about("cores", width);
    let parts = [("own", tick.own_cpu), ("mocks", tick.mocks_cpu), ("service", tick.service_cpu)];
    for (name, cores) in parts.into_iter().filter_map(|(name, cores)| Some((name, cores?))) {
        // The load runs on one thread: when that is busy all the time, it is the bottleneck.
        let ink = if name == "own" && cores > 0.85 { Ink::Bad } else { Ink::Plain };
        line.put(ink, &format!("{name} {cores:.2}  "));
    }
    if let Some(memory) = tick.service_memory_kib {
        line.put(Ink::Plain, &format!("service {} MiB  ", count(memory / 1024)));
    }
    if let Some(host) = tick.host_cpu {
        let ink = if host > 0.95 { Ink::Doubtful } else { Ink::Plain };
        line.put(ink, &format!("machine {:.0}%", host * 100.0));
    }
    line
}

fn thresholds(going: &Going, units: &[&'static str], width: usize) -> Vec<Line> {
    let standing = going.recent.back().map(|tick| tick.standing.as_slice()).unwrap_or_default();
    let drawn = going.started.thresholds.iter().enumerate().map(|(index, text)| {
        let mut line = Line::new(width);
        let one = standing.get(index).copied().unwrap_or_default();
        let unit = units.get(index).copied().unwrap_or_default();
        let never = one.never.then(|| "  never".to_owned());
        let found = one.found.map(|found| format!("  {}", measured(found, unit))).or(never);
        let (sign, ink, more) = match (&found, one.held, one.lost) {
            (None, ..) => ("·", Ink::Faint, ""),
            (_, _, true) => ("✗", Ink::Bad, "  can't be met any more"),
            (_, false, false) => ("✗", Ink::Doubtful, ""),
            (_, true, false) => ("✓", Ink::Good, ""),
        };
        let found = found.unwrap_or_default();
        line.put(ink, &format!("{sign} "));
        // What was found matters more than the end of a long text.
        let room = line.room().saturating_sub(found.chars().count());
        let text = super::ink::cut(text, room);
        line.put(if found.is_empty() { Ink::Faint } else { Ink::Plain }, &text)
            .put(ink, &found)
            .put(ink, more);
        line
    });
    drawn.collect()
}

/// The seconds so far as a sparkline in the room that is left.
fn curve(line: &mut Line, going: &Going, ink: Ink, value: fn(&LoadTick) -> f64) {
    if line.room() > 8 {
        let room = (line.room() - 2).min(SPARK);
        line.put(Ink::Plain, "  ").put(ink, &spark(going.recent.iter().map(value), room));
    }
}
