//! The [`Comparer`]: two schemas, level by level, circles and all.

use std::collections::{HashMap, HashSet};

use crate::change::Effect;
use crate::schema::finding::{Finding, Pair};
use crate::schema::flat::{Flat, Spot};
use crate::schema::flatten::flatten;
use crate::schema::objects::Sides;
use crate::schema::types::Types;
use crate::schema::{combos, covers, keywords, objects};
use crate::source::{At, Source};

/// How deep the question "are these the same?" may be asked inside itself.
const DEEPEST: usize = 12;

type Key = (Vec<String>, Vec<String>);

/// Compares schemas of two documents in one direction.
pub(crate) struct Comparer<'o, 'n> {
    sides: Sides<'o, 'n>,
    /// Pairs that were compared already: what they differ in has been told.
    seen: HashSet<(Key, bool)>,
    /// Pairs whose comparison has begun above: taken for equal until the contrary is found, or circles would not end.
    above: Vec<Key>,
    known: HashMap<Key, bool>,
    depth: usize,
}

impl<'o, 'n> Comparer<'o, 'n> {
    pub(crate) fn new(old: Source<'o>, new: Source<'n>, request: bool) -> Self {
        Self {
            sides: Sides { old, new, request },
            seen: HashSet::new(),
            above: Vec::new(),
            known: HashMap::new(),
            depth: 0,
        }
    }

    /// Everything in which the two differ.
    pub(crate) fn compare(&mut self, old: &[At<'o>], new: &[At<'n>]) -> Vec<Finding> {
        let mut found = Vec::new();
        self.level(old, new, "", false, &mut found);
        found
    }

    fn key(&self, old: &[At<'o>], new: &[At<'n>]) -> Key {
        let old = old.iter().map(|part| self.sides.old.follow(part.clone()).at).collect();
        let new = new.iter().map(|part| self.sides.new.follow(part.clone()).at).collect();
        (old, new)
    }

    fn level(&mut self, old: &[At<'o>], new: &[At<'n>], path: &str, turned: bool, found: &mut Vec<Finding>) {
        let key = self.key(old, new);
        if self.above.contains(&key) || !self.seen.insert((key.clone(), turned)) {
            return;
        }
        let (was, is) = (flatten(&self.sides.old, old), flatten(&self.sides.new, new));
        self.above.push(key);
        let mut here = Vec::new();
        let pairs = self.parts(&was, &is, old, new, &mut here);
        for mut finding in here {
            finding.path = step(path, &finding.path);
            if turned {
                finding.effect = match finding.effect {
                    Effect::Narrows => Effect::Widens,
                    Effect::Widens => Effect::Narrows,
                    other => other,
                };
            }
            found.push(finding);
        }
        for pair in pairs {
            self.level(&pair.old, &pair.new, &step(path, &pair.step), turned != pair.turned, found);
        }
        self.above.pop();
    }

    fn parts(
        &mut self,
        was: &Flat<'o>,
        is: &Flat<'n>,
        old: &[At<'o>],
        new: &[At<'n>],
        here: &mut Vec<Finding>,
    ) -> Vec<Pair<'o, 'n>> {
        let request = self.sides.request;
        if was.choices.is_empty() != is.choices.is_empty() && (bare(was) || bare(is)) {
            self.wrapped(was, is, old, new, here);
            return Vec::new();
        }
        keywords::compare(was, is, here);
        combos::default(request, was, is, here);
        let mut pairs = objects::compare(&self.sides, was, is, here);
        let (old_source, new_source) = (self.sides.old, self.sides.new);
        let mut same = |one: &[At<'o>], other: &[At<'n>]| self.same(one, other);
        pairs.extend(combos::choices(was, is, &mut same, here));
        pairs.extend(combos::conditions(was, is, &mut same, here));
        combos::discriminator((&old_source, &new_source), was, is, &mut same, here);
        pairs
    }

    /// Whether two schemas come out the same.
    fn same(&mut self, old: &[At<'o>], new: &[At<'n>]) -> bool {
        let key = self.key(old, new);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        if self.depth > DEEPEST {
            return false;
        }
        let mut inner = Comparer {
            sides: Sides { old: self.sides.old, new: self.sides.new, request: self.sides.request },
            seen: HashSet::new(),
            above: self.above.clone(),
            known: std::mem::take(&mut self.known),
            depth: self.depth + 1,
        };
        let same = inner.compare(old, new).is_empty();
        self.known = inner.known;
        self.known.insert(key, same);
        same
    }

    /// One schema became a choice of several, or the other way round.
    fn wrapped(
        &mut self,
        was: &Flat<'o>,
        is: &Flat<'n>,
        old: &[At<'o>],
        new: &[At<'n>],
        here: &mut Vec<Finding>,
    ) {
        let wrapping = was.choices.is_empty();
        let (choice_any, kept) = if wrapping {
            let choice = &is.choices[0];
            let branches: Vec<Spot<'n>> = choice.branches.iter().map(|branch| vec![branch.clone()]).collect();
            (choice.any, branches.iter().any(|branch| self.same(old, branch)))
        } else {
            let choice = &was.choices[0];
            let branches: Vec<Spot<'o>> = choice.branches.iter().map(|branch| vec![branch.clone()]).collect();
            (choice.any, branches.iter().any(|branch| self.same(branch, new)))
        };
        let exported = (covers::export(&self.sides.old, old), covers::export(&self.sides.new, new));
        let decided = match &exported {
            (Some(old), Some(new)) => covers::effect(old, new),
            _ => None,
        };
        let effect = match decided {
            Some(Effect::None) => return,
            Some(effect) => effect,
            None if kept && choice_any => {
                if wrapping {
                    Effect::Widens
                } else {
                    Effect::Narrows
                }
            }
            None if kept => Effect::Unknown,
            None => Effect::Both,
        };
        let kind = if choice_any { "anyOf" } else { "oneOf" };
        let (tail, message) = if wrapping {
            ("wrapped-in-choice", format!("one schema became a list of `{kind}`"))
        } else {
            ("unwrapped-from-choice", format!("a list of `{kind}` became one schema"))
        };
        let told = match (decided, effect) {
            (Some(_), Effect::Widens) => ", which allows more",
            (Some(_), Effect::Narrows) => ", which allows less",
            (Some(_), _) => ", which allows other things",
            (None, _) if kept => ", the old one among them",
            (None, _) => "; whether it still allows what it did can't be decided, and counts as no",
        };
        let instead = "keep the old schema, and add what is new beside it".to_owned();
        here.push(Finding::new(tail, effect, message + told, instead).at(Some(&was.at), Some(&is.at)));
    }
}

/// Whether a schema is nothing but a choice.
fn bare(flat: &Flat<'_>) -> bool {
    !flat.choices.is_empty()
        && flat.properties.is_empty()
        && flat.required.is_empty()
        && flat.allowed.is_none()
        && flat.counts.is_empty()
        && flat.texts.is_empty()
        && flat.subs.is_empty()
        && (flat.types == Types::ALL || flat.types.without(Types::NULL) == Types::OBJECT)
}

/// One step further into a value.
fn step(path: &str, next: &str) -> String {
    match (path.is_empty(), next.is_empty()) {
        (_, true) => path.to_owned(),
        (true, _) => next.to_owned(),
        _ if next.starts_with('[') => format!("{path}{next}"),
        _ => format!("{path}.{next}"),
    }
}
