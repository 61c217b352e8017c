//! What the seconds of a load run say, as columns with a name, a unit and a colour: [`column`], [`data`].

use dryrun_record::load::{LoadRun, LoadTick};
use serde_json::{Value, json};

use crate::load::sample::{self, Point, timed};

/// What a second says of one thing.
pub(crate) type Of = fn(&LoadTick) -> Option<f64>;

/// A column of numbers.
pub(crate) struct Column {
    name: &'static str,
    /// For people.
    pub(crate) words: &'static str,
    /// `rate`, `count`, `time`, `cores` or `kib`.
    pub(crate) unit: &'static str,
    /// Its colour, the same in every chart.
    pub(crate) class: &'static str,
    /// What a second says.
    pub(crate) of: Of,
}

const fn of(
    name: &'static str,
    words: &'static str,
    unit: &'static str,
    class: &'static str,
    of: Of,
) -> Column {
    Column { name, words, unit, class, of }
}

const COLUMNS: [Column; 21] = [
    of("asked", "asked", "rate", "c-asked", |tick| Some(tick.asked as f64)),
    of("begun", "begun", "rate", "c-begun", |tick| Some(tick.begun as f64)),
    of("ended", "requests ended", "rate", "c-ended", |tick| Some(tick.ended as f64)),
    of("failed", "requests failed", "rate", "c-failed", |tick| Some(tick.failed as f64)),
    of("dropped", "dropped", "rate", "c-dropped", |tick| Some(tick.dropped as f64)),
    of("late", "late", "rate", "c-late", |tick| Some(tick.late as f64)),
    of("flight", "in flight", "count", "c-flight", |tick| Some(tick.in_flight as f64)),
    of("users", "users", "count", "c-users", |tick| Some(tick.users as f64)),
    of("max", "max", "time", "c-max", |tick| timed(|tick| tick.max_us)(tick)),
    of("p99", "p99", "time", "c-p99", |tick| timed(|tick| tick.p99_us)(tick)),
    of("p95", "p95", "time", "c-p95", |tick| timed(|tick| tick.p95_us)(tick)),
    of("p90", "p90", "time", "c-p90", |tick| timed(|tick| tick.p90_us)(tick)),
    of("p50", "p50", "time", "c-p50", |tick| timed(|tick| tick.p50_us)(tick)),
    of("min", "min", "time", "c-min", |tick| timed(|tick| tick.min_us)(tick)),
    of("cpu-host", "machine", "cores", "c-host", |tick| tick.host_cpu),
    of("cpu-service", "service", "cores", "c-service", |tick| tick.service_cpu),
    of("cpu-mocks", "mocks", "cores", "c-mocks", |tick| tick.mocks_cpu),
    of("cpu-own", "the load itself", "cores", "c-own", |tick| tick.own_cpu),
    of("mem-service", "service", "kib", "c-service", |tick| tick.service_memory_kib.map(|kib| kib as f64)),
    of("mem-own", "harness", "kib", "c-own", |tick| tick.own_memory_kib.map(|kib| kib as f64)),
    of("mem-host", "machine", "kib", "c-host", |tick| tick.host_memory_kib.map(|kib| kib as f64)),
];

/// The column of this name.
pub(crate) fn column(name: &str) -> &'static Column {
    COLUMNS.iter().find(|one| one.name == name).unwrap_or(&COLUMNS[0])
}

/// The numbers of the charts, for a pointer over them. Times are the slowest of the seconds that a point stands for,
/// everything else is their mean.
pub(crate) fn data(run: &LoadRun) -> Value {
    let sampled = sample::points(&run.ticks);
    let scale = host_scale(run);
    let columns: serde_json::Map<String, Value> = COLUMNS
        .iter()
        .map(|Column { name, words, unit, class, of }| {
            let values: Vec<Value> =
                sampled.points.iter().map(|point| rounded(value(point, name, unit, *of, scale))).collect();
            ((*name).to_owned(), json!([words, unit, class, values]))
        })
        .collect();
    let at: Vec<f64> = sampled.points.iter().map(Point::at).collect();
    json!({ "end": end(run), "per": sampled.per, "at": at, "columns": columns })
}

fn value(point: &Point<'_>, name: &str, unit: &str, of: Of, scale: f64) -> Option<f64> {
    match (unit, name) {
        ("time", "min") => point.least(of),
        ("time", _) => point.most(of),
        (_, "cpu-host") => point.mean(of).map(|share| share * scale),
        _ => point.mean(of),
    }
}

fn rounded(value: Option<f64>) -> Value {
    value.map_or(Value::Null, |value| json!((value * 1e3).round() / 1e3))
}

/// Cores of the machine, to draw its share on the same scale as the others.
pub(crate) fn host_scale(run: &LoadRun) -> f64 {
    run.result.as_ref().map_or(0.0, |result| f64::from(result.resources.cores))
}

/// Where the time line ends.
pub(crate) fn end(run: &LoadRun) -> f64 {
    let last = run.ticks.iter().map(|tick| tick.second as f64).fold(0.0, f64::max);
    run.marks
        .iter()
        .map(|mark| mark.at_s)
        .filter(|at| at.is_finite() && *at < 1e7)
        .fold(last, f64::max)
        .max(1.0)
}
