//! Load runs as comma-separated values (RFC 4180): [`csv`] by second, [`csv_steps`] by workflow and step.

use std::fmt::Write as _;

use dryrun_record::Record;
use dryrun_record::load::{Figures, LoadTick, Series};

const SECONDS: &str = "load,second,warm_up,asked,begun,requests_ended,requests_failed,dropped,late,in_flight,users,min_us,p50_us,p90_us,\
                       p95_us,p99_us,max_us,bytes,own_cpu_cores,mocks_cpu_cores,service_cpu_cores,service_memory_kib,\
                       own_memory_kib,host_cpu_share,host_memory_kib";
const STEPS: &str = "load,kind,workflow,step,count,failures,causes,rate_per_second,min_us,mean_us,p50_us,p90_us,p95_us,\
                     p99_us,p999_us,max_us,apdex,connect_p50_us,connect_p99_us,ttfb_p50_us,ttfb_p99_us,body_p50_us,\
                     body_p99_us,bytes";

/// Every second of every load run, one a row, none left out. Times are in microseconds, as in the record; an empty cell
/// was not measured.
pub fn csv(record: &Record) -> String {
    let mut out = format!("{SECONDS}\r\n");
    for run in &record.loads {
        let name = cell(&run.started.load);
        for tick in &run.ticks {
            let _ = write!(out, "{name},{}\r\n", second(tick));
        }
    }
    out
}

/// Every workflow and step of every load run that came to an end, one a row: all requests, then each workflow with its
/// steps. `kind` is `requests`, `workflow` or `step`.
pub fn csv_steps(record: &Record) -> String {
    let mut out = format!("{STEPS}\r\n");
    for run in &record.loads {
        let Some(result) = &run.result else { continue };
        let name = cell(&run.started.load);
        let _ = write!(out, "{name},requests,,,{}\r\n", series(&result.requests));
        for workflow in &result.workflows {
            let own = cell(&workflow.name);
            let _ = write!(out, "{name},workflow,{own},,{}\r\n", series(&workflow.iterations));
            for step in &workflow.steps {
                let _ = write!(out, "{name},step,{own},{},{}\r\n", cell(&step.name), series(&step.series));
            }
        }
    }
    out
}

fn second(tick: &LoadTick) -> String {
    let counts = [
        tick.asked,
        tick.begun,
        tick.ended,
        tick.failed,
        tick.dropped,
        tick.late,
        tick.in_flight,
        tick.users,
    ];
    // A second in which nothing ended has no times.
    let times = [tick.min_us, tick.p50_us, tick.p90_us, tick.p95_us, tick.p99_us, tick.max_us];
    let times = times.map(|us| (tick.ended > 0).then_some(us));
    let mut cells = vec![tick.second.to_string(), tick.warm_up.to_string()];
    cells.extend(counts.map(|many| many.to_string()));
    cells.extend(times.map(number));
    cells.push(tick.bytes.to_string());
    cells.extend([tick.own_cpu, tick.mocks_cpu, tick.service_cpu].map(number));
    cells.extend([tick.service_memory_kib, tick.own_memory_kib].map(number));
    cells.push(number(tick.host_cpu));
    cells.push(number(tick.host_memory_kib));
    cells.join(",")
}

fn series(one: &Series) -> String {
    let causes: Vec<String> = one.causes.iter().map(|(cause, many)| format!("{cause}: {many}")).collect();
    let mut cells = vec![one.count.to_string(), one.failures.to_string(), cell(&causes.join("; "))];
    cells.push(one.rate.to_string());
    let time = &one.time;
    let known = (time.count > 0).then_some(time);
    cells.push(number(known.map(|time| time.min_us)));
    cells.push(number(known.map(|time| time.mean_us)));
    let rest =
        |time: &Figures| [time.p50_us, time.p90_us, time.p95_us, time.p99_us, time.p999_us, time.max_us];
    cells.extend((0..6).map(|index| number(known.map(|time| rest(time)[index]))));
    cells.push(number(one.apdex.map(|apdex| apdex.score)));
    for part in [one.connect, one.ttfb, one.body] {
        let part = part.filter(|part| part.count > 0);
        cells.push(number(part.map(|part| part.p50_us)));
        cells.push(number(part.map(|part| part.p99_us)));
    }
    cells.push(one.bytes.to_string());
    cells.join(",")
}

fn number(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A text as a cell. What a spreadsheet would take for a formula gets an apostrophe before it.
fn cell(raw: &str) -> String {
    let mut text = crate::text::visible(raw);
    if text.starts_with(['=', '+', '-', '@', '\t']) {
        text.insert(0, '\'');
    }
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
