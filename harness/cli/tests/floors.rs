//! The floor check: no room imports upward or sideways, no crate has a circle among its modules, no file is too long.
//! ARCHITECTURE.md draws the same floors.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// Every crate of ours, its folder and its floor.
const FLOORS: [(&str, &str, u8); 13] = [
    ("dryrun", "harness/cli", 3),
    ("dryrun-suite", "harness/suite", 2),
    ("dryrun-verify", "harness/verify", 2),
    ("dryrun-compat", "harness/compat", 1),
    ("dryrun-probe", "harness/probe", 1),
    ("dryrun-mocks", "mocks", 1),
    ("dryrun-generator", "mocks/generator", 1),
    ("dryrun-target", "harness/target", 1),
    ("dryrun-load", "load", 1),
    ("dryrun-reports", "reports", 1),
    ("dryrun-contract", "harness/contract", 0),
    ("dryrun-record", "harness/record", 0),
    ("dryrun-stats", "load/stats", 0),
];

/// A file over this many lines is two files.
const LONGEST: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(known, ..)| *known == name).map(|(.., floor)| *floor)
}

/// The imports of a manifest that do not go downward.
fn wrong_imports(name: &str, manifest: &str) -> Vec<String> {
    let manifest: toml::Table = toml::from_str(manifest).expect("a manifest is TOML");
    let own = floor(name).expect("every crate has a floor");
    let mut wrong = Vec::new();
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for used in
            manifest.get(section).and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys)
        {
            match floor(used) {
                Some(below) if below < own => {}
                Some(other) => wrong.push(format!("{name} (floor {own}) imports {used} (floor {other})")),
                None if used.starts_with("dryrun") => wrong.push(format!("{used} stands on no floor")),
                None => {}
            }
        }
    }
    wrong
}

/// Module path of a file below `src`: `vocabulary::http`; the root is empty.
fn module(path: &Path) -> String {
    let mut parts: Vec<String> =
        path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        parts.pop();
    }
    parts.join("::")
}

/// A file's text without comments and tests; in a module written inline, `super` is the file itself.
fn own_code(text: &str) -> String {
    let (mut code, mut inline, mut test) = (String::new(), false, false);
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        let opens = line.ends_with('{')
            && line.split_whitespace().any(|word| word == "mod")
            && !line.starts_with(' ');
        if line.starts_with("#[cfg(") && line.contains("test") {
            test = true;
        } else if opens {
            inline = true;
        } else if line == "}" || (!inline && !line.starts_with("#[")) {
            if !inline && !test {
                code.push_str(line);
                code.push('\n');
            }
            (inline, test) = (false, false);
        } else if !test {
            code.push_str(&if inline { line.replace("super::", "self::") } else { line.to_owned() });
            code.push('\n');
        }
    }
    code
}

/// What a module's text imports from its own crate, as paths from the root.
fn imports(own: &str, text: &str) -> BTreeSet<String> {
    let code = own_code(text);
    static WORD: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b(crate|super|self)((?:::\w+)+)(::\{[^;]*\})?").expect("a constant"));
    static CHILD: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)^\s*(?:pub(?:\([a-z]+\))? )?use (\w+)::").expect("a constant"));
    static NAMES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[{,]\s*(\w+)").expect("a constant"));
    let mut found = BTreeSet::new();
    let join =
        |base: &str, rest: &str| if base.is_empty() { rest.to_owned() } else { format!("{base}::{rest}") };
    for hit in WORD.captures_iter(&code) {
        let mut base = own.to_owned();
        let mut rest = hit[2].trim_start_matches("::").to_owned();
        match &hit[1] {
            "crate" => base = String::new(),
            "self" => {}
            _ => {
                base = base.rsplit_once("::").map_or(String::new(), |(parent, _)| parent.to_owned());
                while let Some(next) = rest.strip_prefix("super::") {
                    rest = next.to_owned();
                    base = base.rsplit_once("::").map_or(String::new(), |(parent, _)| parent.to_owned());
                }
            }
        }
        let stem = join(&base, &rest);
        match hit.get(3) {
            // `crate::{a::X, b}`: each first word is a path of its own; deeper braces belong to the word before.
            Some(group) => {
                found.extend(NAMES.captures_iter(group.as_str()).map(|name| join(&stem, &name[1])));
            }
            None => drop(found.insert(stem)),
        }
    }
    found.extend(CHILD.captures_iter(&code).map(|hit| join(own, &hit[1])));
    found
}

/// A circle among modules, if there is one, as the names along it.
fn circle(modules: &BTreeMap<String, String>) -> Option<Vec<String>> {
    let edges: BTreeMap<&str, BTreeSet<&str>> = modules
        .iter()
        .map(|(own, text)| {
            let targets = imports(own, text)
                .iter()
                .filter_map(|path| {
                    // The longest prefix that is a module; a bare name is an item of the root.
                    let mut path = path.as_str();
                    loop {
                        if let Some((known, _)) = modules.get_key_value(path) {
                            return Some(known.as_str());
                        }
                        path = path.rsplit_once("::").map_or("", |(head, _)| head);
                    }
                })
                .filter(|target| target != own)
                .collect();
            (own.as_str(), targets)
        })
        .collect();
    fn walk<'a>(
        at: &'a str,
        edges: &BTreeMap<&'a str, BTreeSet<&'a str>>,
        path: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<String>> {
        if let Some(start) = path.iter().position(|&seen| seen == at) {
            return Some(path[start..].iter().chain([&at]).map(|name| format!("crate::{name}")).collect());
        }
        if !done.insert(at) {
            return None;
        }
        path.push(at);
        let found = edges.get(at).into_iter().flatten().find_map(|next| walk(next, edges, path, done));
        path.pop();
        found
    }
    let mut done = BTreeSet::new();
    edges.keys().find_map(|start| walk(start, &edges, &mut Vec::new(), &mut done))
}

fn rust_files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn no_room_imports_upward_or_sideways() {
    let wrong: Vec<String> = FLOORS
        .iter()
        .flat_map(|(name, folder, _)| {
            let manifest = root().join(folder).join("Cargo.toml");
            wrong_imports(name, &fs::read_to_string(manifest).expect("every crate has a manifest"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let members = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace has a manifest");
    let members: toml::Table = toml::from_str(&members).expect("TOML");
    assert_eq!(
        members["workspace"]["members"].as_array().map(Vec::len),
        Some(FLOORS.len()),
        "a crate without a floor"
    );
}

#[test]
fn no_crate_has_a_circle_among_its_modules() {
    for (name, folder, _) in FLOORS {
        let source = root().join(folder).join("src");
        let mut files = Vec::new();
        rust_files(&source, &mut files);
        let modules: BTreeMap<String, String> = files
            .iter()
            .map(|file| file.strip_prefix(&source).expect("it was found there"))
            .filter(|file| !file.starts_with("bin") && !file.to_string_lossy().ends_with("tests.rs"))
            .map(|file| (module(file), fs::read_to_string(source.join(file)).expect("it was found")))
            .collect();
        assert!(!modules.is_empty(), "{name} has no source");
        assert_eq!(circle(&modules), None, "a circle in {name}");
    }
}

#[test]
fn no_file_is_too_long() {
    let mut files = Vec::new();
    for (_, folder, _) in FLOORS {
        for part in ["src", "tests", "benches", "templates"] {
            rust_files(&root().join(folder).join(part), &mut files);
        }
    }
    let long: Vec<String> = files
        .iter()
        .map(|file| (file, fs::read_to_string(file).expect("it was found").lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(file, lines)| format!("{}: {lines} lines", file.display()))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn the_check_itself_can_fail() {
    assert_eq!(wrong_imports("dryrun-mocks", "[dependencies]\ndryrun-suite.workspace = true").len(), 1);
    assert_eq!(wrong_imports("dryrun-mocks", "[dependencies]\ndryrun-target.workspace = true").len(), 1);
    assert_eq!(wrong_imports("dryrun-mocks", "[dependencies]\ndryrun-record.workspace = true").len(), 0);
    let modules = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect::<BTreeMap<_, _>>()
    };
    let round = modules(&[("", "mod a; mod b;"), ("a", "use crate::b::B;"), ("b", "use super::a::A;")]);
    assert_eq!(circle(&round), Some(vec!["crate::a".into(), "crate::b".into(), "crate::a".into()]));
    let child = modules(&[("", "mod a;"), ("a", "mod c;\npub use c::C;"), ("a::c", "use super::A;")]);
    assert!(circle(&child).is_some());
    let straight =
        modules(&[("", "pub use a::A;"), ("a", "use crate::b::{B, c::C};"), ("b", ""), ("b::c", "")]);
    assert_eq!(circle(&straight), None);
}
