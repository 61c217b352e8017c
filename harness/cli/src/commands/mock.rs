//! `dryrun mock`: the mocks alone, for whoever wants to point a client at them.

use std::sync::Arc;
use std::time::Instant;

use anyhow::anyhow;
use dryrun_mocks::{MockOptions, MockServer, describe};
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
    let config = Config::load(global.config.as_deref(), global.profile.as_deref()).map_err(Stop::usage)?;
    let interrupts = Interrupts::listen().map_err(Stop::environment)?;
    let mut services = plan::services(&config)?;
    if services.is_empty() {
        let place = match &config.source {
            Some((path, _)) => format!("{} has no [services.NAME]", path.display()),
            None => "there is no dryrun.toml here".to_owned(),
        };
        return Err(Stop::usage(anyhow!(
            "there is nothing to mock: {place}; `dryrun init` writes an example, --config FILE names another"
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
    if services.len() > 1 && args.port.is_some_and(|port| port != 0) {
        return Err(Stop::usage(anyhow!(
            "one port can't serve {} services: name one of them, or use --port 0",
            services.len()
        )));
    }

    let masker = Masker::new();
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
            seed: args.seed.or(config.file.run.seed).unwrap_or(1),
            started: Instant::now(),
            masker: masker.clone(),
            on_exchange: Some(on_exchange),
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
