//! The living descendants of a process, from `/proc`: also those that left its process group by `setsid`.

use std::collections::BTreeMap;

/// A process as `/proc/PID/stat` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    pub(crate) group: i32,
    pub(crate) zombie: bool,
}

/// All descendants of `root` that still run, zombies left out. Empty where there is no `/proc`.
pub(crate) fn descendants(root: i32) -> Vec<Process> {
    below(root, &snapshot())
}

fn snapshot() -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit))
        .filter_map(|entry| parse(&std::fs::read_to_string(entry.path().join("stat")).ok()?))
        .collect()
}

fn below(root: i32, all: &[Process]) -> Vec<Process> {
    let mut children: BTreeMap<i32, Vec<Process>> = BTreeMap::new();
    for process in all {
        children.entry(process.parent).or_default().push(*process);
    }
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(parent) = open.pop() {
        // `remove`: a snapshot taken while processes come and go could hold a circle.
        for process in children.remove(&parent).unwrap_or_default() {
            open.push(process.pid);
            if !process.zombie {
                found.push(process);
            }
        }
    }
    found
}

/// proc_pid_stat(5): `pid (comm) state ppid pgrp …`; comm may itself hold blanks and brackets.
fn parse(stat: &str) -> Option<Process> {
    let (head, rest) = stat.rsplit_once(") ")?;
    let pid = head.split(' ').next()?.parse().ok()?;
    let mut fields = rest.split(' ');
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    Some(Process { pid, parent, group, zombie: matches!(state, "Z" | "X") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_name_does_not_confuse() {
        let process = parse("42 (a) S 1 (b)) Z 7 9 9 0 -1").unwrap();
        assert_eq!(process, Process { pid: 42, parent: 7, group: 9, zombie: true });
        assert_eq!(parse("garbage"), None);
    }

    #[test]
    fn grandchildren_of_zombies_are_found() {
        let process = |pid, parent, zombie| Process { pid, parent, group: pid, zombie };
        let all = [process(2, 1, true), process(3, 2, false), process(4, 9, false), process(9, 4, false)];
        let pids: Vec<i32> = below(1, &all).iter().map(|process| process.pid).collect();
        assert_eq!(pids, [3]);
        assert_eq!(below(4, &all).len(), 2, "a circle ends");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_living_child_is_seen() {
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(descendants(own).iter().any(|process| process.pid == pid));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(descendants(own).iter().all(|process| process.pid != pid));
    }
}
