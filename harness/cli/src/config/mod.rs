//! `dryrun.toml`: found, read, laid over with a profile. [`Config::load`].

mod error;
mod place;
mod settings;

use std::path::{Component, Path, PathBuf};

pub(crate) use error::{ConfigError, draw};
pub(crate) use place::{Step, locate};
pub(crate) use settings::{
    Command, ContractsSetting, ExceptionMode, ExceptionSettings, File, IsolationSetting, UnattributedSetting,
    VerifySettings, parse_duration,
};

/// The configuration as a command uses it: the file with a profile laid over it.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// The settings.
    pub(crate) file: File,
    /// Where the file stood; paths in it are relative to this folder.
    pub(crate) folder: PathBuf,
    /// The profile in force.
    pub(crate) profile: Option<String>,
    /// Names of all profiles.
    pub(crate) profiles: Vec<String>,
    /// The file and its text, for messages about it; none without a file.
    pub(crate) source: Option<(PathBuf, String)>,
}

impl Config {
    /// Reads `path`, or `dryrun.toml` in the current folder; without either, the defaults.
    ///
    /// # Errors
    /// A file that can't be read, that is no TOML, that has unknown keys or wrong values; an unknown profile.
    pub(crate) fn load(path: Option<&Path>, profile: Option<&str>) -> Result<Self, ConfigError> {
        let default = Path::new("dryrun.toml");
        let path = path.or_else(|| default.exists().then_some(default));
        let (mut file, folder, source) = match path {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|source| ConfigError::Io { path: path.to_owned(), source })?;
                let folder = path.parent().map(Path::to_owned).unwrap_or_default();
                (parse(path, &text)?, folder, Some((path.to_owned(), text)))
            }
            None => (File::default(), PathBuf::new(), None),
        };
        // An empty variable in a pipeline's settings means that there is none.
        let profile = profile.filter(|name| !name.is_empty());
        let profiles: Vec<String> = file.profiles.keys().cloned().collect();
        if let Some(name) = profile {
            let overlay =
                file.profiles.remove(name).ok_or_else(|| ConfigError::unknown_profile(name, &profiles))?;
            file.overlay(overlay);
        }
        Ok(Self { file, folder, profile: profile.map(str::to_owned), profiles, source })
    }

    /// Replaces whatever target is configured by a service that runs already.
    pub(crate) fn attach(&mut self, url: &str) {
        self.file.target.url = Some(url.to_owned());
        self.file.target.command = None;
    }

    /// A path of the file, seen from here.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        tidy(&self.folder.join(path))
    }
}

/// `examples/orders/../../reports` is `reports`: what is shown should be readable. Links are not looked at.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidy.components().next_back(), Some(Component::Normal(_))) => {
                tidy.pop();
            }
            _ => tidy.push(part),
        }
    }
    if tidy.as_os_str().is_empty() { PathBuf::from(".") } else { tidy }
}

fn parse(path: &Path, text: &str) -> Result<File, ConfigError> {
    let file: File = toml::from_str(text).map_err(|error| ConfigError::syntax(path, text, &error))?;
    for (name, target) in std::iter::once(("target".to_owned(), &file.target))
        .chain(file.profiles.iter().map(|(name, over)| (format!("profiles.{name}.target"), &over.target)))
    {
        if target.url.is_some() && target.command.is_some() {
            return Err(ConfigError::Contradiction {
                place: format!("{}: [{name}]", path.display()),
                text: "`url` attaches to a service that runs already, `command` starts one: keep one of them"
                    .to_owned(),
            });
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_told_with_its_place_and_the_nearest_known_one() {
        let error = parse(Path::new("dryrun.toml"), "[run]\njobs = 2\nsede = 7\n").unwrap_err().to_string();
        assert!(error.contains("dryrun.toml:3:1"), "{error}");
        assert!(error.contains("unknown field `sede`") && error.contains("did you mean `seed`?"), "{error}");
        assert!(error.contains("3 | sede = 7") && error.contains("^^^^"), "{error}");
    }

    #[test]
    fn a_wrong_value_is_told_with_its_place() {
        let error = parse(Path::new("x.toml"), "[run]\ntimeout = \"30\"\n").unwrap_err().to_string();
        assert!(error.contains("x.toml:2:11") && error.contains("number with its unit"), "{error}");
    }

    #[test]
    fn shown_paths_are_tidy() {
        for (path, wanted) in
            [("a/../b/./c", "b/c"), ("../a", "../a"), ("", "."), ("/a/..", "/"), ("a/b/../../..", "..")]
        {
            assert_eq!(tidy(Path::new(path)), Path::new(wanted), "{path}");
        }
    }

    #[test]
    fn an_unknown_profile_names_the_known_ones() {
        let error =
            ConfigError::unknown_profile("stagin", &["local".to_owned(), "staging".to_owned()]).to_string();
        assert!(error.contains("did you mean `staging`?") && error.contains("local"), "{error}");
    }

    #[test]
    fn a_target_is_attached_or_started_not_both() {
        let error =
            parse(Path::new("x.toml"), "[target]\nurl = \"http://a\"\ncommand = \"b\"\n").unwrap_err();
        assert!(matches!(error, ConfigError::Contradiction { .. }));
    }
}
