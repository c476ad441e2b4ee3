//! Authentication codes of answers kept under idempotency keys.
//!
//! Events are authenticated by the chain. Kept answers are not in the log, and refusals have no event,
//! so each carries a code that only a service with the log's key can make.

use domain::TenantId;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};

use super::hash::Hash;
use super::rendered::Rendered;
use crate::partition::Partition;

/// The bytes of a code that name its key.
const KEY_ID_BYTES: usize = 4;

/// The key that authenticates kept answers. Every instance over one database needs the same.
#[derive(Clone)]
pub struct AnswerKey {
    id: [u8; KEY_ID_BYTES],
    signer: Hmac<Sha256>,
}

/// An answer as it is kept, and for which request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoredAnswer<'a> {
    pub(crate) partition: Partition,
    pub(crate) tenant: TenantId,
    pub(crate) key: &'a str,
    pub(crate) request_hash: &'a Hash,
    pub(crate) rendered: &'a Rendered,
}

/// What a code says of an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Authenticity {
    /// The answer is the one that was kept.
    Authentic,
    /// It is another one.
    Forged,
    /// It has no code, or a code made with another key.
    Unknown,
}

impl AnswerKey {
    /// The key with this secret.
    pub(crate) fn new(secret: &Hash) -> Self {
        let mut id = [0; KEY_ID_BYTES];
        let named =
            Sha256::new().chain_update("dossier answer key").chain_update(secret).finalize();
        for (byte, from) in id.iter_mut().zip(named) {
            *byte = from;
        }
        // HMAC takes a key of any length.
        #[expect(clippy::expect_used, reason = "an HMAC takes a key of any length")]
        let signer = Hmac::new_from_slice(secret).expect("a key of 32 bytes");
        Self { id, signer }
    }

    /// The code of an answer.
    pub(crate) fn code(&self, answer: &StoredAnswer<'_>) -> Vec<u8> {
        let mut code = self.id.to_vec();
        code.extend_from_slice(&self.signed(answer).finalize().into_bytes());
        code
    }

    /// Whether an answer is the one that a code was made for.
    pub(crate) fn check(&self, answer: &StoredAnswer<'_>, code: Option<&[u8]>) -> Authenticity {
        let Some((id, code)) = code.and_then(|code| code.split_at_checked(KEY_ID_BYTES)) else {
            return Authenticity::Unknown;
        };
        if id != self.id {
            return Authenticity::Unknown;
        }
        match self.signed(answer).verify_slice(code) {
            Ok(()) => Authenticity::Authentic,
            Err(_) => Authenticity::Forged,
        }
    }

    /// Each part goes in behind its length, as in the chain.
    fn signed(&self, answer: &StoredAnswer<'_>) -> Hmac<Sha256> {
        let StoredAnswer { partition, tenant, key, request_hash, rendered } = answer;
        let Rendered { status, version, position, body } = rendered;
        let number =
            |number: &Option<i64>| number.map_or_else(Vec::new, |n| n.to_be_bytes().into());
        let mut signer = self.signer.clone();
        for part in [
            &partition.number().to_be_bytes()[..],
            tenant.0.as_bytes(),
            key.as_bytes(),
            &request_hash[..],
            &status.to_be_bytes(),
            &number(version),
            &number(position),
            body.as_bytes(),
        ] {
            signer.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            signer.update(part);
        }
        signer
    }
}

impl std::fmt::Debug for AnswerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnswerKey").finish_non_exhaustive()
    }
}
