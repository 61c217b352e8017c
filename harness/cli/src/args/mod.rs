//! The command line: [`Args`]. Every option of a run can also be set by an environment variable `DRYRUN_…`.

pub(crate) mod baseline;
pub(crate) mod contract;
pub(crate) mod load;
pub(crate) mod probe;
pub(crate) mod scale;
pub(crate) mod verify;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{Parser, Subcommand, ValueEnum, ValueHint};

use crate::config::{ContractsSetting, IsolationSetting, parse_duration};

/// A number of things that must be there.
fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("there must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("write a whole number from 1 on".to_owned()),
    }
}

/// The heading of the options that every command has.
const EVERYWHERE: &str = "Options of every command";

/// The exit codes, as every help text shows them.
const EXIT_CODES: &str =
    "Exit codes: 0 passed · 1 a check failed · 2 usage or configuration · 3 features (syntax, undefined or
ambiguous step, nothing selected) · 4 environment or internal · 5 a threshold of a load run was missed, or it is
slower than its baseline · 6 a load run is inconclusive. The worst wins, in the order 4 2 3 1 5 6.";

/// Rehearse every workflow of a service against mocks of what it publishes through, before go-live.
#[derive(Debug, Parser)]
#[command(
    name = "dryrun",
    version,
    about,
    after_help = EXIT_CODES,
    after_long_help = concat!(
        "Examples:\n",
        "  dryrun init                        write a commented dryrun.toml and a first feature\n",
        "  dryrun check                       everything wrong in all features, before any traffic\n",
        "  dryrun run                         rehearse everything; reports under reports/out/\n",
        "  dryrun run features/preview.feature:12\n",
        "  dryrun mock                        the mocks alone, on their ports\n",
        "  dryrun steps                       what a feature can say\n",
        "  dryrun load                        ten seconds of load on it; docs/load.md is the guide\n\n",
        "Exit codes: 0 passed, 1 a check failed, 2 usage or configuration, 3 features (syntax, undefined or\n",
        "ambiguous step, nothing selected), 4 environment or internal, 5 a threshold of a load run was missed,\n",
        "or it is slower than its baseline, 6 a load run is inconclusive. The worst wins, in the order 4 2 3 1 5 6."
    )
)]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

/// Options of every command.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Global {
    /// The configuration file [default: dryrun.toml in the current folder]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "FILE", env = "DRYRUN_CONFIG", hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// The profile of the configuration to lay over it: [profiles.NAME]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "NAME", env = "DRYRUN_PROFILE", hide_env_values = true)]
    pub(crate) profile: Option<String>,
    /// Colours: when the output is a terminal, always or never (NO_COLOR is honoured)
    #[arg(long, global = true, help_heading = EVERYWHERE, value_enum, default_value_t = Color::Auto, env = "DRYRUN_COLOR", hide_env_values = true)]
    pub(crate) color: Color,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Rehearse: start mocks and service, run the features, write the reports, say GO or NO-GO
    #[command(after_help = "Examples:
  dryrun run                                    everything, as configured
  dryrun run features/batch.feature             one file
  dryrun run features/batch.feature:31          the scenario at line 31
  dryrun run --tags '@smoke and not @slow'      by tags
  dryrun run --name 'preview'                   by name (a regular expression)
  dryrun run --shard 2/3                        the second of three equal parts
  dryrun run --rerun reports/out/failed.txt     what failed last time
  dryrun run --profile staging --fail-fast      against another target, stop at the first failure
  dryrun run --order random:7 --seed 7          shuffled; the same numbers give the same run
  dryrun run --target-url http://localhost:8000 attach to a service that runs already
  dryrun run --env LOG_LEVEL=debug              one more variable for the service that is started")]
    Run(Box<RunArgs>),
    /// Find everything wrong in features and configuration, without any traffic
    #[command(after_help = "Examples:
  dryrun check                       all features of the configuration
  dryrun check features/new.feature  one file
  dryrun check --tags @smoke         and say how many scenarios that selects")]
    Check(CheckArgs),
    /// Serve the mocks on their ports until Ctrl-C, showing the calls as they come
    #[command(after_help = "Examples:
  dryrun mock                   every service, on its port (the CRM on 8001, the Platform on 8002)
  dryrun mock crm --port 0      one service, on a free port
  dryrun mock --seed 7          with other generated data
  dryrun mock --contract openapi.yaml --port 8080
                                any contract, without a configuration and a behaviour file
  dryrun mock --contract a.yaml --contract b.yaml --security
                                two at once; 401 for calls without what the contracts ask for
  dryrun mock --contract openapi.yaml --key s3cret --key ana:password
                                and for calls with any other key

A mock without a behaviour file answers documented examples first, otherwise made-up answers that
honour the contract, the same for the same --seed. What POST makes, GET gives back, lists and pages
show, PATCH changes, DELETE removes. What can't be answered within the contract is answered 501.
A client can wish:
  curl -H 'Prefer: code=404' URL            the documented answer of this status
  curl -H 'Prefer: example=\"two words\"' URL  the documented example of this name
  curl -H 'Prefer: dynamic=true' URL        made up anew with each call
  curl -H 'Accept: text/csv' URL            in this documented media type
docs/mock.md tells the rest.")]
    Mock(MockArgs),
    /// Print what a feature can say, with examples
    #[command(after_help = "Examples:
  dryrun steps                       to read
  dryrun steps received nothing      only phrases with these words
  dryrun steps --format markdown     as docs/steps.md has it")]
    Steps(StepsArgs),
    /// Write a commented dryrun.toml and a first feature for your own service
    #[command(after_help = "Examples:
  dryrun init                        in the current folder; nothing is overwritten
  dryrun init --url http://localhost:3000
  dryrun init rehearsal              in that folder")]
    Init(InitArgs),
    /// Draw reports from a run record
    #[command(after_help = "Examples:
  dryrun report                                     the summary of the last run
  dryrun report old/record.jsonl --html page.html   the page of an older run
  dryrun report --junit junit.xml --markdown run.md

The exit code is that of the verdict: 0 for GO, 1 for NO-GO; for a load run 5 or 6 as well. The record of a killed run is readable, and a NO-GO.")]
    Report(ReportArgs),
    /// Put load on the service with a profile, and say GO or NO-GO
    Load(Box<load::LoadArgs>),
    /// Keep, list and compare the baselines of load runs
    Baseline(baseline::BaselineArgs),
    /// Compare two versions of a contract, import one, or lint one
    Contract(contract::ContractArgs),
    /// Send a service requests at and beyond every bound of its contract
    Probe(Box<probe::ProbeArgs>),
    /// Hold the real provider against its contract and against our mock of it
    Verify(Box<verify::VerifyArgs>),
    /// Print shell completions
    #[command(after_help = "Examples:
  dryrun completions bash > ~/.local/share/bash-completion/completions/dryrun
  dryrun completions zsh > ~/.zfunc/_dryrun
  dryrun completions fish > ~/.config/fish/completions/dryrun.fish")]
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// The stand-in generator, configured by its environment variables
    #[command(hide = true)]
    Generator {
        /// Print the seeded faults that STANDIN_FAULTS takes, and stop
        #[arg(long)]
        list_faults: bool,
    },
}

/// Which scenarios.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct SelectArgs {
    /// Feature files, folders, or file.feature:LINE [default: `features` of the configuration]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<String>,
    /// Only scenarios whose tags fulfil this expression: '@smoke and not @slow'
    #[arg(long, value_name = "EXPRESSION", env = "DRYRUN_TAGS", hide_env_values = true)]
    pub(crate) tags: Option<String>,
    /// Only scenarios whose name matches this regular expression
    #[arg(long, value_name = "REGEX", env = "DRYRUN_NAME", hide_env_values = true)]
    pub(crate) name: Option<String>,
    /// Only the I-th of N parts: 1/3
    #[arg(long, value_name = "I/N", env = "DRYRUN_SHARD", hide_env_values = true)]
    pub(crate) shard: Option<String>,
    /// Only what this file lists, one file.feature:LINE a line
    #[arg(long, value_name = "FILE", env = "DRYRUN_RERUN", hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub(crate) rerun: Option<PathBuf>,
    /// Order of the scenarios: `defined`, or `random:SEED`
    #[arg(long, value_name = "ORDER", env = "DRYRUN_ORDER", hide_env_values = true)]
    pub(crate) order: Option<String>,
}

/// `dryrun run`.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    /// Attach to the service at this address instead of starting one
    #[arg(long, value_name = "URL", env = "DRYRUN_TARGET_URL", hide_env_values = true, value_hint = ValueHint::Url)]
    pub(crate) target_url: Option<String>,
    /// How many scenarios at once
    #[arg(long, short, value_name = "N", env = "DRYRUN_JOBS", hide_env_values = true, value_parser = at_least_one)]
    pub(crate) jobs: Option<usize>,
    /// How many copies of the service, each with its own mocks
    #[arg(long, value_name = "N", env = "DRYRUN_WORKERS", hide_env_values = true, value_parser = at_least_one)]
    pub(crate) workers: Option<usize>,
    /// How scenarios are kept apart at the mocks
    #[arg(long, value_enum, env = "DRYRUN_ISOLATION", hide_env_values = true)]
    pub(crate) isolation: Option<IsolationSetting>,
    /// What a breach of a contract does
    #[arg(long, value_enum, env = "DRYRUN_CONTRACTS", hide_env_values = true)]
    pub(crate) contracts: Option<ContractsSetting>,
    /// Start nothing more after the first failure
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
        value_parser = BoolishValueParser::new(), hide_possible_values = true, env = "DRYRUN_FAIL_FAST", hide_env_values = true)]
    pub(crate) fail_fast: Option<bool>,
    /// Seed of everything generated [default: 1; with a service that runs already, another each time]
    #[arg(long, value_name = "NUMBER", env = "DRYRUN_SEED", hide_env_values = true)]
    pub(crate) seed: Option<u64>,
    /// Time limit of a scenario: '90 s', '2 min' [default: 60 s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, env = "DRYRUN_TIMEOUT", hide_env_values = true)]
    pub(crate) timeout: Option<Duration>,
    /// Folder of the reports [default: reports/out]
    #[arg(long, value_name = "FOLDER", env = "DRYRUN_OUT", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
    /// Write the snapshots that are missing or differ, in place of comparing them
    #[arg(long, value_parser = BoolishValueParser::new(), env = "DRYRUN_UPDATE_SNAPSHOTS", hide_env_values = true)]
    pub(crate) update_snapshots: bool,
    /// Variable for the service, beside those of `[target] env`; may be given several times
    #[arg(long = "env", value_name = "NAME=VALUE")]
    pub(crate) env: Vec<String>,
}

/// `dryrun check`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) select: SelectArgs,
}

/// `dryrun mock`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct MockArgs {
    /// Which services [default: all of the configuration]
    pub(crate) services: Vec<String>,
    /// Port; 0 for free ones. With several services only 0 makes sense [default: each service's own]
    #[arg(long, value_name = "PORT", env = "DRYRUN_PORT", hide_env_values = true)]
    pub(crate) port: Option<u16>,
    /// Address to listen on
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1",
        env = "DRYRUN_HOST",
        hide_env_values = true
    )]
    pub(crate) host: std::net::IpAddr,
    /// Mock this OpenAPI document, in place of the services of the configuration. Can be given several times
    #[arg(long = "contract", value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "services")]
    pub(crate) contracts: Vec<PathBuf>,
    /// What to call the service of `--contract` [default: the title of the contract]
    #[arg(long, value_name = "NAME", requires = "contracts")]
    pub(crate) title: Option<String>,
    /// Answer 401 to calls without the key or token that the contract's security requirements ask for
    #[arg(long)]
    pub(crate) security: bool,
    /// Let in only calls with this key, token or `user:password`, where the contract asks for one; any other is answered
    /// 401. Can be given several times. Implies --security
    #[arg(long = "key", value_name = "KEY")]
    pub(crate) keys: Vec<String>,
    /// Seed of everything generated [default: 1]
    #[arg(long, value_name = "NUMBER", env = "DRYRUN_SEED", hide_env_values = true)]
    pub(crate) seed: Option<u64>,
    /// Show nothing but the addresses
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// `dryrun steps`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct StepsArgs {
    /// Only phrases in which all these words stand
    pub(crate) words: Vec<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = StepsFormat::Text)]
    pub(crate) format: StepsFormat,
}

/// How to print the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StepsFormat {
    Text,
    Markdown,
    Json,
}

/// `dryrun init`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct InitArgs {
    /// Folder to write into
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) folder: PathBuf,
    /// Where your service listens
    #[arg(long, value_name = "URL", default_value = "http://localhost:8000", value_hint = ValueHint::Url)]
    pub(crate) url: String,
}

/// `dryrun report`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ReportArgs {
    /// The run record, JSON lines
    #[arg(default_value = "reports/out/record.jsonl", value_hint = ValueHint::FilePath)]
    pub(crate) record: PathBuf,
    /// Write the HTML page here
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write JUnit XML here
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Write the JSON summary here
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write the Markdown summary here
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Args;

    #[test]
    fn the_command_line_holds_together() {
        Args::command().debug_assert();
    }
}
