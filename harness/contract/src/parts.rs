//! The parts of an operation: parameters, headers, bodies, answers, examples.

use serde_json::Value;

use crate::body::Media;
use crate::breach::{Location, Side};
use crate::document::{Document, Node, join};
use crate::error::ContractError;
use crate::form::Field;
use crate::media::{Kind, MediaType};
use crate::parameters::{Parameter, Style};
use crate::plan::{Answer, StatusKey};
use crate::schema::Compiler;
use crate::shape::Shape;
use crate::words;

pub(crate) fn text(node: &Node<'_>, key: &str) -> Option<String> {
    node.value[key].as_str().map(str::to_owned)
}

pub(crate) fn flag(node: &Node<'_>, key: &str) -> bool {
    node.value[key] == true
}

/// Reads the parts of operations and compiles their schemas.
pub(crate) struct Parts<'b, 'd> {
    pub(crate) document: &'d Document,
    pub(crate) compiler: &'b mut Compiler<'d>,
}

impl<'d> Parts<'_, 'd> {
    /// Those of the path, overridden by those of the operation.
    pub(crate) fn parameters(
        &mut self,
        item: &Node<'d>,
        node: &Node<'d>,
    ) -> Result<Vec<Parameter>, ContractError> {
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
                    Some("querystring") => {
                        return Err(wrong(
                            "`in: querystring` is of OpenAPI 3.2; write the parameters one by one",
                        ));
                    }
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
        if let (true, Some(named)) = (node.value.get("content").is_none(), node.value["style"].as_str()) {
            let known = Style::of_place(place);
            if !known.contains(&named) {
                let known = words::list(known.iter().map(|name| (*name).to_owned()), "or");
                let message =
                    format!("the style {named:?} does not go there; write {known}, or leave it out");
                return Err(self.document.wrong(&join(&node.at, "style"), message));
            }
        }
        let mut style = match node.value["style"].as_str() {
            Some(style) => Style::parse(style).unwrap_or_default(),
            None if in_pairs => Style::Form,
            None => Style::Simple,
        };
        let mut schema = self.document.child(node, "schema")?;
        if let Some(content) = self.document.child(node, "content")?
            && let Some((name, media)) = self.document.named(&content)?.into_iter().next()
        {
            style = Style::Json;
            let json = MediaType::parse(name).is_some_and(|media| media.body() == Kind::Json);
            // Of other documents only the presence is judged.
            schema = if json { self.document.child(&media, "schema")? } else { None };
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

    pub(crate) fn answers(&mut self, node: &Node<'d>) -> Result<Vec<(String, Answer)>, ContractError> {
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
                for (name, header) in self.document.named(&documented)? {
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

    pub(crate) fn content(&mut self, side: Side, owner: &Node<'d>) -> Result<Vec<Media>, ContractError> {
        let Some(content) = self.document.child(owner, "content")? else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        for (name, node) in self.document.named(&content)? {
            let media = MediaType::parse(name).ok_or_else(|| {
                let message =
                    format!("{} is no media type; write one such as application/json", words::quoted(name));
                self.document.wrong(&join(&content.at, name), message)
            })?;
            let schema = self.document.child(&node, "schema")?;
            // JSON says itself what it is, texts do not.
            let texts = media.body() != Kind::Json;
            let schema_value = schema.as_ref().filter(|_| texts).map_or(&Value::Null, |schema| schema.value);
            let shape = Shape::of(self.document, schema_value);
            if let Some(key) = ["itemSchema", "itemEncoding", "prefixEncoding"]
                .into_iter()
                .find(|key| node.value.get(key).is_some())
            {
                let message = format!("`{key}` is of OpenAPI 3.2, and can't be used here; write a `schema`");
                return Err(self.document.wrong(&join(&node.at, key), message));
            }
            all.push(Media {
                text: name.to_owned(),
                fields: self.fields(&node, &media, &shape)?,
                media,
                shape,
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
            for (name, example) in self.document.named(&named)? {
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

    /// How some fields of a form are written, by `encoding`.
    fn fields(&self, node: &Node<'d>, media: &MediaType, shape: &Shape) -> Result<Vec<Field>, ContractError> {
        let Some(encodings) = self.document.child(node, "encoding")? else {
            return Ok(Vec::new());
        };
        if !matches!(media.body(), Kind::Form | Kind::Multipart) {
            return Ok(Vec::new());
        }
        let mut fields = Vec::new();
        for (name, encoding) in self.document.named(&encodings)? {
            let types = text(&encoding, "contentType").unwrap_or_default();
            let types: Vec<&str> = types.split(',').map(str::trim).filter(|one| !one.is_empty()).collect();
            let mut parsed = Vec::new();
            for one in &types {
                let media = MediaType::parse(one).ok_or_else(|| {
                    let message =
                        format!("{} is no media type; write one such as image/png", words::quoted(one));
                    self.document.wrong(&join(&encoding.at, "contentType"), message)
                })?;
                parsed.push(((*one).to_owned(), media));
            }
            let styled =
                ["style", "explode", "allowReserved"].iter().any(|key| encoding.value.get(key).is_some());
            let named = encoding.value["style"].as_str().unwrap_or("form");
            let style = Style::parse(named).filter(|_| Style::of_place(Location::Query).contains(&named));
            let style = style.ok_or_else(|| {
                let message = format!("nobody knows the style {named:?} of a field; leave it out");
                self.document.wrong(&join(&encoding.at, "style"), message)
            })?;
            let explode = encoding.value["explode"].as_bool().unwrap_or(style == Style::Form);
            let shape = shape.field(name).cloned().unwrap_or_default();
            let written = styled.then(|| Parameter {
                name: name.to_owned(),
                place: Location::Query,
                required: false,
                style,
                explode,
                allow_empty: false,
                shape,
                schema: None,
                at: encoding.at.clone(),
            });
            fields.push(Field { name: name.to_owned(), types: parsed, written, at: encoding.at.clone() });
        }
        Ok(fields)
    }
}
