//! What the contract of the service under test says of its answers: [`World::judge`]. The request is not judged: features
//! send what is wrong on purpose.

use dryrun_contract::{Contract, Found};
use dryrun_record::{Breach, Direction};
use dryrun_target::TargetSpec;
use reqwest::Url;

use crate::answer::{Answer, SentRequest};
use crate::world::World;

/// Statuses by which a service says that it does not offer such a call, or will not say whether it does: contract and
/// service agree then.
const NOT_OFFERED: [u16; 5] = [401, 403, 404, 405, 501];

/// By which a service answers a plain request to a WebSocket path.
const UPGRADE: [u16; 2] = [101, 426];

impl World {
    /// Judges an answer, and marks what is tolerated.
    pub(crate) fn judge(&self, request: &SentRequest, url: &Url, answer: &mut Answer) {
        let Some(contract) = &self.shared.target_contract else { return };
        // A step may give a whole address: what others answer is not the service's.
        if Url::parse(&self.target_url).is_ok_and(|own| own.origin() != url.origin()) {
            return;
        }
        self.judge_at(contract, request, url.path(), answer);
        self.shared.policy.mark(Direction::ToService, &mut answer.breaches);
    }

    /// Judges an answer of the service at this path.
    pub(crate) fn judge_at(
        &self,
        contract: &Contract,
        request: &SentRequest,
        path: &str,
        answer: &mut Answer,
    ) {
        match contract.find(&request.method, path) {
            Found::Operation { operation, .. } => {
                answer.operation = Some(operation.line());
                if answer.error.is_none() {
                    let breaches =
                        contract.check_response(operation, answer.status, &answer.headers, &answer.body);
                    answer.breaches = breaches
                        .iter()
                        .map(|breach| dryrun_mocks::record_breach("service", breach))
                        .collect();
                }
            }
            Found::WrongMethod { diagnosis, .. } | Found::Unknown { diagnosis } => {
                if answer.error.is_none() && self.offered(request, path, answer.status) {
                    let line = format!("{} {path}", request.method);
                    let known = diagnosis.split_once("; ").map_or(diagnosis.as_str(), |(_, near)| near);
                    answer.breaches.push(undocumented(line, answer.status, known.to_owned()));
                }
                answer.unknown = Some(diagnosis);
            }
            Found::Unusable { operation, reason } => {
                if answer.error.is_none() {
                    answer.breaches.push(unusable(operation.clone(), answer.status, &reason));
                }
                answer.unknown = Some(format!("the contract's {operation} can't be used: {reason}"));
            }
        }
    }

    /// Whether an answer to a call that the contract does not know shows that the service offers it all the same.
    fn offered(&self, request: &SentRequest, path: &str, status: u16) -> bool {
        let upgrades = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("upgrade"));
        let live = &self.shared.options.conventions.live;
        let (TargetSpec::Attach { ready, .. } | TargetSpec::Command { ready, .. }) = &self.shared.target_spec;
        // What the configuration itself names: sessions, and where the service says that it is ready.
        let named = [Some(&ready.path), live.join.as_ref(), live.replay.as_ref()]
            .into_iter()
            .flatten()
            .any(|template| request.method == "GET" && fits(template, path));
        // What every server does by itself, documented or not.
        let of_the_server = matches!(request.method.as_str(), "OPTIONS" | "HEAD" | "TRACE");
        !(NOT_OFFERED.contains(&status) || UPGRADE.contains(&status) || upgrades || named || of_the_server)
    }
}

/// Whether a path is one of a session, as `[live]` writes it: `/ws/sessions/{session}/replay?since={since}`.
fn fits(template: &str, path: &str) -> bool {
    let template = template.split('?').next().unwrap_or_default();
    let (wanted, found): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    wanted.len() == found.len()
        && wanted.iter().zip(found).all(|(wanted, found)| wanted.contains('{') || *wanted == found)
}

fn undocumented(operation: String, status: u16, wanted: String) -> Breach {
    Breach {
        side: "response".to_owned(),
        service: "service".to_owned(),
        found: format!("an answer with {status} to {operation}, which the contract does not know"),
        operation,
        status: Some(status),
        instance_path: "path".to_owned(),
        schema_path: "/paths".to_owned(),
        wanted: format!("a documented call, or 404; {wanted}"),
        keyword: "operation".to_owned(),
        allowed: None,
    }
}

/// An answer that could not be checked must not pass for one that was.
fn unusable(operation: String, status: u16, reason: &str) -> Breach {
    Breach {
        side: "response".to_owned(),
        service: "service".to_owned(),
        found: format!("an answer with {status} to {operation}, which the contract can't judge: {reason}"),
        operation,
        status: Some(status),
        instance_path: "path".to_owned(),
        schema_path: "/paths".to_owned(),
        wanted: "a call that the contract can judge".to_owned(),
        keyword: "operation".to_owned(),
        allowed: None,
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn the_path_of_a_session_is_known_by_its_shape() {
        let replay = "/ws/sessions/{session}/replay?since={since}";
        assert!(fits(replay, "/ws/sessions/s1/replay") && fits("/live?s={session}", "/live"));
        for other in ["/ws/sessions/s1", "/ws/sessions/s1/replay/x", "/api/sessions/s1/replay"] {
            assert!(!fits(replay, other), "{other}");
        }
    }
}
