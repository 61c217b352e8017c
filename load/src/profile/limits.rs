//! `[thresholds]`: what must hold.

use toml::de::DeValue;

use super::sheet::{Notes, Sheet, kind, number};
use super::{Metric, Scope, Threshold};

/// Thresholds that every scope can have, next to those of quantiles.
const EVERYWHERE: [(&str, Metric); 5] = [
    ("max_ms", Metric::Max),
    ("mean_ms", Metric::Mean),
    ("max_fail_percent", Metric::FailPercent),
    ("min_rate", Metric::Rate),
    ("min_apdex", Metric::Apdex),
];
/// Thresholds of all arrivals together.
const OF_ARRIVALS: [(&str, Metric); 2] =
    [("max_dropped_percent", Metric::DroppedPercent), ("max_late_percent", Metric::LatePercent)];
/// The quantiles that messages offer; any `pN_ms` is read.
const QUANTILES: [&str; 6] = ["p50_ms", "p90_ms", "p95_ms", "p99_ms", "p99_9_ms", "p75_ms"];
/// What somebody may write instead.
const HINTS: [(&str, &str); 6] = [
    ("fail_percent", "write max_fail_percent"),
    ("max_failed_percent", "write max_fail_percent"),
    ("error_rate", "write max_fail_percent, a number from 0 to 100"),
    ("apdex", "write min_apdex, and apdex = \"500 ms\" at the top of the profile"),
    ("rate", "write min_rate"),
    ("median_ms", "write p50_ms"),
];

/// The thresholds of `key`, about `scope`, in the order of the text. `apdex`: whether the profile says its T.
pub(super) fn of(sheet: &mut Sheet<'_, '_>, scope: &Scope, apdex: bool, notes: &mut Notes) -> Vec<Threshold> {
    let whole = *scope == Scope::Requests;
    let name = if whole { "[thresholds]".to_owned() } else { format!("thresholds of {}", sheet.name) };
    let Some(mut limits) = sheet.table("thresholds", name, notes) else { return Vec::new() };
    let steps = if whole { limits.table("steps", "[thresholds.steps]", notes) } else { None };
    let mut thresholds = read(limits, scope, apdex, notes);
    for (step, value) in steps.iter().flat_map(Sheet::entries) {
        let text = step.get_ref().to_string();
        match value.get_ref() {
            DeValue::Table(table) => {
                let limits = Sheet::new(format!("the thresholds of step {text:?}"), step.span(), table);
                thresholds.extend(read(limits, &Scope::Step(text), apdex, notes));
            }
            other => {
                let message =
                    format!("{text:?} is {}: write \"the step's text\" = {{ p95_ms = 200 }}", kind(other));
                notes.add(&value.span(), message);
            }
        }
    }
    thresholds
}

fn read(mut limits: Sheet<'_, '_>, scope: &Scope, apdex: bool, notes: &mut Notes) -> Vec<Threshold> {
    let whole = *scope == Scope::Requests;
    let mut thresholds = Vec::new();
    for (key, value) in limits.entries() {
        let word = key.get_ref().as_ref();
        let known = |table: &[(&str, Metric)]| {
            table.iter().find(|(name, _)| *name == word).map(|(_, metric)| *metric)
        };
        let arrivals = known(&OF_ARRIVALS);
        let Some(metric) = known(&EVERYWHERE).or(arrivals).or_else(|| quantile(word)) else { continue };
        if arrivals.is_some() && !whole {
            notes.add(&key.span(), format!("{word} is about all arrivals: write it in [thresholds]"));
            continue;
        }
        if metric == Metric::Apdex && !apdex {
            let message =
                "min_apdex needs to know what satisfies: write apdex = \"500 ms\" at the top of the profile";
            notes.add(&key.span(), message);
        }
        let (right, hint): (fn(f64) -> bool, &str) = match metric {
            Metric::FailPercent | Metric::DroppedPercent | Metric::LatePercent => {
                (|limit| (0.0..=100.0).contains(&limit), "write percent, from 0 to 100")
            }
            Metric::Apdex => (|limit| limit > 0.0 && limit <= 1.0, "write a number above 0, at most 1"),
            Metric::Rate => (|limit| limit > 0.0, "write how many a second, a number above 0"),
            Metric::Quantile(_) | Metric::Max | Metric::Mean => {
                (|limit| limit > 0.0, "write milliseconds, a number above 0")
            }
        };
        match number(value.get_ref()) {
            Some(limit) if limit.is_finite() && right(limit) => {
                thresholds.push(Threshold { scope: scope.clone(), metric, limit });
            }
            Some(limit) => notes.add(&value.span(), format!("{word} is {limit}: {hint}")),
            None => notes.add(&value.span(), format!("{word} is {}: {hint}", kind(value.get_ref()))),
        }
    }
    limits.know(QUANTILES);
    limits.know(EVERYWHERE.map(|(name, _)| name));
    if whole {
        limits.know(OF_ARRIVALS.map(|(name, _)| name));
    }
    limits.close_but(&HINTS, notes, |word| {
        quantile(word).is_some() || OF_ARRIVALS.iter().any(|(name, _)| *name == word)
    });
    thresholds
}

/// `p95_ms` is 0.95, `p99_9_ms` is 0.999.
fn quantile(key: &str) -> Option<Metric> {
    let digits = key.strip_prefix('p')?.strip_suffix("_ms")?;
    let (whole, part) = digits.split_once('_').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=2).contains(&whole.len()) || part.len() > 3 || !plain(whole) || !plain(part) {
        return None;
    }
    if digits.ends_with('_') {
        return None;
    }
    // Read as one decimal, so that 99.9% is the nearest number to 0.999 and not a sum of roundings.
    let share: f64 = format!("0.{whole:0>2}{part}").parse().ok()?;
    (share > 0.0).then_some(Metric::Quantile(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_read_from_their_key() {
        for (key, share) in
            [("p50_ms", 0.5), ("p5_ms", 0.05), ("p99_9_ms", 0.999), ("p99_99_ms", 0.9999), ("p75_ms", 0.75)]
        {
            assert_eq!(quantile(key), Some(Metric::Quantile(share)), "{key}");
        }
        for key in
            ["p100_ms", "p_ms", "p0_ms", "p95", "q95_ms", "p9x_ms", "p99__ms", "p95__ms", "p+5_ms", "p95_s"]
        {
            assert_eq!(quantile(key), None, "{key}");
        }
    }
}
