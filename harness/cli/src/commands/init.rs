//! `dryrun init`: a commented configuration and a first feature, for somebody else's service.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, anyhow};

use crate::args::InitArgs;
use crate::commands::print;
use crate::exit::{Exit, Stop};

const CONFIG: &str = include_str!("../../templates/dryrun.toml");
const FEATURE: &str = include_str!("../../templates/first.feature");
const CONTRACT: &str = include_str!("../../templates/openapi.yaml");
const BEHAVIOUR: &str = include_str!("../../templates/upstream.yaml");

/// Writes what is missing; overwrites nothing.
pub(crate) fn init(args: &InitArgs) -> Result<Exit, Stop> {
    if !args.url.starts_with("http://") && !args.url.starts_with("https://") {
        return Err(Stop::usage(anyhow!("`{}` is no address: write it as http://localhost:3000", args.url)));
    }
    let config = CONFIG.replace("http://localhost:8000", args.url.trim_end_matches('/'));
    let files = [
        ("dryrun.toml", config.as_str()),
        ("features/first.feature", FEATURE),
        ("schemas/upstream/openapi.yaml", CONTRACT),
        ("mocks/services/upstream.yaml", BEHAVIOUR),
    ];
    for (name, text) in files {
        let path = args.folder.join(name);
        let word = if write_new(&path, text).map_err(Stop::environment)? { "wrote" } else { "kept " };
        print(&format!("{word}  {}\n", path.display()));
    }
    print(
        "\nNext: put your service's address (or its command) into dryrun.toml, describe what it calls under\n\
         schemas/ and mocks/services/, then\n\n  dryrun check\n  dryrun run\n\n`dryrun steps` prints what a feature can say.\n",
    );
    Ok(Exit::Passed)
}

/// True when it was written, false when something stood there already.
fn write_new(path: &Path, text: &str) -> anyhow::Result<bool> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{} could not be made", folder.display()))?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes())
                .with_context(|| format!("{} could not be written", path.display()))?;
            Ok(true)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error).with_context(|| format!("{} could not be written", path.display())),
    }
}
