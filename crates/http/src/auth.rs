//! Who calls: API keys, how they are looked up, and how often a peer may try.

mod api_key;
mod caller;
mod failures;
mod keyring;
mod new_key;

pub use self::api_key::{ApiKey, NotAKey};
pub use self::caller::Caller;
pub use self::failures::Failures;
pub use self::keyring::{KeyCheck, Keyring};
pub use self::new_key::{KeyLimits, NewKeyError};
