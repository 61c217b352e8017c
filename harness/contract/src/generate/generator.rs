//! The [`Generator`]: values, parameters, bodies and whole requests that honour a contract.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use super::case::Hints;
use super::flatten::Source;
use super::request::{CaseRequest, Draft, DraftBody, can_travel, preferred};
use super::value::{Ambition, Maker};
use super::wire;
use crate::breach::{Location, Side};
use crate::contract::Contract;
use crate::inspect::{MediaInfo, ParameterInfo, SchemaRef};
use crate::operation::Operation;

/// How often a value is made before it is given up.
const TRIES: usize = 40;

/// Makes values that honour a contract; the same seed makes the same values in the same order.
#[derive(Debug)]
pub struct Generator {
    rng: StdRng,
}

impl Generator {
    /// A generator with a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { rng: StdRng::seed_from_u64(seed) }
    }

    /// A value that the schema accepts; documented examples and defaults are not used. `None` if none could be made:
    /// the schema accepts nothing, or what it asks for is beyond this generator.
    pub fn instance(&mut self, contract: &Contract, at: &SchemaRef, side: Side) -> Option<Value> {
        (0..TRIES).find_map(|round| {
            let ambition = match round {
                _ if round < TRIES / 2 => Ambition::Usual,
                _ if round % 4 == 3 => Ambition::Rich,
                _ => Ambition::Lean,
            };
            self.once(contract, at, side, ambition)
        })
    }

    /// The same with every optional part, as far as it goes.
    pub fn full_instance(&mut self, contract: &Contract, at: &SchemaRef, side: Side) -> Option<Value> {
        let full = (0..TRIES / 2).find_map(|_| self.once(contract, at, side, Ambition::Rich));
        full.or_else(|| self.instance(contract, at, side))
    }

    /// The same with nothing that may be left out.
    pub fn smallest_instance(&mut self, contract: &Contract, at: &SchemaRef, side: Side) -> Option<Value> {
        let small = (0..TRIES / 2).find_map(|_| self.once(contract, at, side, Ambition::Lean));
        small.or_else(|| self.instance(contract, at, side))
    }

    fn once(&mut self, contract: &Contract, at: &SchemaRef, side: Side, ambition: Ambition) -> Option<Value> {
        let hint = at.pointer().rsplit('/').next().unwrap_or_default().to_owned();
        let schema = contract.schema(at, side);
        let value = Maker::new(Source { contract, side }, &mut self.rng, ambition).value(schema, &hint, 0)?;
        contract.accepts(at, side, &value).then_some(value)
    }

    /// A value for a parameter of a request or a header of an answer that can be written into its place.
    pub fn parameter(&mut self, contract: &Contract, parameter: &ParameterInfo, side: Side) -> Option<Value> {
        let schema = contract.schema(&parameter.schema, side);
        (0..TRIES).find_map(|round| {
            let ambition = if round < TRIES / 2 { Ambition::Usual } else { Ambition::Lean };
            let mut maker = Maker::new(Source { contract, side }, &mut self.rng, ambition);
            let value = maker.value(schema, &parameter.name, 0)?;
            let text = wire::parameter_text(parameter, &value);
            let fits = match parameter.location {
                Location::Path => {
                    !text.is_empty() && !text.contains("%2F") && !matches!(text.as_str(), "." | "..")
                }
                Location::Header => text.bytes().all(|b| (0x20..0x7f).contains(&b)) && text.trim() == text,
                _ => true,
            };
            (fits && contract.accepts(&parameter.schema, side, &value)).then_some(value)
        })
    }

    /// A value as it is written into the place of its parameter: the segment of a path, the pair or pairs of a query
    /// (`tags=a&tags=b`) or cookie, the value of a header. Percent-encoded where it is part of a URL or cookie.
    #[must_use]
    pub fn parameter_text(parameter: &ParameterInfo, value: &Value) -> String {
        wire::parameter_text(parameter, value)
    }

    /// `Content-Type` and bytes of a body of one documented form.
    pub fn body(&mut self, contract: &Contract, media: &MediaInfo, side: Side) -> Option<(String, Vec<u8>)> {
        let value = match &media.schema {
            Some(schema) => self.instance(contract, schema, side)?,
            None => Value::String("dryrun".to_owned()),
        };
        Some(wire::body(&media.media_type, &value))
    }

    /// `Content-Type` and bytes of a value as a body of a documented media type or range.
    #[must_use]
    pub fn body_of(media_type: &str, value: &Value) -> (String, Vec<u8>) {
        wire::body(media_type, value)
    }

    /// A whole request that honours the contract. `None` if none could be made.
    pub fn request(&mut self, contract: &Contract, op: &Operation) -> Option<CaseRequest> {
        (0..TRIES).find_map(|round| {
            let request = self.draft(contract, op, round > TRIES / 2, &Hints::default())?.request();
            let valid = request.breaches(contract, op).is_some_and(|breaches| breaches.is_empty());
            (valid && can_travel(&request)).then_some(request)
        })
    }

    /// A request in the making: known values first, then generated ones.
    pub(super) fn draft<'c>(
        &mut self,
        contract: &Contract,
        op: &'c Operation,
        lean: bool,
        hints: &Hints,
    ) -> Option<Draft<'c>> {
        let mut draft = Draft::new(contract, op);
        for (parameter, value) in &mut draft.parameters {
            if let Some(known) = hints.parameters.get(&parameter.name) {
                *value = Some(known.clone());
            } else if parameter.required {
                *value = Some(self.parameter(contract, parameter, Side::Request)?);
            } else if !lean && self.rng.random_bool(0.5) {
                *value = self.parameter(contract, parameter, Side::Request);
            }
        }
        let media = contract.request_media(op);
        if let Some(media) = preferred(&media)
            && (!lean || contract.request_body_required(op))
        {
            let made = match (&hints.body, &media.schema) {
                (Some(known), _) => Some(known.clone()),
                (None, Some(schema)) if lean => self.smallest_instance(contract, schema, Side::Request),
                (None, Some(schema)) => self.instance(contract, schema, Side::Request),
                (None, None) => Some(Value::String("dryrun".to_owned())),
            };
            match made {
                Some(value) => draft.body = DraftBody::Value(media.media_type.clone(), value),
                None if contract.request_body_required(op) => return None,
                None => {}
            }
        }
        Some(draft)
    }
}
