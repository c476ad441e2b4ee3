//! The beginning of a session, however a person was identified.

use axum::Extension;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::auth::Caller;
use http::{App, Problem, layers};
use oidc::Provider;
use store::sessions::NewSession;

use super::form::Said;
use crate::session::Token;
use crate::{look, url};

/// The identity provider, if people may sign in by one.
pub(super) type ByProvider = Extension<Option<Provider>>;

/// Begins a session of a caller, as one of so many of its key, and leads on.
pub(super) async fn begin(
    app: &App,
    caller: &Caller,
    said: Said,
    of_its_key_max: u32,
) -> Result<Response, Problem> {
    let token = Token::random()?;
    let session = NewSession {
        token_hash: token.hash(),
        tenant: caller.tenant(),
        key_id: caller.key_id().to_owned(),
        actor: said.actor,
        purpose: Some(said.purpose).filter(|purpose| !purpose.is_empty()),
        of_its_key_max,
    };
    app.store.begin_session(session).await?;
    let to = url::within(&said.to).unwrap_or_default();
    let mut response = Redirect::to(&url::query("/console/welcome", &[("to", to)])).into_response();
    response.headers_mut().insert(header::SET_COOKIE, token.cookie());
    Ok(response)
}

/// Whether the key may act for this person, and whether name and purpose follow the rules of `X-Actor` and
/// `X-Reason`.
pub(super) fn check(caller: &Caller, actor: &str, purpose: &str) -> Result<(), Problem> {
    let mut reported = HeaderMap::new();
    let purpose = Some(purpose).filter(|purpose| !purpose.is_empty());
    for (name, text) in [("x-actor", Some(actor)), ("x-reason", purpose)] {
        let Some(text) = text else { continue };
        let asked = "must have printable characters only";
        let value = HeaderValue::from_bytes(text.as_bytes());
        reported.insert(name, value.map_err(|_| Problem::header(name, asked))?);
    }
    layers::check_reported(caller, &reported)
}

/// What is wrong, in the words of the form.
pub(super) fn wrong(problem: &Problem) -> String {
    if problem.status() == StatusCode::UNAUTHORIZED {
        return "This key is not valid: check that it is whole, and neither expired nor revoked."
            .to_owned();
    }
    let words = problem.message();
    let words = words.replace("the header x-actor", "your name");
    let words = words.replace("the header x-reason", "the purpose");
    look::as_sentence(
        &words.replace("X-Actor must be absent or one of", "your name must be one of"),
    )
}
