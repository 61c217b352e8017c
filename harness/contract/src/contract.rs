//! The [`Contract`]: an OpenAPI document, compiled once, that judges requests and answers.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::body::Media;
use crate::breach::Breach;
use crate::build::build;
use crate::call::{Found, RequestView};
use crate::credentials::{self, SecurityNeed};
use crate::document::{Document, join};
use crate::error::ContractError;
use crate::nearest::diagnose;
use crate::operation::Operation;
use crate::plan::{Plan, StatusKey};
use crate::request;
use crate::response;
use crate::rewrite::{Prepared, Unchecked, prepare};
use crate::route::{Routed, route};
use crate::router::{Match, Router, decode};
use crate::schema::{Compiled, Compiler, Registries};
use crate::unusable::Unusable;
use crate::words::list;

/// One OpenAPI document, ready to judge. Cheap to clone, free to share between threads.
#[derive(Clone)]
pub struct Contract {
    inner: Arc<Inner>,
}

struct Inner {
    document: Document,
    operations: Vec<Operation>,
    /// One for each operation, in the same order.
    plans: Vec<Plan>,
    /// Operations from `operations.len()` on are those of `refused`.
    router: Router,
    /// Method of each of `unusable`, in the same order.
    refused: Vec<String>,
    unusable: Vec<Unusable>,
    notes: Vec<String>,
    /// What the schemas were compiled from, for those who look into them.
    prepared: Prepared,
    /// Every schema that was compiled, by its place.
    compiled: Compiled,
    /// What each operation asks for as a proof of who is calling; found when first asked for.
    needs: OnceLock<Vec<Vec<Vec<SecurityNeed>>>>,
}

/// One documented example of a body.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Example {
    /// Its name under `examples`; none for a single `example`.
    pub name: Option<String>,
    /// The media type as the document writes it.
    pub media_type: String,
    /// The body, as JSON; a text is a string.
    pub value: Value,
}

impl std::fmt::Debug for Contract {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contract")
            .field("name", &self.name())
            .field("title", &self.title())
            .field("operations", &self.operations().len())
            .finish_non_exhaustive()
    }
}

impl Contract {
    /// Reads a contract from a YAML or JSON file and from all files that it refers to by relative paths.
    ///
    /// # Errors
    /// The file can't be read, or see [`Contract::parse`].
    pub fn load(path: &Path) -> Result<Self, ContractError> {
        Self::compile(Document::load(path)?)
    }

    /// Reads a contract from YAML or JSON text; `name` stands for it in messages.
    ///
    /// # Errors
    /// The text is neither YAML nor JSON, no OpenAPI 3 document, or one none of whose operations can be used: see
    /// [`Contract::unusable`].
    pub fn parse(name: &str, text: &str) -> Result<Self, ContractError> {
        Self::compile(Document::parse(name, text)?)
    }

    fn compile(document: Document) -> Result<Self, ContractError> {
        let prepared = prepare(&document);
        let registries = Registries::new(&document, &prepared)?;
        let mut compiler = Compiler::new(&document, &registries);
        let (built, refused) = build(&document, &mut compiler)?;
        let compiled = compiler.finish();
        let routed = route(&document, built, refused)?;
        drop(registries);
        let Routed { operations, plans, refused, unusable, router } = routed;
        if operations.is_empty() && unusable.is_empty() {
            return Err(document.wrong("/paths", "the document has no operation; write at least one here"));
        }
        if operations.is_empty()
            && let Some(first) = unusable.first()
        {
            return Err(ContractError::NothingUsable {
                file: document.name,
                count: unusable.len(),
                first: first.to_string(),
            });
        }
        let notes = notes(&document, &prepared, &unusable);
        let needs = OnceLock::new();
        let inner = Inner {
            document,
            operations,
            plans,
            router,
            refused,
            unusable,
            notes,
            prepared,
            compiled,
            needs,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The file or name that the contract was read from.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.document.name
    }

    /// `info.title`.
    #[must_use]
    pub fn title(&self) -> &str {
        self.document()["info"]["title"].as_str().unwrap_or_default()
    }

    /// `info.version`.
    #[must_use]
    pub fn version(&self) -> &str {
        self.document()["info"]["version"].as_str().unwrap_or_default()
    }

    /// The document as it was loaded, for `/openapi.json`.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.inner.document.value
    }

    /// The file that a part of the document was read from, and its JSON pointer there; `pointer` is one into
    /// [`Contract::document`]. Of a document of one file that is the pointer itself.
    #[must_use]
    pub fn origin(&self, pointer: &str) -> (String, String) {
        self.inner.document.locate(pointer)
    }

    /// Every call that the document knows, in its order.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.inner.operations
    }

    /// What the contract asks for and nothing checks, one sentence each: formats of the author's own. To be shown
    /// wherever the contract is listed, so that nobody takes them for checked.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.inner.notes
    }

    /// The operations that the document has and that can't be used, with the reason of each, in its order. A document
    /// none of whose operations can be used is no contract at all: that is an error.
    #[must_use]
    pub fn unusable(&self) -> &[Unusable] {
        &self.inner.unusable
    }

    /// Finds the call for a method and a path without query. The path may begin with the base path of a server.
    #[must_use]
    pub fn find(&self, method: &str, path: &str) -> Found<'_> {
        match self.inner.router.find(method, path) {
            Match::Operation(index) if index >= self.inner.operations.len() => {
                let Unusable { operation, at, reason } =
                    &self.inner.unusable[index - self.inner.operations.len()];
                Found::Unusable { operation: operation.clone(), reason: format!("{at}: {reason}") }
            }
            Match::Operation(index) => {
                let operation = &self.inner.operations[index];
                let raw = request::capture(&self.inner.plans[index].pieces, path).unwrap_or_default();
                let decoded =
                    raw.into_iter().map(|(name, value)| (name.to_owned(), decode(value).into_owned()));
                Found::Operation { operation, parameters: decoded.collect() }
            }
            Match::Others(indices) => {
                let mut allowed: Vec<&str> = indices.iter().map(|index| self.method(*index)).collect();
                allowed.sort_unstable();
                allowed.dedup();
                let known = list(allowed.iter().map(|method| (*method).to_owned()), "and");
                let diagnosis = format!(
                    "no contract knows {method} {path}; the nearest is {}: the method is {method}, wanted {known}",
                    self.line(indices[0]),
                );
                Found::WrongMethod { allowed, diagnosis }
            }
            Match::Nothing => {
                let calls =
                    self.inner.operations.iter().zip(self.inner.plans.iter().map(|plan| &plan.pieces[..]));
                Found::Unknown { diagnosis: diagnose(method, path, calls) }
            }
        }
    }

    /// Everything about a request that departs from the contract, sorted; empty if it honours it. Query parameters
    /// and headers that are not documented are no breach.
    ///
    /// # Panics
    /// If the operation is that of a larger contract than this one.
    #[must_use]
    pub fn check_request(&self, op: &Operation, request: &RequestView<'_>) -> Vec<Breach> {
        request::check(self.plan(op), op, request).0
    }

    /// As [`Contract::check_request`], and the body as it was read: for who would otherwise read it once more. `None` if
    /// it is no JSON, or not documented as such.
    ///
    /// # Panics
    /// If the operation is that of a larger contract than this one.
    #[must_use]
    pub fn check_request_and_read(
        &self,
        op: &Operation,
        request: &RequestView<'_>,
    ) -> (Vec<Breach>, Option<Value>) {
        request::check(self.plan(op), op, request)
    }

    /// The breach of a request without any of the credentials that the document's `security` asks for; empty if it has
    /// one, or none is asked for. Only presence is judged. Apart from [`Contract::check_request`], since a request that
    /// is made up from a contract has no credentials yet.
    ///
    /// # Panics
    /// If the operation is that of a larger contract than this one.
    #[must_use]
    pub fn check_credentials(&self, op: &Operation, request: &RequestView<'_>) -> Vec<Breach> {
        let all =
            self.inner.needs.get_or_init(|| self.operations().iter().map(|op| self.security(op)).collect());
        let at = || {
            let own = join(&self.plan(op).at, "security");
            if self.document().pointer(&own).is_some() { own } else { "/security".to_owned() }
        };
        credentials::check(op, &all[op.index], at, request)
    }

    /// Everything about an answer that departs from the contract, sorted; empty if it honours it.
    ///
    /// # Panics
    /// If the operation is that of a larger contract than this one.
    #[must_use]
    pub fn check_response(
        &self,
        op: &Operation,
        status: u16,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Vec<Breach> {
        response::check(self.plan(op), op, status, headers, body)
    }

    /// The names of query parameters that the operation does not document, sorted. Many frameworks ignore these, so
    /// they are no breach of a request.
    #[must_use]
    pub fn unknown_query(&self, op: &Operation, query: &str) -> Vec<String> {
        request::unknown_query(self.plan(op), query)
    }

    /// The first documented example of an answer, by the exact status, its range, or `default`.
    #[must_use]
    pub fn response_example(&self, op: &Operation, status: u16) -> Option<Value> {
        self.first(&self.plan(op).answer(status)?.content)
    }

    /// The first documented example of a request body.
    #[must_use]
    pub fn request_example(&self, op: &Operation) -> Option<Value> {
        self.first(&self.plan(op).body.as_ref()?.content)
    }

    /// Every documented example of one of [`Operation::statuses`].
    #[must_use]
    pub fn response_examples(&self, op: &Operation, status: &str) -> Vec<Example> {
        let Some(key) = StatusKey::parse(status) else {
            return Vec::new();
        };
        let answers = self.plan(op).answers.iter().filter(|answer| answer.key == key);
        answers.flat_map(|answer| self.examples(&answer.content)).collect()
    }

    /// Every documented example of the request body.
    #[must_use]
    pub fn request_examples(&self, op: &Operation) -> Vec<Example> {
        self.plan(op).body.as_ref().map(|body| self.examples(&body.content)).unwrap_or_default()
    }

    /// The method of what the router knows under a number.
    fn method(&self, index: usize) -> &str {
        match self.inner.operations.get(index) {
            Some(operation) => &operation.method,
            None => &self.inner.refused[index - self.inner.operations.len()],
        }
    }

    fn line(&self, index: usize) -> String {
        match self.inner.operations.get(index) {
            Some(operation) => operation.line(),
            None => self.inner.unusable[index - self.inner.operations.len()].operation.clone(),
        }
    }

    /// The document with its references followed on request.
    pub(crate) fn source(&self) -> &Document {
        &self.inner.document
    }

    /// The forms that the schemas were compiled from.
    pub(crate) fn prepared(&self) -> &Prepared {
        &self.inner.prepared
    }

    /// The compiled schemas, by place.
    pub(crate) fn compiled(&self) -> &Compiled {
        &self.inner.compiled
    }

    /// What an operation is judged by.
    pub(crate) fn plan(&self, op: &Operation) -> &Plan {
        &self.inner.plans[op.index]
    }

    fn first(&self, content: &[Media]) -> Option<Value> {
        let (_, at) = content.iter().flat_map(|media| &media.examples).next()?;
        self.document().pointer(at).cloned()
    }

    /// Every example of some documented forms of a body.
    pub(crate) fn examples(&self, content: &[Media]) -> Vec<Example> {
        let all = content.iter().flat_map(|media| media.examples.iter().map(move |example| (media, example)));
        all.filter_map(|(media, (name, at))| {
            let value = self.document().pointer(at)?.clone();
            Some(Example { name: name.clone(), media_type: media.text.clone(), value })
        })
        .collect()
    }
}

/// What is asked for and not checked, and what is broken and not needed.
fn notes(document: &Document, prepared: &Prepared, unusable: &[Unusable]) -> Vec<String> {
    let mut notes: Vec<String> = document.notes();
    for (format, Unchecked { at, meant }) in &prepared.unchecked {
        let hint = meant.map(|meant| format!("; did you mean {meant:?}?")).unwrap_or_default();
        notes.push(format!("{at}: nothing checks the format {format:?}{hint}"));
    }
    for defect in &prepared.defects {
        let (at, reason) = defect.place_and_reason();
        if !unusable.iter().any(|one| one.at == at) {
            notes.push(format!("{at}: {reason} (no operation needs it)"));
        }
    }
    notes
}
