//! [`VerifyError`]: why a verification could not do its work. Breaches and drift are no errors: they are its result.

/// Why a verification could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The address of the provider can't be used.
    #[error("`{url}` is no address of a provider: {reason}; write --url https://api.example.com")]
    Url {
        /// What was given, without anything that could be a credential.
        url: String,
        /// Why not.
        reason: String,
    },
    /// A variable that should hold a credential is not there.
    #[error("{option} names the environment variable {variable}, which is {state}: export {variable} first")]
    MissingVariable {
        /// The option that names it: `--bearer-env CRM_TOKEN`.
        option: String,
        /// The variable.
        variable: String,
        /// `not set` or `empty`.
        state: &'static str,
    },
    /// A credential that can't be sent.
    #[error("{option}: {reason}")]
    Credential {
        /// The option.
        option: String,
        /// What is wrong, and what to write instead. Never the value.
        reason: String,
    },
    /// An option that is not understood.
    #[error("`{given}` {reason}")]
    Option {
        /// What was given.
        given: String,
        /// What is wrong with it, and what to write instead.
        reason: String,
    },
    /// Nobody answers there.
    #[error("the provider at {url} could not be reached: {reason}")]
    Unreachable {
        /// Where it should be.
        url: String,
        /// What happened.
        reason: String,
    },
    /// Our own mock, with which the provider is compared, could not be started.
    #[error(transparent)]
    Mock(#[from] dryrun_mocks::MockError),
    /// The client could not be made.
    #[error("the HTTP client could not be made: {reason}")]
    Client {
        /// What it said.
        reason: String,
    },
}

impl VerifyError {
    /// Whether the command line is at fault, and not the world around it.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Url { .. }
                | Self::MissingVariable { .. }
                | Self::Credential { .. }
                | Self::Option { .. }
                | Self::Mock(_)
        )
    }
}
