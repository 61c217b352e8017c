//! What a service means by its words: [`Conventions`], read from `dryrun.toml`. They let a feature say `I preview`,
//! `what the answer claims` or `joins the session` of a service that the harness has never seen.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The conventions of the service under test. None are needed; a phrase that needs one says so.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conventions {
    /// `[preview]`: what `I preview:` sends.
    pub preview: Option<Preview>,
    /// `[[claims]]`: what the answer says when a call was made.
    pub claims: Vec<Claim>,
    /// `[calls.crm]`: names of calls by the service's key: `email = "POST /api/v1/email/send"`.
    pub calls: BTreeMap<String, BTreeMap<String, String>>,
    /// `[live]`: where sessions are.
    pub live: Live,
}

/// How a preview is asked for, and what of it a live run sends.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// Method and path: `POST /api/v2/generate-content`.
    pub request: String,
    /// Fields of the body that make it a preview: `{ preview_only = true }`.
    pub with: Map<String, Value>,
    /// Fields of the body that make it live: `{ preview_only = false, send_email = true }`.
    pub live: Map<String, Value>,
    /// What of the preview a live run sends to which service.
    #[serde(default)]
    pub sends: Vec<PreviewSend>,
}

/// A field of the preview and the field of a call that must hold the same.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviewSend {
    /// Path in the preview's answer: `newsletter.subject`, `social_posts[*].content`.
    pub field: String,
    /// Key of the service: `crm`.
    pub service: String,
    /// The call: `POST /api/v1/email/send`.
    pub call: String,
    /// Path in the call's body: `subject`. Several calls give as many values; the order does not count.
    pub sent: String,
}

/// What the answer says when a call was made: said and done, or neither.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// A check of the answer, as a feature would write it: `published_to contains "email"`.
    pub says: String,
    /// The request whose answers say it: `POST /api/v2/generate-content`. Without it, every answer.
    #[serde(default)]
    pub request: Option<String>,
    /// Key of the service: `crm`.
    pub service: String,
    /// The call: `POST /api/v1/email/send`.
    pub call: String,
    /// How many such calls there must then be: a path of the answer to a list, which has an item for each. Without
    /// it, exactly one.
    #[serde(default)]
    pub count: Option<String>,
    /// Fields that must hold the same on both sides.
    #[serde(default)]
    pub same: Vec<Same>,
}

/// A field of the answer that tells of a call, and where the call has it. One of `sent` and `answered` is given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Same {
    /// Path in the service's answer: `results.email.message_id`.
    pub answer: String,
    /// Path in the body that the service sent.
    #[serde(default)]
    pub sent: Option<String>,
    /// Path in the body that the mock answered.
    #[serde(default)]
    pub answered: Option<String>,
}

/// Where live sessions are. `{session}`, `{name}`, `{role}` and `{since}` are filled in, percent-encoded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Live {
    /// Path and query of the WebSocket: `/ws/live?session_id={session}&client_id={name}&role={role}`.
    pub join: Option<String>,
    /// Path and query that tell what was missed: `/ws/sessions/{session}/replay?since={since}`.
    pub replay: Option<String>,
    /// The message by which a client that joins knows that it is in: `type is "welcome"`. `joins` and `reconnects`
    /// wait for it, since a connection may be open before the service has taken its client into the session.
    pub welcome: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conventions_are_read_and_misspelt_ones_refused() {
        let conventions: Conventions = serde_json::from_value(json!({
            "preview": {"request": "POST /x", "with": {"preview": true}, "live": {"preview": false},
                        "sends": [{"field": "a", "service": "crm", "call": "POST /y", "sent": "b"}]},
            "claims": [{"says": "done contains \"email\"", "service": "crm", "call": "POST /y",
                        "same": [{"answer": "id", "answered": "message_id"}]}],
            "calls": {"crm": {"email": "POST /y"}},
            "live": {"join": "/ws?session={session}"}
        }))
        .unwrap();
        assert_eq!(conventions.claims[0].count, None);
        assert_eq!(conventions.calls["crm"]["email"], "POST /y");
        let error = serde_json::from_value::<Conventions>(json!({"live": {"jion": "/"}})).unwrap_err();
        assert!(error.to_string().contains("unknown field `jion`"), "{error}");
    }
}
