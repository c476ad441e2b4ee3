//! The configuration: read once, from flags, the environment, a file and defaults, in that order.
//!
//! `settings` declares every setting. Flags, help, validation, `dossier config check` and the table in
//! docs/operations.md all come from there.

mod flags;
mod mistakes;
mod setting;
mod settings;
mod sources;
mod values;

use std::num::NonZeroU32;
use std::time::Duration;

pub use self::flags::{Flags, shown_arguments};
pub use self::mistakes::{BadConfig, Mistake};
pub use self::setting::Setting;
pub use self::settings::{Config, SETTINGS};
use self::sources::Sources;
pub use self::sources::{Effective, Origin};
pub use self::values::{LogFilter, LogFormat, Networks, Secret};

const MIB: usize = 1 << 20;

impl Config {
    /// Reads every setting: from `flags`, else from `lookup` (the environment), else from the file that
    /// `--config` or `DOSSIER_CONFIG` names, else its default. An empty variable counts as absent.
    ///
    /// # Errors
    ///
    /// [`BadConfig`] with every mistake. None of them repeats a value, which could be a secret.
    pub fn read(flags: &Flags, lookup: impl Fn(&str) -> Option<String>) -> Result<Self, BadConfig> {
        let config =
            Self::from_sources(Sources::open(flags.config.clone(), &flags.given, &lookup))?;
        let mistakes = config.missing_for_sign_in();
        if mistakes.is_empty() { Ok(config) } else { Err(BadConfig { mistakes }) }
    }

    /// What sign-in by an identity provider lacks.
    fn missing_for_sign_in(&self) -> Vec<Mistake> {
        if self.console_oidc_issuer.is_none() {
            return Vec::new();
        }
        let needed = [
            ("console_url", self.console_url.is_none()),
            ("console_oidc_client_id", self.console_oidc_client_id.is_none()),
            ("console_oidc_roles", self.console_oidc_roles.is_empty()),
        ];
        let missing = needed.into_iter().filter(|(_, missing)| *missing);
        let what = "must be set because console_oidc_issuer is";
        missing.map(|(key, _)| Mistake { place: key.to_owned(), what: what.to_owned() }).collect()
    }

    /// The limits of the listener. Those without a setting have their defaults.
    #[must_use]
    pub fn limits(&self) -> crate::listen::Limits {
        crate::listen::Limits {
            connections_max: count(self.connections_max),
            drain: Duration::from_secs(self.shutdown_seconds.into()),
            ..crate::listen::Limits::default()
        }
    }

    /// The limits of requests in progress.
    #[must_use]
    pub fn request_limits(&self) -> http::RequestLimits {
        http::RequestLimits {
            of_key_per_second: NonZeroU32::new(self.key_requests_per_second),
            of_tenant: count(self.tenant_requests_max),
            of_all: count(self.requests_max),
            unsent_bytes_of_tenant: count(self.tenant_unsent_answers_mib).saturating_mul(MIB),
            unsent_bytes_of_all: count(self.unsent_answers_mib).saturating_mul(MIB),
            ..http::RequestLimits::default()
        }
    }
}

/// As a count of things in memory.
pub(crate) fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The environment, for [`Config::read`]. A variable that is not UTF-8 counts as absent.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub fn environment(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

#[cfg(test)]
mod tests;
