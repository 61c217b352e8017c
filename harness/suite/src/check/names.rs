//! Names of things outside the feature: services, data files, secrets, profiles.

use crate::check::known::Known;
use crate::check::steps::{Matched, told};
use crate::features::{Diagnostic, Scenario};
use crate::values::nearest::{listed, nearest};

pub(crate) fn check(
    scenario: &Scenario,
    matched: &[Matched<'_>],
    known: &Known,
    found: &mut Vec<Diagnostic>,
) {
    for one in matched {
        let told = |code: &'static str, part: &str, message: String, help: String| {
            told(scenario, one.step.line, code, part, message, help)
        };
        for service in one.of("service").filter(|service| known.service(&service.text).is_none()) {
            found.push(told(
                "unknown-service",
                &service.text,
                format!("no service is called `{}`", service.text),
                known.service_help(&service.text),
            ));
        }
        for words in ["test data ", "the body ", "upload "] {
            if let Some(file) = one.behind(words).filter(|file| !file.text.contains("${"))
                && !known.data.join(&file.text).is_file()
            {
                found.push(told(
                    "missing-file",
                    &file.text,
                    format!("there is no file `{}` in {}", file.text, known.data.display()),
                    file_help(&file.text, known),
                ));
            }
        }
        if let Some(secret) = one.behind("secret ").filter(|secret| !known.secrets.contains(&secret.text)) {
            let names = || known.secrets.iter().map(String::as_str);
            let help = match nearest(&secret.text, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("name it under `secrets` in dryrun.toml{}", known_list(names())),
            };
            found.push(told(
                "unknown-secret",
                &secret.text,
                format!("no secret is called `{}`", secret.text),
                help,
            ));
        }
        if let Some(profile) =
            one.behind("profile ").filter(|profile| !known.profiles.contains(&profile.text))
        {
            let names = || known.profiles.iter().map(String::as_str);
            let help = match nearest(&profile.text, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("name it under `[profiles]` in dryrun.toml{}", known_list(names())),
            };
            found.push(told(
                "unknown-profile",
                &profile.text,
                format!("there is no profile `{}`", profile.text),
                help,
            ));
        }
    }
}

fn known_list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let all = listed(names, 8);
    if all.is_empty() { String::new() } else { format!("; known are {all}") }
}

fn file_help(name: &str, known: &Known) -> String {
    let files: Vec<String> = std::fs::read_dir(&known.data)
        .map(|entries| {
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
        })
        .unwrap_or_default();
    match nearest(name, files.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if files.is_empty() => "the folder of test data is empty, or is not there".to_owned(),
        None => format!("there are {}", listed(files.iter().map(String::as_str), 8)),
    }
}
