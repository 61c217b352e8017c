//! [`LoadError`]: why no load could be run.

/// Why a profile could not be read or an attack not be run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file could not be read.
    #[error("cannot read the load profile {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// The file says something that makes no profile.
    #[error("{path}:{line}: {message}")]
    Profile {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong, and what to write instead.
        message: String,
    },
    /// The HTTP client could not be made.
    #[error("no HTTP client: {0}")]
    Client(#[source] reqwest::Error),
    /// goose refused or gave up.
    #[error("the attack could not be run: {0}")]
    Attack(String),
}
