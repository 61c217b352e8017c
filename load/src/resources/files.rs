//! [`allow_files`]: may this process open as many connections as the load makes?

use crate::error::LoadError;

/// Files beside the connections: the record, timers, listeners.
const BESIDE: u64 = 64;
/// Ends of a connection that may lie in this process: ours, and with a stand-in inside it the other one and what that one
/// opens to the mocks.
const ENDS: u64 = 4;

/// Makes sure that `connections` may be open at once: raises the soft limit as far as needed and allowed.
///
/// # Errors
/// [`LoadError::Files`] when even the hard limit is too low for our own ends.
pub(crate) fn allow_files(connections: u64) -> Result<(), LoadError> {
    let open = open_files();
    let least = connections.saturating_add(BESIDE).saturating_add(open);
    let best = connections.saturating_mul(ENDS).saturating_add(BESIDE).saturating_add(open);
    imp::allow(least, best)
}

fn open_files() -> u64 {
    std::fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count() as u64)
}

#[cfg(unix)]
mod imp {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    use super::LoadError;

    pub(super) fn allow(least: u64, best: u64) -> Result<(), LoadError> {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        // No limit is written `None`.
        let Some(soft) = current.filter(|soft| *soft < best) else { return Ok(()) };
        let raised = maximum.map_or(best, |hard| hard.min(best)).max(soft);
        let new = Rlimit { current: Some(raised), maximum };
        let allowed = if raised > soft && setrlimit(Resource::Nofile, new).is_ok() { raised } else { soft };
        if allowed < least { Err(LoadError::Files { wanted: least, allowed }) } else { Ok(()) }
    }
}

#[cfg(not(unix))]
mod imp {
    use super::LoadError;

    pub(super) fn allow(_least: u64, _best: u64) -> Result<(), LoadError> {
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::process::{Resource, getrlimit};

    use super::*;

    #[test]
    fn what_the_hard_limit_forbids_is_told_with_the_command_that_helps() {
        allow_files(10).unwrap();
        let Some(hard) = getrlimit(Resource::Nofile).maximum else { return };
        let error = allow_files(hard).unwrap_err();
        assert!(matches!(error, LoadError::Files { wanted, allowed } if wanted > allowed), "{error}");
        assert!(error.to_string().contains("ulimit -n"), "{error}");
    }
}
