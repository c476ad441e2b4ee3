//! The context of a request: who, why and how.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use domain::check::Violation;
use domain::tenant::check_actor;
use domain::text::{as_it_looks, key};
use store::Metadata;

use crate::auth::Caller;
use crate::headers;
use crate::ids::RequestId;
use crate::origin::Origin;
use crate::peer::Peer;
use crate::problem::Problem;

/// Who calls, why and how. Every event of the request has it in its metadata.
#[derive(Clone, Debug)]
pub struct Context {
    /// Who calls.
    pub caller: Caller,
    /// The request's id.
    pub request_id: String,
    /// The metadata of its events.
    pub metadata: Metadata,
}

/// The longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 1_000;

/// Headers that go into the metadata as they are, with the longest text each may have.
const METADATA_HEADERS: [(&str, &str, usize); 4] = [
    ("x-actor", ACTOR, 256),
    ("x-reason", REASON, REASON_CHARS_MAX),
    ("x-correlation-id", "correlation_id", 128),
    ("x-causation-id", "causation_id", 128),
];

/// The member of the metadata with the actor: what the caller claims. `api_key` is what the
/// service knows.
pub const ACTOR: &str = "actor";
/// The member of the metadata with the reason.
const REASON: &str = "reason";

/// The headers that go into the metadata, by their names there.
pub fn reported(
    headers: &HeaderMap,
) -> impl Iterator<Item = Result<(&'static str, String), Problem>> {
    METADATA_HEADERS.into_iter().filter_map(|(header, name, chars_max)| {
        let text = headers::single(headers, header).transpose()?;
        Some(text.and_then(|text| {
            let text = claim(name, text, chars_max);
            text.map(|text| (name, text)).map_err(|asked| Problem::header(header, &asked))
        }))
    })
}

/// The text as the metadata called `name`; else what it must be.
fn claim(name: &str, text: &str, chars_max: usize) -> Result<String, String> {
    let text = headers::printable(text, chars_max)?;
    match name {
        // Shown alone, as in `created_by`, a claim must not look like a key or another actor.
        ACTOR => check_actor(&text)?,
        REASON => {}
        _ => as_it_looks(&text)?,
    }
    // So a filter finds it in each spelling.
    Ok(key(&text).into_owned())
}

impl Context {
    /// Takes the metadata called `name` from the member of a body that is called so, instead of from a header.
    pub fn report(&mut self, name: &'static str, text: &str) -> Result<(), Problem> {
        let mut known = METADATA_HEADERS.into_iter().filter(|(_, known, _)| *known == name);
        let chars_max = known.next().map_or(0, |(_, _, chars_max)| chars_max);
        let text = claim(name, text, chars_max)
            .map_err(|asked| Problem::from(Violation::invalid(asked).under(name)))?;
        if name == ACTOR {
            self.caller.require_actor(&text)?;
        }
        self.metadata.insert(name.to_owned(), text);
        Ok(())
    }
}

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let request_id = parts.extensions.get::<RequestId>();
        let request_id = request_id.map(|id| id.0.clone()).unwrap_or_default();
        let surface = Origin::of(&parts.extensions).name;
        let mut metadata = Metadata::from([
            ("api_key".to_owned(), caller.key_id().to_owned()),
            ("request_id".to_owned(), request_id.clone()),
            ("surface".to_owned(), surface.to_owned()),
            ("application_version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ]);
        for reported in reported(&parts.headers) {
            let (name, text) = reported?;
            metadata.insert(name.to_owned(), text);
        }
        if let Some(trace_id) = headers::trace_id(&parts.headers) {
            metadata.insert("trace_id".to_owned(), trace_id);
        }
        if let Some(peer) = Peer::of(&parts.extensions) {
            metadata.insert("client_address".to_owned(), peer.to_string());
        }
        if let Ok(Some(user_agent)) = headers::text(&parts.headers, "user-agent", 256) {
            metadata.insert("user_agent".to_owned(), user_agent);
        }
        Ok(Self { caller, request_id, metadata })
    }
}
