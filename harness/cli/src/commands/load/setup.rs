//! What sessions are made from, checked: [`Setup`].

use std::sync::Arc;
use std::time::Instant;

use anyhow::anyhow;
use dryrun_load::Profile;
use dryrun_load::profile::Plays;
use dryrun_record::{Event, EventStream, FORMAT, Isolation, Masker, RunKind, RunStarted, TargetInfo};
use dryrun_suite::RunOptions;
use dryrun_suite::features::Scenario;
use dryrun_suite::load::{Refusal, Script, check};
use dryrun_target::{TargetSpec, check_address};

use super::abort::Abort;
use super::live::Live;
use crate::args::{Global, RunArgs, SelectArgs};
use crate::commands::check::{Examined, Surroundings, examined, known, surroundings};
use crate::commands::{ending, tell};
use crate::config::{Command, Config};
use crate::exit::Stop;
use crate::plan;
use crate::style::style;

/// What sessions are made from. One setup can make several, one after another or at the same time.
pub(crate) struct Setup {
    /// The configuration, with `--target-url` laid over it.
    pub(crate) config: Config,
    /// `--env`: variables for the service.
    pub(crate) env: Vec<String>,
    /// The service under test.
    pub(crate) target: TargetSpec,
    /// Every scenario of the features; none for a profile of requests alone.
    pub(crate) library: Vec<Arc<Scenario>>,
    /// Contracts, services, vocabulary.
    pub(crate) rest: Surroundings,
    /// As for a rehearsal.
    pub(crate) options: RunOptions,
    /// The stream of the run.
    pub(crate) events: EventStream,
    /// Who shows what is not recorded.
    pub(crate) live: Option<Live>,
    /// Who ends a recorded load that can't hold any more.
    pub(crate) abort: Option<Arc<Abort>>,
    /// How the run is repeated, for the record.
    pub(crate) repeat_with: Vec<String>,
    /// The folder of what ships with dryrun, where that was taken: nobody knows it, so no message names it.
    pub(crate) hidden: Option<String>,
    /// Whether mistakes are drawn in colours.
    color: bool,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup").field("target", &self.target).finish_non_exhaustive()
    }
}

impl Setup {
    /// Reads and checks everything that a load of this profile needs, and sends nothing. Nobody listens to it yet: see
    /// [`Self::tell`].
    pub(crate) fn new(
        config: Config,
        env: &[String],
        seed: Option<u64>,
        global: &Global,
        profile: &Profile,
    ) -> Result<Self, Stop> {
        let target = plan::target(&config, env)?;
        if let TargetSpec::Attach { url, .. } = &target {
            check_address(url).map_err(Stop::usage)?;
        }
        // A profile of requests alone needs no features, and no folder of them.
        let (library, rest) = if plays_scenarios(profile) {
            let Examined { loaded, rest, .. } = examined(&config, &SelectArgs::default(), global)?;
            (loaded.scenarios, rest)
        } else {
            (Vec::new(), surroundings(&config)?)
        };
        let mut options = plan::options(&config, &RunArgs { env: env.to_vec(), seed, ..RunArgs::default() });
        options.schemas = rest.schemas.clone();
        let config_of = global.config.iter().map(|path| ["--config".to_owned(), path.display().to_string()]);
        let env_of = env.iter().map(|pair| ["--env".to_owned(), pair.clone()]);
        Ok(Self {
            target,
            library,
            rest,
            options,
            env: env.to_vec(),
            repeat_with: config_of.chain(env_of).flatten().collect(),
            config,
            events: EventStream::new(Instant::now(), Masker::new(), Vec::new()),
            live: None,
            abort: None,
            hidden: None,
            color: style(global.color, &std::io::stderr()).color,
        })
    }

    /// What the profile plays, found and checked; nothing is sent.
    pub(crate) fn script(&self, profile: &Profile) -> Result<Script, Stop> {
        let known = known(&self.config, &self.rest);
        check(profile, &self.library, &self.rest.registry, &known, &self.options)
            .map_err(|refused| self.refused(&refused))
    }

    /// Everything that speaks against playing a profile, drawn.
    pub(crate) fn refused(&self, refused: &[Refusal]) -> Stop {
        for one in refused {
            let told = one.render(self.color);
            tell(&self.hidden.iter().fold(told, |told, folder| told.replace(&format!("{folder}/"), "")));
        }
        let many = refused.len();
        let error = anyhow!("{many} mistake{}; nothing was sent", if many == 1 { "" } else { "s" });
        match refused.iter().any(|one| matches!(one, Refusal::Profile(_))) {
            true => Stop::usage(error),
            false => Stop::features(error),
        }
    }

    /// Who hears of it from now on.
    pub(crate) fn tell(&mut self, events: EventStream, live: Live, abort: Abort) {
        (self.events, self.live, self.abort) = (events, Some(live), Some(Arc::new(abort)));
    }

    /// What no report may show.
    pub(crate) fn confidential(&self) -> Vec<String> {
        plan::confidential(&self.target, &self.options, &self.env)
    }

    /// The service that this command starts, in place of the configured one.
    pub(crate) fn target_by(&self, command: &str) -> Result<TargetSpec, Stop> {
        let mut config = self.config.clone();
        config.file.target.url = None;
        config.file.target.command = Some(Command::Line(command.to_owned()));
        plan::target(&config, &self.env)
    }

    /// The head of a record whose run did not come as far as to a service.
    pub(crate) fn begin_without_service(&self) {
        if self.events.with_record(|record| record.run.is_some()) {
            return;
        }
        let (command, url) = match &self.target {
            TargetSpec::Command { command, .. } => (Some(command.join(" ")), String::new()),
            TargetSpec::Attach { url, .. } => (None, url.clone()),
        };
        let about = ending::about(self.repeat_with.clone());
        self.events.append(Event::RunStarted(Box::new(RunStarted {
            format: FORMAT,
            kind: RunKind::Load,
            run_id: about.run_id,
            started_at: about.started_at,
            tool_version: about.tool_version,
            command: about.command,
            seed: self.options.seed,
            profile: self.config.profile.clone(),
            target: TargetInfo { name: self.options.target_name.clone(), url, command },
            services: Vec::new(),
            isolation: Isolation::Serial,
            isolation_reason: "the run did not start".to_owned(),
            jobs: 0,
            selected: 0,
            repeat_with: about.repeat_with,
        })));
    }
}

/// Whether a profile plays scenarios, and not requests alone.
fn plays_scenarios(profile: &Profile) -> bool {
    profile.workflows.iter().any(|workflow| matches!(workflow.plays, Plays::Scenarios(_)))
}
