//! [`Verdict`]: what a comparison says.

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No slower than tolerated, with confidence.
    Passed,
    /// Slower than tolerated, with confidence; of a whole comparison: and a repeat confirmed it.
    Slower,
    /// It can't be told.
    Inconclusive,
}
