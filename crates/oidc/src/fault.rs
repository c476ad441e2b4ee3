//! Why nobody was signed in.

/// Why a provider's sign-in failed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The provider can't be asked, or answers what nobody understands.
    #[error("the identity provider is not available: {0}")]
    Unavailable(String),
    /// The provider refused, with this code of OAuth.
    #[error("the identity provider refused: {0}")]
    Refused(String),
    /// The provider's token can't be trusted.
    #[error("the token can't be trusted: {0}")]
    Untrusted(Untrusted),
    /// The token does not name the person as the settings ask.
    #[error("the token has no verified e-mail address")]
    NoActor,
    /// The person has none of the roles in the settings.
    #[error("the token has none of the roles")]
    NoRole,
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    Randomness,
}

/// Why a token can't be trusted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Untrusted {
    /// It has too many bytes.
    #[error("it is too long")]
    TooLong,
    /// It is no signed token, or lacks a claim.
    #[error("it is malformed")]
    Malformed,
    /// It is signed by another algorithm than RS256 or ES256, or not at all.
    #[error("its algorithm is not accepted")]
    Algorithm,
    /// The provider has no such key.
    #[error("its key is unknown")]
    UnknownKey,
    /// The signature is not by that key.
    #[error("its signature is wrong")]
    Signature,
    /// It is from another issuer.
    #[error("its issuer is another")]
    Issuer,
    /// It is for another client.
    #[error("it is for another client")]
    Audience,
    /// It is over.
    #[error("it has expired")]
    Expired,
    /// It is from the future.
    #[error("it is not valid yet")]
    NotYet,
    /// It belongs to another attempt.
    #[error("it belongs to another attempt")]
    Nonce,
}
