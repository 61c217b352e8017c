//! The charts of a load run over its time: [`over_time`].

use dryrun_record::load::{LoadMark, LoadRun, LoadTick};

use crate::load::chart::{Chart, Flag, Layer};
use crate::load::columns::{Column, column, end, host_scale};
use crate::load::sample::{self, Point, Sampled, timed};
use crate::load::scale::Axis;
use crate::load::units;
use crate::text;

/// Events that are drawn; all of them stand in the record.
pub(crate) const FLAGS: usize = 40;
/// Room that the words of an event need on a wide page, as a part of the time line for each character.
const LETTER: f64 = 0.0075;

/// A time of a second, microseconds.
type Time = fn(&LoadTick) -> u64;

/// What is drawn on every chart of a run alike.
struct Frame<'a> {
    index: usize,
    run: &'a LoadRun,
    sampled: Sampled<'a>,
    flags: Vec<Flag>,
}

/// All charts of a run over its time, the widest first. None when it has no seconds.
pub(crate) fn over_time(index: usize, run: &LoadRun) -> Vec<Chart> {
    if run.ticks.is_empty() {
        return Vec::new();
    }
    let frame = Frame { index, run, sampled: sample::points(&run.ticks), flags: flags(run) };
    let mut all = vec![frame.latency()];
    all.push(frame.lines(
        "Rate",
        "a second",
        &["asked", "begun", "ended", "failed"],
        "asked begun ended failed",
    ));
    all.push(frame.errors());
    let model =
        if run.started.model == "closed" { "Users and workflows in flight" } else { "Workflows in flight" };
    let users: &[&str] = if run.started.model == "closed" { &["users", "flight"] } else { &["flight"] };
    all.push(frame.lines(model, "", users, if users.len() > 1 { "users flight" } else { "flight" }));
    let cpu = ["cpu-host", "cpu-service", "cpu-mocks", "cpu-own"];
    all.extend(
        frame
            .known(&cpu)
            .map(|names| frame.lines("CPU", "cores", &names, "cpu-host cpu-service cpu-mocks cpu-own")),
    );
    let memory = frame.known(&["mem-service", "mem-own"]);
    all.extend(
        memory.map(|names| frame.lines("Memory of service and harness", "", &names, "mem-service mem-own")),
    );
    let host = frame.known(&["mem-host"]);
    all.extend(host.map(|names| frame.lines("Memory of the machine", "in use", &names, "mem-host")));
    all
}

impl Frame<'_> {
    fn chart(&self, title: &str, height: u32, y: Axis) -> Chart {
        let warm = self.run.started.warm_up_s.max(self.warm_ticks());
        Chart {
            title: title.to_owned(),
            note: String::new(),
            said: String::new(),
            class: "",
            height,
            x: Axis::of_seconds(end(self.run), units::moment),
            y,
            layers: Vec::new(),
            keys: Vec::new(),
            shade: (warm > 0.0).then_some((0.0, warm, "warm-up")),
            flags: self.flags.iter().map(|flag| Flag { short: String::new(), ..flag.clone() }).collect(),
            rules: Vec::new(),
            data: None,
            nothing: None,
        }
    }

    /// The last second that says of itself that it belongs to the warm-up.
    fn warm_ticks(&self) -> f64 {
        self.run.ticks.iter().filter(|tick| tick.warm_up).map(|tick| tick.second as f64).fold(0.0, f64::max)
    }

    /// Points with gaps where seconds are missing.
    fn points<T>(&self, of: impl Fn(&Point<'_>) -> Option<T>) -> Vec<(f64, Option<T>)> {
        let mut out = Vec::new();
        let mut last = None;
        for point in &self.sampled.points {
            if last.is_some_and(|last| point.first() > last + self.sampled.per) {
                out.push((point.at(), None));
            }
            last = Some(point.last());
            out.push((point.at(), of(point)));
        }
        out
    }

    /// What one point stands for, when it is more than a second.
    fn folded(&self, what: &str) -> String {
        match self.sampled.per {
            0 | 1 => String::new(),
            per => format!("{what} {}", units::lasting(per as f64)),
        }
    }

    /// Those of the columns of which something is known.
    fn known(&self, names: &[&'static str]) -> Option<Vec<&'static str>> {
        let is = |name: &&&str| {
            let cores = **name != "cpu-host" || host_scale(self.run) > 0.0;
            cores && self.run.ticks.iter().any(|tick| (column(name).of)(tick).is_some())
        };
        let known: Vec<&'static str> = names.iter().filter(is).copied().collect();
        (!known.is_empty()).then_some(known)
    }

    fn latency(&self) -> Chart {
        let over = |us: Time| move |point: &Point<'_>| point.most(timed(us));
        let least = self.run.ticks.iter().filter_map(timed(|tick| tick.min_us)).fold(f64::INFINITY, f64::min);
        let most = self.run.ticks.iter().filter_map(timed(|tick| tick.max_us)).fold(0.0, f64::max);
        let y = Axis::of_times(least, most, units::tick);
        let ground = y.ends().0;
        let mut chart = self.chart("Latency", 260, y);
        let bands: [(&'static str, Time, Time); 4] = [
            ("c-max", |tick| tick.p99_us, |tick| tick.max_us),
            ("c-p99", |tick| tick.p95_us, |tick| tick.p99_us),
            ("c-p95", |tick| tick.p90_us, |tick| tick.p95_us),
            ("c-p90", |tick| tick.p50_us, |tick| tick.p90_us),
        ];
        for (class, low, high) in bands {
            let points = self.points(|point| over(low)(point).zip(over(high)(point)));
            chart.layers.push(Layer::Band { class, points });
        }
        let points = self.points(|point| {
            Some(point.least(timed(|tick| tick.min_us)).unwrap_or(ground))
                .zip(over(|tick| tick.p50_us)(point))
        });
        chart.layers.push(Layer::Band { class: "c-p50", points });
        let lines: [(&'static str, Time); 2] = [("c-p99", |tick| tick.p99_us), ("c-p50", |tick| tick.p50_us)];
        for (class, us) in lines {
            chart.layers.push(Layer::Line { class, points: self.points(over(us)) });
        }
        let keys = [("c-p50", "p50"), ("c-p90", "p90"), ("c-p95", "p95"), ("c-p99", "p99"), ("c-max", "max")];
        chart.keys = keys.map(|(class, words)| (class, words.to_owned())).into();
        let kind = if chart.y.log { "logarithmic" } else { "" };
        let folded = self.folded("each point is the slowest second of");
        chart.note =
            [kind, &folded].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        chart.class = "wide";
        chart.flags.clone_from(&self.flags);
        chart.rules = limits(self.run, &chart.y);
        chart.data = Some((self.index, "max p99 p95 p90 p50 min"));
        let worst = self.run.ticks.iter().filter(|tick| tick.ended > 0).max_by_key(|tick| tick.p99_us);
        match worst {
            Some(worst) => {
                chart.said = format!(
                    "Bands from the shortest to the longest time of each second. The highest p99 is {} at {}, the longest time {}.",
                    units::micros(worst.p99_us),
                    units::moment(worst.second as f64),
                    units::time(most)
                );
            }
            None => chart.nothing = Some("no request ended"),
        }
        chart
    }

    fn errors(&self) -> Chart {
        let names = ["failed", "dropped", "late"];
        let most = self.top(&names);
        let mut chart = self.chart("Errors", 150, Axis::from_zero(most.max(1.0), 4, units::plain));
        chart.note = self.note("a second");
        chart.data = Some((self.index, "failed dropped late"));
        let sums = [
            ("failed", facts_sum(self.run, |tick| tick.failed)),
            ("dropped", facts_sum(self.run, |tick| tick.dropped)),
            ("late", facts_sum(self.run, |tick| tick.late)),
        ];
        let said = sums.map(|(word, many)| format!("{} {word}", units::count(many))).join(", ");
        chart.said = format!("In all {said}.");
        if most == 0.0 {
            chart.nothing = Some("nothing failed, nothing was dropped, nothing was late");
        }
        let half = self.sampled.per as f64 / 2.0;
        let bars = self.sampled.points.iter().filter_map(|point| {
            let most = point.most(column("failed").of)?;
            Some((point.at() - half, point.at() + half, most))
        });
        chart.layers.push(Layer::Bars { class: "c-failed", bars: bars.collect() });
        for name in ["late", "dropped"] {
            let Column { class, of, .. } = column(name);
            let points = self.points(|point| point.most(of));
            chart.layers.push(Layer::Line { class, points });
        }
        chart.keys = names.map(|name| (column(name).class, column(name).words.to_owned())).into();
        chart
    }

    /// Lines of some columns; where a point stands for several seconds, with a band from least to most.
    fn lines(&self, title: &str, unit: &str, names: &[&str], data: &'static str) -> Chart {
        let most = self.top(names);
        let first = column(names.first().copied().unwrap_or_default());
        let y = match first.unit {
            "kib" => memory_axis(most),
            _ => Axis::from_zero(most.max(if first.unit == "cores" { 0.1 } else { 1.0 }), 4, units::plain),
        };
        let mut chart = self.chart(title, 150, y);
        chart.note = self.note(unit);
        chart.data = Some((self.index, data));
        // What was asked for lies on what came of it.
        for name in names.iter().rev() {
            let Column { class, of, .. } = column(name);
            let scale = if *name == "cpu-host" { host_scale(self.run) } else { 1.0 };
            if self.sampled.per > 1 {
                let points = self.points(|point| Some((point.least(of)? * scale, point.most(of)? * scale)));
                chart.layers.push(Layer::Band { class, points });
            }
            let points = self.points(|point| point.mean(of).map(|value| value * scale));
            chart.layers.push(Layer::Line { class, points });
        }
        chart.keys = names.iter().map(|name| (column(name).class, column(name).words.to_owned())).collect();
        let text = |value: f64| match first.unit {
            "kib" => units::kib(value as u64),
            _ => units::plain(value),
        };
        chart.said = format!("Highest: {} {unit}.", text(most));
        chart
    }

    fn note(&self, unit: &str) -> String {
        let folded = self.folded("line: mean, band: least and most of each");
        [unit, &folded].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
    }

    /// The highest of any second.
    fn top(&self, names: &[&str]) -> f64 {
        let all = names.iter().flat_map(|name| {
            let scale = if *name == "cpu-host" { host_scale(self.run) } else { 1.0 };
            self.run
                .ticks
                .iter()
                .filter_map(move |tick| (column(name).of)(tick))
                .map(move |value| value * scale)
        });
        all.filter(|value| value.is_finite()).fold(0.0, f64::max)
    }
}

fn facts_sum(run: &LoadRun, of: fn(&LoadTick) -> u64) -> u64 {
    run.ticks.iter().map(of).sum()
}

/// From 0 in steps that are round in MiB or GiB.
fn memory_axis(kib: f64) -> Axis {
    let unit = if kib >= 1_048_576.0 { 1_048_576.0 } else { 1024.0 };
    let word = if unit > 1024.0 { "GiB" } else { "MiB" };
    let axis = Axis::from_zero((kib / unit).max(0.1), 4, |value| format!("{} {word}", units::plain(value)));
    axis.scaled(unit)
}

/// Thresholds on quantiles of all requests, where they lie within the chart.
fn limits(run: &LoadRun, y: &Axis) -> Vec<(f64, String)> {
    let thresholds = run.result.iter().flat_map(|result| &result.thresholds);
    let on_times = thresholds.filter(|one| one.scope == "requests" && one.metric.ends_with("_ms"));
    let at = on_times.map(|one| {
        let name = one.metric.trim_end_matches("_ms");
        (one.limit * 1e3, format!("limit of {}: {}", text::one_line(name, 20), units::time(one.limit * 1e3)))
    });
    at.filter(|(us, _)| *us > y.ends().0 && *us < y.ends().1).collect()
}

/// Events as flags, numbered from 1; the words of those that have room.
fn flags(run: &LoadRun) -> Vec<Flag> {
    let whole = end(run);
    let mut marks: Vec<&LoadMark> = run.marks.iter().collect();
    marks.sort_by(|one, other| one.at_s.total_cmp(&other.at_s));
    let places: Vec<f64> = marks.iter().map(|mark| mark.at_s / whole).collect();
    let flag = |(index, mark): (usize, &&LoadMark)| {
        let next = places.get(index + 1).copied().unwrap_or(1.0);
        let letters = (((next - places[index]) / LETTER) - 3.0).clamp(0.0, 60.0) as usize;
        let text = text::one_line(&mark.text, 300);
        let short = if letters >= 10 { text::shorten(&text, letters) } else { String::new() };
        Flag {
            at: mark.at_s,
            number: index + 1,
            kind: kind(&mark.kind),
            short,
            text: format!("{} {text}", units::moment(mark.at_s)),
        }
    };
    marks.iter().take(FLAGS).enumerate().map(flag).collect()
}

/// The class of an event.
pub(crate) fn kind(kind: &str) -> &'static str {
    match kind {
        "stage" => "stage",
        "fault" => "fault",
        "threshold" => "threshold",
        "abort" => "abort",
        _ => "other",
    }
}
