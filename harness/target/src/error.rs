//! [`TargetError`]: why there is no service to test.

use std::time::Duration;

/// Why the service under test could not be started, reached, or kept. Log lines are as the service wrote them: the
/// caller masks secrets before it shows them.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// `${name}` stands for nothing.
    #[error("{place}: nothing is called ${{{name}}}; {hint}")]
    UnknownName {
        /// `command[1]`, `env.CRM_BASE_URL`.
        place: String,
        /// The name between the braces.
        name: String,
        /// The nearest known name, or all of them.
        hint: String,
    },
    /// A `${` without its `}`.
    #[error("{place}: a ${{ without its }}; write \\${{ where the characters themselves are meant")]
    Unclosed {
        /// `command[1]`, `env.CRM_BASE_URL`.
        place: String,
    },
    /// No program.
    #[error("the command of the target is empty; name a program, `command = [\"./my-service\"]`")]
    EmptyCommand,
    /// An address that cannot be a base.
    #[error(
        "the target's url {url:?} is no base address: {reason}; write one like \"http://localhost:8000\""
    )]
    BadUrl {
        /// As given, without credentials.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The wanted port is taken, or none is to be had.
    #[error("port {port} of 127.0.0.1 is taken by {owner}; end that, or leave `port` out to get a free one")]
    PortTaken {
        /// The port.
        port: u16,
        /// Process id and name where they can be found, else that they are not known.
        owner: String,
    },
    /// Not even a free port.
    #[error("no free port on 127.0.0.1: {0}")]
    NoPort(#[source] std::io::Error),
    /// The guard could not be started.
    #[error("cannot start `{command}`: {reason}")]
    Start {
        /// The command, as one line.
        command: String,
        /// The system's words.
        reason: String,
    },
    /// It ended on its own.
    #[error("the service `{command}` ended {when} with {status}{}", tail(log))]
    Exited {
        /// The command, as one line.
        command: String,
        /// `before it was ready` or `while it was needed`.
        when: &'static str,
        /// `exit status 3`, or the signal.
        status: String,
        /// The last lines of its output.
        log: Vec<String>,
    },
    /// Not ready in time.
    #[error("the target is not ready after {}: GET {url} {last}{}", seconds(*within), tail(log))]
    NotReady {
        /// The address asked.
        url: String,
        /// The time limit.
        within: Duration,
        /// What the last attempt saw: `answered 503`, `refused the connection`.
        last: String,
        /// The last lines of its output; empty for an attached target.
        log: Vec<String>,
    },
    /// An attached service that was there is not there any more.
    #[error("the target is gone: GET {url} {last}")]
    Gone {
        /// The address asked.
        url: String,
        /// What the attempt saw.
        last: String,
    },
    /// Only a started service can be started again or killed.
    #[error(
        "the target at {url} was attached to, not started: it cannot be {what}; give a `command` in place of a `url`"
    )]
    NotOurs {
        /// Its address.
        url: String,
        /// `restarted`, `killed`.
        what: &'static str,
    },
    /// The HTTP client could not be made.
    #[error("no HTTP client: {0}")]
    Client(String),
}

/// How many log lines an error shows; [`Target::log_tail`](crate::Target::log_tail) has more.
const SHOWN: usize = 20;

fn tail(log: &[String]) -> String {
    if log.is_empty() {
        return String::new();
    }
    let shown = &log[log.len().saturating_sub(SHOWN)..];
    let mut text = String::from("\nits last lines:");
    for line in shown {
        text.push_str("\n  ");
        text.push_str(line);
    }
    text
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}
