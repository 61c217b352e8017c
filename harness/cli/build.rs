//! Puts the rehearsal that ships with dryrun (configuration, contracts, behaviours, load profiles, features) into the
//! binary, so that `dryrun load` works where nothing but the binary is.
#![allow(clippy::print_stdout, reason = "that is how a build script speaks with cargo")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What belongs to it, seen from the root of the repository.
const PARTS: [&str; 5] = ["dryrun.toml", "schemas", "mocks/services", "load/profiles", "features"];

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for part in PARTS {
        let path = root.join(part);
        println!("cargo:rerun-if-changed={}", path.display());
        collect(&path, &mut files)?;
    }
    files.sort();
    let mut text = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&root).map_err(std::io::Error::other)?;
        let _ = writeln!(text, "    ({:?}, include_bytes!({:?})),", name, file.canonicalize()?);
    }
    text.push_str("]\n");
    let out = std::env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    std::fs::write(out.join("shipped.rs"), text)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}
