//! A [`Diff`], and how it is shown: text, Markdown, JSON.

use std::fmt::Write;

use chrono::NaiveDate;
use dryrun_contract::Contract;
use serde::Serialize;
use serde_json::{Value, json};

use crate::change::{Change, Impact, Party, Place, Severity};
use crate::diff::operations::documents;
use crate::locate::Locator;

/// One of the two contracts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Version {
    /// The file, as it was named.
    pub file: String,
    /// `info.title`.
    pub title: String,
    /// `info.version`.
    pub version: String,
}

/// Everything that differs between two contracts, gravest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The old contract.
    pub old: Version,
    /// The new one.
    pub new: Version,
    /// The changes.
    pub changes: Vec<Change>,
}

impl Diff {
    /// Compares two contracts. `today` decides whether the date of something deprecated is over.
    #[must_use]
    pub fn between(old: &Contract, new: &Contract, today: NaiveDate) -> Self {
        let version = |contract: &Contract| Version {
            file: contract.name().to_owned(),
            title: contract.title().to_owned(),
            version: contract.version().to_owned(),
        };
        let mut changes = documents(old.document(), new.document(), today);
        changes
            .sort_by_key(|change| (std::cmp::Reverse((change.consumer, change.provider)), change.editorial));
        let mut diff = Self { old: version(old), new: version(new), changes };
        let mut locator = Locator::new();
        let mut locate = |place: &mut Option<Place>, contract: &Contract| {
            if let Some(place) = place {
                let (file, pointer) = origin(contract, &place.pointer);
                place.location = Some(locator.find(&file, &pointer));
            }
        };
        for change in &mut diff.changes {
            locate(&mut change.old, old);
            locate(&mut change.new, new);
        }
        diff
    }

    /// How many changes are of this severity for these parties.
    #[must_use]
    pub fn count(&self, parties: &[Party], severity: Severity) -> usize {
        self.changes.iter().filter(|change| change.severity(parties) == severity).count()
    }

    /// `3 breaks for consumers, 1 break for providers, …`, as far as these parties are concerned.
    #[must_use]
    pub fn summary(&self, parties: &[Party]) -> String {
        let breaks =
            |party: Party| self.changes.iter().filter(|change| change.impact(party) == Impact::Break).count();
        let mut parts: Vec<String> = parties
            .iter()
            .map(|party| format!("{} for {}s", counted(breaks(*party), "break"), party.name()))
            .collect();
        parts.push(counted(self.count(parties, Severity::Warning), "warning"));
        parts.push(format!("{} compatible", self.count(parties, Severity::Compatible)));
        parts.push(format!("{} editorial", self.count(parties, Severity::Editorial)));
        parts.join(", ")
    }

    /// The sections that these parties care for, and their changes.
    fn sections(&self, parties: &[Party]) -> Vec<(String, Vec<&Change>)> {
        let mut sections: Vec<(String, Vec<&Change>)> = Vec::new();
        for party in parties {
            let title = match party {
                Party::Consumer => "Breaks for consumers (who call the API)",
                Party::Provider => "Breaks for providers (who serve it by the old contract)",
            };
            let broken = self.changes.iter().filter(|change| change.impact(*party) == Impact::Break);
            sections.push((title.to_owned(), broken.collect()));
        }
        for (severity, title) in [
            (Severity::Warning, "Warnings (may break)"),
            (Severity::Compatible, "Compatible"),
            (Severity::Editorial, "Editorial (nothing on the wire)"),
        ] {
            let of = self.changes.iter().filter(|change| change.severity(parties) == severity);
            sections.push((title.to_owned(), of.collect()));
        }
        sections.retain(|(_, changes)| !changes.is_empty());
        sections
    }

    /// For the terminal.
    #[must_use]
    pub fn text(&self, parties: &[Party], color: bool) -> String {
        let mut out = format!("{} → {}\n{}\n", named(&self.old), named(&self.new), self.summary(parties));
        for (index, (title, changes)) in self.sections(parties).iter().enumerate() {
            let title = format!("{title}: {}", changes.len());
            let breaks = title.starts_with("Breaks");
            let _ = writeln!(
                out,
                "\n{}",
                if color { painted(&title, if breaks { 31 } else { 33 }) } else { title }
            );
            for change in changes {
                let also = match change.also.len() {
                    0 => String::new(),
                    more => format!(" (and {})", counted(more, "more call")),
                };
                let _ = writeln!(out, "  {} {}{also}", change.rule, change.operation);
                let place = place(change).unwrap_or_default();
                let subject =
                    if change.subject.is_empty() { String::new() } else { format!("{}: ", change.subject) };
                let _ = writeln!(
                    out,
                    "    {place}{}{subject}{}",
                    if place.is_empty() { "" } else { "  " },
                    change.message
                );
                if index < parties.len() && change.instead != "nothing to do" {
                    let _ = writeln!(out, "    instead: {}", change.instead);
                }
            }
        }
        if self.changes.is_empty() {
            out.push_str("Nothing that a call could notice differs.\n");
        }
        out
    }

    /// For a pull request.
    #[must_use]
    pub fn markdown(&self, parties: &[Party]) -> String {
        let mut out =
            format!("## {} → {}\n\n{}\n", named(&self.old), named(&self.new), self.summary(parties));
        for (title, changes) in self.sections(parties) {
            let _ = write!(out, "\n### {title}: {}\n\n", changes.len());
            out.push_str("| Rule | Call | Change | Instead | Place |\n|---|---|---|---|---|\n");
            for change in changes {
                let calls = match change.also.len() {
                    0 => change.operation.clone(),
                    more => format!("{} and {}", change.operation, counted(more, "more")),
                };
                let subject =
                    if change.subject.is_empty() { String::new() } else { format!("{}: ", change.subject) };
                let row = [
                    format!("`{}`", change.rule),
                    cell(&calls),
                    cell(&format!("{subject}{}", change.message)),
                    cell(&change.instead),
                    cell(&place(change).unwrap_or_default()),
                ];
                let _ = writeln!(out, "| {} |", row.join(" | "));
            }
        }
        if self.changes.is_empty() {
            out.push_str("\nNothing that a call could notice differs.\n");
        }
        out
    }

    /// For programs.
    #[must_use]
    pub fn json(&self, parties: &[Party]) -> Value {
        let both = [Party::Consumer, Party::Provider];
        let breaks =
            |party: Party| self.changes.iter().filter(|change| change.impact(party) == Impact::Break).count();
        let changes = self.changes.iter().map(|change| {
            let mut value = serde_json::to_value(change).unwrap_or_default();
            value["severity"] = json!(change.severity(parties));
            value
        });
        json!({
            "old": self.old,
            "new": self.new,
            "for": parties,
            "summary": {
                "breaks": {"consumer": breaks(Party::Consumer), "provider": breaks(Party::Provider)},
                "warnings": self.count(&both, Severity::Warning),
                "compatible": self.count(&both, Severity::Compatible),
                "editorial": self.count(&both, Severity::Editorial),
            },
            "changes": changes.collect::<Vec<_>>(),
        })
    }
}

/// File and pointer there of a place in a contract.
pub(crate) fn origin(contract: &Contract, pointer: &str) -> (String, String) {
    contract.origin(pointer)
}

fn named(version: &Version) -> String {
    if version.version.is_empty() {
        version.file.clone()
    } else {
        format!("{} ({})", version.file, version.version)
    }
}

/// Where people look first: in the new file, unless the thing is gone.
fn place(change: &Change) -> Option<String> {
    let gone =
        change.rule.ends_with("removed") && change.new.as_ref().is_none_or(|new| new.pointer == "/paths");
    let place = if gone { change.old.as_ref() } else { change.new.as_ref().or(change.old.as_ref()) };
    let place = place?;
    Some(place.location.clone().unwrap_or_else(|| place.pointer.clone()))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn painted(text: &str, code: u8) -> String {
    format!("\u{1b}[1;{code}m{text}\u{1b}[0m")
}

/// `1 break`, `2 breaks`.
pub(crate) fn counted(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 || noun == "more" { "" } else { "s" })
}
