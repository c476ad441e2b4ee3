//! What an operator configures.

use crate::actor_claim::ActorClaim;
use crate::address::Address;
use crate::roles::Roles;

/// Where the console takes what the provider sends back.
const CALLBACK: &str = "/console/login/callback";

/// A provider, and this service as its client. It may have a secret, so it has no `Debug`.
#[derive(Clone)]
pub struct Settings {
    /// The provider.
    pub issuer: Address,
    /// The service's name at the provider.
    pub client_id: String,
    /// The service's secret at the provider, if it has one.
    pub client_secret: Option<String>,
    /// The address of this service in browsers.
    pub console_url: Address,
    /// The scopes to ask for.
    pub scopes: String,
    /// The claim that names the person.
    pub actor_claim: ActorClaim,
    /// The claim with the person's roles: a name, or a JSON pointer.
    pub roles_claim: String,
    /// Which role acts by which key.
    pub roles: Roles,
}

impl Settings {
    /// Where the provider sends people back to.
    pub(crate) fn redirect_uri(&self) -> String {
        self.console_url.join(CALLBACK)
    }
}
