//! What `dryrun.toml` says about calls, held against the contracts: [`check`]. A name that no contract knows would
//! otherwise come to light in the middle of a run, or never.

mod judge;
mod policy;

use dryrun_contract::Contract;
use dryrun_mocks::ServiceSpec;
use dryrun_suite::values::nearest::listed;

use crate::config::Config;
use crate::config::Step::{Index, Key};
use crate::conventions::judge::Judge;

/// What a path under `[live]` may hold.
const PLACEHOLDERS: [&str; 4] = ["session", "name", "role", "since"];

/// Everything wrong in `[calls]`, `[preview]`, `[[claims]]`, `[live]`, `[aliases]`, `[run] probe`, `[[contracts]]` and
/// `[gate]`, drawn.
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
    policy::check(&mut judge);
    judge.wrong
}

impl Judge<'_> {
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
}

fn braced(name: &str) -> String {
    format!("{{{name}}}")
}
