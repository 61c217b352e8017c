//! Records to draw from: a rich one in which everything happens that can happen, a good one, and one as large as wanted.
#![allow(dead_code, unused_imports)] // Each test binary uses its own part.

mod builders;
mod contracts;
mod stories;

pub(crate) use builders::{Story, exchange, said, scenario, step};
pub(crate) use contracts::{contracts, other, wide};
pub(crate) use stories::{good, large, rich};
