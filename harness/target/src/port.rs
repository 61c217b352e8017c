//! Ports on the loopback address.

use std::io;

use tokio::net::TcpListener;

use crate::error::TargetError;
use crate::owner::describe_owner;

/// A TCP port of 127.0.0.1 that nobody listens on at the moment. Nothing reserves it: another process may take it
/// before the caller does.
pub async fn free_port() -> Result<u16, TargetError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(TargetError::NoPort)?;
    Ok(listener.local_addr().map_err(TargetError::NoPort)?.port())
}

/// Fails with the owner's name when somebody listens on `port` already. Other obstacles (a port below 1024 without
/// the right to it) are left for the service to report: it may have rights that we lack.
pub(crate) async fn require_free(port: u16) -> Result<(), TargetError> {
    match TcpListener::bind(("127.0.0.1", port)).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            Err(TargetError::PortTaken { port, owner: describe_owner(port) })
        }
        _ => Ok(()),
    }
}

/// Whether a log says that an address was taken, in the words of libc, Rust, Go, Node, Python and Java.
pub(crate) fn says_in_use(log: &[String]) -> bool {
    const WORDS: [&str; 4] =
        ["address already in use", "address in use", "eaddrinuse", "port already in use"];
    log.iter().any(|line| {
        let line = line.to_lowercase();
        WORDS.iter().any(|words| line.contains(words))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let port = free_port().await.unwrap();
        require_free(port).await.unwrap();
        let held = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = held.local_addr().unwrap().port();
        let error = require_free(port).await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("port {port} of 127.0.0.1 is taken by ")), "{error}");
        #[cfg(target_os = "linux")]
        assert!(error.contains(&format!("(pid {})", std::process::id())), "{error}");
    }

    #[test]
    fn the_words_of_a_clash_are_known() {
        let log = |line: &str| vec!["starting".to_owned(), line.to_owned()];
        assert!(says_in_use(&log("Error: listen EADDRINUSE: address already in use 127.0.0.1:80")));
        assert!(says_in_use(&log("OSError: [Errno 98] Address already in use")));
        assert!(!says_in_use(&log("cannot read config")));
    }
}
