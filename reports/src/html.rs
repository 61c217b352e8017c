//! One HTML file that opens offline: [`html`].
//!
//! The head, the services and one light row a scenario are written out; what a row shows when it is opened sits in an
//! inert JSON block of its own and is parsed only then. The page allows itself only its own style and script, by hash.

mod chunk;
mod contracts;
mod head;
mod list;
mod load;
pub(crate) mod markup;
mod services;

use base64::Engine as _;
use dryrun_record::{Record, RunKind};
use sha2::{Digest, Sha256};

use crate::error::ReportError;
use crate::{verdict, words};

const PAGE: &str = include_str!("../templates/page.html");
const STYLE: [&str; 4] = [
    include_str!("../templates/page.css"),
    include_str!("../templates/scenario.css"),
    include_str!("../templates/contracts.css"),
    include_str!("../templates/load.css"),
];
const SCRIPT: [&str; 6] = [
    include_str!("../templates/base.js"),
    include_str!("../templates/wire.js"),
    include_str!("../templates/scenario.js"),
    include_str!("../templates/contracts.js"),
    include_str!("../templates/load.js"),
    include_str!("../templates/page.js"),
];

/// The record as one page: verdict, facts, services, contracts, and every scenario with its steps, failures, time line, exchanges
/// and frames. It loads nothing from anywhere, and nothing within the record can run in it.
pub fn html(record: &Record) -> Result<String, ReportError> {
    let (verdict, reasons) = verdict::verdict(record);
    let style = STYLE.concat();
    let script = format!("\"use strict\";(() => {{\n{}}})();\n", SCRIPT.concat());
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(&style),
        hash(&script)
    );
    let title = record.run.as_ref().map_or_else(|| "dryrun".to_owned(), words::activity);
    let title = format!("{} · {title}", verdict::shown(record));
    // A load of its own has no scenarios, and the load of a step belongs behind its scenario.
    let load = words::run_kind(record) == RunKind::Load;
    let (first, last) =
        if load { (load::section(record), String::new()) } else { (String::new(), load::section(record)) };
    let hide = if load && record.scenarios.is_empty() { " hidden" } else { "" };
    let parts = [
        ("policy", policy),
        ("title", markup::escape(&title)),
        ("icon", head::icon(verdict)),
        ("style", style),
        ("report", words::report(record).to_owned()),
        ("nouns", words::nouns(record).to_owned()),
        ("noun", words::noun(record).to_owned()),
        ("head", head::head(record, verdict, &reasons)),
        ("hide", hide.to_owned()),
        ("load-first", first),
        ("load-last", last),
        ("services", services::services(record)),
        ("contracts", contracts::contracts(record)),
        ("filters", list::filters(record)),
        ("list", list::list(record)),
        ("foot", head::foot(record)),
        ("chunks", chunk::chunks(record)?),
        ("script", script),
    ];
    Ok(fill(PAGE, &parts))
}

/// Fills the template in one pass, so that what is filled in is never itself taken for a place to fill.
fn fill(template: &str, parts: &[(&str, String)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let (name, tail) = after.split_once("}}").unwrap_or((after, ""));
        // Invariant: every place of our own template has its part; a test fills the page and looks for leftovers.
        out.push_str(parts.iter().find(|part| part.0 == name).map_or("", |part| part.1.as_str()));
        rest = tail;
    }
    out + rest
}

/// A source expression of a Content Security Policy (CSP level 3, section 2.3.1).
fn hash(text: &str) -> String {
    format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes())))
}
