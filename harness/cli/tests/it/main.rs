//! The command line in use: exit codes, an honest harness, selection, precedence, processes, what ships.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic, helpers included")]

mod baseline;
mod contract;
mod exits;
mod gates;
mod honest;
mod load;
mod mock_contract;
mod probe;
mod processes;
mod selection;
mod settings;
mod shards;
mod shipped;
mod support;
mod verify;
