//! What the tests of this crate share: specifications for the fixture program, and looking at processes.
#![allow(dead_code, reason = "each test program uses its part")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dryrun_target::{Guard, Inherit, LogSink, Readiness, TargetSpec};
use rustix::process::Pid;

pub(crate) const FIXTURE: &str = env!("CARGO_BIN_EXE_dryrun-target-fixture");

/// Long enough for a busy machine; nobody waits for it unless something is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn guard() -> Guard {
    Guard { program: PathBuf::from(FIXTURE), args: vec!["guard".into(), "--".into()] }
}

pub(crate) fn ready() -> Readiness {
    Readiness { path: "/health".into(), within: PATIENCE }
}

/// A target that runs `command`; adjust what the test is about.
pub(crate) fn spec(command: &[&str]) -> TargetSpec {
    TargetSpec::Command {
        command: command.iter().map(|word| (*word).to_owned()).collect(),
        env: BTreeMap::new(),
        inherit: Inherit::default(),
        port: None,
        folder: None,
        ready: ready(),
        guard: guard(),
    }
}

/// A shell script as a target; `$0` is the fixture program, `$1` the port.
pub(crate) fn script(text: &str) -> TargetSpec {
    spec(&["sh", "-c", text, FIXTURE, "${port}"])
}

pub(crate) fn provider() {}

pub(crate) fn none() -> BTreeMap<String, String> {
    BTreeMap::new()
}

/// Lines heard, as `stream: line`.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    pub(crate) fn sink(&self) -> LogSink {
        let lines = Arc::clone(&self.0);
        Arc::new(move |stream, line| lines.lock().unwrap().push(format!("{stream}: {line}")))
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// Waits for a line that starts with `start` and gives its rest.
    pub(crate) async fn wait_for(&self, start: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(rest) =
                self.lines().iter().find_map(|line| line.strip_prefix(start).map(str::to_owned))
            {
                return rest;
            }
            assert!(Instant::now() < deadline, "never heard {start:?} in {:?}", self.lines());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Whether process `pid` runs; one that ended and was not collected by its parent does not.
pub(crate) fn runs(pid: i32) -> bool {
    if cfg!(target_os = "linux") {
        return std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| !stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')));
    }
    rustix::process::test_kill_process(Pid::from_raw(pid).unwrap()).is_ok()
}

/// Polls until none of `pids` runs.
pub(crate) async fn gone(pids: &[i32]) {
    let deadline = Instant::now() + PATIENCE;
    while pids.iter().any(|pid| runs(*pid)) {
        let left: Vec<_> = pids.iter().filter(|pid| runs(**pid)).collect();
        assert!(Instant::now() < deadline, "still running: {left:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
