//! What a run says of where it comes from: [`origin`], and the digest of its profile: [`profile_hash`].

use dryrun_record::load::Origin;
use sha2::{Digest, Sha256};

use super::machine::machine;
use crate::profile::{Plays, Profile};

/// The origin of a run that is about to be made here. `side` is `old`, `new` or empty.
pub fn origin(profile: &Profile, side: &str, calibration_us: Option<f64>) -> Origin {
    Origin {
        profile: profile.name.clone(),
        profile_hash: profile_hash(profile),
        side: side.to_owned(),
        calibration_us,
        machine: machine(),
    }
}

/// A digest of what the profile asks for: 16 hex digits. Names, descriptions and thresholds change no figure and are not in
/// it; nor is where the file lies. What a scenario does is not in it, either: features are not read here.
pub fn profile_hash(profile: &Profile) -> String {
    let mut bare = profile.clone();
    bare.name.clear();
    bare.description.clear();
    bare.thresholds.clear();
    bare.apdex = None;
    for workflow in &mut bare.workflows {
        workflow.data = workflow.data.take().and_then(|path| Some(path.file_name()?.into()));
        if let Plays::Scenarios(selector) = &mut workflow.plays {
            selector.at.clear();
        }
    }
    let digest = Sha256::digest(format!("{bare:?}").as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {

    use super::*;

    fn of(text: &str) -> String {
        profile_hash(&Profile::parse("load/profiles/p.toml", text).unwrap())
    }

    #[test]
    fn what_changes_the_load_changes_the_digest_and_nothing_else_does() {
        let plain =
            "[closed]\nusers = 4\nduration = '10 s'\n[[request]]\nname = 'health'\npath = '/health'\n";
        let same = [
            format!("# a comment\ndescription = 'other words'\n{plain}"),
            format!("{plain}\n[thresholds]\np95_ms = 500\n"),
        ];
        for text in &same {
            assert_eq!(of(plain), of(text), "{text}");
        }
        for (from, to) in [("users = 4", "users = 5"), ("10 s", "11 s"), ("'/health'", "'/live'")] {
            assert_ne!(of(plain), of(&plain.replace(from, to)), "{to}");
        }
    }
}
