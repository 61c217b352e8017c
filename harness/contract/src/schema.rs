//! Compiled schemas: each place of a document is compiled once, shared by all who refer to it, and proved to refuse
//! something.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jsonschema::{Draft, Registry, Retrieve, Uri, ValidationOptions, Validator};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use crate::breach::Side;
use crate::document::{Document, Node};
use crate::error::ContractError;
use crate::explain::{Leaf, explain};
use crate::formats::{FREE, NUMBER_KEYWORD, NUMBERS, NumberFormat, TEXTS};
use crate::places::Places;
use crate::rewrite::Prepared;

/// Under which the two forms of a document are registered. Never equal to a validator's own base: a reference would
/// then mean itself, and everything would pass.
const REQUEST: &str = "dryrun://contract/request";
const RESPONSE: &str = "dryrun://contract/response";

/// What may not stand in the fragment of a URI.
const FRAGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A schema of a contract, ready to judge.
pub(crate) struct Schema {
    validator: Validator,
    places: Arc<Places>,
}

impl Schema {
    pub(crate) fn new(validator: Validator, places: Arc<Places>) -> Self {
        Self { validator, places }
    }

    /// The quick answer; no reasons.
    pub(crate) fn is_valid(&self, value: &Value) -> bool {
        self.validator.is_valid(value)
    }

    /// The reasons; empty if the value is valid.
    pub(crate) fn leaves(&self, value: &Value) -> Vec<Leaf> {
        if self.is_valid(value) {
            return Vec::new();
        }
        self.validator.iter_errors(value).flat_map(|error| explain(error, value, &self.places)).collect()
    }
}

/// Nothing is ever fetched.
pub(crate) struct Deny;

impl Retrieve for Deny {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("{uri} lies outside of the document, and nothing is fetched").into())
    }
}

/// The forms of a document, registered so that schemas can refer to each other.
pub(crate) struct Registries<'p> {
    registry: Registry<'p>,
    prepared: &'p Prepared,
    directed: bool,
}

impl<'p> Registries<'p> {
    pub(crate) fn new(document: &Document, prepared: &'p Prepared) -> Result<Self, ContractError> {
        let mut forms = vec![(REQUEST, &prepared.request)];
        forms.extend(prepared.response.as_ref().map(|form| (RESPONSE, form)));
        let registry = Registry::new()
            .draft(document.draft.0)
            .retriever(Deny)
            .extend(forms)
            .and_then(jsonschema::RegistryBuilder::prepare)
            .map_err(|error| ContractError::Schema {
                file: document.name.clone(),
                at: "/".to_owned(),
                message: format!("the references between the schemas can't be settled: {error}"),
            })?;
        Ok(Self { registry, prepared, directed: prepared.response.is_some() })
    }
}

/// By side and place; none where nothing can be compiled.
type Known = HashMap<(Side, String), Option<Arc<Schema>>>;

/// Every compiled schema of a document by its place; what nobody needed so far is compiled when asked for.
pub(crate) struct Compiled {
    cache: RwLock<Known>,
    directed: bool,
}

impl Compiled {
    /// The schema at a place; `None` if there is none or it can't be compiled.
    pub(crate) fn get(
        &self,
        document: &Document,
        prepared: &Prepared,
        side: Side,
        at: &str,
    ) -> Option<Arc<Schema>> {
        let side = if self.directed { side } else { Side::Request };
        let key = (side, at.to_owned());
        if let Some(known) = self.cache.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let made = || {
            let node = match document.node(at).ok()? {
                Some(node) => node,
                // What was rewritten stands in the compiled form alone: the contents of what others inherit from.
                None => Node { value: prepared.form(side).pointer(at)?, at: at.to_owned() },
            };
            let registries = Registries::new(document, prepared).ok()?;
            Compiler::new(document, &registries).compile(side, &node).ok()
        };
        let made = made();
        self.cache.write().unwrap_or_else(PoisonError::into_inner).insert(key, made.clone());
        made
    }
}

/// Compiles the schemas of one document, each place once.
pub(crate) struct Compiler<'d> {
    document: &'d Document,
    prepared: &'d Prepared,
    options: ValidationOptions<'d>,
    directed: bool,
    cache: HashMap<(Side, String), Arc<Schema>>,
}

impl<'d> Compiler<'d> {
    pub(crate) fn new(document: &'d Document, registries: &'d Registries<'d>) -> Self {
        let unchecked = registries.prepared.unchecked.keys().map(String::as_str);
        let options = options(document.draft.0, unchecked).with_registry(&registries.registry);
        let prepared = registries.prepared;
        Self { document, prepared, options, directed: registries.directed, cache: HashMap::new() }
    }

    /// What was compiled, for later questions.
    pub(crate) fn finish(self) -> Compiled {
        let cache = self.cache.into_iter().map(|(key, schema)| (key, Some(schema))).collect();
        Compiled { cache: RwLock::new(cache), directed: self.directed }
    }

    /// The compiled schema that stands at a place. `node` has its references followed already, so that all who refer
    /// to one schema share it.
    pub(crate) fn compile(&mut self, side: Side, node: &Node<'_>) -> Result<Arc<Schema>, ContractError> {
        let side = if self.directed { side } else { Side::Request };
        let key = (side, node.at.clone());
        if let Some(schema) = self.cache.get(&key) {
            return Ok(Arc::clone(schema));
        }
        let uri = match side {
            Side::Request => REQUEST,
            Side::Response => RESPONSE,
        };
        let reference = format!("{uri}#{}", utf8_percent_encode(&node.at, FRAGMENT));
        if let Some(defect) = self.prepared.broken_below(&node.at) {
            return Err(defect.clone());
        }
        let fail = |message: String| self.document.bad_schema(&node.at, message);
        let validator = self
            .options
            .build(&json!({ "$ref": reference }))
            .map_err(|error| fail(format!("the schema can't be compiled: {error}")))?;
        let target = |reference: &str| {
            let pointer = self.document.target(reference, "").ok()?;
            self.document.value.pointer(&pointer)
        };
        let beside = self.document.draft.beside_references();
        if must_refuse(&target, node.value, beside, 0)
            && probes().iter().all(|probe| validator.is_valid(probe))
        {
            return Err(fail("the compiled schema refuses nothing, though it names a type".to_owned()));
        }
        let schema = Arc::new(Schema::new(validator, Arc::clone(&self.prepared.places)));
        self.cache.insert(key, Arc::clone(&schema));
        Ok(schema)
    }
}

/// How schemas are compiled: formats are checked, except those that nothing here knows; nothing is fetched.
pub(crate) fn options<'o, 'n>(
    draft: Draft,
    unchecked: impl Iterator<Item = &'n str>,
) -> ValidationOptions<'o> {
    let mut options = jsonschema::options()
        .with_draft(draft)
        .with_retriever(Deny)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .with_keyword(NUMBER_KEYWORD, |_, format, _| {
            Ok(Box::new(NumberFormat::new(format.as_str().unwrap_or_default())))
        });
    for (name, check) in TEXTS {
        options = options.with_format(name, check);
    }
    // Nothing to check about these as texts; numbers have their keyword.
    for name in FREE.into_iter().chain(NUMBERS).chain(crate::formats::STANDARD).chain(unchecked) {
        if !options.is_known_format(draft, name) {
            options = options.with_format(name, |_| true);
        }
    }
    options
}

/// One value of each kind, none of which a real field would have.
pub(crate) fn probes() -> [Value; 7] {
    [
        json!(null),
        json!(true),
        json!(-987_654_321),
        json!(0.123_456_789),
        json!("\u{1}dryrun"),
        json!([]),
        json!({}),
    ]
}

/// Whether the schema is bound to refuse one of the probes: it names fewer types than all, values, or required fields.
pub(crate) fn must_refuse<'v>(
    target: &dyn Fn(&str) -> Option<&'v Value>,
    schema: &'v Value,
    beside: bool,
    depth: usize,
) -> bool {
    if depth > 8 {
        return false;
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let meant = target(reference).is_some_and(|meant| must_refuse(target, meant, beside, depth + 1));
        // Before 2019-09 nothing counts beside a reference.
        if meant || !beside {
            return meant;
        }
    }
    let names = |kinds: &[Value], name: &str| kinds.iter().any(|kind| kind == name);
    let by_type = match &schema["type"] {
        Value::String(_) => true,
        Value::Array(kinds) => {
            ["array", "boolean", "null", "number", "object", "string"].iter().any(|name| !names(kinds, name))
        }
        _ => false,
    };
    // `nullable` and `type` of 3.0 together still leave five kinds out.
    by_type
        || schema["enum"].is_array()
        || schema.get("const").is_some()
        || schema["required"].as_array().is_some_and(|required| !required.is_empty()) && only_plain(schema)
        || schema["allOf"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| must_refuse(target, one, beside, depth + 1)))
}

/// Whether nothing makes a required field optional again: a mark of direction does.
fn only_plain(schema: &Value) -> bool {
    let marked = |property: &Value| {
        property.get("readOnly").is_some()
            || property.get("writeOnly").is_some()
            || property.get("$ref").is_some()
    };
    schema["nullable"] != true
        && !schema["properties"].as_object().is_some_and(|all| all.values().any(marked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_refuse_something_is_known() {
        let text = json!({"openapi": "3.1.0", "components": {"schemas": {"A": {"type": "object"}}}});
        let document = Document::parse("t", &text.to_string()).unwrap();
        for (schema, expected) in [
            (json!({"type": "string"}), true),
            (json!({"type": ["string", "null"]}), true),
            (json!({"type": ["array", "boolean", "null", "number", "object", "string"]}), false),
            (json!({"enum": [1]}), true),
            (json!({"const": null}), true),
            (json!({"required": ["a"]}), true),
            (json!({"required": ["a"], "properties": {"a": {"readOnly": true}}}), false),
            (json!({"$ref": "#/components/schemas/A"}), true),
            (json!({"allOf": [{}, {"$ref": "#/components/schemas/A"}]}), true),
            (json!({"description": "anything"}), false),
            (json!(true), false),
        ] {
            let target = |reference: &str| document.value.pointer(reference.strip_prefix('#')?);
            assert_eq!(must_refuse(&target, &schema, true, 0), expected, "{schema}");
        }
    }

    /// The trap: a reference that the compiler takes for itself accepts everything. Each probe must be refused by the
    /// schema of its opposite.
    #[test]
    fn the_probes_have_every_kind() {
        for kind in ["array", "boolean", "integer", "null", "number", "object", "string"] {
            let validator = jsonschema::validator_for(&json!({"type": kind})).unwrap();
            let accepted = probes().iter().filter(|probe| validator.is_valid(probe)).count();
            assert!((1..=2).contains(&accepted), "{kind}: {accepted}");
        }
    }

    #[test]
    fn a_place_is_compiled_once_and_really_judges() {
        let text = json!({"openapi": "3.1.0", "components": {"schemas": {
            "A b{}": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/A%20b%7B%7D"}}}}}});
        let document = Document::parse("t", &text.to_string()).unwrap();
        let prepared = crate::rewrite::prepare(&document);
        let registries = Registries::new(&document, &prepared).unwrap();
        let mut compiler = Compiler::new(&document, &registries);
        let node = document.node("/components/schemas/A b{}").unwrap().unwrap();
        let one = compiler.compile(Side::Request, &node).unwrap();
        let two = compiler.compile(Side::Response, &node).unwrap();
        assert!(Arc::ptr_eq(&one, &two));
        assert!(one.is_valid(&json!({"next": {"next": {}}})));
        assert!(!one.is_valid(&json!({"next": {"next": 1}})));
        assert_eq!(one.leaves(&json!({"next": 1}))[0].schema_path, "/components/schemas/A b{}/type");
    }

    /// What was rewritten stands nowhere in the document: the contents of what others inherit from.
    #[test]
    fn a_place_of_the_compiled_form_alone_judges_too() {
        let text = json!({"openapi": "3.1.0", "components": {"schemas": {
            "Pet": {"type": "object", "discriminator": {"propertyName": "kind"}, "properties": {"id": {"type": "integer"}}},
            "Dog": {"allOf": [{"$ref": "#/components/schemas/Pet"}]}}}});
        let document = Document::parse("t", &text.to_string()).unwrap();
        let prepared = crate::rewrite::prepare(&document);
        let compiled = Compiler::new(&document, &Registries::new(&document, &prepared).unwrap()).finish();
        let at = "/components/schemas/Pet/$defs/x-dryrun-base/properties/id";
        let schema = compiled.get(&document, &prepared, Side::Response, at).unwrap();
        assert!(schema.is_valid(&json!(1)) && !schema.is_valid(&json!("one")));
        assert!(compiled.get(&document, &prepared, Side::Response, "/components/schemas/Cat").is_none());
    }
}
