//! The filters and the list: one light row a scenario, grouped by feature, each with an empty body to be filled when it
//! is opened.

use std::collections::{BTreeMap, HashMap};

use dryrun_record::{FailureKind, Outcome, Record, ScenarioResult};

use crate::html::markup::{class, escape, mark};
use crate::{facts, text, words};

/// Chips for results, a choice of tags, a search field.
pub(crate) fn filters(record: &Record) -> String {
    let mut chips = String::new();
    let kinds = [Some(Outcome::Failed), Some(Outcome::Flaky), None, Some(Outcome::Passed)];
    for (index, outcome) in kinds.into_iter().enumerate() {
        let many = facts::with_outcome(record, outcome).count();
        if many == 0 {
            continue;
        }
        let (class, word, key) = (class(outcome), facts::outcome(outcome), index + 1);
        chips += &format!(
            "<button type=\"button\" class=\"chip {class}\" data-result=\"{class}\" data-key=\"{key}\" \
             aria-pressed=\"false\" aria-keyshortcuts=\"{key}\">{word} <b>{many}</b></button>"
        );
    }
    let mut tags: BTreeMap<&str, usize> = BTreeMap::new();
    for tag in record.scenarios.iter().flat_map(|one| &one.scenario.tags) {
        *tags.entry(tag).or_default() += 1;
    }
    let tags: String = tags
        .iter()
        .map(|(tag, many)| format!("<option value=\"{0}\">@{0} ({many})</option>", escape(tag)))
        .collect();
    format!(
        "<div class=\"chips\" role=\"group\" aria-label=\"Results\">{chips}</div>\
         <label class=\"pick\"><span class=\"sr\">Tag</span><select id=\"tag\"><option value=\"\">every tag</option>{tags}\
         </select></label><label class=\"find\"><span class=\"sr\">Search scenarios</span><input id=\"find\" type=\"search\" \
         placeholder=\"search  ( / )\" autocomplete=\"off\" spellcheck=\"false\" aria-keyshortcuts=\"/\"></label>\
         <output id=\"shown\" class=\"faint\" aria-live=\"polite\"></output>"
    )
}

/// The scenarios, in the order of their files' first beginning and then of their lines.
pub(crate) fn list(record: &Record) -> String {
    let mut features: Vec<(&str, Vec<(usize, &ScenarioResult)>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (index, scenario) in record.scenarios.iter().enumerate() {
        let place = *places.entry(&scenario.scenario.file).or_insert_with(|| {
            features.push((&scenario.scenario.file, Vec::new()));
            features.len() - 1
        });
        features[place].1.push((index, scenario));
    }
    let mut out = String::new();
    for (file, mut scenarios) in features {
        scenarios.sort_by_key(|one| one.1.scenario.line);
        out += &feature(file, &scenarios);
    }
    let missing = record.totals().selected.saturating_sub(record.scenarios.len());
    if missing > 0 {
        let many = text::count(missing, "selected scenario");
        out +=
            &format!("<p class=\"card missing\">{many} never began; the record knows no more of them.</p>");
    }
    out
}

fn feature(file: &str, scenarios: &[(usize, &ScenarioResult)]) -> String {
    let name = scenarios.first().map_or(file, |one| one.1.scenario.feature.as_str());
    let mut out = format!(
        "<section class=\"feature\"><h3>{} <span class=\"faint\"><code>{}</code></span></h3>",
        escape(name),
        escape(file)
    );
    let mut rule: Option<&str> = None;
    for (index, scenario) in scenarios {
        let new = scenario.scenario.rule.as_deref();
        if new != rule {
            rule = new;
            out += &new.map(|rule| format!("<h4>Rule: {}</h4>", escape(rule))).unwrap_or_default();
        }
        out += &row(*index, scenario);
    }
    out + "</section>"
}

fn row(index: usize, scenario: &ScenarioResult) -> String {
    let reference = &scenario.scenario;
    let tags: String = reference.tags.iter().map(|tag| format!("<i>@{}</i>", escape(tag))).collect();
    let why = scenario.failures().next().map(|failure| {
        // What speaks of somebody else's service is told apart at first sight.
        let kind = match failure.kind {
            FailureKind::Drift | FailureKind::Finding => format!("{}: ", words::failure(failure.kind)),
            _ => String::new(),
        };
        format!("<span class=\"why\">{kind}{}</span>", escape(&text::one_line(&failure.message, 200)))
    });
    format!(
        "<details class=\"s {class}\" data-i=\"{index}\" data-id=\"{id}\" data-r=\"{class}\" data-t=\"{all}\"><summary>{mark}\
         <span class=\"name\">{name}{why}</span><span class=\"tags\">{tags}</span><span class=\"line\">{line}</span>\
         <span class=\"time\">{time}</span></summary><div class=\"body\"></div></details>",
        class = class(scenario.outcome),
        id = escape(&reference.id),
        all = escape(&reference.tags.join(" ")),
        mark = mark(scenario.outcome),
        name = escape(&reference.name),
        why = why.unwrap_or_default(),
        line = text::place("", reference.line),
        time = text::duration(scenario.duration_us()),
    )
}
