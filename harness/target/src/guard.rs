//! [`guard_main`]: the process between the harness and the service, so that no child outlives the harness.
//!
//! ```text
//! harness ──stdin pipe──> guard (child subreaper) ──new process group──> itself, which becomes the service by exec
//! ```
//! - The pipe ends when the harness ends, however that happens: the guard then ends the group, and on Linux every
//!   other descendant (one that called `setsid`, or whose parent is gone: those become children of the guard).
//! - The service asks the kernel (Linux) to be killed when the guard dies. Why the detour by exec: this must be set in
//!   the new process itself, and std offers no way to do that without unsafe code. The kernel forgets it for a setuid
//!   program, and it does not reach the service's own children.
//! - The guard has its own process group, so a Ctrl-C in the terminal does not hit it; SIGTERM, SIGINT and SIGHUP
//!   make it end the service in order.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpid, getppid};
use tokio::signal::unix::{Signal as Watch, SignalKind, signal};
use tokio::sync::mpsc;

use crate::descendants::{Process, descendants};

/// First argument of the second stage, which becomes the service.
const BECOME: &str = "--become";

/// Starts the lines by which a guard speaks to the harness on its standard output, before the service does.
pub(crate) const CONTROL: &str = "\u{1}dryrun-guard ";

/// What the harness writes to have everything killed without grace.
pub(crate) const KILL_NOW: u8 = b'k';

/// How long the service may take to end after SIGTERM.
pub(crate) const GRACE: Duration = Duration::from_secs(3);

/// How long SIGKILL is repeated; only a process in an uninterruptible call, or another user's, lives longer.
const LAST_RESORT: Duration = Duration::from_secs(2);

/// Between two looks at processes whose end sends no signal to us.
const LOOK: Duration = Duration::from_millis(10);

/// The body of the hidden subcommand `guard -- COMMAND…`: runs `command` in its own process group with an empty
/// standard input, and ends it with all its descendants when our standard input closes. Standard output and error
/// are the service's. Exits with the status of the command, 128 + n after signal n, 127 when it could not be started.
///
/// The arguments of this process must end with exactly `command`: it starts itself again with the same ones before.
pub fn guard_main(command: Vec<OsString>) -> ExitCode {
    match command.split_first() {
        Some((first, rest)) if first == BECOME => turn_into(rest),
        Some(_) => keep(&command),
        None => {
            say("error no command to guard");
            ExitCode::from(2)
        }
    }
}

/// A line to the harness. It may be gone, so a failed write is no news.
fn say(words: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{CONTROL}{words}").and_then(|()| out.flush());
}

/// Second stage, `[guard's pid, program, arguments…]`: tie our life to the guard's, tell our pid, become the program.
fn turn_into(rest: &[OsString]) -> ExitCode {
    let [guard, program, arguments @ ..] = rest else {
        say("error no command to become");
        return ExitCode::from(2);
    };
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    // The guard may have died before the line above.
    let parent = getppid().map_or(0, |pid| pid.as_raw_nonzero().get());
    if guard.to_str() != Some(parent.to_string().as_str()) {
        return ExitCode::FAILURE;
    }
    say(&format!("pid {}", std::process::id()));
    let error = Command::new(program).args(arguments).exec();
    say(&format!("error {}: {error}", program.display()));
    ExitCode::from(127)
}

fn keep(command: &[OsString]) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            say(&format!("error {error}"));
            return ExitCode::FAILURE;
        }
    };
    // One thread for all: the kernel's "parent died" means the thread that started the child.
    match runtime.block_on(watch(command)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            say(&format!("error {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn watch(command: &[OsString]) -> io::Result<u8> {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(getpid()))?;
    let mut asked = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
    let [Ok(term), Ok(int), Ok(hup)] = &mut asked else { return Err(io::Error::other("no signal handlers")) };
    let mut orders = orders();
    let mut wards = Wards::start(command)?;
    let grace = loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(KILL_NOW) => break Duration::ZERO,
                Some(_) => {}
                None => break GRACE,
            },
            _ = term.recv() => break GRACE,
            _ = int.recv() => break GRACE,
            _ = hup.recv() => break GRACE,
            _ = wards.child_ended.recv() => {
                wards.reap();
                if wards.status.is_some() {
                    // What the service left behind ends with it.
                    break GRACE;
                }
            }
        }
    };
    wards.end(grace).await;
    Ok(wards.status.unwrap_or(u8::MAX))
}

/// The bytes of our standard input, then `None`. A thread, because a blocked read could not be given up on exit.
fn orders() -> mpsc::Receiver<u8> {
    let (send, receive) = mpsc::channel(8);
    std::thread::spawn(move || {
        let mut byte = [0u8];
        while let Ok(1) = io::stdin().read(&mut byte) {
            if send.blocking_send(byte[0]).is_err() {
                break;
            }
        }
    });
    receive
}

/// The service and all that descends from it.
struct Wards {
    /// The service; also the id of its process group.
    main: Pid,
    /// SIGCHLD. Registered before the start, so no end is missed.
    child_ended: Watch,
    /// The exit code of the service, once it ended.
    status: Option<u8>,
}

impl Wards {
    fn start(command: &[OsString]) -> io::Result<Self> {
        let child_ended = signal(SignalKind::child())?;
        let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
        let ours = arguments.len().saturating_sub(command.len());
        let own_program = std::env::current_exe().ok().filter(|path| path.exists());
        // std's Child is dropped at once: `reap` waits for every child, adopted ones too.
        let child = Command::new(own_program.unwrap_or_else(|| "/proc/self/exe".into()))
            .args(&arguments[..ours])
            .arg(BECOME)
            .arg(std::process::id().to_string())
            .args(command)
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self { main: Pid::from_child(&child), child_ended, status: None })
    }

    /// Collects every child that has ended.
    fn reap(&mut self) {
        while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
            if pid == self.main {
                let signal = status.terminating_signal().map(|signal| 128 + signal);
                let code = status.exit_status().or(signal).unwrap_or(i32::from(u8::MAX));
                self.status = Some(u8::try_from(code).unwrap_or(u8::MAX));
            }
        }
    }

    /// SIGTERM, `grace`, SIGKILL until nobody is left.
    async fn end(&mut self, grace: Duration) {
        if !grace.is_zero() {
            self.send(Signal::TERM);
            let deadline = Instant::now() + grace;
            while self.any_left() && Instant::now() < deadline {
                self.pause().await;
            }
        }
        // Repeated, because a process may have forked between our look and the signal.
        let deadline = Instant::now() + LAST_RESORT;
        while self.any_left() && Instant::now() < deadline {
            self.send(Signal::KILL);
            self.pause().await;
        }
    }

    async fn pause(&mut self) {
        let _ = tokio::time::timeout(LOOK, self.child_ended.recv()).await;
    }

    /// To the group, and to descendants outside it; nobody gets it twice (a second SIGTERM often means "at once").
    fn send(&self, signal: Signal) {
        let group = self.main.as_raw_nonzero().get();
        let strangers = self.descendants().into_iter().filter(|process| process.group != group);
        let strangers: Vec<Pid> = strangers.filter_map(|process| Pid::from_raw(process.pid)).collect();
        // A group or process that is gone meanwhile is what we want.
        let _ = rustix::process::kill_process_group(self.main, signal);
        for pid in strangers {
            let _ = rustix::process::kill_process(pid, signal);
        }
    }

    fn any_left(&mut self) -> bool {
        self.reap();
        let left = self.descendants();
        if cfg!(target_os = "linux") && std::path::Path::new("/proc/self/stat").exists() {
            return !left.is_empty();
        }
        rustix::process::test_kill_process_group(self.main) != Err(Errno::SRCH)
    }

    fn descendants(&self) -> Vec<Process> {
        descendants(getpid().as_raw_nonzero().get())
    }
}
