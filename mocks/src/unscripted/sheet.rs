//! [`Sheets`]: what the contract says about each operation, looked up once when the mock starts.

use std::sync::Arc;

use dryrun_contract::{
    Contract, Location, MediaInfo, Operation, ParameterInfo, ResponseInfo, SchemaRef, SecurityNeed, Side,
};
use serde_json::Value;

use crate::json::text;
use crate::params::{self, Param};
use crate::unscripted::asks::{Ask, asks};
use crate::unscripted::documented::response;
use crate::unscripted::fields::{id_field, marked, properties, types};
use crate::unscripted::ids::IdKind;
use crate::unscripted::roles::{Deed, Kind, Knows, Role, Shelf, param_at, parent, role, shelves};
use crate::unscripted::spots::{Sought, list_spot, spot, whole, within};

/// Things with their ids.
pub(crate) type Things = Vec<(String, Arc<Value>)>;

/// Fields with the places of their schemas.
pub(crate) type Fields = Vec<(String, SchemaRef)>;

/// What the contract says about one operation.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// Method and template.
    pub(crate) line: String,
    pub(crate) responses: Vec<ResponseInfo>,
    pub(crate) request: Vec<MediaInfo>,
    pub(crate) security: Vec<Vec<SecurityNeed>>,
    /// The documented query parameters, with their types.
    pub(crate) params: Vec<Param>,
    /// What a query may ask of a list.
    pub(crate) asks: Vec<Ask>,
    /// What it does to a collection, where the paths say so and no behaviour file does.
    pub(crate) role: Option<Role>,
    /// The status of its success; `None` if none is documented.
    pub(crate) success: Option<u16>,
}

impl Sheet {
    /// The schemas of its success.
    fn schemas(&self) -> impl Iterator<Item = &SchemaRef> {
        let response = self.success.and_then(|status| response(&self.responses, status));
        response.into_iter().flat_map(|response| &response.content).filter_map(|info| info.schema.as_ref())
    }
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
    /// The fields that reading shows, with their schemas; empty where the contract does not say.
    pub(crate) fields: Fields,
    /// The fields that no answer shows: `writeOnly`.
    pub(crate) hidden: Vec<String>,
}

impl Kept {
    /// What to look for in answers about this collection.
    pub(crate) fn sought(&self) -> Sought<'_> {
        sought(&self.shelf, &self.ids)
    }
}

fn sought<'a>(shelf: &'a Shelf, ids: &'a IdKind) -> Sought<'a> {
    Sought { many: &shelf.name, param: &shelf.param, id: ids.field.as_ref().map(|(field, _)| field.as_str()) }
}

/// The sheets of a contract, by the position of the operation.
#[derive(Debug, Default)]
pub(crate) struct Sheets {
    all: Vec<Sheet>,
    pub(crate) kept: Vec<Kept>,
}

/// What the recognition of collections asks of a contract.
struct Asked<'a, S> {
    contract: &'a Contract,
    scripted: S,
}

impl<S: Fn(&str) -> bool> Asked<'_, S> {
    fn schemas(&self, operation: &Operation) -> Vec<SchemaRef> {
        let responses = self.contract.responses(operation);
        let found = success(operation, None).and_then(|status| response(&responses, status));
        let content = found.into_iter().flat_map(|response| &response.content);
        content.filter_map(|info| info.schema.clone()).collect()
    }
}

impl<S: Fn(&str) -> bool> Knows for Asked<'_, S> {
    fn scripted(&self, operation: &Operation) -> bool {
        (self.scripted)(&operation.line())
    }

    fn lists(&self, operation: &Operation) -> bool {
        let name = operation.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        self.schemas(operation).iter().any(|at| list_spot(self.contract, at, &name).is_some())
    }

    fn makes(&self, operation: &Operation) -> bool {
        let schemas = self.schemas(operation);
        let made = operation.statuses.iter().any(|status| status == "201");
        made || schemas.is_empty()
            || schemas.iter().any(|at| {
                let declared = properties(self.contract, at, Side::Response);
                id_field(declared.iter().map(|(name, _)| name.as_str()), "", "").is_some()
            })
    }
}

impl Sheets {
    pub(crate) fn new(contract: &Contract, scripted: impl Fn(&str) -> bool) -> Self {
        let operations = contract.operations();
        let shelves = shelves(operations, &Asked { contract, scripted: &scripted });
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
                asks: asks(contract, operation),
                role,
                success: success(operation, role.map(|role| role.deed)),
                line,
            });
        }
        let mut sheets = Self { all, kept: Vec::new() };
        for (place, shelf) in shelves.iter().enumerate() {
            let ids = sheets.ids(contract, place, shelf);
            let start = sheets.start(contract, shelf, &ids);
            let (fields, hidden) = sheets.shown(contract, place, shelf, &ids);
            let parent = parent(&shelves, place);
            sheets.kept.push(Kept { shelf: shelf.clone(), ids, parent, start, fields, hidden });
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

    /// The schema of the items of a list.
    pub(crate) fn listed(&self, contract: &Contract, shelf: &Shelf) -> Option<SchemaRef> {
        let (_, sheet) = self.at(contract, shelf.list)?;
        let schema = sheet.schemas().next()?;
        list_spot(contract, schema, &shelf.name).map(|(_, at)| at)
    }

    /// The schemas in which a thing of the collection is answered, reading first.
    fn schemas(&self, contract: &Contract, shelf: &Shelf, sought: Sought<'_>) -> Vec<SchemaRef> {
        let one = [shelf.read, shelf.create, shelf.replace].into_iter().filter_map(|index| {
            let schema = self.at(contract, index)?.1.schemas().next()?;
            let found = spot(contract, schema, sought, &[]).or_else(|| whole(contract, schema, sought));
            found.map(|(_, at)| at)
        });
        one.chain(self.listed(contract, shelf)).collect()
    }

    /// The operations on one thing of a collection.
    fn items(&self, place: usize) -> impl Iterator<Item = (usize, &Sheet)> {
        let on = move |sheet: &Sheet| {
            let role = sheet.role.filter(|role| role.shelf == place);
            role.is_some_and(|role| !matches!(role.deed, Deed::Create | Deed::List | Deed::About))
        };
        self.all.iter().enumerate().filter(move |(_, sheet)| on(sheet))
    }

    fn ids(&self, contract: &Contract, place: usize, shelf: &Shelf) -> IdKind {
        if shelf.kind == Kind::Sole {
            return IdKind::default();
        }
        let nothing = IdKind::default();
        let schemas = self.schemas(contract, shelf, sought(shelf, &nothing));
        let declared = || schemas.iter().map(|at| properties(contract, at, Side::Response));
        let field = declared().find_map(|declared| {
            let name = id_field(declared.iter().map(|(name, _)| name.as_str()), &shelf.name, &shelf.param)?;
            declared.iter().find(|(known, _)| known == name).cloned()
        });
        // Where nothing else tells things apart, a name that clients don't choose in the body does.
        let chosen = self.at(contract, shelf.create).is_some_and(|(_, sheet)| {
            let bodies = sheet.request.iter().filter_map(|info| info.schema.as_ref());
            bodies.flat_map(|at| properties(contract, at, Side::Request)).any(|(name, _)| name == "name")
        });
        let named = || {
            let texts = |at: &SchemaRef| types(contract, at, Side::Response).contains(&"string");
            declared().flatten().find(|(name, at)| name == "name" && texts(at))
        };
        let field = field.or_else(|| if chosen || shelf.param.is_empty() { None } else { named() });
        let param = self.items(place).find_map(|(index, _)| {
            let operation = contract.operations().get(index)?;
            let name = param_at(&operation.path, shelf.depth)?;
            let mut all = contract.parameters(operation).into_iter();
            all.find(|param: &ParameterInfo| param.location == Location::Path && param.name == name)
        });
        IdKind { field, param }
    }

    /// The fields that reading shows, and those that no answer does.
    fn shown(&self, contract: &Contract, place: usize, shelf: &Shelf, ids: &IdKind) -> (Fields, Vec<String>) {
        let schemas = self.schemas(contract, shelf, sought(shelf, ids));
        let fields = schemas.first().map(|at| properties(contract, at, Side::Response)).unwrap_or_default();
        let mine = self.all.iter().filter(|sheet| sheet.role.is_some_and(|role| role.shelf == place));
        let sent = mine.flat_map(|sheet| &sheet.request).filter_map(|info| info.schema.as_ref());
        let marked = schemas.iter().chain(sent).flat_map(|at| marked(contract, at, Side::Response));
        (fields, marked.collect())
    }

    /// The things in the documented examples of reading and listing.
    fn start(&self, contract: &Contract, shelf: &Shelf, ids: &IdKind) -> Things {
        let sought = sought(shelf, ids);
        let sole = shelf.kind == Kind::Sole;
        let mut found: Things = Vec::new();
        let mut add = |value: &Value| {
            let names = value.as_object().into_iter().flat_map(|map| map.keys().map(String::as_str));
            let id = if sole { None } else { sought.id_in(names).and_then(|field| value.get(field)) };
            let id = id.filter(|id| id.is_string() || id.is_number()).map(text);
            let id = id.or_else(|| (sole && found.is_empty()).then(String::new));
            if let Some(id) = id
                && !found.iter().any(|(known, _)| *known == id)
            {
                found.push((id, Arc::new(value.clone())));
            }
        };
        if let Some((operation, sheet)) = self.at(contract, shelf.read) {
            for (at, value) in self.examples(contract, operation, sheet) {
                let way = at.filter(|_| !sole).and_then(|at| spot(contract, &at, sought, &[]));
                within(&value, &way.map(|(way, _)| way).unwrap_or_default()).into_iter().for_each(&mut add);
            }
        }
        if let Some((operation, sheet)) = self.at(contract, shelf.list) {
            for (at, value) in self.examples(contract, operation, sheet) {
                let way = at.and_then(|at| list_spot(contract, &at, &shelf.name));
                let list = within(&value, &way.map(|(way, _)| way).unwrap_or_default());
                list.into_iter().filter_map(Value::as_array).flatten().for_each(&mut add);
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
    ) -> Vec<(Option<SchemaRef>, Value)> {
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
