//! The claim that names a person.

use std::fmt;
use std::str::FromStr;

/// The claim that names a person.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ActorClaim {
    /// The e-mail address. It counts only if the provider has verified it.
    Email,
    /// The provider's own id of the person, which never changes.
    Subject,
}

/// The text names no such claim.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("must be email or sub")]
pub struct NotAnActorClaim;

impl FromStr for ActorClaim {
    type Err = NotAnActorClaim;

    fn from_str(text: &str) -> Result<Self, NotAnActorClaim> {
        match text {
            "email" => Ok(Self::Email),
            "sub" => Ok(Self::Subject),
            _ => Err(NotAnActorClaim),
        }
    }
}

impl fmt::Display for ActorClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Email => "email",
            Self::Subject => "sub",
        })
    }
}
