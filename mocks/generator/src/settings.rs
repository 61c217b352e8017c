//! What the service is told by its environment, and nothing else. Main type: [`Settings`].

use crate::faults::{Faults, known_faults};
use std::path::PathBuf;
use std::time::Duration;

/// The configuration of one generator, read from environment variables (see `mocks/generator/README.md`).
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) crm_base_url: String,
    pub(crate) crm_api_key: String,
    pub(crate) platform_base_url: String,
    pub(crate) platform_api_key: String,
    pub(crate) dry_run: bool,
    pub(crate) living_doc_type: String,
    pub(crate) living_doc_id: Option<String>,
    pub(crate) living_doc_path: Option<PathBuf>,
    pub(crate) api_key: String,
    pub(crate) webhook_secret: String,
    pub(crate) max_retries: u32,
    pub(crate) retry_base: Duration,
    pub(crate) upstream_timeout: Duration,
    pub(crate) environment: String,
    pub(crate) faults: Faults,
}

/// A variable that can't be used: which one, what it holds, what to write instead.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// A value that is not of the form the variable needs.
    #[error("{name}={value:?} is not usable: write {expected}")]
    Value {
        /// The environment variable.
        name: &'static str,
        /// What it holds.
        value: String,
        /// What it may hold.
        expected: String,
    },
    /// A name in `STANDIN_FAULTS` that no seeded fault has.
    #[error("STANDIN_FAULTS names an unknown fault {name:?}; known faults: {known}")]
    UnknownFault {
        /// The unknown name.
        name: String,
        /// All known names, separated by commas.
        known: String,
    },
}

impl Settings {
    /// Reads the settings through `lookup` (variable name -> value, `None` when unset or empty means default).
    ///
    /// # Errors
    /// A variable that is set to something unusable, or an unknown name in `STANDIN_FAULTS`.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Settings, SettingsError> {
        let text = |name: &'static str| {
            lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let text_or = |name, default: &str| text(name).unwrap_or_else(|| default.to_owned());
        // Existing builds ignore the two base URLs in this mode.
        let mocks = flag("USE_MOCK_SERVICES", text("USE_MOCK_SERVICES"))?;
        let url = |name, default: &str| {
            base_url(name, if mocks { default.to_owned() } else { text_or(name, default) })
        };
        let dry_run = flag("DRY_RUN_MODE", text("DRY_RUN_MODE"))? | flag("DRY_RUN", text("DRY_RUN"))?;
        let living_doc_type = text_or("LIVING_DOC_TYPE", "internal");
        if !["google_docs", "notion", "internal"].contains(&living_doc_type.as_str()) {
            return Err(unusable("LIVING_DOC_TYPE", living_doc_type, "google_docs, notion or internal"));
        }
        let faults =
            Faults::parse(&text_or("STANDIN_FAULTS", "")).map_err(|name| SettingsError::UnknownFault {
                name,
                known: known_faults().iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "),
            })?;
        Ok(Settings {
            host: text_or("HOST", "127.0.0.1"),
            port: u16::try_from(whole("PORT", text("PORT"), 8000, 65_535)?).expect("bounded above"),
            crm_base_url: url("CRM_BASE_URL", "http://localhost:8001")?,
            crm_api_key: text_or("CRM_API_KEY", "dev-crm-key"),
            platform_base_url: url("PLATFORM_BASE_URL", "http://localhost:8002")?,
            platform_api_key: text_or("PLATFORM_API_KEY", "dev-platform-key"),
            dry_run,
            living_doc_type,
            living_doc_id: text("LIVING_DOC_ID"),
            living_doc_path: text("LIVING_DOC_PATH").map(PathBuf::from),
            api_key: text_or("API_KEY", "dev-key"),
            webhook_secret: text_or("WEBHOOK_SECRET", "dev-webhook-secret"),
            max_retries: u32::try_from(whole("MAX_RETRIES", text("MAX_RETRIES"), 3, 20)?)
                .expect("bounded above"),
            retry_base: Duration::from_millis(whole("RETRY_BASE_MS", text("RETRY_BASE_MS"), 200, 60_000)?),
            upstream_timeout: Duration::from_millis(
                whole("UPSTREAM_TIMEOUT_MS", text("UPSTREAM_TIMEOUT_MS"), 5000, 600_000)?.max(1),
            ),
            environment: text_or("ENVIRONMENT", "development"),
            faults,
        })
    }
}

fn unusable(name: &'static str, value: String, expected: &str) -> SettingsError {
    SettingsError::Value { name, value, expected: expected.to_owned() }
}

fn flag(name: &'static str, value: Option<String>) -> Result<bool, SettingsError> {
    let Some(value) = value else { return Ok(false) };
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(unusable(name, value, "true or false")),
    }
}

fn whole(name: &'static str, value: Option<String>, default: u64, max: u64) -> Result<u64, SettingsError> {
    let Some(value) = value else { return Ok(default) };
    match value.parse::<u64>() {
        Ok(number) if number <= max => Ok(number),
        _ => Err(unusable(name, value, &format!("a whole number from 0 to {max}"))),
    }
}

fn base_url(name: &'static str, value: String) -> Result<String, SettingsError> {
    match url::Url::parse(&value) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            Ok(value.trim_end_matches('/').to_owned())
        }
        _ => Err(unusable(name, value, "an http or https address such as http://127.0.0.1:8001")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::from_env(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn defaults_are_those_of_the_readme() {
        let settings = read(&[]).unwrap();
        assert_eq!((settings.host.as_str(), settings.port), ("127.0.0.1", 8000));
        assert_eq!((settings.max_retries, settings.retry_base.as_millis()), (3, 200));
        assert_eq!(settings.upstream_timeout.as_millis(), 5000);
        assert!(!settings.dry_run);
        assert_eq!(settings.faults, Faults::default());
    }

    #[test]
    fn use_mock_services_overrules_the_base_urls() {
        let given = [("CRM_BASE_URL", "http://10.0.0.1:99/"), ("PLATFORM_BASE_URL", "http://10.0.0.2")];
        let settings = read(&given).unwrap();
        assert_eq!(settings.crm_base_url, "http://10.0.0.1:99");
        let mocked = read(&[given[0], given[1], ("USE_MOCK_SERVICES", "true")]).unwrap();
        assert_eq!(mocked.crm_base_url, "http://localhost:8001");
        assert_eq!(mocked.platform_base_url, "http://localhost:8002");
    }

    #[test]
    fn either_dry_run_variable_switches_publishing_off() {
        assert!(read(&[("DRY_RUN", "1")]).unwrap().dry_run);
        assert!(read(&[("DRY_RUN_MODE", "True"), ("DRY_RUN", "false")]).unwrap().dry_run);
    }

    #[test]
    fn unusable_values_are_named_with_what_to_write() {
        for (name, value) in [
            ("PORT", "70000"),
            ("MAX_RETRIES", "-1"),
            ("DRY_RUN", "maybe"),
            ("CRM_BASE_URL", "localhost"),
            ("LIVING_DOC_TYPE", "word"),
        ] {
            let message = read(&[(name, value)]).unwrap_err().to_string();
            assert!(
                message.contains(name) && message.contains(value) && message.contains("write"),
                "{message}"
            );
        }
        let message = read(&[("STANDIN_FAULTS", "nope")]).unwrap_err().to_string();
        assert!(message.contains("nope") && message.contains("claims_failed_channel"), "{message}");
    }
}
