//! [`BaselineError`]: why a baseline or a history could not be read or written.

/// Why a baseline or a history could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// It could not be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// It says something that makes no baseline.
    #[error("{path}:{line}: {message}")]
    Content {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong, and what to do instead.
        message: String,
    },
    /// There can be no baseline of this name.
    #[error(
        "`{name}` can't be the name of a baseline: write letters, digits, `-`, `_` and `.`, a letter or digit first"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// Runs that make no baseline.
    #[error("{0}")]
    Runs(String),
}
