//! `dryrun check`: everything wrong, before any traffic. `run` does the same first.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::anyhow;
use dryrun_contract::{Contract, SchemaSet};
use dryrun_mocks::ServiceSpec;
use dryrun_suite::Registry;
use dryrun_suite::check::{Known, KnownService, check_within, makes_load};
use dryrun_suite::features::{Loaded, Scenario, Severity, select};

use crate::args::{CheckArgs, Global, SelectArgs};
use crate::commands::{print, tell};
use crate::config::Config;
use crate::conventions;
use crate::exit::{Exit, Stop};
use crate::plan;
use crate::style::style;

/// Everything loaded and found good.
pub(crate) struct Checked {
    pub(crate) scenarios: Vec<Arc<Scenario>>,
    /// Every scenario that was loaded, selected or not.
    pub(crate) library: Vec<Arc<Scenario>>,
    pub(crate) registry: Registry,
    pub(crate) services: Vec<(ServiceSpec, u16)>,
    pub(crate) target_contract: Option<Contract>,
    pub(crate) files: usize,
    pub(crate) warnings: usize,
    /// What the selection passes over because of a tag, in a sentence.
    pub(crate) left_out: Option<String>,
    /// Why this is not all that the configuration has, if it is not.
    pub(crate) part: Option<String>,
    /// The plain JSON Schemas.
    pub(crate) schemas: Option<Arc<SchemaSet>>,
}

/// Scenarios that wait (`@wip`) or belong to another profile must not be forgotten: their number is told.
fn left_out(all: &[Arc<Scenario>], selected: &[Arc<Scenario>], profile: Option<&str>) -> Option<String> {
    let chosen: HashSet<&str> = selected.iter().map(|one| one.reference.id.as_str()).collect();
    let rest = || all.iter().filter(|one| !chosen.contains(one.reference.id.as_str()));
    let wip = rest().filter(|one| one.has_tag("wip")).count();
    let elsewhere =
        |tag: &String| tag.strip_prefix("only-profile:").is_some_and(|name| Some(name) != profile);
    let other = rest().filter(|one| !one.has_tag("wip") && one.reference.tags.iter().any(elsewhere)).count();
    let parts = [(wip, "tagged @wip"), (other, "for another profile")];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("{} {why}", counted(*count, "scenario")))
        .collect();
    (!parts.is_empty()).then(|| format!("left out: {}", parts.join(", ")))
}

/// Why a selection is only a part of what a whole run plays: what a whole run must come up to can't be judged by it.
fn part(config: &Config, args: &SelectArgs, all: &[Arc<Scenario>], selected: usize) -> Option<String> {
    let profile = config.profile.as_deref();
    let plays = |one: &&Arc<Scenario>| {
        let profiles = one.reference.tags.iter().filter_map(|tag| tag.strip_prefix("only-profile:"));
        !one.has_tag("wip") && profiles.clone().all(|name| Some(name) == profile)
    };
    let whole = all.iter().filter(plays).count();
    let paths = !args.paths.is_empty() && !plan::all_features(config, &args.paths);
    let narrowed = selected < whole;
    let given = [
        (paths, "features were named"),
        (narrowed && plan::given(&args.tags).is_some(), "--tags was given"),
        (narrowed && plan::given(&args.name).is_some(), "--name was given"),
        (narrowed && plan::given(&args.shard).is_some(), "--shard was given"),
        (narrowed && args.rerun.is_some(), "--rerun was given"),
    ];
    let given: Vec<&str> = given.iter().filter(|(is, _)| *is).map(|(_, why)| *why).collect();
    match (given.is_empty(), narrowed) {
        (false, _) => Some(format!("only a part was played, because {}", given.join(" and "))),
        (true, true) => Some(format!("only {selected} of {whole} scenarios were played")),
        (true, false) => None,
    }
}

/// Checks, and says what was looked at.
pub(crate) fn check(args: &CheckArgs, global: &Global) -> Result<Exit, Stop> {
    let config = Config::load(global.config.as_deref(), global.profile.as_deref()).map_err(Stop::usage)?;
    let checked = checked(&config, &args.select, global)?;
    let operations: usize = checked.services.iter().map(|(spec, _)| spec.contract.operations().len()).sum();
    print(&format!(
        "ok: {} in {}; {} with {}{}\n",
        counted(checked.scenarios.len(), "scenario"),
        counted(checked.files, "file"),
        counted(checked.services.len(), "service"),
        counted(operations, "operation"),
        match checked.warnings {
            0 => String::new(),
            count => format!("; {}", counted(count, "warning")),
        }
    ));
    let today = dryrun_suite::policy::today();
    for exception in plan::exceptions(&config) {
        if let Some((_, doubt)) = exception.doubt(today) {
            tell(&format!("warning: {doubt}"));
        }
    }
    let own = checked.target_contract.iter();
    let theirs = checked.services.iter().map(|(spec, _)| &spec.contract);
    for contract in own.chain(theirs) {
        for unusable in contract.unusable() {
            tell(&format!("warning: {unusable}"));
        }
    }
    let own = checked.target_contract.iter().map(|contract| (contract.name(), contract.notes()));
    let theirs = checked.services.iter().map(|(spec, _)| (spec.contract.name(), spec.contract.notes()));
    for (name, notes) in own.chain(theirs) {
        for note in notes {
            tell(&format!("note: {name}: {note}"));
        }
    }
    Ok(Exit::Passed)
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Everything loaded and found good, before anything of it is chosen.
pub(crate) struct Examined {
    pub(crate) loaded: Loaded,
    /// What the users of loads may play.
    pub(crate) library: Vec<Arc<Scenario>>,
    pub(crate) warnings: usize,
    pub(crate) rest: Surroundings,
}

/// What features are checked against.
pub(crate) struct Surroundings {
    pub(crate) registry: Registry,
    pub(crate) services: Vec<(ServiceSpec, u16)>,
    pub(crate) target_contract: Option<Contract>,
    pub(crate) schemas: Option<Arc<SchemaSet>>,
}

/// Loads contracts, behaviours and features, draws everything wrong on standard error, and stops if anything is.
pub(crate) fn checked(config: &Config, args: &SelectArgs, global: &Global) -> Result<Checked, Stop> {
    let Examined { loaded, library, warnings, rest } = examined(config, args, global)?;
    let Surroundings { registry, services, target_contract, schemas } = rest;
    let scenarios = select(&loaded, &plan::selection(config, args)?).map_err(plan::feature_stop)?;
    let left_out = left_out(&loaded.scenarios, &scenarios, config.profile.as_deref());
    let files = loaded.files.len();
    let part = part(config, args, &loaded.scenarios, scenarios.len());
    Ok(Checked {
        scenarios,
        library,
        registry,
        services,
        target_contract,
        files,
        warnings,
        left_out,
        part,
        schemas,
    })
}

/// Contracts, behaviours and the configuration's conventions, found good.
pub(crate) fn surroundings(config: &Config) -> Result<Surroundings, Stop> {
    let services = plan::services(config)?;
    for (spec, _) in &services {
        spec.check().map_err(Stop::usage)?;
    }
    let target_contract = plan::target_contract(config)?;
    let wrong = conventions::check(config, &services, target_contract.as_ref());
    if !wrong.is_empty() {
        return Err(Stop::usage(anyhow!("{}", wrong.join("\nerror: "))));
    }
    let registry = Registry::new(&plan::business_names(config, &services)).map_err(Stop::environment)?;
    let schemas = plan::schemas(config)?;
    Ok(Surroundings { registry, services, target_contract, schemas })
}

/// What steps may name.
pub(crate) fn known(config: &Config, rest: &Surroundings) -> Known {
    Known {
        services: rest
            .services
            .iter()
            .map(|(spec, _)| KnownService {
                key: spec.key.clone(),
                title: spec.title.clone(),
                contract: spec.contract.clone(),
                calls: config.file.calls.get(&spec.key).cloned().unwrap_or_default(),
                collections: spec.behaviour.collections(),
            })
            .collect(),
        aliases: config.file.aliases.clone(),
        profiles: config.profiles.clone(),
        data: config.path(config.file.run.data.as_deref().unwrap_or("features/data")),
        schemas: rest.schemas.as_ref().map(|set| set.known_as()),
        secrets: config.file.run.secrets.clone().unwrap_or_default(),
        given: std::collections::BTreeSet::new(),
        env: std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect(),
    }
}

/// The same with the features; every mistake in them is drawn.
pub(crate) fn examined(config: &Config, args: &SelectArgs, global: &Global) -> Result<Examined, Stop> {
    let rest = surroundings(config)?;
    let loaded = plan::load_features(config, args)?;
    let known = known(config, &rest);
    let mut diagnostics = loaded.diagnostics.clone();
    let library = library(config, args, &loaded, &rest.registry);
    diagnostics.extend(check_within(&loaded.scenarios, &library, &rest.registry, &known));
    diagnostics.sort_by(|a, b| (&a.source.path, a.line, a.column).cmp(&(&b.source.path, b.line, b.column)));
    let color = style(global.color, &std::io::stderr()).color;
    let mut drawn = std::collections::BTreeSet::new();
    for diagnostic in &diagnostics {
        let text = diagnostic.render(color);
        if drawn.insert(text.clone()) {
            tell(&text);
        }
    }
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    if errors > 0 {
        return Err(Stop::features(anyhow!(
            "{} in the features; nothing was run",
            counted(errors, "mistake")
        )));
    }
    Ok(Examined { loaded, library, warnings: diagnostics.len(), rest })
}

/// What the users of loads may play: all that was loaded, and where a step makes a load, the features of the configuration
/// as well, whichever files are named to be run.
fn library(config: &Config, args: &SelectArgs, loaded: &Loaded, registry: &Registry) -> Vec<Arc<Scenario>> {
    let mut library = loaded.scenarios.clone();
    if args.paths.is_empty() || !library.iter().any(|one| makes_load(one, registry)) {
        return library;
    }
    let place = |file: &str| std::path::Path::new(file).canonicalize().ok();
    let known: std::collections::BTreeSet<_> =
        library.iter().map(|one| (place(&one.reference.file), one.reference.line)).collect();
    // What is wrong with those that nobody named is told when they are run.
    let others = plan::configured_features(config).unwrap_or_default();
    let others = others.scenarios.into_iter();
    library.extend(others.filter(|one| !known.contains(&(place(&one.reference.file), one.reference.line))));
    library
}

#[cfg(test)]
mod tests {
    use super::*;
    use dryrun_suite::features::{Loaded, SourceFile};

    #[test]
    fn what_waits_or_belongs_elsewhere_is_counted() {
        let mut loaded = Loaded::default();
        let text = "Feature: f\n  Scenario: a\n    Given x\n  @wip\n  Scenario: b\n    Given x\n  @only-profile:staging\n  Scenario: c\n    Given x\n";
        loaded.add(SourceFile::new("f.feature", text));
        let all = &loaded.scenarios;
        let told = left_out(all, &all[..1], None);
        assert_eq!(told.as_deref(), Some("left out: 1 scenario tagged @wip, 1 scenario for another profile"));
        assert_eq!(
            left_out(all, &all[..1], Some("staging")).as_deref(),
            Some("left out: 1 scenario tagged @wip")
        );
        assert_eq!(left_out(all, all, None), None);
    }
}
