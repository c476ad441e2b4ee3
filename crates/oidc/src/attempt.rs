//! One attempt to sign in: a random secret that its browser keeps, and what is derived from it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::fault::Fault;

/// Bytes of the secret.
const SECRET_BYTES: usize = 32;

/// An attempt to sign in. State, nonce and the verifier of PKCE are hashes of one secret, so the service keeps
/// nothing, and any instance can take what the provider sends back.
pub struct Attempt(String);

impl Attempt {
    /// A new one.
    ///
    /// # Errors
    ///
    /// [`Fault::Randomness`] when the system has none.
    pub fn random() -> Result<Self, Fault> {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes).map_err(|_| Fault::Randomness)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The attempt with this secret.
    #[must_use]
    pub fn of_secret(secret: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(secret).ok()?;
        (bytes.len() == SECRET_BYTES).then(|| Self(secret.to_owned()))
    }

    /// What its browser keeps. Digits, letters, `-` and `_`.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// Whether the provider answers this attempt.
    #[must_use]
    pub fn is_of_state(&self, state: &str) -> bool {
        self.state().as_bytes().ct_eq(state.as_bytes()).into()
    }

    /// What the provider sends back as it is.
    pub(crate) fn state(&self) -> String {
        self.derive("state")
    }

    /// What the provider puts into the token.
    pub(crate) fn nonce(&self) -> String {
        self.derive("nonce")
    }

    /// What shows that the code belongs to this attempt.
    pub(crate) fn verifier(&self) -> String {
        self.derive("verifier")
    }

    /// What the provider compares with the verifier: `S256` of PKCE.
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier()))
    }

    fn derive(&self, what: &str) -> String {
        let hash = Sha256::new().chain_update("dossier sign-in ").chain_update(what);
        URL_SAFE_NO_PAD.encode(hash.chain_update(" ").chain_update(&self.0).finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_read_back_from_its_secret() {
        let attempt = Attempt::random().expect("an attempt");
        let again = Attempt::of_secret(attempt.secret()).expect("the attempt");
        assert!(again.is_of_state(&attempt.state()));
        assert_eq!((again.nonce(), again.verifier()), (attempt.nonce(), attempt.verifier()));
        for secret in ["", "abc", "a=b", &"a".repeat(44)] {
            assert!(Attempt::of_secret(secret).is_none(), "{secret}");
        }
    }

    #[test]
    fn nothing_that_leaves_the_browser_is_the_secret_or_the_verifier() {
        let attempt = Attempt::random().expect("an attempt");
        let sent = [attempt.state(), attempt.nonce(), attempt.challenge()];
        for hidden in [attempt.secret().to_owned(), attempt.verifier()] {
            assert!(!sent.contains(&hidden));
        }
        assert_eq!(attempt.verifier().len(), 43);
        assert!(!attempt.is_of_state(&Attempt::random().expect("another").state()));
    }
}
