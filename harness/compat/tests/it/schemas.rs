//! Pairs of schemas, each in every place and in both directions.

use dryrun_compat::{Effect, Impact, Party};

use crate::support::{PLACES, cases, diff, place};

#[test]
fn every_pair_is_found_in_every_place_and_in_both_directions() {
    let mut wrong = Vec::new();
    for case in cases("schemas.yaml") {
        let name = case["name"].as_str().unwrap_or("null");
        let effect = match case["effect"].as_str().unwrap() {
            "narrows" => Effect::Narrows,
            "widens" => Effect::Widens,
            "both" => Effect::Both,
            "unknown" => Effect::Unknown,
            _ => Effect::None,
        };
        let back = match effect {
            Effect::Narrows => Effect::Widens,
            Effect::Widens => Effect::Narrows,
            other => other,
        };
        for (at, prefix) in PLACES {
            let only = case["only"].as_array();
            if only.is_some_and(|only| !only.iter().any(|known| known == at)) {
                continue;
            }
            let (old, new) = (place(at, &case["old"]), place(at, &case["new"]));
            // A header or a whole body without a schema has its own words for it.
            let empty = case["old"] == serde_json::json!({}) && at != "property" && at != "field";
            let sender =
                if prefix == "response" || prefix == "header" { Party::Provider } else { Party::Consumer };
            for (from, to, finds, effect) in [(&old, &new, "finds", effect), (&new, &old, "back", back)] {
                let wanted = case[finds].as_str().map(|tail| format!("{prefix}-{tail}"));
                let found = diff(from, to);
                let told: Vec<_> =
                    found.iter().filter(|change| change.rule != "version-not-raised").collect();
                let rules: Vec<&str> = told.iter().map(|change| change.rule.as_str()).collect();
                let hits = |change: &&&dryrun_compat::Change| {
                    [Party::Consumer, Party::Provider].map(|party| change.impact(party))
                        == [Party::Consumer, Party::Provider].map(|party| effect.on(party, sender))
                };
                let right = match &wanted {
                    None => told.is_empty(),
                    Some(rule) => rules == [rule.as_str()] && told.iter().all(|change| hits(&change)),
                };
                if !right && !empty {
                    wrong.push(format!(
                        "{name} in {at} ({finds}): wanted {wanted:?} {effect:?}, found {told:#?}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_law_has_two_ends() {
    assert_eq!(Effect::Narrows.on(Party::Consumer, Party::Consumer), Impact::Break);
    assert_eq!(Effect::Narrows.on(Party::Consumer, Party::Provider), Impact::None);
}
