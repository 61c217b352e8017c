//! The [`Comparer`]: two schemas, level by level, circles and all.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

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

/// What one level of two schemas differs in, and the pairs to compare below it.
type Level<'o, 'n> = (Vec<Finding>, Vec<(Rc<Key>, Pair<'o, 'n>)>);

/// What was compared before, by direction: a thousand calls share their schemas, and each level is worked out once.
#[derive(Clone, Default)]
pub(crate) struct Memo<'o, 'n>(Rc<RefCell<Known<'o, 'n>>>);

#[derive(Default)]
struct Known<'o, 'n> {
    levels: HashMap<(Rc<Key>, bool), Rc<Level<'o, 'n>>>,
    /// Pairs that differ nowhere, however far one looks.
    equal: HashSet<(Rc<Key>, bool)>,
}

/// Compares schemas of two documents in one direction.
pub(crate) struct Comparer<'o, 'n> {
    sides: Sides<'o, 'n>,
    /// Pairs that were compared already: what they differ in has been told.
    seen: HashSet<(Rc<Key>, bool)>,
    /// Pairs whose comparison has begun above: taken for equal until the contrary is found, or circles would not end.
    above: HashMap<Rc<Key>, usize>,
    /// How many of those another comparer has begun, which asks this one.
    inherited: usize,
    /// Whether an answer rests on one of those, or on the depth: then it holds here and not everywhere.
    assumed: bool,
    /// Whether two are the same, and whether that was assumed.
    known: HashMap<Key, (bool, bool)>,
    depth: usize,
    memo: Memo<'o, 'n>,
}

impl<'o, 'n> Comparer<'o, 'n> {
    pub(crate) fn new(old: Source<'o>, new: Source<'n>, request: bool, memo: &Memo<'o, 'n>) -> Self {
        Self {
            sides: Sides { old, new, request },
            seen: HashSet::new(),
            above: HashMap::new(),
            inherited: 0,
            assumed: false,
            known: HashMap::new(),
            depth: 0,
            memo: memo.clone(),
        }
    }

    /// Everything in which the two differ.
    pub(crate) fn compare(&mut self, old: &[At<'o>], new: &[At<'n>]) -> Vec<Finding> {
        let mut found = Vec::new();
        self.level(&Rc::new(self.key(old, new)), (old, new), "", false, &mut found);
        if found.is_empty() && !self.assumed && self.inherited == 0 {
            let request = self.sides.request;
            let mut memo = self.memo.0.borrow_mut();
            memo.equal.extend(self.seen.drain().map(|(key, _)| (key, request)));
        }
        found
    }

    fn key(&self, old: &[At<'o>], new: &[At<'n>]) -> Key {
        let old = old.iter().map(|part| self.sides.old.follow(part.clone()).at).collect();
        let new = new.iter().map(|part| self.sides.new.follow(part.clone()).at).collect();
        (old, new)
    }

    fn level(
        &mut self,
        key: &Rc<Key>,
        spots: (&[At<'o>], &[At<'n>]),
        path: &str,
        turned: bool,
        found: &mut Vec<Finding>,
    ) {
        let told = (Rc::clone(key), turned);
        if self.seen.contains(&told) {
            return;
        }
        if let Some(position) = self.above.get(key) {
            self.assumed |= *position < self.inherited;
            return;
        }
        let by_direction = (Rc::clone(key), self.sides.request);
        if self.memo.0.borrow().equal.contains(&by_direction) {
            return;
        }
        self.seen.insert(told);
        self.above.insert(Rc::clone(key), self.above.len());
        let known = self.memo.0.borrow().levels.get(&by_direction).cloned();
        let level = known.unwrap_or_else(|| self.worked_out(by_direction, spots));
        let (here, pairs) = &*level;
        for mut finding in here.iter().cloned() {
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
        for (key, pair) in pairs {
            let spots = (pair.old.as_slice(), pair.new.as_slice());
            self.level(key, spots, &step(path, &pair.step), turned != pair.turned, found);
        }
        self.above.remove(key);
    }

    /// One level, kept for the next who asks unless it rests on something that only holds here.
    fn worked_out(&mut self, key: (Rc<Key>, bool), (old, new): (&[At<'o>], &[At<'n>])) -> Rc<Level<'o, 'n>> {
        let (was, is) = (flatten(&self.sides.old, old), flatten(&self.sides.new, new));
        let before = std::mem::take(&mut self.assumed);
        let mut here = Vec::new();
        let pairs = self.parts(&was, &is, old, new, &mut here);
        let keyed = pairs.into_iter().map(|pair| (Rc::new(self.key(&pair.old, &pair.new)), pair));
        let level = Rc::new((here, keyed.collect()));
        if !self.assumed {
            self.memo.0.borrow_mut().levels.insert(key, Rc::clone(&level));
        }
        self.assumed |= before;
        level
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
        if let Some((same, assumed)) = self.known.get(&key) {
            self.assumed |= assumed;
            return *same;
        }
        if self.depth > DEEPEST {
            self.assumed = true;
            return false;
        }
        let mut inner = Comparer {
            sides: Sides { old: self.sides.old, new: self.sides.new, request: self.sides.request },
            seen: HashSet::new(),
            above: self.above.clone(),
            inherited: self.above.len(),
            assumed: false,
            known: std::mem::take(&mut self.known),
            depth: self.depth + 1,
            memo: self.memo.clone(),
        };
        let same = inner.compare(old, new).is_empty();
        self.known = inner.known;
        self.assumed |= inner.assumed;
        self.known.insert(key, (same, inner.assumed));
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
