//! `dryrun steps`: what a feature can say, from the registry that runs it.

use anyhow::anyhow;
use dryrun_suite::Registry;
use dryrun_suite::registry::{Format, describe};

use crate::args::{Global, StepsArgs, StepsFormat};
use crate::commands::print;
use crate::config::Config;
use crate::exit::{Exit, Stop};

/// Prints the vocabulary, or the part of it that holds all the words.
pub(crate) fn steps(args: &StepsArgs, global: &Global) -> Result<Exit, Stop> {
    // A broken configuration is no reason not to show the vocabulary; a wrong --config is.
    let aliases = match Config::load(global.config.as_deref(), None) {
        Ok(config) => config.file.aliases,
        Err(error) if global.config.is_some() => return Err(Stop::usage(error)),
        Err(_) => Default::default(),
    };
    // docs/steps.md is the same for everybody.
    let registry = match args.format {
        StepsFormat::Markdown => Registry::new(&Default::default()),
        _ => Registry::new(&aliases),
    };
    let registry = registry.map_err(Stop::environment)?;
    if args.words.is_empty() {
        print(&registry.document(match args.format {
            StepsFormat::Text => Format::Text,
            StepsFormat::Markdown => Format::Markdown,
            StepsFormat::Json => Format::Json,
        }));
        return Ok(Exit::Passed);
    }
    let words: Vec<String> = args.words.iter().map(|word| word.to_lowercase()).collect();
    let mut found = 0;
    for phrase in registry.phrases() {
        let text = format!("{} {} {}", phrase.pattern, phrase.meaning, phrase.example).to_lowercase();
        if words.iter().all(|word| text.contains(word.as_str())) {
            found += 1;
            print(&format!("{}\n", describe(phrase)));
        }
    }
    match found {
        0 => Err(Stop::usage(anyhow!(
            "no phrase holds all of: {}; `dryrun steps` prints them all",
            args.words.join(", ")
        ))),
        _ => Ok(Exit::Passed),
    }
}
