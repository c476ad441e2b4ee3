//! Where settings come from, and which of several places wins.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::{Table, Value as TomlValue};

use super::mistakes::Mistake;
use super::setting::{Default, Setting};
use super::values::{NOT_SET, Value};

const CONFIG_VARIABLE: &str = "DOSSIER_CONFIG";

/// Where a setting's value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// This flag.
    Flag(&'static str),
    /// This variable of the environment.
    Variable(&'static str),
    /// This file.
    File(PathBuf),
    /// Nobody set it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A setting as the service uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The setting's key in the file.
    pub key: &'static str,
    /// Its value as text: `(hidden)` for a secret, `(not set)` for none.
    pub value: String,
    /// Where the value came from.
    pub origin: Origin,
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {} ({})", self.key, self.value, self.origin)
    }
}

/// All places, and what was found in them so far.
pub(super) struct Sources<'a> {
    /// What flags say, by the settings' keys.
    flags: &'a BTreeMap<&'static str, String>,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    path: PathBuf,
    /// The file's settings that were not read yet.
    file: Table,
    mistakes: Vec<Mistake>,
    effective: Vec<Effective>,
}

impl<'a> Sources<'a> {
    /// Reads `file`, else the one that a variable names, if there is any.
    pub(super) fn open(
        file: Option<PathBuf>,
        flags: &'a BTreeMap<&'static str, String>,
        lookup: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let named = file
            .or_else(|| lookup(CONFIG_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from));
        let mut sources = Self {
            flags,
            lookup,
            path: named.clone().unwrap_or_default(),
            file: Table::new(),
            mistakes: Vec::new(),
            effective: Vec::new(),
        };
        if let Some(path) = named {
            match read(&path) {
                Ok(file) => sources.file = file,
                Err(what) => {
                    sources.mistakes.push(Mistake { place: path.display().to_string(), what });
                }
            }
        }
        sources
    }

    /// The setting's value, or `None` if there is a mistake in it.
    pub(super) fn find<T: Value>(&mut self, setting: &'static Setting) -> Option<T> {
        match self.value::<T>(setting) {
            Ok((value, origin)) => {
                let shown = value.as_ref().map_or_else(|| NOT_SET.to_owned(), T::show);
                self.effective.push(Effective { key: setting.key, value: shown, origin });
                value.or_else(T::absent)
            }
            Err(mistake) => {
                self.mistakes.push(mistake);
                None
            }
        }
    }

    /// What was found, and what is wrong, such as keys of the file that are no settings.
    pub(super) fn finish(mut self) -> (Vec<Effective>, Vec<Mistake>) {
        for (key, _) in std::mem::take(&mut self.file) {
            let place = self.place_in_file(&key);
            self.mistakes.push(Mistake { place, what: "is not a setting".to_owned() });
        }
        (self.effective, self.mistakes)
    }

    /// The setting's value and its origin. No value when nobody set it and it has no default.
    fn value<T: Value>(
        &mut self,
        setting: &'static Setting,
    ) -> Result<(Option<T>, Origin), Mistake> {
        // Taken out of the file even if it doesn't count, so that it isn't called unknown.
        let in_file = self.file.remove(setting.key);
        let in_environment = (self.lookup)(setting.variable).filter(|text| !text.is_empty());
        let in_file_place = || self.place_in_file(setting.key);
        let (text, place, origin) = if let Some(text) = self.flags.get(setting.key) {
            (text.clone(), setting.flag.to_owned(), Origin::Flag(setting.flag))
        } else if let Some(text) = in_environment {
            (text, setting.variable.to_owned(), Origin::Variable(setting.variable))
        } else if let Some(value) = in_file {
            let text = match value {
                TomlValue::String(text) => text,
                TomlValue::Integer(number) => number.to_string(),
                TomlValue::Float(_)
                | TomlValue::Boolean(_)
                | TomlValue::Datetime(_)
                | TomlValue::Array(_)
                | TomlValue::Table(_) => {
                    let what = "must be a string or a whole number".to_owned();
                    return Err(Mistake { place: in_file_place(), what });
                }
            };
            (text, in_file_place(), Origin::File(self.path.clone()))
        } else {
            match setting.default {
                Default::Absent(_) => return Ok((None, Origin::Default)),
                Default::Value(text) => (text.to_owned(), setting.key.to_owned(), Origin::Default),
            }
        };
        let parsed = if text.is_empty() {
            Err("must not be empty".to_owned())
        } else {
            T::parse(&text, setting)
        };
        match parsed {
            Ok(value) => Ok((Some(value), origin)),
            Err(what) => Err(Mistake { place, what }),
        }
    }

    fn place_in_file(&self, key: &str) -> String {
        format!("{}: {}", self.path.display(), key.escape_debug())
    }
}

/// The file's settings, or what is wrong with it. A syntax error names only its line: the library's own
/// text quotes the line, and a password may be on it.
fn read(path: &Path) -> Result<Table, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot be read: {}", error.kind()))?;
    text.parse::<Table>().map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        format!("is not valid TOML in line {}", before.split('\n').count())
    })
}
