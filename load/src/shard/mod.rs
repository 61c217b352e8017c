//! One load from many machines: each shard makes a part of it and prints a [`Shard`] as text ([`write()`]); [`read`] finds
//! these texts in files and logs, and [`merge`] makes one result of them.
//!
//! Thresholds are judged on the merge alone: a quantile of quantiles is none. What is merged are histograms with the same
//! bounds everywhere, bucket by bucket, so the merge is what one process would have found that had measured everything.
//! Whatever makes the parts less than a whole (a shard is missing, began late, has a clock that is off) makes the verdict
//! inconclusive.

mod clock;
mod merge;
mod part;
mod sums;
mod text;

pub use clock::{Clock, ClockWatch};
pub use merge::{Limits, Merged, merge};
pub use part::{RunKey, Shard};
pub use text::{PREFIX, Reading, read, write};

#[cfg(test)]
mod log_tests;
#[cfg(test)]
mod tests;
