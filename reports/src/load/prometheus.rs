//! Load runs in the text exposition format of Prometheus, version 0.0.4: [`prometheus`].

use std::fmt::Write as _;

use dryrun_record::Record;
use dryrun_record::load::{Figures, LoadResult, LoadRun, LoadVerdict, Series};

use crate::load::{facts, spread};
use crate::text;

/// Upper bounds of the histograms, seconds.
const BOUNDS: [f64; 18] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0,
    3600.0,
];

/// All load runs of a record, for a scrape, a push gateway or a textfile collector. Times are in seconds, memory in
/// bytes, shares from 0 to 1. A run that still goes on is told by its seconds so far; its figures follow at its end.
pub fn prometheus(record: &Record) -> String {
    let mut page = Page::default();
    let names = facts::apart(record.loads.iter().map(|run| run.started.load.as_str()));
    for (run, name) in record.loads.iter().zip(&names) {
        let base = vec![("load", name.clone())];
        so_far(&mut page, run, &base);
        if let Some(result) = &run.result {
            ended(&mut page, result, &base);
        }
    }
    page.text()
}

type Labels = Vec<(&'static str, String)>;

/// Families in the order in which they were first met; the samples of one family stand together, as the format wants.
#[derive(Default)]
struct Page {
    families: Vec<Family>,
}

struct Family {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    samples: String,
}

impl Page {
    fn family(&mut self, name: &'static str, kind: &'static str, help: &'static str) -> &mut String {
        let place = self.families.iter().position(|one| one.name == name).unwrap_or_else(|| {
            self.families.push(Family { name, kind, help, samples: String::new() });
            self.families.len() - 1
        });
        &mut self.families[place].samples
    }

    fn gauge(&mut self, name: &'static str, help: &'static str, labels: &Labels, value: f64) {
        sample(self.family(name, "gauge", help), name, "", labels, value);
    }

    fn counter(&mut self, name: &'static str, help: &'static str, labels: &Labels, value: u64) {
        sample(self.family(name, "counter", help), name, "", labels, value as f64);
    }

    fn summary(&mut self, name: &'static str, help: &'static str, labels: &Labels, figures: &Figures) {
        let out = self.family(name, "summary", help);
        let quantiles = [
            ("0.5", figures.p50_us),
            ("0.9", figures.p90_us),
            ("0.95", figures.p95_us),
            ("0.99", figures.p99_us),
            ("0.999", figures.p999_us),
        ];
        for (quantile, us) in quantiles {
            let value = if figures.count == 0 { f64::NAN } else { seconds(us as f64) };
            sample(out, name, "", &with(labels, "quantile", quantile), value);
        }
        sample(out, name, "_sum", labels, seconds(figures.mean_us * figures.count as f64));
        sample(out, name, "_count", labels, figures.count as f64);
    }

    fn text(self) -> String {
        let mut out = String::new();
        for one in self.families {
            let _ =
                write!(out, "# HELP {0} {1}\n# TYPE {0} {2}\n{3}", one.name, one.help, one.kind, one.samples);
        }
        out
    }
}

fn so_far(page: &mut Page, run: &LoadRun, base: &Labels) {
    let sum = |of: fn(&dryrun_record::load::LoadTick) -> u64| run.ticks.iter().map(of).sum::<u64>();
    let help = "Seconds of the load run that were told so far.";
    page.gauge("dryrun_load_seconds", help, base, run.ticks.len() as f64);
    let help = "Requests that ended so far, warm-up included.";
    page.counter("dryrun_load_live_requests_total", help, base, sum(|tick| tick.ended));
    let help = "Requests that failed so far, warm-up included.";
    page.counter("dryrun_load_live_request_failures_total", help, base, sum(|tick| tick.failed));
    let help = "Arrivals so far by what became of them, warm-up included.";
    for (outcome, many) in [
        ("asked", sum(|tick| tick.asked)),
        ("begun", sum(|tick| tick.begun)),
        ("dropped", sum(|tick| tick.dropped)),
        ("late", sum(|tick| tick.late)),
    ] {
        page.counter("dryrun_load_live_arrivals_total", help, &with(base, "outcome", outcome), many);
    }
    let Some(last) = run.ticks.last().filter(|_| run.result.is_none()) else { return };
    page.gauge("dryrun_load_live_in_flight", "Workflows under way.", base, last.in_flight as f64);
    page.gauge("dryrun_load_live_users", "Users at work, or arrivals under way.", base, last.users as f64);
    if last.ended > 0 {
        let help = "Times of the requests that ended in the last second.";
        for (quantile, us) in
            [("0.5", last.p50_us), ("0.95", last.p95_us), ("0.99", last.p99_us), ("1", last.max_us)]
        {
            let labels = with(base, "q", quantile);
            page.gauge("dryrun_load_live_request_seconds", help, &labels, seconds(us as f64));
        }
    }
}

fn ended(page: &mut Page, result: &LoadResult, base: &Labels) {
    let help = "1 for the verdict of the load run, 0 for every other.";
    for verdict in
        [LoadVerdict::Passed, LoadVerdict::Inconclusive, LoadVerdict::ThresholdMissed, LoadVerdict::Failed]
    {
        let word = facts::verdict(verdict).replace(' ', "_");
        let value = f64::from(u8::from(result.verdict == verdict));
        page.gauge("dryrun_load_verdict", help, &with(base, "verdict", &word), value);
    }
    let measured = seconds(result.measured_us as f64);
    page.gauge("dryrun_load_measured_seconds", "How long was measured, warm-up left out.", base, measured);
    let account = &result.account;
    let help = "Arrivals by what became of them, warm-up included.";
    for (outcome, many) in [
        ("asked", account.asked),
        ("sent", account.sent),
        ("dropped", account.dropped),
        ("late", account.late),
        ("ended", account.ended),
        ("abandoned", account.abandoned),
    ] {
        page.counter("dryrun_load_arrivals_total", help, &with(base, "outcome", outcome), many);
    }
    let help = "Arrivals a second over the measured time.";
    let asked = Some(("asked", account.asked_rate)).filter(|(_, rate)| *rate > 0.0);
    for (which, rate) in asked.into_iter().chain([("achieved", account.achieved_rate)]) {
        page.gauge("dryrun_load_arrival_rate", help, &with(base, "which", which), rate);
    }
    let help = "Most workflows under way at once.";
    page.gauge("dryrun_load_peak_in_flight", help, base, account.peak_in_flight as f64);
    all_series(page, result, base);
    judged(page, result, base);
    resources(page, result, base);
}

fn all_series(page: &mut Page, result: &LoadResult, base: &Labels) {
    let of = |workflow: &str, step: &str| with(&with(base, "workflow", workflow), "step", step);
    // All requests together have empty labels, which for Prometheus is the same as none.
    series(page, &result.requests, &of("", ""));
    let names = facts::apart(result.workflows.iter().map(|one| one.name.as_str()));
    for (workflow, name) in result.workflows.iter().zip(&names) {
        let labels = with(base, "workflow", name);
        let iterations = &workflow.iterations;
        page.counter("dryrun_load_iterations_total", "Iterations that ended.", &labels, iterations.count);
        let help = "Iterations that failed, by cause.";
        for (cause, many) in &iterations.causes {
            page.counter("dryrun_load_iteration_failures_total", help, &with(&labels, "cause", cause), *many);
        }
        let help = "From the intended start of an iteration to the end of its last step.";
        page.summary("dryrun_load_iteration_duration_seconds", help, &labels, &iterations.time);
        let steps = facts::apart(workflow.steps.iter().map(|one| one.name.as_str()));
        for (step, own) in workflow.steps.iter().zip(&steps) {
            series(page, &step.series, &of(name, own));
        }
    }
}

fn series(page: &mut Page, one: &Series, labels: &Labels) {
    page.counter(
        "dryrun_load_requests_total",
        "Requests that ended, failed ones included.",
        labels,
        one.count,
    );
    let help = "Requests that failed, by cause.";
    for (cause, many) in &one.causes {
        page.counter("dryrun_load_request_failures_total", help, &with(labels, "cause", cause), *many);
    }
    page.gauge(
        "dryrun_load_request_rate",
        "Requests that ended, a second of measured time.",
        labels,
        one.rate,
    );
    let help = "From the intended start of a request to the end of its body.";
    page.summary("dryrun_load_request_duration_seconds", help, labels, &one.time);
    let help = "Shortest and longest time of a request.";
    for (which, us) in [("min", one.time.min_us), ("max", one.time.max_us)] {
        let labels = with(labels, "which", which);
        page.gauge("dryrun_load_request_extreme_seconds", help, &labels, seconds(us as f64));
    }
    let help = "Parts of a request: connect, ttfb (to the answer's head), body.";
    for (phase, figures) in [("connect", one.connect), ("ttfb", one.ttfb), ("body", one.body)] {
        if let Some(figures) = figures {
            page.summary("dryrun_load_request_phase_seconds", help, &with(labels, "phase", phase), &figures);
        }
    }
    let help = "Bytes of the answers' bodies.";
    page.counter("dryrun_load_response_body_bytes_total", help, labels, one.bytes);
    if let Some(apdex) = one.apdex {
        page.gauge("dryrun_load_apdex", "Apdex score, 0 to 1.", labels, apdex.score);
    }
    if let Some(histogram) = spread::decode(&one.histogram) {
        let name = "dryrun_load_request_latency_seconds";
        let help =
            "The same times as dryrun_load_request_duration_seconds, as a histogram that can be added up.";
        let out = page.family(name, "histogram", help);
        for bound in BOUNDS {
            let many = histogram.count_between(0, (bound * 1e6) as u64);
            sample(out, name, "_bucket", &with(labels, "le", &bound.to_string()), many as f64);
        }
        sample(out, name, "_bucket", &with(labels, "le", "+Inf"), histogram.len() as f64);
        sample(out, name, "_sum", labels, seconds(one.time.mean_us * histogram.len() as f64));
        sample(out, name, "_count", labels, histogram.len() as f64);
    }
}

fn judged(page: &mut Page, result: &LoadResult, base: &Labels) {
    let names = facts::apart(result.thresholds.iter().map(|one| one.text.as_str()));
    for (one, name) in result.thresholds.iter().zip(&names) {
        let labels = with(&with(&with(base, "threshold", name), "metric", &one.metric), "scope", &one.scope);
        let help = "1 when the threshold held.";
        page.gauge("dryrun_load_threshold_held", help, &labels, f64::from(u8::from(one.held)));
        let help = "The limit of a threshold, in the metric's own unit.";
        page.gauge("dryrun_load_threshold_limit", help, &labels, one.limit);
        let none = if one.beyond.is_some() { f64::INFINITY } else { f64::NAN };
        let found = one.found.unwrap_or(none);
        let help = "What was found for a threshold, in the metric's own unit; +Inf when that share never finished, NaN when nothing was \
                    measured.";
        page.gauge("dryrun_load_threshold_found", help, &labels, found);
    }
    let sends = &result.sends;
    let help = "1 when the calls to the mocks could be compared with what the service said.";
    let told = f64::from(u8::from(sends.unjudged.is_none()));
    page.gauge("dryrun_load_sends_judged", help, base, told);
    let help = "Calls to the mocks against what the service's answers say.";
    for (outcome, many) in [
        ("claimed", sends.claimed),
        ("received", sends.received),
        ("uncovered", sends.uncovered),
        ("lost", sends.lost),
        ("doubled", sends.doubled),
        ("phantom", sends.phantom),
        ("unexpected", sends.unexpected),
    ] {
        page.counter("dryrun_load_sends_total", help, &with(base, "outcome", outcome), many);
    }
    let help = "Answers that were checked against their contract, and that were not.";
    for (which, many) in [("true", result.contracts.checked), ("false", result.contracts.unchecked)] {
        page.counter("dryrun_load_contract_answers_total", help, &with(base, "checked", which), many);
    }
    let help = "Breaches of contract.";
    page.counter("dryrun_load_contract_breaches_total", help, base, result.contracts.breaches);
    let Some(comparison) = &result.comparison else { return };
    let names = facts::apart(comparison.ratios.iter().map(|one| one.metric.as_str()));
    for (one, name) in comparison.ratios.iter().zip(&names) {
        let labels = with(&with(base, "against", &comparison.against), "quantile_name", name);
        let help = "Ratio of a quantile, new to old, with the ends of its confidence interval.";
        for (which, value) in [("low", one.low), ("estimate", one.ratio), ("high", one.high)] {
            page.gauge("dryrun_load_baseline_ratio", help, &with(&labels, "which", which), value);
        }
    }
}

fn resources(page: &mut Page, result: &LoadResult, base: &Labels) {
    let one = &result.resources;
    let help = "CPU used over the measured time, in cores.";
    let host = one.host_cpu.map(|share| share * f64::from(one.cores));
    for (who, cores) in
        [("own", one.own_cpu), ("mocks", one.mocks_cpu), ("service", one.service_cpu), ("host", host)]
    {
        if let Some(cores) = cores {
            page.gauge("dryrun_load_cpu_cores", help, &with(base, "of", who), cores);
        }
    }
    let help = "Peak resident memory.";
    for (who, kib) in [("own", one.own_memory_kib), ("service", one.service_memory_kib)] {
        if let Some(kib) = kib {
            page.gauge("dryrun_load_memory_bytes", help, &with(base, "of", who), kib as f64 * 1024.0);
        }
    }
    if let Some(us) = one.own_cpu_per_request_us {
        let help = "CPU of the load's own thread for each request.";
        page.gauge("dryrun_load_own_cpu_per_request_seconds", help, base, seconds(us));
    }
    if let Some(us) = one.mocks_p99_us {
        let help = "99% of the mocks' answers took no longer inside the mock.";
        page.gauge("dryrun_load_mocks_p99_seconds", help, base, seconds(us as f64));
    }
}

fn seconds(us: f64) -> f64 {
    us / 1e6
}

fn with(labels: &Labels, name: &'static str, value: &str) -> Labels {
    let mut all = labels.clone();
    all.push((name, value.to_owned()));
    all
}

fn sample(out: &mut String, name: &str, suffix: &str, labels: &Labels, value: f64) {
    let labels: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    let value = match value {
        f64::INFINITY => "+Inf".to_owned(),
        value if value.is_nan() => "NaN".to_owned(),
        value => value.to_string(),
    };
    let _ = writeln!(out, "{name}{suffix}{{{}}} {value}", labels.join(","));
}

/// A label's value: backslash, quote and line end are escaped; control characters are made visible first.
fn escaped(raw: &str) -> String {
    text::visible(raw).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
