//! Whether a call carries what the contract's security requirements ask for. A mock has no accounts: any value will do,
//! unless the keys that do are named.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dryrun_contract::{SecurityKind, SecurityNeed, wanted_credentials};

/// What is missing of a call, and the `WWW-Authenticate` that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) detail: String,
    pub(crate) challenge: String,
    /// Whether something was given, but not what is let in.
    pub(crate) wrong: bool,
}

/// What a call lacks; `None` when one of the alternatives is fulfilled, or nothing is asked for.
///
/// With `keys`, only these are let in.
pub(crate) fn missing(
    alternatives: &[Vec<SecurityNeed>],
    headers: &[(String, String)],
    query: &str,
    keys: &[String],
) -> Option<Missing> {
    let right = |need: &SecurityNeed| {
        let values = need.values(headers, query);
        let known = |value: &String| keys.is_empty() || knows(keys, need, value);
        !values.is_empty() && values.iter().all(known)
    };
    let unseen = |need: &SecurityNeed| !need.is_seen();
    if alternatives.is_empty()
        || alternatives.iter().any(|all| all.iter().all(|need| unseen(need) || right(need)))
    {
        return None;
    }
    let wrong =
        alternatives.iter().flatten().any(|need| !need.values(headers, query).is_empty() && !right(need));
    let wanted = wanted_credentials(alternatives);
    let mut challenges: Vec<String> = Vec::new();
    for need in alternatives.iter().flatten() {
        let challenge = challenge(need);
        if !challenges.contains(&challenge) {
            challenges.push(challenge);
        }
    }
    Some(Missing {
        detail: match wrong {
            true => {
                format!("what was given is none of the keys that this mock lets in; this call needs {wanted}")
            }
            false => format!("this call needs {wanted}"),
        },
        challenge: challenges.join(", "),
        wrong,
    })
}

/// Whether a value is one of the keys. Basic credentials are a key as `user:password`, or as they are sent.
fn knows(keys: &[String], need: &SecurityNeed, value: &String) -> bool {
    let basic = matches!(&need.kind, SecurityKind::Http { scheme } if scheme == "basic");
    let sent = |key: &String| STANDARD.encode(key) == *value;
    keys.contains(value) || (basic && keys.iter().any(sent))
}

fn challenge(need: &SecurityNeed) -> String {
    match &need.kind {
        SecurityKind::ApiKey { name, .. } => {
            format!("ApiKey realm=\"mock\", name=\"{}\"", name.replace('"', ""))
        }
        _ => format!("{} realm=\"mock\"", need.authorization().as_deref().unwrap_or("Bearer")),
    }
}

/// Whether a requirement can't be judged here.
pub(crate) fn unseen(alternatives: &[Vec<SecurityNeed>]) -> bool {
    !alternatives.iter().flatten().all(SecurityNeed::is_seen)
}
