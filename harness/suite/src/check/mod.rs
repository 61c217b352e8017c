//! Everything wrong in all features at once, before any traffic: [`check`].

mod calls;
mod known;
mod loads;
mod names;
mod schemas;
mod steps;
mod tags;
mod variables;

use std::collections::HashSet;
use std::sync::Arc;

pub use known::{Known, KnownService};
pub use loads::makes_load;

use crate::features::{Diagnostic, Scenario};
use crate::registry::Registry;

/// Looks at every step and tag of the scenarios. What the files themselves have wrong is in
/// [`Loaded::diagnostics`](crate::features::Loaded). In a scenario tagged `@wip` errors are warnings.
pub fn check(scenarios: &[Arc<Scenario>], registry: &Registry, known: &Known) -> Vec<Diagnostic> {
    check_within(scenarios, scenarios, registry, known)
}

/// As [`check`]; the users of loads play scenarios of this library.
pub fn check_within(
    scenarios: &[Arc<Scenario>],
    library: &[Arc<Scenario>],
    registry: &Registry,
    known: &Known,
) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    for scenario in scenarios {
        let mut found = Vec::new();
        tags::check(scenario, known, &mut found);
        let matched = steps::check(scenario, registry, known, &mut found);
        names::check(scenario, &matched, known, &mut found);
        schemas::check(scenario, &matched, known, &mut found);
        calls::check(scenario, &matched, known, &mut found);
        loads::check(scenario, &matched, registry, library, &mut found);
        variables::check(scenario, &matched, known, &mut found);
        for one in found {
            let one = if scenario.has_tag("wip") { one.warning() } else { one };
            // A background's step, or a step of an outline, is met once a scenario; it is told once.
            if seen.insert((one.source.path.clone(), one.line, one.column, one.code, one.message.clone())) {
                all.push(one);
            }
        }
    }
    all.sort_by(|a, b| {
        (&a.source.path, a.line, a.column, a.code).cmp(&(&b.source.path, b.line, b.column, b.code))
    });
    all
}
