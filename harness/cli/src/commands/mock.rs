//! `dryrun mock`: the mocks alone, for whoever wants to point a client at them.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::anyhow;
use dryrun_mocks::{MockOptions, MockServer, ServiceSpec, describe};
use dryrun_record::{Exchange, Masker};
use dryrun_suite::values::nearest::nearest;

use crate::args::{Global, MockArgs};
use crate::commands::{print, tell};
use crate::config::Config;
use crate::exit::{Exit, Stop};
use crate::interrupts::Interrupts;
use crate::plan;

/// Serves until Ctrl-C or SIGTERM.
pub(crate) async fn mock(args: MockArgs, global: Global) -> Result<Exit, Stop> {
    let (services, seed) = if args.contracts.is_empty() {
        configured(&args, &global)?
    } else {
        // A contract alone needs no configuration: a broken one, or none, is in nobody's way.
        (bare(&args)?, args.seed)
    };
    let interrupts = Interrupts::listen().map_err(Stop::environment)?;
    if services.len() > 1 && args.port.is_some_and(|port| port != 0) {
        return Err(Stop::usage(anyhow!(
            "one port can't serve {} services: name one of them, or use --port 0",
            services.len()
        )));
    }

    let masker = Masker::new();
    args.keys.iter().for_each(|key| masker.learn(key));
    if args.keys.iter().any(|key| key.trim().is_empty()) {
        return Err(Stop::usage(anyhow!("--key needs a key: an empty one lets nobody in")));
    }
    let quiet = args.quiet;
    let mut running = Vec::new();
    for (spec, configured) in services {
        let own = spec.behaviour.port().unwrap_or(0);
        let port = args.port.unwrap_or(if configured == 0 { own } else { configured });
        let shown = masker.clone();
        let on_exchange: Arc<dyn Fn(&Exchange) + Send + Sync> = Arc::new(move |exchange| {
            if !quiet {
                tell(&describe(exchange, &shown));
            }
        });
        let options = MockOptions {
            host: args.host,
            port,
            seed: seed.unwrap_or(plan::DEFAULT_SEED),
            started: Instant::now(),
            masker: masker.clone(),
            on_exchange: Some(on_exchange),
            security: args.security,
            keys: args.keys.clone(),
            ..MockOptions::default()
        };
        let title = spec.title.clone();
        let server = MockServer::start(spec, options).await.map_err(|error| {
            let owner =
                dryrun_target::port_owner(port).map(|owner| format!("; port {port} is held by {owner}"));
            Stop::environment(anyhow!("{error}{}", owner.unwrap_or_default()))
        })?;
        print(&format!(
            "{title}: {url}   docs {url}/docs   journal {url}/__dryrun__/journal\n",
            url = server.url()
        ));
        for note in server.notes() {
            tell(&format!("{title}: {note}"));
        }
        if !quiet && !server.kept().is_empty() {
            tell(&format!("{title}: keeps what is sent to {}", few(&server.kept())));
        }
        running.push(server);
    }
    tell("serving until Ctrl-C");

    interrupts.reached(1).await;
    for server in running {
        server.stop().await;
    }
    tell("stopped");
    Ok(Exit::Passed)
}

/// Services with the ports that they ask for.
type Services = Vec<(ServiceSpec, u16)>;

/// The first of many paths, and how many more there are.
fn few(paths: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown = paths.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match paths.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The services of the configuration that were asked for, and the seed.
fn configured(args: &MockArgs, global: &Global) -> Result<(Services, Option<u64>), Stop> {
    let config = Config::load(global.config.as_deref(), global.profile.as_deref()).map_err(Stop::usage)?;
    let mut services = plan::services(&config)?;
    if services.is_empty() {
        let place = match &config.source {
            Some((path, _)) => format!("{} has no [services.NAME]", path.display()),
            None => "there is no dryrun.toml here".to_owned(),
        };
        return Err(Stop::usage(anyhow!(
            "there is nothing to mock: {place}; `dryrun init` writes an example, --config FILE names another, --contract FILE mocks an OpenAPI document"
        )));
    }
    for name in &args.services {
        if !services.iter().any(|(spec, _)| spec.key == *name) {
            let keys: Vec<&str> = services.iter().map(|(spec, _)| spec.key.as_str()).collect();
            let near = nearest(name, keys.iter().copied()).map(|near| format!(" did you mean `{near}`?"));
            let known = keys.join(", ");
            return Err(Stop::usage(anyhow!(
                "there is no service `{name}`:{} (known: {known})",
                near.unwrap_or_default()
            )));
        }
    }
    services.retain(|(spec, _)| args.services.is_empty() || args.services.contains(&spec.key));
    Ok((services, args.seed.or(config.file.run.seed)))
}

/// A service for each contract that was named, without any behaviour.
fn bare(args: &MockArgs) -> Result<Services, Stop> {
    if args.title.is_some() && args.contracts.len() > 1 {
        return Err(Stop::usage(anyhow!(
            "one title can't name {} services: leave --title out",
            args.contracts.len()
        )));
    }
    let mut services = Services::new();
    for path in &args.contracts {
        let mut key = key_of(path);
        while services.iter().any(|(spec, _)| spec.key == key) {
            key.push_str("-2");
        }
        let mut spec = ServiceSpec::load(&key, path, None).map_err(Stop::usage)?;
        match &args.title {
            Some(title) => spec.title.clone_from(title),
            None if spec.title.trim().is_empty() => spec.title = key,
            None => {}
        }
        services.push((spec, 0));
    }
    Ok(services)
}

/// The key of a service by its file: the folder's name where every contract is called `openapi.yaml`.
fn key_of(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let usual = matches!(stem.to_ascii_lowercase().as_str(), "openapi" | "swagger" | "api" | "index");
    let folder = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let name = if usual { folder.unwrap_or(stem) } else { stem };
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let key: String = name.chars().map(plain).collect();
    let key = key.trim_matches('-');
    if key.is_empty() { "service".to_owned() } else { key.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_paths_the_first_are_shown() {
        let paths = |count: usize| (0..count).map(|number| format!("/{number}")).collect::<Vec<_>>();
        assert_eq!(few(&paths(2)), "/0, /1");
        assert_eq!(few(&paths(10)), "/0, /1, /2, /3, /4, /5, /6, /7 and 2 more");
    }

    #[test]
    fn a_service_is_named_after_its_file_or_its_folder() {
        for (path, key) in [
            ("schemas/crm/openapi.yaml", "crm"),
            ("Pet Store.v3.json", "pet-store-v3"),
            ("openapi.yaml", "openapi"),
            ("/é.yaml", "service"),
        ] {
            assert_eq!(key_of(Path::new(path)), key);
        }
    }
}
