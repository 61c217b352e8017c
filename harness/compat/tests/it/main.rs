//! What the comparison of contracts finds, by cases that are data; what import writes; what lint says.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic, helpers included")]

mod calls;
mod docs;
mod lint;
mod properties;
mod schemas;
mod support;
