//! `dryrun contract`: compares two versions, imports one, lints some.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, anyhow};
use dryrun_compat::{Diff, Level, Party, Severity};
use dryrun_contract::Contract;
use serde_json::Value;

use crate::args::Global;
use crate::args::contract::{
    ContractArgs, ContractCommand, ContractFormat, Deny, DiffArgs, FailOn, ImportArgs, LintArgs, Whom,
};
use crate::commands::{print, tell};
use crate::exit::{Exit, Stop};
use crate::style::style;

/// Does what was asked for.
pub(crate) async fn contract(args: ContractArgs, global: Global) -> Result<Exit, Stop> {
    match args.command {
        ContractCommand::Diff(args) => diff(&args, &global),
        ContractCommand::Import(args) => import(&args).await,
        ContractCommand::Lint(args) => lint(&args),
    }
}

/// A contract from a file, or from another state of a git repository.
fn load(name: &str) -> Result<Contract, Stop> {
    let Some(rest) = name.strip_prefix("git:") else {
        return Contract::load(Path::new(name)).map_err(Stop::usage);
    };
    let Some((revision, path)) = rest.split_once(':') else {
        return Err(Stop::usage(anyhow!("{name:?} is no state of a file: write git:REVISION:PATH")));
    };
    // `--end-of-options`: a revision must not be read as an option.
    let shown = Command::new("git")
        .args(["show", "--end-of-options", &format!("{revision}:./{path}")])
        .output()
        .map_err(|error| Stop::usage(anyhow!("git could not be run for {name:?}: {error}")))?;
    if !shown.status.success() {
        let reason = String::from_utf8_lossy(&shown.stderr);
        return Err(Stop::usage(anyhow!("git does not show {name:?}: {}", reason.trim())));
    }
    Contract::parse(name, &String::from_utf8_lossy(&shown.stdout)).map_err(Stop::usage)
}

fn diff(args: &DiffArgs, global: &Global) -> Result<Exit, Stop> {
    let diff = Diff::between(&load(&args.old)?, &load(&args.new)?, chrono::Utc::now().date_naive());
    let (shown, judged): (&[Party], &[Party]) = match args.party {
        None => (&[Party::Consumer, Party::Provider], &[Party::Consumer]),
        Some(Whom::Consumer) => (&[Party::Consumer], &[Party::Consumer]),
        Some(Whom::Provider) => (&[Party::Provider], &[Party::Provider]),
        Some(Whom::Both) => (&[Party::Consumer, Party::Provider], &[Party::Consumer, Party::Provider]),
    };
    let out = std::io::stdout();
    let color = style(global.color, &out).color;
    print(&match args.format {
        ContractFormat::Text => diff.text(shown, color),
        ContractFormat::Markdown => diff.markdown(shown),
        ContractFormat::Json => format!("{:#}\n", diff.json(judged)),
    });
    let worst = diff.changes.iter().map(|change| change.severity(judged)).max();
    let fails = match args.fail_on {
        FailOn::Never => false,
        FailOn::Warning => worst >= Some(Severity::Warning),
        FailOn::Break => worst >= Some(Severity::Break),
    };
    Ok(if fails { Exit::CheckFailed } else { Exit::Passed })
}

fn lint(args: &LintArgs) -> Result<Exit, Stop> {
    let mut worst = None;
    let mut unread = false;
    let mut documents = Vec::new();
    for path in &args.files {
        let notices = dryrun_compat::lint(path).map_err(Stop::usage)?;
        worst = worst.max(notices.iter().map(|notice| notice.level).max());
        unread |= notices.iter().any(|notice| notice.rule == "unusable-document");
        let file = path.display().to_string();
        match args.format {
            ContractFormat::Text => print(&dryrun_compat::lint_text(&file, &notices, args.all)),
            ContractFormat::Markdown => print(&dryrun_compat::lint_markdown(&file, &notices)),
            ContractFormat::Json => documents.push(dryrun_compat::lint_json(&file, &notices)),
        }
    }
    if args.format == ContractFormat::Json {
        print(&format!("{:#}\n", Value::from(documents)));
    }
    let from = match args.deny {
        Deny::Error => Level::Error,
        Deny::Warning => Level::Warning,
        Deny::Hint => Level::Hint,
    };
    // Nothing was checked in a document that can't be read.
    Ok(match worst {
        _ if unread => Exit::Usage,
        worst if worst >= Some(from) => Exit::CheckFailed,
        _ => Exit::Passed,
    })
}

/// Where frameworks put their document, below the address of a service.
const WELL_KNOWN: [&str; 9] = [
    "openapi.json",
    "openapi.yaml",
    "v3/api-docs",
    "swagger.json",
    "swagger/v1/swagger.json",
    "api/openapi.json",
    "api-docs",
    "docs/openapi.json",
    "schema",
];
/// No contract is larger, in bytes.
const LARGEST: usize = 20 << 20;
/// No service takes longer to say what it is.
const PATIENCE: Duration = Duration::from_secs(30);

async fn import(args: &ImportArgs) -> Result<Exit, Stop> {
    if let Some(out) = args.out.as_deref().filter(|out| out.exists() && !args.force) {
        let out = out.display();
        return Err(Stop::usage(anyhow!(
            "{out} is there already and was not touched: --force writes over it"
        )));
    }
    let remote = args.source.starts_with("http://") || args.source.starts_with("https://");
    let (from, contract) = if remote {
        fetch(&args.source).await?
    } else {
        (args.source.clone(), Contract::load(Path::new(&args.source)).map_err(Stop::usage)?)
    };
    let imported = dryrun_compat::import(&contract, &from).map_err(Stop::environment)?;
    match &args.out {
        Some(out) => {
            if let Some(folder) = out.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder)
                    .with_context(|| format!("the folder {} could not be made", folder.display()))
                    .map_err(Stop::environment)?;
            }
            std::fs::write(out, &imported.yaml)
                .with_context(|| format!("{} could not be written", out.display()))
                .map_err(Stop::environment)?;
            tell(&format!("{}: {} calls, from {from}", out.display(), contract.operations().len()));
        }
        None => print(&imported.yaml),
    }
    if imported.open.is_empty() {
        tell("It leaves nothing open.");
    } else {
        let list = dryrun_compat::open_list(&imported.open);
        tell(&format!(
            "What it leaves open ({}):\n{}",
            dryrun_compat::lint_tally(&imported.open),
            list.trim_end()
        ));
    }
    Ok(Exit::Passed)
}

/// The document at an address, or at a well-known place below it. Nothing else is ever asked: no redirect is followed.
async fn fetch(source: &str) -> Result<(String, Contract), Stop> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
        .map_err(Stop::environment)?;
    let address = reqwest::Url::parse(source)
        .map_err(|error| Stop::usage(anyhow!("{source:?} is no address: {error}")))?;
    let named = address.path().rsplit('/').next().unwrap_or_default();
    let exact =
        named.contains('.') || WELL_KNOWN.iter().any(|known| address.path().ends_with(&format!("/{known}")));
    let mut places = vec![address.clone()];
    if !exact {
        let mut base = address.clone();
        base.set_query(None);
        base.set_fragment(None);
        base.set_path(&format!("{}/", address.path().trim_end_matches('/')));
        let below: Vec<_> = WELL_KNOWN.iter().filter_map(|place| base.join(place).ok()).collect();
        if address.path() == "/" {
            places.clear();
        }
        places.extend(below);
    }
    let mut tried = Vec::new();
    for place in places {
        let shown = shown(&place);
        match text(&client, place).await {
            Ok(text) => match Contract::parse(&shown, &text) {
                Ok(contract) => {
                    tell(&format!("fetched {shown}"));
                    return Ok((shown, contract));
                }
                Err(error) => tried.push(error.to_string()),
            },
            Err(reason) => tried.push(format!("{shown}: {reason}")),
        }
    }
    Err(Stop::environment(anyhow!("no contract was found:\n  {}", tried.join("\n  "))))
}

/// An address without user, password and query.
fn shown(address: &reqwest::Url) -> String {
    let mut shown = address.clone();
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_query(None);
    shown.set_fragment(None);
    shown.to_string()
}

/// The text of a 200, no longer than [`LARGEST`].
async fn text(client: &reqwest::Client, address: reqwest::Url) -> Result<String, String> {
    let told = |error: reqwest::Error| {
        let error = error.without_url();
        let mut told = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            told = format!("{told}: {inner}");
            cause = inner.source();
        }
        told
    };
    let mut answer = client
        .get(address)
        .header("accept", "application/json, application/yaml, */*")
        .send()
        .await
        .map_err(told)?;
    let status = answer.status();
    if status.is_redirection() {
        let to = answer
            .headers()
            .get("location")
            .and_then(|value| value.to_str().ok())
            .unwrap_or("somewhere else");
        return Err(format!("answers {status} and leads to {to}: name that address"));
    }
    if status != reqwest::StatusCode::OK {
        return Err(format!("answers {status}"));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(told)? {
        if bytes.len() + chunk.len() > LARGEST {
            return Err(format!("is larger than {} MiB", LARGEST >> 20));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| "is no text in UTF-8".to_owned())
}
