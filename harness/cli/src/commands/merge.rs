//! `dryrun load merge`: the results of all shards of a load, judged as one.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, anyhow};
use dryrun_load::shard::{self, Limits, Merged, PREFIX, Reading};
use dryrun_record::load::ShardReport;
use dryrun_record::{Event, EventStream, FORMAT, Isolation, Masker, RunKind, RunStarted, Sink, TargetInfo};

use crate::args::Global;
use crate::args::scale::MergeArgs;
use crate::commands::load::files;
use crate::commands::{ending, print};
use crate::exit::{Exit, Stop};

/// The name that standard input goes by.
const INPUT: &str = "standard input";
/// More shards than these are not listed one by one; the reports have them all.
const LISTED: usize = 32;

/// Merges, judges, and writes the reports.
pub(crate) fn merge(args: &MergeArgs, global: &Global) -> Result<Exit, Stop> {
    let started = Instant::now();
    let texts = args.results.iter().map(|path| text(path)).collect::<Result<Vec<_>, Stop>>()?;
    let reading = shard::read(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let limits = Limits { late: args.max_late, skew: args.max_skew, expect: args.expect };
    let target = reading.shards.iter().find_map(|shard| shard.target.clone());
    let nothing = nothing(&reading);
    let Some(merged) = shard::merge(reading, &limits) else {
        return Err(Stop { exit: Exit::Inconclusive, error: anyhow!("{nothing}") });
    };

    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("reports/out"));
    ending::forget(&out)?;
    let sinks: Vec<Box<dyn Sink>> = vec![ending::open(&out)?];
    let events = EventStream::new(started, Masker::new(), sinks);
    print(&listed(&merged.result.shards));
    tell_all(&events, merged, target);
    ending::finish(&events);
    let (record, written) = events.close();
    written.map_err(Stop::environment)?;
    let files = files(&record);
    ending::draw(&record, &out, global, &files)?;
    Ok(ending::exit(&record))
}

/// The text at a path, or of standard input, with the name it is called by.
fn text(path: &Path) -> Result<(String, String), Stop> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        read.context("standard input could not be read").map_err(Stop::environment)?;
        return Ok((INPUT.to_owned(), String::from_utf8_lossy(&bytes).into_owned()));
    }
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        Stop::usage(anyhow!(
            "the results {name} could not be read: {error}; give files that `dryrun load --shard I/N --result FILE` wrote, \
             logs of shards, or `-` for standard input"
        ))
    })?;
    Ok((name, String::from_utf8_lossy(&bytes).into_owned()))
}

/// What is said when there is no result at all.
fn nothing(reading: &Reading) -> String {
    let mut said = format!("inconclusive: no shard has left a whole result (lines with `{PREFIX}`)");
    for problem in &reading.problems {
        said.push_str("\n  ");
        said.push_str(problem);
    }
    said
}

/// The merged load as a record of its own.
fn tell_all(events: &EventStream, merged: Merged, target: Option<TargetInfo>) {
    let Merged { started, ticks, result } = merged;
    let about = ending::about(Vec::new());
    let unknown = || TargetInfo { name: "the service".to_owned(), url: String::new(), command: None };
    events.append(Event::RunStarted(Box::new(RunStarted {
        format: FORMAT,
        kind: RunKind::Load,
        run_id: about.run_id,
        started_at: about.started_at,
        tool_version: about.tool_version,
        command: about.command,
        seed: 0,
        profile: None,
        target: target.unwrap_or_else(unknown),
        services: Vec::new(),
        isolation: Isolation::Serial,
        isolation_reason: format!("merged from {} shards", result.shards.len()),
        jobs: result.shards.len(),
        selected: 0,
        repeat_with: Vec::new(),
    })));
    events.append(Event::LoadStarted(Box::new(started)));
    for tick in ticks {
        events.append(Event::LoadTick(Box::new(tick)));
    }
    events.append(Event::LoadFinished(Box::new(result)));
}

/// The shards, one a line.
fn listed(shards: &[ShardReport]) -> String {
    if shards.len() > LISTED {
        let wrong = shards.iter().filter(|shard| !shard.problems.is_empty()).count();
        return format!("{} shards, {wrong} with problems; report.html lists them\n", shards.len());
    }
    shards.iter().map(line).collect()
}

fn line(shard: &ShardReport) -> String {
    if shard.host.is_empty() {
        return format!("shard {} of {}: {}\n", shard.index, shard.count, shard.problems.join("; "));
    }
    let ms = |us: i64| us as f64 / 1e3;
    let skew = match shard.clock_skew_us {
        Some(skew) => format!("clock {:+.0} ms", ms(skew)),
        None => "clock not compared".to_owned(),
    };
    let problems: String = shard.problems.iter().map(|problem| format!("; {problem}")).collect();
    let (index, count, host, sent) = (shard.index, shard.count, &shard.host, shard.sent);
    format!(
        "shard {index} of {count} on {host}: {sent} sent, began {:+.1} ms, {skew}{problems}\n",
        ms(shard.late_us)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_listed_with_what_speaks_against_them() {
        let shard = |index, host: &str, problem: &str| ShardReport {
            index,
            count: 3,
            late_us: 1_200,
            clock_skew_us: (index == 0).then_some(-4_000),
            sent: 700,
            host: host.to_owned(),
            problems: (!problem.is_empty()).then(|| problem.to_owned()).into_iter().collect(),
        };
        let text =
            listed(&[shard(0, "pod-0", ""), shard(1, "pod-1", "it began late"), shard(2, "", "no result")]);
        assert_eq!(
            text,
            "shard 0 of 3 on pod-0: 700 sent, began +1.2 ms, clock -4 ms\n\
             shard 1 of 3 on pod-1: 700 sent, began +1.2 ms, clock not compared; it began late\n\
             shard 2 of 3: no result\n"
        );
        let many: Vec<ShardReport> = (0..40).map(|index| shard(index, "pod", "")).collect();
        assert!(listed(&many).starts_with("40 shards, 0 with problems"));
    }
}
