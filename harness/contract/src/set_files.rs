//! The files of a [`SchemaSet`](crate::SchemaSet): what they are called, under which addresses they are known to each
//! other, and references between them that lead nowhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;
use url::Url;

use crate::error::ContractError;
use crate::pointer::{ancestors, join};
use crate::reference::{Target, nowhere};
use crate::text::read;
use crate::words::closest;

/// The address of the folder.
const FOLDER: &str = "dryrun://schemas/";

/// What may not stand in the path of an address.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// One file of a folder.
pub(crate) struct File {
    /// As it is called in messages.
    pub(crate) shown: String,
    /// From the folder.
    pub(crate) relative: PathBuf,
    pub(crate) uri: String,
    pub(crate) value: Value,
}

impl File {
    /// Its name without what says only that it is a schema.
    pub(crate) fn stem(&self) -> String {
        let name = self.relative.file_name().unwrap_or_default().to_string_lossy();
        bare(&name).to_owned()
    }

    /// The same with the folders that lead to it.
    pub(crate) fn long_name(&self) -> String {
        let path = self.relative.to_string_lossy().replace('\\', "/");
        bare(&path).to_owned()
    }

    /// Its `$id`; `id` before draft 6.
    pub(crate) fn id(&self) -> Option<&str> {
        let old = self.value.get("$schema").and_then(Value::as_str).is_some_and(|s| s.contains("draft-04"));
        self.value.get(if old { "id" } else { "$id" }).and_then(Value::as_str)
    }
}

/// A name of a file without `.json`, `.yaml`, `.yml`, and `.schema` before that.
pub(crate) fn bare(name: &str) -> &str {
    let stem = [".json", ".yaml", ".yml"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    stem.strip_suffix(".schema").unwrap_or(stem)
}

/// Every schema file of a folder and of those in it, sorted.
pub(crate) fn files(folder: &Path) -> Result<Vec<File>, ContractError> {
    let mut paths = Vec::new();
    collect(folder, &mut paths)?;
    paths.sort();
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|error| ContractError::Io { file: shown.clone(), reason: error.to_string() })?;
        let value = read(&shown, &text)?;
        let relative = path.strip_prefix(folder).unwrap_or(&path).to_owned();
        let steps =
            relative.iter().map(|step| utf8_percent_encode(&step.to_string_lossy(), PATH).to_string());
        let uri = format!("{FOLDER}{}", steps.collect::<Vec<_>>().join("/"));
        files.push(File { shown, relative, uri, value });
    }
    Ok(files)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), ContractError> {
    let fail = |error: std::io::Error| ContractError::Io {
        file: folder.display().to_string(),
        reason: error.to_string(),
    };
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let schema = path.extension().is_some_and(|end| end == "json" || end == "yaml" || end == "yml");
        if path.is_dir() && !hidden {
            collect(&path, found)?;
        } else if schema && !hidden {
            found.push(path);
        }
    }
    Ok(())
}

/// Every address by which a file may be called: its own, that of its `$id`, and, where a file beside it has an absolute
/// `$id`, the one that a relative reference from there would lead to.
pub(crate) fn addresses(files: &[File]) -> BTreeMap<String, usize> {
    let mut known = BTreeMap::new();
    let mut based = Vec::new();
    for (index, file) in files.iter().enumerate() {
        known.insert(file.uri.clone(), index);
        let own = Url::parse(&file.uri).ok();
        if let (Some(id), Some(own)) = (file.id(), own)
            && let Ok(mut uri) = own.join(id)
        {
            uri.set_fragment(None);
            if uri != own {
                known.entry(uri.to_string()).or_insert(index);
                based.push((own, uri));
            }
        }
    }
    for (own, id) in based {
        // One with an `$id` of its own, too: whatever is known at such an address may refer to its neighbours.
        for (index, file) in files.iter().enumerate() {
            let relative = Url::parse(&file.uri).ok().and_then(|uri| match uri == own {
                // Relative to itself it would be nothing at all.
                true => uri.path_segments()?.next_back().map(str::to_owned),
                false => own.make_relative(&uri),
            });
            if let Some(uri) = relative.and_then(|relative| id.join(&relative).ok()) {
                known.entry(uri.to_string()).or_insert(index);
            }
        }
    }
    known
}

/// The first reference that leads nowhere. Those below an inner `$id` are left to the compiler.
pub(crate) fn dangling(files: &[File], addresses: &BTreeMap<String, usize>) -> Option<ContractError> {
    files.iter().find_map(|file| {
        let mut inner = Vec::new();
        visit(&file.value, String::new(), &mut |value, at| {
            if !at.is_empty() && (value.get("$id").is_some_and(Value::is_string) || value["id"].is_string()) {
                inner.push(at.to_owned());
            }
            None::<()>
        });
        let base = file.id().map_or_else(|| file.uri.clone(), |id| absolute(&file.uri, id));
        visit(&file.value, String::new(), &mut |value, at| {
            let reference = value.get("$ref").and_then(Value::as_str)?;
            if !inner.is_empty() && ancestors(at).any(|above| inner.iter().any(|one| one == above)) {
                return None;
            }
            let message = astray(file, files, addresses, &base, reference, !inner.is_empty())?;
            Some(ContractError::UnresolvedRef {
                file: file.shown.clone(),
                at: at.to_owned(),
                reference: reference.to_owned(),
                message,
            })
        })
    })
}

/// An address, read against another one; without its fragment.
pub(crate) fn absolute(base: &str, relative: &str) -> String {
    let uri = Url::parse(base).and_then(|base| base.join(relative));
    uri.map_or_else(
        |_| relative.to_owned(),
        |mut uri| {
            uri.set_fragment(None);
            uri.to_string()
        },
    )
}

/// Why a reference leads nowhere; `None` if it does not, or if only the compiler can tell.
fn astray(
    file: &File,
    files: &[File],
    addresses: &BTreeMap<String, usize>,
    base: &str,
    reference: &str,
    nested: bool,
) -> Option<String> {
    let target = Target::of(reference);
    if let Target::Here(pointer) = &target {
        let there = file.value.pointer(pointer).is_some();
        return (!there).then(|| nowhere(&file.value, pointer, "the schema"));
    }
    if matches!(target, Target::Anchor(_)) {
        return None;
    }
    let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    if path.contains("json-schema.org/") {
        return None;
    }
    match (addresses.get(&absolute(base, path)), target) {
        (Some(index), _) if fragment.is_empty() || fragment.starts_with('/') => {
            let pointer = crate::router::decode(fragment);
            let value = &files[*index].value;
            value.pointer(&pointer).is_none().then(|| nowhere(value, &pointer, &files[*index].shown))
        }
        (Some(_), _) => None,
        // An inner schema may have that address.
        _ if nested || files.iter().any(|file| file.value.to_string().contains("\"$id\"")) => None,
        (None, Target::Remote(advice)) => Some(advice),
        (None, _) => {
            let names = files.iter().filter_map(|file| file.relative.to_str());
            let meant = closest(path, names).unwrap_or_default();
            Some(format!("leads to no file of the folder; did you mean `{meant}`?"))
        }
    }
}

/// Every object that may be a schema, outer ones first, until something is found.
fn visit<R>(value: &Value, at: String, found: &mut dyn FnMut(&Value, &str) -> Option<R>) -> Option<R> {
    match value {
        Value::Object(map) => {
            if let Some(result) = found(value, &at) {
                return Some(result);
            }
            let data = |key: &str| matches!(key, "const" | "default" | "enum" | "example" | "examples");
            map.iter()
                .filter(|(key, _)| !data(key))
                .find_map(|(key, inner)| visit(inner, join(&at, key), found))
        }
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(i, inner)| visit(inner, join(&at, &i.to_string()), found))
        }
        _ => None,
    }
}

/// Every format that a file speaks of.
pub(crate) fn formats(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(map) => {
            let own = map.get("format").and_then(Value::as_str);
            own.into_iter().chain(map.values().flat_map(formats)).collect()
        }
        Value::Array(items) => items.iter().flat_map(formats).collect(),
        _ => Vec::new(),
    }
}
