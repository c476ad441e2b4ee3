//! The layer that finds a request's session, and lets signed-in people in.

use std::net::IpAddr;

use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::auth::Caller;
use http::origin::Origin;
use http::peer::Peer;
use http::{App, Problem, layers, limits};
use store::api_keys::Scope;
use tokio::sync::Semaphore;

use crate::posted::X_REASON;
use crate::session::{Session, Token};
use crate::{look, url};

/// The surface that events name.
const ORIGIN: Origin = Origin { name: "console", bearer: false };
const X_ACTOR: HeaderName = HeaderName::from_static("x-actor");
/// Addresses with too many failures look up their sessions one after the other.
static TURNS: Semaphore = Semaphore::const_new(1);

/// Lets a signed-in person in, with quota and one of the scopes. Others are asked to sign in.
///
/// From here on the request is that of a caller of the API: the person is its actor, and the purpose of the
/// session the reason of its reads.
pub(crate) async fn authenticate(
    State((app, scopes)): State<(App, &'static [Scope])>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = Peer::of(request.extensions());
    let session = match find(&app, Token::of(request.headers()), peer).await {
        Ok(Some(session)) => session,
        Ok(None) => return sign_in(&request),
        Err(problem) => return problem.into_response(),
    };
    let headers = request.headers_mut();
    let said = [(X_ACTOR, Some(session.actor())), (X_REASON, session.purpose())];
    for (name, text) in said {
        headers.remove(&name);
        // Sign-in accepted only texts that can be the value of a header.
        if let Some(Ok(value)) = text.map(|text| HeaderValue::from_bytes(text.as_bytes())) {
            headers.insert(name, value);
        }
    }
    request.extensions_mut().insert(ORIGIN);
    request.extensions_mut().insert(session.clone());
    let caller = session.caller().clone();
    let mut response = layers::admit_caller(&app, caller, scopes, request, next).await;
    // For the page about a problem.
    response.extensions_mut().insert(session);
    response
}

/// The session of a token, if it has not ended.
///
/// # Errors
///
/// A 429 when the peer has tried too many tokens, and this is another wrong one.
async fn find(
    app: &App,
    token: Option<Token>,
    peer: Option<IpAddr>,
) -> Result<Option<Session>, Problem> {
    let Some(token) = token else { return Ok(None) };
    let failing = app.failures.has_too_many(peer);
    // Its people may be signed in, so the session is looked up anyway, but without taking others' connections.
    let turn = if failing { TURNS.acquire().await.ok() } else { None };
    let kept = app.store.session(token.hash()).await?;
    drop(turn);
    let Some(kept) = kept else {
        if failing {
            return Err(limits::refused(Problem::too_many_attempts()).await);
        }
        app.failures.record(peer, None);
        return Ok(None);
    };
    let caller: Option<Caller> =
        app.keyring.caller(&kept.key_id).await.map_err(|error| Problem::of_store(&error))?;
    let Some(caller) = caller else {
        app.store.end_session(token.hash()).await?;
        return Ok(None);
    };
    Session::new(caller, token, kept).map(Some)
}

/// Redirects to the sign-in page, which leads back.
fn sign_in(request: &Request) -> Response {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return Problem::unauthorized().into_response();
    }
    let asked = request.extensions().get::<OriginalUri>();
    let asked = asked.and_then(|OriginalUri(uri)| Some(uri.path_and_query()?.as_str().to_owned()));
    let asked = asked.as_deref().and_then(url::within).unwrap_or("/console");
    if comes_from_elsewhere(request.headers()) {
        return look::once_more(asked);
    }
    Redirect::to(&url::query("/console/login", &[("to", asked)])).into_response()
}

/// Whether a link of another site was followed. The browser then sends no cookie, even if the person is signed in.
fn comes_from_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    site == Some("cross-site") && Token::of(headers).is_none()
}
