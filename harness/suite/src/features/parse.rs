//! From a scanned text to scenarios: the parser of the `gherkin` crate, then what it leaves out.

use std::collections::HashMap;
use std::sync::Arc;

use dryrun_record::ScenarioRef;
use gherkin::GherkinEnv;

use crate::features::diagnostic::Diagnostic;
use crate::features::judge;
use crate::features::model::{Scenario, SourceFile, Step};
use crate::features::outline;
use crate::features::scan::{Header, Line, Scan};

/// A file's scenarios in order, and everything wrong with it.
pub(crate) fn parse(source: &Arc<SourceFile>) -> (Vec<Scenario>, Vec<Diagnostic>) {
    let scan = Scan::of(source);
    let mut diagnostics = scan.diagnostics.clone();
    diagnostics.extend(judge::judge(&scan, source));
    let Ok(env) = GherkinEnv::new(&scan.language) else { return (Vec::new(), diagnostics) };
    if !scan.lines.iter().any(|line| matches!(line, Line::Header(Header::Feature))) {
        if diagnostics.is_empty() {
            let first = 1 + scan
                .lines
                .iter()
                .position(|line| !matches!(line, Line::Blank | Line::Comment))
                .unwrap_or(0);
            diagnostics.push(
                Diagnostic::line(source, "no-feature", first, "this file holds no feature")
                    .help("begin it with `Feature: ` and a name"),
            );
        }
        return (Vec::new(), diagnostics);
    }
    match gherkin::Feature::parse(&scan.text, env) {
        Ok(feature) => {
            let mut builder =
                Builder { source, scan: &scan, feature: &feature, scenarios: Vec::new(), diagnostics };
            builder.build();
            (builder.scenarios, builder.diagnostics)
        }
        Err(error) => {
            // What was found line by line says it better than the parser, which stops at the first thing.
            if diagnostics.is_empty() {
                diagnostics.push(syntax(source, &error.to_string()));
            }
            (Vec::new(), diagnostics)
        }
    }
}

/// The parser's error keeps its position to itself; its text is `Error at 3:5: {…}`.
fn syntax(source: &Arc<SourceFile>, error: &str) -> Diagnostic {
    let mut numbers =
        error.trim_start_matches("Error at ").split(':').map(|part| part.trim().parse::<usize>());
    let line = numbers.next().and_then(Result::ok).unwrap_or(1);
    let last = source.text.lines().count().max(1);
    Diagnostic::line(source, "syntax", line.min(last), "the file can't be read as Gherkin from here on").help(
        "after `Feature:` come an optional `Background:`, then scenarios, then rules; each scenario holds steps and, for \
         an outline, `Examples:`",
    )
}

struct Builder<'a> {
    source: &'a Arc<SourceFile>,
    scan: &'a Scan,
    feature: &'a gherkin::Feature,
    scenarios: Vec<Scenario>,
    diagnostics: Vec<Diagnostic>,
}

impl Builder<'_> {
    fn build(&mut self) {
        let feature = self.feature;
        let background = self.background(feature.background.as_ref());
        for scenario in &feature.scenarios {
            self.scenario(scenario, None, &background);
        }
        for rule in &feature.rules {
            let mut steps = background.clone();
            steps.extend(self.background(rule.background.as_ref()));
            if rule.scenarios.is_empty() {
                self.diagnostics.push(
                    Diagnostic::line(
                        self.source,
                        "empty-rule",
                        rule.position.line,
                        format!("the rule `{}` has no scenarios", rule.name),
                    )
                    .help("put a `Scenario:` under it, or take the rule away"),
                );
            }
            for scenario in &rule.scenarios {
                self.scenario(scenario, Some(rule), &steps);
            }
        }
        self.nothing_lost();
        self.duplicates();
    }

    fn background(&mut self, background: Option<&gherkin::Background>) -> Vec<Step> {
        let Some(background) = background else { return Vec::new() };
        if background.steps.is_empty() {
            self.diagnostics.push(
                Diagnostic::line(
                    self.source,
                    "empty-background",
                    background.position.line,
                    "this background has no steps",
                )
                .help("give it steps, or take it away"),
            );
        }
        background.steps.iter().map(|step| self.step(step, true)).collect()
    }

    fn scenario(&mut self, scenario: &gherkin::Scenario, rule: Option<&gherkin::Rule>, background: &[Step]) {
        let line = scenario.position.line;
        if scenario.steps.is_empty() {
            // A misspelt keyword within is the reason, and is told already.
            let (first, last) = (line, self.last_line(line, false));
            if !self.diagnostics.iter().any(|told| told.line > first && told.line <= last) {
                self.diagnostics.push(
                    Diagnostic::line(
                        self.source,
                        "empty-scenario",
                        line,
                        format!("the scenario `{}` has no steps", scenario.name),
                    )
                    .help(
                        "a scenario without steps would pass without a check: give it steps, or take it away",
                    ),
                );
            }
            return;
        }
        let mut tags = Vec::new();
        // Its own first: where a tag carries a value, such as @retry(2), the nearest one counts.
        for (group, below) in [
            (&scenario.tags, line),
            (
                rule.map_or(&self.feature.tags, |rule| &rule.tags),
                rule.map_or(self.feature.position.line, |rule| rule.position.line),
            ),
            (&self.feature.tags, self.feature.position.line),
        ] {
            for tag in group {
                if !tags.iter().any(|(known, _)| known == tag) {
                    tags.push((tag.clone(), self.tag_line(below, tag)));
                }
            }
        }
        let (tags, tag_lines) = tags.into_iter().unzip();
        let mut steps = background.to_vec();
        steps.extend(scenario.steps.iter().map(|step| self.step(step, false)));
        let template = Scenario {
            reference: ScenarioRef {
                id: format!("{}:{line}", self.source.path),
                file: self.source.path.clone(),
                line,
                feature: self.feature.name.clone(),
                rule: rule.map(|rule| rule.name.clone()),
                name: scenario.name.clone(),
                tags,
            },
            source: Arc::clone(self.source),
            steps,
            lines: (self.first_line(line), self.last_line(line, false)),
            examples: None,
            rule: rule
                .map(|rule| (self.first_line(rule.position.line), self.last_line(rule.position.line, true))),
            tag_lines,
            placeholders: Vec::new(),
        };
        let is_outline = self.scan.line(line) == Line::Header(Header::Outline);
        if scenario.examples.is_empty() {
            if is_outline {
                self.diagnostics.push(
                    Diagnostic::line(
                        self.source,
                        "no-examples",
                        line,
                        format!("the outline `{}` has no examples", scenario.name),
                    )
                    .help("put `Examples:` with a table under it, or make it a `Scenario:`"),
                );
                return;
            }
            self.scenarios.push(template);
            return;
        }
        let last = template.lines.1;
        for examples in &scenario.examples {
            let place = examples.position.line;
            let end = self.scenario_examples_end(place, last);
            outline::expand(
                &template,
                examples,
                (self.first_line(place), end),
                self.scan,
                &mut self.scenarios,
                &mut self.diagnostics,
            );
        }
    }

    fn step(&self, step: &gherkin::Step, background: bool) -> Step {
        let line = step.position.line;
        let next = (line + 1..=self.scan.lines.len())
            .find(|next| matches!(self.scan.line(*next), Line::Step | Line::Header(_)))
            .unwrap_or(usize::MAX);
        let doc = step
            .docstring
            .as_ref()
            .and_then(|_| self.scan.docs.iter().find(|doc| doc.line > line && doc.line < next));
        let table = step.table.as_ref();
        Step {
            keyword: step.keyword.trim().to_owned(),
            text: step.value.trim().to_owned(),
            line,
            background,
            doc_string: doc.map(|doc| doc.doc.clone()),
            doc_line: doc.map_or(0, |doc| doc.line + 1),
            table: table.map(|table| table.rows.clone()),
            table_lines: table.map(|_| self.table_lines(line)).unwrap_or_default(),
            kind: step.ty,
        }
    }

    fn table_lines(&self, step: usize) -> Vec<usize> {
        let first =
            (step + 1..=self.scan.lines.len()).find(|line| matches!(self.scan.line(*line), Line::Row(_)));
        first.map(|first| self.scan.rows(first)).unwrap_or_default()
    }

    /// The line of a header, or of the first of its tags.
    fn first_line(&self, header: usize) -> usize {
        let mut first = header;
        for line in (1..header).rev() {
            match self.scan.line(line) {
                Line::Tags => first = line,
                Line::Blank | Line::Comment => {}
                _ => break,
            }
        }
        first
    }

    /// The last line of a scenario (or of a rule), up to the next one.
    fn last_line(&self, header: usize, rule: bool) -> usize {
        let next = (header + 1..=self.scan.lines.len()).find(|line| match self.scan.line(*line) {
            Line::Header(Header::Rule) => true,
            Line::Header(Header::Scenario | Header::Outline) => !rule,
            _ => false,
        });
        next.map_or(self.scan.lines.len(), |next| self.first_line(next) - 1)
    }

    fn scenario_examples_end(&self, header: usize, last: usize) -> usize {
        let next = (header + 1..=last).find(|line| self.scan.line(*line) == Line::Header(Header::Examples));
        next.map_or(last, |next| self.first_line(next) - 1)
    }

    fn tag_line(&self, header: usize, tag: &str) -> usize {
        let first = self.first_line(header);
        let named = format!("@{tag}");
        (first..header)
            .find(|line| self.source.line(*line).split_whitespace().any(|word| word == named))
            .unwrap_or(header)
    }

    /// Every scenario and every step that stands in the file was understood as one; a parser that takes one for a part
    /// of a description would make a suite that passes without a check.
    fn nothing_lost(&mut self) {
        if !self.diagnostics.is_empty() {
            return;
        }
        let mut known: Vec<usize> = Vec::new();
        let backgrounds = self
            .feature
            .background
            .iter()
            .chain(self.feature.rules.iter().filter_map(|rule| rule.background.as_ref()));
        known.extend(
            backgrounds.flat_map(|background| background.steps.iter().map(|step| step.position.line)),
        );
        let scenarios =
            self.feature.scenarios.iter().chain(self.feature.rules.iter().flat_map(|rule| &rule.scenarios));
        for scenario in scenarios {
            known.push(scenario.position.line);
            known.extend(scenario.steps.iter().map(|step| step.position.line));
        }
        let mut in_body = false;
        let mut lost = None;
        for (index, line) in self.scan.lines.iter().enumerate() {
            let counts = match line {
                Line::Header(header) => {
                    in_body = matches!(header, Header::Background | Header::Scenario | Header::Outline);
                    matches!(header, Header::Scenario | Header::Outline)
                }
                Line::Step => in_body,
                _ => false,
            };
            if counts && !known.contains(&(index + 1)) {
                lost = Some(index + 1);
                break;
            }
        }
        if let Some(line) = lost {
            self.diagnostics.push(
                Diagnostic::line(
                    self.source,
                    "lost",
                    line,
                    "the parser takes this line for a part of a description",
                )
                .help("look at the lines before it: something there is no Gherkin"),
            );
        } else if self.scenarios.is_empty() {
            self.diagnostics.push(
                Diagnostic::line(
                    self.source,
                    "no-scenarios",
                    self.feature.position.line,
                    format!("the feature `{}` has no scenarios", self.feature.name),
                )
                .help("put a `Scenario:` under it"),
            );
        }
    }

    fn duplicates(&mut self) {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let scenarios =
            self.feature.scenarios.iter().chain(self.feature.rules.iter().flat_map(|rule| &rule.scenarios));
        for scenario in scenarios {
            let line = scenario.position.line;
            if let Some(first) = seen.insert(&scenario.name, line) {
                self.diagnostics.push(
                    Diagnostic::line(self.source, "same-name", line, format!("a scenario of this name stands in line {first} already: reports can't tell them apart"))
                        .on(&scenario.name)
                        .help("say in its name what makes it another one")
                        .warning(),
                );
            }
        }
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
