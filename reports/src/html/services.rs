//! What was called how often, service by service, and what nobody called.

use dryrun_record::Record;

use crate::facts::{self, Coverage};
use crate::html::markup::escape;
use crate::text;

/// A table for each service, folded; its summary says how much of the contract was called.
pub(crate) fn services(record: &Record) -> String {
    let tables: String = facts::coverage(record).iter().map(|one| service(record, one)).collect();
    let mut out = String::new();
    if !tables.is_empty() {
        out += &format!(
            "<section aria-labelledby=\"services\"><h2 id=\"services\">Services</h2>{tables}</section>"
        );
    }
    let mut more = String::new();
    if !record.loose.is_empty() {
        let many = text::count(record.loose.len(), "call");
        more += &lazy("loose", &format!("{many} of no known scenario"));
    }
    if !record.log.is_empty() {
        more += &lazy("log", &format!("What the service wrote: {}", text::count(record.log.len(), "line")));
    }
    out + &more
}

fn lazy(key: &str, title: &str) -> String {
    format!(
        "<details class=\"card fold\" data-lazy=\"{key}\"><summary>{title}</summary><div class=\"body\"></div></details>"
    )
}

fn service(record: &Record, coverage: &Coverage) -> String {
    let known = record.run.iter().flat_map(|run| &run.services).find(|service| service.key == coverage.key);
    let called = coverage.operations.iter().filter(|one| one.calls > 0).count();
    let mut badges = vec![text::count(coverage.calls(), "call")];
    if known.is_some() {
        badges.push(format!("{called} of {} called", text::count(coverage.operations.len(), "operation")));
    }
    let mut loud = String::new();
    if coverage.breaches() > 0 {
        loud += &format!(" <span class=\"pill flaky\">{}</span>", text::breaches(coverage.breaches()));
    }
    if coverage.unknown > 0 && known.is_some() {
        let many = text::count(coverage.unknown, "call");
        loud += &format!(" <span class=\"pill failed\">{many} no contract knows</span>");
    }
    let title = escape(&coverage.title);
    let mut out = format!(
        "<details class=\"card fold\"><summary><b>{title}</b> <span class=\"faint\">{}</span>{loud}</summary>",
        badges.join(" · ")
    );
    if let Some(service) = known {
        let (url, contract) = (escape(&service.url), escape(&service.contract));
        out += &format!("<p class=\"faint\">at <code>{url}</code>, contract <code>{contract}</code></p>");
    }
    out += "<div class=\"scroll\"><table class=\"operations\"><thead><tr><th>operation</th><th>calls</th>\
            <th>by a fault</th><th>breaches</th></tr></thead><tbody>";
    for one in &coverage.operations {
        let (class, calls) = if one.calls == 0 {
            (" class=\"never\"", "never".to_owned())
        } else {
            ("", one.calls.to_string())
        };
        let (faults, breaches) = (or_dash(one.faults), or_dash(one.breaches));
        let line = escape(&one.line);
        out += &format!(
            "<tr{class}><td><code>{line}</code></td><td>{calls}</td><td>{faults}</td><td>{breaches}</td></tr>"
        );
    }
    if coverage.unknown > 0 {
        let (class, what) = if known.is_some() {
            (" class=\"unknown\"", "calls that no contract knows")
        } else {
            ("", "calls outside any contract")
        };
        out += &format!("<tr{class}><td>{what}</td><td>{}</td><td></td><td></td></tr>", coverage.unknown);
    }
    out + "</tbody></table></div></details>"
}

fn or_dash(many: usize) -> String {
    if many == 0 { "·".to_owned() } else { many.to_string() }
}
