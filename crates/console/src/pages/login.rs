//! Signing in and out.

mod begin;
mod form;
mod provider;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::extract::Query;
use http::parameters::Parameters;
use http::peer::Peer;
use http::{ApiKey, App, Problem, layers};
use oidc::Provider;
use store::sessions::OF_A_KEY_MAX;

use self::begin::{ByProvider, begin, check, wrong};
use self::form::{Said, page};
use crate::look::{Flash, with_flash};
use crate::posted::{Posted, require_same_site};
use crate::routing::Routes;
use crate::session::{Session, Token};
use crate::url;

/// The pages for people who are not signed in.
pub(crate) fn open(provider: Option<Provider>) -> Router<App> {
    Router::new()
        .route("/login", get(ask).post(sign_in))
        .merge(provider::open(provider.is_some()))
        .layer(Extension(provider))
}

/// The pages for people who are.
pub(crate) fn routes(app: &App) -> Router<App> {
    let pages = Router::new().route("/logout", post(sign_out)).route("/welcome", get(welcome));
    Routes::new(app).signed_in(pages).done()
}

/// `GET /console/login`
async fn ask(
    Extension(provider): ByProvider,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let to = parameters.text("to")?.unwrap_or_default();
    let flash = parameters.text(Flash::PARAMETER)?;
    parameters.finish()?;
    let mut flash = flash.as_deref().and_then(Flash::read);
    // The welcome page leads here only when the browser did not keep the session of a moment ago.
    let to = if to.starts_with("/console/welcome") {
        flash = Some(Flash::NoCookie);
        String::new()
    } else {
        to
    };
    // Somebody who signs out here may go on to be signed in at the provider.
    let signed_out = match &provider {
        Some(provider) if flash == Some(Flash::SignedOut) => provider.sign_out().await,
        Some(_) | None => None,
    };
    let said = Said { to, ..Said::default() };
    Ok(page(provider.as_ref(), &said, flash, signed_out.as_deref()))
}

/// `POST /console/login`
async fn sign_in(
    State(app): State<App>,
    Extension(provider): ByProvider,
    request: Request,
) -> Result<Response, Problem> {
    require_same_site(request.headers(), request.uri())?;
    let peer = Peer::of(request.extensions());
    let posted = Posted::read(&app, request).await?;
    let text = |name| posted.filled(name).unwrap_or_default().to_owned();
    let said =
        Said { to: text("to"), actor: text("actor"), purpose: text("purpose"), ..Said::default() };
    let key: Option<ApiKey> = posted.filled("key").and_then(|key| key.parse().ok());
    let known = async {
        let caller = layers::identify_key(&app, key.as_ref(), peer).await?;
        check(&caller, &said.actor, &said.purpose).map(|()| caller)
    };
    let caller = match known.await {
        // Only the provider says who uses this key.
        Ok(caller)
            if provider.as_ref().is_some_and(|p| p.settings().roles.names_key(caller.key_id())) =>
        {
            let wrong = "People with this key sign in by the identity provider.".to_owned();
            let said = Said { wrong: Some(wrong), ..said };
            let page = page(provider.as_ref(), &said, None, None);
            return Ok((StatusCode::FORBIDDEN, page).into_response());
        }
        Ok(caller) => caller,
        Err(problem) => {
            let said = Said { wrong: Some(wrong(&problem)), ..said };
            let mut page = page(provider.as_ref(), &said, None, None);
            *page.status_mut() = problem.status();
            return Ok(page);
        }
    };
    tracing::info!(key_id = caller.key_id(), "a person signed in at the console");
    begin(&app, &caller, said, OF_A_KEY_MAX).await
}

/// `GET /console/welcome`: proves that the browser kept the session, and leads on.
async fn welcome(Query(mut parameters): Query<Parameters>) -> Result<Redirect, Problem> {
    let to = parameters.text("to")?.unwrap_or_default();
    parameters.finish()?;
    Ok(Redirect::to(url::within(&to).unwrap_or("/console")))
}

/// `POST /console/logout`
async fn sign_out(State(app): State<App>, session: Session) -> Result<Response, Problem> {
    app.store.end_session(session.token().hash()).await?;
    let mut response = with_flash("/console/login", Flash::SignedOut);
    response.headers_mut().insert(header::SET_COOKIE, Token::no_cookie());
    Ok(response)
}
