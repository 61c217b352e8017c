//! Scenarios that would make the service under test meet more of the contract of a mock: [`suggest`].

use dryrun_contract::Location;
use dryrun_contract::coverage::{Item, Place, Row, Step, What};
use serde_json::Value;

use crate::coverage::gherkin::{Sent, bare, field, scenario, value_cell};

/// `cause` is a request that makes the service call the operation.
pub(crate) fn suggest(title: &str, row: &Row, item: &Item, cause: Option<&Sent>) -> Option<String> {
    let call = row.operation.as_str();
    let cause = cause.and_then(Sent::step);
    let steps = match &item.what {
        What::Operation => vec![
            format!("# No scenario makes the service call {title} with {call}: send what does."),
            "When I POST to \"/\"".to_owned(),
            received(title, call),
        ],
        What::Status(status) => vec![
            format!("Given {title} answers {} to \"{call}\"", code(status, row)),
            cause?,
            "# What does the service make of it? Then the status is …".to_owned(),
            "Then every call honoured its contract".to_owned(),
        ],
        What::Parameter(place) | What::Property(place) => {
            vec![change(), cause?, sent(title, call, place, None)]
        }
        What::Value(place, value) => vec![change(), cause?, sent(title, call, place, Some(value))],
        What::Example { .. } => return None,
    };
    let name = match &item.what {
        What::Operation => format!("{title} receives {call}"),
        What::Status(status) => format!("{title} answers {} to {call}", code(status, row)),
        _ => format!("{title} receives {call} with {}", item.name),
    };
    Some(scenario(&name, &steps))
}

fn change() -> String {
    "# Change this request, or what is before it, so that the service sends that.".to_owned()
}

fn received(title: &str, call: &str) -> String {
    format!("Then {title} received exactly 1 call to \"{call}\"")
}

/// The check that the service has sent it.
fn sent(title: &str, call: &str, place: &Place, value: Option<&Value>) -> String {
    let row = |path: &str| {
        let wanted = value.map_or_else(|| "<any>".to_owned(), value_cell);
        format!("Then {title} received 1 call to \"{call}\" like:\n  | {path} | {wanted} |")
    };
    let name = || place.steps.first().map(|step| if let Step::Key(name) = step { name.as_str() } else { "" });
    match (place.location, value) {
        (Location::Body, _) => row(&field(&place.steps)),
        // Only of a call without a body the query is compared.
        (Location::Query, _) if call.starts_with("GET ") || call.starts_with("DELETE ") => {
            row(&field(&place.steps))
        }
        (Location::Header, None) => {
            format!("Then in every call to \"{call}\" header \"{}\" is present", name().unwrap_or_default())
        }
        (Location::Header, Some(value)) => {
            let (name, value) = (name().unwrap_or_default(), Value::String(bare(value)));
            format!("Then in every call to \"{call}\" header \"{name}\" is {value}")
        }
        (Location::Path, Some(value)) => {
            let hole = format!("{{{}}}", name().unwrap_or_default());
            received(title, &call.replace(&hole, &bare(value)))
        }
        _ => received(title, call),
    }
}

/// A status that only this entry of the contract documents.
pub(crate) fn code(status: &str, row: &Row) -> String {
    let exact = |wanted: &str| row.items.iter().any(|item| item.what == What::Status(wanted.to_owned()));
    let free = |candidates: &[u16]| {
        let free = candidates.iter().find(|code| {
            !(exact(&code.to_string()) || status == "default" && exact(&format!("{}XX", **code / 100)))
        });
        free.unwrap_or(&candidates[0]).to_string()
    };
    match status {
        "default" => free(&[500, 503, 400, 418]),
        "2XX" => free(&[200, 202]),
        "3XX" => free(&[302, 303]),
        "4XX" => free(&[400, 404, 409, 418]),
        "5XX" => free(&[500, 503]),
        exact => exact.to_owned(),
    }
}
