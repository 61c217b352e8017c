//! A read-only view of a compiled contract: parameters, bodies, answers and security of an operation, and the schemas
//! as they are judged. For mocks, coverage, probes and comparisons; everything is looked up on each call, so keep what
//! is needed often.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::body::Media;
use crate::breach::{Location, Side};
use crate::contract::{Contract, Example};
use crate::credentials::{SecurityNeed, security_kind};
use crate::document::{Node, join};
use crate::operation::Operation;
use crate::parameters::{Parameter, Style};
use crate::plan::StatusKey;

/// What stands for a schema that the document does not have: anything goes.
static ANYTHING: Value = Value::Bool(true);

/// How many references in a row are followed.
const HOPS: usize = 64;

/// The place of a schema in its contract.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaRef {
    pointer: String,
}

impl SchemaRef {
    /// A schema by its JSON pointer: `/components/schemas/Email`.
    #[must_use]
    pub fn new(pointer: impl Into<String>) -> Self {
        Self { pointer: pointer.into() }
    }

    /// The JSON pointer, references followed: what two parts share has one place.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }
}

/// One documented parameter of a request, or header of an answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ParameterInfo {
    /// Its name, as the document writes it.
    pub name: String,
    /// Path, query, header or cookie.
    pub location: Location,
    /// Whether it must be there; always, in a path.
    pub required: bool,
    /// `simple`, `label`, `matrix`, `form`, `spaceDelimited`, `pipeDelimited`, `deepObject`; `content` for a parameter
    /// that is a document of its own.
    pub style: String,
    /// Whether arrays and objects come in parts.
    pub explode: bool,
    /// Whether a query parameter may stand there without a value.
    pub allow_empty: bool,
    /// Its schema; anything goes if the document has none.
    pub schema: SchemaRef,
    /// The first documented example, of the parameter or else of its schema.
    pub example: Option<Value>,
}

/// One documented form of a body.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MediaInfo {
    /// The media type or range, as the document writes it.
    pub media_type: String,
    /// What such a body is judged by.
    pub schema: Option<SchemaRef>,
    /// The documented examples.
    pub examples: Vec<Example>,
}

/// One documented answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ResponseInfo {
    /// `200`, `4XX` or `default`.
    pub status: String,
    /// Its description.
    pub description: String,
    /// The documented bodies; empty if the document says nothing about one.
    pub content: Vec<MediaInfo>,
    /// The documented headers, without `Content-Type`.
    pub headers: Vec<ParameterInfo>,
}

impl Contract {
    /// The documented parameters of a request: those of the path first, overridden by those of the operation.
    #[must_use]
    pub fn parameters(&self, op: &Operation) -> Vec<ParameterInfo> {
        self.plan(op).parameters.iter().map(|parameter| self.parameter_info(parameter)).collect()
    }

    /// The documented forms of the request's body; empty if it has none.
    #[must_use]
    pub fn request_media(&self, op: &Operation) -> Vec<MediaInfo> {
        let body = self.plan(op).body.as_ref();
        body.map(|body| self.media_infos(&body.at, &body.content)).unwrap_or_default()
    }

    /// Whether a request must have a body.
    #[must_use]
    pub fn request_body_required(&self, op: &Operation) -> bool {
        self.plan(op).body.as_ref().is_some_and(|body| body.required)
    }

    /// The documented answers, exact statuses first.
    #[must_use]
    pub fn responses(&self, op: &Operation) -> Vec<ResponseInfo> {
        let answers = &self.plan(op).answers;
        let by_status = op.statuses.iter().filter_map(|status| {
            let key = StatusKey::parse(status)?;
            Some((status, answers.iter().find(|answer| answer.key == key)?))
        });
        by_status
            .map(|(status, answer)| ResponseInfo {
                status: status.clone(),
                description: self.text(&join(&answer.at, "description")),
                content: self.media_infos(&answer.at, &answer.content),
                headers: answer.headers.iter().map(|header| self.parameter_info(header)).collect(),
            })
            .collect()
    }

    /// What a call must prove: one of the outer list, and of that everything. Empty if nothing; an empty inner list
    /// says that it also works without. Schemes that the document does not define are left out.
    #[must_use]
    pub fn security(&self, op: &Operation) -> Vec<Vec<SecurityNeed>> {
        let document = self.document();
        let own = document.pointer(&join(&self.plan(op).at, "security"));
        let alternatives = own.or_else(|| document.get("security")).and_then(Value::as_array);
        let alternatives = alternatives.map(Vec::as_slice).unwrap_or_default();
        alternatives.iter().filter_map(Value::as_object).map(|all| self.needs(all)).collect()
    }

    fn needs(&self, all: &serde_json::Map<String, Value>) -> Vec<SecurityNeed> {
        let needs = all.iter().filter_map(|(scheme, scopes)| {
            let node = self.source().node(&join("/components/securitySchemes", scheme)).ok()??;
            let scopes = scopes.as_array().into_iter().flatten().filter_map(Value::as_str);
            Some(SecurityNeed {
                scheme: scheme.clone(),
                kind: security_kind(node.value)?,
                scopes: scopes.map(str::to_owned).collect(),
            })
        });
        needs.collect()
    }

    /// A schema as it is judged: in JSON Schema 2020-12 (or the draft that `jsonSchemaDialect` names), and with what a request
    /// or an answer need not have taken out of `required`. Each `$ref` in it leads into the same form: see
    /// [`Contract::resolve`]. `true` if there is no schema at that place.
    #[must_use]
    pub fn schema(&self, at: &SchemaRef, side: Side) -> &Value {
        self.form(side).pointer(&at.pointer).unwrap_or(&ANYTHING)
    }

    /// Follows the `$ref` of a schema, and that of its target; a schema without one is returned as it is. What stands
    /// beside the `$ref` has to be looked at before.
    #[must_use]
    pub fn resolve<'a>(&'a self, schema: &'a Value, side: Side) -> &'a Value {
        let mut schema = schema;
        for _ in 0..HOPS {
            let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
                return schema;
            };
            let Some(fragment) = reference.strip_prefix('#') else {
                return &ANYTHING;
            };
            let pointer = percent_decode_str(fragment).decode_utf8_lossy();
            schema = self.form(side).pointer(&pointer).unwrap_or(&ANYTHING);
        }
        &ANYTHING
    }

    /// Whether a schema accepts a value. Nothing is accepted where a schema can't be compiled.
    #[must_use]
    pub fn accepts(&self, at: &SchemaRef, side: Side, value: &Value) -> bool {
        if self.form(side).pointer(&at.pointer).is_none() {
            return true;
        }
        let schema = self.compiled().get(self.source(), self.prepared(), side, &at.pointer);
        schema.is_some_and(|schema| schema.is_valid(value))
    }

    /// The form of the document that a side is judged by.
    fn form(&self, side: Side) -> &Value {
        self.prepared().form(side)
    }

    fn text(&self, pointer: &str) -> String {
        self.document().pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    fn parameter_info(&self, parameter: &Parameter) -> ParameterInfo {
        let source = self.source();
        let node = source.node(&parameter.at).ok().flatten();
        let media = node.as_ref().and_then(|node| {
            let content = source.child(node, "content").ok()??;
            source.children(&content).ok()?.into_iter().next().map(|(_, media)| media)
        });
        let holder = media.as_ref().or(node.as_ref());
        let schema = holder.and_then(|holder| source.child(holder, "schema").ok()?);
        let example = holder.and_then(|holder| first_example(self, holder)).or_else(|| {
            let schema = schema.as_ref()?.value;
            schema.get("example").or_else(|| schema["examples"].get(0)).cloned()
        });
        let place = schema.map_or_else(|| join(&parameter.at, "schema"), |schema| schema.at);
        ParameterInfo {
            name: parameter.name.clone(),
            location: parameter.place,
            required: parameter.required,
            style: style_name(parameter.style).to_owned(),
            explode: parameter.explode,
            allow_empty: parameter.allow_empty,
            schema: SchemaRef::new(place),
            example,
        }
    }

    fn media_infos(&self, owner: &str, content: &[Media]) -> Vec<MediaInfo> {
        let source = self.source();
        let places = source.node(owner).ok().flatten();
        let places = places.and_then(|owner| source.child(&owner, "content").ok()?);
        let infos = content.iter().map(|media| {
            let node = places.as_ref().and_then(|content| source.child(content, &media.text).ok()?);
            let schema = node.and_then(|node| source.child(&node, "schema").ok()?);
            MediaInfo {
                media_type: media.text.clone(),
                schema: schema.map(|schema| SchemaRef::new(schema.at)),
                examples: self.examples(std::slice::from_ref(media)),
            }
        });
        infos.collect()
    }
}

/// `example`, or else the first of `examples`.
fn first_example(contract: &Contract, holder: &Node<'_>) -> Option<Value> {
    if let Some(example) = holder.value.get("example") {
        return Some(example.clone());
    }
    let source = contract.source();
    let named = source.child(holder, "examples").ok()??;
    let named = source.children(&named).ok()?;
    named.into_iter().find_map(|(_, example)| example.value.get("value").cloned())
}

fn style_name(style: Style) -> &'static str {
    match style {
        Style::Simple => "simple",
        Style::Label => "label",
        Style::Matrix => "matrix",
        Style::Form => "form",
        Style::SpaceDelimited => "spaceDelimited",
        Style::PipeDelimited => "pipeDelimited",
        Style::DeepObject => "deepObject",
        Style::Json => "content",
    }
}
