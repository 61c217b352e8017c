//! A [`Document`]: the text of a contract as one JSON value, its version known, its references followed by pointer.

use serde_json::Value;

use crate::error::ContractError;

/// How far a chain of references may lead before it is called a circle.
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
}

/// A part of the document together with the place where it really stands.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    pub(crate) value: &'a Value,
    /// JSON pointer, `/components/responses/NotFound`.
    pub(crate) at: String,
}

impl Document {
    /// Reads YAML or JSON and settles the version.
    pub(crate) fn parse(name: &str, text: &str) -> Result<Self, ContractError> {
        let value = read(name, text)?;
        let dialect = dialect(name, &value)?;
        Ok(Self { name: name.to_owned(), value, dialect })
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
        let Some(object) = node.value.as_object() else {
            return Ok(Vec::new());
        };
        let named = object.iter().filter(|(key, _)| !key.starts_with("x-"));
        named.map(|(key, value)| Ok((key.as_str(), self.follow(value, join(&node.at, key))?))).collect()
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

    fn follow<'a>(&'a self, mut value: &'a Value, mut at: String) -> Result<Node<'a>, ContractError> {
        for _ in 0..MAX_HOPS {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                return Ok(Node { value, at });
            };
            let target = self.target(reference, &at)?;
            // Invariant: `target` has looked the pointer up.
            value = self.value.pointer(&target).unwrap_or(&Value::Null);
            at = target;
        }
        Err(self.unresolved(&at, "$ref", "leads round in a circle; let one of them hold the real thing"))
    }

    /// The pointer that a reference means, if it is local and leads somewhere.
    pub(crate) fn target(&self, reference: &str, at: &str) -> Result<String, ContractError> {
        let Some(fragment) = reference.strip_prefix('#') else {
            let message = "leads out of this document and nothing is fetched: copy what it means under \
                           `components` and refer to it as `#/components/…`";
            return Err(self.unresolved(at, reference, message));
        };
        let pointer = percent_encoding::percent_decode_str(fragment).decode_utf8_lossy().into_owned();
        if self.value.pointer(&pointer).is_none() {
            let message = match pointer.rsplit_once('/') {
                Some((parent, _)) => match self.value.pointer(parent).and_then(Value::as_object) {
                    Some(siblings) if !siblings.is_empty() => {
                        let last = unescape(pointer.rsplit('/').next().unwrap_or_default());
                        let names = siblings.keys().map(String::as_str);
                        let nearest = crate::words::closest(&last, names).unwrap_or_default();
                        format!("leads nowhere; did you mean `#{}`?", join(parent, nearest))
                    }
                    _ => format!("leads nowhere: the document has no `{parent}`"),
                },
                None => "leads nowhere: write a JSON pointer such as `#/components/schemas/Name`".to_owned(),
            };
            return Err(self.unresolved(at, reference, &message));
        }
        Ok(pointer)
    }

    fn unresolved(&self, at: &str, reference: &str, message: &str) -> ContractError {
        ContractError::UnresolvedRef {
            file: self.name.clone(),
            at: at.to_owned(),
            reference: reference.to_owned(),
            message: message.to_owned(),
        }
    }

    /// An error about a part of this document.
    pub(crate) fn wrong(&self, at: &str, message: impl Into<String>) -> ContractError {
        ContractError::Document { file: self.name.clone(), at: at.to_owned(), message: message.into() }
    }
}

/// Appends one segment to a JSON pointer.
pub(crate) fn join(at: &str, key: &str) -> String {
    if key.contains(['~', '/']) {
        format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
    } else {
        format!("{at}/{key}")
    }
}

/// One segment of a JSON pointer as the key that it stands for.
pub(crate) fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

fn read(name: &str, text: &str) -> Result<Value, ContractError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // JSON is YAML as well, but its own parser is faster and its messages speak of JSON.
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).or_else(|error| {
            // Flow-style YAML begins with a brace, too.
            from_yaml(name, text).map_err(|_| ContractError::Syntax {
                file: name.to_owned(),
                line: error.line(),
                column: error.column(),
                message: without_position(&error),
            })
        });
    }
    from_yaml(name, text)
}

/// What `serde_json` says, without the position, which is said elsewhere.
pub(crate) fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}

fn from_yaml(name: &str, text: &str) -> Result<Value, ContractError> {
    // The country code `NO` is a word, as YAML 1.2 has it. The limits are those of a document of several thousand
    // operations; the crate's own would refuse one of a thousand.
    let options = serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
        budget: serde_saphyr::budget! { max_events: 20_000_000, max_nodes: 10_000_000, max_depth: 200 },
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        let message = error.to_string();
        ContractError::Syntax {
            file: name.to_owned(),
            line: usize::try_from(line).unwrap_or(usize::MAX),
            column: usize::try_from(column).unwrap_or(usize::MAX),
            message: message
                .lines()
                .next()
                .unwrap_or_default()
                .split(" at line ")
                .next()
                .unwrap_or_default()
                .to_owned(),
        }
    })
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
