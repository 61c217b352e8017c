//! [`FeatureError`]: why nothing can be selected.

/// What was asked for can't be selected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureError {
    /// A path that is not there.
    #[error("there is no file or folder `{path}`; {hint}")]
    Missing {
        /// As given.
        path: String,
        /// What to write instead.
        hint: String,
    },
    /// A file or folder that can't be read.
    #[error("{path} can't be read: {reason}")]
    Unreadable {
        /// As given.
        path: String,
        /// What the operating system says.
        reason: String,
    },
    /// A file that is no feature.
    #[error("{path} is no feature file: its name must end in `.feature`")]
    NotAFeature {
        /// As given.
        path: String,
    },
    /// A tag expression that can't be read.
    #[error(
        "the tag expression `{expression}` can't be read: {reason}; write it like `@smoke and not (@slow or @wip)`"
    )]
    Tags {
        /// As given.
        expression: String,
        /// What is wrong.
        reason: String,
    },
    /// A regular expression that can't be read.
    #[error("the name `{pattern}` is no regular expression: {reason}")]
    Name {
        /// As given.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// A shard that can't be.
    #[error("there is no shard {index} of {count}: write `1/3`, `2/3` or `3/3`")]
    Shard {
        /// From 1.
        index: usize,
        /// How many.
        count: usize,
    },
    /// A line of a rerun file, or a path, that names no scenario.
    #[error("{path}:{line} is no scenario: {hint}")]
    NoScenarioAt {
        /// The file.
        path: String,
        /// From 1.
        line: usize,
        /// What to write instead.
        hint: String,
    },
    /// A rerun file with a line that is no `file:line`.
    #[error("line {number} of the rerun list is no `file:line`: `{line}`")]
    Rerun {
        /// From 1.
        number: usize,
        /// As it stands there.
        line: String,
    },
    /// Nothing is left to run. A selection that matches nothing is never a pass.
    #[error("nothing is selected: {why}")]
    NothingSelected {
        /// What left nothing.
        why: String,
    },
}

impl FeatureError {
    /// Whether the words of the command are at fault (exit code 2), not what they select (3).
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Tags { .. } | Self::Name { .. } | Self::Shard { .. })
    }
}
