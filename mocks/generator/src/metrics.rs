//! Counters and histograms in the Prometheus text format (version 0.0.4). Main type: [`Metrics`].

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Upper bounds of the request histogram, in seconds.
const BUCKETS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

#[derive(Clone, Debug, Default)]
struct Histogram {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum: f64,
}

#[derive(Debug, Default)]
struct Tables {
    requests: BTreeMap<(String, String, u16), u64>,
    durations: BTreeMap<String, Histogram>,
    upstream: BTreeMap<(&'static str, &'static str), u64>,
    retries: BTreeMap<&'static str, u64>,
    published: BTreeMap<(&'static str, &'static str), u64>,
}

/// Everything this process counts; labels are bounded (routes, not paths).
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    tables: Mutex<Tables>,
    sockets: AtomicI64,
}

impl Metrics {
    fn tables(&self) -> std::sync::MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// An answered request.
    pub(crate) fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        let mut tables = self.tables();
        *tables.requests.entry((method.to_owned(), route.to_owned(), status)).or_default() += 1;
        let histogram = tables.durations.entry(route.to_owned()).or_default();
        let seconds = took.as_secs_f64();
        histogram.count += 1;
        histogram.sum += seconds;
        for (bucket, bound) in histogram.buckets.iter_mut().zip(BUCKETS) {
            *bucket += u64::from(seconds <= bound);
        }
    }

    /// One attempt at an upstream service: `ok`, `refused`, `busy`, `unreachable` or `ambiguous`.
    pub(crate) fn upstream(&self, service: &'static str, outcome: &'static str) {
        *self.tables().upstream.entry((service, outcome)).or_default() += 1;
    }

    /// A second or later attempt.
    pub(crate) fn retry(&self, service: &'static str) {
        *self.tables().retries.entry(service).or_default() += 1;
    }

    /// A channel of a publication: `success` or `failed`.
    pub(crate) fn published(&self, channel: &'static str, outcome: &'static str) {
        *self.tables().published.entry((channel, outcome)).or_default() += 1;
    }

    /// A live connection opened (+1) or closed (-1).
    pub(crate) fn sockets(&self, by: i64) {
        self.sockets.fetch_add(by, Ordering::Relaxed);
    }

    /// The text that Prometheus scrapes; `uptime` in seconds.
    pub(crate) fn render(&self, uptime: f64) -> String {
        let tables = self.tables();
        let mut out = String::new();
        let head = |out: &mut String, name: &str, kind: &str, help: &str| {
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
        };
        head(&mut out, "generator_requests_total", "counter", "Requests by method, route and status.");
        for ((method, route, status), count) in &tables.requests {
            let _ = writeln!(
                out,
                "generator_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
            );
        }
        let name = "generator_request_duration_seconds";
        head(&mut out, name, "histogram", "Time to answer, by route.");
        for (route, histogram) in &tables.durations {
            for (count, bound) in histogram.buckets.iter().zip(BUCKETS) {
                let _ = writeln!(out, "{name}_bucket{{route=\"{route}\",le=\"{bound}\"}} {count}");
            }
            let _ = writeln!(out, "{name}_bucket{{route=\"{route}\",le=\"+Inf\"}} {}", histogram.count);
            let _ = writeln!(out, "{name}_sum{{route=\"{route}\"}} {}", histogram.sum);
            let _ = writeln!(out, "{name}_count{{route=\"{route}\"}} {}", histogram.count);
        }
        let name = "generator_upstream_calls_total";
        head(&mut out, name, "counter", "Attempts at upstream services by outcome.");
        for ((service, outcome), count) in &tables.upstream {
            let _ = writeln!(out, "{name}{{service=\"{service}\",outcome=\"{outcome}\"}} {count}");
        }
        let name = "generator_upstream_retries_total";
        head(&mut out, name, "counter", "Second and later attempts at upstream services.");
        for (service, count) in &tables.retries {
            let _ = writeln!(out, "{name}{{service=\"{service}\"}} {count}");
        }
        let name = "generator_published_total";
        head(&mut out, name, "counter", "Publications by channel and outcome.");
        for ((channel, outcome), count) in &tables.published {
            let _ = writeln!(out, "{name}{{channel=\"{channel}\",outcome=\"{outcome}\"}} {count}");
        }
        head(&mut out, "generator_websocket_connections", "gauge", "Live connections that are open now.");
        let _ = writeln!(out, "generator_websocket_connections {}", self.sockets.load(Ordering::Relaxed));
        head(&mut out, "generator_uptime_seconds", "gauge", "Time since the start.");
        let _ = writeln!(out, "generator_uptime_seconds {uptime}");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_what_is_scraped() {
        let metrics = Metrics::default();
        metrics.request("POST", "/a", 200, Duration::from_millis(20));
        metrics.request("POST", "/a", 200, Duration::from_secs(9));
        metrics.upstream("crm", "ok");
        metrics.retry("crm");
        metrics.sockets(2);
        metrics.sockets(-1);
        let text = metrics.render(1.5);
        for line in [
            "generator_requests_total{method=\"POST\",route=\"/a\",status=\"200\"} 2",
            "generator_request_duration_seconds_bucket{route=\"/a\",le=\"0.01\"} 0",
            "generator_request_duration_seconds_bucket{route=\"/a\",le=\"0.025\"} 1",
            "generator_request_duration_seconds_bucket{route=\"/a\",le=\"+Inf\"} 2",
            "generator_upstream_calls_total{service=\"crm\",outcome=\"ok\"} 1",
            "generator_upstream_retries_total{service=\"crm\"} 1",
            "generator_websocket_connections 1",
            "generator_uptime_seconds 1.5",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }
}
