//! An [`Entry`] of the record, masked: each kind of event where it holds texts of others.

use super::{MASK, Masker, assignment, at_place, fields, is_variable, names};
use crate::event::{Entry, Event};
use crate::outcome::Failure;

impl Masker {
    /// Masks an entry of the record.
    pub fn entry(&self, mut entry: Entry) -> Entry {
        match &mut entry.event {
            Event::RunStarted(run) => {
                run.target.url = self.text(&run.target.url);
                self.option(&mut run.target.command);
                self.command(&mut run.command);
                self.command(&mut run.repeat_with);
            }
            Event::Notice { text, .. } => *text = self.said(text),
            Event::ScenarioStarted { scenario, .. } => scenario.name = self.text(&scenario.name),
            Event::StepFinished(step) => {
                step.text = self.said(&step.text);
                self.option(&mut step.doc_string);
                for row in step.table.iter_mut().flatten() {
                    self.row(row);
                }
                self.failures(&mut step.failures);
            }
            Event::Exchange(exchange) => self.exchange(exchange),
            Event::Frame(frame) => {
                frame.path = self.said(&frame.path);
                self.option(&mut frame.body.text);
            }
            Event::ServiceLog { line, .. } => *line = self.said(line),
            Event::ScenarioFinished { failures, .. } => self.failures(failures),
            Event::LoadStarted(started) => {
                started.description = self.said(&started.description);
                started.shape = self.said(&started.shape);
            }
            Event::LoadTick(_) => {}
            Event::LoadMark(mark) => mark.text = self.said(&mark.text),
            Event::LoadFinished(result) => self.load(result),
            Event::Coverage(coverage) => {
                let operations = coverage.operations.iter_mut();
                for item in operations.flat_map(|operation| &mut operation.items) {
                    item.name = self.text(&item.name);
                    self.option(&mut item.suggestion);
                }
            }
            Event::RunFinished(finished) => {
                for reason in &mut finished.reasons {
                    *reason = self.said(reason);
                }
            }
        }
        entry
    }

    pub(super) fn failures(&self, failures: &mut [Failure]) {
        for failure in failures {
            if let Some(at) = &failure.at {
                for value in failure.found.iter_mut().chain(&mut failure.expected) {
                    *value = at_place(at, value);
                }
            }
            failure.message = self.said(&failure.message);
            for text in [&mut failure.expected, &mut failure.found, &mut failure.hint] {
                self.option(text);
            }
        }
    }

    /// Words of a command line. Behind an option that takes the name of a variable stands no secret.
    pub(super) fn command(&self, words: &mut [String]) {
        let mut names_variable = false;
        for word in words {
            let (option, joined) = word.split_once('=').unwrap_or((word, ""));
            let takes = option == "--auth-header" || option == "--auth-query";
            let pair = if takes { joined } else { word.as_str() };
            let variable = pair.split_once('=').is_some_and(|(_, name)| is_variable(name));
            let shown = variable && (takes || names_variable);
            names_variable = takes && joined.is_empty();
            *word = if shown { self.named(word) } else { self.said(&assignment(word)) };
        }
    }

    /// A row of a table: a name, and its value or a marker of what it must be.
    fn row(&self, row: &mut [String]) {
        if let [name, value] = row
            && !value.starts_with(['<', '$'])
            && fields::secret(names::field(name), value)
        {
            *value = MASK.to_owned();
        }
        for cell in row {
            *cell = self.said(cell);
        }
    }
}
