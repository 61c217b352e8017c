//! [`Target`]: the service under test, started or attached to, and ready.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use crate::error::TargetError;
use crate::log::LogSink;
use crate::port::{free_port, require_free, says_in_use};
use crate::ready::{Probe, Prober};
use crate::running::{Launch, Running};
use crate::spec::{Readiness, TargetSpec};
use crate::substitute::substitute;

/// How often a start is tried again with another free port when somebody was quicker to take it.
const PORT_ATTEMPTS: usize = 4;

/// The service under test. Dropping it ends a started service in the background; [`Target::stop`] waits for the end.
pub struct Target {
    spec: TargetSpec,
    names: BTreeMap<String, String>,
    log: LogSink,
    url: String,
    running: Option<Running>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither specification nor substitutions: both may hold secrets.
        f.debug_struct("Target")
            .field("url", &self.url)
            .field("running", &self.running)
            .finish_non_exhaustive()
    }
}

impl Target {
    /// Starts the service or attaches to it, and waits until it is ready. `substitutions` are the names for `${…}`
    /// beside `port` and `url`. `log` hears what a started service writes. After an error nothing is left running.
    pub async fn start(
        spec: &TargetSpec,
        substitutions: &BTreeMap<String, String>,
        log: LogSink,
    ) -> Result<Self, TargetError> {
        let (url, running) = launch(spec, substitutions, &log).await?;
        Ok(Self { spec: spec.clone(), names: substitutions.clone(), log, url, running })
    }

    /// The base address without a slash at its end, `http://127.0.0.1:41234`. It changes with [`Target::restart`]
    /// unless the port is configured.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address of `path` (which may have a query) below the base address.
    pub fn join(&self, path: &str) -> String {
        join(&self.url, path)
    }

    /// The process id of a started service.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().and_then(Running::pid)
    }

    /// The last lines of both output streams, at most [`TAIL_LINES`](crate::TAIL_LINES); empty when attached.
    pub fn log_tail(&self) -> Vec<String> {
        self.running.as_ref().map(Running::tail).unwrap_or_default()
    }

    /// Fails when the service is gone: a started one has ended (with its status and last lines), an attached one
    /// gives no answer. It need not say that it is ready.
    pub async fn alive(&mut self) -> Result<(), TargetError> {
        if let Some(running) = &mut self.running {
            return running.check().await;
        }
        let TargetSpec::Attach { ready, .. } = &self.spec else { return Ok(()) };
        let prober = Prober::new(join(&self.url, &ready.path))?;
        match prober.ask().await {
            Probe::Silent(last) => Err(TargetError::Gone { url: prober.url, last }),
            Probe::Ready | Probe::Answered(_) => Ok(()),
        }
    }

    /// Ends a started service (as [`Target::stop`]) and starts it afresh, perhaps on another port.
    pub async fn restart(&mut self) -> Result<(), TargetError> {
        let Some(running) = &mut self.running else {
            return Err(TargetError::NotOurs { url: self.url.clone(), what: "restarted" });
        };
        running.end().await;
        let (url, running) = launch(&self.spec, &self.names, &self.log).await?;
        (self.url, self.running) = (url, running);
        Ok(())
    }

    /// Kills a started service and its children at once, without grace, and waits until they are gone. An attached
    /// one is left alone.
    pub async fn kill(&mut self) {
        if let Some(running) = &mut self.running {
            running.kill().await;
        }
    }

    /// Ends a started service and its children: SIGTERM, 3 s, SIGKILL. Returns when they are gone and their last
    /// lines were heard. An attached one is left running.
    pub async fn stop(mut self) {
        if let Some(running) = &mut self.running {
            running.end().await;
        }
    }
}

async fn launch(
    spec: &TargetSpec,
    names: &BTreeMap<String, String>,
    log: &LogSink,
) -> Result<(String, Option<Running>), TargetError> {
    let TargetSpec::Command { command, env, inherit, port, folder, ready, guard } = spec else {
        let TargetSpec::Attach { url, ready } = spec else { unreachable!("there are two kinds") };
        return attach(url, ready).await.map(|url| (url, None));
    };
    let mut attempt = 0;
    loop {
        attempt += 1;
        let port_now = match port {
            Some(port) => require_free(*port).await.map(|()| *port)?,
            None => free_port().await?,
        };
        let url = format!("http://127.0.0.1:{port_now}");
        let mut names = names.clone();
        names.extend([("port".to_owned(), port_now.to_string()), ("url".to_owned(), url.clone())]);
        let command = command.iter().enumerate();
        let command: Vec<String> = command
            .map(|(index, part)| substitute(part, &format!("command[{index}]"), &names))
            .collect::<Result<_, _>>()?;
        if command.first().is_none_or(|program| program.trim().is_empty()) {
            return Err(TargetError::EmptyCommand);
        }
        let env = env.iter();
        let env = env
            .map(|(name, value)| Ok((name.clone(), substitute(value, &format!("env.{name}"), &names)?)))
            .collect::<Result<_, TargetError>>()?;
        let prober = Prober::new(join(&url, &ready.path))?;
        let launch = Launch { command, env, inherit, folder: folder.as_ref(), guard };
        let mut running = Running::start(launch, log)?;
        match become_ready(&mut running, &prober, ready.within).await {
            Ok(()) => return Ok((url, Some(running))),
            Err(TargetError::Exited { log, .. })
                if port.is_none() && attempt < PORT_ATTEMPTS && says_in_use(&log) => {}
            Err(error) => return Err(error),
        }
    }
}

async fn become_ready(running: &mut Running, prober: &Prober, within: Duration) -> Result<(), TargetError> {
    let mut last = None;
    let outcome = tokio::select! {
        // Before the answer is believed: it could come from somebody else who holds the port.
        biased;
        error = running.ended("before it was ready") => Some(error),
        outcome = tokio::time::timeout(within, prober.until_ready(&mut last)) => match outcome {
            Ok(()) => return Ok(()),
            Err(_) => None,
        },
    };
    running.end().await;
    Err(outcome.unwrap_or_else(|| not_ready(prober, within, last, running.tail())))
}

fn not_ready(prober: &Prober, within: Duration, last: Option<Probe>, log: Vec<String>) -> TargetError {
    let last = last.map_or_else(|| "gave no answer".to_owned(), |probe| probe.words());
    TargetError::NotReady { url: prober.url.clone(), within, last, log }
}

/// Whether a service can be attached to at this address, as far as it can be told without asking there.
///
/// # Errors
/// The address is none of a service; without what it may hold of credentials.
pub fn check_address(url: &str) -> Result<(), TargetError> {
    base_address(url).map(|_| ())
}

async fn attach(url: &str, ready: &Readiness) -> Result<String, TargetError> {
    let base = base_address(url)?;
    let prober = Prober::new(join(&base, &ready.path))?;
    let mut last = None;
    match tokio::time::timeout(ready.within, prober.until_ready(&mut last)).await {
        Ok(()) => Ok(base),
        Err(_) => Err(not_ready(&prober, ready.within, last, Vec::new())),
    }
}

fn base_address(url: &str) -> Result<String, TargetError> {
    let bad =
        |url: &str, reason: &str| TargetError::BadUrl { url: url.to_owned(), reason: reason.to_owned() };
    let parsed = Url::parse(url).map_err(|error| bad(url, &error.to_string()))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        // It would be printed with every exchange.
        let shown = format!("{}://…@{}", parsed.scheme(), parsed.host_str().unwrap_or_default());
        return Err(bad(&shown, "it holds credentials, which belong into headers"));
    }
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(bad(url, "its scheme is neither http nor https"));
    }
    if parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(bad(url, "it has a query or a fragment"));
    }
    Ok(parsed.as_str().trim_end_matches('/').to_owned())
}

fn join(base: &str, path: &str) -> String {
    let path = path.trim_start_matches('/');
    format!("{base}/{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_below_the_base() {
        assert_eq!(join("http://h:1", "/a/b?c=1"), "http://h:1/a/b?c=1");
        assert_eq!(join("http://h:1/base", "a"), "http://h:1/base/a");
        assert_eq!(join("http://h:1", "?q"), "http://h:1/?q");
    }

    #[test]
    fn a_base_address_is_checked() {
        assert_eq!(base_address("http://localhost:8000/").unwrap(), "http://localhost:8000");
        assert_eq!(base_address("https://h/base/").unwrap(), "https://h/base");
        for bad in ["localhost:8000", "ftp://h", "http://h/?a=1", "", "http://"] {
            assert!(base_address(bad).is_err(), "{bad}");
        }
        let error = base_address("http://user:hunter2@h/").unwrap_err().to_string();
        assert!(error.contains("credentials") && !error.contains("hunter2"), "{error}");
    }
}
