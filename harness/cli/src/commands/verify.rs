//! `dryrun verify`: before go-live, is the real provider what our contract and our mock say it is?

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use dryrun_mocks::ServiceSpec;
use dryrun_record::{
    Allowed, AllowedMode, Event, EventStream, Masker, NoticeLevel, Record, RunKind, Sink, Verdict,
};
use dryrun_reports::terminal;
use dryrun_suite::ContractMode;
use dryrun_suite::policy::{Exception, today};
use dryrun_suite::values::nearest::nearest;
use dryrun_verify::{
    Auth, Credential, Head, Options, Permissions, Place, Plan, Rate, Subject, TokioClock, Tolerated,
    VerifyError,
};

use crate::args::Global;
use crate::args::verify::VerifyArgs;
use crate::commands::{ending, print, tell};
use crate::config::{Config, ContractsSetting, VerifySettings};
use crate::exit::{Exit, Stop};
use crate::interrupts::Interrupts;
use crate::plan;
use crate::style::style;

/// Plays what may be played, writes the reports, prints the summary.
pub(crate) async fn verify(mut args: VerifyArgs, global: Global) -> Result<Exit, Stop> {
    let started = Instant::now();
    let interrupts = Interrupts::listen().map_err(Stop::environment)?;
    let config = Config::load(global.config.as_deref(), global.profile.as_deref()).map_err(Stop::usage)?;
    let subject = subject(&config, &args.service)?;
    lay_over(&config, &mut args)?;
    let contract = &subject.spec.contract;
    let given = args.operations.iter().chain(&args.reads).chain(&args.writes).cloned().collect::<Vec<_>>();
    if let Some(unknown) = dryrun_verify::unknown_operations(contract, &given).first() {
        let lines: Vec<String> = contract.operations().iter().map(dryrun_contract::Operation::line).collect();
        let near = nearest(unknown, lines.iter().map(String::as_str));
        let hint = near.map(|near| format!(": did you mean '{near}'?")).unwrap_or_default();
        return Err(Stop::usage(anyhow!("{} has no operation `{unknown}`{hint}", contract.name())));
    }
    // The folder of the other reports, by whatever means it was named to `dryrun run`.
    let named = std::env::var("DRYRUN_OUT").ok().filter(|text| !text.is_empty()).map(PathBuf::from);
    let folder =
        named.unwrap_or_else(|| config.path(config.file.run.out.as_deref().unwrap_or("reports/out")));
    let (record, told) = recorded(&args, &folder.join("record.jsonl"))?;
    let permissions = Permissions {
        allow_writes: args.allow_writes.unwrap_or(false),
        reads: args.reads.clone(),
        writes: args.writes.clone(),
        operations: args.operations.clone(),
    };
    let plan = dryrun_verify::plan(contract, &subject.spec.key, record.as_ref(), &permissions);
    if args.list {
        if let Some(told) = told {
            tell(&told);
        }
        print(&listed(&plan));
        return Ok(Exit::Passed);
    }

    let exceptions: Vec<Exception> =
        plan::exceptions(&config).into_iter().filter(|one| one.service == args.service).collect();
    let contracts = args.contracts.or(config.file.run.contracts).unwrap_or(ContractsSetting::Strict);
    let options = Options { tolerated: tolerated(&exceptions, contracts), ..options(&config, &args)? };
    let out = args.out.clone().unwrap_or_else(|| folder.join(format!("verify-{}", args.service)));
    let masker = Masker::new();
    options.auth.teach(&masker);
    ending::forget(&out)?;
    let record_sink = ending::open(&out)?;
    let progress =
        terminal::Progress::new(Box::new(std::io::stderr()), style(global.color, &std::io::stderr()));
    let sinks: Vec<Box<dyn Sink>> = vec![record_sink, Box::new(progress)];
    let events = EventStream::new(started, masker, sinks);
    let head = Head {
        run_id: ending::run_id(),
        started_at: ending::started_at(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: std::env::args().skip(1).collect(),
        // The words are repeated as they were: credentials are variables, so none of them is a secret.
        repeat_with: std::env::args().skip(1).collect(),
        profile: global.profile.clone(),
    };
    let work = dryrun_verify::verify(&subject, &plan, &options, Arc::new(TokioClock), &head, &events);
    let result = tokio::select! {
        result = work => result.map(drop).map_err(|error| stop(&error, &events)),
        () = interrupts.reached(1) => Err(interrupted(&events)),
    };
    for one in &exceptions {
        if let Some((level, text)) = one.doubt(today()) {
            events.append(Event::Notice { level, code: "contract-exception".to_owned(), text });
        }
    }
    if let Some(word) = mild(contracts) {
        let text = format!(
            "contracts = \"{word}\": where the provider breaks the contract, that fails nothing; --contracts strict makes it count"
        );
        events.append(Event::Notice { level: NoticeLevel::Warning, code: "contracts".to_owned(), text });
    }
    if let Some(text) = told {
        events.append(Event::Notice { level: NoticeLevel::Warning, code: "no-record".to_owned(), text });
    }
    if events.with_record(|record| record.run.is_some()) {
        ending::finish(&events);
    }
    let (record, written) = events.close();
    written.map_err(Stop::environment)?;
    if record.run.is_some() {
        ending::draw(&record, &out, &global, &[])?;
    }
    result?;
    Ok(match record.finished.as_ref().map(|finished| finished.verdict) {
        Some(Verdict::Go) => Exit::Passed,
        _ => Exit::CheckFailed,
    })
}

fn stop(error: &VerifyError, events: &EventStream) -> Stop {
    let text = anyhow!("{}", events.masker().text(&error.to_string()));
    if error.is_usage() { Stop::usage(text) } else { Stop::environment(text) }
}

fn interrupted(events: &EventStream) -> Stop {
    let text = "interrupted: the rest was not played";
    if events.with_record(|record| record.run.is_some()) {
        let event = Event::Notice {
            level: NoticeLevel::Error,
            code: "interrupted".to_owned(),
            text: text.to_owned(),
        };
        events.append(event);
    }
    Stop::environment(anyhow!("{text}"))
}

/// The service by its key, with the text of its behaviour file.
fn subject(config: &Config, key: &str) -> Result<Subject, Stop> {
    let services = plan::services(config)?;
    let keys: Vec<String> = services.iter().map(|(spec, _)| spec.key.clone()).collect();
    let found = services.into_iter().find(|(spec, _)| spec.key == key);
    let spec: ServiceSpec = found.map(|(spec, _)| spec).ok_or_else(|| {
        let near = nearest(key, keys.iter().map(String::as_str));
        let hint = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
        Stop::usage(anyhow!("there is no service `{key}`{hint} (known: {})", keys.join(", ")))
    })?;
    let written = config.file.services.get(key).and_then(|settings| settings.behaviour.clone());
    let behaviour = written
        .map(|written| {
            let path = config.path(&written);
            let text = std::fs::read_to_string(&path).map_err(|error| {
                Stop::usage(anyhow!("the behaviour file {} can't be read: {error}", path.display()))
            })?;
            Ok((written, text))
        })
        .transpose()?;
    // Only to name lines: a contract that was loaded a moment ago can be read.
    let contract_text = std::fs::read_to_string(config.path(&spec.contract_path)).unwrap_or_default();
    Ok(Subject { spec, behaviour, contract_text })
}

/// The record to take calls from. One that is not there is told, unless it was asked for.
fn recorded(args: &VerifyArgs, usual: &Path) -> Result<(Option<Record>, Option<String>), Stop> {
    if args.examples_only {
        return Ok((None, None));
    }
    let path: PathBuf = args.record.clone().unwrap_or_else(|| usual.to_owned());
    let shown = path.display();
    let asked = args.record.is_some();
    let read = std::fs::File::open(&path)
        .map_err(|error| error.to_string())
        .and_then(|file| Record::read(BufReader::new(file)).map_err(|error| error.to_string()));
    let trouble = match read {
        Ok(record) if record.run.as_ref().is_some_and(|run| run.kind == RunKind::Rehearsal) => {
            return Ok((Some(record), None));
        }
        Ok(_) => "it is the record of no rehearsal".to_owned(),
        Err(error) => error,
    };
    if asked {
        return Err(Stop::usage(anyhow!("--record {shown}: {trouble}; `dryrun run` writes record.jsonl")));
    }
    let text = format!("no recorded calls are played, only documented examples: {shown}: {trouble}");
    Ok((None, Some(text)))
}

fn options(config: &Config, args: &VerifyArgs) -> Result<Options, Stop> {
    let usage = |error: VerifyError| Stop::usage(error);
    let url = plan::given(&args.url).ok_or_else(|| {
        Stop::usage(anyhow!("where is the provider? --url https://api.example.com (--list needs none)"))
    })?;
    let mut wanted = Vec::new();
    wanted.extend(plan::given(&args.bearer_env).map(|name| Credential::Bearer { variable: name.to_owned() }));
    wanted.extend(plan::given(&args.basic_env).map(|name| Credential::Basic { variable: name.to_owned() }));
    for text in &args.auth_headers {
        wanted.push(Credential::header(text).map_err(usage)?);
    }
    for text in &args.auth_queries {
        wanted.push(Credential::query(text).map_err(usage)?);
    }
    let places = |texts: &[String]| -> Result<Vec<Place>, Stop> {
        texts.iter().map(|text| Place::parse(text).map_err(usage)).collect()
    };
    let options = Options {
        auth: Auth::from_env(wanted, |name| std::env::var(name).ok()).map_err(usage)?,
        rate: args.rate.as_deref().map_or_else(|| Ok(Rate::default()), Rate::parse).map_err(usage)?,
        timeout: args.timeout.unwrap_or(Duration::from_secs(30)),
        patience: args.wait_at_most.unwrap_or(Duration::from_secs(60)),
        same: places(&args.same)?,
        allowed: places(&args.allow_drift)?,
        seed: args.seed.or(config.file.run.seed).unwrap_or(plan::DEFAULT_SEED),
        ..Options::new(url)
    };
    options.check().map_err(usage)?;
    Ok(options)
}

/// What breaches mean: the exceptions that still hold, then the setting of the run.
fn tolerated(exceptions: &[Exception], contracts: ContractsSetting) -> Vec<Tolerated> {
    let holding = exceptions.iter().filter(|one| one.until >= today());
    let mut all: Vec<Tolerated> = holding
        .map(|one| {
            let mode = match one.mode {
                ContractMode::Enforce => None,
                ContractMode::Warn => Some(AllowedMode::Warn),
                ContractMode::Off => Some(AllowedMode::Off),
            };
            let until = Some(one.until.to_string());
            let allowed = mode.map(|mode| Allowed { mode, reason: one.reason.clone(), until });
            Tolerated { operation: one.operation.clone(), allowed }
        })
        .collect();
    all.extend(mild(contracts).map(|word| Tolerated {
        operation: None,
        allowed: Some(Allowed {
            mode: if contracts == ContractsSetting::Off { AllowedMode::Off } else { AllowedMode::Warn },
            reason: format!("contracts = \"{word}\" for the whole run"),
            until: None,
        }),
    }));
    all
}

/// The word of a setting by which a breach fails nothing.
fn mild(contracts: ContractsSetting) -> Option<&'static str> {
    match contracts {
        ContractsSetting::Strict => None,
        ContractsSetting::Warn => Some("warn"),
        ContractsSetting::Off => Some("off"),
    }
}

/// Fills in what neither the command line nor the environment says, from `[verify.SERVICE]`.
fn lay_over(config: &Config, args: &mut VerifyArgs) -> Result<(), Stop> {
    let services = &config.file.services;
    if let Some(key) = config.file.verify.keys().find(|key| !services.contains_key(*key)) {
        let near = nearest(key, services.keys().map(String::as_str));
        let hint = near.map(|near| format!(": did you mean [verify.{near}]?")).unwrap_or_default();
        return Err(Stop::usage(anyhow!("[verify.{key}]: there is no service `{key}`{hint}")));
    }
    let VerifySettings {
        url,
        bearer_env,
        basic_env,
        auth_header,
        auth_query,
        rate,
        timeout,
        wait_at_most,
        allow_writes,
        read,
        write,
        same,
        allow_drift,
        contracts,
    } = config.file.verify.get(&args.service).cloned().unwrap_or_default();
    let list = |given: &mut Vec<String>, settings: Vec<String>| {
        if given.is_empty() {
            *given = settings;
        }
    };
    let text = |given: &mut Option<String>, settings: Option<String>| {
        if plan::given(given).is_none() {
            *given = settings;
        }
    };
    // Those of another account would be no help to the one that was named.
    let named = plan::given(&args.bearer_env).is_some()
        || plan::given(&args.basic_env).is_some()
        || !(args.auth_headers.is_empty() && args.auth_queries.is_empty());
    if !named {
        (args.bearer_env, args.basic_env) = (bearer_env, basic_env);
        (args.auth_headers, args.auth_queries) = (auth_header, auth_query);
    }
    text(&mut args.url, url);
    text(&mut args.rate, rate);
    args.timeout = args.timeout.or(timeout);
    args.wait_at_most = args.wait_at_most.or(wait_at_most);
    args.contracts = args.contracts.or(contracts);
    args.allow_writes = args.allow_writes.or(allow_writes);
    if !args.writes.is_empty() && args.allow_writes != Some(true) {
        return Err(Stop::usage(anyhow!(
            "--write '{}' plays nothing without --allow-writes",
            args.writes[0]
        )));
    }
    for (given, settings) in [
        (&mut args.reads, read),
        (&mut args.writes, write),
        (&mut args.same, same),
        (&mut args.allow_drift, allow_drift),
    ] {
        list(given, settings);
    }
    Ok(())
}

/// What is played, and what is not.
fn listed(plan: &Plan) -> String {
    let mut out = format!("{} to play:\n", count(plan.calls.len()));
    for call in &plan.calls {
        let kind = if call.write { "write" } else { "read " };
        out.push_str(&format!("  {:>3}  {kind}  {}  ({})\n", call.number, call.line(), call.source));
    }
    if !plan.left_out.is_empty() {
        out.push_str(&format!("{} not played:\n", count(plan.left_out.len())));
        for left in &plan.left_out {
            out.push_str(&format!("  {} ({}): {}\n", left.operation, left.what, left.reason));
        }
    }
    out
}

fn count(calls: usize) -> String {
    if calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") }
}
