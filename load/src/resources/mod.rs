//! What the load and the machine used: CPU and memory, as the system tells them. `None` where it does not.

mod files;

use std::time::Duration;

pub(crate) use files::allow_files;

/// CPU time of the whole machine so far, in ticks of the system: what was busy, and all there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HostCpu {
    /// Not idle.
    pub(crate) busy: u64,
    /// Idle and busy.
    pub(crate) all: u64,
}

/// CPU time of the calling thread so far.
#[cfg(target_os = "linux")]
pub(crate) fn thread_cpu() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
}

/// CPU time of the calling thread so far.
#[cfg(not(target_os = "linux"))]
pub(crate) fn thread_cpu() -> Option<Duration> {
    None
}

/// CPU time of the machine so far.
pub(crate) fn host_cpu() -> Option<HostCpu> {
    host_cpu_of(&read("/proc/stat")?)
}

/// Memory of the machine that is in use, KiB.
pub(crate) fn host_memory_kib() -> Option<u64> {
    let text = read("/proc/meminfo")?;
    Some(kib(&text, "MemTotal:")?.saturating_sub(kib(&text, "MemAvailable:")?))
}

/// Resident memory of this process, KiB.
pub(crate) fn own_memory_kib() -> Option<u64> {
    kib(&read("/proc/self/status")?, "VmRSS:")
}

/// Cores of the machine that this process may use.
pub(crate) fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX))
}

fn read(path: &str) -> Option<String> {
    if cfg!(target_os = "linux") { std::fs::read_to_string(path).ok() } else { None }
}

/// The first line of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal; what guests took is within user.
fn host_cpu_of(text: &str) -> Option<HostCpu> {
    let numbers = text.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    let numbers: Vec<u64> = numbers.take(8).map(str::parse).collect::<Result<_, _>>().ok()?;
    let all = numbers.iter().sum();
    let idle = numbers.get(3)? + numbers.get(4).copied().unwrap_or(0);
    Some(HostCpu { busy: all - idle, all })
}

/// A line such as `VmRSS:      123 kB`.
fn kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_texts_are_read() {
        let stat = "cpu  100 5 50 800 20 1 4 20 7 0\ncpu0 1 2 3 4\n";
        assert_eq!(host_cpu_of(stat), Some(HostCpu { busy: 180, all: 1000 }));
        assert_eq!(host_cpu_of("intr 5"), None);
        assert_eq!(kib("Name:\tx\nVmRSS:\t  5120 kB\n", "VmRSS:"), Some(5120));
        assert_eq!(kib("Name:\tx\n", "VmRSS:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn work_is_seen_in_the_threads_time() {
        let before = thread_cpu().unwrap();
        let mut sum = 0_u64;
        while thread_cpu().unwrap() < before + Duration::from_millis(5) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(sum > 0 && own_memory_kib().unwrap() > 100 && host_memory_kib().unwrap() > 100);
        assert!(host_cpu().unwrap().all > 0 && cores() > 0);
    }
}
