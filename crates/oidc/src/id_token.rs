//! What a provider says about a person: a signed token (`OpenID` Connect Core, 3.1.3.7).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;
use subtle::ConstantTimeEq as _;

use crate::fault::Untrusted;
use crate::keys::{Algorithm, Keys};

/// Bytes of a token, at most.
pub(crate) const BYTES_MAX: usize = 32 << 10;
/// Characters of a person's id at the provider, at most (`OpenID` Connect Core, 2).
const SUBJECT_BYTES_MAX: usize = 255;
/// Seconds by which the clocks of the provider and of this machine may differ.
const LEEWAY: f64 = 60.0;

/// What a token has to match.
pub(crate) struct Expected<'a> {
    /// The provider.
    pub(crate) issuer: &'a str,
    /// This service at the provider.
    pub(crate) client_id: &'a str,
    /// The attempt.
    pub(crate) nonce: &'a str,
    /// Seconds since 1970.
    pub(crate) now: f64,
}

/// What a token says about a person.
#[derive(Debug)]
pub(crate) struct Claims {
    /// The provider's id of the person.
    pub(crate) subject: String,
    /// The e-mail address, if the provider has verified it.
    pub(crate) verified_email: Option<String>,
    /// All of it.
    pub(crate) all: Value,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    /// Extensions that a reader has to understand. This one understands none.
    crit: Option<Value>,
}

/// The claims that are checked. A claim that is there twice is an error.
#[derive(Deserialize)]
struct Checked {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    nonce: String,
    email: Option<String>,
    email_verified: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Checks a token: first the signature, then each claim.
///
/// # Errors
///
/// Why it can't be trusted.
pub(crate) fn verify(
    token: &str,
    keys: &Keys,
    expected: &Expected<'_>,
) -> Result<Claims, Untrusted> {
    if token.len() > BYTES_MAX {
        return Err(Untrusted::TooLong);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(Untrusted::Malformed)?;
    let (header, payload) = message.split_once('.').ok_or(Untrusted::Malformed)?;
    let header: Header =
        serde_json::from_slice(&decoded(header)?).map_err(|_| Untrusted::Malformed)?;
    let algorithm = Algorithm::named(&header.alg).ok_or(Untrusted::Algorithm)?;
    // Providers sign other things by the same keys: those have types of their own.
    let other = header.typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT"));
    if other || header.crit.is_some() {
        return Err(Untrusted::Malformed);
    }
    keys.verify(algorithm, header.kid.as_deref(), message.as_bytes(), &decoded(signature)?)?;
    let payload = decoded(payload)?;
    let claims: Checked = serde_json::from_slice(&payload).map_err(|_| Untrusted::Malformed)?;
    let all = serde_json::from_slice(&payload).map_err(|_| Untrusted::Malformed)?;
    check(&claims, expected)?;
    // Some providers write the word.
    let verified = claims.email_verified.is_some_and(|said| said == true || said == "true");
    let verified_email = claims.email.filter(|_| verified);
    Ok(Claims { subject: claims.sub, verified_email, all })
}

fn check(claims: &Checked, expected: &Expected<'_>) -> Result<(), Untrusted> {
    if claims.iss != expected.issuer {
        return Err(Untrusted::Issuer);
    }
    let to_us = |audience: &str| audience == expected.client_id;
    let (addressed, alone) = match &claims.aud {
        Audience::One(one) => (to_us(one), true),
        Audience::Several(all) => (all.iter().any(|one| to_us(one)), all.len() == 1),
    };
    // With several, the party that requested the token must be named, and must be this service.
    let asked = claims.azp.as_deref().map_or(alone, to_us);
    if !addressed || !asked {
        return Err(Untrusted::Audience);
    }
    if claims.exp + LEEWAY <= expected.now {
        return Err(Untrusted::Expired);
    }
    let latest = expected.now + LEEWAY;
    if claims.iat > latest || claims.nbf.is_some_and(|begins| begins > latest) {
        return Err(Untrusted::NotYet);
    }
    if !bool::from(claims.nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
        return Err(Untrusted::Nonce);
    }
    if claims.sub.is_empty() || claims.sub.len() > SUBJECT_BYTES_MAX {
        return Err(Untrusted::Malformed);
    }
    Ok(())
}

fn decoded(part: &str) -> Result<Vec<u8>, Untrusted> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Untrusted::Malformed)
}

#[cfg(test)]
mod tests;
