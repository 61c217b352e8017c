//! One file a command.

pub(crate) mod baseline;
pub(crate) mod check;
pub(crate) mod contract;
pub(crate) mod ending;
pub(crate) mod init;
pub(crate) mod load;
pub(crate) mod merge;
pub(crate) mod mock;
pub(crate) mod probe;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod steps;
pub(crate) mod verify;

use std::io::Write;

use crate::exit::Stop;

/// Writes to standard output. A reader that went away (`| head`) is no failure of ours.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a line to standard error.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// A `DRYRUN_…` variable that nothing reads is a typo: told, with the nearest one that exists.
pub(crate) fn refuse_unknown_environment(command: &clap::Command) -> Result<(), Stop> {
    // For the scripts around us.
    let mut known = vec!["DRYRUN_CACHE".to_owned()];
    collect(command, &mut known);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("DRYRUN_") && !known.iter().any(|known| *known == name) {
            let near = dryrun_suite::values::nearest::nearest(&name, known.iter().map(String::as_str));
            let hint = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
            return Err(Stop::usage(anyhow::anyhow!(
                "the environment variable `{name}` means nothing to dryrun{hint}"
            )));
        }
    }
    Ok(())
}

fn collect(command: &clap::Command, known: &mut Vec<String>) {
    known.extend(
        command.get_arguments().filter_map(|arg| Some(arg.get_env()?.to_string_lossy().into_owned())),
    );
    for sub in command.get_subcommands() {
        collect(sub, known);
    }
}
