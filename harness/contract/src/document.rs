//! A [`Document`]: the text of a contract as one JSON value, its version known, its references followed by pointer.

use std::path::Path;

use serde_json::Value;

use crate::bundle::{Origins, bundle};
use crate::drafts;
use crate::error::ContractError;
use crate::ids;
pub(crate) use crate::pointer::join;
use crate::reference::{Target, beside, nowhere};
use crate::text::read;
pub(crate) use crate::text::without_position;

/// How far a chain of references may lead.
const MAX_HOPS: usize = 64;

/// Which OpenAPI the document speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// 3.0: `nullable`, boolean `exclusiveMinimum`, nothing beside a `$ref`.
    V30,
    /// 3.1 and later: JSON Schema 2020-12.
    V31,
}

/// A loaded OpenAPI document.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) value: Value,
    pub(crate) dialect: Dialect,
    /// What its schemas are written in.
    pub(crate) draft: drafts::Language,
    origins: Origins,
}

/// A part of the document together with the place where it really stands.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    pub(crate) value: &'a Value,
    /// JSON pointer, `/components/responses/NotFound`.
    pub(crate) at: String,
}

impl Document {
    /// Reads a file and all files that it refers to.
    pub(crate) fn load(path: &Path) -> Result<Self, ContractError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ContractError::Io { file: name.clone(), reason: error.to_string() })?;
        let value = read(&name, &text)?;
        let dialect = dialect(&name, &value)?;
        let (value, origins) = bundle(path, value);
        Self { name, value: settled(value), dialect, draft: drafts::Language::LATEST, origins }.with_draft()
    }

    /// Reads YAML or JSON and settles the version. There is no folder in which other files could be.
    pub(crate) fn parse(name: &str, text: &str) -> Result<Self, ContractError> {
        let value = read(name, text)?;
        let dialect = dialect(name, &value)?;
        let (name, origins) = (name.to_owned(), Origins::default());
        Self { name, value: settled(value), dialect, draft: drafts::Language::LATEST, origins }.with_draft()
    }

    /// `jsonSchemaDialect`, which 3.1 has.
    fn with_draft(mut self) -> Result<Self, ContractError> {
        if let (Dialect::V31, Some(named)) = (self.dialect, self.value["jsonSchemaDialect"].as_str()) {
            self.draft = drafts::Language::named(named)
                .map_err(|message| self.wrong("/jsonSchemaDialect", message))?;
        }
        Ok(self)
    }

    /// What a reader of the document should know about how it is read.
    pub(crate) fn notes(&self) -> Vec<String> {
        let version = self.value["openapi"].as_str().unwrap_or_default();
        let newer = version.starts_with("3.2");
        newer
            .then(|| format!("/openapi: OpenAPI {version} is read as 3.1; what only 3.2 has can't be used"))
            .into_iter()
            .collect()
    }

    /// The file and the pointer in it from which a place of this document comes.
    pub(crate) fn locate(&self, at: &str) -> (String, String) {
        match self.origins.of(at) {
            Some((file, pointer)) => (file.to_owned(), pointer),
            None => (self.name.clone(), at.to_owned()),
        }
    }

    /// The node at a place, references followed. `None` if there is nothing.
    pub(crate) fn node(&self, at: &str) -> Result<Option<Node<'_>>, ContractError> {
        match self.value.pointer(at) {
            Some(value) => self.follow(value, at.to_owned()).map(Some),
            None => Ok(None),
        }
    }

    /// The child of a node, references followed.
    pub(crate) fn child<'a>(&'a self, node: &Node<'a>, key: &str) -> Result<Option<Node<'a>>, ContractError> {
        match node.value.get(key) {
            Some(value) => self.follow(value, join(&node.at, key)).map(Some),
            None => Ok(None),
        }
    }

    /// Every child of an object, in its order, references followed; `x-…` extensions are left out.
    pub(crate) fn children<'a>(&'a self, node: &Node<'a>) -> Result<Vec<(&'a str, Node<'a>)>, ContractError> {
        let all = self.raw_children(node).into_iter().filter(|(key, _)| !key.starts_with("x-"));
        all.map(|(key, child)| Ok((key, self.follow(child.value, child.at)?))).collect()
    }

    /// Every child of an object whose keys are names that the author chose, `x-request-id` among them.
    pub(crate) fn named<'a>(&'a self, node: &Node<'a>) -> Result<Vec<(&'a str, Node<'a>)>, ContractError> {
        let all = self.raw_children(node).into_iter();
        all.map(|(key, child)| Ok((key, self.follow(child.value, child.at)?))).collect()
    }

    /// Every child of an object as it stands there.
    pub(crate) fn raw_children<'a>(&'a self, node: &Node<'a>) -> Vec<(&'a str, Node<'a>)> {
        let children = node.value.as_object().into_iter().flatten();
        children.map(|(key, value)| (key.as_str(), Node { value, at: join(&node.at, key) })).collect()
    }

    /// Every element of an array, references followed.
    pub(crate) fn items<'a>(&'a self, node: &Node<'a>) -> Result<Vec<Node<'a>>, ContractError> {
        let items = node.value.as_array().map(Vec::as_slice).unwrap_or_default();
        items
            .iter()
            .enumerate()
            .map(|(i, value)| self.follow(value, join(&node.at, &i.to_string())))
            .collect()
    }

    /// A node with its own reference followed.
    pub(crate) fn follow<'a>(
        &'a self,
        mut value: &'a Value,
        mut at: String,
    ) -> Result<Node<'a>, ContractError> {
        let mut passed: Vec<&str> = Vec::new();
        for _ in 0..MAX_HOPS {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                return Ok(Node { value, at });
            };
            if passed.contains(&reference) {
                let way = passed.join(", ");
                let message = format!("leads round in a circle ({way}); let one of them hold the real thing");
                return Err(self.unresolved(&at, reference, &message));
            }
            passed.push(reference);
            let target = self.target(reference, &at)?;
            // Invariant: `target` has looked the pointer up.
            value = self.value.pointer(&target).unwrap_or(&Value::Null);
            at = target;
        }
        let last = passed.last().copied().unwrap_or_default();
        Err(self.unresolved(&at, last, "leads over too many others; let one of them hold the real thing"))
    }

    /// The pointer that a reference means, if it leads somewhere; `at` is the place of the object that holds it.
    pub(crate) fn target(&self, reference: &str, at: &str) -> Result<String, ContractError> {
        let reason = match Target::of(reference) {
            Target::Here(pointer) if self.value.pointer(&pointer).is_some() => return Ok(pointer),
            _ if self.origins.failure(at).is_some() => {
                self.origins.failure(at).unwrap_or_default().to_owned()
            }
            Target::Here(pointer) => nowhere(&self.value, &pointer, "the document"),
            Target::Anchor(anchor) => format!("leads nowhere: no schema has `$anchor: {anchor}`"),
            Target::Remote(advice) => advice,
            Target::File { path, .. } => beside(&self.name, &path),
        };
        Err(self.unresolved(at, reference, &reason))
    }

    fn unresolved(&self, at: &str, reference: &str, message: &str) -> ContractError {
        let (file, at) = self.locate(at);
        ContractError::UnresolvedRef {
            file,
            at,
            reference: reference.to_owned(),
            message: message.to_owned(),
        }
    }

    /// An error about a part of this document.
    pub(crate) fn wrong(&self, at: &str, message: impl Into<String>) -> ContractError {
        let (file, at) = self.locate(at);
        ContractError::Document { file, at, message: message.into() }
    }

    /// An error about a schema of this document.
    pub(crate) fn bad_schema(&self, at: &str, message: impl Into<String>) -> ContractError {
        let (file, at) = self.locate(at);
        ContractError::Schema { file, at, message: message.into() }
    }
}

fn settled(mut value: Value) -> Value {
    ids::settle(&mut value);
    value
}

fn dialect(name: &str, value: &Value) -> Result<Dialect, ContractError> {
    let refuse = |message: String| Err(ContractError::NotOpenApi { file: name.to_owned(), message });
    if !value.is_object() {
        return refuse(
            "this is no OpenAPI document: write a mapping that begins with `openapi: 3.1.0`".to_owned(),
        );
    }
    let version = match &value["openapi"] {
        Value::String(version) => version.clone(),
        Value::Number(number) => number.to_string(),
        _ if value.get("swagger").is_some() => {
            return refuse(
                "this is Swagger 2.0: convert it to OpenAPI 3 (for example with swagger2openapi)".to_owned(),
            );
        }
        _ => {
            return refuse(
                "the field `openapi` is missing: write `openapi: 3.1.0` (or 3.0.x) at the top".to_owned(),
            );
        }
    };
    match version.split('.').collect::<Vec<_>>()[..] {
        ["3", "0", ..] => Ok(Dialect::V30),
        ["3", "1" | "2", ..] => Ok(Dialect::V31),
        _ => refuse(format!("OpenAPI {version} is not known here: write a document of version 3.0 or 3.1")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(rest: &str) -> Document {
        Document::parse("a.yaml", &format!("openapi: 3.1.0\n{rest}")).unwrap()
    }

    #[test]
    fn keys_and_scalars_of_yaml_become_what_json_means() {
        let document = open(
            "paths:\n  /a:\n    get:\n      responses:\n        200: {description: yes}\n        404: {description: no}\n\
             x: {day: 2026-01-24, at: 2026-01-24T10:00:00Z, big: 18446744073709551615, version: 1.0.0, true: 1, 1.5: 3}\n",
        );
        let responses = &document.value["paths"]["/a"]["get"]["responses"];
        assert_eq!(responses["200"]["description"], "yes");
        assert_eq!(responses["404"]["description"], "no");
        let x = &document.value["x"];
        assert_eq!(x["day"], "2026-01-24");
        assert_eq!(x["at"], "2026-01-24T10:00:00Z");
        assert_eq!(x["big"], 18_446_744_073_709_551_615_u64);
        assert_eq!(x["version"], "1.0.0");
        assert_eq!(x["true"], 1);
        assert_eq!(x["1.5"], 3);
    }

    #[test]
    fn a_syntax_error_has_its_place() {
        let error = Document::parse("a.yaml", "openapi: 3.1.0\npaths:\n  /a: [\n").unwrap_err();
        assert!(matches!(error, ContractError::Syntax { line: 3 | 4, .. }), "{error:?}");
        let error = Document::parse("a.json", "{\n \"openapi\": \"3.1.0\",,\n}").unwrap_err();
        assert!(matches!(error, ContractError::Syntax { line: 2, .. }), "{error:?}");
        let error = Document::parse("a.yaml", "openapi: 3.1.0\npaths: {}\npaths: {}\n").unwrap_err();
        assert!(error.to_string().contains("a.yaml:3:1"), "{error}");
    }

    #[test]
    fn what_is_no_openapi_is_refused_with_advice() {
        for (text, wanted) in [
            ("- 1", "begins with `openapi: 3.1.0`"),
            ("swagger: '2.0'", "convert it"),
            ("info: {}", "`openapi` is missing"),
            ("openapi: 4.0.0", "OpenAPI 4.0.0 is not known"),
        ] {
            let error = Document::parse("x", text).unwrap_err();
            assert!(matches!(error, ContractError::NotOpenApi { .. }));
            assert!(error.to_string().contains(wanted), "{error}");
        }
        assert_eq!(Document::parse("x", "openapi: 3.0.3").unwrap().dialect, Dialect::V30);
        assert_eq!(Document::parse("x", "openapi: 3.1").unwrap().dialect, Dialect::V31);
    }

    #[test]
    fn references_are_followed_and_say_where_they_fail() {
        let document = open(
            "a: {$ref: '#/components/schemas/B~1C'}\nb: {$ref: '#/components/schemas/Bc'}\n\
             far: {$ref: 'https://example.com/x.yaml#/A'}\nloop: {$ref: '#/loop'}\n\
             components: {schemas: {B/C: {type: string}}}\n",
        );
        let node = document.node("/a").unwrap().unwrap();
        assert_eq!(
            (node.at.as_str(), &node.value["type"]),
            ("/components/schemas/B~1C", &Value::from("string"))
        );
        let error = document.node("/b").unwrap_err().to_string();
        assert!(error.contains("did you mean `#/components/schemas/B~1C`"), "{error}");
        let error = document.node("/far").unwrap_err().to_string();
        assert!(error.contains("nothing is fetched"), "{error}");
        assert!(document.node("/loop").unwrap_err().to_string().contains("circle"));
        assert!(document.node("/none").unwrap().is_none());
    }
}
