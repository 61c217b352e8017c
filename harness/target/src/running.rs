//! [`Running`]: a service that was started, under its guard.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::JoinHandle;

use crate::error::TargetError;
use crate::guard::{CONTROL, GRACE, KILL_NOW};
use crate::log::{LogSink, Tail, read_lines};
use crate::spec::{Guard, Inherit};

/// What every service gets from the environment of the harness.
const CLEAN: [&str; 4] = ["PATH", "HOME", "LANG", "TMPDIR"];

/// How long the guard may take beyond the grace it gives the service.
const GUARD_MARGIN: Duration = Duration::from_secs(4);

/// How long the last lines may take to arrive after the end of the guard.
const LAST_LINES: Duration = Duration::from_secs(1);

/// What to start, with every `${…}` replaced.
#[derive(Debug)]
pub(crate) struct Launch<'a> {
    pub(crate) command: Vec<String>,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) inherit: &'a Inherit,
    pub(crate) folder: Option<&'a PathBuf>,
    pub(crate) guard: &'a Guard,
}

/// What the guard told us.
#[derive(Debug, Default)]
struct Told {
    pid: OnceLock<u32>,
    error: OnceLock<String>,
}

/// A started service. Dropping it closes the guard's standard input, which ends the service in the background.
#[derive(Debug)]
pub(crate) struct Running {
    /// As one line, for messages.
    command: String,
    guard: Child,
    leash: Option<ChildStdin>,
    readers: Vec<JoinHandle<()>>,
    told: Arc<Told>,
    tail: Tail,
}

impl Running {
    pub(crate) fn start(launch: Launch<'_>, log: &LogSink) -> Result<Self, TargetError> {
        let line = launch.command.join(" ");
        let fail = |reason: String| TargetError::Start { command: line.clone(), reason };
        let mut command = Command::new(&launch.guard.program);
        command
            .args(&launch.guard.args)
            .args(&launch.command)
            .env_clear()
            .envs(inherited(launch.inherit))
            .envs(&launch.env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        if let Some(folder) = launch.folder {
            if !folder.is_dir() {
                return Err(fail(format!("there is no folder {}", folder.display())));
            }
            command.current_dir(folder);
        }
        let mut guard = command
            .spawn()
            .map_err(|error| fail(format!("the guard {}: {error}", launch.guard.program.display())))?;
        let (tail, told) = (Tail::default(), Arc::new(Told::default()));
        let mut readers = Vec::new();
        if let Some(stream) = guard.stdout.take() {
            readers.push(listen(stream, "stdout", log, &tail, Some(Arc::clone(&told))));
        }
        if let Some(stream) = guard.stderr.take() {
            readers.push(listen(stream, "stderr", log, &tail, None));
        }
        let leash = guard.stdin.take();
        Ok(Self { command: line, guard, leash, readers, told, tail })
    }

    /// The process id of the service, once its guard has told it (before the service's own first line).
    pub(crate) fn pid(&self) -> Option<u32> {
        self.told.pid.get().copied()
    }

    pub(crate) fn tail(&self) -> Vec<String> {
        self.tail.lines()
    }

    /// Waits for the service to end on its own, and says so with its last lines. Cancel safe.
    pub(crate) async fn ended(&mut self, when: &'static str) -> TargetError {
        let status = self.guard.wait().await;
        self.closed(when, status.map_err(|error| error.to_string())).await
    }

    /// Fails when the service has ended.
    pub(crate) async fn check(&mut self) -> Result<(), TargetError> {
        match self.guard.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(self.closed("while it was needed", Ok(status)).await),
            Err(error) => Err(self.closed("while it was needed", Err(error.to_string())).await),
        }
    }

    async fn closed(&mut self, when: &'static str, status: Result<ExitStatus, String>) -> TargetError {
        self.drain().await;
        if let Some(reason) = self.told.error.get() {
            return TargetError::Start { command: self.command.clone(), reason: reason.clone() };
        }
        let status = status.map_or_else(|error| format!("an unknown status ({error})"), describe);
        TargetError::Exited { command: self.command.clone(), when, status, log: self.tail() }
    }

    /// Ends the service: SIGTERM, grace, SIGKILL, all by the guard. Returns when it and its children are gone.
    pub(crate) async fn end(&mut self) {
        self.leash = None;
        self.wait_for_guard().await;
    }

    /// Ends the service by SIGKILL at once, with its children.
    pub(crate) async fn kill(&mut self) {
        if let Some(mut leash) = self.leash.take() {
            // A guard that is gone cannot be written to, and needs not.
            let _ = leash.write_all(&[KILL_NOW]).await;
            let _ = leash.flush().await;
            self.wait_for_guard().await;
        }
    }

    async fn wait_for_guard(&mut self) {
        let orderly = tokio::time::timeout(GRACE + GUARD_MARGIN, self.guard.wait()).await;
        let in_order = matches!(&orderly, Ok(Ok(status)) if status.code().is_some());
        if !in_order {
            // The guard hangs or was killed: what we can reach ourselves is the service's group.
            let _ = self.guard.start_kill();
            let pid = self.pid().and_then(|pid| i32::try_from(pid).ok());
            if let Some(group) = pid.and_then(rustix::process::Pid::from_raw) {
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
            let _ = tokio::time::timeout(LAST_LINES, self.guard.wait()).await;
        }
        self.drain().await;
    }

    /// Lets the last lines arrive; both streams end when the guard and all descendants are gone.
    async fn drain(&mut self) {
        for mut reader in self.readers.drain(..) {
            if tokio::time::timeout(LAST_LINES, &mut reader).await.is_err() {
                reader.abort();
            }
        }
    }
}

fn inherited(inherit: &Inherit) -> Vec<(OsString, OsString)> {
    match inherit {
        Inherit::All => std::env::vars_os().collect(),
        Inherit::Names(names) => CLEAN
            .into_iter()
            .chain(names.iter().map(String::as_str))
            .filter_map(|name| Some((name.into(), std::env::var_os(name)?)))
            .collect(),
    }
}

fn listen(
    stream: impl AsyncRead + Send + Unpin + 'static,
    name: &'static str,
    log: &LogSink,
    tail: &Tail,
    told: Option<Arc<Told>>,
) -> JoinHandle<()> {
    let (log, tail) = (Arc::clone(log), tail.clone());
    tokio::spawn(async move {
        // Only the first two lines can be the guard's: a pid, then perhaps that the program cannot be run.
        let mut control = told.map(|told| (told, 2));
        read_lines(stream, |line| {
            if let Some((told, left)) = &mut control
                && *left > 0
                && let Some(words) = line.strip_prefix(CONTROL)
            {
                *left -= 1;
                match words.split_once(' ') {
                    Some(("pid", pid)) => drop(pid.parse().map(|pid| told.pid.set(pid))),
                    _ => drop(told.error.set(words.strip_prefix("error ").unwrap_or(words).to_owned())),
                }
                return;
            }
            control = None;
            tail.push(line);
            log(name, line);
        })
        .await;
    })
}

fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        // The guard's way of passing a signal on, as shells do.
        (Some(code @ 129..=192), _) => format!("exit status {code} (ended by signal {})", code - 128),
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("its guard, which signal {signal} ended"),
        (None, None) => "no status".to_owned(),
    }
}
