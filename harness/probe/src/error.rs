//! [`ProbeError`]: why a service can't be probed.

/// A service that can't be probed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// Nobody answers at the address.
    #[error("{url} gives no answer: {reason}; is the service running there?")]
    Unreachable {
        /// The address.
        url: String,
        /// What the client says.
        reason: String,
    },
    /// The HTTP client can't be set up.
    #[error("the HTTP client can't be set up: {0}")]
    Client(String),
    /// No operation of the contract is selected.
    #[error("{0}")]
    Nothing(String),
}
