//! [`MockError`]: why a mock could not be made or could not do what it was asked.

use std::path::PathBuf;

/// Why a mock could not be made or could not do what it was asked. A breached contract is no error: it is a value of
/// the exchange.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MockError {
    /// A file could not be read.
    #[error("cannot read the behaviour file {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something in a behaviour file does not hold.
    #[error("{file}{}: {at}: {what}", line.map(|line| format!(":{line}")).unwrap_or_default())]
    Behaviour {
        /// The file, as it was named.
        file: String,
        /// The line, from 1, where it is known.
        line: Option<usize>,
        /// The path of keys that leads to the place.
        at: String,
        /// What is wrong and what to write instead.
        what: String,
    },
    /// The contract could not be loaded.
    #[error(transparent)]
    Contract(#[from] dryrun_contract::ContractError),
    /// The wanted address is taken.
    #[error(
        "{title} cannot listen on {address}: {source}; end the program that holds the port, or choose another port (0 takes a free one)"
    )]
    Listen {
        /// The service's title.
        title: String,
        /// The address.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The engine behind the front could not be started.
    #[error("the mock engine could not be started: {0}")]
    Engine(String),
    /// A collection that the behaviour does not have.
    #[error("{title} has no collection {name:?}; it has {}", crate::nearest::listed(known))]
    UnknownCollection {
        /// The service's title.
        title: String,
        /// What was asked for.
        name: String,
        /// The collections that there are.
        known: Vec<String>,
    },
    /// An item that a collection can't hold.
    #[error("the collection {collection:?} cannot hold item {index}: {what}")]
    Item {
        /// The collection.
        collection: String,
        /// Which item, from 1.
        index: usize,
        /// Why not.
        what: String,
    },
}
