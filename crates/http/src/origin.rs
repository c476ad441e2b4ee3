//! The surface that a request came to.

use axum::http::Extensions;

/// A surface, as far as what all surfaces share has to know it. Surfaces other than the native one put
/// theirs into a request's extensions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Origin {
    /// Its name in the metadata of events.
    pub name: &'static str,
    /// Whether `Authorization: Bearer` carries the key; else only `X-API-Key` does.
    pub bearer: bool,
}

impl Origin {
    /// The native surface, under `/v1`.
    pub const NATIVE: Self = Self { name: "native", bearer: true };

    /// Where a request came to.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self::NATIVE)
    }
}
