//! The trie of a contract: every operation as it is and behind the base paths of its servers; those that can't be used
//! as well, so that their calls are recognised.

use crate::build::Built;
use crate::document::Document;
use crate::error::ContractError;
use crate::operation::Operation;
use crate::plan::Plan;
use crate::router::{Piece, Router};
use crate::unusable::{Refused, Unusable};

/// What is known of the calls of a document, in its order.
pub(crate) struct Routed {
    pub(crate) operations: Vec<Operation>,
    /// One for each operation.
    pub(crate) plans: Vec<Plan>,
    /// The method of each of `unusable`.
    pub(crate) refused: Vec<String>,
    pub(crate) unusable: Vec<Unusable>,
    /// Numbers from `operations.len()` on mean those of `unusable`.
    pub(crate) router: Router,
}

/// Puts all calls into one trie. Two that are the same call are both taken out: nobody can say which is meant.
pub(crate) fn route(
    document: &Document,
    built: Vec<Built>,
    mut refused: Vec<Refused>,
) -> Result<Routed, ContractError> {
    let built = without_twins(document, built, &mut refused);
    let (mut operations, mut plans, mut bases) = (Vec::new(), Vec::new(), Vec::new());
    for (index, mut one) in built.into_iter().enumerate() {
        one.operation.index = index;
        operations.push(one.operation);
        plans.push(one.plan);
        bases.push(one.bases);
    }
    let mut router = Router::new();
    let usable = operations.iter().zip(&plans).zip(&bases);
    let usable =
        usable.map(|((operation, plan), bases)| (operation.method.as_str(), &plan.pieces[..], bases));
    let broken = refused
        .iter()
        .map(|one| (one.method.as_str(), one.pieces.as_deref().unwrap_or_default(), &one.bases));
    let calls: Vec<_> =
        usable.chain(broken).enumerate().filter(|(_, (_, pieces, _))| !pieces.is_empty()).collect();
    for (index, (method, pieces, _)) in &calls {
        let _ = router.insert(method, pieces, *index);
    }
    for (index, (method, pieces, bases)) in &calls {
        for base in *bases {
            // What stands in the document as it is goes before what a base path would make of another template.
            let base = Piece::parse(base).map_err(|message| document.wrong("/servers", message))?;
            let _ = router.insert(method, &[&base[..], pieces].concat(), *index);
        }
    }
    let (refused, unusable) = refused.into_iter().map(|one| (one.method, one.told)).unzip();
    Ok(Routed { operations, plans, refused, unusable, router })
}

/// Moves operations that are the same call (templates that differ only in the names of their parameters) to `refused`.
fn without_twins(document: &Document, built: Vec<Built>, refused: &mut Vec<Refused>) -> Vec<Built> {
    let mut seen = Router::new();
    let mut twin: Vec<Option<usize>> = vec![None; built.len()];
    for (index, one) in built.iter().enumerate() {
        if let Some(other) = seen.insert(&one.operation.method, &one.plan.pieces, index) {
            twin[index] = Some(other);
            twin[other].get_or_insert(index);
        }
    }
    let lines: Vec<String> = built.iter().map(|one| one.operation.line()).collect();
    let mut kept = Vec::with_capacity(built.len());
    for (index, one) in built.into_iter().enumerate() {
        let Some(other) = twin[index] else {
            kept.push(one);
            continue;
        };
        let message = format!("{} is the same call as {}; leave one of them", lines[index], lines[other]);
        let (at, reason) = document.wrong(&one.plan.at, message).place_and_reason();
        refused.push(Refused {
            method: one.operation.method,
            pieces: Some(one.plan.pieces),
            bases: one.bases,
            told: Unusable { operation: lines[index].clone(), at, reason },
        });
    }
    kept
}
