//! Load runs as files: what CSV and the exposition format of Prometheus want of them.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::HOSTILE;
use dryrun_record::Record;
use dryrun_reports::load::{csv, csv_steps, prometheus};

/// Rows of a CSV, by RFC 4180; panics where it is broken.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let (mut row, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quoted) {
            ('"', true) if chars.peek() == Some(&'"') => cell.push(chars.next().expect("peeked")),
            ('"', true) => quoted = false,
            ('"', false) => {
                assert!(cell.is_empty(), "a quote within a bare cell");
                quoted = true;
            }
            (',', false) => row.push(std::mem::take(&mut cell)),
            ('\r', false) => {
                assert_eq!(chars.next(), Some('\n'), "a line ends with CR LF");
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            ('\n', false) => panic!("a bare line feed"),
            (c, _) => cell.push(c),
        }
    }
    assert!(row.is_empty() && cell.is_empty() && !quoted, "it ends within a row");
    rows
}

#[test]
fn csv_is_a_table_and_no_formula() {
    let mut record = common::load_bad().record();
    for text in [csv(&record), csv_steps(&record)] {
        let rows = rows(&text);
        let wide: BTreeSet<usize> = rows.iter().map(Vec::len).collect();
        assert_eq!(wide.len(), 1, "every row has a cell for each column");
    }
    let seconds = rows(&csv(&record));
    assert_eq!(seconds.len(), 91);
    let column = |name: &str| seconds[0].iter().position(|one| one == name).expect("the column");
    let tick = &record.loads[0].ticks[40];
    assert_eq!(seconds[41][column("p99_us")], tick.p99_us.to_string());
    assert_eq!(seconds[41][column("requests_failed")], tick.failed.to_string());
    let steps = rows(&csv_steps(&record));
    assert_eq!(steps.iter().filter(|row| row[1] == "step").count(), 5);
    assert_eq!(
        steps.iter().filter(|row| row[3].contains("<script>")).count(),
        2,
        "hostile names arrive as text"
    );
    record.loads[0].started.load = "=cmd|' /C calc'!A0".into();
    let named = rows(&csv(&record));
    assert!(named[1][0].starts_with("'=cmd"), "{}", named[1][0]);
    record.loads[0].ticks[0].ended = 0;
    assert_eq!(rows(&csv(&record))[1][column("p50_us")], "", "what was not measured is no zero");
}

/// One line of an exposition: name, labels, value.
fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let (name, rest) = line.split_once('{').expect("labels");
    let mut labels = BTreeMap::new();
    let mut rest = rest;
    loop {
        let (label, tail) = rest.split_once("=\"").expect("a label");
        let mut value = String::new();
        let mut chars = tail.char_indices();
        let end = loop {
            match chars.next().expect("the value ends") {
                (_, '\\') => match chars.next().expect("an escape").1 {
                    'n' => value.push('\n'),
                    c @ ('\\' | '"') => value.push(c),
                    other => panic!("no such escape: \\{other}"),
                },
                (at, '"') => break at,
                (_, c) => value.push(c),
            }
        };
        assert!(labels.insert(label.to_owned(), value).is_none(), "{label} twice: {line}");
        rest = &tail[end + 1..];
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => break,
        }
    }
    let value = rest.strip_prefix("} ").expect("a value").parse().expect("a number");
    (name.to_owned(), labels, value)
}

fn exposition(record: &Record) -> Vec<(String, BTreeMap<String, String>, f64)> {
    let text = prometheus(record);
    assert!(text.ends_with('\n'));
    let name = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let (mut family, mut kind) = (String::new(), String::new());
    let (mut families, mut series, mut samples) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split_once(' ').expect("a sentence").0.to_owned();
            assert!(name(&family) && families.insert(family.clone()), "{family} stands together");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (of, ty) = rest.split_once(' ').expect("a type");
            assert_eq!(of, family);
            kind = ty.to_owned();
        } else {
            let (own, labels, value) = sample(line);
            let suffix = own.strip_prefix(&family).expect("a sample of its family");
            let fits = match kind.as_str() {
                "counter" => suffix.is_empty() && family.ends_with("_total"),
                "gauge" => suffix.is_empty(),
                "summary" => matches!(suffix, "" | "_sum" | "_count"),
                "histogram" => matches!(suffix, "_bucket" | "_sum" | "_count"),
                _ => false,
            };
            assert!(fits && labels.keys().all(|label| name(label)), "{kind}: {line}");
            assert!(series.insert((own.clone(), labels.clone())), "a series twice: {line}");
            samples.push((own, labels, value));
        }
    }
    samples
}

#[test]
fn prometheus_can_read_it() {
    for (name, story) in common::loads() {
        let record = story.record();
        let samples = exposition(&record);
        assert!(samples.len() > 100, "{name}");
        // Buckets only grow, and the last is the count.
        let mut buckets: BTreeMap<_, Vec<(f64, f64)>> = BTreeMap::new();
        for (_, labels, value) in samples.iter().filter(|one| one.0.ends_with("_bucket")) {
            let mut labels = labels.clone();
            let le = labels.remove("le").expect("a bound").parse().expect("a number");
            buckets.entry(labels).or_default().push((le, *value));
        }
        assert!(!buckets.is_empty(), "{name}");
        for (labels, of) in buckets {
            assert!(of.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 <= two[1].1), "{name}: {of:?}");
            let count = samples
                .iter()
                .find(|one| one.0 == "dryrun_load_request_latency_seconds_count" && one.1 == labels);
            assert_eq!(count.map(|one| one.2), of.last().map(|one| one.1), "{name}");
        }
    }
    let samples = exposition(&common::load_bad().record());
    let value = |name: &str, wanted: &[(&str, &str)]| {
        let fits = |labels: &BTreeMap<String, String>| {
            wanted.iter().all(|(label, value)| labels.get(*label).is_some_and(|own| own == value))
        };
        samples.iter().find(|one| one.0 == name && fits(&one.1)).map(|one| one.2)
    };
    assert_eq!(value("dryrun_load_arrivals_total", &[("outcome", "dropped")]), Some(120.0));
    assert_eq!(value("dryrun_load_sends_total", &[("outcome", "lost")]), Some(2.0));
    assert_eq!(value("dryrun_load_verdict", &[("verdict", "failed")]), Some(1.0));
    assert_eq!(value("dryrun_load_verdict", &[("verdict", "passed")]), Some(0.0));
    let time = common::load_bad().record().loads[0].result.as_ref().expect("a result").requests.time;
    let p99 = value("dryrun_load_request_duration_seconds", &[("workflow", ""), ("quantile", "0.99")]);
    assert_eq!(p99, Some(time.p99_us as f64 / 1e6), "seconds");
    let hostile = samples
        .iter()
        .any(|one| one.1.get("cause").is_some_and(|cause| cause.contains("onerror=\"document")));
    assert!(hostile, "a quote arrives as it was: {HOSTILE}");
}
