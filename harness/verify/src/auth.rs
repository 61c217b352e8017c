//! Credentials, from the environment only: [`Auth`].

use base64::Engine as _;
use dryrun_record::Masker;

use crate::error::VerifyError;

/// A shorter credential could not be kept out of the reports: its characters stand in ordinary words, too.
const SHORTEST: usize = 4;

/// Where a credential goes, and which variable holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// `Authorization: Bearer $VARIABLE`.
    Bearer {
        /// Name of the variable.
        variable: String,
    },
    /// `Authorization: Basic …` of a variable that holds `user:password`.
    Basic {
        /// Name of the variable.
        variable: String,
    },
    /// A header whose whole value is the variable's.
    Header {
        /// Name of the header.
        name: String,
        /// Name of the variable.
        variable: String,
    },
    /// A parameter of the query.
    Query {
        /// Name of the parameter.
        name: String,
        /// Name of the variable.
        variable: String,
    },
}

impl Credential {
    /// Reads `X-API-Key=CRM_KEY`, for a header.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn header(text: &str) -> Result<Self, VerifyError> {
        let (name, variable) = pair("--auth-header", text, "X-API-Key=CRM_KEY")?;
        if reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_err() {
            let reason = format!("`{name}` is no name of a header");
            return Err(VerifyError::Credential { option: format!("--auth-header {text}"), reason });
        }
        Ok(Self::Header { name, variable })
    }

    /// Reads `api_key=CRM_KEY`, for a parameter of the query.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn query(text: &str) -> Result<Self, VerifyError> {
        let (name, variable) = pair("--auth-query", text, "api_key=CRM_KEY")?;
        Ok(Self::Query { name, variable })
    }

    fn variable(&self) -> &str {
        match self {
            Self::Bearer { variable }
            | Self::Basic { variable }
            | Self::Header { variable, .. }
            | Self::Query { variable, .. } => variable,
        }
    }

    fn option(&self) -> String {
        match self {
            Self::Bearer { variable } => format!("--bearer-env {variable}"),
            Self::Basic { variable } => format!("--basic-env {variable}"),
            Self::Header { name, variable } => format!("--auth-header {name}={variable}"),
            Self::Query { name, variable } => format!("--auth-query {name}={variable}"),
        }
    }
}

fn pair(option: &str, text: &str, example: &str) -> Result<(String, String), VerifyError> {
    let named = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match text.split_once('=') {
        Some((name, variable)) if !name.is_empty() && named(variable) => {
            Ok((name.to_owned(), variable.to_owned()))
        }
        // What was given may be the secret itself, by mistake: it is not repeated.
        _ => Err(VerifyError::Credential {
            option: option.to_owned(),
            reason: format!(
                "name where it goes and the environment variable that holds it: {option} {example}"
            ),
        }),
    }
}

/// The credentials of a verification with their values. Its `Debug` shows names only.
#[derive(Clone, Default)]
pub struct Auth(Vec<(Credential, String)>);

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(credential, _)| credential)).finish()
    }
}

impl Auth {
    /// Looks each credential up.
    ///
    /// # Errors
    /// When a variable is missing, empty, or holds what no header can carry: with its name, never with its value.
    pub fn from_env(
        wanted: Vec<Credential>,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, VerifyError> {
        let mut all = Vec::new();
        for credential in wanted {
            let variable = credential.variable().to_owned();
            let option = credential.option();
            let missing = |state| VerifyError::MissingVariable {
                option: option.clone(),
                variable: variable.clone(),
                state,
            };
            let value = lookup(&variable).ok_or_else(|| missing("not set"))?.trim().to_owned();
            if value.is_empty() {
                return Err(missing("empty"));
            }
            if reqwest::header::HeaderValue::from_str(&value).is_err() {
                let reason = format!("{variable} holds characters that no header may have");
                return Err(VerifyError::Credential { option, reason });
            }
            if value.len() < SHORTEST {
                let reason =
                    format!("{variable} holds fewer than {SHORTEST} characters; is it the right one?");
                return Err(VerifyError::Credential { option, reason });
            }
            if matches!(credential, Credential::Basic { .. }) && !value.contains(':') {
                let reason = format!("{variable} must hold user:password, and has no colon");
                return Err(VerifyError::Credential { option, reason });
            }
            all.push((credential, value));
        }
        Ok(Self(all))
    }

    /// Tells the masking room every value.
    pub fn teach(&self, masker: &Masker) {
        for (credential, value) in &self.0 {
            masker.learn(value);
            if let (Credential::Basic { .. }, Some((_, password))) = (credential, value.split_once(':')) {
                masker.learn(password);
            }
        }
    }

    /// The headers with their values, for the wire.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        let headers = self.0.iter().filter_map(|(credential, value)| match credential {
            Credential::Bearer { .. } => Some(("authorization".to_owned(), format!("Bearer {value}"))),
            Credential::Basic { .. } => {
                let encoded = base64::engine::general_purpose::STANDARD.encode(value);
                Some(("authorization".to_owned(), format!("Basic {encoded}")))
            }
            Credential::Header { name, .. } => Some((name.to_ascii_lowercase(), value.clone())),
            Credential::Query { .. } => None,
        });
        headers.collect()
    }

    /// The parameters of the query with their values, for the wire.
    pub(crate) fn query(&self) -> Vec<(String, String)> {
        let pairs = self.0.iter().filter_map(|(credential, value)| match credential {
            Credential::Query { name, .. } => Some((name.clone(), value.clone())),
            _ => None,
        });
        pairs.collect()
    }

    /// The same as words of a curl line, with `$VARIABLE` for each value.
    pub(crate) fn curl(&self) -> Vec<String> {
        let words = self.0.iter().map(|(credential, _)| match credential {
            Credential::Bearer { variable } => format!("-H \"Authorization: Bearer ${variable}\""),
            Credential::Basic { variable } => format!("-u \"${variable}\""),
            Credential::Header { name, variable } => format!("-H \"{name}: ${variable}\""),
            Credential::Query { name, variable } => format!("--url-query \"{name}=${variable}\""),
        });
        words.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "TOKEN" => Some("t0ken-value".to_owned()),
            "LOGIN" => Some("ana:pa55word".to_owned()),
            "EMPTY" => Some(String::new()),
            "SHORT" => Some("k3y".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn a_missing_variable_is_named_and_a_value_never_shown() {
        let bearer = |variable: &str| vec![Credential::Bearer { variable: variable.to_owned() }];
        let error = Auth::from_env(bearer("GONE"), lookup).unwrap_err();
        assert_eq!(
            error.to_string(),
            "--bearer-env GONE names the environment variable GONE, which is not set: export GONE first"
        );
        assert!(Auth::from_env(bearer("EMPTY"), lookup).unwrap_err().to_string().contains("which is empty"));
        let error = Auth::from_env(bearer("SHORT"), lookup).unwrap_err().to_string();
        assert!(error.contains("SHORT holds fewer than 4 characters") && !error.contains("k3y"), "{error}");
        let basic = vec![Credential::Basic { variable: "TOKEN".to_owned() }];
        let error = Auth::from_env(basic, lookup).unwrap_err().to_string();
        assert!(error.contains("user:password") && !error.contains("t0ken"), "{error}");
        let error = Credential::header("X-API-Key: the-key-itself").unwrap_err().to_string();
        assert!(!error.contains("the-key-itself"), "{error}");
    }

    #[test]
    fn headers_carry_values_and_curl_lines_names() {
        let wanted = vec![
            Credential::Basic { variable: "LOGIN".to_owned() },
            Credential::header("X-API-Key=TOKEN").unwrap(),
            Credential::query("key=TOKEN").unwrap(),
        ];
        let auth = Auth::from_env(wanted, lookup).unwrap();
        assert_eq!(
            auth.headers(),
            [
                ("authorization".to_owned(), "Basic YW5hOnBhNTV3b3Jk".to_owned()),
                ("x-api-key".to_owned(), "t0ken-value".to_owned())
            ]
        );
        assert_eq!(auth.query(), [("key".to_owned(), "t0ken-value".to_owned())]);
        let curl = auth.curl().join(" ");
        assert_eq!(curl, r#"-u "$LOGIN" -H "X-API-Key: $TOKEN" --url-query "key=$TOKEN""#);
        assert!(!format!("{auth:?}").contains("t0ken-value"));
        let masker = Masker::new();
        auth.teach(&masker);
        assert!(!masker.text("sent pa55word and t0ken-value").contains("pa55"));
    }
}
