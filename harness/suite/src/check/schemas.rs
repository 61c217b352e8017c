//! Plain JSON Schemas that a step names.

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
        let Some(name) = one.behind("honours the contract ").filter(|name| !name.text.contains("${")) else {
            continue;
        };
        let names = || known.schemas.iter().flatten().map(String::as_str);
        if names().any(|known| known == name.text) {
            continue;
        }
        let help = match (&known.schemas, nearest(&name.text, names())) {
            (None, _) => {
                "name the folder of the JSON Schemas in dryrun.toml: [schemas] folder = \"schemas/plain\""
                    .to_owned()
            }
            (_, Some(near)) => format!("did you mean `{near}`?"),
            (Some(all), None) if all.is_empty() => "the folder of [schemas] holds none".to_owned(),
            (Some(_), None) => format!("there are {}", listed(names(), 8)),
        };
        let message = format!("no JSON Schema is called `{}`", name.text);
        found.push(told(scenario, one.step.line, "unknown-schema", &name.text, message, help));
    }
}
