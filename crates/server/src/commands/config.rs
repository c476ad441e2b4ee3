//! `dossier config check`.

use crate::config::Config;
use crate::error::CommandError;
use crate::output::say;
use crate::{database, postgres};

/// Prints every setting, its value and where it comes from, and the settings of a private PostgreSQL.
pub(super) fn check(config: &Config) -> Result<(), CommandError> {
    for setting in config.effective() {
        say!("{setting}")?;
    }
    if config.database_url.is_none()
        && let Ok(data_dir) = database::data_dir(config)
    {
        say!("\nThe private PostgreSQL on this machine:")?;
        for (name, value) in postgres::settings_here(&data_dir, config.pg_memory_mib) {
            say!("{name} = {value}")?;
        }
    }
    Ok(())
}
