//! Which operations make, find, list, change and remove the things of a collection: recognised by the shape of the
//! paths. `P` with POST and `P/{x}` is one; so is `P/{x}` with PUT and GET.

use dryrun_contract::Operation;

/// A collection: `/users/{user}/orders`, whose items are at `/users/{user}/orders/{order}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shelf {
    /// The template of the collection, without a closing slash.
    pub(crate) path: String,
    /// Its last segment: `orders`.
    pub(crate) name: String,
    /// The parameter that names an item: `order`.
    pub(crate) param: String,
    /// Positions of the operations on an item and on the whole.
    pub(crate) read: Option<usize>,
    pub(crate) list: Option<usize>,
    pub(crate) create: Option<usize>,
    pub(crate) replace: Option<usize>,
}

/// What an operation does to a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Create,
    List,
    Read,
    Replace,
    Merge,
    Remove,
    /// Anything else about an item that must be there: `POST /orders/{order}/cancel`.
    About,
}

/// What an operation does, and to which collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) deed: Deed,
    pub(crate) shelf: usize,
}

fn trimmed(path: &str) -> &str {
    if path.len() > 1 { path.trim_end_matches('/') } else { path }
}

/// The collection and the parameter of `P/{x}`.
fn item_of(path: &str) -> Option<(&str, &str)> {
    let (collection, last) = trimmed(path).rsplit_once('/')?;
    let param = last.strip_prefix('{')?.strip_suffix('}')?;
    (!collection.is_empty() && !param.contains(['{', '}'])).then_some((collection, param))
}

/// The collections of a contract. One of which a behaviour file speaks is none: it keeps its own state.
pub(crate) fn shelves(operations: &[Operation], scripted: impl Fn(&str) -> bool) -> Vec<Shelf> {
    let on = |method: &str, wanted: &str, item: bool| {
        operations.iter().position(|operation| {
            operation.method == method
                && if item {
                    item_of(&operation.path).is_some_and(|(collection, _)| collection == wanted)
                } else {
                    trimmed(&operation.path) == wanted
                }
        })
    };
    let mut shelves: Vec<Shelf> = Vec::new();
    for operation in operations {
        let Some((path, param)) = item_of(&operation.path) else { continue };
        if shelves.iter().any(|shelf| shelf.path == path) {
            continue;
        }
        let shelf = Shelf {
            path: path.to_owned(),
            name: path.rsplit('/').next().unwrap_or_default().to_owned(),
            param: param.to_owned(),
            read: on("GET", path, true),
            list: on("GET", path, false),
            create: on("POST", path, false),
            replace: on("PUT", path, true),
        };
        let makes = shelf.create.is_some() || (shelf.replace.is_some() && shelf.read.is_some());
        let spoken = operations.iter().any(|operation| {
            let mine = trimmed(&operation.path) == path
                || item_of(&operation.path).is_some_and(|(collection, _)| collection == path);
            mine && scripted(&operation.line())
        });
        // What stands behind a parameter alone, `/{x}`, says nothing of a collection.
        if makes && !spoken && !shelf.name.is_empty() && !shelf.name.starts_with('{') {
            shelves.push(shelf);
        }
    }
    shelves
}

/// What an operation does to one of the collections.
pub(crate) fn role(operation: &Operation, shelves: &[Shelf]) -> Option<Role> {
    let path = trimmed(&operation.path);
    let find = |wanted: &str| shelves.iter().position(|shelf| shelf.path == wanted);
    if let Some((collection, _)) = item_of(path)
        && let Some(shelf) = find(collection)
    {
        let deed = match operation.method.as_str() {
            "GET" => Deed::Read,
            "PUT" => Deed::Replace,
            "PATCH" => Deed::Merge,
            "DELETE" => Deed::Remove,
            _ => Deed::About,
        };
        return Some(Role { deed, shelf });
    }
    if let Some(shelf) = find(path) {
        match operation.method.as_str() {
            "POST" => return Some(Role { deed: Deed::Create, shelf }),
            "GET" => return Some(Role { deed: Deed::List, shelf }),
            _ => {}
        }
    }
    // The nearest item on the way: `/orders/{order}/lines`.
    let about = shelves.iter().enumerate().filter(|(_, shelf)| {
        path.strip_prefix(&format!("{}/{{{}}}", shelf.path, shelf.param))
            .is_some_and(|rest| rest.starts_with('/'))
    });
    let nearest = about.max_by_key(|(_, shelf)| shelf.path.len());
    nearest.map(|(shelf, _)| Role { deed: Deed::About, shelf })
}

/// The collection on whose item this one depends: that of `/users/{user}` for `/users/{user}/orders`.
pub(crate) fn parent(shelves: &[Shelf], shelf: usize) -> Option<usize> {
    let path = &shelves[shelf].path;
    let above = shelves.iter().enumerate().filter(|(_, other)| {
        path.strip_prefix(&format!("{}/{{{}}}", other.path, other.param))
            .is_some_and(|rest| rest.starts_with('/'))
    });
    above.max_by_key(|(_, other)| other.path.len()).map(|(place, _)| place)
}

/// A template with the values of a call in it.
pub(crate) fn filled(template: &str, parameters: &[(String, String)]) -> String {
    let segments = template.split('/').map(|segment| {
        let mut out = segment.to_owned();
        for (name, value) in parameters.iter().filter(|_| segment.contains('{')) {
            out = out.replace(&format!("{{{name}}}"), &value.replace('%', "%25").replace('/', "%2F"));
        }
        out
    });
    segments.collect::<Vec<_>>().join("/")
}
