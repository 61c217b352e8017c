//! Ids of things that calls make: of the type that the contract gives them.

use dryrun_contract::generate::Generator;
use dryrun_contract::{Contract, ParameterInfo, SchemaRef, Side};
use serde_json::{Value, json};

use crate::chance;
use crate::json::text;
use crate::unscripted::fields::singular;

/// What is known of the ids of a collection.
#[derive(Debug, Clone, Default)]
pub(crate) struct IdKind {
    /// The field of a thing that holds its id, and its schema.
    pub(crate) field: Option<(String, SchemaRef)>,
    /// The parameter of the path that names a thing.
    pub(crate) param: Option<ParameterInfo>,
}

impl IdKind {
    /// A new id: the first kind that the field and the path allow. The same for one seed, collection and number.
    pub(crate) fn make(&self, contract: &Contract, many: &str, seed: u64, key: &str, number: u64) -> Value {
        let digits = chance::hash(seed, &["thing", key, &number.to_string()]);
        let more = chance::hash(seed, &["thing more", key, &number.to_string()]);
        let named = format!("{}_{:012x}", singular(many).to_lowercase(), digits >> 16);
        let uuid = format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            digits >> 32,
            (digits >> 16) & 0xffff,
            digits & 0xfff,
            0x8000 | (more >> 48) & 0x3fff,
            more & 0xffff_ffff_ffff
        );
        let usual = [
            json!(number),
            json!(named),
            json!(uuid),
            json!(format!("{digits:016x}{:08x}", more >> 32)),
            json!(number.to_string()),
        ];
        if let Some(fit) = usual.iter().find(|id| self.fits(contract, id)) {
            return fit.clone();
        }
        let schema = self.field.as_ref().map(|(_, at)| (at, Side::Response));
        let schema = schema.or_else(|| self.param.as_ref().map(|param| (&param.schema, Side::Request)));
        let made = schema.and_then(|(at, side)| {
            // A made-up one is longer in coming up to what the path allows.
            let tries =
                (0..16).filter_map(|attempt| Generator::new(digits ^ attempt).instance(contract, at, side));
            tries.into_iter().find(|id| !id.is_object() && !id.is_array() && self.fits(contract, id))
        });
        made.unwrap_or_else(|| json!(number.to_string()))
    }

    fn fits(&self, contract: &Contract, id: &Value) -> bool {
        let field = self.field.as_ref().is_none_or(|(_, at)| contract.accepts(at, Side::Response, id));
        let param = self.param.as_ref().is_none_or(|param| {
            contract.accepts(&param.schema, Side::Request, id)
                || contract.accepts(&param.schema, Side::Request, &Value::String(text(id)))
        });
        field && param
    }

    /// An id that came as text, in the type that the field of a thing has.
    pub(crate) fn typed(&self, contract: &Contract, id: &str) -> Value {
        match &self.field {
            Some((_, at)) => typed(contract, at, id),
            None => json!(id),
        }
    }
}

/// A text as the type that a schema allows: itself, else a number.
pub(crate) fn typed(contract: &Contract, at: &SchemaRef, id: &str) -> Value {
    let as_text = json!(id);
    if contract.accepts(at, Side::Response, &as_text) {
        return as_text;
    }
    let number = id.parse::<i64>().map(Value::from).ok();
    number.filter(|number| contract.accepts(at, Side::Response, number)).unwrap_or(as_text)
}
