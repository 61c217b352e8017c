//! The rules that need the contract to judge: examples, defaults, schemas that nothing satisfies.

use dryrun_contract::generate::Generator;
use dryrun_contract::{Contract, MediaInfo, SchemaRef, Side};
use serde_json::Value;

use crate::lint::notice::Notice;
use crate::lint::rules::notice;
use crate::lint::walk::Found;
use crate::schema::covers;
use crate::source::{At, Source, join, literal};

/// Examples of bodies and parameters.
pub(crate) fn bodies(contract: &Contract, source: &Source<'_>, out: &mut Vec<Notice>) {
    for op in contract.operations() {
        let line = op.line();
        let pointer = join(&join("/paths", &op.path), &op.method.to_lowercase());
        let mut media = |all: Vec<MediaInfo>, side: Side, at: &str, what: &str| {
            for one in all {
                let Some(schema) = &one.schema else {
                    continue;
                };
                let holder = source.at(at).and_then(|part| source.child(&part, "content"));
                let holder = holder.and_then(|part| source.child(&part, &one.media_type));
                let at = holder.map_or_else(|| at.to_owned(), |part| part.at);
                for example in &one.examples {
                    if !judged(&one.media_type) || contract.accepts(schema, side, &example.value) {
                        continue;
                    }
                    let (name, place) = match &example.name {
                        Some(name) => (format!("example {name:?}"), join(&join(&at, "examples"), name)),
                        None => ("the example".to_owned(), join(&at, "example")),
                    };
                    let message = format!("{line}: {name} of {what} does not honour its schema");
                    out.push(notice("example-invalid", &place, message));
                }
            }
        };
        media(contract.request_media(op), Side::Request, &join(&pointer, "requestBody"), "the request body");
        for answer in contract.responses(op) {
            let at = join(&join(&pointer, "responses"), &answer.status);
            media(answer.content, Side::Response, &at, &format!("answer {}", answer.status));
        }
        for parameter in contract.parameters(op) {
            if let Some(example) = &parameter.example
                && !contract.accepts(&parameter.schema, Side::Request, example)
            {
                let message = format!(
                    "{line}: the example {} of `{}` does not honour its schema",
                    literal(example),
                    parameter.name
                );
                out.push(notice("example-invalid", parameter.schema.pointer(), message));
            }
        }
    }
}

/// Whether an example of this media type is a value of the schema, and not a text that carries one.
fn judged(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    essence.ends_with("/json") || essence.ends_with("+json") || essence == "application/x-www-form-urlencoded"
}

/// Examples and defaults inside schemas.
pub(crate) fn inside(contract: &Contract, found: &Found<'_>, out: &mut Vec<Notice>) {
    // What a part of a combination shows may honour the whole only.
    if found.partial || found.map.contains_key("$ref") {
        return;
    }
    let at = SchemaRef::new(found.at.clone());
    let honours = |value: &Value| {
        [Side::Request, Side::Response].iter().any(|side| contract.accepts(&at, *side, value))
    };
    if let Some(value) = found.map.get("default")
        && !honours(value)
    {
        let message = format!("the default {} does not honour its schema", literal(value));
        out.push(notice("default-invalid", &join(&found.at, "default"), message));
    }
    let shown = found.map.get("example").map(|value| (join(&found.at, "example"), value));
    let list = found.map.get("examples").and_then(Value::as_array).into_iter().flatten().enumerate();
    let listed = list.map(|(index, value)| (join(&join(&found.at, "examples"), &index.to_string()), value));
    for (place, value) in shown.into_iter().chain(listed) {
        if !honours(value) {
            let message = format!("the example {} does not honour its schema", literal(value));
            out.push(notice("example-invalid", &place, message));
        }
    }
}

/// Schemas that nothing satisfies, or for which nothing can be made.
pub(crate) fn satisfiable(
    contract: &Contract,
    source: &Source<'_>,
    found: &Found<'_>,
    out: &mut Vec<Notice>,
) {
    let Some(value) = source.root.pointer(&found.at) else {
        return;
    };
    let exported = covers::export(source, &[At { value, at: found.at.clone() }]);
    if exported.is_some_and(|schema| covers::empty(&schema)) {
        out.push(notice("nothing-satisfies", &found.at, "no value honours this schema"));
        return;
    }
    let at = SchemaRef::new(found.at.clone());
    let mut generator = Generator::new(1);
    if [Side::Request, Side::Response].iter().all(|side| generator.instance(contract, &at, *side).is_none()) {
        out.push(notice("nothing-generated", &found.at, "no value could be generated for this schema"));
    }
}
