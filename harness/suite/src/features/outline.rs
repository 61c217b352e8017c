//! A scenario outline becomes one scenario for each row of its examples.

use crate::features::diagnostic::Diagnostic;
use crate::features::model::{Scenario, Step};
use crate::features::scan::{Line, Scan};
use crate::values::marker;
use crate::values::nearest::{listed, nearest};

/// Adds one scenario a row. `<name>` is filled where the header has the name; other angle brackets are left alone,
/// they are markers of templates.
pub(crate) fn expand(
    template: &Scenario,
    examples: &gherkin::Examples,
    lines: (usize, usize),
    scan: &Scan,
    scenarios: &mut Vec<Scenario>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let place = examples.position.line;
    let rows = examples.table.as_ref().map(|table| table.rows.as_slice()).unwrap_or_default();
    let [header, rows @ ..] = rows else {
        diagnostics.push(
            Diagnostic::line(&template.source, "no-examples", place, "these examples have no table")
                .help("put a table under them: names first, then one row a scenario"),
        );
        return;
    };
    if rows.is_empty() {
        diagnostics.push(
            Diagnostic::line(
                &template.source,
                "no-examples",
                place,
                "these examples have no rows: nothing of this outline would run",
            )
            .help("put rows under the names"),
        );
        return;
    }
    unknown_names(template, header, diagnostics);
    let numbers = first_row(scan, place).map(|first| scan.rows(first)).unwrap_or_default();
    for (index, row) in rows.iter().enumerate() {
        let line = numbers.get(index + 1).copied().unwrap_or(place);
        let fill = |text: &str| fill(text, header, row);
        let mut scenario = template.clone();
        scenario.reference.line = line;
        scenario.reference.id = format!("{}:{line}", template.reference.file);
        let name = fill(&template.reference.name);
        // Rows that the name does not tell apart are told apart by their cells.
        scenario.reference.name =
            if name == template.reference.name { format!("{name} ({})", row.join(", ")) } else { name };
        for tag in &examples.tags {
            if !scenario.reference.tags.contains(tag) {
                scenario.reference.tags.insert(0, tag.clone());
                scenario.tag_lines.insert(0, lines.0);
            }
        }
        scenario.examples = Some(lines);
        scenario.placeholders.clone_from(header);
        for step in &mut scenario.steps {
            fill_step(step, &fill);
        }
        scenarios.push(scenario);
    }
}

fn first_row(scan: &Scan, place: usize) -> Option<usize> {
    (place + 1..=scan.lines.len()).find(|line| matches!(scan.line(*line), Line::Row(_)))
}

fn fill_step(step: &mut Step, fill: &impl Fn(&str) -> String) {
    step.text = fill(&step.text);
    if let Some(doc) = &mut step.doc_string {
        doc.text = fill(&doc.text);
    }
    for cell in step.table.iter_mut().flatten().flatten() {
        *cell = fill(cell);
    }
}

/// One pass from left to right, so that what a cell holds is not filled again.
fn fill(text: &str, header: &[String], row: &[String]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = header.iter().zip(row).find(|(name, _)| {
            rest[1..].strip_prefix(name.as_str()).is_some_and(|behind| behind.starts_with('>'))
                && !name.is_empty()
        });
        match known {
            Some((name, value)) => {
                out.push_str(value);
                rest = &rest[name.len() + 2..];
            }
            None => {
                out.push('<');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Could be the name of a column.
fn is_name(text: &str) -> bool {
    text.starts_with(char::is_alphabetic) && text.chars().all(|c| c.is_alphanumeric() || " _-".contains(c))
}

/// `<emial>` where the header has `email`; and columns that no step uses.
fn unknown_names(template: &Scenario, header: &[String], diagnostics: &mut Vec<Diagnostic>) {
    let mut told: Vec<(usize, String)> = Vec::new();
    for step in &template.steps {
        for hole in step.text.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(name, _)| name)
        {
            if header.iter().any(|name| name == hole)
                || told.iter().any(|(line, name)| *line == step.line && name == hole)
            {
                continue;
            }
            let all = listed(header.iter().map(String::as_str), 8);
            let told_of = |help: String| {
                Diagnostic::line(
                    &template.source,
                    "unknown-placeholder",
                    step.line,
                    format!("the examples have no column `{hole}`"),
                )
                .on(&format!("<{hole}>"))
                .help(help)
            };
            match nearest(hole, header.iter().map(String::as_str)) {
                Some(near) => {
                    diagnostics.push(told_of(format!("did you mean `<{near}>`? the columns are {all}")))
                }
                // It may be meant as it stands: a tag of HTML, a marker.
                None if is_name(hole) && !matches!(marker::parse(&format!("<{hole}>")), Ok(Some(_))) => {
                    diagnostics
                        .push(told_of(format!("it is sent as it stands; the columns are {all}")).warning());
                }
                None => continue,
            }
            told.push((step.line, hole.to_owned()));
        }
    }
    diagnostics.dedup_by(|a, b| {
        a.code == "unknown-placeholder" && a.code == b.code && a.line == b.line && a.message == b.message
    });
}
