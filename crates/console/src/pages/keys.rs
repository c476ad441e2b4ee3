//! The keys of the tenant, for its administrators: what each may do, when it was last used; creating, rotating and
//! revoking them.

mod form;
mod made;
mod table;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use http::context::Context;
use http::extract::{Path, Query};
use http::parameters::Parameters;
use http::problem::Code;
use http::{App, Problem};
use maud::{Markup, html};
use store::TenantKey;

use self::made::New;
use crate::look::{Flash, Page, Place, states, with_flash};
use crate::posted::Posted;
use crate::routing::Routes;
use crate::session::Session;
use crate::url::{KEYS, READS};

pub(crate) fn routes(app: &App) -> Router<App> {
    let keys = Router::new()
        .route("/keys", get(show).post(create))
        .route("/keys/{key}/rotate", post(rotate))
        .route("/keys/{key}/revoke", post(revoke));
    Routes::new(app).admin(keys).done()
}

/// `GET /console/keys`
async fn show(
    State(app): State<App>,
    session: Session,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let flash = parameters.text(Flash::PARAMETER)?.as_deref().and_then(Flash::read);
    parameters.finish()?;
    page(&app, &session, flash, &Posted::default(), None).await
}

/// The page with all keys, and the form for one more.
async fn page(
    app: &App,
    session: &Session,
    flash: Option<Flash>,
    posted: &Posted,
    wrong: Option<&str>,
) -> Result<Response, Problem> {
    let keys = app.store.tenant_keys(session.tenant()).await?;
    let manages = app.store.manages_keys().await?;
    let now = session.now();
    let (valid, ended): (Vec<_>, Vec<_>) = keys.iter().partition(|key| is_valid(key, session));
    Ok(Page::new(session, Place::Keys, "Keys").flash(flash).show(html! {
        div.head {
            h1 { "Keys" }
            small { (valid.len()) " valid, " (ended.len()) " ended" }
            div.buttons { a.button href=(READS) { "Who looked at what" } }
        }
        @if let Some(wrong) = wrong { p.flash.wrong role="alert" { (wrong) } }
        @if valid.is_empty() {
            (states::empty("No key is valid", html! { "Nobody can use the service for this tenant." }))
        } @else {
            (table::rows(session, now, &valid, manages))
        }
        @if manages { (form::create(session, posted)) } @else { (by_command(session)) }
        @if !ended.is_empty() {
            details {
                summary { "Revoked and expired keys" }
                (table::rows(session, now, &ended, false))
            }
        }
    }))
}

/// `POST /console/keys`
async fn create(
    State(app): State<App>,
    session: Session,
    context: Context,
    posted: Posted,
) -> Result<Response, Problem> {
    require_managing(&app).await?;
    let new = match form::read(&session, &posted) {
        Ok(new) => new,
        Err(wrong) => return page(&app, &session, None, &posted, Some(&wrong)).await,
    };
    match made::make(&app, &session, &context, new).await? {
        Ok(key) => Ok(made::page(&session, &key, None)),
        Err(wrong) => page(&app, &session, None, &posted, Some(&wrong)).await,
    }
}

/// `POST /console/keys/{key}/rotate`: makes a new key like this one. This one goes on until it is revoked.
async fn rotate(
    State(app): State<App>,
    session: Session,
    context: Context,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    require_managing(&app).await?;
    let former = find(&app, &session, &key).await?;
    if !is_valid(&former, &session) {
        let wrong = "This key has ended. Create a new one.";
        return page(&app, &session, None, &Posted::default(), Some(wrong)).await;
    }
    let new = New::like(&former);
    if !form::may_give(&session, &new.scopes) {
        return Err(Code::Forbidden.into());
    }
    match made::make(&app, &session, &context, new).await? {
        Ok(key) => Ok(made::page(&session, &key, Some(&former))),
        Err(wrong) => page(&app, &session, None, &Posted::default(), Some(&wrong)).await,
    }
}

/// `POST /console/keys/{key}/revoke`
async fn revoke(
    State(app): State<App>,
    session: Session,
    context: Context,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    require_managing(&app).await?;
    let key = find(&app, &session, &key).await?;
    let tenant = session.tenant();
    if !app.store.revoke_key(tenant, &key.key_id, context.metadata).await? {
        return Err(Problem::not_found());
    }
    tracing::info!(key_id = session.caller().key_id(), "a key was revoked in the console");
    Ok(with_flash(KEYS, Flash::KeyRevoked))
}

/// Requires that this service may create and revoke keys. Otherwise the database would refuse its login.
async fn require_managing(app: &App) -> Result<(), Problem> {
    if app.store.manages_keys().await? { Ok(()) } else { Err(Code::Forbidden.into()) }
}

/// A key of the tenant. Another tenant's isn't there.
async fn find(app: &App, session: &Session, key: &str) -> Result<TenantKey, Problem> {
    let keys = app.store.tenant_keys(session.tenant()).await?;
    keys.into_iter().find(|known| known.key_id == key).ok_or_else(Problem::not_found)
}

fn is_valid(key: &TenantKey, session: &Session) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|end| session.now() < end)
}

/// How keys are created where the service may not.
fn by_command(session: &Session) -> Markup {
    html! {
        section.card {
            h2 { "Creating and revoking keys" }
            p { "This service may not do that here. Its operator does it by a command:" }
            pre tabindex="0" role="region" aria-label="Commands" { code {
                "dossier key create --tenant " (session.tenant().id.to_string()) " --name NAME --scopes read,write\n"
                "dossier key revoke KEYID"
            } }
            p.soft { "Or the operator lets the console do it: " code { "grant dossier_key_manager to <the service’s login>" } }
        }
    }
}
