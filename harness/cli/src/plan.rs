//! From configuration and flags to what the rooms below want: services, target, options, selected scenarios.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, anyhow};
use dryrun_contract::{Contract, SchemaSet};
use dryrun_mocks::{Behaviour, ServiceSpec};
use dryrun_record::{Isolation, sounds_secret};
use dryrun_suite::conventions::Conventions;
use dryrun_suite::features::{Loaded, Order, Selection};
use dryrun_suite::policy::Exception;
use dryrun_suite::{ContractMode, Gate, IsolationChoice, RunOptions};
use dryrun_target::{Guard, Inherit, Readiness, TargetSpec};

use crate::args::{RunArgs, SelectArgs};
use crate::config::{
    Command, Config, ContractsSetting, ExceptionMode, IsolationSetting, UnattributedSetting,
};
use crate::exit::Stop;

/// Seed of everything generated, unless one is given, for a service that we start: the same run every day.
pub(crate) const DEFAULT_SEED: u64 = 1;

/// A service that outlives the run has seen the "unique" values of the last one: it gets new ones. The seed is
/// reported, so that the run can be repeated.
fn default_seed(config: &Config) -> u64 {
    if config.file.target.url.is_some() { seconds() } else { DEFAULT_SEED }
}

/// Every configured service with its contract and behaviour, and its port (0 for any).
pub(crate) fn services(config: &Config) -> Result<Vec<(ServiceSpec, u16)>, Stop> {
    config
        .file
        .services
        .iter()
        .map(|(key, settings)| {
            let written = settings.contract.as_ref().ok_or_else(|| {
                Stop::usage(anyhow!(
                    "[services.{key}] has no contract: write contract = \"schemas/{key}/openapi.yaml\""
                ))
            })?;
            let contract = Contract::load(&config.path(written)).map_err(Stop::usage)?;
            let behaviour = match &settings.behaviour {
                Some(path) => Behaviour::load(&config.path(path)).map_err(Stop::usage)?,
                None => Behaviour::empty(),
            };
            let title = settings.title.clone().or_else(|| behaviour.title().map(str::to_owned));
            let spec = ServiceSpec {
                key: key.clone(),
                title: with_article(title.unwrap_or_else(|| capitalised(key))),
                contract,
                contract_path: written.clone(),
                behaviour,
            };
            Ok((spec, settings.port.unwrap_or(0)))
        })
        .collect()
}

/// Steps speak of `the Mailer`, whether the title was written so or as `Mailer`.
fn with_article(title: String) -> String {
    if title.to_lowercase().starts_with("the ") { title } else { format!("the {title}") }
}

/// What features may say in place of the words that the vocabulary knows: the aliases, and the titles of services in
/// whatever case they were written (`the billing API` is `the Billing API`).
pub(crate) fn business_names(config: &Config, services: &[(ServiceSpec, u16)]) -> BTreeMap<String, String> {
    let mut names = config.file.aliases.clone();
    for (spec, _) in services {
        let words = spec.title.split(' ').skip(1).map(capitalised).collect::<Vec<_>>().join(" ");
        let canonical = format!("the {words}");
        for written in [spec.title.clone(), spec.title.to_lowercase()] {
            if written != canonical {
                names.entry(written).or_insert_with(|| canonical.clone());
            }
        }
    }
    names
}

fn capitalised(key: &str) -> String {
    let mut chars = key.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// The service under test.
pub(crate) fn target(config: &Config, env: &[String]) -> Result<TargetSpec, Stop> {
    let settings = &config.file.target;
    let ready = settings.ready.as_ref();
    let ready = Readiness {
        path: ready.and_then(|ready| ready.path.clone()).unwrap_or_else(|| "/health".to_owned()),
        within: ready.and_then(|ready| ready.within).unwrap_or(Duration::from_secs(30)),
    };
    let mut variables = settings.env.clone();
    for pair in env {
        let (name, value) = pair.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
            Stop::usage(anyhow!("`--env {pair}` is no NAME=VALUE: write --env LOG_LEVEL=debug"))
        })?;
        variables.insert(name.to_owned(), value.to_owned());
    }
    if let Some(url) = &settings.url {
        if !env.is_empty() {
            return Err(Stop::usage(anyhow!(
                "--env goes to a service that we start, and {url} runs already"
            )));
        }
        return Ok(TargetSpec::Attach { url: url.trim_end_matches('/').to_owned(), ready });
    }
    let command = match &settings.command {
        Some(Command::Words(words)) => words.clone(),
        Some(Command::Line(line)) => line.split_whitespace().map(str::to_owned).collect(),
        None => {
            return Err(Stop::usage(anyhow!(
                "there is no service to rehearse: `dryrun init` writes a dryrun.toml, or give --target-url URL"
            )));
        }
    };
    let inherit = settings.inherit.clone().unwrap_or_default();
    Ok(TargetSpec::Command {
        command,
        env: variables,
        inherit: if inherit.iter().any(|name| name == "*") { Inherit::All } else { Inherit::Names(inherit) },
        port: settings.port,
        folder: settings
            .folder
            .as_ref()
            .map(|folder| config.path(folder))
            .or_else(|| (!config.folder.as_os_str().is_empty()).then(|| config.folder.clone())),
        ready,
        guard: Guard::default(),
    })
}

/// The plain JSON Schemas that steps may name, when a folder of them is configured.
pub(crate) fn schemas(config: &Config) -> Result<Option<std::sync::Arc<SchemaSet>>, Stop> {
    let folder = config.file.schemas.folder.as_ref().map(|folder| config.path(folder));
    let set = folder.map(|folder| SchemaSet::load(&folder)).transpose().map_err(Stop::usage)?;
    Ok(set.map(std::sync::Arc::new))
}

/// The contract of the service under test, when there is one.
pub(crate) fn target_contract(config: &Config) -> Result<Option<Contract>, Stop> {
    let path = config.file.target.contract.as_ref().map(|path| config.path(path));
    path.map(|path| Contract::load(&path)).transpose().map_err(Stop::usage)
}

/// A text that was given; an empty variable in a pipeline's settings means that none was.
pub(crate) fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

/// Values that no report may show: the secrets of the configuration, and what the service gets from our environment or
/// from `--env` under a name that sounds like one.
pub(crate) fn confidential(target: &TargetSpec, options: &RunOptions, given: &[String]) -> Vec<String> {
    let mut values: Vec<String> = options.secrets.values().cloned().collect();
    let given = given.iter().filter_map(|pair| pair.split_once('='));
    values.extend(given.filter(|(name, _)| sounds_secret(name)).map(|(_, value)| value.to_owned()));
    if let TargetSpec::Command { inherit, .. } = target {
        let inherited = options.env.iter().filter(|(name, _)| match inherit {
            Inherit::All => true,
            Inherit::Names(names) => names.contains(name),
        });
        values.extend(inherited.filter(|(name, _)| sounds_secret(name)).map(|(_, value)| value.clone()));
    }
    values
}

/// The feature files that were asked for, or those of the configuration.
pub(crate) fn load_features(config: &Config, select: &SelectArgs) -> Result<Loaded, Stop> {
    if config.source.is_none() && select.paths.is_empty() && !std::path::Path::new("features").exists() {
        return Err(Stop::usage(anyhow!(
            "there is neither a dryrun.toml nor a folder `features` here: `dryrun init` writes both, --config FILE \
             names a configuration elsewhere"
        )));
    }
    if select.paths.is_empty() {
        return configured_features(config);
    }
    dryrun_suite::features::load(&select.paths).map_err(feature_stop)
}

/// The features that the configuration names.
pub(crate) fn configured_features(config: &Config) -> Result<Loaded, Stop> {
    let configured = config.file.run.features.clone().unwrap_or_else(|| vec!["features".to_owned()]);
    let paths: Vec<String> = configured.iter().map(|path| config.path(path).display().to_string()).collect();
    dryrun_suite::features::load(&paths).map_err(feature_stop)
}

/// Whether these paths are those of the configuration.
pub(crate) fn all_features(config: &Config, paths: &[String]) -> bool {
    let whole = |paths: Vec<std::path::PathBuf>| {
        let paths = paths.into_iter().map(|path| path.canonicalize().unwrap_or(path));
        paths.collect::<std::collections::BTreeSet<_>>()
    };
    let configured = config.file.run.features.clone().unwrap_or_else(|| vec!["features".to_owned()]);
    whole(paths.iter().map(Into::into).collect())
        == whole(configured.iter().map(|path| config.path(path)).collect())
}

/// What was selected on the command line.
pub(crate) fn selection(config: &Config, select: &SelectArgs) -> Result<Selection, Stop> {
    let order = given(&select.order).or(config.file.run.order.as_deref());
    let rerun = select.rerun.as_ref().filter(|path| !path.as_os_str().is_empty()).map(|path| {
        std::fs::read_to_string(path)
            .with_context(|| format!("the rerun list {} could not be read", path.display()))
    });
    Ok(Selection {
        tags: given(&select.tags).map(str::to_owned),
        name: given(&select.name).map(str::to_owned),
        shard: given(&select.shard).map(shard).transpose()?,
        rerun: rerun.transpose().map_err(Stop::usage)?,
        profile: config.profile.clone(),
        order: order.map_or(Ok(Order::Defined), parse_order)?,
    })
}

/// The exit code of a selection that can't be made.
pub(crate) fn feature_stop(error: dryrun_suite::features::FeatureError) -> Stop {
    if error.is_usage() { Stop::usage(error) } else { Stop::features(error) }
}

fn shard(text: &str) -> Result<(usize, usize), Stop> {
    let parts =
        text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
    parts.ok_or_else(|| Stop::usage(anyhow!("`--shard {text}` is no part of a whole: write 1/3, 2/3 or 3/3")))
}

fn parse_order(text: &str) -> Result<Order, Stop> {
    match text.split_once(':') {
        None if text == "defined" => Ok(Order::Defined),
        None if text == "random" => Ok(Order::Random(seconds())),
        Some(("random", seed)) if seed.parse::<u64>().is_ok() => {
            Ok(Order::Random(seed.parse().unwrap_or_default()))
        }
        _ => Err(Stop::usage(anyhow!(
            "`{text}` is no order: write `defined`, or `random:7` with a seed of your choice"
        ))),
    }
}

fn seconds() -> u64 {
    std::time::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_secs())
}

/// The breaches that are tolerated.
pub(crate) fn exceptions(config: &Config) -> Vec<Exception> {
    let mode = |mode| match mode {
        ExceptionMode::Strict => ContractMode::Enforce,
        ExceptionMode::Warn => ContractMode::Warn,
        ExceptionMode::Off => ContractMode::Off,
    };
    let written = config.file.contracts.iter().cloned();
    written
        .map(|one| Exception {
            service: one.service,
            operation: one.operation,
            mode: mode(one.mode),
            reason: one.reason.unwrap_or_default(),
            until: one.until.unwrap_or(chrono::NaiveDate::MAX),
        })
        .collect()
}

/// Flag, then file (a profile is laid over it already), then default.
pub(crate) fn options(config: &Config, args: &RunArgs) -> RunOptions {
    let run = &config.file.run;
    let base = RunOptions::default();
    let isolation = args.isolation.or(run.isolation).unwrap_or(IsolationSetting::Auto);
    let contracts = args.contracts.or(run.contracts).unwrap_or(ContractsSetting::Strict);
    // A variable that is no UTF-8 can be named by no feature, and is no reason to stop.
    let env: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let secrets = run
        .secrets
        .iter()
        .flatten()
        .filter_map(|name| Some((name.clone(), env.get(name)?.clone())))
        .collect();
    RunOptions {
        jobs: args.jobs.or(run.jobs).unwrap_or(base.jobs).max(1),
        workers: args.workers.or(run.workers).unwrap_or(base.workers).max(1),
        seed: args.seed.or(run.seed).unwrap_or_else(|| default_seed(config)),
        timeout: args.timeout.or(run.timeout).unwrap_or(Duration::from_secs(60)),
        step_timeout: run.step_timeout.unwrap_or(base.step_timeout),
        fail_fast: args.fail_fast.or(run.fail_fast).unwrap_or(false),
        contracts: match contracts {
            ContractsSetting::Strict => ContractMode::Enforce,
            ContractsSetting::Warn => ContractMode::Warn,
            ContractsSetting::Off => ContractMode::Off,
        },
        exceptions: exceptions(config),
        gate: Gate { coverage: config.file.gate.coverage.clone(), unjudged: None },
        unattributed_fails: run.unattributed != Some(UnattributedSetting::Warn),
        settle: run.settle.or(base.settle),
        isolation: match isolation {
            IsolationSetting::Auto => IsolationChoice::Auto,
            IsolationSetting::Correlation => IsolationChoice::Forced(Isolation::Correlation),
            IsolationSetting::Workers => IsolationChoice::Forced(Isolation::Workers),
            IsolationSetting::Serial => IsolationChoice::Forced(Isolation::Serial),
        },
        probe: run.probe.as_ref().map(|probe| probe.trim_start_matches("GET ").trim().to_owned()),
        conventions: Conventions {
            preview: config.file.preview.clone(),
            claims: config.file.claims.clone(),
            calls: config.file.calls.clone(),
            live: config.file.live.clone(),
        },
        profile: config.profile.clone(),
        env,
        secrets,
        data: config.path(run.data.as_deref().unwrap_or("features/data")),
        snapshots: config.path(run.snapshots.as_deref().unwrap_or("features/snapshots")),
        update_snapshots: args.update_snapshots,
        headers: config.file.target.headers.clone().into_iter().collect(),
        target_name: config.file.target.name.clone().unwrap_or(base.target_name.clone()),
        ..base
    }
}
