//! `dryrun contract`: exit codes, and the one command that fetches.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::support::Project;

const OLD: &str = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    get:\n      security: []\n      responses:\n        '204': {description: ok}\n";
const MORE: &str =
    "  /b:\n    get:\n      security: []\n      responses:\n        '204': {description: ok}\n";

#[test]
fn who_breaks_decides_the_exit_code() {
    let project = Project::new().with("old.yaml", OLD).with("new.yaml", &format!("{OLD}{MORE}"));
    let diff = |words: &[&str]| project.dryrun(&[&["contract", "diff"], words].concat());
    diff(&["old.yaml", "new.yaml"]).code(0).printed("operation-added GET /b").printed("new.yaml:10:5");
    diff(&["old.yaml", "new.yaml", "--for", "provider"]).code(1);
    diff(&["old.yaml", "new.yaml", "--for", "both"]).code(1);
    diff(&["old.yaml", "new.yaml", "--for", "both", "--fail-on", "never"]).code(0);
    diff(&["new.yaml", "old.yaml"]).code(1).printed("operation-removed GET /b").printed("version-not-raised");
    diff(&["new.yaml", "old.yaml", "--for", "provider"]).code(0);
    diff(&["old.yaml", "gone.yaml"]).code(2).told("gone.yaml");
    let json = diff(&["new.yaml", "old.yaml", "--format", "json"]).code(1).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["summary"]["breaks"]["consumer"], 1);
    assert_eq!(json["changes"][0]["severity"], "break");
}

#[test]
fn an_older_state_comes_from_git() {
    let project = Project::new().with("api.yaml", &format!("{OLD}{MORE}"));
    let git = |words: &[&str]| {
        let mut command = std::process::Command::new("git");
        command
            .current_dir(project.path(""))
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
            .args(words);
        assert!(command.output().unwrap().status.success(), "git {words:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    let project = project.with("api.yaml", OLD);
    let done = project.dryrun(&["contract", "diff", "git:HEAD:api.yaml", "api.yaml"]).code(1);
    done.printed("operation-removed GET /b");
    project
        .dryrun(&["contract", "diff", "git:nowhere:api.yaml", "api.yaml"])
        .code(2)
        .told("git does not show");
    project.dryrun(&["contract", "diff", "git:HEAD", "api.yaml"]).code(2).told("git:REVISION:PATH");
}

#[test]
fn lint_denies_what_it_is_told_to() {
    let warns = OLD.replace("security: []", "parameters: [{name: a, in: query, schema: {type: boolean}}]");
    let project = Project::new().with("warns.yaml", &warns);
    project.dryrun(&["contract", "lint", "warns.yaml"]).code(0).printed("warning [no-error-answer]");
    project.dryrun(&["contract", "lint", "warns.yaml", "--deny", "warning"]).code(1);
    project.dryrun(&["contract", "lint", "gone.yaml"]).code(2);
    let project = project.with("not.yaml", "swagger: '2.0'\n");
    project.dryrun(&["contract", "lint", "not.yaml"]).code(2).printed("[unusable-document]");
}

/// A document as FastAPI makes one: titles everywhere, nullable by `anyOf`, one schema for two directions.
const FASTAPI: &str = r##"{"openapi":"3.1.0","info":{"title":"FastAPI","version":"0.1.0"},"paths":{
"/items/{item_id}":{"put":{"summary":"Update Item","operationId":"update_item_items__item_id__put","deprecated":false,"tags":[],
"parameters":[{"name":"item_id","in":"path","required":true,"schema":{"type":"integer","title":"Item Id"}}],
"requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Item"}}}},
"responses":{"422":{"description":"Validation Error","content":{"application/json":{"schema":{"$ref":"#/components/schemas/HTTPValidationError"}}}},
"200":{"description":"Successful Response","content":{"application/json":{"schema":{}}}}}}},
"/":{"get":{"summary":"Root","operationId":"root__get","responses":{"200":{"description":"Successful Response","content":{"application/json":{"schema":{"title":"Response Root  Get"}}}}}}}},
"components":{"schemas":{
"Item":{"properties":{"name":{"type":"string","title":"Name"},"description":{"anyOf":[{"type":"string"},{"type":"null"}],"title":"Description"}},"type":"object","required":["name"],"title":"Item"},
"HTTPValidationError":{"properties":{"detail":{"items":{"$ref":"#/components/schemas/ValidationError"},"type":"array","title":"Detail"}},"type":"object","title":"HTTPValidationError"},
"ValidationError":{"properties":{"loc":{"items":{"anyOf":[{"type":"string"},{"type":"integer"}]},"type":"array","title":"Location"},"msg":{"type":"string","title":"Message"},"type":{"type":"string","title":"Error Type"}},"type":"object","required":["loc","msg","type"],"title":"ValidationError"}}}}"##;

/// Serves texts by their paths, and remembers what was asked; a path that begins with `>` leads elsewhere.
fn serve(pages: Vec<(&'static str, String)>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            let _ = reader.read_line(&mut line);
            let mut header = String::new();
            while reader.read_line(&mut header).is_ok_and(|read| read > 2) {
                header.clear();
            }
            let path = line.split_whitespace().nth(1).unwrap_or_default().to_owned();
            let page = pages.iter().find(|(known, _)| *known == path).map(|(_, text)| text.as_str());
            heard.lock().unwrap().push(path);
            let answer = match page {
                Some(text) if text.starts_with('>') => {
                    format!(
                        "HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                        &text[1..]
                    )
                }
                Some(text) => format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
                    text.len()
                ),
                None => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned(),
            };
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    (url, asked)
}

#[test]
fn a_service_is_asked_for_its_own_document() {
    let (url, asked) = serve(vec![("/openapi.json", FASTAPI.to_owned())]);
    let project = Project::new().with("fetched.json", FASTAPI);
    let done = project.dryrun(&["contract", "import", &url, "--out", "schemas/service.yaml"]).code(0);
    let done = done.told(&format!("fetched {url}/openapi.json")).told("2 calls").told("accepts-anything");
    assert!(done.out.is_empty(), "{}", done.out);
    assert_eq!(*asked.lock().unwrap(), ["/openapi.json"]);
    let written = project.read("schemas/service.yaml");
    assert!(written.starts_with(&format!("# Imported from {url}/openapi.json")), "{written}");
    assert!(written.contains("operationId: update_item_items__item_id__put"), "{written}");
    for noise in ["title: Name", "title: Item Id", "deprecated: false", "tags: []", "title: Item\n"] {
        assert!(!written.contains(noise), "{noise} is still there:\n{written}");
    }
    // The same contract, whichever way it is judged.
    let done = project
        .dryrun(&["contract", "diff", "fetched.json", "schemas/service.yaml", "--for", "both"])
        .code(0);
    done.printed("Nothing that a call could notice differs.");
    // And it is not written over.
    let again = project.dryrun(&["contract", "import", &url, "--out", "schemas/service.yaml"]).code(2);
    again.told("--force");
    project.dryrun(&["contract", "import", &url, "--out", "schemas/service.yaml", "--force"]).code(0);
}

#[test]
fn only_what_was_named_is_asked_for() {
    let (elsewhere, heard) = serve(vec![("/openapi.json", FASTAPI.to_owned())]);
    let far = FASTAPI.replace("#/components/schemas/Item\"", &format!("{elsewhere}/item.json\""));
    let (url, asked) = serve(vec![
        ("/v3/api-docs", FASTAPI.to_owned()),
        ("/moved/openapi.json", format!(">{elsewhere}/openapi.json")),
        ("/far.json", far),
        ("/wrong.json", "{\"swagger\": \"2.0\"}".to_owned()),
    ]);
    let project = Project::new();
    project.dryrun(&["contract", "import", &url]).code(0).told("/v3/api-docs").printed("openapi: \"3.1.0\"");
    assert_eq!(*asked.lock().unwrap(), ["/openapi.json", "/openapi.yaml", "/v3/api-docs"]);
    let moved = project.dryrun(&["contract", "import", &format!("{url}/moved/openapi.json")]).code(4);
    moved.told("302").told("name that address");
    let far = project.dryrun(&["contract", "import", &format!("{url}/far.json")]).code(0);
    far.told("unusable-operation");
    project.dryrun(&["contract", "import", &format!("{url}/wrong.json")]).code(4).told("Swagger 2.0");
    project.dryrun(&["contract", "import", &crate::support::nowhere()]).code(4).told("no contract was found");
    assert!(heard.lock().unwrap().is_empty(), "nothing else was asked");
}

#[test]
fn secrets_of_an_address_are_not_written() {
    let (url, _) = serve(vec![("/openapi.json?token=geheim", FASTAPI.to_owned())]);
    let with = format!("{}/openapi.json?token=geheim", url.replace("http://", "http://user:geheim@"));
    let done = Project::new().dryrun(&["contract", "import", &with]).code(0);
    assert!(!done.out.contains("geheim") && !done.err.contains("geheim"), "{}\n{}", done.out, done.err);
}
