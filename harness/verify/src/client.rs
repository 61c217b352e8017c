//! The [`Client`] that speaks to the provider, at its pace and with its credentials, and to our mock with neither.

use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::answer::{Answer, Wire};
use crate::auth::Auth;
use crate::error::VerifyError;

/// The longest answer that is read, in bytes.
const LONGEST: usize = 16 << 20;

/// So many redirects are followed.
const MOST_REDIRECTS: usize = 5;

/// Why there is no answer. None of these texts holds a URL: a query may carry a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Silence {
    /// Nobody listens, or no secure channel came about.
    Unreachable(String),
    /// Not in time.
    Late(String),
    /// The connection broke off, or the answer can't be read.
    Broken(String),
}

impl std::fmt::Display for Silence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(text) | Self::Late(text) | Self::Broken(text) => f.write_str(text),
        }
    }
}

/// One end that is spoken to.
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    auth: Auth,
    timeout: Duration,
}

impl Client {
    pub(crate) fn new(base: &str, auth: Auth, timeout: Duration) -> Result<Self, VerifyError> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("dryrun-verify/", env!("CARGO_PKG_VERSION")))
            .timeout(timeout)
            .build()
            .map_err(|error| VerifyError::Client { reason: causes(&error) })?;
        Ok(Self { http, base: address(base)?, auth, timeout })
    }

    /// Sends a request. Redirects of a read are followed on the same host, unless `keep` says that one is the answer.
    pub(crate) async fn send(
        &self,
        wire: &Wire,
        keep: impl Fn(u16) -> bool,
    ) -> Result<(Answer, Vec<String>), Silence> {
        let mut url = self.url(&wire.path, &wire.query);
        let mut passed = Vec::new();
        loop {
            let answer = self.once(wire, url.clone()).await?;
            let redirect = matches!(answer.status, 301 | 302 | 303 | 307 | 308) && !keep(answer.status);
            let next = answer.header("location").and_then(|to| url.join(to).ok());
            let reads = matches!(wire.method.as_str(), "GET" | "HEAD");
            match next {
                Some(next)
                    if redirect && reads && passed.len() < MOST_REDIRECTS && same_host(&url, &next) =>
                {
                    passed.push(format!("{} to {}", answer.status, next.path()));
                    // The server's own address has lost what we add to every query.
                    url = self.with_credentials(next);
                }
                _ => return Ok((answer, passed)),
            }
        }
    }

    fn url(&self, path: &str, query: &str) -> Url {
        let mut url = self.base.clone();
        let base = self.base.path().trim_end_matches('/');
        url.set_path(&format!("{base}{path}"));
        url.set_query((!query.is_empty()).then_some(query));
        self.with_credentials(url)
    }

    fn with_credentials(&self, mut url: Url) -> Url {
        for (name, value) in self.auth.query() {
            if !url.query_pairs().any(|(known, _)| known == name) {
                url.query_pairs_mut().append_pair(&name, &value);
            }
        }
        url
    }

    async fn once(&self, wire: &Wire, url: Url) -> Result<Answer, Silence> {
        let broken = |text: String| Silence::Broken(text);
        let method = Method::from_bytes(wire.method.as_bytes())
            .map_err(|_| broken(format!("`{}` is no HTTP method", wire.method)))?;
        let mut headers = HeaderMap::new();
        for (name, value) in wire.headers.iter().chain(&self.auth.headers()) {
            let key = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| broken(format!("`{name}` is no name of a header")))?;
            let value = HeaderValue::from_str(value).map_err(|_| {
                broken(format!("the value of header `{name}` has characters that no header may have"))
            })?;
            headers.insert(key, value);
        }
        let started = Instant::now();
        let mut request = self.http.request(method, url).headers(headers);
        if !wire.body.is_empty() {
            request = request.body(wire.body.clone());
        }
        let mut response = request.send().await.map_err(|error| self.silence(error))?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| self.silence(error))? {
            if body.len() + part.len() > LONGEST {
                return Err(broken(format!("the answer is longer than {} MiB", LONGEST >> 20)));
            }
            body.extend_from_slice(&part);
        }
        Ok(Answer { status, headers, body, took: started.elapsed() })
    }

    fn silence(&self, error: reqwest::Error) -> Silence {
        let error = error.without_url();
        if error.is_timeout() {
            return Silence::Late(format!("no complete answer within {:?}", self.timeout));
        }
        let text = causes(&error);
        if error.is_connect() { Silence::Unreachable(text) } else { Silence::Broken(text) }
    }
}

/// The address of a provider. A credential in it is refused: it would stand in shell histories and reports.
pub(crate) fn address(text: &str) -> Result<Url, VerifyError> {
    let shown =
        text.split_once("://").map_or(text, |(_, rest)| rest.rsplit_once('@').map_or(text, |(_, host)| host));
    let shown = shown.split(['?', '#']).next().unwrap_or_default();
    let wrong = |reason: &str| VerifyError::Url { url: shown.to_owned(), reason: reason.to_owned() };
    let url: Url = text.parse().map_err(|_| wrong("it can't be read as a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong("it must begin with http:// or https:// and a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it holds a credential; name a variable with --basic-env instead"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong(
            "it may have a path, but no query and no fragment (--auth-query adds a key to every query)",
        ));
    }
    Ok(url)
}

/// Whether credentials may go along: the same host and port, or the secure port of the same host.
fn same_host(from: &Url, to: &Url) -> bool {
    let upgrade = from.scheme() == "http" && to.scheme() == "https";
    let port = |url: &Url| url.port_or_known_default();
    let ports = port(from) == port(to) && from.scheme() == to.scheme()
        || upgrade && port(from) == Some(80) && port(to) == Some(443);
    from.host_str() == to.host_str() && ports
}

/// An error with what caused it.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_no_credential() {
        assert!(address("https://api.example.com/v1").is_ok());
        for wrong in ["https://ana:pw@example.com", "ftp://x", "example.com", "https://x/?key=abc", ""] {
            let error = address(wrong).unwrap_err().to_string();
            assert!(!error.contains("pw") && !error.contains("abc"), "{error}");
        }
    }

    #[test]
    fn redirects_stay_on_the_host() {
        let url = |text: &str| text.parse::<Url>().unwrap();
        assert!(same_host(&url("http://a:81/x"), &url("http://a:81/y")));
        assert!(same_host(&url("http://a/x"), &url("https://a/x")));
        for other in ["http://b:81/x", "http://a:82/x", "https://a/x"] {
            assert!(!same_host(&url("http://a:81/x"), &url(other)), "{other}");
        }
        assert!(!same_host(&url("https://a/x"), &url("http://a/x")), "no way back to plain text");
    }

    #[test]
    fn paths_are_put_behind_the_base() {
        let auth =
            Auth::from_env(vec![crate::auth::Credential::query("key=K").unwrap()], |_| Some("v 123".into()));
        let client =
            Client::new("https://api.example.com/crm/", auth.unwrap(), Duration::from_secs(1)).unwrap();
        assert_eq!(
            client.url("/a/b%2Fc", "x=1").as_str(),
            "https://api.example.com/crm/a/b%2Fc?x=1&key=v+123"
        );
    }
}
