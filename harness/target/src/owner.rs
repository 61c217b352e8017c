//! Who holds a port: read from `/proc` on Linux, unknown elsewhere.

use std::fmt;

/// A process that listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortOwner {
    /// Its process id.
    pub pid: u32,
    /// Its name as the system shows it, at most 15 characters on Linux.
    pub name: String,
}

impl fmt::Display for PortOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", self.name, self.pid)
    }
}

/// The process that listens on TCP port `port` of any local address; `None` where that cannot be found out: not on
/// Linux, or the process belongs to another user.
pub fn port_owner(port: u16) -> Option<PortOwner> {
    #[cfg(target_os = "linux")]
    return linux::port_owner(port);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = port;
        None
    }
}

/// [`port_owner`] in words for an error message.
pub(crate) fn describe_owner(port: u16) -> String {
    port_owner(port).map_or_else(|| "a process that is not known".to_owned(), |owner| owner.to_string())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;

    use super::PortOwner;

    /// `TCP_LISTEN` in the table's hexadecimal.
    const LISTEN: &str = "0A";

    pub(super) fn port_owner(port: u16) -> Option<PortOwner> {
        let sockets: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
            .iter()
            .filter_map(|table| fs::read_to_string(table).ok())
            .flat_map(|table| inodes(&table, port))
            .map(|inode| format!("socket:[{inode}]"))
            .collect();
        if sockets.is_empty() {
            return None;
        }
        fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            let holds = fs::read_dir(entry.path().join("fd")).ok()?.flatten().any(|fd| {
                fs::read_link(fd.path())
                    .ok()
                    .is_some_and(|to| to.to_str().is_some_and(|to| sockets.iter().any(|socket| socket == to)))
            });
            let name = || fs::read_to_string(entry.path().join("comm")).ok();
            holds.then(|| PortOwner {
                pid,
                name: name().map_or_else(|| "?".to_owned(), |name| name.trim().to_owned()),
            })
        })
    }

    /// The inodes of the sockets that listen on `port`. Columns: `sl local_address rem_address st tx:rx tr:tm retrnsmt
    /// uid timeout inode …` (proc_net_tcp of the kernel's documentation).
    fn inodes(table: &str, port: u16) -> Vec<String> {
        let wanted = format!("{port:04X}");
        table
            .lines()
            .skip(1)
            .filter_map(|line| {
                let columns: Vec<&str> = line.split_whitespace().collect();
                let (_, local) = columns.get(1)?.rsplit_once(':')?;
                (local == wanted && columns.get(3) == Some(&LISTEN))
                    .then(|| columns.get(9).map(|i| (*i).to_owned()))?
            })
            .collect()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_found_with_its_pid() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(port_owner(port).map(|owner| owner.pid), Some(std::process::id()));
        drop(listener);
        assert_eq!(port_owner(port), None);
    }
}
