//! What a profile plays, found and understood before anything is sent: [`Script`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use dryrun_load::Part;
use dryrun_load::profile::{Plays, Profile, Request, Workflow};
use dryrun_load::requests::Requests;
use dryrun_record::ScenarioRef;

use crate::check::{Known, check as check_features};
use crate::features::{Scenario, Severity, choose};
use crate::load::limits::unplayed;
use crate::load::refusal::Refusal;
use crate::load::rows::Rows;
use crate::options::RunOptions;
use crate::phrase::{Call, Keyword, Phrase, Subject};
use crate::registry::{Match, Registry};
use crate::values::duration;

/// Names that every iteration knows beside those of its data.
pub(crate) const NUMBERS: [&str; 2] = ["row", "iteration"];

/// What a profile plays, in the order of its workflows. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Script {
    pub(crate) acts: Arc<[Act]>,
}

/// One workflow of the load.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    pub(crate) part: Part,
    pub(crate) what: What,
    pub(crate) rows: Option<Arc<Rows>>,
    /// Where the profile says it, `path:line`.
    pub(crate) at: String,
}

/// What a workflow does.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// One request.
    Request(Box<(Workflow, Request)>),
    /// A scenario.
    Scenario(Arc<Play>),
}

/// A scenario, matched once.
#[derive(Debug)]
pub(crate) struct Play {
    pub(crate) reference: Arc<ScenarioRef>,
    pub(crate) steps: Vec<Ready>,
    /// The first step that looks at the mocks, or makes them do something.
    pub(crate) at_mocks: Option<String>,
    /// Some step asks for contracts: its answers are checked whatever the profile says.
    pub(crate) contracts: bool,
    /// Some step may look into the body of an answer.
    pub(crate) bodies: bool,
}

/// A step, matched.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) text: String,
    pub(crate) phrase: Phrase,
    pub(crate) call: Call,
    /// The time that it names.
    pub(crate) extra: Duration,
    /// What was found of calls before holds no longer.
    pub(crate) renews: bool,
    /// What it does over a live session that takes time.
    pub(crate) live: Option<Live>,
}

/// What a step does over a live session that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Live {
    /// It opens one: a request like others.
    Opens,
    /// It waits for something that may have come long before: told with the step's figures, and no request.
    Waits,
}

/// Finds what the profile plays and checks every step of it, before any traffic.
///
/// # Errors
/// Everything that is wrong with it: a selector that means nothing, a step that no phrase matches, test data that can't be
/// read…
pub fn check(
    profile: &Profile,
    scenarios: &[Arc<Scenario>],
    registry: &Registry,
    known: &Known,
    options: &RunOptions,
) -> Result<Script, Vec<Refusal>> {
    read(profile, scenarios, registry, options, Some(known))
}

/// As [`check`]; without `known`, the scenarios have been checked already.
pub(crate) fn read(
    profile: &Profile,
    scenarios: &[Arc<Scenario>],
    registry: &Registry,
    options: &RunOptions,
    known: Option<&Known>,
) -> Result<Script, Vec<Refusal>> {
    let (mut acts, mut refused) = (Vec::new(), Vec::new());
    for workflow in &profile.workflows {
        match &workflow.plays {
            Plays::Request(request) => {
                let at = format!("the request `{}`", Requests::name(workflow, request));
                let Some(rows) = data(workflow, &at, options, &mut refused) else { continue };
                let texts = rows.as_deref().map(Rows::texts).unwrap_or_default();
                let wrong = Requests::mistakes(request, &texts);
                refused.extend(wrong.into_iter().map(|why| Refusal::at(&at, why)));
                let what = What::Request(Box::new((workflow.clone(), request.clone())));
                acts.push(Act { part: Requests::part(workflow, request), what, rows, at });
            }
            Plays::Scenarios(selector) => {
                let Some(rows) = data(workflow, &selector.at, options, &mut refused) else { continue };
                let chosen = match choose(selector, scenarios) {
                    Ok(chosen) => chosen,
                    Err(why) => {
                        refused.push(Refusal::at(&selector.at, why));
                        continue;
                    }
                };
                if let Some(known) = known {
                    let mut known = known.clone();
                    known.given.extend(NUMBERS.map(str::to_owned));
                    known.given.extend(rows.iter().flat_map(|rows| rows.names.iter().cloned()));
                    let wrong = check_features(&chosen, registry, &known);
                    let wrong = wrong.into_iter().filter(|one| one.severity == Severity::Error);
                    refused.extend(wrong.map(|one| Refusal::Feature(Box::new(one))));
                }
                let many = chosen.len() > 1;
                for scenario in chosen {
                    match play(&scenario, registry) {
                        Ok(play) => acts.push(Act {
                            part: part(workflow, &scenario, many),
                            what: What::Scenario(Arc::new(play)),
                            rows: rows.clone(),
                            at: selector.at.clone(),
                        }),
                        Err(why) => refused.push(Refusal::at(&selector.at, why)),
                    }
                }
            }
        }
    }
    tell_apart(&mut acts);
    // What is refused plays nothing that is known of.
    if refused.is_empty() && known.is_some() {
        refused.extend(unplayed(profile, acts.iter().map(|act| &act.part)));
    }
    // One step of a background, or one file, is wrong in one way however many play it.
    let mut seen = BTreeSet::new();
    refused.retain(|one| seen.insert(one.to_string()));
    if refused.is_empty() { Ok(Script { acts: acts.into() }) } else { Err(refused) }
}

/// The workflow's data, if it has any; `None` when they can't be read.
fn data(
    workflow: &Workflow,
    at: &str,
    options: &RunOptions,
    refused: &mut Vec<Refusal>,
) -> Option<Option<Arc<Rows>>> {
    let Some(path) = &workflow.data else { return Some(None) };
    match Rows::read(path, &options.data) {
        Ok(rows) => Some(Some(Arc::new(rows))),
        Err(why) => {
            refused.push(Refusal::at(at, why));
            None
        }
    }
}

fn part(workflow: &Workflow, scenario: &Scenario, many: bool) -> Part {
    let own = &scenario.reference.name;
    let name = match (workflow.name.as_str(), many) {
        ("", _) => own.clone(),
        (name, false) => name.to_owned(),
        (name, true) => format!("{name}: {own}"),
    };
    let steps = scenario.steps.iter().map(|step| step.text.clone()).collect();
    Part { name, weight: workflow.weight, think: workflow.think, steps }
}

/// Workflows of one name get the places of their scenarios, or numbers.
fn tell_apart(acts: &mut [Act]) {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    acts.iter().for_each(|act| *names.entry(act.part.name.clone()).or_default() += 1);
    for act in acts.iter_mut().filter(|act| names[&act.part.name] > 1) {
        if let What::Scenario(play) = &act.what {
            act.part.name = format!("{} ({})", act.part.name, play.reference.id);
        }
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for act in acts {
        let count = seen.entry(act.part.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            act.part.name = format!("{} #{count}", act.part.name);
        }
    }
}

fn play(scenario: &Scenario, registry: &Registry) -> Result<Play, String> {
    let mut steps = Vec::new();
    for step in &scenario.steps {
        let place = format!("{}:{}: `{}`", scenario.reference.file, step.line, step.text);
        match registry.find(&step.text) {
            Match::One { phrase, captures, parameters } => {
                if let Some(wrong) = phrase.wrong_argument(step.doc_string.is_some(), step.table.is_some()) {
                    return Err(format!("{place}: {wrong}"));
                }
                if let Some(why) = not_under_load(phrase) {
                    return Err(format!("{place} can't be played under load: {why}"));
                }
                let named = captures.iter().zip(parameters).filter(|(_, name)| name.as_str() == "duration");
                let extra = named.filter_map(|(capture, _)| duration::parse(&capture.text).ok()).sum();
                steps.push(Ready {
                    text: step.text.clone(),
                    phrase: *phrase,
                    extra,
                    renews: phrase.keyword != Keyword::Then
                        || parameters.iter().any(|name| name == "duration"),
                    live: live(phrase),
                    call: Call { captures, doc_string: step.doc_string.clone(), table: step.table.clone() },
                });
            }
            Match::Undefined(_) => {
                return Err(format!("{place}: no phrase of the vocabulary matches this step"));
            }
            Match::Ambiguous(all) => return Err(format!("{place}: {} phrases match this step", all.len())),
        }
    }
    Ok(Play {
        reference: Arc::new(scenario.reference.clone()),
        at_mocks: steps.iter().find(|one| looks_at_mocks(&one.phrase)).map(|one| one.text.clone()),
        bodies: steps.iter().any(|one| looks_into_bodies(&one.phrase)),
        contracts: steps.iter().any(|one| one.phrase.subject == Subject::Contracts),
        steps,
    })
}

/// Why a phrase has no meaning under load.
fn not_under_load(phrase: &Phrase) -> Option<&'static str> {
    if phrase.subject == Subject::Load {
        return Some("a load can't be part of a load");
    }
    phrase.pattern.starts_with("a freshly started service").then_some(
        "a load goes to one service, and not to a copy for each user; name the scenarios to be played \
                    with `scenario = \"…\"`, or leave this one out with `tags = \"not @…\"`",
    )
}

/// Whether a phrase looks at the mocks, or makes them do something: it needs a view of its own.
fn looks_at_mocks(phrase: &Phrase) -> bool {
    let named = ["{service}", "{call}", "{calls}", "every call honoured", "the clock stands"];
    matches!(phrase.subject, Subject::Mocks | Subject::DryRun)
        || named.iter().any(|part| phrase.pattern.contains(part))
}

/// Whether a phrase may look into the body of an answer: reading one as JSON that nobody asks for costs as much as the
/// request itself.
fn looks_into_bodies(phrase: &Phrase) -> bool {
    let never = ["the status is ", "it answers within", "header {string}", "I remember header"];
    match phrase.subject {
        Subject::SetUp | Subject::Mocks | Subject::Load => false,
        Subject::Http => phrase.pattern.contains("wait up to"),
        Subject::Answer => !never.iter().any(|start| phrase.pattern.starts_with(start)),
        Subject::Contracts | Subject::DryRun | Subject::Live => true,
    }
}

/// What of a phrase is timed that goes over a live session.
fn live(phrase: &Phrase) -> Option<Live> {
    let opens = ["connects to", "joins the session", "reconnects", "is refused with"];
    let waits = ["leaves", "sees a message", "sees, in this order", "is closed with"];
    let any = |all: &[&str]| all.iter().any(|part| phrase.pattern.contains(part));
    match phrase.subject == Subject::Live {
        true if any(&opens) => Some(Live::Opens),
        true if any(&waits) => Some(Live::Waits),
        _ => None,
    }
}
