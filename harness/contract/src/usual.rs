//! Headers that an answer may have without being documented: those of HTTP itself, of connections and caches, of
//! frameworks, gateways and tracing. Everything else is a promise of the service, and belongs into its contract.

/// In lower case, sorted. See docs/openapi-support.md, which lists them.
pub const USUAL_HEADERS: [&str; 71] = [
    "accept",
    "accept-ch",
    "accept-encoding",
    "accept-patch",
    "accept-post",
    "accept-ranges",
    "age",
    "allow",
    "alt-svc",
    "baggage",
    "cache-control",
    "clear-site-data",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-range",
    "content-security-policy",
    "content-security-policy-report-only",
    "content-type",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "etag",
    "expect-ct",
    "expires",
    "feature-policy",
    "keep-alive",
    "last-modified",
    "nel",
    "origin-agent-cluster",
    "permissions-policy",
    "pragma",
    "preference-applied",
    "referrer-policy",
    "report-to",
    "reporting-endpoints",
    "request-id",
    "retry-after",
    "server",
    "server-timing",
    "strict-transport-security",
    "timing-allow-origin",
    "trace-id",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
    "via",
    "www-authenticate",
    "x-aspnet-version",
    "x-cache",
    "x-cache-hits",
    "x-content-type-options",
    "x-correlation-id",
    "x-dns-prefetch-control",
    "x-download-options",
    "x-frame-options",
    "x-mock-service",
    "x-permitted-cross-domain-policies",
    "x-powered-by",
    "x-process-time",
    "x-request-id",
    "x-runtime",
    "x-trace-id",
    "x-xss-protection",
];

/// In lower case: what begins so is usual, too.
pub const USUAL_PREFIXES: [&str; 12] = [
    "access-control-",
    "cf-",
    "proxy-",
    "sec-",
    "x-amz-",
    "x-amzn-",
    "x-b3-",
    "x-dryrun-",
    "x-envoy-",
    "x-forwarded-",
    "x-served-",
    "x-timer",
];

/// Longer names are never usual.
const LONGEST: usize = 64;

/// Whether a header may be there without being documented; case does not count.
pub(crate) fn is_usual(name: &str) -> bool {
    let mut buffer = [0; LONGEST];
    let Some(lower) = buffer.get_mut(..name.len()) else {
        return false;
    };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    let lower = &*lower;
    USUAL_HEADERS.binary_search_by(|known| known.as_bytes().cmp(lower)).is_ok()
        || USUAL_PREFIXES.iter().any(|prefix| lower.starts_with(prefix.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_headers_are_known_in_any_case() {
        assert!(USUAL_HEADERS.is_sorted());
        for usual in ["Date", "X-REQUEST-ID", "access-control-allow-origin", "CF-Ray", "etag"] {
            assert!(is_usual(usual), "{usual}");
        }
        for own in ["X-Total-Count", "Location", "Set-Cookie", "X-RateLimit-Limit", "", &"x".repeat(100)] {
            assert!(!is_usual(own), "{own}");
        }
    }
}
