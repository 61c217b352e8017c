//! [`cases`]: requests at and beyond every bound of an operation.

use std::collections::HashSet;

use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;

use super::case::{Case, CaseKind, Hints, Usual};
use super::flatten::Source;
use super::generator::Generator;
use super::mutants::mutants;
use super::parameters::{LENIENT, Tried, parameter};
use super::raw::bodies;
use super::request::{CaseRequest, Draft, DraftBody, can_travel, preferred};
use super::sites::sites;
use crate::breach::{Breach, Location, Segment, Side};
use crate::call::Found;
use crate::contract::Contract;
use crate::operation::Operation;

/// How many requests are made at random besides.
const RANDOM: usize = 8;
/// How many bodies of a megabyte or ten thousand items an operation gets.
const HUGE: usize = 3;
/// From how many bytes on a body is huge.
const LARGE: usize = 200_000;

/// Requests at and beyond every bound of an operation, the same for the same seed. Each is proved: a positive one has no
/// breach, a negative one has. Empty if no valid request could be made to begin with.
#[must_use]
pub fn cases(contract: &Contract, op: &Operation, seed: u64) -> Vec<Case> {
    cases_with(contract, op, seed, &Hints::default())
}

/// The same, with what is known about the service: ids that exist, a body that it takes.
#[must_use]
pub fn cases_with(contract: &Contract, op: &Operation, seed: u64, hints: &Hints) -> Vec<Case> {
    let mut workshop = Workshop {
        contract,
        op,
        rng: StdRng::seed_from_u64(seed),
        generator: Generator::new(seed),
        seen: HashSet::new(),
        huge: 0,
        cases: Vec::new(),
    };
    let Some(base) = workshop.base(hints) else {
        return Vec::new();
    };
    workshop.usual(&base, hints);
    workshop.parameters(&base);
    workshop.body(&base);
    workshop.methods(&base);
    in_turn(workshop.cases)
}

struct Workshop<'c> {
    contract: &'c Contract,
    op: &'c Operation,
    rng: StdRng,
    generator: Generator,
    seen: HashSet<CaseRequest>,
    huge: usize,
    cases: Vec<Case>,
}

impl<'c> Workshop<'c> {
    /// A valid request from what is known: hints, documented examples, and generated values for the rest.
    fn base(&mut self, hints: &Hints) -> Option<Draft<'c>> {
        let mut known = hints.clone();
        for info in self.contract.parameters(self.op) {
            // Documented ids may be those of things that exist.
            if let (true, Some(example)) = (info.required, &info.example) {
                known.parameters.entry(info.name).or_insert_with(|| example.clone());
            }
        }
        let media = self.contract.request_media(self.op);
        if let (None, Some(media), true) = (&known.body, preferred(&media), hints.usual != Usual::Smallest) {
            let accepts = |value: &&Value| {
                media.schema.as_ref().is_none_or(|at| self.contract.accepts(at, Side::Request, value))
            };
            if hints.usual == Usual::Documented {
                known.body = media.examples.iter().map(|example| &example.value).find(accepts).cloned();
            }
            if let (None, Some(schema)) = (&known.body, &media.schema) {
                known.body = self.generator.full_instance(self.contract, schema, Side::Request);
            }
        }
        let body_only = Hints { parameters: hints.parameters.clone(), ..known.clone() };
        let nothing = Hints::default();
        let mut tries = [&known, &body_only, hints, &nothing].into_iter().cycle().take(24);
        tries.find_map(|hints| {
            let mut draft = self.generator.draft(self.contract, self.op, true, hints)?;
            if let (DraftBody::None, Some(value), Some(media)) = (&draft.body, &hints.body, preferred(&media))
            {
                draft.body = DraftBody::Value(media.media_type.clone(), value.clone());
            }
            let request = draft.request();
            let valid = request.breaches(self.contract, self.op).is_some_and(|breaches| breaches.is_empty());
            (valid && can_travel(&request)).then_some(draft)
        })
    }

    /// Requests without anything odd about them.
    fn usual(&mut self, base: &Draft<'c>, hints: &Hints) {
        let keep = |kind, rule: &'static str, name: String, at: &str, extreme, draft| Tried {
            kind,
            rule,
            name,
            at: at.to_owned(),
            extreme,
            draft,
        };
        self.add(keep(
            CaseKind::Positive,
            "usual",
            "a usual request".to_owned(),
            "request",
            false,
            base.clone(),
        ));
        for example in self.contract.request_examples(self.op) {
            let name = example.name.unwrap_or_else(|| "of the body".to_owned());
            let draft = base.with_body(DraftBody::Value(example.media_type, example.value));
            self.add(keep(
                CaseKind::Positive,
                "example",
                format!("the example {name}"),
                "body",
                false,
                draft,
            ));
        }
        let known = Hints { parameters: hints.parameters.clone(), body: None, usual: hints.usual };
        for _ in 0..RANDOM {
            if let Some(draft) = self.generator.draft(self.contract, self.op, false, &known) {
                self.add(keep(
                    CaseKind::Positive,
                    "generated",
                    "a generated request".to_owned(),
                    "request",
                    false,
                    draft,
                ));
            }
        }
    }

    fn parameters(&mut self, base: &Draft<'c>) {
        let source = Source { contract: self.contract, side: Side::Request };
        for index in 0..base.parameters.len() {
            let (info, known) = &base.parameters[index];
            let made = || self.generator.parameter(self.contract, info, Side::Request);
            let Some(value) = known.clone().or_else(made) else {
                continue;
            };
            if info.location == Location::Path {
                for _ in 0..2 {
                    if let Some(other) = self.generator.parameter(self.contract, info, Side::Request) {
                        self.add(Tried {
                            kind: CaseKind::Positive,
                            rule: "unknownId",
                            name: "an id that nobody knows".to_owned(),
                            at: format!("path/{}", info.name),
                            extreme: true,
                            draft: base.with_parameter(index, Some(other)),
                        });
                    }
                }
            }
            let filled = base.with_parameter(index, Some(value.clone()));
            for tried in parameter(source, &filled, index, &value, &mut self.rng) {
                self.add(tried);
            }
        }
    }

    fn body(&mut self, base: &Draft<'c>) {
        for raw in bodies(base) {
            let at = if raw.rule == "mediaType" { "header/Content-Type" } else { "body" };
            self.add(Tried {
                kind: raw.kind,
                rule: raw.rule,
                name: raw.name.to_owned(),
                at: at.to_owned(),
                extreme: raw.extreme,
                draft: base.with_body(raw.body),
            });
        }
        let source = Source { contract: self.contract, side: Side::Request };
        let media = self.contract.request_media(self.op);
        let (DraftBody::Value(sent, value), Some(media)) = (&base.body, preferred(&media)) else {
            return;
        };
        let Some(schema) = media.schema.as_ref().filter(|_| media.media_type == *sent) else {
            return;
        };
        for site in sites(source, self.contract.schema(schema, Side::Request), value, &mut self.rng) {
            let at = place(&site.path);
            for mutant in mutants(source, &site, &mut self.rng) {
                self.add(Tried {
                    kind: mutant.kind,
                    rule: mutant.rule,
                    name: mutant.name,
                    at: at.clone(),
                    extreme: mutant.extreme,
                    draft: base.with_value(site.with(mutant.value)),
                });
            }
        }
    }

    /// Methods that the path does not know; told once for each path.
    fn methods(&mut self, base: &Draft<'c>) {
        let first = self.contract.operations().iter().find(|other| other.path == self.op.path);
        if first != Some(self.op) {
            return;
        }
        let request = base.request();
        let unknown = ["DELETE", "PATCH", "PUT", "POST", "GET", "DRYRUN"].into_iter().filter_map(|method| {
            match self.contract.find(method, &request.path) {
                Found::WrongMethod { diagnosis, .. } => Some((method, diagnosis)),
                _ => None,
            }
        });
        for (method, diagnosis) in unknown.take(3).collect::<Vec<_>>() {
            self.cases.push(Case {
                name: format!("{method}, which is not documented"),
                kind: CaseKind::Negative,
                rule: "method".to_owned(),
                at: "method".to_owned(),
                extreme: false,
                keyword: Some("method".to_owned()),
                why: Some(diagnosis),
                request: CaseRequest { method: method.to_owned(), ..request.clone() },
            });
        }
    }

    /// Keeps what can travel, is new, and is what it claims to be.
    fn add(&mut self, tried: Tried<'c>) {
        let request = tried.draft.request();
        if !can_travel(&request)
            || request.body.len() > LARGE && self.huge >= HUGE
            || self.seen.contains(&request)
        {
            return;
        }
        let Some(breaches) = request.breaches(self.contract, self.op) else {
            return;
        };
        let breach = told(&breaches, &tried.at);
        match tried.kind {
            CaseKind::Positive if breach.is_some() => return,
            CaseKind::Negative if breach.is_none() => return,
            _ => {}
        }
        self.huge += usize::from(request.body.len() > LARGE);
        let extreme = match breach {
            None => tried.extreme,
            Some(breach) => {
                tried.rule == Case::LONE_SURROGATE
                    || breach.keyword == "type" && LENIENT.contains(&tried.name.as_str())
            }
        };
        self.seen.insert(request.clone());
        self.cases.push(Case {
            name: tried.name,
            kind: tried.kind,
            rule: tried.rule.to_owned(),
            at: tried.at,
            extreme,
            keyword: breach.map(|breach| breach.keyword.clone()),
            why: breach.map(|breach| {
                format!("{}: found {}, wanted {}", breach.instance_path, breach.found, breach.wanted)
            }),
            request,
        });
    }
}

/// The breach at the place that was changed, or else the first.
fn told<'b>(breaches: &'b [Breach], at: &str) -> Option<&'b Breach> {
    breaches.iter().find(|breach| breach.instance_path == at).or_else(|| breaches.first())
}

fn place(path: &[Segment]) -> String {
    path.iter().fold("body".to_owned(), |all, segment| format!("{all}/{segment}"))
}

/// The first of each kind and rule, then the second of each, and so on: whoever stops early has seen something of all.
fn in_turn(cases: Vec<Case>) -> Vec<Case> {
    let mut groups: Vec<((CaseKind, String), std::vec::IntoIter<Case>)> = Vec::new();
    let mut sorted: Vec<((CaseKind, String), Vec<Case>)> = Vec::new();
    for case in cases {
        let key = (case.kind, case.rule.clone());
        match sorted.iter_mut().find(|(known, _)| *known == key) {
            Some((_, all)) => all.push(case),
            None => sorted.push((key, vec![case])),
        }
    }
    groups.extend(sorted.into_iter().map(|(key, all)| (key, all.into_iter())));
    let mut ordered = Vec::new();
    loop {
        let before = ordered.len();
        ordered.extend(groups.iter_mut().filter_map(|(_, all)| all.next()));
        if ordered.len() == before {
            return ordered;
        }
    }
}
