//! `/docs` and `/openapi.json`: the contract as a page to read and to try, without any network.
//!
//! The viewer is swagger-ui (see `docs-viewer/VERSION`), stored compressed as it is sent.

use crate::answer::Answer;
use crate::shared::Shared;

const VIEWER: &[u8] = include_bytes!("../docs-viewer/swagger-ui-bundle.js.gz");
const STYLE: &[u8] = include_bytes!("../docs-viewer/swagger-ui.css.gz");

/// Nothing may be loaded from anywhere else; `'unsafe-inline'` styles and `data:` pictures are what the viewer is made of.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'";

/// The viewer warns of any `jsonSchemaDialect` but its own, though it reads 2020-12 well.
const START: &str = "fetch('/openapi.json').then((answer) => answer.json()).then(({ jsonSchemaDialect, ...spec }) => SwaggerUIBundle({
  spec,
  dom_id: '#viewer',
  deepLinking: true,
  docExpansion: 'list',
  tryItOutEnabled: true,
  validatorUrl: null,
}));
";

/// The page of this path, when it is one.
pub(crate) fn page(shared: &Shared, path: &str) -> Option<Answer> {
    Some(match path {
        "/docs" | "/docs/" => text("text/html; charset=utf-8", html(&shared.title)),
        "/docs/start.js" => text("text/javascript; charset=utf-8", START.to_owned()),
        "/docs/viewer.js" => packed("text/javascript; charset=utf-8", VIEWER),
        "/docs/viewer.css" => packed("text/css; charset=utf-8", STYLE),
        "/openapi.json" => {
            Answer { body: shared.document.to_vec(), ..text("application/json", String::new()) }
        }
        _ => return None,
    })
}

fn html(title: &str) -> String {
    let title = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}: API of the mock</title>\n<link rel=\"icon\" href=\"data:,\">\n\
         <link rel=\"stylesheet\" href=\"/docs/viewer.css\">\n</head>\n<body>\n<div id=\"viewer\"></div>\n\
         <noscript>This page needs JavaScript; the contract itself is at <a href=\"/openapi.json\">/openapi.json</a>.</noscript>\n\
         <script src=\"/docs/viewer.js\"></script>\n<script src=\"/docs/start.js\"></script>\n</body>\n</html>\n"
    )
}

fn text(kind: &str, body: String) -> Answer {
    let headers =
        [("content-type", kind), ("content-security-policy", POLICY), ("x-content-type-options", "nosniff")];
    Answer {
        status: 200,
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        body: body.into_bytes(),
        ..Answer::default()
    }
}

fn packed(kind: &str, body: &[u8]) -> Answer {
    let mut answer = text(kind, String::new());
    answer.body = body.to_vec();
    answer.headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
    answer.headers.push(("cache-control".to_owned(), "max-age=86400".to_owned()));
    answer
}
