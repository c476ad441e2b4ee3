//! The public keys of a provider (RFC 7517), and signatures by them: RS256 and ES256.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::Value;

use crate::fault::Untrusted;

/// Keys of a provider that are looked at.
const KEYS_MAX: usize = 100;
/// Bytes of a coordinate on P-256.
const COORDINATE_BYTES: usize = 32;

/// An algorithm that signatures may have. `none` and those with a shared secret are not among them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Algorithm {
    /// RSA, PKCS #1 v1.5, SHA-256.
    Rs256,
    /// ECDSA on P-256, SHA-256.
    Es256,
}

impl Algorithm {
    /// The algorithm of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }
}

/// The keys of a provider that sign by an accepted algorithm.
#[derive(Debug, Default)]
pub(crate) struct Keys(Vec<Key>);

#[derive(Debug)]
struct Key {
    id: Option<String>,
    public: Public,
}

/// A key belongs to one algorithm, so a signature can't be checked by a key of another.
#[derive(Debug)]
enum Public {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    P256(Vec<u8>),
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Keys {
    /// The keys of a set. Keys of other kinds are left out.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let set: Set = serde_json::from_slice(text).ok()?;
        let keys = set.keys.into_iter().take(KEYS_MAX);
        Some(Self(keys.filter_map(|key| Key::of(serde_json::from_value(key).ok()?)).collect()))
    }

    /// Checks a signature by the key with this id, or by any key if the token names none.
    ///
    /// # Errors
    ///
    /// [`Untrusted::UnknownKey`] when a newer set may have the key, [`Untrusted::Signature`] when the key did not sign it.
    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        id: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Untrusted> {
        let of_id = |key: &&Key| id.is_none() || key.id.as_deref() == id;
        let mut keys =
            self.0.iter().filter(|key| key.algorithm() == algorithm).filter(of_id).peekable();
        let known = keys.peek().is_some() && id.is_some();
        if keys.any(|key| key.has_signed(message, signature)) {
            return Ok(());
        }
        Err(if known { Untrusted::Signature } else { Untrusted::UnknownKey })
    }
}

impl Key {
    fn of(jwk: Jwk) -> Option<Self> {
        let signs = jwk.used_for.as_deref().is_none_or(|used_for| used_for == "sig");
        let verifies = jwk.key_ops.is_none_or(|all| all.iter().any(|one| one == "verify"));
        let public = match &*jwk.kty {
            "RSA" => Public::Rsa { modulus: bytes(jwk.n)?, exponent: bytes(jwk.e)? },
            "EC" if jwk.crv.as_deref() == Some("P-256") => {
                let (x, y) = (bytes(jwk.x)?, bytes(jwk.y)?);
                let whole = x.len() == COORDINATE_BYTES && y.len() == COORDINATE_BYTES;
                // The point is not compressed.
                Public::P256(whole.then(|| [&[4], &x[..], &y[..]].concat())?)
            }
            _ => return None,
        };
        let key = Self { id: jwk.kid, public };
        let named = jwk.alg.is_none_or(|name| Algorithm::named(&name) == Some(key.algorithm()));
        (signs && verifies && named).then_some(key)
    }

    const fn algorithm(&self) -> Algorithm {
        match self.public {
            Public::Rsa { .. } => Algorithm::Rs256,
            Public::P256(_) => Algorithm::Es256,
        }
    }

    fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let checked = match &self.public {
            Public::Rsa { modulus: n, exponent: e } => RsaPublicKeyComponents { n, e }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                message,
                signature,
            ),
            Public::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
        };
        checked.is_ok()
    }
}

fn bytes(text: Option<String>) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text?).ok()?;
    // Some providers write a sign before a number.
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let number = bytes.get(zeros..)?;
    Some(if bytes.len() == COORDINATE_BYTES { bytes } else { number.to_vec() })
}
