//! [`import`]: a tidy contract, with a list of what it leaves open in its head.

use std::fmt::Write;

use dryrun_contract::Contract;

use crate::error::CompatError;
use crate::import::{tidy::tidy, yaml};
use crate::lint::notice::{Level, Notice};
use crate::lint::run::notices;

/// How many places of one rule are listed.
const LISTED: usize = 8;

/// A contract that was made of a service's own document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The contract as YAML, with its head.
    pub yaml: String,
    /// What it leaves open, gravest first.
    pub open: Vec<Notice>,
}

/// Makes a tidy contract; `from` says where it comes from. OpenAPI 3.0 stays 3.0: raising it would mean to write every
/// schema anew, and the result would be judged by other rules than its service was written by.
///
/// # Errors
/// What would be written does not come out as what was read.
pub fn import(contract: &Contract, from: &str) -> Result<Imported, CompatError> {
    let document = tidy(contract.document());
    let body = yaml::write(&document);
    let again = Contract::parse(contract.name(), &body)
        .map_err(|error| CompatError::Unreadable { reason: error.to_string() })?;
    if again.document() != &document {
        return Err(CompatError::Unreadable { reason: "the text means something else".to_owned() });
    }
    let mut open = notices(&again);
    say_why(&mut open, &notices(contract));
    open.sort_by_key(|notice| std::cmp::Reverse(notice.level));
    Ok(Imported { yaml: format!("{}{body}", head(from, &open)), open })
}

/// Why something can't be used is known where it was read: the text that is written has no folder.
fn say_why(open: &mut [Notice], read: &[Notice]) {
    let call = |notice: &Notice| notice.message.split(": ").next().unwrap_or_default().to_owned();
    for notice in open.iter_mut() {
        let same = |one: &&Notice| {
            one.rule == notice.rule
                && match notice.rule {
                    "unusable-operation" => call(one) == call(notice),
                    "unusable-part" => one.place.pointer == notice.place.pointer,
                    _ => false,
                }
        };
        if let Some(one) = read.iter().find(same) {
            notice.message.clone_from(&one.message);
        }
    }
}

/// What it leaves open, as lines: a rule, how often, and where.
#[must_use]
pub fn open_list(open: &[Notice]) -> String {
    let mut out = String::new();
    let mut rules: Vec<&str> = Vec::new();
    for notice in open {
        if rules.contains(&notice.rule) {
            continue;
        }
        rules.push(notice.rule);
        let same: Vec<&Notice> = open.iter().filter(|other| other.rule == notice.rule).collect();
        let _ = writeln!(out, "{} {} × {}; {}", notice.level.name(), same.len(), notice.rule, notice.instead);
        for one in same.iter().take(LISTED) {
            let _ = writeln!(out, "  {}: {}", one.place.pointer, one.message.replace('\n', " "));
        }
        if same.len() > LISTED {
            let _ = writeln!(out, "  and {} more", same.len() - LISTED);
        }
    }
    out
}

fn head(from: &str, open: &[Notice]) -> String {
    let mut out = format!("# Imported from {} by `dryrun contract import`.\n", without_secrets(from));
    let errors = open.iter().filter(|notice| notice.level == Level::Error).count();
    if open.is_empty() {
        out.push_str("# It leaves nothing open.\n");
    } else {
        let _ = writeln!(
            out,
            "# What it leaves open ({errors} of it errors); `dryrun contract lint` lists it anew:"
        );
        for line in open_list(open).lines() {
            // A comment holds what a line holds: no control characters.
            let line: String =
                line.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
            let _ = writeln!(out, "#   {line}");
        }
    }
    out.push('\n');
    out
}

/// An address without user, password and query.
fn without_secrets(from: &str) -> String {
    let Some((scheme, rest)) = from.split_once("://") else {
        return from.replace(['\n', '\r'], " ");
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) =
        rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_loses_its_secrets() {
        assert_eq!(without_secrets("https://me:pw@a.example:8/x/y?token=1"), "https://a.example:8/x/y");
        assert_eq!(without_secrets("api/openapi.yaml"), "api/openapi.yaml");
    }
}
