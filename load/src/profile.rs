//! [`Profile`]: what load to make, read from `load/profiles/*.toml`.

use std::path::Path;

use serde::Deserialize;

use crate::error::LoadError;

/// A load profile: closed users who work through weighted requests, for a time or for a number of requests.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The file's name without its ending.
    #[serde(skip)]
    pub name: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// Users who work at the same time; each sends its next request when the answer before it has arrived.
    pub users: usize,
    /// How long all users work, in seconds. Either this or `requests`.
    pub duration_s: Option<u64>,
    /// How many requests all users send together.
    pub requests: Option<u64>,
    /// For all requests together.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// What is sent.
    #[serde(default)]
    pub request: Vec<Request>,
}

/// One kind of request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Names it in results; unique in the profile.
    pub name: String,
    /// How often it is sent, relative to the others.
    #[serde(default = "one")]
    pub weight: usize,
    /// `GET` unless said otherwise.
    #[serde(default = "get")]
    pub method: String,
    /// Below the target's address, with its query.
    pub path: String,
    /// A table or array is sent as JSON, a string as it stands; both as `application/json`.
    pub body: Option<serde_json::Value>,
    /// For this kind of request alone.
    #[serde(default)]
    pub thresholds: Thresholds,
}

/// What a run must keep. An absent one is not judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// 95% of the requests must end within so many milliseconds.
    pub p95_ms: Option<f64>,
    /// At most so many percent may fail, 0 to 100.
    pub max_fail_percent: Option<f64>,
}

impl Thresholds {
    fn wrong(self) -> Option<&'static str> {
        match self {
            Self { p95_ms: Some(ms), .. } if !(ms > 0.0 && ms.is_finite()) => {
                Some("p95_ms must be above 0 milliseconds")
            }
            Self { max_fail_percent: Some(percent), .. } if !(0.0..=100.0).contains(&percent) => {
                Some("max_fail_percent must be between 0 and 100")
            }
            _ => None,
        }
    }
}

fn one() -> usize {
    1
}

fn get() -> String {
    "GET".to_owned()
}

impl Profile {
    /// Reads and checks a profile.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| LoadError::Read { path: shown.clone(), source })?;
        let mut profile = Self::parse(&shown, &text)?;
        profile.name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(profile)
    }

    /// Checks the text of a profile; `path` names it in errors and gives its name.
    pub fn parse(path: &str, text: &str) -> Result<Self, LoadError> {
        let fail = |line, message| LoadError::Profile { path: path.to_owned(), line, message };
        let mut profile: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().map_or("", |span| &text[..span.start.min(text.len())]);
            fail(before.matches('\n').count() + 1, suggest(error.message()))
        })?;
        profile.name = path.to_owned();
        profile.wrong().map_or(Ok(profile), |(anchor, message)| Err(fail(anchor.line(text), message)))
    }

    fn wrong(&self) -> Option<(Anchor, String)> {
        let top = |key, message: &str| Some((Anchor::Key(key), message.to_owned()));
        match (self.duration_s, self.requests) {
            (None, None) => return top("users", "say how long: `duration_s = 10` or `requests = 200`"),
            (Some(_), Some(_)) => {
                return top("requests", "duration_s and requests exclude each other; keep one");
            }
            (Some(0), _) => return top("duration_s", "duration_s must be at least 1 second"),
            (_, Some(0)) => return top("requests", "requests must be at least 1"),
            _ => {}
        }
        if self.users == 0 {
            return top("users", "users must be at least 1");
        }
        if self.request.is_empty() {
            return top("users", "nothing to send: add a [[request]] with name and path");
        }
        if let Some(message) = self.thresholds.wrong() {
            return top("[thresholds]", message);
        }
        let wrong = |(at, request): (usize, &Request)| {
            let name = &request.name;
            let twice = self.request[..at].iter().any(|other| other.name == *name);
            let body = request.body.as_ref().map(ToString::to_string).unwrap_or_default();
            let message = if name.is_empty() || twice {
                "each request needs a name of its own".to_owned()
            } else if request.weight == 0 {
                "weight must be at least 1; leave the request out to send none".to_owned()
            } else if !request.path.starts_with('/') {
                format!("path {:?} must start with /; the target's address is put before it", request.path)
            } else if reqwest::Method::from_bytes(request.method.as_bytes()).is_err() {
                format!("{:?} is no HTTP method", request.method)
            } else if body.contains("$__toml_private_datetime") {
                "JSON has no dates: put the date in the body between quotes".to_owned()
            } else {
                request.thresholds.wrong()?.to_owned()
            };
            Some((Anchor::Request(at), format!("request {name:?}: {message}")))
        };
        self.request.iter().enumerate().find_map(wrong)
    }
}

/// What a message is about, to find its line.
enum Anchor {
    Key(&'static str),
    /// The nth `[[request]]`, from 0.
    Request(usize),
}

impl Anchor {
    fn line(&self, text: &str) -> usize {
        let mut lines = text.lines().map(str::trim_start);
        let at = match self {
            Self::Key(key) => lines.position(|line| line.starts_with(key)),
            Self::Request(nth) => {
                let mut heads = lines.enumerate().filter(|(_, line)| line.starts_with("[[request]]"));
                heads.nth(*nth).map(|(at, _)| at)
            }
        };
        at.map_or(1, |at| at + 1)
    }
}

/// Adds the nearest known key to serde's "unknown field `x`, expected one of `a`, `b`".
fn suggest(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let [unknown, known @ ..] = quoted.as_slice() else { return message.to_owned() };
    let shared = |key: &str| {
        let start = key.chars().zip(unknown.chars()).take_while(|(a, b)| a == b).count();
        let end = key.chars().rev().zip(unknown.chars().rev()).take_while(|(a, b)| a == b).count();
        start + end
    };
    match known.iter().max_by_key(|key| shared(key)) {
        Some(nearest) if message.starts_with("unknown field") && shared(nearest) * 2 >= unknown.len() => {
            format!("unknown key `{unknown}`; did you mean `{nearest}`?")
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        Profile::parse("p.toml", text).expect_err("it must be refused").to_string()
    }

    #[test]
    fn the_shipped_profile_is_one() {
        let profile =
            Profile::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/smoke.toml")).unwrap();
        assert_eq!((profile.name.as_str(), profile.duration_s), ("smoke", Some(10)));
        assert!(profile.thresholds.p95_ms.is_some());
    }

    #[test]
    fn what_is_wrong_is_said_with_line_and_suggestion() {
        let head = "users = 2\nrequests = 5\n";
        let request = "[[request]]\nname = \"a\"\npath = \"/\"\n";
        assert_eq!(wrong("# two\nuserz = 2\n"), "p.toml:2: unknown key `userz`; did you mean `users`?");
        assert_eq!(
            wrong(&format!("{head}{request}thresholds = {{ p99_ms = 1 }}\n")),
            "p.toml:6: unknown key `p99_ms`; did you mean `p95_ms`?"
        );
        assert!(wrong("users = \"two\"\n").starts_with("p.toml:1: invalid type"));
        assert!(wrong(&format!("users = 2\n{request}")).contains("p.toml:1: say how long"));
        assert!(
            wrong(&format!("{head}duration_s = 1\n{request}")).contains("p.toml:2: duration_s and requests")
        );
        assert!(wrong(head).contains("nothing to send"));
        let twice = wrong(&format!("{head}{request}{request}"));
        assert_eq!(twice, "p.toml:6: request \"a\": each request needs a name of its own");
        assert!(wrong(&format!("{head}{request}body = {{ at = 2026-01-24 }}\n")).contains("between quotes"));
        assert!(wrong(&format!("{head}{request}weight = 0\n")).contains("weight must be at least 1"));
    }
}
