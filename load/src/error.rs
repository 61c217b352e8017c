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
    /// The file says something that makes no profile. Line, column and message are those of the first mistake; the
    /// others follow in the message, one a line, each with its own `path:line:column`.
    #[error("{path}:{line}:{column}: {message}")]
    Profile {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1, in characters.
        column: usize,
        /// What is wrong, and what to write instead.
        message: String,
    },
    /// The HTTP client could not be made.
    #[error("no HTTP client: {0}")]
    Client(#[source] reqwest::Error),
    /// The service can't be reached at all.
    #[error(transparent)]
    Address(#[from] crate::transport::AddressError),
    /// goose refused or gave up.
    #[error("the attack could not be run: {0}")]
    Attack(String),
    /// The process may not have as many connections as the profile makes.
    #[error(
        "{wanted} files and connections may be open at once with this profile, and this process may have {allowed}: \
         raise the limit ('ulimit -n {wanted}') or lower the users or max_in_flight"
    )]
    Files {
        /// How many the run may need.
        wanted: u64,
        /// The hard limit.
        allowed: u64,
    },
    /// There is nothing to play, or nobody to play it.
    #[error("{0}")]
    Nothing(String),
    /// The system refused what the load's own thread needs.
    #[error("the load's thread could not be started: {0}")]
    Thread(#[source] std::io::Error),
}
