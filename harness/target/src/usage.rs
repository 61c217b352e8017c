//! What a started service uses of the machine: CPU time and memory of its process and all below it, from `/proc`.

use crate::descendants::descendants;

/// CPU time and memory at a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time since its start, children that have ended included, in microseconds. Counted in the system's ticks,
    /// mostly 10 ms.
    pub cpu_us: u64,
    /// Resident memory, in KiB. What processes share counts once for each.
    pub memory_kib: u64,
}

/// So many readings go by before processes below are looked for again: that means looking at all of the system.
const LOOK_EVERY: u32 = 10;

/// Reads what a process and all below it use.
#[derive(Debug, Clone)]
pub struct UsageReader {
    root: u32,
    below: Vec<u32>,
    readings: u32,
    /// A child that ended and was waited for by nobody of the tree must not take its time back.
    most_us: u64,
}

impl UsageReader {
    /// For this process.
    pub fn new(pid: u32) -> Self {
        Self { root: pid, below: Vec::new(), readings: 0, most_us: 0 }
    }

    /// What they use now; `None` when the process is gone, or the system does not tell.
    pub fn read(&mut self) -> Option<Usage> {
        let mut sum = stat(self.root)?;
        if self.readings.is_multiple_of(LOOK_EVERY) {
            let below = i32::try_from(self.root).map(descendants).unwrap_or_default();
            self.below = below.into_iter().filter_map(|process| u32::try_from(process.pid).ok()).collect();
        }
        self.readings = self.readings.wrapping_add(1);
        for one in self.below.iter().filter_map(|pid| stat(*pid)) {
            sum.cpu_us += one.cpu_us;
            sum.memory_kib += one.memory_kib;
        }
        self.most_us = self.most_us.max(sum.cpu_us);
        Some(Usage { cpu_us: self.most_us, memory_kib: sum.memory_kib })
    }
}

fn stat(pid: u32) -> Option<Usage> {
    parse(
        &std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?,
        rustix::param::clock_ticks_per_second(),
        rustix::param::page_size() as u64,
    )
}

/// proc_pid_stat(5): `pid (comm) state …`; comm may itself hold blanks and brackets. The time of children that were
/// waited for is their parent's.
fn parse(stat: &str, ticks: u64, page: u64) -> Option<Usage> {
    let (_, rest) = stat.rsplit_once(") ")?;
    if rest.starts_with(['Z', 'X']) {
        return None;
    }
    let fields: Vec<u64> = rest.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect();
    let field = |number: usize| fields.get(number - 3).copied();
    let all: u64 = (14..=17).map(field).sum::<Option<u64>>()?;
    Some(Usage { cpu_us: all * 1_000_000 / ticks.max(1), memory_kib: field(24)? * page / 1024 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_manual() {
        let line = "42 (a) b) S 1 42 42 0 -1 4194304 100 0 0 0 7 3 2 1 20 0 4 0 12345 1000000 256 1844 0";
        assert_eq!(parse(line, 100, 4096), Some(Usage { cpu_us: 130_000, memory_kib: 1024 }));
        assert_eq!(parse("garbage", 100, 4096), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_child_that_works_counts_and_stays_counted_when_it_is_gone() {
        let work = |count: u32| format!("i=0; while [ $i -lt {count} ]; do i=$((i+1)); done");
        // The shell works in a child of its own, then says so and waits.
        let mut shell = std::process::Command::new("sh")
            .args(["-c", &format!("({}; exit 0); echo done; read _", work(400_000))])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut reader = UsageReader::new(shell.id());
        let first = reader.read().unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(shell.stdout.take().unwrap()), &mut line)
            .unwrap();
        let after = reader.read().unwrap();
        assert!(after.memory_kib > 0 && after.cpu_us >= first.cpu_us + 50_000, "{first:?} {after:?}");
        assert!(reader.read().unwrap().cpu_us >= after.cpu_us);
        shell.kill().unwrap();
        shell.wait().unwrap();
        assert_eq!(reader.read(), None);
    }
}
