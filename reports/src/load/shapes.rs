//! How times are spread, drawn: [`spread`] and [`quantiles`].

use dryrun_record::load::{LoadResult, Series};

use crate::load::chart::{Chart, Flag, Layer};
use crate::load::scale::Axis;
use crate::load::{spread as histogram, units};
use crate::text;

/// Bars of the spread.
const BARS: u32 = 64;
/// Workflows that get a curve of their own: those with most iterations.
const CURVES: usize = 6;
/// Colours of curves.
const COLOURS: [&str; CURVES] = ["c-one", "c-two", "c-three", "c-four", "c-five", "c-six"];

/// How many requests took how long.
pub(crate) fn spread(result: &LoadResult) -> Option<Chart> {
    let all = histogram::decode(&result.requests.histogram)?;
    let (least, most) = (all.min_nz() as f64, all.max() as f64);
    let x = Axis::decades(least, most.max(least * 2.0), units::tick);
    let (low, high) = x.ends();
    let bars = histogram::shares(&all, low, high, BARS);
    let top = bars.iter().map(|bar| bar.2).fold(0.0, f64::max);
    let time = &result.requests.time;
    let at = |number: usize, name: &str, us: u64| Flag {
        at: us as f64,
        number,
        kind: "quantile",
        short: name.to_owned(),
        text: format!("{name} {}", units::micros(us)),
    };
    Some(Chart {
        title: "How long requests took".to_owned(),
        note: "share of all; logarithmic".to_owned(),
        said: format!(
            "Half within {}, 95% within {}, 99% within {}, the longest {}.",
            units::micros(time.p50_us),
            units::micros(time.p95_us),
            units::micros(time.p99_us),
            units::micros(time.max_us)
        ),
        class: "",
        height: 170,
        x,
        y: Axis::from_zero(top, 4, units::share),
        layers: vec![Layer::Bars { class: "c-ended", bars }],
        keys: Vec::new(),
        shade: None,
        flags: vec![at(0, "p50", time.p50_us), at(0, "p95", time.p95_us), at(0, "p99", time.p99_us)],
        rules: Vec::new(),
        data: None,
        nothing: None,
    })
}

/// Quantiles of the iterations of each workflow; of all requests when there is but one.
pub(crate) fn quantiles(result: &LoadResult) -> Option<Chart> {
    let mut named: Vec<(String, &Series)> = result
        .workflows
        .iter()
        .filter(|one| one.iterations.time.count > 0)
        .map(|one| (text::one_line(&one.name, 60), &one.iterations))
        .collect();
    named.sort_by_key(|one| std::cmp::Reverse(one.1.count));
    let left = named.len().saturating_sub(CURVES);
    named.truncate(CURVES);
    if named.is_empty() && result.requests.time.count > 0 {
        named.push(("all requests".to_owned(), &result.requests));
    }
    let curves: Vec<_> = named.iter().map(|one| histogram::quantiles(one.1)).collect();
    let points = || curves.iter().flatten();
    let end = points().map(|point| point.0).fold(0.0, f64::max);
    if end <= 0.0 {
        return None;
    }
    let most = points().map(|point| point.1).fold(0.0, f64::max);
    let least = points().map(|point| point.1).filter(|us| *us > 0.0).fold(f64::INFINITY, f64::min);
    let ticks = [
        (0.5, "50%"),
        (0.9, "90%"),
        (0.99, "99%"),
        (0.999, "99.9%"),
        (0.9999, "99.99%"),
        (0.999_99, "99.999%"),
    ];
    let ticks = ticks.map(|(quantile, text)| (histogram::nines(quantile), text.to_owned()));
    let y = Axis::of_times(least, most, units::tick);
    let kind = if y.log { "; logarithmic" } else { "" };
    let left = if left > 0 { format!("; {left} more in the table") } else { String::new() };
    let layer = |(curve, class): (&Vec<(f64, f64)>, &&'static str)| Layer::Line {
        class,
        points: curve.iter().map(|(nines, us)| (*nines, Some(*us))).collect(),
    };
    Some(Chart {
        title: "Quantiles by workflow".to_owned(),
        note: format!("whole iterations: the share that took no longer{kind}{left}"),
        said: "The figures stand in the table of workflows.".to_owned(),
        class: "",
        height: 170,
        x: Axis::with_ticks(0.0, end, ticks.into_iter().filter(|tick| tick.0 <= end).collect()),
        y,
        layers: curves.iter().zip(&COLOURS).map(layer).collect(),
        keys: named.iter().zip(COLOURS).map(|(one, class)| (class, one.0.clone())).collect(),
        shade: None,
        flags: Vec::new(),
        rules: Vec::new(),
        data: None,
        nothing: None,
    })
}
