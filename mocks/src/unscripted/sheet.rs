//! [`Sheets`]: what the contract says about each operation, looked up once when the mock starts.

use std::sync::Arc;

use dryrun_contract::{
    Contract, Location, MediaInfo, Operation, ParameterInfo, ResponseInfo, SecurityNeed, Side,
};
use serde_json::Value;

use crate::json::text;
use crate::params::{self, Param};
use crate::unscripted::documented::response;
use crate::unscripted::fields::{Spot, id_field, list_spot, properties, spot};
use crate::unscripted::ids::IdKind;
use crate::unscripted::roles::{Deed, Role, Shelf, parent, role, shelves};

/// Things with their ids.
pub(crate) type Things = Vec<(String, Arc<Value>)>;

/// What the contract says about one operation.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// Method and template.
    pub(crate) line: String,
    pub(crate) responses: Vec<ResponseInfo>,
    pub(crate) request: Vec<MediaInfo>,
    pub(crate) security: Vec<Vec<SecurityNeed>>,
    /// The documented query parameters.
    pub(crate) params: Vec<Param>,
    /// What it does to a collection, where the paths say so and no behaviour file does.
    pub(crate) role: Option<Role>,
    /// The status of its success; `None` if none is documented.
    pub(crate) success: Option<u16>,
}

/// A collection, and what it takes to keep it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) shelf: Shelf,
    pub(crate) ids: IdKind,
    /// The collection of the things on which this one depends.
    pub(crate) parent: Option<usize>,
    /// The things of the documented examples: they are there from the start.
    pub(crate) start: Things,
}

/// The sheets of a contract, by the position of the operation.
#[derive(Debug, Default)]
pub(crate) struct Sheets {
    all: Vec<Sheet>,
    pub(crate) kept: Vec<Kept>,
}

impl Sheets {
    pub(crate) fn new(contract: &Contract, scripted: impl Fn(&str) -> bool) -> Self {
        let operations = contract.operations();
        let shelves = shelves(operations, &scripted);
        let mut params = params::parameters(contract);
        let mut all = Vec::new();
        for operation in operations {
            let line = operation.line();
            let role = role(operation, &shelves).filter(|_| !scripted(&line));
            all.push(Sheet {
                responses: contract.responses(operation),
                request: contract.request_media(operation),
                security: contract.security(operation),
                params: params.remove(&line).unwrap_or_default(),
                role,
                success: success(operation, role.map(|role| role.deed)),
                line,
            });
        }
        let mut sheets = Self { all, kept: Vec::new() };
        for (place, shelf) in shelves.iter().enumerate() {
            let ids = sheets.ids(contract, shelf);
            let start = sheets.start(contract, shelf, &ids);
            sheets.kept.push(Kept { shelf: shelf.clone(), ids, parent: parent(&shelves, place), start });
        }
        sheets
    }

    /// The sheet of an operation of the contract that these are of.
    pub(crate) fn of(&self, operation: &Operation) -> Option<&Sheet> {
        self.all.get(operation.index)
    }

    fn at<'a>(&'a self, contract: &'a Contract, index: Option<usize>) -> Option<(&'a Operation, &'a Sheet)> {
        let operation = contract.operations().get(index?)?;
        Some((operation, self.of(operation)?))
    }

    /// The schemas in which a thing of the collection is answered.
    fn ids(&self, contract: &Contract, shelf: &Shelf) -> IdKind {
        let one = [shelf.read, shelf.create, shelf.replace].into_iter().filter_map(|index| {
            let (_, sheet) = self.at(contract, index)?;
            let response = response(&sheet.responses, sheet.success?)?;
            let schema = response.content.iter().find_map(|info| info.schema.as_ref())?;
            spot(contract, schema, &shelf.name, &shelf.param, &[]).map(|(_, at)| at)
        });
        let listed = self.at(contract, shelf.list).and_then(|(_, sheet)| {
            let response = response(&sheet.responses, sheet.success?)?;
            let schema = response.content.iter().find_map(|info| info.schema.as_ref())?;
            list_spot(contract, schema).map(|(_, at)| at)
        });
        let field = one.chain(listed).find_map(|at| {
            let declared = properties(contract, &at, Side::Response);
            let name = id_field(declared.iter().map(|(name, _)| name.as_str()), &shelf.name, &shelf.param)?;
            declared.iter().find(|(known, _)| known == name).cloned()
        });
        let items = contract.operations().iter().filter(|operation| {
            operation.path.trim_end_matches('/') == format!("{}/{{{}}}", shelf.path, shelf.param)
        });
        let param = items
            .flat_map(|operation| contract.parameters(operation))
            .find(|param: &ParameterInfo| param.location == Location::Path && param.name == shelf.param);
        IdKind { field, param }
    }

    /// The things in the documented examples of reading and listing.
    fn start(&self, contract: &Contract, shelf: &Shelf, ids: &IdKind) -> Things {
        let mut found: Things = Vec::new();
        let mut add = |value: &Value| {
            let names = value.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
            let field = match &ids.field {
                Some((field, _)) => Some(field.as_str()),
                None => id_field(names, &shelf.name, &shelf.param),
            };
            let id = field.and_then(|field| value.get(field)).filter(|id| id.is_string() || id.is_number());
            if let Some(id) = id.map(text)
                && !found.iter().any(|(known, _)| *known == id)
            {
                found.push((id, Arc::new(value.clone())));
            }
        };
        if let Some((operation, sheet)) = self.at(contract, shelf.read) {
            for (at, value) in self.examples(contract, operation, sheet) {
                match at.and_then(|at| spot(contract, &at, &shelf.name, &shelf.param, &[])) {
                    Some((Spot::Field(field), _)) => value.get(&field).into_iter().for_each(&mut add),
                    _ => add(&value),
                }
            }
        }
        if let Some((operation, sheet)) = self.at(contract, shelf.list) {
            for (at, value) in self.examples(contract, operation, sheet) {
                let list = match at.and_then(|at| list_spot(contract, &at)) {
                    Some((Spot::Field(field), _)) => value.get(&field).cloned(),
                    _ => Some(value),
                };
                list.iter().filter_map(Value::as_array).flatten().for_each(&mut add);
            }
        }
        found
    }

    /// The documented examples of the success that the contract has nothing against, with their schema.
    fn examples(
        &self,
        contract: &Contract,
        operation: &Operation,
        sheet: &Sheet,
    ) -> Vec<(Option<dryrun_contract::SchemaRef>, Value)> {
        let Some((status, response)) = sheet.success.and_then(|s| Some((s, response(&sheet.responses, s)?)))
        else {
            return Vec::new();
        };
        let all =
            response.content.iter().flat_map(|info| info.examples.iter().map(move |example| (info, example)));
        all.filter(|(info, example)| {
            let kind = [("content-type".to_owned(), info.media_type.clone())];
            let breaches =
                contract.check_response(operation, status, &kind, example.value.to_string().as_bytes());
            // Headers are not what an example is about.
            breaches.iter().all(|breach| breach.location == Location::Header)
        })
        .map(|(info, example)| (info.schema.clone(), example.value.clone()))
        .collect()
    }
}

/// The documented status of success that suits best.
fn success(operation: &Operation, deed: Option<Deed>) -> Option<u16> {
    let exact: Vec<u16> = operation.statuses.iter().filter_map(|status| status.parse().ok()).collect();
    let wanted: &[u16] = match deed {
        Some(Deed::Create) => &[201, 200],
        Some(Deed::Remove) => &[204, 200],
        _ => &[200],
    };
    let has = |key: &str| operation.statuses.iter().any(|status| status.eq_ignore_ascii_case(key));
    let first =
        |range: std::ops::Range<u16>| exact.iter().copied().filter(|status| range.contains(status)).min();
    wanted
        .iter()
        .copied()
        .find(|status| exact.contains(status))
        .or_else(|| first(200..300))
        .or_else(|| has("2XX").then(|| if deed == Some(Deed::Create) { 201 } else { 200 }))
        .or_else(|| first(300..400))
        .or_else(|| has("3XX").then_some(302))
        .or_else(|| has("default").then_some(200))
}
