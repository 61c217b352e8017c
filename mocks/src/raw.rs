//! A behaviour file as it is written. Unknown keys are errors.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawBehaviour {
    pub(crate) title: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) service: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) config: Map<String, Value>,
    pub(crate) collections: BTreeMap<String, RawCollection>,
    pub(crate) operations: BTreeMap<String, RawOperation>,
    pub(crate) errors: RawErrors,
    pub(crate) auth: Option<RawAuth>,
    pub(crate) security: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawErrors {
    pub(crate) form: Option<Value>,
    pub(crate) shape: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawAuth {
    pub(crate) keys: Vec<String>,
    pub(crate) except: Vec<String>,
    pub(crate) detail: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCollection {
    #[serde(default = "id")]
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) prefix: String,
    #[serde(default)]
    pub(crate) unique: Vec<RawUnique>,
    #[serde(default)]
    pub(crate) population: usize,
    #[serde(default)]
    pub(crate) generate: Option<Value>,
    #[serde(default)]
    pub(crate) stages: Option<RawStages>,
    #[serde(default)]
    pub(crate) computed: Map<String, Value>,
    #[serde(default)]
    pub(crate) keep: Option<usize>,
}

fn id() -> String {
    "id".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawUnique {
    pub(crate) field: String,
    #[serde(default)]
    pub(crate) ignore_case: bool,
    #[serde(default)]
    pub(crate) status: Option<u16>,
    #[serde(default)]
    pub(crate) detail: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawStages {
    pub(crate) since: String,
    pub(crate) steps: Vec<RawStage>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawStage {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) after: Option<String>,
    #[serde(default)]
    pub(crate) chance: Option<f64>,
    #[serde(default)]
    pub(crate) instead: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawOperation {
    pub(crate) when: Vec<RawRule>,
    pub(crate) create: Option<RawCreate>,
    pub(crate) also: Vec<RawCreate>,
    pub(crate) get: Option<RawFind>,
    pub(crate) list: Option<RawList>,
    pub(crate) update: Option<RawUpdate>,
    pub(crate) delete: Option<RawFind>,
    pub(crate) reset: bool,
    #[serde(rename = "let")]
    pub(crate) names: Map<String, Value>,
    pub(crate) status: Option<u16>,
    pub(crate) headers: Map<String, Value>,
    pub(crate) answer: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawRule {
    pub(crate) field: Option<String>,
    pub(crate) contains: Option<String>,
    #[serde(rename = "if")]
    pub(crate) condition: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) detail: Option<String>,
    pub(crate) body: Option<Value>,
    pub(crate) headers: Map<String, Value>,
    pub(crate) delay: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCreate {
    #[serde(rename = "in")]
    pub(crate) collection: String,
    #[serde(default)]
    pub(crate) each: Option<String>,
    #[serde(default, rename = "as")]
    pub(crate) name: Option<String>,
    pub(crate) item: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFind {
    #[serde(rename = "in")]
    pub(crate) collection: String,
    #[serde(default)]
    pub(crate) id: Option<String>,
    #[serde(default)]
    pub(crate) missing: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawUpdate {
    #[serde(rename = "in")]
    pub(crate) collection: String,
    #[serde(default)]
    pub(crate) id: Option<String>,
    #[serde(default)]
    pub(crate) missing: Option<String>,
    #[serde(default)]
    pub(crate) set: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawList {
    #[serde(rename = "in")]
    pub(crate) collection: String,
    #[serde(default, rename = "where")]
    pub(crate) filters: Map<String, Value>,
    #[serde(default)]
    pub(crate) sort: Option<String>,
    #[serde(default)]
    pub(crate) limit: Option<Value>,
    #[serde(default)]
    pub(crate) offset: Option<Value>,
    #[serde(default)]
    pub(crate) each: Option<Value>,
}
