//! The identity provider by which people sign in at the console.

use std::io::ErrorKind;
use std::path::Path;

use oidc::{Provider, Settings};

use crate::config::Config;
use crate::error::{CommandError, io};
use crate::secret_file::{Links, read_secret};

/// The provider of the settings, if they name one.
///
/// # Errors
///
/// [`CommandError::Io`] when the file with the secret can't be read or others can read it, or when the system has no
/// certificates.
pub(crate) fn provider(config: &Config) -> Result<Option<Provider>, CommandError> {
    // The configuration was checked: with an issuer, the others are there.
    let named = (&config.console_oidc_issuer, &config.console_oidc_client_id, &config.console_url);
    let (Some(issuer), Some(client_id), Some(console_url)) = named else { return Ok(None) };
    let settings = Settings {
        issuer: issuer.clone(),
        client_id: client_id.clone(),
        client_secret: config.console_oidc_client_secret.as_deref().map(secret).transpose()?,
        console_url: console_url.clone(),
        scopes: config.console_oidc_scopes.clone(),
        actor_claim: config.console_oidc_actor_claim,
        roles_claim: config.console_oidc_roles_claim.clone(),
        roles: config.console_oidc_roles.clone(),
    };
    let provider = Provider::new(settings).map_err(std::io::Error::other);
    Ok(Some(provider.map_err(io("prepare sign-in by the identity provider"))?))
}

fn secret(file: &Path) -> Result<String, CommandError> {
    let text = read_secret(file, Links::Followed, None);
    let text = text.and_then(|text| text.ok_or_else(|| ErrorKind::NotFound.into()));
    Ok(text.map_err(io(format!("read {}", file.display())))?.trim().to_owned())
}
