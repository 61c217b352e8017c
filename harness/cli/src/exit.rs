//! Exit codes, and which of several wins: [`Exit`].

use std::process::ExitCode;

/// How a command ended. The number is part of the interface: scripts depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: everything that was asked for was done, and held.
    Passed = 0,
    /// 1: a check failed; the verdict is NO-GO.
    CheckFailed = 1,
    /// 2: the command line or the configuration is wrong.
    Usage = 2,
    /// 3: features: syntax, an undefined or ambiguous step, or nothing selected.
    Features = 3,
    /// 4: the environment or the harness itself failed: a service did not start, a report could not be written.
    Environment = 4,
    /// 5: a threshold of a load run was missed, or it is slower than its baseline.
    Threshold = 5,
    /// 6: the figures of a load run can't tell. Never counted as passed.
    Inconclusive = 6,
}

impl Exit {
    /// Place in the order in which the worst wins: 4, 2, 3, 1, 5, 6, 0.
    fn rank(self) -> u8 {
        match self {
            Self::Environment => 6,
            Self::Usage => 5,
            Self::Features => 4,
            Self::CheckFailed => 3,
            Self::Threshold => 2,
            Self::Inconclusive => 1,
            Self::Passed => 0,
        }
    }

    /// The worse of the two.
    pub(crate) fn worst(self, other: Self) -> Self {
        if other.rank() > self.rank() { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error that knows the exit code it stands for.
#[derive(Debug)]
pub(crate) struct Stop {
    /// The code.
    pub(crate) exit: Exit,
    /// What to tell.
    pub(crate) error: anyhow::Error,
}

impl Stop {
    /// A wrong command line or configuration.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Usage, error: error.into() }
    }

    /// Features that can't be run.
    pub(crate) fn features(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Features, error: error.into() }
    }

    /// Something around us that failed.
    pub(crate) fn environment(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Environment, error: error.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit::{self, *};

    #[test]
    fn the_worst_wins_in_the_documented_order() {
        let order = [Passed, Inconclusive, Threshold, CheckFailed, Features, Usage, Environment];
        for (index, better) in order.iter().enumerate() {
            for worse in &order[index..] {
                assert_eq!(better.worst(*worse), *worse);
                assert_eq!(worse.worst(*better), *worse);
            }
        }
        assert_eq!((Exit::Environment as u8, Exit::Threshold as u8, Exit::Inconclusive as u8), (4, 5, 6));
    }
}
