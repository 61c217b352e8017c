//! The fingerprint of this machine: [`machine`], and what differs between two: [`differences`].

use dryrun_record::load::Machine;

use crate::resources::cores;

/// This machine, as far as it tells.
pub fn machine() -> Machine {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let built = if cfg!(debug_assertions) { "not optimised" } else { "optimised" };
    Machine {
        cpu: cpu(&read("/proc/cpuinfo")).unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        cores: cores(),
        memory_mib: memory_mib(&read("/proc/meminfo")).unwrap_or_default(),
        os: os(&read("/etc/os-release")).unwrap_or_else(|| std::env::consts::OS.to_owned()),
        kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        dryrun: format!("{} ({built})", env!("CARGO_PKG_VERSION")),
    }
}

fn cpu(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("model name") || line.starts_with("Model"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn memory_mib(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? / 1024)
}

fn os(text: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(line.trim_matches('"').to_owned())
}

/// What differs between the machine of old runs and that of new ones, one sentence each. What a system does not tell is no
/// difference.
pub fn differences(old: &Machine, new: &Machine) -> Vec<String> {
    let mut told = Vec::new();
    let mut tell = |what: &str, old: String, new: String| {
        if old != new && !old.is_empty() && !new.is_empty() {
            told.push(format!("{what}: {old} then, {new} now"));
        }
    };
    let number = |value: u64, unit: &str| if value == 0 { String::new() } else { format!("{value}{unit}") };
    tell("another CPU", old.cpu.clone(), new.cpu.clone());
    tell("another number of cores", number(old.cores.into(), ""), number(new.cores.into(), ""));
    // A virtual machine does not always get the same to the last megabyte.
    if old.memory_mib.abs_diff(new.memory_mib) * 10 > old.memory_mib {
        tell("another size of memory", number(old.memory_mib, " MiB"), number(new.memory_mib, " MiB"));
    }
    tell("another operating system", old.os.clone(), new.os.clone());
    tell("another kernel", old.kernel.clone(), new.kernel.clone());
    tell("another dryrun", old.dryrun.clone(), new.dryrun.clone());
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_tells_is_read() {
        assert_eq!(cpu("processor\t: 0\nmodel name\t: Fast One\n").as_deref(), Some("Fast One"));
        assert_eq!(memory_mib("MemTotal:       8048576 kB\nMemFree: 1 kB"), Some(7859));
        assert_eq!(os("NAME=\"X\"\nPRETTY_NAME=\"Debian 13\"\n").as_deref(), Some("Debian 13"));
        assert!(machine().cores > 0);
    }

    #[test]
    fn each_difference_is_told_and_nothing_else() {
        let here =
            Machine { cpu: "A".into(), cores: 4, memory_mib: 8000, os: "O".into(), ..Machine::default() };
        assert_eq!(differences(&here, &here), Vec::<String>::new());
        let there =
            Machine { cpu: "B".into(), cores: 8, memory_mib: 8100, kernel: "6".into(), ..here.clone() };
        assert_eq!(
            differences(&here, &there),
            ["another CPU: A then, B now", "another number of cores: 4 then, 8 now"]
        );
        let small = Machine { memory_mib: 2000, ..here.clone() };
        assert_eq!(differences(&here, &small), ["another size of memory: 8000 MiB then, 2000 MiB now"]);
    }
}
