//! New keys, and the page that shows one for the only time.

use std::num::NonZeroU32;

use axum::response::Response;
use http::context::Context;
use http::{ApiKey, App, KeyLimits, Problem};
use maud::html;
use store::TenantKey;
use store::api_keys::{NewKey, Scope};

use crate::look::{Page, Place, as_sentence, value};
use crate::session::Session;
use crate::url::KEYS;

/// A key that is wanted.
pub(super) struct New {
    pub(super) name: String,
    pub(super) scopes: Vec<Scope>,
    pub(super) limits: KeyLimits,
}

impl New {
    /// One like another. It ends when that one does.
    pub(super) fn like(key: &TenantKey) -> Self {
        let rate = key.requests_per_second.and_then(|rate| u32::try_from(rate).ok());
        Self {
            name: key.name.clone(),
            scopes: key.scopes.iter().filter_map(|name| name.parse().ok()).collect(),
            limits: KeyLimits {
                expires_at: key.expires_at,
                requests_per_second: rate.and_then(NonZeroU32::new),
                actors: key.actors.clone().unwrap_or_default(),
            },
        }
    }
}

/// Makes a key; or says what is wrong with it.
pub(super) async fn make(
    app: &App,
    session: &Session,
    context: &Context,
    new: New,
) -> Result<Result<ApiKey, String>, Problem> {
    let New { name, scopes, limits } = new;
    if !session.caller().covers(&limits) {
        return Ok(Err("Your own key is limited to some actors or a rate, so a new key needs the same or narrower limits.".to_owned()));
    }
    let (key, created) = match ApiKey::new(&name, &scopes, &limits) {
        Ok(made) => made,
        Err(error) => return Ok(Err(as_sentence(&error.to_string()))),
    };
    let new = NewKey { tenant: session.tenant(), key: created, secret_hash: key.secret_hash() };
    if !app.store.create_key(new, context.metadata.clone()).await? {
        return Err(Problem::not_found());
    }
    tracing::info!(key_id = session.caller().key_id(), "a key was created in the console");
    Ok(Ok(key))
}

/// The page with a new key.
pub(super) fn page(session: &Session, key: &ApiKey, former: Option<&TenantKey>) -> Response {
    Page::new(session, Place::Keys, "New key").show(html! {
        div.head { h1 { "The new key" } }
        p { "Copy it now. It is shown this one time: the service keeps only its hash." }
        p.secret { (value::id(&key.reveal())) }
        @if let Some(former) = former {
            p {
                "The former key " code { (former.key_id) } " goes on. When nothing uses it any more, which "
                a href=(KEYS) { "Keys" } " shows under “last used”, revoke it there."
            }
        }
        div.buttons { a.button.main href=(KEYS) { "I have copied it" } }
    })
}
