//! The flags of the settings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};

use super::settings::SETTINGS;

/// The flag that names the file with settings; not a setting itself.
const CONFIG: &str = "config";

/// Settings given on the command line. [`super::Config::read`] checks them, and reports their mistakes
/// together with those of the environment and the file.
///
/// Every command accepts them; the help of `serve` and `config` shows them.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// The file with settings.
    pub config: Option<PathBuf>,
    /// What flags say, by the settings' keys.
    pub(super) given: BTreeMap<&'static str, String>,
}

impl Flags {
    /// What the flag of the setting with this key says.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.given.get(key).map(String::as_str)
    }

    /// With what the flag of the setting with this key says.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: &str) -> Self {
        self.given.insert(key, value.to_owned());
        self
    }
}

impl clap::FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |key| Some((key, matches.get_one::<String>(key)?.clone()));
        Ok(Self {
            config: matches.get_one(CONFIG).cloned(),
            given: SETTINGS.iter().filter_map(|setting| given(setting.key)).collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Flags {
    fn augment_args(command: Command) -> Command {
        command.args(shown_arguments().map(|argument| argument.hide(true)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The flags as arguments that help shows, for a command whose help is to list them.
pub fn shown_arguments() -> impl Iterator<Item = Arg> {
    let config = Arg::new(CONFIG)
        .long(CONFIG)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("File with settings, in TOML [environment: DOSSIER_CONFIG]");
    let settings = SETTINGS.iter().map(|setting| {
        Arg::new(setting.key)
            .long(setting.flag.trim_start_matches('-'))
            .value_name(setting.unit)
            .help(setting.help())
            // Those that few ever change.
            .hide_short_help(setting.range.is_some())
    });
    std::iter::once(config)
        .chain(settings)
        .map(|argument| argument.global(true).help_heading("Settings"))
}
