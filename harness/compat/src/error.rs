//! [`CompatError`]: why something could not be done with a contract.

/// Why an import failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompatError {
    /// What was written can't be read again.
    #[error(
        "the tidy contract would not be read as what it was made of ({reason}): keep the original file, and report this"
    )]
    Unreadable {
        /// What is wrong with it.
        reason: String,
    },
}
