//! Builds the operations of a document and the plans by which they are judged.

use serde_json::Value;

use crate::body::Media;
use crate::breach::{Location, Side};
use crate::document::{Document, Node, join};
use crate::error::ContractError;
use crate::media::{Kind, MediaType};
use crate::operation::Operation;
use crate::parameters::{Parameter, Style};
use crate::plan::{Answer, Plan, RequestBody, StatusKey};
use crate::router::Piece;
use crate::schema::Compiler;
use crate::shape::Shape;
use crate::walk::METHODS;
use crate::words;

/// One operation with its plan and the base paths of its servers.
pub(crate) struct Built {
    pub(crate) operation: Operation,
    pub(crate) plan: Plan,
    /// Without a closing slash; empty ones are left out.
    pub(crate) bases: Vec<String>,
}

/// Every operation of the document, in its order.
pub(crate) fn build<'d>(
    document: &'d Document,
    compiler: &mut Compiler<'d>,
) -> Result<Vec<Built>, ContractError> {
    let Some(paths) = document.node("/paths")? else {
        // 3.1 may have components only.
        return Ok(Vec::new());
    };
    if !paths.value.is_object() {
        return Err(document.wrong("/paths", "write a mapping from paths to their methods"));
    }
    let keys = query_keys(document)?;
    let mut built = Vec::new();
    for (path, item) in document.children(&paths)? {
        let at = join("/paths", path);
        let pieces = Piece::parse(path).map_err(|message| document.wrong(&at, message))?;
        for (key, _) in item.value.as_object().into_iter().flatten() {
            if !METHODS.contains(&key.as_str()) {
                continue;
            }
            let Some(node) = document.child(&item, key)? else {
                continue;
            };
            let mut builder = Builder { document, compiler };
            let index = built.len();
            built.push(builder.operation(index, path, &pieces, key, &item, &node, &keys)?);
        }
    }
    Ok(built)
}

/// The query parameters that carry keys, by `components.securitySchemes`.
fn query_keys(document: &Document) -> Result<Vec<String>, ContractError> {
    let Some(schemes) = document.node("/components/securitySchemes")? else {
        return Ok(Vec::new());
    };
    let schemes = document.children(&schemes)?;
    let in_query = schemes.iter().filter(|(_, scheme)| scheme.value["in"] == "query");
    Ok(in_query.filter_map(|(_, scheme)| scheme.value["name"].as_str()).map(str::to_owned).collect())
}

fn text(node: &Node<'_>, key: &str) -> Option<String> {
    node.value[key].as_str().map(str::to_owned)
}

fn flag(node: &Node<'_>, key: &str) -> bool {
    node.value[key] == true
}

struct Builder<'b, 'd> {
    document: &'d Document,
    compiler: &'b mut Compiler<'d>,
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
        let parameters = self.parameters(item, node)?;
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
                content: self.content(Side::Request, &body)?,
                at: body.at,
            }),
            None => None,
        };
        let answers = self.answers(node)?;
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
            let mut bases: Vec<String> = servers.iter().filter_map(base).collect();
            bases.sort();
            bases.dedup();
            return Ok(bases);
        }
        Ok(Vec::new())
    }

    /// Those of the path, overridden by those of the operation.
    fn parameters(&mut self, item: &Node<'d>, node: &Node<'d>) -> Result<Vec<Parameter>, ContractError> {
        let mut parameters: Vec<Parameter> = Vec::new();
        for level in [item, node] {
            let Some(list) = self.document.child(level, "parameters")? else {
                continue;
            };
            for node in self.document.items(&list)? {
                let wrong = |message: &str| self.document.wrong(&node.at, message);
                let name = text(&node, "name").ok_or_else(|| wrong("the parameter needs a `name`"))?;
                let place = match node.value["in"].as_str() {
                    Some("path") => Location::Path,
                    Some("query") => Location::Query,
                    Some("header") => Location::Header,
                    Some("cookie") => Location::Cookie,
                    _ => return Err(wrong("the parameter needs `in`: path, query, header or cookie")),
                };
                // OpenAPI: such definitions are ignored, other parts of the document speak of them.
                let spoken_of = ["accept", "content-type", "authorization"];
                if place == Location::Header && spoken_of.contains(&name.to_ascii_lowercase().as_str()) {
                    continue;
                }
                parameters.retain(|known| (known.place, &known.name) != (place, &name));
                parameters.push(self.parameter(Side::Request, name, place, &node)?);
            }
        }
        Ok(parameters)
    }

    fn parameter(
        &mut self,
        side: Side,
        name: String,
        place: Location,
        node: &Node<'d>,
    ) -> Result<Parameter, ContractError> {
        let in_pairs = matches!(place, Location::Query | Location::Cookie);
        let mut style = match node.value["style"].as_str() {
            Some(style) => Style::parse(style).ok_or_else(|| {
                self.document.wrong(
                    &join(&node.at, "style"),
                    format!("nobody knows the style {style:?}; leave it out"),
                )
            })?,
            None if in_pairs => Style::Form,
            None => Style::Simple,
        };
        let mut schema = self.document.child(node, "schema")?;
        if let Some(content) = self.document.child(node, "content")? {
            let media = self.document.children(&content)?.into_iter().next();
            if let Some((_, media)) = media {
                style = Style::Json;
                schema = self.document.child(&media, "schema")?;
            }
        }
        let schema_value = schema.as_ref().map_or(&Value::Null, |schema| schema.value);
        Ok(Parameter {
            name,
            place,
            required: place == Location::Path || flag(node, "required"),
            explode: node.value["explode"].as_bool().unwrap_or(style == Style::Form),
            style,
            allow_empty: flag(node, "allowEmptyValue"),
            shape: Shape::of(self.document, schema_value),
            schema: schema.map(|schema| self.compiler.compile(side, &schema)).transpose()?,
            at: node.at.clone(),
        })
    }

    fn answers(&mut self, node: &Node<'d>) -> Result<Vec<(String, Answer)>, ContractError> {
        let Some(responses) = self.document.child(node, "responses")? else {
            return Ok(Vec::new());
        };
        let mut answers = Vec::new();
        for (name, answer) in self.document.children(&responses)? {
            let key = StatusKey::parse(name).ok_or_else(|| {
                let message = format!("{name:?} is no status; write one such as \"200\", a range such as \"4XX\", or \"default\"");
                self.document.wrong(&join(&responses.at, name), message)
            })?;
            let mut headers = Vec::new();
            if let Some(documented) = self.document.child(&answer, "headers")? {
                for (name, header) in self.document.children(&documented)? {
                    // Its media types say this already.
                    if !name.eq_ignore_ascii_case("content-type") {
                        headers.push(self.parameter(
                            Side::Response,
                            name.to_owned(),
                            Location::Header,
                            &header,
                        )?);
                    }
                }
            }
            let content = self.content(Side::Response, &answer)?;
            answers.push((name.to_owned(), Answer { key, headers, content, at: answer.at }));
        }
        Ok(answers)
    }

    fn content(&mut self, side: Side, owner: &Node<'d>) -> Result<Vec<Media>, ContractError> {
        let Some(content) = self.document.child(owner, "content")? else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        for (name, node) in self.document.children(&content)? {
            let media = MediaType::parse(name).ok_or_else(|| {
                let message =
                    format!("{} is no media type; write one such as application/json", words::quoted(name));
                self.document.wrong(&join(&content.at, name), message)
            })?;
            let schema = self.document.child(&node, "schema")?;
            // JSON says itself what it is, texts do not.
            let texts = media.body() != Kind::Json;
            let schema_value = schema.as_ref().filter(|_| texts).map_or(&Value::Null, |schema| schema.value);
            all.push(Media {
                text: name.to_owned(),
                media,
                shape: Shape::of(self.document, schema_value),
                examples: self.examples(&node, schema.as_ref())?,
                schema: schema.map(|schema| self.compiler.compile(side, &schema)).transpose()?,
            });
        }
        Ok(all)
    }

    /// Name and place of each example: those of the media type, or else those of its schema.
    fn examples(
        &self,
        media: &Node<'d>,
        schema: Option<&Node<'d>>,
    ) -> Result<Vec<(Option<String>, String)>, ContractError> {
        let mut examples = Vec::new();
        if media.value.get("example").is_some() {
            examples.push((None, join(&media.at, "example")));
        }
        if let Some(named) = self.document.child(media, "examples")? {
            for (name, example) in self.document.children(&named)? {
                if example.value.get("value").is_some() {
                    examples.push((Some(name.to_owned()), join(&example.at, "value")));
                }
            }
        }
        if let (true, Some(schema)) = (examples.is_empty(), schema) {
            if schema.value.get("example").is_some() {
                examples.push((None, join(&schema.at, "example")));
            }
            let count = schema.value["examples"].as_array().map_or(0, Vec::len);
            let at = join(&schema.at, "examples");
            examples.extend((0..count).map(|i| (None, join(&at, &i.to_string()))));
        }
        Ok(examples)
    }
}

/// The path of a server's URL; `None` if it is the root.
fn base(server: &Node<'_>) -> Option<String> {
    let mut url = server.value["url"].as_str()?.to_owned();
    for (name, variable) in server.value["variables"].as_object().into_iter().flatten() {
        let value = variable["default"].as_str().unwrap_or_default();
        url = url.replace(&format!("{{{name}}}"), value);
    }
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map(|(_, path)| path).unwrap_or_default(),
        None => url.trim_start_matches('/'),
    };
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    (!path.is_empty()).then(|| format!("/{path}"))
}
