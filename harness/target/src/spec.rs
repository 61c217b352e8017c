//! [`TargetSpec`]: what is to be tested, as the configuration says it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Where the service under test comes from.
#[derive(Debug, Clone)]
pub enum TargetSpec {
    /// It runs already, and is left running.
    Attach {
        /// Its base address, `http://` or `https://`, without query or fragment.
        url: String,
        /// When it counts as ready.
        ready: Readiness,
    },
    /// It is started, and ended with all its children.
    Command {
        /// Program and arguments; no shell takes part. A program without `/` is looked up in `PATH`, one with `/`
        /// is relative to `folder`. Each part may hold `${name}`.
        command: Vec<String>,
        /// Environment on top of the clean set; the values may hold `${name}`.
        env: BTreeMap<String, String>,
        /// What it gets from the environment of the harness, beyond the clean set.
        inherit: Inherit,
        /// The port on 127.0.0.1 that it will listen on; `None` takes a free one, told to the service as `${port}`.
        port: Option<u16>,
        /// Its working folder; `None` is that of the harness.
        folder: Option<PathBuf>,
        /// When it counts as ready.
        ready: Readiness,
        /// The program that keeps it; see [`Guard::default`].
        guard: Guard,
    },
}

/// What a started service gets from the environment of the harness, beyond `PATH`, `HOME`, `LANG` and `TMPDIR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inherit {
    /// These names, where they are set.
    Names(Vec<String>),
    /// Everything, credentials included.
    All,
}

impl Default for Inherit {
    fn default() -> Self {
        Self::Names(Vec::new())
    }
}

/// A service is ready once `GET path` answers 2xx; redirects are not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// Path below the base address, `/ready` for example.
    pub path: String,
    /// How long it may take, from the start.
    pub within: Duration,
}

/// How to start a guard: a program that calls [`guard_main`](crate::guard_main) with the arguments after `args`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// The program.
    pub program: PathBuf,
    /// What stands before the command of the service.
    pub args: Vec<String>,
}

impl Default for Guard {
    /// This very program with `guard --`: the hidden subcommand of `dryrun`.
    fn default() -> Self {
        // A rebuild during a run replaces the file; Linux still hands out the image that runs.
        let program = std::env::current_exe().ok().filter(|path| path.exists());
        Self {
            program: program.unwrap_or_else(|| PathBuf::from("/proc/self/exe")),
            args: vec!["guard".to_owned(), "--".to_owned()],
        }
    }
}
