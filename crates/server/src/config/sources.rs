//! Where settings come from, and which of several places wins.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::flags::Flags;
use super::mistakes::{BadConfig, Mistake};

const CONFIG_VARIABLE: &str = "DOSSIER_CONFIG";

/// The names of one setting.
pub(super) struct Setting {
    pub(super) key: &'static str,
    pub(super) flag: &'static str,
    pub(super) variable: &'static str,
    /// What the flag says.
    pub(super) given: fn(&Flags) -> Option<&str>,
}

/// Where a setting's value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// This flag.
    Flag(&'static str),
    /// This variable of the environment.
    Variable(&'static str),
    /// This file.
    File(PathBuf),
    /// Nowhere: nobody has set it.
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

/// A setting as the service will use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The setting's key in the file.
    pub key: &'static str,
    /// Its value as text: `(hidden)` for a secret, or `(not set)`.
    pub value: String,
    /// Where the value came from.
    pub origin: Origin,
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {} ({})", self.key, self.value, self.origin)
    }
}

/// All places, and what has been found out so far.
pub(super) struct Sources<'a> {
    flags: &'a Flags,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    path: PathBuf,
    /// The file's settings that nobody has asked for yet.
    file: Table,
    mistakes: Vec<Mistake>,
    effective: Vec<Effective>,
}

impl<'a> Sources<'a> {
    /// Reads the file, if a flag or a variable names one.
    pub(super) fn open(flags: &'a Flags, lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        let named = flags
            .config
            .clone()
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
                Err(what) => sources.mistake(path.display().to_string(), what),
            }
        }
        sources
    }

    /// The setting's value, or `default` if nobody has set it or there is a mistake in it.
    pub(super) fn or<T: fmt::Display, E: Into<String>>(
        &mut self,
        setting: &Setting,
        default: T,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> T {
        let shown = default.to_string();
        self.find(setting, &shown, parse).unwrap_or(default)
    }

    /// The setting's value, or `None` if nobody has set it or there is a mistake in it.
    pub(super) fn optional<T: fmt::Display, E: Into<String>>(
        &mut self,
        setting: &Setting,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.find(setting, "(not set)", parse)
    }

    /// The setting's value if it is in `range`, or `default` as in [`Sources::or`].
    pub(super) fn number(
        &mut self,
        setting: &Setting,
        default: u32,
        range: RangeInclusive<u32>,
    ) -> u32 {
        self.or(setting, default, |text| {
            text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
                format!("must be a whole number from {} to {}", range.start(), range.end())
            })
        })
    }

    /// All settings that were asked for, in that order.
    ///
    /// # Errors
    ///
    /// [`BadConfig`] if there were mistakes, or the file holds settings that nobody asked for.
    pub(super) fn finish(&mut self) -> Result<Vec<Effective>, BadConfig> {
        for (key, _) in std::mem::take(&mut self.file) {
            let place = self.place_in_file(&key);
            self.mistake(place, "is not a setting".to_owned());
        }
        if self.mistakes.is_empty() {
            Ok(std::mem::take(&mut self.effective))
        } else {
            Err(BadConfig { mistakes: std::mem::take(&mut self.mistakes) })
        }
    }

    fn find<T: fmt::Display, E: Into<String>>(
        &mut self,
        setting: &Setting,
        absent: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        // The file's value is taken out even if it doesn't count, so that it isn't called unknown.
        let in_file = self.file.remove(setting.key);
        let in_environment = (self.lookup)(setting.variable).filter(|text| !text.is_empty());
        let (text, origin) = if let Some(text) = (setting.given)(self.flags) {
            (text.to_owned(), Origin::Flag(setting.flag))
        } else if let Some(text) = in_environment {
            (text, Origin::Variable(setting.variable))
        } else if let Some(value) = in_file {
            (self.text(setting, value)?, Origin::File(self.path.clone()))
        } else {
            self.show(setting, absent.to_owned(), Origin::Default);
            return None;
        };
        let parsed = if text.is_empty() {
            Err("must not be empty".to_owned())
        } else {
            parse(&text).map_err(Into::into)
        };
        match parsed {
            Ok(value) => {
                self.show(setting, value.to_string(), origin);
                Some(value)
            }
            Err(what) => {
                let place = match origin {
                    Origin::Flag(name) | Origin::Variable(name) => name.to_owned(),
                    Origin::File(_) | Origin::Default => self.place_in_file(setting.key),
                };
                self.mistake(place, what);
                None
            }
        }
    }

    fn text(&mut self, setting: &Setting, value: Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text),
            Value::Integer(number) => Some(number.to_string()),
            Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_)
            | Value::Table(_) => {
                let place = self.place_in_file(setting.key);
                self.mistake(place, "must be a string or a whole number".to_owned());
                None
            }
        }
    }

    fn show(&mut self, setting: &Setting, value: String, origin: Origin) {
        self.effective.push(Effective { key: setting.key, value, origin });
    }

    fn place_in_file(&self, key: &str) -> String {
        format!("{}: {}", self.path.display(), key.escape_debug())
    }

    fn mistake(&mut self, place: String, what: String) {
        self.mistakes.push(Mistake { place, what });
    }
}

/// The file's settings, or what is wrong with it. Of a syntax error only the line is told: the
/// library's own text quotes the line, and a password may be on it.
fn read(path: &Path) -> Result<Table, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot be read: {}", error.kind()))?;
    text.parse::<Table>().map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        format!("is not valid TOML in line {}", before.split('\n').count())
    })
}
