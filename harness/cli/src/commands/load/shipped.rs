//! The rehearsal that ships with dryrun, out of the binary: [`Shipped`]. So `dryrun load` works on a machine that has
//! nothing else.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::args::Global;
use crate::args::load::LoadRunArgs;
use crate::exit::Stop;

/// Names, as seen from the root of the repository, and contents.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// A folder with the files, gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Shipped(PathBuf);

impl Drop for Shipped {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Shipped {
    /// When there is no configuration here and none was named, and nobody names a service either.
    pub(crate) fn instead_of_nothing(global: &Global, args: &LoadRunArgs) -> Result<Option<Self>, Stop> {
        let attached = crate::plan::given(&args.target_url).is_some();
        let configured = global.config.is_some() || Path::new("dryrun.toml").exists();
        if attached || configured { Ok(None) } else { Self::unpack().map(Some) }
    }

    fn unpack() -> Result<Self, Stop> {
        let name = format!("dryrun-shipped-{}-{}", std::process::id(), crate::commands::ending::run_id());
        let folder = std::env::temp_dir().join(name);
        let shipped = Self(folder.clone());
        for (name, content) in FILES {
            let path = folder.join(name);
            let parent = path.parent().unwrap_or(&folder);
            std::fs::create_dir_all(parent)
                .and_then(|()| std::fs::write(&path, content))
                .with_context(|| format!("{} could not be unpacked", path.display()))
                .map_err(Stop::environment)?;
        }
        Ok(shipped)
    }

    /// The folder, which no message needs to name.
    pub(crate) fn folder(&self) -> String {
        self.0.display().to_string()
    }

    /// The same without the folder.
    pub(crate) fn hide(&self, stop: Stop) -> Stop {
        let text = format!("{:#}", stop.error).replace(&format!("{}/", self.folder()), "");
        Stop { exit: stop.exit, error: anyhow::anyhow!("{text}") }
    }

    /// Its configuration.
    pub(crate) fn config(&self) -> PathBuf {
        self.0.join("dryrun.toml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_unpacked_and_goes_away_again() {
        let shipped = Shipped::unpack().map_err(|stop| stop.error).unwrap();
        let config = crate::config::Config::load(Some(&shipped.config()), None).unwrap();
        assert!(!crate::plan::services(&config).map_err(|stop| stop.error).unwrap().is_empty());
        assert!(config.path("load/profiles/smoke.toml").is_file() && config.path("features").is_dir());
        let folder = shipped.0.clone();
        drop(shipped);
        assert!(!folder.exists());
    }
}
