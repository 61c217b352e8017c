//! The JSON-Schema-Test-Suite, played through [`SchemaSet`]: what a folder of plain schemas would say about each case.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use dryrun_contract::SchemaSet;
use serde_json::{Map, Value, json};
use url::Url;

/// The folders of the drafts that we read, with the name of each.
pub(crate) const DRAFTS: [(&str, &str); 5] = [
    ("draft4", "http://json-schema.org/draft-04/schema#"),
    ("draft6", "http://json-schema.org/draft-06/schema#"),
    ("draft7", "http://json-schema.org/draft-07/schema#"),
    ("draft2019-09", "https://json-schema.org/draft/2019-09/schema"),
    ("draft2020-12", "https://json-schema.org/draft/2020-12/schema"),
];

/// Where the suite has its other files, as its schemas call them.
const REMOTES: &str = "http://localhost:1234/";

/// Which case it is: draft, file, group and test.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Case {
    pub(crate) draft: String,
    pub(crate) file: String,
    pub(crate) group: String,
    pub(crate) test: String,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}\t{}\t{}", self.draft, self.file, self.group, self.test)
    }
}

/// What came out for one draft.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) passed: Vec<Case>,
    /// With what was said in place of the right thing.
    pub(crate) failed: Vec<(Case, String)>,
}

/// Plays every required case of a draft. `suite` is the folder that has `tests` and `remotes`.
///
/// # Errors
/// A file can't be read, or is not what the suite has.
pub(crate) fn play(suite: &Path, draft: (&str, &str)) -> Result<Outcome, String> {
    let remotes = remotes(suite, draft)?;
    let folder = suite.join("tests").join(draft.0);
    let mut files: Vec<_> = entries(&folder)?.into_iter().filter(|path| path.is_file()).collect();
    files.sort();
    let mut outcome = Outcome::default();
    for path in files {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let groups = value(&path)?;
        let groups = groups.as_array().ok_or_else(|| format!("{}: no list of groups", path.display()))?;
        for group in groups {
            let case = |test: &Value| Case {
                draft: draft.0.to_owned(),
                file: file.clone(),
                group: text(group, "description"),
                test: text(test, "description"),
            };
            let set = set(&group["schema"], draft.1, &remotes);
            for test in group["tests"].as_array().into_iter().flatten() {
                match judge(&set, test) {
                    Ok(()) => outcome.passed.push(case(test)),
                    Err(said) => outcome.failed.push((case(test), said)),
                }
            }
        }
    }
    Ok(outcome)
}

/// The set of one schema and of all that it may refer to.
fn set(schema: &Value, name: &str, remotes: &BTreeMap<String, Value>) -> Result<SchemaSet, String> {
    let mut documents = vec![("dryrun://suite/case.json".to_owned(), named(schema, name))];
    let mut next = 0;
    while let Some((uri, value)) = documents.get(next).cloned() {
        let mut bases = vec![uri];
        let mut named = Vec::new();
        addresses(&value, &mut bases, &mut named);
        let known = |uri: &String| documents.iter().any(|(known, _)| known == uri);
        let wanted = bases.iter().flat_map(|base| named.iter().filter_map(|name| absolute(base, name)));
        let more: BTreeMap<String, Value> = wanted
            .filter(|uri| !known(uri))
            .filter_map(|uri| remotes.get(&uri).map(|value| (uri, value.clone())))
            .collect();
        documents.extend(more);
        next += 1;
    }
    SchemaSet::from_documents(documents).map_err(|error| error.to_string())
}

/// Every address that a schema has itself, and every name by which it may call another one.
fn addresses(value: &Value, bases: &mut Vec<String>, named: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for key in ["$id", "id"] {
                let own = map.get(key).and_then(Value::as_str);
                let more = own
                    .into_iter()
                    .flat_map(|own| bases.iter().filter_map(|base| absolute(base, own)).collect::<Vec<_>>());
                bases.extend(more.collect::<Vec<_>>());
            }
            let refers =
                ["$ref", "$dynamicRef", "$recursiveRef"].into_iter().filter_map(|key| map.get(key)?.as_str());
            named.extend(refers.map(str::to_owned));
            map.values().for_each(|inner| addresses(inner, bases, named));
        }
        Value::Array(items) => items.iter().for_each(|inner| addresses(inner, bases, named)),
        _ => {}
    }
}

fn absolute(base: &str, name: &str) -> Option<String> {
    let mut uri = Url::parse(base).ok()?.join(name).ok()?;
    uri.set_fragment(None);
    Some(uri.to_string())
}

fn judge(set: &Result<SchemaSet, String>, test: &Value) -> Result<(), String> {
    let set = set.as_ref().map_err(|error| format!("it does not load: {error}"))?;
    let breaches = set.check("case", &test["data"]).map_err(|error| error.to_string())?;
    match (breaches.first(), test["valid"].as_bool()) {
        (None, Some(true)) | (Some(_), Some(false)) => Ok(()),
        (None, _) => Err("it is accepted".to_owned()),
        (Some(breach), _) => Err(format!("it is refused: {breach}")),
    }
}

/// A schema says itself of which draft it is; the suite says so by its folders.
fn named(schema: &Value, name: &str) -> Value {
    match schema {
        Value::Object(map) if !map.contains_key("$schema") => {
            let mut with = Map::from_iter([("$schema".to_owned(), json!(name))]);
            with.extend(map.clone());
            Value::Object(with)
        }
        other => other.clone(),
    }
}

/// Every other file of the suite that a schema of the draft may refer to, by address.
fn remotes(suite: &Path, draft: (&str, &str)) -> Result<BTreeMap<String, Value>, String> {
    let root = suite.join("remotes");
    let mut found = BTreeMap::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for path in entries(&folder)? {
            let relative = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            let of_other_draft = relative.starts_with("draft") && relative.split('/').next() != Some(draft.0);
            if path.is_dir() && !of_other_draft {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "json") {
                found.insert(format!("{REMOTES}{relative}"), named(&value(&path)?, draft.1));
            }
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, String> {
    let fail = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::read_dir(folder)
        .map_err(fail)?
        .map(|entry| entry.map(|entry| entry.path()).map_err(fail))
        .collect()
}

fn value(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// The cases that are decided otherwise here, with the reason of each: lines of draft, file, group, test and reason,
/// parted by tabs. A draft of `*` stands for every draft that has the case.
pub(crate) struct Listed(Vec<(Case, String)>);

impl Listed {
    /// # Errors
    /// A line has not its five parts.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let all = lines.map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
            [draft, file, group, test, reason] if !reason.is_empty() => {
                let [draft, file, group, test] = [draft, file, group, test].map(str::to_owned);
                Ok((Case { draft, file, group, test }, reason.to_owned()))
            }
            _ => Err(format!("five parts, parted by tabs, are wanted: {line:?}")),
        });
        all.collect::<Result<_, _>>().map(Self)
    }

    fn position(&self, case: &Case) -> Option<usize> {
        let same = |known: &Case| {
            (known.draft == "*" || known.draft == case.draft)
                && (&known.file, &known.group, &known.test) == (&case.file, &case.group, &case.test)
        };
        self.0.iter().position(|(known, _)| same(known))
    }
}

/// What is wrong when the outcomes of all drafts are held against the list.
pub(crate) fn compare(outcomes: &[Outcome], listed: &Listed) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut met = vec![false; listed.0.len()];
    for outcome in outcomes {
        for (case, said) in &outcome.failed {
            match listed.position(case) {
                Some(index) => met[index] = true,
                None => wrong.push(format!("{case}\t{said}")),
            }
        }
        for case in &outcome.passed {
            if let Some(index) = listed.position(case) {
                met[index] = true;
                wrong.push(format!("{case}\tis listed and passes: take it off the list"));
            }
        }
    }
    let unmet = listed.0.iter().zip(met).filter(|(_, met)| !met);
    wrong
        .extend(unmet.map(|((case, _), _)| format!("{case}\tis listed and not there: take it off the list")));
    wrong
}

/// How many cases of a draft are on the list.
pub(crate) fn listed_of(outcome: &Outcome, listed: &Listed) -> usize {
    outcome.failed.iter().filter(|(case, _)| listed.position(case).is_some()).count()
}
