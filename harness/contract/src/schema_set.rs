//! A [`SchemaSet`]: a folder of plain JSON Schemas, each known by its name, for services without OpenAPI.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jsonschema::Registry;
use serde_json::Value;

use crate::breach::{Breach, Location, Side};
use crate::drafts::Language;
use crate::error::ContractError;
use crate::explain::explain;
use crate::judge::Judge;
use crate::places::Places;
use crate::schema::{Deny, Schema, must_refuse, options, probes};
use crate::set_files::{File, absolute, addresses, dangling, files, formats};
use crate::suggest::{listed, nearest};

/// Plain JSON Schemas, compiled, that may refer to each other. Cheap to share between threads.
///
/// Each is of the draft that its `$schema` names (4, 6, 7, 2019-09, 2020-12; without one 2020-12). Formats are checked,
/// as they are in contracts. Nothing is fetched.
#[derive(Clone)]
pub struct SchemaSet {
    schemas: Arc<BTreeMap<String, Schema>>,
    /// Other names of the same schemas; `None` if a name could mean several.
    aliases: Arc<BTreeMap<String, Option<String>>>,
}

impl std::fmt::Debug for SchemaSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SchemaSet").field("names", &self.names()).finish_non_exhaustive()
    }
}

impl SchemaSet {
    /// Reads every `.json`, `.yaml` and `.yml` file of a folder and of those in it.
    ///
    /// # Errors
    /// The folder can't be read or has no such file; a file is no schema of its draft; a reference leads to none of
    /// them. Each message names the file and the place in it.
    pub fn load(folder: &Path) -> Result<Self, ContractError> {
        let files = files(folder)?;
        if files.is_empty() {
            return Err(ContractError::Io {
                file: folder.display().to_string(),
                reason: "the folder has no schema: no file ends in .json, .yaml or .yml".to_owned(),
            });
        }
        Self::compile(files)
    }

    /// The same from values: the address and the contents of each. For schemas that are kept elsewhere than in files;
    /// relative references are read against the addresses.
    ///
    /// # Errors
    /// As those of [`SchemaSet::load`].
    pub fn from_documents(
        documents: impl IntoIterator<Item = (String, Value)>,
    ) -> Result<Self, ContractError> {
        let files = documents.into_iter().map(|(uri, value)| File {
            shown: uri.clone(),
            relative: PathBuf::from(&uri),
            uri,
            value,
        });
        Self::compile(files.collect())
    }

    fn compile(files: Vec<File>) -> Result<Self, ContractError> {
        let mut languages = Vec::with_capacity(files.len());
        for file in &files {
            languages.push(language(file)?);
        }
        let addresses = addresses(&files);
        if let Some(error) = dangling(&files, &addresses) {
            return Err(error);
        }
        let resources = addresses
            .iter()
            .map(|(uri, index)| (uri.clone(), languages[*index].0.create_resource_ref(&files[*index].value)));
        let settle = |error: &dyn std::fmt::Display| ContractError::Schema {
            file: files[0].shown.clone(),
            at: String::new(),
            message: format!("the references between the schemas can't be settled: {error}"),
        };
        let registry = Registry::new()
            .draft(Language::LATEST.0)
            .retriever(Deny)
            .extend(resources)
            .and_then(jsonschema::RegistryBuilder::prepare)
            .map_err(|error| settle(&error))?;
        let shown = addresses.iter().map(|(uri, index)| (uri.clone(), files[*index].shown.clone()));
        let places = Arc::new(Places { files: shown.collect(), ..Places::default() });
        let unchecked: BTreeSet<&str> = files.iter().flat_map(|file| formats(&file.value)).collect();
        let names = names(&files);
        let mut schemas = BTreeMap::new();
        for (index, (file, language)) in files.iter().zip(&languages).enumerate() {
            let name = &names[index];
            // By its own address, if it has one, and not by a reference to it: `$recursiveRef` would find another way.
            let own = file.id().map(|id| absolute(&file.uri, id));
            let uri =
                own.filter(|own| addresses.get(own) == Some(&index)).unwrap_or_else(|| file.uri.clone());
            let wrong = |message: String| ContractError::Schema {
                file: file.shown.clone(),
                at: String::new(),
                message,
            };
            let validator = options(language.0, unchecked.iter().copied())
                .with_registry(&registry)
                .with_base_uri(uri)
                .build(&file.value)
                .map_err(|error| wrong(format!("the schema can't be compiled: {error}")))?;
            let local = |reference: &str| file.value.pointer(reference.strip_prefix('#')?);
            if must_refuse(&local, &file.value, language.beside_references(), 0)
                && probes().iter().all(|probe| validator.is_valid(probe))
            {
                return Err(wrong("the compiled schema refuses nothing, though it names a type".to_owned()));
            }
            schemas.insert(name.clone(), Schema::new(validator, Arc::clone(&places)));
        }
        let aliases = aliases(&files, &names);
        Ok(Self { schemas: Arc::new(schemas), aliases: Arc::new(aliases) })
    }

    /// The names of the schemas, sorted: that of the file without `.json` and the like (and without `.schema` before
    /// it); where two folders have files of one name, with the way to it: `orders/item`.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.schemas.keys().cloned().collect()
    }

    /// Everything that one schema can be called by, sorted: its name, and what else can only mean it.
    #[must_use]
    pub fn known_as(&self) -> Vec<String> {
        let single = self.aliases.iter().filter(|(_, name)| name.is_some()).map(|(alias, _)| alias);
        let all: BTreeSet<&String> = self.schemas.keys().chain(single).collect();
        all.into_iter().cloned().collect()
    }

    /// Everything about a value that departs from a schema, sorted; empty if it honours it. The schema may also be
    /// called by the last segment of its `$id`. The breaches are those of a body; their `operation` is the schema's
    /// name, their `schema_path` begins with the file.
    ///
    /// # Errors
    /// No schema has that name, or several have.
    pub fn check(&self, name: &str, value: &Value) -> Result<Vec<Breach>, ContractError> {
        let known = match self.aliases.get(name) {
            _ if self.schemas.contains_key(name) => name,
            Some(Some(known)) => known,
            Some(None) => {
                let ending = format!("/{name}");
                let names = self.schemas.keys().map(String::as_str).filter(|known| known.ends_with(&ending));
                let help = format!("write one of {}", listed(names, 12));
                return Err(ContractError::UnknownSchema {
                    name: name.to_owned(),
                    message: format!("several schemas are called so; {help}"),
                });
            }
            None => return Err(self.unknown(name)),
        };
        // Invariant: names and aliases lead to what is there.
        let schema = self.schemas.get(known).expect("an alias leads to a schema");
        Ok(Judge::of_value(Side::Response, known).all(Location::Body, schema, value))
    }

    fn unknown(&self, name: &str) -> ContractError {
        let known = || self.schemas.keys().chain(self.aliases.keys()).map(String::as_str);
        let message = match nearest(name, known()) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => format!("there are {}", listed(self.schemas.keys().map(String::as_str), 12)),
        };
        ContractError::UnknownSchema { name: name.to_owned(), message }
    }
}

/// The draft of a file, which is a schema of it.
fn language(file: &File) -> Result<Language, ContractError> {
    let wrong = |at: &str, message: String| ContractError::Schema {
        file: file.shown.clone(),
        at: at.to_owned(),
        message,
    };
    let language = match file.value.get("$schema").and_then(Value::as_str) {
        Some(named) => Language::named(named).map_err(|message| wrong("/$schema", message))?,
        None => Language::LATEST,
    };
    language.check(&file.value).map_err(|error| {
        let leaf = explain(error, &file.value, &Places::default()).swap_remove(0);
        let at: String = leaf.segments.iter().map(|segment| format!("/{segment}")).collect();
        wrong(&at, format!("this is no JSON Schema: found {}; write {}", leaf.found, leaf.wanted))
    })?;
    Ok(language)
}

/// The name of each file: its stem, or its relative path where stems are equal.
fn names(files: &[File]) -> Vec<String> {
    let stems: Vec<String> = files.iter().map(File::stem).collect();
    let shared = |stem: &String| stems.iter().filter(|other| *other == stem).count() > 1;
    files
        .iter()
        .zip(&stems)
        .map(|(file, stem)| if shared(stem) { file.long_name() } else { stem.clone() })
        .collect()
}

/// Stems that several files share, and the last segments of addresses.
fn aliases(files: &[File], names: &[String]) -> BTreeMap<String, Option<String>> {
    let mut aliases: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut add = |alias: String, name: &String| {
        let meant = aliases.entry(alias).or_insert_with(|| Some(name.clone()));
        if meant.as_ref() != Some(name) {
            *meant = None;
        }
    };
    for (file, name) in files.iter().zip(names) {
        add(file.stem(), name);
        if let Some(id) = file.id() {
            let path = id.split(['#', '?']).next().unwrap_or_default().trim_end_matches('/');
            let last = path.rsplit(['/', ':']).next().unwrap_or_default();
            for alias in [last, crate::set_files::bare(last)] {
                if !alias.is_empty() {
                    add(alias.to_owned(), name);
                }
            }
        }
    }
    aliases
}
