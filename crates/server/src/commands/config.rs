//! `dossier config check`.

use crate::config::Config;
use crate::error::CommandError;
use crate::output::say;

/// Prints every setting, its value and where it comes from.
pub(super) fn check(config: &Config) -> Result<(), CommandError> {
    for setting in config.effective() {
        say!("{setting}")?;
    }
    Ok(())
}
