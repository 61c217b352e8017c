//! `dryrun probe`: hostile input for the service under test, a mock, or whatever runs at an address.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, anyhow};
use dryrun_contract::{Contract, Operation};
use dryrun_mocks::{MockOptions, MockServer};
use dryrun_probe::{Finding, Findings, ProbeError, ProbeOptions};
use dryrun_record::{
    Event, EventStream, FORMAT, Isolation, Masker, NoticeLevel, RunKind, RunStarted, ServiceInfo, Sink,
    TargetInfo, Verdict, sounds_secret,
};
use dryrun_reports::terminal;
use dryrun_suite::values::nearest::nearest;
use dryrun_target::{Target, TargetSpec};

use crate::args::Global;
use crate::args::probe::ProbeArgs;
use crate::commands::{ending, print, tell};
use crate::config::Config;
use crate::exit::{Exit, Stop};
use crate::interrupts::Interrupts;
use crate::plan;
use crate::style::style;

/// How a kept file begins, so that nobody's own features are written over.
const KEPT: &str = "# Kept by `dryrun probe`";
/// So many scenarios are printed; the others are kept with --keep.
const PRINTED: usize = 5;
/// A longer body is not printed: nobody reads it on a terminal.
const PRINTED_BODY: usize = 1_000;

/// What is probed, running, with whatever was started for it.
struct Subject {
    url: String,
    name: String,
    contract: Contract,
    contract_path: String,
    command: Option<String>,
    /// Whether we started it, and may do with it as we like.
    ours: bool,
    mocks: Vec<MockServer>,
    target: Option<Target>,
    services: Vec<ServiceInfo>,
}

/// Probes, writes the reports, prints what was found.
pub(crate) async fn probe(args: ProbeArgs, global: Global) -> Result<Exit, Stop> {
    let started = Instant::now();
    let interrupts = Interrupts::listen().map_err(Stop::environment)?;
    let config = Config::load(global.config.as_deref(), global.profile.as_deref()).map_err(Stop::usage)?;
    if let Some(path) = &args.keep {
        may_keep(path)?;
    }
    let folder = config.path(config.file.run.out.as_deref().unwrap_or("reports/out"));
    let out = args.out.clone().unwrap_or_else(|| folder.join(format!("probe-{}", args.service)));
    let masker = Masker::new();
    let headers = headers(&config, &args, &masker);
    let subject = subject(&config, &args).await?;
    let options = ProbeOptions {
        url: subject.url.clone(),
        operations: args.operations.clone(),
        seed: args.seed,
        max_cases: args.max_cases,
        rate: args.rate,
        slow: args.slow,
        timeout: args.timeout,
        headers,
        writes: subject.ours || args.allow_writes.unwrap_or(false),
    };

    ending::forget(&out)?;
    let record_sink = ending::open(&out)?;
    let progress =
        terminal::Progress::new(Box::new(std::io::stderr()), style(global.color, &std::io::stderr()));
    let sinks: Vec<Box<dyn Sink>> = vec![record_sink, Box::new(progress)];
    let events = EventStream::new(started, masker, sinks);
    let contract = &subject.contract;
    let selected = dryrun_probe::selected(contract, &options).map_err(stop)?.0.len();
    events.append(Event::RunStarted(Box::new(head(&args, &global, &subject, selected))));
    let mut on_operation = |probed: &_| {
        dryrun_probe::record(&events, &subject.contract_path, &subject.name, &options, args.strict, probed);
    };
    let result = tokio::select! {
        result = dryrun_probe::probe(contract, &options, &mut on_operation) => result.map_err(stop),
        () = interrupts.reached(1) => Err(Stop::environment(anyhow!("interrupted: the rest was not probed"))),
    };
    match &result {
        Ok(findings) => notices(&events, findings),
        Err(stop) => notice(&events, NoticeLevel::Error, "not-probed", format!("{:#}", stop.error)),
    }
    if let Some(target) = subject.target {
        target.stop().await;
    }
    for mock in subject.mocks {
        mock.stop().await;
    }
    ending::finish(&events);
    let (record, written) = events.close();
    written.map_err(Stop::environment)?;
    ending::draw(&record, &out, &global, &[])?;
    keep(&result?, &options, args.keep.as_deref())?;
    Ok(match record.finished.as_ref().map(|finished| finished.verdict) {
        Some(Verdict::Go) => Exit::Passed,
        _ => Exit::CheckFailed,
    })
}

fn stop(error: ProbeError) -> Stop {
    match error {
        ProbeError::Nothing(_) => Stop::usage(error),
        _ => Stop::environment(error),
    }
}

/// Those of the configuration, then those of the command line. Their values are secrets if their names sound so.
fn headers(config: &Config, args: &ProbeArgs, masker: &Masker) -> Vec<(String, String)> {
    let own = |name: &str| args.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let configured =
        config.file.target.headers.iter().filter(|(name, _)| args.service == "target" && !own(name));
    let configured = configured.map(|(name, value)| (name.clone(), from_environment(value)));
    let all: Vec<(String, String)> = configured.chain(args.headers.iter().cloned()).collect();
    for (name, value) in &all {
        if sounds_secret(name)
            || ["authorization", "cookie"].iter().any(|known| name.eq_ignore_ascii_case(known))
        {
            masker.learn(value);
            value.split_whitespace().skip(1).for_each(|part| masker.learn(part));
        }
    }
    all
}

/// `${env:NAME}` in a configured header.
fn from_environment(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, (name, after))) =
        rest.split_once("${env:").and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        out.push_str(before);
        out.push_str(&std::env::var(name).unwrap_or_default());
        rest = after;
    }
    out + rest
}

/// Finds and starts what is to be probed.
async fn subject(config: &Config, args: &ProbeArgs) -> Result<Subject, Stop> {
    match (&args.url, &args.contract, args.service.as_str()) {
        (Some(url), Some(path), _) => {
            let contract = Contract::load(path).map_err(Stop::usage)?;
            Ok(elsewhere(url, contract, path.display().to_string()))
        }
        (Some(url), None, "target") => {
            let (contract, path) = target_contract(config)?;
            Ok(elsewhere(url, contract, path))
        }
        (Some(url), None, key) => {
            let (spec, _) = service(config, key)?;
            Ok(elsewhere(url, spec.contract, spec.contract_path))
        }
        (None, _, "target") => target(config, &args.env).await,
        (None, _, key) if !args.env.is_empty() => Err(Stop::usage(anyhow!(
            "--env goes to the service under test, and the mock of {key} reads none: leave it out"
        ))),
        (None, _, key) => mock(config, key, args.seed).await,
    }
}

fn elsewhere(url: &str, contract: Contract, contract_path: String) -> Subject {
    Subject {
        url: url.trim_end_matches('/').to_owned(),
        // The reports tell the address beside it.
        name: "the service".to_owned(),
        contract,
        contract_path,
        command: None,
        ours: false,
        mocks: Vec::new(),
        target: None,
        services: Vec::new(),
    }
}

fn target_contract(config: &Config) -> Result<(Contract, String), Stop> {
    let path = config.file.target.contract.clone();
    plan::target_contract(config)?.zip(path).ok_or_else(|| {
        Stop::usage(anyhow!(
            "the service under test has no contract to probe it by: write contract = \"FILE\" under [target] in \
             dryrun.toml, or give --url URL --contract FILE"
        ))
    })
}

fn service(config: &Config, key: &str) -> Result<(dryrun_mocks::ServiceSpec, u16), Stop> {
    let services = plan::services(config)?;
    let mut keys: Vec<String> = services.iter().map(|(spec, _)| spec.key.clone()).collect();
    keys.push("target".to_owned());
    services.into_iter().find(|(spec, _)| spec.key == key).ok_or_else(|| {
        let near = nearest(key, keys.iter().map(String::as_str));
        let hint = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
        Stop::usage(anyhow!("there is no service `{key}`{hint} (known: {})", keys.join(", ")))
    })
}

async fn mock(config: &Config, key: &str, seed: u64) -> Result<Subject, Stop> {
    let (spec, _) = service(config, key)?;
    let (contract, contract_path) = (spec.contract.clone(), spec.contract_path.clone());
    let name = format!("the mock of {}", spec.title);
    let options = MockOptions { seed, ..MockOptions::default() };
    let server = MockServer::start(spec, options).await.map_err(Stop::environment)?;
    let url = server.url().to_owned();
    let subject = elsewhere(&url, contract, contract_path);
    Ok(Subject { name, ours: true, mocks: vec![server], ..subject })
}

async fn target(config: &Config, env: &[String]) -> Result<Subject, Stop> {
    let (contract, contract_path) = target_contract(config)?;
    let spec = plan::target(config, env)?;
    let mut mocks = Vec::new();
    let mut services = Vec::new();
    for (spec, port) in plan::services(config)? {
        let info = (spec.key.clone(), spec.title.clone(), spec.contract.clone(), spec.contract_path.clone());
        let server = MockServer::start(spec, MockOptions { port, ..MockOptions::default() });
        let server = server.await.map_err(Stop::environment)?;
        let (key, title, contract, contract_path) = info;
        services.push(ServiceInfo {
            key,
            title,
            url: server.url().to_owned(),
            contract: contract_path,
            operations: contract.operations().iter().map(Operation::line).collect(),
        });
        mocks.push(server);
    }
    let names: BTreeMap<String, String> = dryrun_suite::substitutions(&mocks, &spec);
    let quiet: dryrun_target::LogSink = Arc::new(|_, _| {});
    let target = Target::start(&spec, &names, quiet).await.map_err(Stop::environment)?;
    let command = match &spec {
        TargetSpec::Command { command, .. } => Some(command.join(" ")),
        TargetSpec::Attach { .. } => None,
    };
    let name = config.file.target.name.clone().unwrap_or_else(|| "the service".to_owned());
    let ours = command.is_some();
    let subject = elsewhere(target.url(), contract, contract_path);
    Ok(Subject { name, command, ours, mocks, target: Some(target), services, ..subject })
}

fn head(args: &ProbeArgs, global: &Global, subject: &Subject, selected: usize) -> RunStarted {
    RunStarted {
        format: FORMAT,
        kind: RunKind::Probe,
        run_id: ending::run_id(),
        started_at: ending::started_at(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: std::env::args().skip(1).collect(),
        seed: args.seed,
        profile: global.profile.clone(),
        target: TargetInfo {
            name: subject.name.clone(),
            url: subject.url.clone(),
            command: subject.command.clone(),
        },
        services: subject.services.clone(),
        isolation: Isolation::Serial,
        isolation_reason: "a probe sends one request after another".to_owned(),
        jobs: 1,
        selected,
        repeat_with: Vec::new(),
    }
}

fn notice(events: &EventStream, level: NoticeLevel, code: &str, text: String) {
    events.append(Event::Notice { level, code: code.to_owned(), text });
}

fn notices(events: &EventStream, findings: &Findings) {
    for (operation, reason) in &findings.left_out {
        notice(events, NoticeLevel::Info, "left-out", format!("{operation} was left out: {reason}"));
    }
    for (title, operations) in &findings.repeated {
        let many = operations.len();
        let noun = if many == 1 { "operation" } else { "operations" };
        notice(events, NoticeLevel::Info, "repeated", format!("{title}: the same at {many} more {noun}"));
    }
    if let Some(reason) = &findings.ended_early {
        notice(events, NoticeLevel::Error, "ended-early", format!("the rest was not probed: {reason}"));
    }
}

/// Nobody's own features are written over.
fn may_keep(path: &Path) -> Result<(), Stop> {
    match std::fs::read_to_string(path) {
        Ok(text) if !text.is_empty() && !text.starts_with(KEPT) => Err(Stop::usage(anyhow!(
            "{} was not written by `dryrun probe`: give --keep another file",
            path.display()
        ))),
        _ => Ok(()),
    }
}

/// Prints the scenarios, or writes them.
fn keep(findings: &Findings, options: &ProbeOptions, path: Option<&Path>) -> Result<(), Stop> {
    let all: Vec<&Finding> = findings.all().collect();
    let slow = options.slow.as_millis();
    match path {
        Some(path) => {
            let kept = dryrun_probe::feature(&all, &options.headers, slow);
            for (title, reason) in &kept.left_out {
                tell(&format!("not kept: {title}: {reason}"));
            }
            if kept.scenarios == 0 {
                tell(&format!("nothing to keep: {} was not written", path.display()));
                return Ok(());
            }
            std::fs::write(path, &kept.text)
                .with_context(|| format!("the scenarios could not be written to {}", path.display()))
                .map_err(Stop::environment)?;
            let noun = if kept.scenarios == 1 { "scenario" } else { "scenarios" };
            tell(&format!("kept: {} {noun} in {}", kept.scenarios, path.display()));
        }
        None if !all.is_empty() => {
            let short = all.iter().copied().filter(|finding| finding.request.body.len() <= PRINTED_BODY);
            let some: Vec<&Finding> = short.take(PRINTED).collect();
            let kept = dryrun_probe::feature(&some, &options.headers, slow);
            if kept.scenarios > 0 {
                print(&format!("\n{}\n", kept.text));
            }
            if all.len() > kept.scenarios {
                let more = all.len() - kept.scenarios;
                let noun = if more == 1 { "scenario" } else { "scenarios" };
                tell(&format!("{more} more {noun}: --keep FILE.feature writes them all"));
            }
        }
        None => {}
    }
    Ok(())
}
