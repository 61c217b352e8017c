//! The service under test as a guest: start it (or attach to it), wait until it is ready, hear its log, end it.
//!
//! [`Target::start`] takes a [`TargetSpec`]. A started service runs under a *guard*, a process of ours that ends it
//! with all its children as soon as the harness is gone, even by SIGKILL: see [`guard_main`]. Unix only.
//!
//! # What a started service sees
//! Its environment starts empty: `PATH`, `HOME`, `LANG` and `TMPDIR` of the harness, the names in
//! [`Inherit::Names`], then the configured `env`, nothing else. So the cloud credentials, proxies and tokens of the
//! shell that started the harness never reach it by accident; [`Inherit::All`] turns this off. Its standard input
//! is empty. `${port}` and `${url}` in `command` and `env` stand for its own port and address, other names for what the
//! caller hands in; `\${` is a literal `${`.

mod descendants;
mod error;
mod guard;
mod log;
mod outside;
mod owner;
mod port;
mod ready;
mod running;
mod spec;
mod substitute;
mod target;
mod usage;

pub use error::TargetError;
pub use guard::guard_main;
pub use log::{LINE_LIMIT, LogSink, TAIL_LINES};
pub use outside::{Attempt, AttemptSink, Outside};
pub use owner::{PortOwner, port_owner};
pub use port::free_port;
pub use spec::{Guard, Inherit, Readiness, TargetSpec};
pub use target::{Target, check_address};
pub use usage::{Usage, UsageReader};
