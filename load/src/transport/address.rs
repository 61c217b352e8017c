//! Where the service listens: `Address`; and a path there: [`Target`].

use std::cell::Cell;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Uri;
use hyper::header::HeaderValue;
use reqwest::Url;

/// Why a service can't be reached at all.
#[derive(Debug, thiserror::Error)]
#[error("the service's address {base}: {message}")]
pub struct AddressError {
    /// The address as it was given, without credentials.
    pub base: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

/// A path with its query at the service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Target {
    /// As it stands in the request's first line.
    pub(super) uri: Uri,
    /// The whole address, for https.
    pub(super) url: Option<Box<Url>>,
}

impl Target {
    /// The path, base path included, percent-encoded.
    #[must_use]
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// Behind the `?`, percent-encoded; empty if there is none.
    #[must_use]
    pub fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }
}

#[derive(Debug)]
pub(super) struct Address {
    /// Without credentials, and without a slash at the end.
    base: String,
    url: Url,
    pub(super) secure: bool,
    pub(super) host: HeaderValue,
    /// What `user:password@` in the address stands for.
    pub(super) credentials: Option<HeaderValue>,
    /// All addresses of the host, at least one.
    pub(super) sockets: Vec<SocketAddr>,
    /// Which of them answered last.
    pub(super) good: Cell<usize>,
}

impl Address {
    pub(super) fn new(base: &str) -> Result<Self, AddressError> {
        let parsed = base.parse::<Url>();
        let shown = match &parsed {
            Ok(url) => without_credentials(url).to_string(),
            // What can't be read may still hold a password.
            Err(_) => base.rsplit('@').next().unwrap_or_default().to_owned(),
        };
        let wrong = |message: String| AddressError { base: shown.clone(), message };
        let url = parsed.map_err(|error| wrong(format!("{error}; write `http://127.0.0.1:8080`")))?;
        let secure = match url.scheme() {
            "http" => false,
            "https" => true,
            other => return Err(wrong(format!("`{other}` is no scheme for a load; write http or https"))),
        };
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong(
                "an address of a service has no query and no fragment; leave them out".to_owned(),
            ));
        }
        let name = url.host_str().ok_or_else(|| wrong("it names no host".to_owned()))?;
        let sockets =
            url.socket_addrs(|| None).map_err(|error| wrong(format!("cannot find the host: {error}")))?;
        if sockets.is_empty() {
            return Err(wrong("the host has no address".to_owned()));
        }
        let host = match url.port() {
            Some(port) => format!("{name}:{port}"),
            None => name.to_owned(),
        };
        let host = HeaderValue::from_str(&host).map_err(|_| wrong("its host is no host".to_owned()))?;
        let credentials = credentials(&url);
        let url = without_credentials(&url);
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { base, url, secure, host, credentials, sockets, good: Cell::new(0) })
    }

    pub(super) fn target(&self, path: &str) -> Result<Target, String> {
        let whole = if path.starts_with('/') {
            format!("{}{path}", self.base)
        } else if path.starts_with("http://") || path.starts_with("https://") {
            path.to_owned()
        } else {
            return Err(format!("`{path}` is no path of the service; a path begins with a slash: `/{path}`"));
        };
        let url: Url = whole.parse().map_err(|error| format!("`{path}` is no path: {error}"))?;
        if url.origin() != self.url.origin() {
            return Err(format!("`{path}` is not at {}: a load goes to one service", self.base));
        }
        let line = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let uri = line.parse().map_err(|error| format!("`{path}` is no path: {error}"))?;
        Ok(Target { uri, url: self.secure.then(|| Box::new(url)) })
    }

    pub(super) fn serves(&self, address: &str) -> bool {
        address.parse::<Url>().is_ok_and(|url| url.origin() == self.url.origin())
    }

    /// The host's name, as certificates have it.
    pub(super) fn name(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }
}

fn without_credentials(url: &Url) -> Url {
    let mut url = url.clone();
    // Only addresses without a host refuse, and these have no credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

fn credentials(url: &Url) -> Option<HeaderValue> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let plain = |text: &str| percent_decoded(text);
    let mut pair = plain(url.username());
    pair.push(b':');
    pair.extend(plain(url.password().unwrap_or_default()));
    let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// `%40` is `@`; anything else stays.
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let hex = (first == b'%').then(|| behind.get(..2)).flatten();
        let byte = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte {
            Some(byte) => {
                plain.push(byte);
                rest = &behind[2..];
            }
            None => {
                plain.push(first);
                rest = behind;
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(base: &str) -> Address {
        Address::new(base).expect("an address")
    }

    fn wrong(base: &str) -> String {
        Address::new(base).expect_err("no address").to_string()
    }

    #[test]
    fn a_path_goes_below_the_base_path_and_keeps_its_query() {
        let target = at("http://127.0.0.1:81/base/").target("/a b?x=1&y=ü").expect("a path");
        assert_eq!((target.path(), target.query()), ("/base/a%20b", "x=1&y=%C3%BC"));
        assert_eq!(at("http://127.0.0.1").target("/").expect("a path").path(), "/");
    }

    #[test]
    fn a_whole_address_is_taken_when_it_is_of_this_service() {
        let address = at("http://127.0.0.1:81/base");
        assert_eq!(address.target("http://127.0.0.1:81/x").expect("its own").path(), "/x");
        let error = address.target("http://127.0.0.1:82/x").expect_err("another's");
        assert!(error.contains("not at http://127.0.0.1:81/base"), "{error}");
        assert!(address.serves("http://127.0.0.1:81/y") && !address.serves("https://127.0.0.1:81/y"));
    }

    #[test]
    fn a_path_without_a_slash_is_told_how_to_be_one() {
        assert!(at("http://127.0.0.1").target("x").expect_err("no path").contains("`/x`"));
    }

    #[test]
    fn the_host_is_named_with_its_port_unless_it_is_the_usual_one() {
        assert_eq!(at("http://127.0.0.1:81").host, "127.0.0.1:81");
        assert_eq!(at("http://127.0.0.1:80").host, "127.0.0.1");
        let six = at("http://[::1]:81");
        assert_eq!((six.host.to_str().expect("text"), six.sockets[0].is_ipv6()), ("[::1]:81", true));
        assert_eq!(six.sockets[0].port(), 81);
    }

    #[test]
    fn credentials_become_a_header_and_are_shown_nowhere() {
        let address = at("http://us%40er:pa%3Ass@127.0.0.1:81");
        let wanted = format!("Basic {}", STANDARD.encode("us@er:pa:ss"));
        let value = address.credentials.as_ref().expect("credentials");
        assert_eq!(value.to_str().expect("text"), wanted);
        assert!(!format!("{address:?}").contains("pa:ss") && !format!("{address:?}").contains(&wanted));
        let error = wrong("ftp://user:hidden@127.0.0.1/");
        assert!(error.contains("ftp") && !error.contains("hidden"), "{error}");
        assert!(!wrong("http://user:hidden@:x/").contains("hidden"));
    }

    #[test]
    fn what_is_no_address_of_a_service_says_why() {
        assert!(wrong("127.0.0.1:80").contains("http://127.0.0.1:8080"));
        assert!(wrong("http://127.0.0.1/?a=1").contains("no query"));
        assert!(wrong("http://no-such-host.invalid/").contains("cannot find the host"));
    }
}
