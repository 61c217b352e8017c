//! Many files into one document: what a `$ref` to another file means is kept under `components`, and the reference
//! leads there. Nothing else changes, so that whoever reads the document need not know of files.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::ContractError;
use crate::pointer::{ancestors, fragment, join, last};
use crate::reference::{Target, nowhere};
use crate::text::read;
use crate::walk::{self, Kind};

/// How far objects that can only be copied in place may lead from one to the next.
const MAX_DEPTH: usize = 32;

/// Where the parts of a bundled document come from.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    /// From a place of the bundle to file and place there, for whatever stands below it, too.
    places: BTreeMap<String, (String, String)>,
    /// References that lead nowhere: from the place of the object that holds one to the reason.
    failures: BTreeMap<String, String>,
}

impl Origins {
    /// File and pointer of a place that comes from another file than the first.
    pub(crate) fn of(&self, at: &str) -> Option<(&str, String)> {
        ancestors(at).find_map(|above| {
            let (file, pointer) = self.places.get(above)?;
            Some((file.as_str(), format!("{pointer}{}", &at[above.len()..])))
        })
    }

    /// Why the reference of the object at a place leads nowhere.
    pub(crate) fn failure(&self, at: &str) -> Option<&str> {
        self.failures.get(at).map(String::as_str)
    }
}

/// A file that was read, or why it can't be.
type File = Result<Arc<Value>, String>;

struct Bundler {
    root: PathBuf,
    files: HashMap<PathBuf, File>,
    /// What has a place under `components` already, by kind, file and pointer.
    kept: HashMap<(Kind, PathBuf, String), String>,
    /// What still has to be put there: kind, place, file, pointer.
    queue: VecDeque<(Kind, String, PathBuf, String)>,
    sections: BTreeMap<&'static str, Map<String, Value>>,
    taken: HashMap<&'static str, Vec<String>>,
    origins: Origins,
}

/// Brings all files that a document refers to into it.
pub(crate) fn bundle(path: &Path, mut value: Value) -> (Value, Origins) {
    let root = tidy(path);
    let mut bundler = Bundler {
        files: HashMap::from([(root.clone(), Ok(Arc::new(value.clone())))]),
        root: root.clone(),
        kept: HashMap::new(),
        queue: VecDeque::new(),
        sections: BTreeMap::new(),
        taken: HashMap::new(),
        origins: Origins::default(),
    };
    bundler.adopt(&mut value);
    bundler.visit(Kind::Root, &mut value, "", &root, 0);
    while let Some((kind, at, file, pointer)) = bundler.queue.pop_front() {
        let mut copy = bundler.get(&file, &pointer).unwrap_or_default();
        bundler.origins.places.insert(at.clone(), (bundler.shown(&file), pointer));
        bundler.visit(kind, &mut copy, &at, &file, 0);
        // Invariant: only kinds that have a section are queued.
        let section = kind.section().expect("it has a section");
        bundler.sections.entry(section).or_default().insert(last(&at), copy);
    }
    for (section, parts) in std::mem::take(&mut bundler.sections) {
        let components = object_at(&mut value, "components");
        components.map(|components| object_at(components, section)).into_iter().flatten().for_each(|all| {
            if let Value::Object(all) = all {
                all.extend(parts.clone());
            }
        });
    }
    (value, bundler.origins)
}

/// The object under a key, made if there is none.
fn object_at<'v>(value: &'v mut Value, key: &str) -> Option<&'v mut Value> {
    let object = value.as_object_mut()?;
    Some(object.entry(key).or_insert_with(|| Value::Object(Map::new())))
}

impl Bundler {
    /// A component of the first file that is nothing but a reference to another one becomes the home of what it means:
    /// the names that the author chose stay.
    fn adopt(&mut self, value: &mut Value) {
        let Some(Value::Object(components)) = value.get_mut("components") else {
            return;
        };
        for (section, parts) in components {
            let (Some(walk::Holds::Named(kind)), Some(parts)) =
                (Kind::Components.holds(section), parts.as_object())
            else {
                continue;
            };
            let Some(section) = kind.section() else {
                continue;
            };
            self.taken.entry(section).or_default().extend(parts.keys().cloned());
            for (name, part) in parts {
                let only = part.as_object().is_some_and(|part| part.len() == 1);
                let reference = part.get("$ref").and_then(Value::as_str).filter(|_| only);
                let Some(Ok((file, pointer))) = reference.map(|text| self.resolve(text, &self.root.clone()))
                else {
                    continue;
                };
                if file != self.root {
                    let at = format!("/components/{section}{}", join("", name));
                    let key = (kind, file.clone(), pointer.clone());
                    if let std::collections::hash_map::Entry::Vacant(home) = self.kept.entry(key) {
                        home.insert(at.clone());
                        self.queue.push_back((kind, at, file, pointer));
                    }
                }
            }
        }
    }

    /// Settles every reference below a value that stands at `at` of the bundle and comes from `file`.
    fn visit(&mut self, kind: Kind, value: &mut Value, at: &str, file: &Path, depth: usize) {
        if let Some(Value::Object(mapping)) =
            value.get_mut("discriminator").filter(|_| kind == Kind::Schema).and_then(|d| d.get_mut("mapping"))
        {
            for target in mapping.values_mut() {
                self.mapped(target, file);
            }
        }
        let reference = value.get("$ref").and_then(Value::as_str).map(str::to_owned);
        // Within the first file everything stays as it is.
        let stays = |text: &String| {
            file == self.root && matches!(Target::of(text), Target::Here(_) | Target::Anchor(_))
        };
        if let Some(reference) = reference.filter(|text| !stays(text)) {
            match self.resolve(&reference, file) {
                Ok((target, pointer)) if target == self.root && kind.section().is_some() => {
                    value["$ref"] = Value::String(fragment(&pointer));
                }
                Ok((target, pointer)) => match kind.section() {
                    Some(_) => {
                        let home = self.home(kind, target, pointer);
                        if home != at {
                            value["$ref"] = Value::String(fragment(&home));
                        }
                    }
                    None => return self.copy(kind, value, at, &target, &pointer, depth),
                },
                Err(reason) => drop(self.origins.failures.insert(at.to_owned(), reason)),
            }
        }
        self.containers(kind, value, at, file, depth);
        let done: Result<(), std::convert::Infallible> =
            walk::children(kind, value, at, &mut |kind, inner, at| {
                self.visit(kind, inner, at, file, depth);
                Ok(())
            });
        let Ok(()) = done;
    }

    /// Lists of names are no objects of OpenAPI, yet `schemas: {$ref: …}` is written often enough.
    fn containers(&mut self, kind: Kind, value: &mut Value, at: &str, file: &Path, depth: usize) {
        let Some(object) = value.as_object_mut() else {
            return;
        };
        for (key, inner) in object {
            let named = matches!(kind.holds(key), Some(walk::Holds::Named(_) | walk::Holds::Fixed(_)));
            let is_list = matches!(kind.holds(key), Some(walk::Holds::Many(_)));
            let whole = named || key == "components" && kind == Kind::Root || is_list && kind != Kind::Schema;
            let Some(reference) = inner.get("$ref").and_then(Value::as_str).filter(|_| whole) else {
                continue;
            };
            if let Ok((target, pointer)) = self.resolve(reference, file)
                && (target != self.root || file != self.root)
                && depth < MAX_DEPTH
            {
                let mut copy = self.get(&target, &pointer).unwrap_or_default();
                let at = join(at, key);
                self.origins.places.insert(at.clone(), (self.shown(&target), pointer));
                // What is inside belongs to the other file; settle it as that before it moves in.
                let mut holder = serde_json::json!({ key.as_str(): copy.take() });
                self.containers(
                    kind,
                    &mut holder,
                    at.rsplit_once('/').map_or("", |(up, _)| up),
                    &target,
                    depth + 1,
                );
                let up = at.rsplit_once('/').map_or("", |(up, _)| up).to_owned();
                let done: Result<(), std::convert::Infallible> =
                    walk::children(kind, &mut holder, &up, &mut |kind, part, at| {
                        self.visit(kind, part, at, &target, depth + 1);
                        Ok(())
                    });
                let Ok(()) = done;
                *inner = holder[key.as_str()].take();
            }
        }
    }

    /// Path items and the like have no place of their own: they are copied to where they are meant.
    fn copy(&mut self, kind: Kind, value: &mut Value, at: &str, file: &Path, pointer: &str, depth: usize) {
        if depth > MAX_DEPTH {
            let reason = "leads round in a circle; let one of them hold the real thing".to_owned();
            self.origins.failures.insert(at.to_owned(), reason);
            return;
        }
        let mut copy = self.get(file, pointer).unwrap_or_default();
        self.origins.places.insert(at.to_owned(), (self.shown(file), pointer.to_owned()));
        self.visit(kind, &mut copy, at, file, depth + 1);
        if let (Value::Object(copy), Value::Object(beside)) = (&mut copy, value.take()) {
            for (key, own) in beside.into_iter().filter(|(key, _)| key != "$ref") {
                copy.insert(key, own);
            }
        }
        *value = copy;
    }

    /// A value of `discriminator.mapping`: the name of a schema, or a reference to one.
    fn mapped(&mut self, target: &mut Value, file: &Path) {
        let Some(text) = target.as_str() else {
            return;
        };
        let is_name = !text.contains(['/', '#', '.']);
        let text = match is_name {
            true if file == self.root => return,
            true => format!("#/components/schemas/{text}"),
            false => text.to_owned(),
        };
        if let Ok((found, pointer)) = self.resolve(&text, file) {
            let home = if found == self.root { pointer } else { self.home(Kind::Schema, found, pointer) };
            *target = Value::String(fragment(&home));
        }
    }

    /// The place of a part under `components`, given to it if it has none yet.
    fn home(&mut self, kind: Kind, file: PathBuf, pointer: String) -> String {
        let key = (kind, file, pointer);
        if let Some(at) = self.kept.get(&key) {
            return at.clone();
        }
        // Invariant: only called for kinds that have one.
        let section = kind.section().expect("it has a section");
        let stem = key.1.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let wanted = if key.2.is_empty() { stem } else { last(&key.2) };
        // OpenAPI's rule for the names of components.
        let legal = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
        let wanted: String = wanted.chars().map(legal).collect();
        let taken = self.taken.entry(section).or_default();
        let mut name = wanted.clone();
        for n in 2.. {
            if !taken.contains(&name) {
                break;
            }
            name = format!("{wanted}_{n}");
        }
        taken.push(name.clone());
        let at = format!("/components/{section}/{name}");
        self.kept.insert(key.clone(), at.clone());
        self.queue.push_back((kind, at.clone(), key.1, key.2));
        at
    }

    /// File and pointer that a reference means.
    fn resolve(&mut self, reference: &str, from: &Path) -> Result<(PathBuf, String), String> {
        self.lead(reference, from, 0)
    }

    fn lead(&mut self, reference: &str, from: &Path, hops: usize) -> Result<(PathBuf, String), String> {
        let (file, mark) = match Target::of(reference) {
            // Whose `$id` it is may be known here: that is settled when everything is together.
            Target::Remote(advice) => return self.by_id(reference).ok_or(advice),
            Target::Here(pointer) => (from.to_owned(), pointer),
            Target::Anchor(anchor) => (from.to_owned(), anchor),
            Target::File { path, fragment } => {
                (tidy(&from.parent().unwrap_or(Path::new("")).join(path)), fragment)
            }
        };
        let value = self.file(&file)?;
        let pointer = if mark.is_empty() || mark.starts_with('/') {
            mark
        } else {
            let anchored = anchor(&value, &mark, String::new());
            anchored
                .ok_or_else(|| format!("leads nowhere: {} has no `$anchor: {mark}`", self.shown(&file)))?
        };
        if value.pointer(&pointer).is_none() {
            let lost = nowhere(&value, &pointer, &self.shown(&file));
            return self.through(&file, &value, &pointer, hops).ok_or(lost);
        }
        Ok((file, pointer))
    }

    /// The same where a list on the way is itself kept elsewhere: `responses: {$ref: …}`.
    fn through(
        &mut self,
        file: &Path,
        value: &Value,
        pointer: &str,
        hops: usize,
    ) -> Option<(PathBuf, String)> {
        let known = |above: &&str| value.pointer(above).is_some();
        let above = ancestors(pointer).find(known).filter(|_| hops < MAX_DEPTH)?;
        let reference = value.pointer(above)?.get("$ref")?.as_str()?;
        let (file, start) = self.lead(reference, file, hops + 1).ok()?;
        let pointer = format!("{start}{}", &pointer[above.len()..]);
        let value = self.file(&file).ok()?;
        match value.pointer(&pointer) {
            Some(_) => Some((file, pointer)),
            None => self.through(&file, &value, &pointer, hops + 1),
        }
    }

    /// A file that has been read already and whose `$id` is the address of the reference.
    fn by_id(&self, reference: &str) -> Option<(PathBuf, String)> {
        let (uri, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let mut known: Vec<_> = self.files.iter().collect();
        known.sort_by_key(|(path, _)| path.as_path());
        known.into_iter().find_map(|(path, file)| {
            let value = file.as_ref().ok()?;
            let id = value.get("$id")?.as_str()?.trim_end_matches('#');
            (id == uri && value.pointer(fragment).is_some()).then(|| (path.clone(), fragment.to_owned()))
        })
    }

    fn file(&mut self, path: &Path) -> File {
        if let Some(file) = self.files.get(path) {
            return file.clone();
        }
        let name = self.shown(path);
        let file = std::fs::read_to_string(path)
            .map_err(|error| format!("leads to {name}, which can't be read: {error}; check the path"))
            .and_then(|text| read(&name, &text).map_err(unreadable).map(Arc::new));
        self.files.insert(path.to_owned(), file.clone());
        file
    }

    fn get(&mut self, file: &Path, pointer: &str) -> Option<Value> {
        self.file(file).ok()?.pointer(pointer).cloned()
    }

    fn shown(&self, path: &Path) -> String {
        path.display().to_string()
    }
}

fn unreadable(error: ContractError) -> String {
    let (place, reason) = error.place_and_reason();
    format!("leads to a file that is neither YAML nor JSON: {place}: {reason}")
}

/// Where an `$anchor` stands.
fn anchor(value: &Value, name: &str, at: String) -> Option<String> {
    match value {
        Value::Object(map) => {
            if map.get("$anchor").or_else(|| map.get("$dynamicAnchor")).is_some_and(|it| it == name) {
                return Some(at);
            }
            map.iter().find_map(|(key, inner)| anchor(inner, name, join(&at, key)))
        }
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(i, inner)| anchor(inner, name, join(&at, &i.to_string())))
        }
        _ => None,
    }
}

/// A path without `.` and, as far as that can be told, without `..`.
fn tidy(path: &Path) -> PathBuf {
    let mut tidied = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidied.components().next_back(), Some(Component::Normal(_))) => {
                tidied.pop();
            }
            other => tidied.push(other),
        }
    }
    tidied
}
