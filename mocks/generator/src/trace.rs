//! The correlation that a request brings and every upstream call made for it carries on. Main type: [`Trace`].

use crate::faults::{Fault, Faults};
use crate::stamp::Ids;
use axum::http::HeaderMap;

/// The identity of one piece of work across services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    /// W3C Trace Context, passed on unchanged.
    pub(crate) traceparent: Option<String>,
    /// `X-Correlation-ID`.
    pub(crate) correlation_id: Option<String>,
}

impl Trace {
    /// Takes what the request brought; when it brought neither header, makes a correlation id.
    pub(crate) fn of(headers: &HeaderMap) -> Trace {
        let text = |name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty())
        };
        let traceparent = text("traceparent").filter(|value| well_formed(value)).map(str::to_owned);
        let correlation_id = text("x-correlation-id").map(str::to_owned);
        if traceparent.is_none() && correlation_id.is_none() {
            return Trace { traceparent, correlation_id: Some(Ids::request()) };
        }
        Trace { traceparent, correlation_id }
    }

    /// Puts the headers on an upstream request.
    pub(crate) fn onto(
        &self,
        mut request: reqwest::RequestBuilder,
        faults: Faults,
    ) -> reqwest::RequestBuilder {
        if faults.has(Fault::DropsCorrelation) {
            return request;
        }
        if let Some(traceparent) = &self.traceparent {
            request = request.header("traceparent", traceparent);
        }
        if let Some(correlation_id) = &self.correlation_id {
            request = request.header("x-correlation-id", correlation_id);
        }
        request
    }
}

/// The shape of W3C Trace Context, section 3.2: `version-traceid-parentid-flags`; a malformed one is ignored.
fn well_formed(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    let hex = |text: &str, length| {
        text.len() == length
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    parts.len() >= 4
        && hex(parts[0], 2)
        && hex(parts[1], 32)
        && hex(parts[2], 16)
        && hex(parts[3], 2)
        && parts[1].bytes().any(|byte| byte != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (axum::http::HeaderName::from_static(name), axum::http::HeaderValue::from_static(value))
            })
            .collect()
    }

    #[test]
    fn what_came_is_kept_and_only_nothing_is_replaced() {
        let only_parent = Trace::of(&headers(&[("traceparent", PARENT)]));
        assert_eq!(only_parent, Trace { traceparent: Some(PARENT.into()), correlation_id: None });
        let only_id = Trace::of(&headers(&[("x-correlation-id", "a-1")]));
        assert_eq!(only_id, Trace { traceparent: None, correlation_id: Some("a-1".into()) });
        assert!(Trace::of(&HeaderMap::new()).correlation_id.is_some());
    }

    #[test]
    fn a_malformed_traceparent_counts_as_none() {
        for bad in ["00-xyz-1-01", "", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"] {
            let trace = Trace::of(&headers(&[("traceparent", bad)]));
            assert!(trace.traceparent.is_none() && trace.correlation_id.is_some(), "{bad}");
        }
    }
}
