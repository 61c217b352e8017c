//! The stand-in generator as a program of its own, as `dryrun generator` runs it. Configured by its environment.

use std::io::Write as _;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match dryrun_generator::run_from_env().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "generator: {error}");
            ExitCode::FAILURE
        }
    }
}
