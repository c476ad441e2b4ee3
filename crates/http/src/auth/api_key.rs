//! API keys as their owners hold them.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// An API key as its owner holds it: `dossier_<id>_<secret>`.
#[derive(Clone, Eq, PartialEq)]
pub struct ApiKey {
    id: String,
    secret: String,
}

/// The text does not have the form of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an API key is dossier_<id>_<secret>")]
pub struct NotAKey;

impl ApiKey {
    /// The length of the public part, in hexadecimal digits.
    const ID_DIGITS: usize = 16;
    /// The length of the secret, in hexadecimal digits.
    const SECRET_DIGITS: usize = 64;

    /// The key made of this randomness: 64 bits to find it, 256 bits of secret.
    #[must_use]
    pub fn from_random(id: [u8; 8], secret: [u8; 32]) -> Self {
        Self { id: hex(&id), secret: hex(&secret) }
    }

    /// Its public part.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The stored hash of its secret. The secret is random, so a fast hash is enough.
    #[must_use]
    pub fn secret_hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret.as_bytes()).into()
    }

    /// The whole key, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("dossier_{}_{}", self.id, self.secret)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl FromStr for ApiKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let parts = text.strip_prefix("dossier_").and_then(|rest| rest.split_once('_'));
        let (id, secret) = parts.ok_or(NotAKey)?;
        if is_hex(id, Self::ID_DIGITS) && is_hex(secret, Self::SECRET_DIGITS) {
            Ok(Self { id: id.to_owned(), secret: secret.to_owned() })
        } else {
            Err(NotAKey)
        }
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|four| char::from_digit(four.into(), 16)).collect()
}
