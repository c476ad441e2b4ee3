//! `dossier config check`.

use crate::config::Config;

/// Prints every setting, its value and where it comes from.
pub(super) fn check(config: &Config) {
    for setting in config.effective() {
        println!("{setting}");
    }
}
