//! `dryrun run`: the main job.

use std::collections::HashSet;
use std::time::Instant;

use anyhow::{Context, anyhow};
use dryrun_record::{Event, EventStream, Masker, NoticeLevel, Outcome, Record, Sink, Verdict};
use dryrun_reports::terminal;
use dryrun_suite::{Plan, ServicePlan, TargetPlan};

use crate::args::{Global, RunArgs};
use crate::commands::check::{Checked, checked};
use crate::commands::{ending, tell};
use crate::config::Config;
use crate::exit::{Exit, Stop};
use crate::interrupts::Interrupts;
use crate::plan;
use crate::style::style;

/// Rehearses, writes the reports, prints the summary.
pub(crate) async fn run(args: RunArgs, global: Global) -> Result<Exit, Stop> {
    let started = Instant::now();
    let interrupts = Interrupts::listen().map_err(Stop::environment)?;
    let mut config =
        Config::load(global.config.as_deref(), global.profile.as_deref()).map_err(Stop::usage)?;
    if let Some(url) = plan::given(&args.target_url) {
        config.attach(url);
    }
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| config.path(config.file.run.out.as_deref().unwrap_or("reports/out")));
    ending::forget(&out)?;
    let target = plan::target(&config, &args.env)?;
    let mut options = plan::options(&config, &args);
    let Checked { scenarios, library, registry, services, target_contract, left_out, part, schemas, .. } =
        checked(&config, &args.select, &global)?;
    options.gate.unjudged = part;
    options.schemas = schemas;

    let record_sink = ending::open(&out)?;
    let masker = Masker::new();
    for secret in plan::confidential(&target, &options, &args.env) {
        masker.learn(&secret);
    }
    let progress =
        terminal::Progress::new(Box::new(std::io::stderr()), style(global.color, &std::io::stderr()));
    let sinks: Vec<Box<dyn Sink>> = vec![record_sink, Box::new(progress)];
    let events = EventStream::new(started, masker, sinks);

    let selected: Vec<String> = scenarios.iter().map(|scenario| scenario.reference.id.clone()).collect();
    let plan = Plan {
        scenarios,
        registry,
        target: TargetPlan { spec: target, contract: target_contract },
        services: services
            .into_iter()
            .map(|(spec, port)| ServicePlan { spec, port: (port != 0).then_some(port) })
            .collect(),
        options,
        library,
        about: ending::about(repeat_with(&args, &global)),
        interrupt: Some(Box::pin({
            let interrupts = interrupts.clone();
            async move { interrupts.reached(1).await }
        })),
    };
    // Whichever it is, the other is dropped, and the service with it.
    let result = tokio::select! {
        result = dryrun_suite::rehearse(plan, events.clone()) => result.map_err(|error| {
            anyhow!("{}", events.masker().text(&error.to_string()))
        }),
        () = cut_short(&interrupts, &events) => Err(anyhow!("interrupted: the run was ended at once")),
    };

    // A run that failed to start leaves its reports as well: that is where somebody will look for the reason.
    if let Some(text) = left_out {
        events.append(Event::Notice { level: NoticeLevel::Info, code: "left-out".to_owned(), text });
    }
    ending::finish(&events);
    let (record, written) = events.close();
    written
        .with_context(|| format!("the record {} could not be written", out.join("record.jsonl").display()))
        .map_err(Stop::environment)?;
    if record.run.is_some() {
        ending::draw(&record, &out, &global, &[("failed.txt", rerun(&record, &selected))])?;
    }
    let summary = result.map_err(Stop::environment)?;
    let exit = match record.finished.as_ref().map(|finished| finished.verdict) {
        Some(Verdict::Go) => Exit::Passed,
        _ => Exit::CheckFailed,
    };
    Ok(if summary.interrupted { exit.worst(Exit::Environment) } else { exit })
}

/// Ends at the signal that says "now": the second one, or the first while nothing has begun yet.
async fn cut_short(interrupts: &Interrupts, events: &EventStream) {
    interrupts.reached(1).await;
    if events.with_record(|record| record.run.is_some()) {
        tell("ending the run in order; Ctrl-C once more ends it at once");
        interrupts.reached(2).await;
    }
}

/// What `--rerun` takes up: what was selected and did not pass, whether it failed, was cut short or was never begun.
fn rerun(record: &Record, selected: &[String]) -> String {
    let passed: HashSet<&str> = record
        .scenarios
        .iter()
        .filter(|scenario| matches!(scenario.outcome, Some(Outcome::Passed | Outcome::Flaky)))
        .map(|scenario| scenario.scenario.id.as_str())
        .collect();
    selected.iter().filter(|id| !passed.contains(id.as_str())).map(|id| format!("{id}\n")).collect()
}

/// What was given on the command line (or by `DRYRUN_CONFIG`) and a repetition needs too. Profile and seed are in the
/// record by themselves.
fn repeat_with(args: &RunArgs, global: &Global) -> Vec<String> {
    let option = |name: &str, value: String| [name.to_owned(), value];
    let config = global.config.iter().map(|path| option("--config", path.display().to_string()));
    let target = args.target_url.iter().map(|url| option("--target-url", url.clone()));
    let env = args.env.iter().map(|pair| option("--env", pair.clone()));
    config.chain(target).chain(env).flatten().collect()
}
