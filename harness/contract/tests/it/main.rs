//! Contracts judged from outside, as the rooms above use them.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report, helpers included")]

mod answers;
mod corpus;
mod coverage;
mod documents;
mod finding;
mod generate;
mod generate_cases;
mod inspect;
mod json_schema;
mod property;
mod requests;
mod schema_set;
mod shipped;
mod shop;
