//! What is declared about a setting.

use std::ops::RangeInclusive;

/// A setting, as `settings.rs` declares it.
#[derive(Debug)]
pub struct Setting {
    /// Its key in the file, and its field in [`super::Config`].
    pub key: &'static str,
    /// Its flag.
    pub flag: &'static str,
    /// Its variable in the environment.
    pub variable: &'static str,
    /// Its unit, or what its value is.
    pub unit: &'static str,
    /// Its default.
    pub default: Default,
    /// The least and the greatest number; nothing if it is no number.
    pub range: Option<RangeInclusive<u32>>,
    /// What it does, in Markdown.
    pub description: &'static str,
}

/// What holds if nobody sets a setting.
#[derive(Debug)]
pub enum Default {
    /// This value.
    Value(&'static str),
    /// No value. The text says what happens then, in Markdown.
    Absent(&'static str),
}

impl Setting {
    /// What `--help` says about it.
    pub(super) fn help(&self) -> String {
        let Self { description, variable, .. } = self;
        let (Default::Value(default) | Default::Absent(default)) = self.default;
        let range = self.range.as_ref().map_or_else(String::new, |range| {
            format!("; range: {} to {}", range.start(), range.end())
        });
        format!("{description} [default: {default}{range}; environment: {variable}]")
    }
}

/// A setting with a default.
pub(super) const fn text(
    flag: &'static str,
    variable: &'static str,
    unit: &'static str,
    default: &'static str,
) -> Setting {
    let default = Default::Value(default);
    Setting { key: "", flag, variable, unit, default, range: None, description: "" }
}

/// A setting without a default. `absent` says what happens if nobody sets it.
pub(super) const fn optional(
    flag: &'static str,
    variable: &'static str,
    unit: &'static str,
    absent: &'static str,
) -> Setting {
    let default = Default::Absent(absent);
    Setting { key: "", flag, variable, unit, default, range: None, description: "" }
}

/// A whole number in a range, without a default. `absent` says what happens if nobody sets it.
pub(super) const fn optional_number(
    flag: &'static str,
    variable: &'static str,
    unit: &'static str,
    absent: &'static str,
    range: RangeInclusive<u32>,
) -> Setting {
    let (default, range) = (Default::Absent(absent), Some(range));
    Setting { key: "", flag, variable, unit, default, range, description: "" }
}

/// A whole number in a range.
pub(super) const fn number(
    flag: &'static str,
    variable: &'static str,
    unit: &'static str,
    default: &'static str,
    range: RangeInclusive<u32>,
) -> Setting {
    let default = Default::Value(default);
    Setting { key: "", flag, variable, unit, default, range: Some(range), description: "" }
}
