//! Asks the dependencies how they are, so that the probes tell the truth. Main type: [`Check`].

use crate::app::App;
use crate::faults::Fault;
use crate::trace::Trace;
use crate::upstream::Service;
use serde_json::{Value, json};
use std::time::Duration;

/// A dependency is asked for at most this long.
const PATIENCE: Duration = Duration::from_secs(2);

/// The state of one dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) ready: bool,
    pub(crate) message: String,
}

impl Check {
    /// The wire form; every dependency is required.
    pub(crate) fn to_json(&self) -> Value {
        json!({"name": self.name, "ready": self.ready, "message": self.message, "required": true})
    }
}

async fn ask(app: &App, service: Service, trace: &Trace) -> Check {
    if app.settings.faults.has(Fault::ReadinessLies) {
        return Check { name: service.name(), ready: true, message: "healthy".to_owned() };
    }
    let patience = app.settings.upstream_timeout.min(PATIENCE);
    let (ready, message) = match app.publisher.upstream.get(service, "/health", patience, trace).await {
        Err(error) => (false, error),
        Ok(answer) => match answer.get("status").and_then(Value::as_str) {
            Some("healthy") => (true, "healthy".to_owned()),
            Some(other) => (false, format!("it says that it is {other}")),
            None => (false, "its health answer has no status".to_owned()),
        },
    };
    Check { name: service.name(), ready, message }
}

/// Asks the CRM and the Platform, at the same time.
pub(crate) async fn dependencies(app: &App, trace: &Trace) -> [Check; 2] {
    tokio::join!(ask(app, Service::Crm, trace), ask(app, Service::Platform, trace)).into()
}

/// Can the living document be read?
pub(crate) fn document(app: &App) -> Check {
    let (ready, message) = match app.document() {
        Ok(document) => (true, format!("{} items", document.items.len())),
        Err(error) => (false, error),
    };
    Check { name: "living_document", ready, message }
}

/// `healthy`, `degraded` when some dependency is down, `unhealthy` when all are.
pub(crate) fn overall(checks: &[Check]) -> &'static str {
    match checks.iter().filter(|check| check.ready).count() {
        ready if ready == checks.len() => "healthy",
        0 => "unhealthy",
        _ => "degraded",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overall_state_counts_what_is_down() {
        let check = |ready| Check { name: "x", ready, message: String::new() };
        assert_eq!(overall(&[check(true), check(true)]), "healthy");
        assert_eq!(overall(&[check(true), check(false)]), "degraded");
        assert_eq!(overall(&[check(false), check(false)]), "unhealthy");
    }
}
