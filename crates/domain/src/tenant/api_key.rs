//! API keys in the events of their tenant. No rule reads them, so the state does not contain them.

use std::num::NonZeroU32;

use crate::check::always_valid;
use crate::list::Distinct;
use crate::object::object;
use crate::text::{as_it_looks, text};
use crate::time::Timestamp;

/// The most actors that a key can be restricted to.
pub const KEY_ACTORS_MAX: usize = 50;

text! {
    /// The public part of an API key.
    pub struct ApiKeyId, chars 1..=64;
    /// The name of an API key.
    pub struct ApiKeyName, chars 1..=200;
    /// What an API key may be used for.
    pub struct ApiKeyScope, chars 1..=32;
    /// The person or service on whose behalf a key is used, as the caller claims.
    pub struct Actor, chars 1..=256, check = check_actor;
}

always_valid!(NonZeroU32);

/// The number of hexadecimal digits in the public part of an API key.
const KEY_ID_CHARS: usize = 16;

/// Whether a text could be the public part of an API key.
#[must_use]
pub fn is_key_id(text: &str) -> bool {
    text.len() == KEY_ID_CHARS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The caller claims an actor; the service knows the key's id. So an actor never looks like one.
///
/// # Errors
///
/// What is wrong with the claim. Two actors that look the same have to be the same.
pub fn check_actor(actor: &str) -> Result<(), &'static str> {
    if is_key_id(actor.trim()) {
        return Err("must not have the form of an API key's id");
    }
    as_it_looks(actor)
}

object! {
    /// A created API key. The history never contains its secret.
    pub struct CreatedApiKey {
        must {
            /// Its public part.
            key_id: ApiKeyId,
            /// Its name.
            name: ApiKeyName,
            /// What it may be used for.
            scopes: Distinct<ApiKeyScope, 16>,
        }
        may {
            /// The actors that requests with it may name; absent means any.
            actors: Distinct<Actor, KEY_ACTORS_MAX>,
            /// The most requests per second at each instance.
            requests_per_second: Option<NonZeroU32>,
            /// When it expires; absent means never.
            expires_at: Option<Timestamp>,
        }
    }
}
