//! What a behaviour file says, compiled: [`Compiled`], a plan for each operation.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::stages::Stages;
use crate::store::Unique;
use crate::template::{Expr, Template};

#[derive(Debug, Default)]
pub(crate) struct Compiled {
    pub(crate) file: String,
    pub(crate) title: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) service: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) config: Map<String, Value>,
    pub(crate) collections: BTreeMap<String, Collection>,
    pub(crate) operations: BTreeMap<String, Action>,
    pub(crate) error_form: Option<Template>,
    pub(crate) shape_form: Option<Template>,
    pub(crate) auth: Option<Auth>,
    /// Whether calls must carry what the contract's security requirements ask for.
    pub(crate) security: bool,
}

#[derive(Debug)]
pub(crate) struct Auth {
    pub(crate) keys: Vec<String>,
    pub(crate) except: Vec<String>,
    pub(crate) detail: String,
}

#[derive(Debug)]
pub(crate) struct Collection {
    pub(crate) id: String,
    pub(crate) prefix: String,
    pub(crate) unique: Vec<Unique>,
    pub(crate) population: usize,
    pub(crate) generate: Option<Template>,
    pub(crate) stages: Option<Stages>,
    pub(crate) computed: Vec<(String, Template)>,
    pub(crate) keep: usize,
}

/// What is done with a call of one operation.
#[derive(Debug, Default)]
pub(crate) struct Action {
    pub(crate) line: Option<usize>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) names: Vec<(String, Template)>,
    pub(crate) status: Option<u16>,
    pub(crate) headers: Vec<(String, Template)>,
    pub(crate) answer: Option<Template>,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) condition: Expr,
    pub(crate) delay: Duration,
    pub(crate) refusal: Option<Refusing>,
}

#[derive(Debug)]
pub(crate) struct Refusing {
    pub(crate) status: u16,
    pub(crate) detail: Template,
    pub(crate) body: Option<Template>,
    pub(crate) headers: Vec<(String, Template)>,
}

/// One change or look.
#[derive(Debug)]
pub(crate) enum Effect {
    Create { collection: String, each: Option<(String, Template)>, item: Template, main: bool },
    Get(Find),
    List(Listing),
    Update { find: Find, set: Option<Template> },
    Delete(Find),
    Reset,
}

#[derive(Debug)]
pub(crate) struct Find {
    pub(crate) collection: String,
    /// `None`: the last parameter of the path.
    pub(crate) id: Option<Template>,
    pub(crate) missing: Template,
}

#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) collection: String,
    pub(crate) filters: Vec<(String, Template)>,
    /// Field, and whether the largest comes first.
    pub(crate) sort: Option<(String, bool)>,
    pub(crate) limit: Option<Template>,
    pub(crate) offset: Option<Template>,
    pub(crate) each: Option<Template>,
}
