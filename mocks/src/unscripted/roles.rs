//! Which operations make, find, list, change and remove the things of a collection: recognised by the shape of the
//! paths. `P` with POST and `P/{x}` is one; so are `P/{x}` with PUT and GET, `P` and `P/{x}` with GET alone, and `P` with
//! GET and PUT, which holds a single thing.

use dryrun_contract::Operation;

/// What a collection holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What calls make.
    Many,
    /// What is there from the start: nobody makes any.
    Catalogue,
    /// One thing alone: `/settings`.
    Sole,
}

/// A collection: `/users/{user}/orders`, whose items are at `/users/{user}/orders/{order}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shelf {
    /// The template of the collection without names of parameters: `/users/{}/orders`.
    pub(crate) path: String,
    /// The same as the document has it.
    pub(crate) shown: String,
    /// How many segments it has.
    pub(crate) depth: usize,
    /// Its last segment: `orders`.
    pub(crate) name: String,
    /// The parameter that names an item: `order`. Empty if nothing is at an item.
    pub(crate) param: String,
    pub(crate) kind: Kind,
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

/// What has to be known of operations beside their paths.
pub(crate) trait Knows {
    /// Whether a behaviour file speaks of it.
    fn scripted(&self, operation: &Operation) -> bool;
    /// Whether its success is a list.
    fn lists(&self, operation: &Operation) -> bool;
    /// Whether its success says that something was made.
    fn makes(&self, operation: &Operation) -> bool;
}

/// Endings that only say in which form something is: `/posts/{id}.json`.
const ENDINGS: [&str; 2] = [".json", ".xml"];

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.trim_matches('/').split('/')
}

/// The parameter that a segment is, and what stands behind it: `{id}`, `{id}.json`, `{id}:cancel`.
fn param_of(segment: &str) -> Option<(&str, &str)> {
    let (param, rest) = segment.strip_prefix('{')?.split_once('}')?;
    (!rest.contains(['{', '}'])).then_some((param, rest))
}

/// A segment without the name of its parameter and without an ending.
fn erased(segment: &str) -> String {
    match param_of(segment) {
        Some((_, rest)) if rest.is_empty() || ENDINGS.contains(&rest) => "{}".to_owned(),
        Some((_, rest)) => format!("{{}}{rest}"),
        None => {
            let stem =
                ENDINGS.iter().find_map(|end| segment.strip_suffix(end)).filter(|stem| !stem.is_empty());
            stem.unwrap_or(segment).to_owned()
        }
    }
}

fn form(path: &str) -> String {
    segments(path).map(|segment| format!("/{}", erased(segment))).collect()
}

/// The form of the collection and the parameter of `P/{x}`.
fn item_of(path: &str) -> Option<(String, &str)> {
    let (collection, last) = path.trim_end_matches('/').rsplit_once('/')?;
    let (param, rest) = param_of(last)?;
    let item = rest.is_empty() || ENDINGS.contains(&rest);
    (item && !collection.is_empty()).then(|| (form(collection), param))
}

/// The collections of a contract. One of which a behaviour file speaks is none: it keeps its own state.
pub(crate) fn shelves(operations: &[Operation], knows: &impl Knows) -> Vec<Shelf> {
    let forms: Vec<(String, Option<(String, &str)>)> =
        operations.iter().map(|operation| (form(&operation.path), item_of(&operation.path))).collect();
    let on = |method: &str, path: &str, item: bool| {
        operations.iter().zip(&forms).position(|(operation, (whole, of))| {
            let there = if item { of.as_ref().is_some_and(|(form, _)| form == path) } else { whole == path };
            operation.method == method && there
        })
    };
    let mut shelves: Vec<Shelf> = Vec::new();
    let mut candidates: Vec<(String, &str, Kind)> = Vec::new();
    candidates
        .extend(forms.iter().filter_map(|(_, of)| of.clone()).map(|(path, param)| (path, param, Kind::Many)));
    candidates.extend(forms.iter().map(|(path, _)| (path.clone(), "", Kind::Many)));
    candidates.extend(forms.iter().map(|(path, _)| (path.clone(), "", Kind::Sole)));
    for (path, param, kind) in candidates {
        if path.ends_with("/{}") || path == "/" || shelves.iter().any(|shelf| shelf.path == path) {
            // What stands behind a parameter alone, `/{x}`, says nothing of a collection.
            continue;
        }
        let sole = kind == Kind::Sole;
        let list = on("GET", &path, false);
        let create = on("POST", &path, false);
        let read = if sole { list } else { on("GET", &path, true) };
        let replace = on("PUT", &path, !sole);
        let known = |place: Option<usize>, test: &dyn Fn(&Operation) -> bool| {
            place.is_some_and(|place| test(&operations[place]))
        };
        let kind = if sole {
            (read.is_some() && (replace.is_some() || on("PATCH", &path, false).is_some())).then_some(kind)
        } else if param.is_empty() {
            let both = known(list, &|get| knows.lists(get)) && known(create, &|post| knows.makes(post));
            both.then_some(kind)
        } else if create.is_some() || (replace.is_some() && read.is_some()) {
            Some(kind)
        } else {
            (read.is_some() && known(list, &|get| knows.lists(get))).then_some(Kind::Catalogue)
        };
        let Some(kind) = kind else { continue };
        let mine = |(whole, of): &(String, Option<(String, &str)>)| {
            *whole == path || of.as_ref().is_some_and(|(form, _)| *form == path)
        };
        let spoken = operations.iter().zip(&forms).any(|(one, form)| mine(form) && knows.scripted(one));
        if spoken {
            continue;
        }
        let depth = segments(&path).count();
        let example = operations.iter().zip(&forms).find(|(_, form)| mine(form)).map(|(one, _)| one);
        let shown = example.map_or_else(Vec::new, |one| segments(&one.path).take(depth).collect());
        shelves.push(Shelf {
            depth,
            shown: format!("/{}", shown.join("/")),
            name: path.rsplit('/').next().unwrap_or_default().to_owned(),
            param: param.to_owned(),
            kind,
            read,
            list: list.filter(|_| !sole),
            create: create.filter(|_| !sole),
            replace,
            path,
        });
    }
    shelves
}

/// What an operation does to one of the collections.
pub(crate) fn role(operation: &Operation, shelves: &[Shelf]) -> Option<Role> {
    let whole = form(&operation.path);
    let find = |wanted: &str| shelves.iter().position(|shelf| shelf.path == wanted);
    if let Some((collection, _)) = item_of(&operation.path)
        && let Some(shelf) = find(&collection).filter(|shelf| shelves[*shelf].kind != Kind::Sole)
    {
        let deed = match operation.method.as_str() {
            "GET" | "HEAD" => Deed::Read,
            "PUT" => Deed::Replace,
            // Where POST goes to an item, it changes the fields that it sends.
            "PATCH" | "POST" => Deed::Merge,
            "DELETE" => Deed::Remove,
            _ => Deed::About,
        };
        return Some(Role { deed, shelf });
    }
    if let Some(shelf) = find(&whole) {
        let deed = match (operation.method.as_str(), shelves[shelf].kind) {
            ("GET" | "HEAD", Kind::Sole) => Some(Deed::Read),
            ("PUT", Kind::Sole) => Some(Deed::Replace),
            ("PATCH", Kind::Sole) => Some(Deed::Merge),
            ("DELETE", Kind::Sole) => Some(Deed::Remove),
            ("POST", Kind::Many) => Some(Deed::Create),
            ("GET", Kind::Many | Kind::Catalogue) => Some(Deed::List),
            _ => None,
        };
        if let Some(deed) = deed {
            return Some(Role { deed, shelf });
        }
    }
    // The nearest item on the way: `/orders/{order}/lines`, `/orders/{order}:cancel`.
    let about = shelves.iter().enumerate().filter(|(_, shelf)| {
        shelf.kind != Kind::Sole
            && whole
                .strip_prefix(&format!("{}/{{}}", shelf.path))
                .is_some_and(|rest| rest.starts_with(['/', ':']))
    });
    let nearest = about.max_by_key(|(_, shelf)| shelf.depth);
    nearest.map(|(shelf, _)| Role { deed: Deed::About, shelf })
}

/// The collection on whose item this one depends: that of `/users/{user}` for `/users/{user}/orders`.
pub(crate) fn parent(shelves: &[Shelf], shelf: usize) -> Option<usize> {
    let path = &shelves[shelf].path;
    let above = shelves
        .iter()
        .enumerate()
        .filter(|(_, other)| other.kind != Kind::Sole && path.starts_with(&format!("{}/{{}}/", other.path)));
    above.max_by_key(|(_, other)| other.depth).map(|(place, _)| place)
}

/// The value of the parameter in this segment of a template; what it is called is of no matter.
pub(crate) fn named<'a>(template: &str, place: usize, parameters: &'a [(String, String)]) -> &'a str {
    let param = param_at(template, place);
    let value = parameters.iter().find(|(name, _)| Some(name.as_str()) == param);
    value.map_or("", |(_, value)| value)
}

/// What the parameter in this segment of a template is called.
pub(crate) fn param_at(template: &str, place: usize) -> Option<&str> {
    segments(template).nth(place).and_then(param_of).map(|(param, _)| param)
}

/// The first segments of a template with the values of a call in them.
pub(crate) fn filled(template: &str, depth: usize, parameters: &[(String, String)]) -> String {
    let filled = segments(template).take(depth).enumerate().map(|(place, segment)| match param_of(segment) {
        Some(_) => format!("/{}", one_segment(named(template, place, parameters))),
        None => format!("/{}", erased(segment)),
    });
    filled.collect()
}

/// A value in such a form that it stays one segment.
pub(crate) fn one_segment(value: &str) -> String {
    value.replace('%', "%25").replace('/', "%2F")
}

#[cfg(test)]
mod tests {
    use super::*;
    use dryrun_contract::Contract;

    struct All;
    impl Knows for All {
        fn scripted(&self, operation: &Operation) -> bool {
            operation.path.starts_with("/scripted")
        }
        fn lists(&self, operation: &Operation) -> bool {
            !operation.path.ends_with("search")
        }
        fn makes(&self, operation: &Operation) -> bool {
            !operation.path.ends_with("search")
        }
    }

    fn contract(lines: &[&str]) -> Contract {
        let mut paths = serde_json::Map::new();
        for line in lines {
            let (method, path) = line.split_once(' ').unwrap();
            let names: Vec<_> = segments(path).filter_map(param_of).map(|(name, _)| name).collect();
            let parameters: Vec<_> = names
                .iter()
                .map(|name| serde_json::json!({"name": name, "in": "path", "required": true, "schema": {}}))
                .collect();
            let item = paths.entry(path).or_insert_with(|| serde_json::json!({"parameters": parameters}));
            item[method.to_lowercase()] = serde_json::json!({"responses": {"200": {"description": "ok"}}});
        }
        let document =
            serde_json::json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths});
        Contract::parse("t.json", &document.to_string()).unwrap()
    }

    #[test]
    fn collections_are_known_by_their_paths() {
        let contract = contract(&[
            "POST /users",
            "GET /users/{id}",
            "GET /users/{user_id}/orders.json",
            "POST /users/{user_id}/orders.json",
            "DELETE /users/{user_id}/orders/{id}.json",
            "POST /users/{name}:ban",
            "GET /users/{id}/profile",
            "PUT /users/{id}/profile",
            "PUT /keys/{key}",
            "GET /keys/{key}",
            "GET /products",
            "GET /products/{sku}",
            "GET /messages",
            "POST /messages",
            "GET /search",
            "POST /search",
            "POST /scripted",
            "GET /scripted/{id}",
            "GET /settings",
            "PATCH /settings",
            "GET /{anything}",
        ]);
        let shelves = shelves(contract.operations(), &All);
        let of = |line: &str| {
            let operation = contract.operations().iter().find(|operation| operation.line() == line).unwrap();
            role(operation, &shelves).map(|role| (role.deed, shelves[role.shelf].shown.as_str()))
        };
        for (line, wanted) in [
            ("POST /users", Some((Deed::Create, "/users"))),
            ("GET /users/{user_id}/orders.json", Some((Deed::List, "/users/{user_id}/orders.json"))),
            (
                "DELETE /users/{user_id}/orders/{id}.json",
                Some((Deed::Remove, "/users/{user_id}/orders.json")),
            ),
            ("POST /users/{name}:ban", Some((Deed::About, "/users"))),
            ("PUT /users/{id}/profile", Some((Deed::Replace, "/users/{id}/profile"))),
            ("GET /keys/{key}", Some((Deed::Read, "/keys"))),
            ("GET /products", Some((Deed::List, "/products"))),
            ("POST /messages", Some((Deed::Create, "/messages"))),
            ("POST /search", None),
            ("GET /scripted/{id}", None),
            ("PATCH /settings", Some((Deed::Merge, "/settings"))),
            ("GET /{anything}", None),
        ] {
            assert_eq!(of(line), wanted, "{line}");
        }
        let place = |shown: &str| shelves.iter().position(|shelf| shelf.shown == shown).unwrap();
        let users = Some(place("/users"));
        assert_eq!(
            parent(&shelves, place("/users/{user_id}/orders.json")),
            users,
            "whatever the parameter is called"
        );
        assert_eq!(parent(&shelves, place("/users/{id}/profile")), users);
        assert_eq!(shelves[place("/products")].kind, Kind::Catalogue);
    }

    #[test]
    fn a_call_fills_the_template_segment_by_segment() {
        let values = [("user".to_owned(), "a/b".to_owned()), ("id".to_owned(), "7".to_owned())];
        assert_eq!(filled("/users/{user}/orders/{id}.json", 3, &values), "/users/a%2Fb/orders");
        assert_eq!(named("/users/{user}/orders/{id}:cancel", 3, &values), "7");
        assert_eq!(named("/users", 1, &values), "");
    }
}
