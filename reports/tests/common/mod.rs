//! Records to draw from: a rich one in which everything happens that can happen, a good one, and one as large as wanted.
#![allow(dead_code, unused_imports)] // Each test binary uses its own part.

mod builders;
mod contracts;
mod histogram;
mod load_parts;
mod load_stories;
mod stories;

pub(crate) use builders::{HOSTILE, Story, exchange, said, scenario, step};
pub(crate) use contracts::{contracts, other, wide};
pub(crate) use load_parts::{result as load_result, series, started as load_started, two_workflows};
pub(crate) use load_stories::{
    load_bad, load_capacity, load_good, load_soak, load_step, load_unclear, loads,
};
pub(crate) use stories::{good, large, rich};
