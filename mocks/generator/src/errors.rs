//! What the service answers when it can't do what was asked. Main type: [`ApiError`].

use crate::faults::{Fault, Faults};
use crate::validation::Issue;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer other than success: `{detail: text}`, or `{detail: [{loc, msg, type}]}` for a malformed request.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl ApiError {
    /// `{detail: text}` under a status.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> ApiError {
        ApiError { status, body: json!({"detail": detail.into()}) }
    }

    /// 400: understood, but not possible.
    pub(crate) fn bad_request(detail: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 401: no key, the wrong key or the wrong signature.
    pub(crate) fn unauthorized(detail: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::UNAUTHORIZED, detail)
    }

    /// 404: an id or a path that is not known.
    pub(crate) fn not_found(detail: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, detail)
    }

    /// 422: a request of the wrong shape, with everything that is wrong with it.
    pub(crate) fn malformed(issues: &[Issue], faults: Faults) -> ApiError {
        if faults.has(Fault::MalformedGives500) {
            return ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
        }
        if faults.has(Fault::MalformedGives200) {
            return ApiError { status: StatusCode::OK, body: json!({"status": "success", "errors": []}) };
        }
        let issues: Vec<Value> = issues.iter().map(Issue::to_json).collect();
        ApiError { status: StatusCode::UNPROCESSABLE_ENTITY, body: json!({ "detail": issues }) }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}
