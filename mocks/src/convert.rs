//! From contract and wire to the words of the record.

use dryrun_contract::Side;
use dryrun_record::{Breach, Exchange, Masker};

/// A breach in the form of the record. `service` is the key of the service whose contract it is.
pub fn record_breach(service: &str, breach: &dryrun_contract::Breach) -> Breach {
    Breach {
        side: match breach.side {
            Side::Request => "request",
            Side::Response => "response",
        }
        .to_owned(),
        service: service.to_owned(),
        operation: breach.operation.clone(),
        status: breach.status,
        instance_path: place(breach),
        schema_path: breach.schema_path.clone(),
        found: breach.found.clone(),
        wanted: breach.wanted.clone(),
        keyword: breach.keyword.clone(),
        allowed: None,
    }
}

/// Where it is; of a parameter or header that is missing, where it would be.
fn place(breach: &dryrun_contract::Breach) -> String {
    use dryrun_contract::Location;
    match (&breach.property, breach.location) {
        (Some(name), Location::Header) if breach.segments.is_empty() => {
            format!("{}/{}", breach.instance_path, name.to_ascii_lowercase())
        }
        (Some(name), Location::Query | Location::Cookie) if breach.segments.is_empty() => {
            format!("{}/{name}", breach.instance_path)
        }
        _ => breach.instance_path.clone(),
    }
}

/// One line for people who watch calls as they come: who, what, the answer, and what is wrong with it. Secrets masked.
pub fn describe(exchange: &Exchange, masker: &Masker) -> String {
    let answer = match (&exchange.response, &exchange.error) {
        (Some(response), _) => response.status.to_string(),
        (None, Some(error)) => format!("no answer ({error})"),
        (None, None) => "no answer".to_owned(),
    };
    let millis = exchange.duration_us as f64 / 1000.0;
    let mut line =
        format!("{:<10} {} -> {answer} in {millis:.1} ms", exchange.service, exchange.request.line());
    if let Some(scenario) = &exchange.scenario {
        line.push_str(&format!(" · {scenario}"));
    }
    if let Some(fault) = &exchange.fault {
        line.push_str(&format!(" · fault: {fault}"));
    }
    if let Some(diagnosis) = &exchange.unexpected {
        line.push_str(&format!(" · UNEXPECTED: {diagnosis}"));
    }
    for breach in &exchange.breaches {
        let Breach { side, instance_path, found, wanted, .. } = breach;
        line.push_str(&format!(" · BREACH in the {side} at {instance_path}: found {found}, wanted {wanted}"));
    }
    masker.text(&line)
}
