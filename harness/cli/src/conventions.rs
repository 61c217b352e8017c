//! What `dryrun.toml` says about calls, held against the contracts: [`check`]. A name that no contract knows would
//! otherwise come to light in the middle of a run, or never.

use dryrun_contract::{Contract, Found};
use dryrun_mocks::ServiceSpec;
use dryrun_suite::values::nearest::{listed, nearest};
use dryrun_suite::values::path::FieldPath;
use dryrun_suite::values::predicate::Predicate;

use crate::config::Step::{Index, Key};
use crate::config::{Config, Step, draw, locate};

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// What a path under `[live]` may hold.
const PLACEHOLDERS: [&str; 4] = ["session", "name", "role", "since"];

/// Everything wrong in `[calls]`, `[preview]`, `[[claims]]`, `[live]`, `[aliases]` and `[run] probe`, drawn.
pub(crate) fn check(
    config: &Config,
    services: &[(ServiceSpec, u16)],
    target: Option<&Contract>,
) -> Vec<String> {
    let mut judge = Judge { config, services, target, wrong: Vec::new() };
    judge.calls();
    judge.preview();
    judge.claims();
    judge.rest();
    judge.wrong
}

struct Judge<'a> {
    config: &'a Config,
    services: &'a [(ServiceSpec, u16)],
    target: Option<&'a Contract>,
    wrong: Vec<String>,
}

impl<'a> Judge<'a> {
    fn tell(&mut self, at: &[Step<'_>], message: &str, help: Option<&str>) {
        // Without a file there are no conventions that could be wrong.
        if let Some((path, text)) = &self.config.source {
            self.wrong.push(draw(path, text, locate(text, at), message, help));
        }
    }

    fn calls(&mut self) {
        let config = self.config;
        for (key, calls) in &config.file.calls {
            let Some(contract) = self.service(&[Key("calls"), Key(key)], key) else { continue };
            for (name, call) in calls {
                self.operation(&[Key("calls"), Key(key), Key(name)], call, contract);
            }
        }
    }

    fn preview(&mut self) {
        let Some(preview) = &self.config.file.preview else { return };
        self.request(&[Key("preview"), Key("request")], &preview.request);
        for (index, send) in preview.sends.iter().enumerate() {
            let at = |key| [Key("preview"), Key("sends"), Index(index), Key(key)];
            self.path(&at("field"), &send.field);
            self.path(&at("sent"), &send.sent);
            if let Some(contract) = self.service(&at("service"), &send.service) {
                self.operation(&at("call"), &send.call, contract);
            }
        }
    }

    fn claims(&mut self) {
        for (index, claim) in self.config.file.claims.iter().enumerate() {
            let at = |key| [Key("claims"), Index(index), Key(key)];
            if let Some(request) = &claim.request {
                self.request(&at("request"), request);
            }
            self.says(&at("says"), &claim.says);
            if let Some(contract) = self.service(&at("service"), &claim.service) {
                self.operation(&at("call"), &claim.call, contract);
            }
            if let Some(count) = &claim.count {
                self.path(&at("count"), count);
            }
            for (number, same) in claim.same.iter().enumerate() {
                let at = |key| [Key("claims"), Index(index), Key("same"), Index(number), Key(key)];
                self.path(&at("answer"), &same.answer);
                match (&same.sent, &same.answered) {
                    (Some(path), None) => self.path(&at("sent"), path),
                    (None, Some(path)) => self.path(&at("answered"), path),
                    (both, _) => {
                        let found = if both.is_some() {
                            "this pair has both `sent` and `answered`"
                        } else {
                            "this pair has neither `sent` nor `answered`"
                        };
                        let help = "`sent` is a path in what the service sent, `answered` one in what the mock answered: write one of them";
                        self.tell(&at("answer"), found, Some(help));
                    }
                }
            }
        }
    }

    fn rest(&mut self) {
        let file = &self.config.file;
        for (alias, path) in &file.aliases {
            self.path(&[Key("aliases"), Key(alias)], path);
        }
        for (key, path) in [("join", &file.live.join), ("replay", &file.live.replay)] {
            let Some(path) = path else { continue };
            let at = [Key("live"), Key(key)];
            if !path.starts_with('/') {
                self.tell(&at, "a path begins with `/`", Some("the service's address is put before it"));
            }
            for name in path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
            {
                if !PLACEHOLDERS.contains(&name) {
                    let help = format!(
                        "there are {}",
                        listed(PLACEHOLDERS.map(braced).iter().map(String::as_str), 4)
                    );
                    self.tell(&at, &format!("nothing is filled in for {}", braced(name)), Some(&help));
                }
            }
        }
        if let Some(welcome) = &file.live.welcome {
            self.says(&[Key("live"), Key("welcome")], welcome);
        }
        if let Some(probe) = &file.run.probe
            && !probe.trim_start_matches("GET ").trim().starts_with('/')
        {
            let help = "the probe is a GET that changes nothing: write its path, \"/health\"";
            self.tell(&[Key("run"), Key("probe")], &format!("`{probe}` is no path"), Some(help));
        }
    }

    /// The contract of a service, which must be there.
    fn service(&mut self, at: &[Step<'_>], key: &str) -> Option<&'a Contract> {
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
    fn request(&mut self, at: &[Step<'_>], call: &str) {
        match self.target {
            Some(contract) => self.operation(at, call, contract),
            None if method_and_path(call).is_none() => self.no_call(at, call),
            None => {}
        }
    }

    fn operation(&mut self, at: &[Step<'_>], call: &str, contract: &Contract) {
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

    fn no_call(&mut self, at: &[Step<'_>], call: &str) {
        let help = "write method and path as the contract has them: \"POST /api/v1/email/send\"";
        self.tell(at, &format!("`{call}` is no call"), Some(help));
    }

    fn path(&mut self, at: &[Step<'_>], path: &str) {
        if let Err(error) = FieldPath::parse(path) {
            self.tell(at, &error.message, error.hint.as_deref());
        }
    }

    fn says(&mut self, at: &[Step<'_>], says: &str) {
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

fn braced(name: &str) -> String {
    format!("{{{name}}}")
}

fn method_and_path(call: &str) -> Option<(&str, &str)> {
    call.split_once(' ').filter(|(method, path)| METHODS.contains(method) && path.starts_with('/'))
}
