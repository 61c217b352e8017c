//! What became of the contracts: coverage of each, to be opened operation by operation, and the folded breaches.

use dryrun_record::{Coverage, Record};

use crate::breaches::{Folded, Standing, folded};
use crate::html::markup::escape;
use crate::{facts, text, words};

/// Breaches that the page lists; the JSON summary holds all.
const BREACHES: usize = 300;
/// Operations that nobody calls, named before a contract is opened; the matrix tells them all.
const NAMES: usize = 6;
/// Scenarios that are linked from one breach.
const LINKS: usize = 3;

/// The section; empty when the record knows of no coverage and no breach.
pub(crate) fn contracts(record: &Record) -> String {
    let breaches = folded(record);
    if record.coverage.is_empty() && breaches.is_empty() {
        return String::new();
    }
    let find = "<div class=\"filters inline\" role=\"search\" aria-label=\"Contracts\"><label class=\"find\"><span class=\"sr\">Search breaches, \
                operations and scenarios</span><input data-find type=\"search\" placeholder=\"search breaches, \
                operations, scenarios\" autocomplete=\"off\" spellcheck=\"false\"></label>\
                <output id=\"breaches-shown\" class=\"faint\" aria-live=\"polite\"></output></div>";
    let coverage: String =
        record.coverage.iter().enumerate().map(|(index, one)| contract(index, one)).collect();
    format!(
        "<section aria-labelledby=\"contracts\"><h2 id=\"contracts\" tabindex=\"-1\">Contracts</h2>{find}{coverage}{}</section>",
        table(record, &breaches)
    )
}

/// One contract: how much of it was met. What a script fills in when it is opened is the matrix.
fn contract(index: usize, one: &Coverage) -> String {
    let (class, mark, word) = match (one.required, one.falls_short()) {
        (_, true) => ("failed", "✗", "too little of it was met"),
        (Some(_), false) => ("passed", "✓", "enough of it was met"),
        (None, _) => ("notrun", "·", "nothing is asked for"),
    };
    let mut pills = String::new();
    if !one.unusable.is_empty() {
        let many = text::count(one.unusable.len(), "operation");
        pills += &format!(" <span class=\"pill failed\">{many} can't be used</span>");
    }
    let names: Vec<String> =
        facts::never_called(one).iter().map(|name| format!("<code>{}</code>", escape(name))).collect();
    let nobody = if names.is_empty() {
        String::new()
    } else {
        let names = facts::listed(&names, NAMES);
        format!("<span class=\"nobody\"><span class=\"pill flaky\">nobody calls</span> {names}</span>")
    };
    format!(
        "<details class=\"card fold contract\" data-lazy=\"cov-{index}\"><summary><span class=\"mark {class}\" \
         aria-hidden=\"true\">{mark}</span><span class=\"sr\">{word}: </span> <b>{title}</b> <span class=\"faint\">{line}\
         </span>{pills}{meter}{nobody}</summary><div class=\"body\"></div></details>",
        title = escape(&one.title),
        line = escape(&facts::coverage_line(one)),
        meter = meter(one, class),
    )
}

/// How much was met as a bar, with a mark where it is enough; its numbers stand beside it.
fn meter(one: &Coverage, class: &str) -> String {
    let class = if class == "notrun" { "plain" } else { class };
    let wanted = one.required.map(|required| {
        format!(
            "<rect class=\"wanted\" x=\"{:.2}\" y=\"0\" width=\".6\" height=\"1\"/>",
            required.clamp(0.0, 99.4)
        )
    });
    format!(
        "<svg class=\"meter\" viewBox=\"0 0 100 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"{class}\" \
         x=\"0\" y=\"0\" width=\"{:.2}\" height=\"1\"/>{}</svg>",
        one.percent().clamp(0.0, 100.0),
        wanted.unwrap_or_default()
    )
}

fn table(record: &Record, breaches: &[Folded]) -> String {
    if breaches.is_empty() {
        return "<p class=\"card missing\">No message broke its contract.</p>".to_owned();
    }
    let rows: String = breaches.iter().take(BREACHES).map(|one| row(record, one)).collect();
    let more = if breaches.len() > BREACHES {
        let many = breaches.len() - BREACHES;
        format!("<p class=\"faint\">… and {many} more in the JSON summary</p>")
    } else {
        String::new()
    };
    let all: usize = breaches.iter().map(|one| one.count).sum();
    let title = if all == breaches.len() {
        text::breaches(all)
    } else {
        format!("{}, told as {}", text::breaches(all), breaches.len())
    };
    format!(
        "<h3>{title}</h3><table class=\"breaches card\"><thead><tr><th>what it does</th><th>whose message</th>\
         <th>what is wrong</th><th>times</th><th>where</th></tr></thead><tbody>{rows}</tbody></table>{more}"
    )
}

fn row(record: &Record, one: &Folded) -> String {
    let (class, mark, word) = match one.standing {
        Standing::Failing => ("failed", "✗", "fails"),
        Standing::Tolerated => ("flaky", "!", "tolerated"),
        Standing::OnPurpose => ("notrun", "·", "on purpose"),
    };
    let reason = one
        .allowed
        .as_ref()
        .map(|allowed| format!("<span class=\"reason\">{}</span>", escape(&facts::tolerated(allowed))));
    let status = one.status.map(|status| format!(" <b>{status}</b>")).unwrap_or_default();
    let rule = if one.schema_path.is_empty() {
        String::new()
    } else {
        let keyword = if one.schema_path.ends_with(&one.keyword) {
            String::new()
        } else {
            format!("{} ", escape(&one.keyword))
        };
        format!("<span class=\"rule\">{keyword}<code>{}</code></span>", escape(&one.schema_path))
    };
    format!(
        "<tr class=\"b {class}\"><td data-of=\"what it does\"><span class=\"pill {class}\">{mark} {word}</span></td>\
         <td data-of=\"whose message\">{whose}<br><code>{operation}</code>{status}</td>\
         <td data-of=\"what is wrong\"><code class=\"place\">{place}</code> <span>found {found}, <b>wanted</b> {wanted}</span>\
         {rule}{reason}</td><td data-of=\"times\">{count}</td><td data-of=\"where\">{places}</td></tr>",
        whose = escape(&words::message(one.direction, &one.side, &one.title)),
        operation = escape(&one.operation),
        place = escape(&one.instance_path),
        found = escape(&text::one_line(&one.found, 300)),
        wanted = escape(&text::one_line(&one.wanted, 300)),
        reason = reason.unwrap_or_default(),
        count = one.count,
        places = places(record, one),
    )
}

/// Links to the first scenarios, and the exchanges of the first.
fn places(record: &Record, one: &Folded) -> String {
    let mut out = String::new();
    for id in one.scenarios.iter().take(LINKS) {
        let name = record.scenarios.iter().find(|known| known.scenario.id == *id);
        let name = name.map_or(id.as_str(), |known| known.scenario.name.as_str());
        let (id, name) = (escape(id), escape(&text::shorten(name, 80)));
        out += &format!("<a href=\"#\" data-open=\"{id}\" title=\"{id}\">{name}</a>");
    }
    if one.scenarios.is_empty() {
        out += "<span>of no known scenario</span>";
    }
    if one.scenarios.len() > LINKS {
        let names: Vec<String> = one.scenarios.iter().skip(LINKS).take(200).map(|id| escape(id)).collect();
        let many = one.scenarios.len() - LINKS;
        let links: String =
            names.iter().map(|id| format!("<a href=\"#\" data-open=\"{id}\">{id}</a>")).collect();
        out += &format!("<details><summary>and {many} more</summary>{links}</details>");
    }
    let ids = one.exchanges.iter().take(LINKS).enumerate().map(|(index, id)| {
        let id = format!("<code>{}</code>", escape(id));
        match one.scenarios.first() {
            // The first exchange is one of the first scenario: calls of no scenario come last.
            Some(first) if index == 0 => {
                let of = escape(&one.exchanges[0]);
                format!("<a href=\"#\" data-open=\"{}\" data-x=\"{of}\">{id}</a>", escape(first))
            }
            _ => id,
        }
    });
    let ids: Vec<String> = ids.collect();
    let more = if one.exchanges.len() > LINKS { " …" } else { "" };
    out + &format!("<span class=\"faint\">{}{more}</span>", ids.join(" "))
}
