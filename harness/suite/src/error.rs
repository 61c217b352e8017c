//! [`SuiteError`]: why a run could not be started or carried through. What a scenario found out is no error.

/// The harness could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SuiteError {
    /// A mock did not start.
    #[error("the mock of {service} did not start: {reason}")]
    Mock {
        /// The service's title.
        service: String,
        /// What the mock says.
        reason: String,
    },
    /// The service under test did not start or is out of reach.
    #[error("{reason}")]
    Target {
        /// What went wrong, with its last lines of output.
        reason: String,
    },
    /// The configuration asks for what can't be.
    #[error("{0}")]
    Configuration(String),
    /// A pattern of the vocabulary does not compile: a fault of the harness.
    #[error("the phrase `{pattern}` is no Cucumber expression: {reason}")]
    Pattern {
        /// As written.
        pattern: String,
        /// What the parser says.
        reason: String,
    },
    /// The engine did not run everything that it was given.
    #[error("{0}")]
    Engine(String),
}
