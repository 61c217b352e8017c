//! The words of `dryrun verify`: [`VerifyArgs`].

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueHint;
use clap::builder::BoolishValueParser;

use crate::config::{ContractsSetting, parse_duration};

const CREDENTIALS: &str = "Credentials, from the environment only";
const WHAT: &str = "What is played";
const HOW: &str = "How";

/// `dryrun verify`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  dryrun verify crm --url https://api.example.com --list    what would be played, and what not
  dryrun verify crm --url https://api.example.com --bearer-env CRM_TOKEN
  dryrun verify crm --url https://sandbox.example.com --auth-header X-API-Key=CRM_KEY --allow-writes
  dryrun verify crm --url https://api.example.com --read 'POST /api/v1/search' --rate 30/min
  dryrun verify crm --url https://api.example.com --operation '/api/v1/contacts' --same body/limit
  dryrun verify crm --contracts strict    the address and the credentials of [verify.crm] in dryrun.toml

The documented examples of the contract and the calls that the last `dryrun run` recorded at
the mock are played against the real provider. An answer that breaks the contract is a breach,
one that our mock would not have given is drift. Reads are played freely, writes only with
--allow-writes. A breach means what `contracts` of [run] and the exceptions of dryrun.toml say;
with --contracts strict each counts that no exception bears. The table [verify.SERVICE] keeps
what would be repeated here; an option goes before it. The reports stand in
reports/out/verify-SERVICE.

Exit codes: 0 no breach and no drift · 1 a breach or drift, or nothing was played, or nothing
could be compared with a mock that has a behaviour file · 2 usage or configuration · 4 the
provider could not be reached.")]
pub(crate) struct VerifyArgs {
    /// The service whose provider is verified: a key of `[services]` in dryrun.toml
    pub(crate) service: String,
    /// Where the real provider is
    #[arg(long, value_name = "URL", env = "DRYRUN_VERIFY_URL", hide_env_values = true, value_hint = ValueHint::Url)]
    pub(crate) url: Option<String>,
    /// Print what would be played, and what not, and stop: nothing is sent
    #[arg(long, visible_alias = "dry-run")]
    pub(crate) list: bool,
    /// Folder of the reports [default: verify-SERVICE in the folder of the other reports]
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,

    /// The record of a run, whose calls to the mock are played [default: record.jsonl of the last run]
    #[arg(long, value_name = "FILE", help_heading = WHAT, value_hint = ValueHint::FilePath)]
    pub(crate) record: Option<PathBuf>,
    /// Play the documented examples only, no recorded calls
    #[arg(long, help_heading = WHAT, conflicts_with = "record")]
    pub(crate) examples_only: bool,
    /// Only this operation: 'GET /contacts', or a path for all its methods; may be given several times
    #[arg(long = "operation", value_name = "OPERATION", help_heading = WHAT)]
    pub(crate) operations: Vec<String>,
    /// Play calls that change something at the provider as well
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true",
        value_parser = BoolishValueParser::new(), hide_possible_values = true, help_heading = WHAT,
        env = "DRYRUN_ALLOW_WRITES", hide_env_values = true)]
    pub(crate) allow_writes: Option<bool>,
    /// An operation that only reads, whatever its method says: 'POST /search'; may be given several times
    #[arg(long = "read", value_name = "OPERATION", help_heading = WHAT)]
    pub(crate) reads: Vec<String>,
    /// With --allow-writes: a write that may touch what this verification did not make: 'DELETE /test-data'
    #[arg(long = "write", value_name = "OPERATION", help_heading = WHAT)]
    pub(crate) writes: Vec<String>,

    /// A variable with a token, sent as `Authorization: Bearer`
    #[arg(long, value_name = "VARIABLE", help_heading = CREDENTIALS, env = "DRYRUN_VERIFY_BEARER_ENV", hide_env_values = true)]
    pub(crate) bearer_env: Option<String>,
    /// A variable with user:password, sent as `Authorization: Basic`
    #[arg(long, value_name = "VARIABLE", help_heading = CREDENTIALS, env = "DRYRUN_VERIFY_BASIC_ENV", hide_env_values = true)]
    pub(crate) basic_env: Option<String>,
    /// A header and the variable that holds its value: X-API-Key=CRM_KEY; may be given several times
    #[arg(long = "auth-header", value_name = "NAME=VARIABLE", help_heading = CREDENTIALS)]
    pub(crate) auth_headers: Vec<String>,
    /// A parameter of every query and the variable that holds its value: api_key=CRM_KEY
    #[arg(long = "auth-query", value_name = "NAME=VARIABLE", help_heading = CREDENTIALS)]
    pub(crate) auth_queries: Vec<String>,

    /// How fast: 5/s, 30/min, 100/h [default: 5/s]
    #[arg(long, value_name = "RATE", help_heading = HOW, env = "DRYRUN_VERIFY_RATE", hide_env_values = true)]
    pub(crate) rate: Option<String>,
    /// The longest wait for one answer [default: 30 s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, help_heading = HOW, env = "DRYRUN_TIMEOUT", hide_env_values = true)]
    pub(crate) timeout: Option<Duration>,
    /// The longest wait, all in all, for one call that the provider answers with 429 [default: 60 s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, help_heading = HOW)]
    pub(crate) wait_at_most: Option<Duration>,
    /// A place whose value has to be the same as the mock's, not only its structure: 'GET /contacts body/limit'
    #[arg(long, value_name = "PLACE", help_heading = HOW)]
    pub(crate) same: Vec<String>,
    /// A place whose drift is told and fails nothing: 'GET /contacts body/contacts/*/phone'
    #[arg(long, value_name = "PLACE", help_heading = HOW)]
    pub(crate) allow_drift: Vec<String>,
    /// What a breach of the contract means, where no exception says it [default: `contracts` of `[run]`, else strict]
    #[arg(long, value_enum, help_heading = HOW, env = "DRYRUN_CONTRACTS", hide_env_values = true)]
    pub(crate) contracts: Option<ContractsSetting>,
    /// Seed of what our mock makes up [default: 1]
    #[arg(long, value_name = "NUMBER", help_heading = HOW, env = "DRYRUN_SEED", hide_env_values = true)]
    pub(crate) seed: Option<u64>,
}
