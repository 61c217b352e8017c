//! The words of `dryrun contract`: [`ContractArgs`].

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum, ValueHint};

/// `dryrun contract`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  dryrun contract diff old.yaml new.yaml
  dryrun contract import http://localhost:8000 --out schemas/service.yaml
  dryrun contract lint schemas/crm/openapi.yaml")]
pub(crate) struct ContractArgs {
    /// What to do with the contract
    #[command(subcommand)]
    pub(crate) command: ContractCommand,
}

/// The commands for contracts.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ContractCommand {
    /// Say what a new version of a contract breaks, and for whom
    #[command(after_help = "Examples:
  dryrun contract diff old.yaml new.yaml                  exit 1 if who calls the API breaks
  dryrun contract diff old.yaml new.yaml --for provider   exit 1 if who serves it breaks
  dryrun contract diff git:main:api.yaml api.yaml         against another state of the repository
  dryrun contract diff old.yaml new.yaml --fail-on warning
  dryrun contract diff old.yaml new.yaml --format markdown >> pull-request.md

A consumer is whoever calls the API, a provider whoever serves it, each written against OLD.
Without --for, both are told, and the breaks for consumers decide the exit code.")]
    Diff(DiffArgs),
    /// Write a tidy contract from a service's own OpenAPI document, with a list of what it leaves open
    #[command(after_help = "Examples:
  dryrun contract import http://localhost:8000 --out schemas/service.yaml
                                                 tries /openapi.json, /openapi.yaml, … there
  dryrun contract import https://api.example.com/v3/openapi.json
                                                 exactly this address, to standard output
  dryrun contract import api/openapi.yaml --out schemas/api.yaml
                                                 several files into one

This is the one command that fetches something, and only what was named.")]
    Import(ImportArgs),
    /// Say where a contract can't be trusted as a gate
    #[command(after_help = "Examples:
  dryrun contract lint schemas/crm/openapi.yaml
  dryrun contract lint schemas/*/openapi.yaml --deny warning
  dryrun contract lint api.yaml --format markdown")]
    Lint(LintArgs),
}

/// `dryrun contract diff`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DiffArgs {
    /// The contract as it was: a file, or git:REVISION:PATH
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) old: String,
    /// The contract as it is
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) new: String,
    /// Only what concerns them [default: tell both, judge by consumers]
    #[arg(long = "for", value_enum, value_name = "WHOM")]
    pub(crate) party: Option<Whom>,
    /// How to print
    #[arg(long, value_enum, default_value_t = ContractFormat::Text)]
    pub(crate) format: ContractFormat,
    /// From which severity on the exit code is 1
    #[arg(long, value_enum, default_value_t = FailOn::Break)]
    pub(crate) fail_on: FailOn,
}

/// Whom a change breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Whom {
    /// Whoever calls the API
    Consumer,
    /// Whoever serves the API
    Provider,
    /// Either of them
    Both,
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ContractFormat {
    Text,
    Json,
    Markdown,
}

/// What makes the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Break,
    Warning,
    Never,
}

/// `dryrun contract import`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ImportArgs {
    /// The address of a service or of its document, or a file
    #[arg(value_name = "URL|FILE")]
    pub(crate) source: String,
    /// Where to write it [default: standard output]
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) out: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// `dryrun contract lint`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LintArgs {
    /// The contracts
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Every hint; without it, one line a rule
    #[arg(long)]
    pub(crate) all: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = ContractFormat::Text)]
    pub(crate) format: ContractFormat,
    /// From which severity on the exit code is 1
    #[arg(long, value_enum, default_value_t = Deny::Error)]
    pub(crate) deny: Deny,
}

/// What makes the exit code of a lint 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    Error,
    Warning,
    Hint,
}
