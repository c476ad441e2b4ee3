//! Sign-in by an identity provider: `OpenID` Connect, the authorization code with PKCE.
//!
//! [`Provider`] sends a person to the provider and takes what comes back. `discovery` has the provider's addresses,
//! `keys` its keys, `id_token` the check of what it says about a person, `fetch` the only requests that leave the service.
//! Nothing here knows pages, sessions or the database.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

mod actor_claim;
mod address;
mod attempt;
mod discovery;
mod fault;
mod fetch;
mod form;
mod id_token;
mod keys;
mod person;
mod provider;
mod roles;
mod settings;
#[cfg(test)]
mod testing;

pub use self::actor_claim::{ActorClaim, NotAnActorClaim};
pub use self::address::{Address, NotAnAddress};
pub use self::attempt::Attempt;
pub use self::fault::{Fault, Untrusted};
pub use self::person::Person;
pub use self::provider::{NoCertificates, Provider};
pub use self::roles::{NotRoles, Roles};
pub use self::settings::Settings;
