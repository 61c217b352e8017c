//! Cache invalidation, by key and by signed webhook.

use crate::app::App;
use crate::cache::{self, Selection, TARGETS};
use crate::errors::ApiError;
use crate::faults::Fault;
use crate::incoming::Incoming;
use crate::stamp;
use crate::trace::Trace;
use axum::Json;
use axum::extract::State;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

type Shared = State<Arc<App>>;

/// A webhook is told for at most this long.
const WEBHOOK_PATIENCE: Duration = Duration::from_secs(2);

/// `POST /api/v1/cache/invalidate`.
pub(crate) async fn invalidate(State(app): Shared, incoming: Incoming) -> Result<Json<Value>, ApiError> {
    incoming.keyed(&app)?;
    carry_out(&app, &incoming).await
}

/// `POST /api/v1/cache/webhook`: `X-Signature` is checked before the body is read.
pub(crate) async fn webhook(State(app): Shared, incoming: Incoming) -> Result<Json<Value>, ApiError> {
    let signature = incoming.headers.get("x-signature").and_then(|value| value.to_str().ok());
    let signed = signature
        .is_some_and(|signature| verify(app.settings.webhook_secret.as_bytes(), &incoming.body, signature));
    if !signed && !app.settings.faults.has(Fault::WebhookUnsignedAccepted) {
        return Err(ApiError::unauthorized(match signature {
            None => "Missing signature: send X-Signature, the HMAC-SHA256 of the body in hexadecimal",
            Some(_) => "Invalid signature",
        }));
    }
    carry_out(&app, &incoming).await
}

async fn carry_out(app: &App, incoming: &Incoming) -> Result<Json<Value>, ApiError> {
    let started = Instant::now();
    let (selection, reason, webhook_url) = incoming.read(app, Vec::new(), |fields| {
        let selection = Selection {
            targets: fields.texts("targets", 10, Some(TARGETS)),
            keys: fields.texts_or_none("keys", None).unwrap_or_default(),
            patterns: fields.texts_or_none("patterns", None).unwrap_or_default(),
            force: fields.flag("force", false),
        };
        for (name, list) in [("keys", &selection.keys), ("patterns", &selection.patterns)] {
            if list.iter().any(String::is_empty) {
                fields.issue(name, "Every entry should have at least 1 character", "string_too_short");
            }
            if list.iter().any(|entry| entry.chars().count() > 500) {
                fields.issue(name, "Every entry should have at most 500 characters", "string_too_long");
            }
        }
        let url = fields.text_or_none("webhook_url").and_then(|text| {
            let url = url::Url::parse(&text).ok();
            if url.is_none() {
                fields.issue("webhook_url", "Input should be a valid URL", "url_parsing");
            }
            url
        });
        (selection, fields.bounded_or_none("reason", (0, 500)), url)
    })?;
    let removed = app.cache.invalidate(&selection);
    let mut answer = json!({
        "success": true,
        "request_id": app.ids.uuid(),
        "status": "completed",
        "targets_processed": removed,
        "keys_invalidated": cache::total(&removed),
        "errors": [],
        "reason": reason,
        "timestamp": stamp::now(),
    });
    if let Some(url) = webhook_url
        && let Err(error) = notify(url, &answer, &incoming.trace).await
    {
        answer["status"] = json!("partial");
        answer["errors"] = json!([error]);
    }
    answer["duration_ms"] = json!(started.elapsed().as_secs_f64() * 1000.0);
    Ok(Json(answer))
}

/// Tells a webhook on this machine what was invalidated. No other host is ever called.
async fn notify(url: url::Url, answer: &Value, trace: &Trace) -> Result<(), String> {
    let local = match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(url::Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    };
    if !local || !matches!(url.scheme(), "http" | "https") {
        return Err(format!("webhook {url} refused: only http addresses of this machine are called"));
    }
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(WEBHOOK_PATIENCE)
        .build()
        .map_err(|error| format!("webhook {url} failed: {error}"))?;
    let request = trace.onto(client.post(url.clone()).json(answer), crate::faults::Faults::default());
    match request.send().await {
        Ok(response) if response.status().is_success() => Ok(()),
        Ok(response) => Err(format!("webhook {url} answered {}", response.status().as_u16())),
        Err(error) => Err(format!("webhook {url} failed: {}", error.without_url())),
    }
}

/// Does the signature, `sha256=` or not before it, fit the body? Compared in constant time.
fn verify(secret: &[u8], body: &[u8], signature: &str) -> bool {
    let signature = signature.strip_prefix("sha256=").unwrap_or(signature);
    let Some(bytes) = unhex(signature) else { return false };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return false };
    mac.update(body);
    mac.verify_slice(&bytes).is_ok()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_fits_its_body_and_secret_only() {
        // RFC 4231, test case 2.
        let (key, data) = (b"Jefe", b"what do ya want for nothing?");
        let good = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert!(verify(key, data, good));
        assert!(verify(key, data, &format!("sha256={}", good.to_uppercase())));
        assert!(!verify(b"jefe", data, good));
        assert!(!verify(key, b"what do ya want", good));
        for bad in ["", "5b", "zz", "5bd", &good[..62], "sha256="] {
            assert!(!verify(key, data, bad), "{bad}");
        }
    }
}
