//! One request as the handlers see it. Main type: [`Incoming`].

use crate::app::App;
use crate::errors::ApiError;
use crate::query::Query;
use crate::trace::Trace;
use crate::validation::{self, Fields, Issue};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};
use std::future::Future;
use std::sync::Arc;

/// Everything of a request but its path parameters.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) trace: Trace,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    path: String,
    raw_query: String,
}

impl FromRequest<Arc<App>> for Incoming {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Incoming, ApiError> {
        let headers = request.headers().clone();
        let trace = request.extensions().get::<Trace>().cloned().unwrap_or_else(|| Trace::of(&headers));
        let path = request.uri().path().to_owned();
        let raw_query = request.uri().query().unwrap_or_default().to_owned();
        let body = Bytes::from_request(request, app).await.map_err(|rejection| {
            let status = rejection.status();
            let detail = if status == StatusCode::PAYLOAD_TOO_LARGE {
                "The body is too large"
            } else {
                "The body can't be read"
            };
            ApiError::new(status, detail)
        })?;
        Ok(Incoming { trace, query: Query::parse(Some(&raw_query)), headers, body, path, raw_query })
    }
}

impl Incoming {
    /// Refuses a request without the right `X-API-Key`.
    pub(crate) fn keyed(&self, app: &App) -> Result<(), ApiError> {
        match self.headers.get("x-api-key") {
            Some(key) if same(key.as_bytes(), app.settings.api_key.as_bytes()) => Ok(()),
            Some(_) => Err(ApiError::unauthorized("Invalid API key")),
            None => Err(ApiError::unauthorized("Missing API key: send it as X-API-Key")),
        }
    }

    /// Reads the fields of the body and refuses the request when anything in it, or in `issues`, is wrong.
    pub(crate) fn read<T>(
        &self,
        app: &App,
        mut issues: Vec<Issue>,
        read: impl FnOnce(&mut Fields<'_>) -> T,
    ) -> Result<T, ApiError> {
        let map = match self.json().and_then(|()| validation::object(&self.body)) {
            Ok(map) => map,
            Err(found) => {
                issues.extend(found);
                return Err(ApiError::malformed(&issues, app.settings.faults));
            }
        };
        let mut fields = Fields::body(&map);
        let value = read(&mut fields);
        issues.extend(fields.finish().err().unwrap_or_default());
        accept(app, &issues).map(|()| value)
    }

    /// Refuses a body that does not say that it is JSON.
    fn json(&self) -> Result<(), Vec<Issue>> {
        let said = self.headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let bare = said.as_deref().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let bare = bare.to_ascii_lowercase();
        if self.body.is_empty() || bare == "application/json" || bare.ends_with("+json") {
            return Ok(());
        }
        let msg = "The body must be JSON, sent with the header Content-Type: application/json";
        Err(vec![Issue { loc: vec![json!("body")], msg: msg.to_owned(), kind: "media_type" }])
    }

    /// Carries out work once per `Idempotency-Key`.
    pub(crate) async fn once(
        &self,
        app: &App,
        work: impl Future<Output = (StatusCode, Value)> + Send + 'static,
    ) -> Result<Response, ApiError> {
        let request: [&[u8]; 3] = [self.path.as_bytes(), self.raw_query.as_bytes(), &self.body];
        app.idempotency.run(&self.headers, &request, work).await
    }
}

/// The id in a path. One that is no text can't be known: 404, like any other unknown id.
#[derive(Clone, Debug)]
pub(crate) struct Id(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Id, ApiError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Id(id)),
            Err(_) => Err(ApiError::not_found("Not Found")),
        }
    }
}

/// Refuses a request with issues.
pub(crate) fn accept(app: &App, issues: &[Issue]) -> Result<(), ApiError> {
    if issues.is_empty() { Ok(()) } else { Err(ApiError::malformed(issues, app.settings.faults)) }
}

/// Compares in a time that does not depend on where two texts differ.
fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn keys_are_compared_whole() {
        assert!(same(b"dev-key", b"dev-key"));
        assert!(!same(b"dev-key", b"dev-kez") && !same(b"dev-key", b"dev") && !same(b"", b"d"));
    }
}
