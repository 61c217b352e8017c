//! The [`Judge`]: gathers what is wrong in `dryrun.toml`, and knows the names that the contracts know.

use dryrun_contract::{Contract, Found};
use dryrun_mocks::ServiceSpec;
use dryrun_suite::values::nearest::{listed, nearest};
use dryrun_suite::values::path::FieldPath;
use dryrun_suite::values::predicate::Predicate;

use crate::config::{Config, Step, draw, locate};

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// Gathers what is wrong.
pub(super) struct Judge<'a> {
    pub(super) config: &'a Config,
    pub(super) services: &'a [(ServiceSpec, u16)],
    pub(super) target: Option<&'a Contract>,
    pub(super) wrong: Vec<String>,
}

impl<'a> Judge<'a> {
    pub(super) fn tell(&mut self, at: &[Step<'_>], message: &str, help: Option<&str>) {
        // Without a file there are no conventions that could be wrong.
        if let Some((path, text)) = &self.config.source {
            self.wrong.push(draw(path, text, locate(text, at), message, help));
        }
    }

    /// The contract of a service, which must be there.
    pub(super) fn service(&mut self, at: &[Step<'_>], key: &str) -> Option<&'a Contract> {
        let services = self.services;
        let found = services.iter().find(|(spec, _)| spec.key == key);
        if found.is_none() {
            let keys = || services.iter().map(|(spec, _)| spec.key.as_str());
            let help = match nearest(key, keys()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if services.is_empty() => "there is no [services.NAME] at all".to_owned(),
                None => format!("under [services] there are {}", listed(keys(), 8)),
            };
            self.tell(at, &format!("no service has the key `{key}`"), Some(&help));
        }
        found.map(|(spec, _)| &spec.contract)
    }

    /// A call of the service under test, if its contract is known.
    pub(super) fn request(&mut self, at: &[Step<'_>], call: &str) {
        match self.target {
            Some(contract) => self.operation(at, call, contract),
            None if method_and_path(call).is_none() => self.no_call(at, call),
            None => {}
        }
    }

    pub(super) fn operation(&mut self, at: &[Step<'_>], call: &str, contract: &Contract) {
        let Some((method, path)) = method_and_path(call) else { return self.no_call(at, call) };
        if contract.operations().iter().any(|operation| operation.line() == call) {
            return;
        }
        if let Found::WrongMethod { diagnosis, .. } | Found::Unknown { diagnosis } =
            contract.find(method, path)
        {
            // The diagnosis begins with what is said already.
            let near = diagnosis.split_once("; ").map_or(diagnosis.as_str(), |(_, near)| near);
            self.tell(at, &format!("{} knows no `{call}`", contract.name()), Some(near));
        }
    }

    pub(super) fn no_call(&mut self, at: &[Step<'_>], call: &str) {
        let help = "write method and path as the contract has them: \"POST /api/v1/email/send\"";
        self.tell(at, &format!("`{call}` is no call"), Some(help));
    }

    pub(super) fn path(&mut self, at: &[Step<'_>], path: &str) {
        if let Err(error) = FieldPath::parse(path) {
            self.tell(at, &error.message, error.hint.as_deref());
        }
    }

    pub(super) fn says(&mut self, at: &[Step<'_>], says: &str) {
        let Some((path, predicate)) = says.trim().split_once(' ') else {
            let help = "write a field and what it says: 'published_to contains \"email\"'";
            return self.tell(at, &format!("`{says}` is no check"), Some(help));
        };
        self.path(at, path);
        if let Err(error) = Predicate::parse(predicate) {
            self.tell(at, &format!("`{says}` is no check: {}", error.message), error.hint.as_deref());
        }
    }
}

fn method_and_path(call: &str) -> Option<(&str, &str)> {
    call.split_once(' ').filter(|(method, path)| METHODS.contains(method) && path.starts_with('/'))
}
