//! What our mock is told to be let in by: [`give`] a request the credentials that the contract asks for.
//!
//! Any will do, since a mock has no accounts; those of the real provider are none of its business.

use base64::Engine as _;
use dryrun_contract::{Contract, Location, Operation, SecurityKind, SecurityNeed};

use crate::answer::Wire;
use crate::call::encoded;

/// Fits wherever the behaviour file names no key of its own.
const ANY: &str = "dryrun-verify";

/// Adds what one of the alternatives of the operation's `security` asks for. `key` is one that the behaviour file lets in.
pub(crate) fn give(wire: &mut Wire, contract: &Contract, operation: &Operation, key: Option<&str>) {
    // What a behaviour file calls a key is a bearer token, whatever the contract says.
    if let Some(key) = key {
        set(wire, "authorization", format!("Bearer {key}"));
    }
    let alternatives = contract.security(operation);
    // The one with a bearer token, if there is one: that is where the key already stands.
    let bearer = |all: &&Vec<SecurityNeed>| all.iter().all(|need| scheme(need) == Some("bearer"));
    let Some(needs) = alternatives.iter().find(bearer).or_else(|| alternatives.first()) else { return };
    let value = key.unwrap_or(ANY);
    // Where something else has to stand in that header, our mocks take their key from this one.
    if let Some(key) = key.filter(|_| needs.iter().filter_map(scheme).any(|scheme| scheme != "bearer")) {
        set(wire, "x-api-key", key.to_owned());
    }
    for need in needs {
        match &need.kind {
            SecurityKind::ApiKey { location: Location::Header, name } => {
                set(wire, &name.to_ascii_lowercase(), value.to_owned());
            }
            SecurityKind::ApiKey { location: Location::Query, name } => {
                let between = if wire.query.is_empty() { "" } else { "&" };
                wire.query = format!("{}{between}{}={}", wire.query, encoded(name), encoded(value));
            }
            SecurityKind::ApiKey { name, .. } => {
                cookie(wire, &format!("{}={}", encoded(name), encoded(value)))
            }
            SecurityKind::Http { scheme } if scheme == "basic" => {
                let pair = base64::engine::general_purpose::STANDARD.encode(format!("{ANY}:{value}"));
                set(wire, "authorization", format!("Basic {pair}"));
            }
            _ => {
                if let Some(scheme) = scheme(need) {
                    set(wire, "authorization", format!("{scheme} {value}"));
                }
            }
        }
    }
}

/// What stands before the credential in `Authorization`.
fn scheme(need: &SecurityNeed) -> Option<&str> {
    match &need.kind {
        SecurityKind::Http { scheme } => Some(scheme),
        SecurityKind::OAuth2 | SecurityKind::OpenIdConnect => Some("bearer"),
        _ => None,
    }
}

fn set(wire: &mut Wire, name: &str, value: String) {
    wire.headers.retain(|(known, _)| known != name);
    wire.headers.push((name.to_owned(), value));
}

/// All cookies are one line (RFC 6265, 5.4).
fn cookie(wire: &mut Wire, pair: &str) {
    match wire.headers.iter_mut().find(|(name, _)| name == "cookie") {
        Some((_, line)) => *line = format!("{line}; {pair}"),
        None => wire.headers.push(("cookie".to_owned(), pair.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use dryrun_contract::{RequestView, lacking};

    use super::*;

    fn contract(security: &str) -> Contract {
        let schemes = "basic: { type: http, scheme: basic }\n    token: { type: http, scheme: bearer }\n    digest: { type: http, scheme: digest }\n    oauth: { type: oauth2, flows: {} }\n    oidc: { type: openIdConnect, openIdConnectUrl: 'https://x.example/y' }\n    header: { type: apiKey, in: header, name: X-Api-Key }\n    query: { type: apiKey, in: query, name: 'api key' }\n    cookie: { type: apiKey, in: cookie, name: sid }\n    other: { type: apiKey, in: cookie, name: other }\n    tls: { type: mutualTLS }";
        let text = format!(
            "openapi: 3.1.0\ninfo: {{ title: T, version: '1' }}\nsecurity: {security}\npaths:\n  /a:\n    get:\n      responses: {{ '200': {{ description: y }} }}\ncomponents:\n  securitySchemes:\n    {schemes}\n"
        );
        Contract::parse("a.yaml", &text).unwrap()
    }

    fn given(security: &str, key: Option<&str>) -> (Wire, Option<String>) {
        let contract = contract(security);
        let operation = &contract.operations()[0];
        let mut wire = Wire {
            method: "GET".into(),
            path: "/a".into(),
            query: "x=1".into(),
            headers: vec![("cookie".into(), "mine=1".into())],
            body: Vec::new(),
        };
        give(&mut wire, &contract, operation, key);
        let view =
            RequestView { method: "GET", path: "/a", query: &wire.query, headers: &wire.headers, body: b"" };
        let lacks = lacking(&contract.security(operation), &view);
        (wire, lacks)
    }

    #[test]
    fn every_scheme_is_satisfied() {
        for one in ["basic", "token", "digest", "oauth", "oidc", "header", "query", "cookie", "tls"] {
            for key in [None, Some("a-key")] {
                assert_eq!(given(&format!("[{{ {one}: [] }}]"), key).1, None, "{one} {key:?}");
            }
        }
        let (wire, lacks) = given("[{ header: [], query: [], cookie: [], other: [] }, { basic: [] }]", None);
        assert_eq!(lacks, None);
        assert_eq!(wire.query, "x=1&api%20key=dryrun-verify");
        let cookies = wire.headers.iter().find(|(name, _)| name == "cookie").unwrap();
        assert_eq!(cookies.1, "mine=1; sid=dryrun-verify; other=dryrun-verify");
    }

    #[test]
    fn the_key_of_the_behaviour_file_goes_first() {
        let (wire, _) = given("[{ header: [] }]", Some("a-key"));
        assert!(wire.headers.contains(&("x-api-key".into(), "a-key".into())), "{wire:?}");
        assert!(wire.headers.contains(&("authorization".into(), "Bearer a-key".into())), "{wire:?}");
        let (wire, _) = given("[{ basic: [] }, { token: [] }]", Some("a-key"));
        assert_eq!(wire.headers.last().unwrap(), &("authorization".into(), "bearer a-key".into()));
        let (wire, _) = given("[{ basic: [] }]", Some("a-key"));
        assert!(wire.headers.contains(&("x-api-key".into(), "a-key".into())), "{wire:?}");
        let (wire, _) = given("[]", None);
        assert_eq!(wire.headers.len(), 1, "nothing is asked for: {wire:?}");
    }
}
