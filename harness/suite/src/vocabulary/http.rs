//! Talking to the service: requests of every method and shape.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::answer::{Part, SentRequest};
use crate::phrase::{Call, Phrase, StepFailure, StepResult};
use crate::values::table;
use crate::vocabulary::data::{load, read_bytes};
use crate::vocabulary::support::{body, doc, phrase, raw, table as rows, text, with_query};
use crate::world::World;

pub(crate) const PHRASES: &[Phrase] = &[
    phrase!(Http When None, "I {fetch} {string}", fetch,
        "Sends a GET, HEAD, OPTIONS or DELETE to a path of the service.",
        "When I GET \"/api/v2/templates\""),
    phrase!(Http When Table, "I {fetch} {string} with the query:", fetch_query,
        "The table's rows are parameters of the query; one name may stand more than once.",
        "When I GET \"/api/v2/jobs\" with the query:\n  | limit  | 10     |\n  | status | failed |"),
    phrase!(Http When Table, "I {fetch} {string} with the headers:", fetch_headers,
        "The table's rows are headers of this request alone.",
        "When I GET \"/api/v2/jobs\" with the headers:\n  | X-API-Key | ${key} |"),
    phrase!(Http When None, "I {submit} to {string}", submit,
        "Sends a POST, PUT or PATCH without a body.",
        "When I POST to \"/api/v2/jobs/${job}/retry\""),
    phrase!(Http When DocString, "I {submit} to {string} with:", submit_doc,
        "The doc string is the body: JSON, YAML (sent as JSON), or text of the media type that stands behind the quotes.",
        "When I POST to \"/api/v2/generate-content\" with:\n  \"\"\"json\n  {\"send_email\": true, \"publish_web\": false}\n  \"\"\""),
    phrase!(Http When Table, "I {submit} to {string} with the fields:", submit_fields,
        "The body is JSON with these fields: a path and a value a row.",
        "When I POST to \"/api/v1/contacts\" with the fields:\n  | email      | ${reader}     |\n  | tags       | [\"beta\"]      |\n  | name.first | Ana           |"),
    phrase!(Http When Table, "I {submit} to {string} with the form:", submit_form,
        "The body is a form (`application/x-www-form-urlencoded`) with these fields.",
        "When I POST to \"/login\" with the form:\n  | user | ana |"),
    phrase!(Http When Table, "I {submit} to {string} with the query:", submit_query,
        "No body; the table's rows are parameters of the query.",
        "When I POST to \"/api/v1/batch/generateBatch\" with the query:\n  | period | week |\n  | count  | 10   |"),
    phrase!(Http When None, "I {submit} to {string} with the body {string}", submit_file,
        "The body is a JSON or YAML file of the data folder; placeholders in it are filled.",
        "When I POST to \"/api/v2/generate-content\" with the body \"newsletter.json\""),
    phrase!(Http When Table, "I {submit} to {string} with the body {string} changed by:", submit_file,
        "A file of the data folder with some fields changed: a path and its new value a row; `<absent>` takes a field away, `<null>` sets null.",
        "When I POST to \"/api/v2/generate-content\" with the body \"newsletter.json\" changed by:\n  | tone       | professional |\n  | send_email | <absent>     |"),
    phrase!(Http When DocString, "I {submit} to {string} with the raw body:", submit_raw,
        "Sends the doc string as it stands, broken or not, as `application/json` or the media type behind the quotes.",
        "When I POST to \"/api/v2/generate-content\" with the raw body:\n  \"\"\"\n  {\"send_email\": tru\n  \"\"\""),
    phrase!(Http When DocString, "I {submit} to {string} signed with the key {string} in header {string}, with:", submit_signed,
        "Sends the doc string with a header that carries the HMAC-SHA256 of the body in hexadecimal digits.",
        "When I POST to \"/api/v1/cache/webhook\" signed with the key \"${WEBHOOK_SECRET}\" in header \"X-Signature\", with:\n  \"\"\"json\n  {\"targets\": [\"cdn\"]}\n  \"\"\""),
    phrase!(Http When None, "I upload {string} as {string} to {string}", upload,
        "Posts a file of the data folder as the named field of a form (`multipart/form-data`).",
        "When I upload \"readers.csv\" as \"file\" to \"/api/v2/import\""),
];

async fn fetch(world: &mut World, call: Call) -> StepResult {
    let request = begin(world, &call)?;
    world.send(request).await
}

async fn fetch_query(world: &mut World, call: Call) -> StepResult {
    let mut request = begin(world, &call)?;
    request.path = with_query(&request.path, &text_pairs(world, &call)?);
    world.send(request).await
}

async fn fetch_headers(world: &mut World, call: Call) -> StepResult {
    let mut request = begin(world, &call)?;
    request.headers = text_pairs(world, &call)?;
    world.send(request).await
}

async fn submit(world: &mut World, call: Call) -> StepResult {
    let request = begin(world, &call)?;
    world.send(request).await
}

async fn submit_doc(world: &mut World, call: Call) -> StepResult {
    let request = begin(world, &call)?;
    let (media_type, bytes) = body(world, doc(&call)?)?;
    world.send(request.body(&media_type, bytes)).await
}

async fn submit_fields(world: &mut World, call: Call) -> StepResult {
    let request = begin(world, &call)?;
    let mut fields = Value::Object(Map::new());
    table::change(&mut fields, rows(&call)?, &mut world.scope())?;
    world.send(request.json(&fields)).await
}

async fn submit_form(world: &mut World, call: Call) -> StepResult {
    let request = begin(world, &call)?;
    let form =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(text_pairs(world, &call)?).finish();
    world.send(request.body("application/x-www-form-urlencoded", form)).await
}

async fn submit_query(world: &mut World, call: Call) -> StepResult {
    fetch_query(world, call).await
}

async fn submit_file(world: &mut World, call: Call) -> StepResult {
    let request = begin(world, &call)?;
    let name = text(world, &call, 2)?;
    let mut content = load(world, &name)?;
    if let Some(table) = &call.table {
        table::change(&mut content, table, &mut world.scope())?;
    }
    world.send(request.json(&content)).await
}

async fn submit_raw(world: &mut World, call: Call) -> StepResult {
    let request = begin(world, &call)?;
    let doc = doc(&call)?;
    let media_type = match doc.media_type.as_deref() {
        None | Some("json") => "application/json",
        Some(other) => other,
    };
    let content = world.expand(&doc.text)?;
    world.send(request.body(media_type, content)).await
}

async fn submit_signed(world: &mut World, call: Call) -> StepResult {
    let mut request = begin(world, &call)?;
    let (key, header) = (text(world, &call, 2)?, text(world, &call, 3)?);
    let (media_type, bytes) = body(world, doc(&call)?)?;
    request.headers.push((header, signature(&key, &bytes)?));
    world.send(request.body(&media_type, bytes)).await
}

async fn upload(world: &mut World, call: Call) -> StepResult {
    let (file, field, path) = (text(world, &call, 0)?, text(world, &call, 1)?, text(world, &call, 2)?);
    let bytes = read_bytes(world, &file)?;
    let file_name = file.rsplit('/').next().unwrap_or(&file).to_owned();
    let content_type = media_type_of(&file_name);
    let part = Part {
        name: field,
        file_name: Some(file_name),
        content_type: Some(content_type.to_owned()),
        body: bytes.into(),
    };
    world.send(SentRequest::new("POST", path).multipart(&[part])).await
}

/// The request of the first two parameters: a method and a path.
fn begin(world: &mut World, call: &Call) -> Result<SentRequest, StepFailure> {
    Ok(SentRequest::new(raw(call, 0), text(world, call, 1)?))
}

fn text_pairs(world: &mut World, call: &Call) -> Result<Vec<(String, String)>, StepFailure> {
    let mut out = Vec::new();
    for (name, value) in table::pairs(rows(call)?)? {
        out.push((world.expand(name)?, table::text_cell(value, &mut world.scope())?));
    }
    Ok(out)
}

/// HMAC-SHA256 (RFC 2104) in hexadecimal digits.
fn signature(key: &str, bytes: &[u8]) -> Result<String, StepFailure> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes())
        .map_err(|error| StepFailure::check(format!("the key can't sign: {error}")))?;
    mac.update(bytes);
    Ok(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn media_type_of(file: &str) -> &'static str {
    match file.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "csv" => "text/csv",
        "json" => "application/json",
        "md" => "text/markdown",
        "txt" => "text/plain",
        "html" => "text/html",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_rfc_4231() {
        // Test case 2 of RFC 4231.
        let wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature("Jefe", b"what do ya want for nothing?").unwrap(), wanted);
    }

    #[test]
    fn files_have_media_types() {
        assert_eq!(media_type_of("a.CSV"), "text/csv");
        assert_eq!(media_type_of("a"), "application/octet-stream");
    }
}
