//! From the text of a behaviour file to a plan, with every expression compiled and every name checked.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::error::MockError;
use crate::nearest;
use crate::plan::{Action, Auth, Collection, Compiled, Effect, Find, Listing, Refusing, Rule};
use crate::raw::{RawBehaviour, RawCollection, RawCreate, RawFind, RawOperation, RawRule};
use crate::stages::{Stage, Stages, range};
use crate::store::Unique;
use crate::template::{Expr, Fault, Template};
use crate::time;

/// The names that every expression of an operation can use.
const CALL: [&str; 7] = ["request", "query", "path", "headers", "config", "service", "version"];
/// Collections keep so many items unless told otherwise; the oldest go first.
const KEEP: usize = 20_000;

/// The text, and where in it something stands.
struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl File<'_> {
    /// An error at a place; the line is that of the first text that looks like `near`.
    fn error(&self, at: &str, near: &str, what: String) -> MockError {
        let first = near.lines().next().unwrap_or_default();
        let line =
            (!first.is_empty()).then(|| self.text.lines().position(|line| line.contains(first))).flatten();
        MockError::Behaviour {
            file: self.name.to_owned(),
            line: line.map(|line| line + 1),
            at: at.to_owned(),
            what,
        }
    }

    fn template(&self, at: &str, value: &Value, names: &[&str]) -> Result<Template, MockError> {
        Template::compile(at, value, names).map_err(|fault| self.fault(fault))
    }

    fn text(&self, at: &str, text: &str, names: &[&str]) -> Result<Template, MockError> {
        self.template(at, &Value::String(text.to_owned()), names)
    }

    fn named(
        &self,
        at: &str,
        map: &Map<String, Value>,
        names: &[&str],
    ) -> Result<Vec<(String, Template)>, MockError> {
        map.iter()
            .map(|(key, value)| Ok((key.clone(), self.template(&format!("{at}.{key}"), value, names)?)))
            .collect()
    }

    fn fault(&self, fault: Fault) -> MockError {
        self.error(&fault.at, &fault.source, fault.what)
    }

    fn duration(&self, at: &str, text: &str) -> Result<Duration, MockError> {
        time::duration(text).map_err(|what| self.error(at, text, what))
    }
}

/// Compiles a behaviour file.
pub(crate) fn compile(name: &str, text: &str) -> Result<Compiled, MockError> {
    let file = File { name, text };
    let raw = read(&file)?;
    let known: Vec<String> = raw.collections.keys().cloned().collect();
    let mut collections = BTreeMap::new();
    for (name, raw) in raw.collections {
        let compiled = collection(&file, &format!("collections.{name}"), raw)?;
        collections.insert(name, compiled);
    }
    let mut operations = BTreeMap::new();
    for (line, raw) in raw.operations {
        let at = format!("operations.{line}");
        let action = action(&file, &at, &line, raw, &known)?;
        operations.insert(normal(&line), action);
    }
    let names = [&CALL[..], &["status", "detail", "faults"]].concat();
    Ok(Compiled {
        file: name.to_owned(),
        title: raw.title,
        port: raw.port,
        service: raw.service,
        version: raw.version,
        config: raw.config,
        collections,
        operations,
        error_form: raw.errors.form.map(|form| file.template("errors.form", &form, &names)).transpose()?,
        shape_form: raw.errors.shape.map(|form| file.template("errors.shape", &form, &names)).transpose()?,
        security: raw.security,
        auth: raw.auth.map(|auth| Auth {
            keys: auth.keys,
            except: auth.except.iter().map(|line| normal(line)).collect(),
            detail: auth.detail.unwrap_or_else(|| "Invalid or missing API key".to_owned()),
        }),
    })
}

/// `post  /a` is `POST /a`.
fn normal(line: &str) -> String {
    match line.split_once(char::is_whitespace) {
        Some((method, path)) => format!("{} {}", method.to_ascii_uppercase(), path.trim()),
        None => line.to_owned(),
    }
}

fn read(file: &File<'_>) -> Result<RawBehaviour, MockError> {
    let fail = |error: &serde_saphyr::Error| {
        let inner = error.without_snippet();
        let line = inner
            .location()
            .and_then(|location| usize::try_from(location.line()).ok())
            .filter(|line| *line > 0);
        let (at, what) = match inner {
            serde_saphyr::Error::SerdeUnknownField { field, expected, .. } => (
                field.clone(),
                format!("there is no key {field:?} here; {}", nearest::hint(field, expected.iter().copied())),
            ),
            other => ("the file".to_owned(), other.to_string()),
        };
        MockError::Behaviour { file: file.name.to_owned(), line, at, what }
    };
    if file.text.trim().is_empty() {
        return Ok(RawBehaviour::default());
    }
    serde_saphyr::from_str::<RawBehaviour>(file.text).map_err(|error| fail(&error))
}

fn collection(file: &File<'_>, at: &str, raw: RawCollection) -> Result<Collection, MockError> {
    let base = ["config", "service", "version", "item"];
    let generating = ["config", "service", "version", "index", "key", "id"];
    let stages = raw.stages.map(|stages| {
        let steps = stages.steps.into_iter().map(|stage| {
            let after = stage.after.as_deref().unwrap_or("0s");
            let after = range(after)
                .map_err(|what| file.error(&format!("{at}.stages.{}", stage.name), after, what))?;
            Ok(Stage { name: stage.name, after, chance: stage.chance.unwrap_or(1.0), instead: stage.instead })
        });
        Ok::<_, MockError>(Stages { since: stages.since, steps: steps.collect::<Result<_, MockError>>()? })
    });
    let unique = raw.unique.into_iter().map(|unique| Unique {
        detail: unique
            .detail
            .unwrap_or_else(|| format!("There is an item with this {} already", unique.field)),
        field: unique.field,
        ignore_case: unique.ignore_case,
        status: unique.status.unwrap_or(409),
    });
    if raw.population > 0 && raw.generate.is_none() {
        return Err(file.error(
            at,
            "population",
            "a `population` needs `generate`, the template of one item".to_owned(),
        ));
    }
    Ok(Collection {
        id: raw.id,
        prefix: raw.prefix,
        unique: unique.collect(),
        population: raw.population,
        generate: raw
            .generate
            .map(|value| file.template(&format!("{at}.generate"), &value, &generating))
            .transpose()?,
        stages: stages.transpose()?,
        computed: file.named(&format!("{at}.computed"), &raw.computed, &base)?,
        keep: raw.keep.unwrap_or(KEEP).max(1),
    })
}

fn action(
    file: &File<'_>,
    at: &str,
    line: &str,
    raw: RawOperation,
    known: &[String],
) -> Result<Action, MockError> {
    let rules = raw.when.into_iter().enumerate().map(|(i, raw)| rule(file, &format!("{at}.when[{i}]"), raw));
    let rules = rules.collect::<Result<_, _>>()?;
    let mut effects = Vec::new();
    let mut names: Vec<String> = CALL.iter().map(|name| (*name).to_owned()).collect();
    if raw.reset {
        effects.push(Effect::Reset);
    }
    for (i, raw) in raw.create.into_iter().chain(raw.also).enumerate() {
        effects.push(create(file, &format!("{at}.create[{i}]"), raw, i == 0, &mut names, known)?);
    }
    if let Some(raw) = raw.get {
        effects.push(Effect::Get(find(file, &format!("{at}.get"), raw, known)?));
        names.push("item".to_owned());
    }
    if let Some(raw) = raw.update {
        let find = find(
            file,
            &format!("{at}.update"),
            RawFind { collection: raw.collection, id: raw.id, missing: raw.missing },
            known,
        )?;
        let set = raw
            .set
            .map(|set| file.template(&format!("{at}.update.set"), &set, &[&CALL[..], &["item"]].concat()));
        effects.push(Effect::Update { find, set: set.transpose()? });
        names.push("item".to_owned());
    }
    if let Some(raw) = raw.delete {
        effects.push(Effect::Delete(find(file, &format!("{at}.delete"), raw, known)?));
        names.push("item".to_owned());
    }
    if let Some(raw) = raw.list {
        let at = format!("{at}.list");
        exists(file, &at, &raw.collection, known)?;
        let optional = |key: &str, value: Option<Value>, names: &[&str]| {
            value.map(|value| file.template(&format!("{at}.{key}"), &value, names)).transpose()
        };
        effects.push(Effect::List(Listing {
            filters: file.named(&format!("{at}.where"), &raw.filters, &CALL)?,
            sort: raw.sort.map(|sort| match sort.strip_prefix('-') {
                Some(field) => (field.to_owned(), true),
                None => (sort, false),
            }),
            limit: optional("limit", raw.limit, &CALL)?,
            offset: optional("offset", raw.offset, &CALL)?,
            each: optional("each", raw.each, &[&CALL[..], &["item"]].concat())?,
            collection: raw.collection,
        }));
        names.extend(["page", "total", "limit", "offset"].map(str::to_owned));
    }
    let mut lets = Vec::new();
    for (name, value) in &raw.names {
        let seen: Vec<&str> = names.iter().map(String::as_str).collect();
        lets.push((name.clone(), file.template(&format!("{at}.let.{name}"), value, &seen)?));
        names.push(name.clone());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(Action {
        line: file.text.lines().position(|text| text.contains(line)).map(|line| line + 1),
        rules,
        effects,
        names: lets,
        status: raw.status,
        headers: file.named(&format!("{at}.headers"), &raw.headers, &names)?,
        answer: raw
            .answer
            .map(|answer| file.template(&format!("{at}.answer"), &answer, &names))
            .transpose()?,
    })
}

fn rule(file: &File<'_>, at: &str, raw: RawRule) -> Result<Rule, MockError> {
    let source = match (&raw.condition, &raw.field, &raw.contains) {
        (Some(condition), None, None) => condition
            .trim()
            .strip_prefix("${")
            .and_then(|rest| rest.strip_suffix('}'))
            .unwrap_or(condition)
            .to_owned(),
        (None, Some(field), Some(word)) => {
            format!("contains(request.{field}, {})", Value::String(word.clone()))
        }
        _ => {
            let near = raw.field.or(raw.contains).unwrap_or_default();
            return Err(file.error(
                at,
                &near,
                "a rule has either `field` and `contains`, or `if`".to_owned(),
            ));
        }
    };
    let condition = Expr::compile(at, &source, &CALL).map_err(|fault| file.fault(fault))?;
    let delay = raw.delay.as_deref().map(|delay| file.duration(&format!("{at}.delay"), delay)).transpose()?;
    if raw.status.is_none() && (raw.detail.is_some() || raw.body.is_some() || !raw.headers.is_empty()) {
        return Err(file.error(
            at,
            &source,
            "`detail`, `body` and `headers` need the `status` that they come with".to_owned(),
        ));
    }
    let refusal = match raw.status {
        None => None,
        Some(status) => Some(Refusing {
            status: valid_status(file, at, status)?,
            detail: file.text(&format!("{at}.detail"), raw.detail.as_deref().unwrap_or(""), &CALL)?,
            body: raw.body.map(|body| file.template(&format!("{at}.body"), &body, &CALL)).transpose()?,
            headers: file.named(&format!("{at}.headers"), &raw.headers, &CALL)?,
        }),
    };
    if refusal.is_none() && delay.is_none() {
        return Err(file.error(at, &source, "a rule needs a `status`, a `delay`, or both".to_owned()));
    }
    Ok(Rule { condition, delay: delay.unwrap_or_default(), refusal })
}

fn valid_status(file: &File<'_>, at: &str, status: u16) -> Result<u16, MockError> {
    if (200..600).contains(&status) {
        return Ok(status);
    }
    Err(file.error(
        at,
        &status.to_string(),
        format!("{status} is no status of an answer; write one from 200 to 599"),
    ))
}

fn create(
    file: &File<'_>,
    at: &str,
    raw: RawCreate,
    main: bool,
    names: &mut Vec<String>,
    known: &[String],
) -> Result<Effect, MockError> {
    exists(file, at, &raw.collection, known)?;
    let mut seen: Vec<&str> = names.iter().map(String::as_str).collect();
    let name = raw.name.unwrap_or_else(|| "each".to_owned());
    let each = raw.each.map(|each| file.text(&format!("{at}.each"), &each, &seen)).transpose()?;
    if each.is_some() {
        seen.push(&name);
    }
    seen.push("id");
    let item = file.template(&format!("{at}.item"), &raw.item, &seen)?;
    if main && each.is_none() {
        names.push("item".to_owned());
    }
    Ok(Effect::Create {
        collection: raw.collection,
        main: main && each.is_none(),
        each: each.map(|each| (name, each)),
        item,
    })
}

fn find(file: &File<'_>, at: &str, raw: RawFind, known: &[String]) -> Result<Find, MockError> {
    exists(file, at, &raw.collection, known)?;
    let missing = raw.missing.as_deref().unwrap_or("Not found");
    Ok(Find {
        id: raw.id.map(|id| file.text(&format!("{at}.id"), &id, &CALL)).transpose()?,
        missing: file.text(&format!("{at}.missing"), missing, &CALL)?,
        collection: raw.collection,
    })
}

fn exists(file: &File<'_>, at: &str, collection: &str, known: &[String]) -> Result<(), MockError> {
    if known.iter().any(|name| name == collection) {
        return Ok(());
    }
    let what = format!(
        "there is no collection {collection:?}; {}",
        nearest::hint(collection, known.iter().map(String::as_str))
    );
    Err(file.error(at, &format!("in: {collection}"), what))
}
