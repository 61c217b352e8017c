//! Plain lines for CI: [`Plain`]. Each second at first, then less and less often.

use dryrun_record::load::{LoadTick, Standing};

use super::ink::{count, measured, time};
use super::{Going, Totals};

/// What was said so far.
#[derive(Debug, Default)]
pub(super) struct Plain {
    /// The second of the last line.
    last: u64,
    /// What was asked for and begun since then.
    asked: u64,
    begun: u64,
    /// Sums since then.
    since: Totals,
    /// How the thresholds stood when that was last said.
    standing: Vec<Standing>,
}

impl Plain {
    /// The lines for this second; mostly none.
    pub(super) fn second(&mut self, going: &Going, tick: &LoadTick, units: &[&'static str]) -> Vec<String> {
        self.since.add(tick);
        self.asked += tick.asked;
        self.begun += tick.begun;
        let mut lines = self.thresholds(going, tick, units);
        if due(tick.second, going.quiet) {
            lines.insert(0, self.line(going, tick));
        }
        lines
    }

    fn line(&mut self, going: &Going, tick: &LoadTick) -> String {
        let seconds = tick.second.saturating_sub(self.last).max(1) as f64;
        let per_second = |many: u64| format!("{:.1}/s", many as f64 / seconds);
        let since = self.since;
        let mut parts = vec![at(tick.second as f64)];
        if going.started.model == "open" {
            parts.push(format!("{} asked", per_second(self.asked)));
        }
        parts.push(format!("{} begun", per_second(self.begun)));
        parts.push(format!("{} requests ended", per_second(since.ended)));
        if tick.ended > 0 {
            let times =
                [("p50", tick.p50_us), ("p95", tick.p95_us), ("p99", tick.p99_us), ("max", tick.max_us)];
            parts.extend(times.map(|(name, us)| format!("{name} {}", time(us))));
        }
        parts.push(format!("{} failed", count(since.failed)));
        if going.started.model == "open" {
            parts.push(format!("{} late", count(since.late)));
            parts.push(format!("{} dropped", count(since.dropped)));
        }
        parts.push(format!("{} under way", count(tick.in_flight)));
        if tick.warm_up {
            parts.push("(warm-up)".to_owned());
        }
        *self = Self { last: tick.second, standing: std::mem::take(&mut self.standing), ..Self::default() };
        parts.join("  ")
    }

    /// A threshold that stands otherwise than when it was last told of is told of.
    fn thresholds(&mut self, going: &Going, tick: &LoadTick, units: &[&'static str]) -> Vec<String> {
        let mut lines = Vec::new();
        for (index, (text, now)) in going.started.thresholds.iter().zip(&tick.standing).enumerate() {
            // Nothing was said of it yet, or nothing was measured: as long as it holds, nothing needs to be said.
            let known = self.standing.get(index).filter(|before| before.found.is_some() || before.never);
            let before = known.copied().unwrap_or(Standing { held: true, ..Standing::default() });
            let found = match now.found {
                Some(found) => measured(found, units.get(index).copied().unwrap_or_default()),
                None if now.never => "never: too many failed".to_owned(),
                None => continue,
            };
            let word = match (before.lost, now.lost, before.held, now.held) {
                (false, true, ..) => "can't be met any more",
                (_, _, true, false) => "not kept so far",
                (_, _, false, true) => "kept again",
                _ => continue,
            };
            lines.push(format!(
                "{}  threshold {word}: {} (found {found})",
                at(tick.second as f64),
                super::ink::visible(text)
            ));
        }
        self.standing.clone_from(&tick.standing);
        lines
    }
}

/// When a line is due.
fn due(second: u64, quiet: bool) -> bool {
    match second {
        _ if quiet => second.is_multiple_of(10),
        ..=10 => true,
        11..=60 => second.is_multiple_of(5),
        _ => second.is_multiple_of(10),
    }
}

/// When it was, in a column of its own.
pub(super) fn at(seconds: f64) -> String {
    format!("{:>6} s", seconds.round() as u64)
}
