//! What `load/bench/compare.py` measures, each in a process of its own: loops around raw reqwest and raw hyper, a goose
//! attack as its book writes one (and the body read), and our own load.
//!
//! `load-bench-client reqwest|hyper|goose|crew|ours URL USERS SECONDS [full|off|sample]`

#![allow(clippy::print_stdout, reason = "what came of it is what this prints")]

#[path = "clients/others.rs"]
mod others;
#[path = "clients/ours.rs"]
mod ours;

use std::time::Duration;

fn main() {
    let mut args = std::env::args().skip(1);
    let mut word = || args.next();
    let kind = word().expect("a kind of client");
    let url = word().expect("the server's address");
    let users: usize = word().and_then(|word| word.parse().ok()).expect("how many users");
    let lasts = word().and_then(|word| word.parse().ok()).map(Duration::from_secs_f64).expect("how long");
    let contracts = word();
    match kind.as_str() {
        "reqwest" => one_thread().block_on(others::reqwest(&url, users, lasts)),
        "hyper" => one_thread().block_on(others::hyper(&url, users, lasts)),
        // As `#[tokio::main]` does it.
        "goose" => many_threads().block_on(others::goose(&url, users, lasts)),
        "crew" => one_thread().block_on(ours::crew(&url, users, lasts, contracts.as_deref())),
        "ours" => many_threads().block_on(ours::load(&url, users, lasts, contracts.as_deref())),
        other => panic!("`{other}` is no kind of client"),
    }
}

fn one_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn many_threads() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}
