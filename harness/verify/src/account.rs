//! What a verdict stands on: [`compared`] says how much of the plan was played, [`left_out`] what was not.

use std::collections::BTreeMap;

use dryrun_record::NoticeLevel;

use crate::call::LeftOut;
use crate::plan::Plan;
use crate::tell::Teller;

/// How many of the planned calls were played and compared; `apart` says why some were not compared, and how many.
pub(crate) fn compared(
    teller: &Teller<'_>,
    plan: &Plan,
    played: usize,
    compared: usize,
    apart: &BTreeMap<String, usize>,
) {
    let planned = plan.calls.len() + plan.left_out.len();
    let left = planned - played;
    let rest = if left == 0 { String::new() } else { format!("; {left} not played, each with its reason") };
    let text = format!(
        "{played} of {planned} planned calls were played, and {compared} of them compared with our mock{rest}"
    );
    teller.notice(NoticeLevel::Info, "verified", text);
    if played == 0 {
        let text = "nothing was played, so nothing is known of the provider";
        teller.notice(NoticeLevel::Error, "nothing-played", text);
    }
    let Some((reason, _)) = apart.iter().max_by_key(|(_, many)| **many) else { return };
    // A mock that claims nothing of its own has nothing to be compared with.
    if compared == 0 && teller.subject.behaviour.is_some() {
        let text = format!(
            "no answer could be compared with our mock, so nothing is known of drift. Mostly: {reason}"
        );
        teller.notice(NoticeLevel::Error, "nothing-compared", text);
    } else {
        let apart: usize = apart.values().sum();
        let text =
            format!("{apart} of {played} played calls could not be compared with our mock; each says why");
        teller.notice(NoticeLevel::Warning, "not-compared", text);
    }
}

/// One notice for each operation and reason.
pub(crate) fn left_out(teller: &Teller<'_>, left: &[LeftOut]) {
    let mut grouped: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for one in left {
        grouped.entry((&one.operation, &one.reason)).or_default().push(&one.what);
    }
    for ((operation, reason), what) in grouped {
        not_played(teller, operation, reason, &what.join(", "));
    }
}

/// The reason first: a long list is cut where there is little room.
pub(crate) fn not_played(teller: &Teller<'_>, operation: &str, reason: &str, what: &str) {
    let text = format!("not played: {operation}: {reason} ({what})");
    teller.notice(NoticeLevel::Warning, "not-played", text);
}
