//! Tests of the profiles that ship with dryrun: each is one, and plays scenarios that are there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::{End, Metric, Plays, Profile, Scope, Shape};

const SHIPPED: [&str; 8] =
    ["baseline", "batch", "live-sessions", "mixed", "smoke", "soak", "spike", "stress"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles")
}

fn shipped(name: &str) -> Profile {
    Profile::load(&folder().join(name).with_extension("toml")).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_shipped_profile_is_one() {
    let mut there: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    there.sort();
    assert_eq!(there, SHIPPED);
    for name in SHIPPED {
        let profile = shipped(name);
        assert_eq!(profile.name, name);
        assert!(profile.description.ends_with('.'), "{name} says what it is");
        assert!(profile.thresholds.len() > 1, "{name} has thresholds");
        let planned = profile.planned().unwrap();
        assert!(profile.warm_up * 2 < planned, "{name}");
    }
    let smoke = shipped("smoke");
    assert_eq!((smoke.planned(), smoke.warm_up), (Some(Duration::from_secs(10)), Duration::ZERO));
    assert!(matches!(shipped("live-sessions").shape, Shape::Closed { end: End::After(_), .. }));
    let Shape::Open { max_in_flight, .. } = shipped("stress").shape else { panic!("stress is open") };
    assert_eq!(max_in_flight, 800, "two seconds' worth of its peak");
}

#[test]
fn thresholds_are_about_what_is_played() {
    for profile in SHIPPED.map(shipped) {
        for threshold in &profile.thresholds {
            let (Scope::Workflow(name) | Scope::Step(name)) = &threshold.scope else { continue };
            assert!(
                profile.workflows.iter().any(|workflow| workflow.name == *name),
                "{}: {name}",
                profile.name
            );
        }
        let all =
            |metric| profile.thresholds.iter().any(|t| t.scope == Scope::Requests && t.metric == metric);
        assert!(all(Metric::Quantile(0.95)) || all(Metric::Quantile(0.99)), "{}", profile.name);
    }
}

/// Whether a feature has a scenario of this name; what stands in `<…>` of an outline may be anything.
fn has(feature: &str, scenario: &str) -> bool {
    feature.lines().filter_map(|line| line.trim().split_once(": ")).any(|(keyword, name)| match keyword {
        "Scenario" => name == scenario,
        "Scenario Outline" => {
            let mut rest = scenario;
            let parts: Vec<&str> = name
                .split('<')
                .flat_map(|part| part.split_once('>').map(|(_, after)| after).or(Some(part)))
                .collect();
            parts.iter().enumerate().all(|(index, part)| {
                let found = if index == 0 { rest.starts_with(part).then_some(0) } else { rest.find(part) };
                found.is_some_and(|at| {
                    rest = &rest[at + part.len()..];
                    true
                })
            })
        }
        _ => false,
    })
}

#[test]
fn scenarios_that_are_played_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut played = 0;
    for profile in SHIPPED.map(shipped) {
        for workflow in &profile.workflows {
            let Plays::Scenarios(selector) = &workflow.plays else { continue };
            let file = selector.file.as_ref().unwrap();
            let text = std::fs::read_to_string(root.join(file)).unwrap();
            let scenario = selector.scenario.as_ref().unwrap();
            assert!(has(&text, scenario), "{}: {file} has no {scenario:?}", selector.at);
            played += 1;
        }
    }
    assert!(played >= 10);
    assert!(!has("Scenario: A preview", "A previe") && !has("Scenario Outline: A <b> c", "A b d"));
}

#[test]
fn another_length_and_another_rate_fit_every_shipped_profile() {
    for profile in SHIPPED.map(shipped) {
        let minute = Duration::from_secs(60);
        assert_eq!(profile.clone().with_duration(minute).planned(), Some(minute));
        let rated = profile.with_rate(120.0).with_duration(minute);
        assert!(
            rated.shape_words().starts_with("120 arrivals a second for 1 min"),
            "{}",
            rated.shape_words()
        );
    }
}

/// The blocks of the reference that are written in `language`.
fn blocks(language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder().join("../README.md")).unwrap();
    let parts = text.split("```").skip(1).step_by(2);
    parts.filter_map(|block| block.strip_prefix(language)).map(str::to_owned).collect()
}

#[test]
fn the_profile_of_the_reference_is_one_and_its_mistakes_are_told_as_it_says() {
    let toml = blocks("toml\n");
    let profile = Profile::parse("own.toml", &toml[0]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((profile.workflows.len(), profile.thresholds.len()), (2, 4));
    let steps = format!("{}\n{}", toml[0], toml[1]);
    assert_eq!(Profile::parse("own.toml", &steps).unwrap().thresholds.len(), 5);
    let wrong = "descripton = \"mine\"\nwarm_up = \"1 s\"\ntimeout = 30\n\n[open]\nrate = 5\n\n[[request]]\npath = \"/\"\n";
    let error = Profile::parse("own.toml", wrong).unwrap_err().to_string();
    assert_eq!(blocks("text\n"), [format!("{error}\n")]);
}

#[test]
fn the_reference_lists_every_shipped_profile_with_its_length() {
    let text = std::fs::read_to_string(folder().join("../README.md")).unwrap();
    for profile in SHIPPED.map(shipped) {
        let length = match profile.planned().unwrap().as_secs() {
            seconds @ (65 | 90) => format!("{seconds} s"),
            _ => super::super::duration::words(profile.planned().unwrap()),
        };
        let row = text.lines().find(|line| line.starts_with(&format!("| `{}` |", profile.name)));
        let row = row.unwrap_or_else(|| panic!("{} is not in the table", profile.name));
        assert!(row.ends_with(&format!(" {length} |")), "{row}: {length}");
    }
}
