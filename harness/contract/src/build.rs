//! Builds the operations of a document and the plans by which they are judged.

use serde_json::Value;

use crate::breach::{Location, Side};
use crate::document::{Document, Node, join};
use crate::error::ContractError;
use crate::operation::Operation;
use crate::parts::{Parts, flag, text};
use crate::plan::{Plan, RequestBody, StatusKey};
use crate::router::{ANY_METHOD, Piece};
use crate::schema::Compiler;
use crate::unusable::{Refused, Unusable};
use crate::walk::METHODS;

/// How many base paths one server may mean.
const MAX_BASES: usize = 64;

/// One operation with its plan and the base paths of its servers.
pub(crate) struct Built {
    pub(crate) operation: Operation,
    pub(crate) plan: Plan,
    /// Without a closing slash; empty ones are left out.
    pub(crate) bases: Vec<String>,
}

/// Every operation of the document, in its order: those that can be used, and those that can't.
pub(crate) fn build<'d>(
    document: &'d Document,
    compiler: &mut Compiler<'d>,
) -> Result<(Vec<Built>, Vec<Refused>), ContractError> {
    let Some(paths) = document.node("/paths")? else {
        // 3.1 may have components only.
        return Ok((Vec::new(), Vec::new()));
    };
    if !paths.value.is_object() {
        return Err(document.wrong("/paths", "write a mapping from paths to their methods"));
    }
    let keys = query_keys(document);
    let (mut built, mut refused) = (Vec::new(), Vec::new());
    for (path, raw) in document.raw_children(&paths).into_iter().filter(|(path, _)| !path.starts_with("x-")) {
        let pieces = Piece::parse(path).map_err(|message| document.wrong(&raw.at, message));
        let item = match document.follow(raw.value, raw.at) {
            Ok(item) => item,
            Err(error) => {
                // Nobody knows which methods it has.
                refused.push(refuse(ANY_METHOD, path, pieces.ok(), Vec::new(), &error));
                continue;
            }
        };
        for (key, _) in item.value.as_object().into_iter().flatten() {
            if let Some(methods) = newer(key, &item) {
                let message =
                    "only OpenAPI 3.2 has this, and it can't be used here; use one of the methods of 3.1";
                let error = document.wrong(&join(&item.at, key), message);
                let pieces = pieces.clone().ok();
                refused.extend(
                    methods.iter().map(|name| refuse(name, path, pieces.clone(), Vec::new(), &error)),
                );
            }
            if !METHODS.contains(&key.as_str()) {
                continue;
            }
            let mut builder = Builder { document, parts: Parts { document, compiler } };
            let index = built.len();
            let result = pieces.clone().and_then(|pieces| {
                // Invariant: the key has just been read.
                let node = document.child(&item, key)?.expect("the method is there");
                builder.operation(index, path, &pieces, key, &item, &node, &keys)
            });
            match result {
                Ok(one) => built.push(one),
                Err(error) => {
                    let bases = builder.bases_of(&item, key);
                    refused.push(refuse(&key.to_ascii_uppercase(), path, pieces.clone().ok(), bases, &error));
                }
            }
        }
    }
    Ok((built, refused))
}

fn refuse(
    method: &str,
    path: &str,
    pieces: Option<Vec<Piece>>,
    bases: Vec<String>,
    error: &ContractError,
) -> Refused {
    let (at, reason) = error.place_and_reason();
    let told = Unusable { operation: format!("{method} {path}"), at, reason };
    Refused { method: method.to_owned(), pieces, bases, told }
}

/// The methods under a key that only OpenAPI 3.2 has.
fn newer(key: &str, item: &Node<'_>) -> Option<Vec<String>> {
    match key {
        "query" => Some(vec!["QUERY".to_owned()]),
        "additionalOperations" => {
            let named = item.value[key].as_object().into_iter().flatten();
            Some(named.map(|(name, _)| name.to_ascii_uppercase()).collect())
        }
        _ => None,
    }
}

/// The query parameters that carry keys, by `components.securitySchemes`.
fn query_keys(document: &Document) -> Vec<String> {
    let Ok(Some(schemes)) = document.node("/components/securitySchemes") else {
        return Vec::new();
    };
    let schemes = document.raw_children(&schemes).into_iter();
    let schemes = schemes.filter_map(|(_, raw)| document.follow(raw.value, raw.at).ok());
    let in_query = schemes.filter(|scheme| scheme.value["in"] == "query");
    in_query.filter_map(|scheme| text(&scheme, "name")).collect()
}

struct Builder<'b, 'd> {
    document: &'d Document,
    parts: Parts<'b, 'd>,
}

impl<'d> Builder<'_, 'd> {
    #[allow(
        clippy::too_many_arguments,
        reason = "the pieces of one operation, each from another level of the document"
    )]
    fn operation(
        &mut self,
        index: usize,
        path: &str,
        pieces: &[Piece],
        method: &str,
        item: &Node<'d>,
        node: &Node<'d>,
        keys: &[String],
    ) -> Result<Built, ContractError> {
        let parameters = self.parts.parameters(item, node)?;
        let names: Vec<&str> = pieces.iter().flat_map(Piece::names).collect();
        for parameter in parameters.iter().filter(|parameter| parameter.place == Location::Path) {
            if !names.contains(&parameter.name.as_str()) {
                let message = format!(
                    "the path {path} has no {{{}}}; write it into the path or remove it",
                    parameter.name
                );
                return Err(self.document.wrong(&parameter.at, message));
            }
        }
        let body = match self.document.child(node, "requestBody")? {
            Some(body) => Some(RequestBody {
                required: flag(&body, "required"),
                content: self.parts.content(Side::Request, &body)?,
                at: body.at,
            }),
            None => None,
        };
        let answers = self.parts.answers(node)?;
        let mut statuses: Vec<(StatusKey, String)> =
            answers.iter().map(|(name, a)| (a.key, name.clone())).collect();
        statuses.sort();
        let tags = node.value["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
        Ok(Built {
            operation: Operation {
                id: text(node, "operationId"),
                method: method.to_ascii_uppercase(),
                path: path.to_owned(),
                summary: text(node, "summary").unwrap_or_default(),
                statuses: statuses.into_iter().map(|(_, name)| name).collect(),
                tags: tags.map(str::to_owned).collect(),
                deprecated: flag(node, "deprecated"),
                index,
            },
            plan: Plan {
                pieces: pieces.to_vec(),
                parameters,
                body,
                answers: answers.into_iter().map(|(_, answer)| answer).collect(),
                keys: keys.to_vec(),
                at: node.at.clone(),
            },
            bases: self.bases(item, node)?,
        })
    }

    /// The base paths of an operation that could not be built, as far as they can be read.
    fn bases_of(&self, item: &Node<'d>, key: &str) -> Vec<String> {
        let node = self.document.child(item, key).ok().flatten();
        node.and_then(|node| self.bases(item, &node).ok()).unwrap_or_default()
    }

    /// The base paths of the nearest `servers`.
    fn bases(&self, item: &Node<'d>, node: &Node<'d>) -> Result<Vec<String>, ContractError> {
        let root = Node { value: &self.document.value, at: String::new() };
        for level in [node, item, &root] {
            let servers = match self.document.child(level, "servers")? {
                Some(servers) => self.document.items(&servers)?,
                None => continue,
            };
            if servers.is_empty() {
                continue;
            }
            let mut bases: Vec<String> = servers.iter().flat_map(bases).collect();
            bases.sort();
            bases.dedup();
            return Ok(bases);
        }
        Ok(Vec::new())
    }
}

/// The paths that a server's URL may have, without the root: one for each combination of the values that its variables
/// may take.
fn bases(server: &Node<'_>) -> Vec<String> {
    let mut urls = vec![server.value["url"].as_str().unwrap_or_default().to_owned()];
    for (name, variable) in server.value["variables"].as_object().into_iter().flatten() {
        let mark = format!("{{{name}}}");
        if !urls[0].contains(&mark) {
            continue;
        }
        let mut values: Vec<&str> =
            variable["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        values.extend(variable["default"].as_str());
        values.sort_unstable();
        values.dedup();
        urls = urls
            .iter()
            .flat_map(|url| values.iter().map(|value| url.replace(&mark, value)).collect::<Vec<_>>())
            .take(MAX_BASES)
            .collect();
        if urls.is_empty() {
            return urls;
        }
    }
    urls.iter().filter_map(|url| path_of(url)).collect()
}

/// The path of a URL; `None` if it is the root.
fn path_of(url: &str) -> Option<String> {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map(|(_, path)| path).unwrap_or_default(),
        None if url.starts_with("//") => url[2..].split_once('/').map(|(_, path)| path).unwrap_or_default(),
        None => url.trim_start_matches(['.', '/']),
    };
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    (!path.is_empty()).then(|| format!("/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn base_paths_of_servers() {
        let of = |server: Value| bases(&Node { value: &server, at: String::new() });
        assert_eq!(of(json!({"url": "https://example.com"})), [""; 0]);
        assert_eq!(of(json!({"url": "https://example.com/v1/"})), ["/v1"]);
        assert_eq!(of(json!({"url": "./api"})), ["/api"]);
        assert_eq!(of(json!({"url": "//example.com/api?x=1"})), ["/api"]);
        let variables = json!({"stage": {"default": "live", "enum": ["live", "test"]}, "v": {"default": "2"}, "unused": {"default": "x"}});
        assert_eq!(
            of(json!({"url": "https://{stage}.example.com/{stage}/v{v}", "variables": variables})),
            ["/live/v2", "/test/v2"]
        );
    }
}
