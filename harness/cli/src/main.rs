//! `dryrun`: the command line. It reads arguments and configuration, wires the rooms together, and turns what they say
//! into text and an exit code.

mod args;
mod commands;
mod config;
mod conventions;
mod exit;
mod interrupts;
mod plan;
mod style;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::args::load::LoadCommand;
use crate::args::{Args, Command};
use crate::exit::{Exit, Stop};

fn main() -> ExitCode {
    // First of all, and past clap: the guard starts itself again and must see exactly the words behind `--`.
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let [guard, dashes, command @ ..] = words.as_slice()
        && guard == "guard"
        && dashes == "--"
    {
        return dryrun_target::guard_main(command.to_vec());
    }
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Passed.into() };
        }
    };
    match dispatch(args) {
        Ok(exit) => exit.into(),
        Err(Stop { exit, error }) => {
            let _ = writeln!(std::io::stderr(), "error: {}", told(&error));
            exit.into()
        }
    }
}

/// The error with its causes. Some of ours name their cause themselves: it is not said twice.
fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn dispatch(args: Args) -> Result<Exit, Stop> {
    commands::refuse_unknown_environment(&Args::command())?;
    let Args { command, global } = args;
    match command {
        Command::Steps(args) => commands::steps::steps(&args, &global),
        Command::Init(args) => commands::init::init(&args),
        Command::Report(args) => commands::report::report(&args, &global),
        Command::Check(args) => commands::check::check(&args, &global),
        Command::Completions { shell } => {
            let mut out = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "dryrun", &mut out);
            commands::print(&String::from_utf8_lossy(&out));
            Ok(Exit::Passed)
        }
        Command::Run(args) => on_runtime(commands::run::run(*args, global)),
        Command::Mock(args) => on_runtime(commands::mock::mock(args, global)),
        Command::Contract(args) => on_runtime(commands::contract::contract(args, global)),
        Command::Probe(args) => on_runtime(commands::probe::probe(*args, global)),
        Command::Verify(args) => on_runtime(commands::verify::verify(*args, global)),
        Command::Load(args) => match args.command {
            Some(LoadCommand::Merge(args)) => commands::merge::merge(&args, &global),
            None => on_runtime(commands::load::load(args.run, global)),
        },
        Command::Baseline(args) => on_runtime(commands::baseline::baseline(args, global)),
        Command::Generator { list_faults: true } => {
            for (name, meaning) in dryrun_generator::known_faults() {
                commands::print(&format!("{name}\t{meaning}\n"));
            }
            Ok(Exit::Passed)
        }
        Command::Generator { list_faults: false } => on_runtime(async {
            dryrun_generator::run_from_env().await.map_err(Stop::environment)?;
            Ok(Exit::Passed)
        }),
    }
}

fn on_runtime(work: impl Future<Output = Result<Exit, Stop>>) -> Result<Exit, Stop> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Stop::environment)?;
    let result = runtime.block_on(work);
    // A server task that hangs must not keep us: what matters was written.
    runtime.shutdown_background();
    result
}
