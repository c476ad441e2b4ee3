//! What is wrong with a configuration, all of it at once.

use std::fmt;

/// One mistake: where it is and what is wrong there. Never a value, which could be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The flag, the variable, or the file and its key.
    pub place: String,
    /// What is wrong, as it reads after the place.
    pub what: String,
}

/// A configuration that cannot be used, with every mistake in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadConfig {
    /// At least one.
    pub mistakes: Vec<Mistake>,
}

impl fmt::Display for BadConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mistakes.len() {
            1 => f.write_str("the configuration has a mistake:")?,
            count => write!(f, "the configuration has {count} mistakes:")?,
        }
        for Mistake { place, what } in &self.mistakes {
            write!(f, "\n  {place} {what}")?;
        }
        Ok(())
    }
}

impl std::error::Error for BadConfig {}
