//! Thresholds on steps that nobody plays: told before anything is sent ([`unplayed`]).

use std::collections::BTreeSet;

use dryrun_contract::suggest::nearest;
use dryrun_load::Part;
use dryrun_load::profile::{Profile, Scope};

use crate::load::refusal::Refusal;

/// One refusal for each step in `[thresholds.steps]` that none of these parts has.
pub(crate) fn unplayed<'a>(profile: &Profile, parts: impl Iterator<Item = &'a Part>) -> Vec<Refusal> {
    let played: BTreeSet<&str> = parts.flat_map(|part| part.steps.iter().map(String::as_str)).collect();
    let named: BTreeSet<&str> = profile
        .thresholds
        .iter()
        .filter_map(|threshold| match &threshold.scope {
            Scope::Step(text) => Some(text.as_str()),
            Scope::Requests | Scope::Workflow(_) => None,
        })
        .collect();
    let refusal = |text: &&str| {
        let instead = match nearest(text, played.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write the text of a step as its feature has it, or the name of a request".to_owned(),
        };
        Refusal::Profile(format!(
            "profile `{}`: [thresholds.steps]: nobody plays the step `{text}`: {instead}",
            profile.name
        ))
    };
    named.difference(&played).map(refusal).collect()
}
