//! Signing in by the identity provider: the way there, and the way back.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::extract::Query;
use http::parameters::Parameters;
use http::peer::Peer;
use http::{App, Problem, limits};
use oidc::{Fault, Person, Provider};
use store::sessions::OF_A_ROLE_MAX;

use super::begin::{ByProvider, begin, check, wrong};
use super::form::{PURPOSE_CHARS, Said, page};

use crate::look;
use crate::posted::{Posted, require_same_site};
use crate::session::{LASTS_MINUTES, SignIn};

/// Seconds after which a person may try again when the provider is down.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");
/// Characters of the provider's word for a refusal.
const REFUSAL_CHARS: usize = 40;

/// The pages, if there is a provider.
pub(super) fn open(there_is_one: bool) -> Router<App> {
    if !there_is_one {
        return Router::new();
    }
    Router::new()
        .route("/login/provider", post(leave))
        .route("/login/callback", get(come_back).layer(axum::middleware::map_response(forget)))
}

/// Why nobody is signed in: the status of the page, and its sentence.
struct Refused(StatusCode, String);

/// `POST /console/login/provider`: leads to the provider.
async fn leave(
    State(app): State<App>,
    Extension(provider): ByProvider,
    request: Request,
) -> Result<Response, Problem> {
    let provider = provider.ok_or_else(Problem::not_found)?;
    require_same_site(request.headers(), request.uri())?;
    let peer = Peer::of(request.extensions());
    require_few_failures(&app, peer).await?;
    let posted = Posted::read(&app, request).await?;
    let text = |name| posted.filled(name).unwrap_or_default().to_owned();
    let (to, purpose) = (text("to"), text("purpose"));
    if purpose.chars().count() > PURPOSE_CHARS {
        let refused = Refused(
            StatusCode::BAD_REQUEST,
            format!("The purpose must have at most {PURPOSE_CHARS} characters."),
        );
        return Ok(refusal(&provider, to, refused));
    }
    let begun = async {
        let begun = SignIn::begin(to.clone(), purpose)?;
        let address = provider.begin(&begun.attempt).await?;
        Ok((begun, address))
    };
    match begun.await {
        Ok((begun, address)) => {
            // A form's policy would refuse a redirect to another site.
            let mut response = look::lead_to(&address);
            response.headers_mut().insert(header::SET_COOKIE, begun.cookie());
            Ok(response)
        }
        Err(fault) => Ok(refusal(&provider, to, explain(&provider, &fault))),
    }
}

/// `GET /console/login/callback`: the provider sends the person back with a code, or with an error.
async fn come_back(
    State(app): State<App>,
    Extension(provider): ByProvider,
    Query(mut parameters): Query<Parameters>,
    request: Request,
) -> Result<Response, Problem> {
    let provider = provider.ok_or_else(Problem::not_found)?;
    let (peer, begun) = (Peer::of(request.extensions()), SignIn::of(request.headers()));
    require_few_failures(&app, peer).await?;
    let mut text = |name: &'static str| parameters.text(name);
    let (state, issuer, error, code) =
        (text("state")?, text("iss")?, text("error")?, text("code")?);
    // Providers add parameters of their own, so the rest is not looked at.
    let ours = |begun: &SignIn| state.is_some_and(|state| begun.attempt.is_of_state(&state));
    let Some(begun) = begun.filter(ours) else {
        let sentence = format!(
            "This sign-in was not begun in this browser, or took more than {LASTS_MINUTES} minutes. Sign in again."
        );
        return Ok(refusal(&provider, String::new(), Refused(StatusCode::BAD_REQUEST, sentence)));
    };
    let to = begun.to.clone();
    let other = issuer.is_some_and(|issuer| issuer != provider.settings().issuer.as_str());
    let person = match (error, code) {
        (_, _) if other => Err(Fault::Untrusted(oidc::Untrusted::Issuer)),
        (Some(error), _) => Err(Fault::Refused(error)),
        (None, Some(code)) => provider.complete(&begun.attempt, &code).await,
        (None, None) => Err(Fault::Refused("no code".to_owned())),
    };
    let person = match person {
        Ok(person) => person,
        Err(fault) => {
            if !matches!(fault, Fault::Unavailable(_)) {
                app.failures.record(peer, None);
            }
            return Ok(refusal(&provider, to, explain(&provider, &fault)));
        }
    };
    match enter(&app, person, begun).await? {
        Ok(entered) => Ok(entered),
        Err(refused) => Ok(refusal(&provider, to, refused)),
    }
}

/// Begins the session of a person, who acts by the key of the role.
async fn enter(
    app: &App,
    person: Person,
    begun: SignIn,
) -> Result<Result<Response, Refused>, Problem> {
    let Person { actor, key_id } = person;
    let caller = app.keyring.caller(&key_id).await.map_err(|error| Problem::of_store(&error))?;
    let Some(caller) = caller else {
        tracing::error!(key_id, "the key of a role is not valid: create one, and set its id");
        let sentence = "The key of your role is not valid any more. Ask your operator.".to_owned();
        return Ok(Err(Refused(StatusCode::FORBIDDEN, sentence)));
    };
    if let Err(problem) = check(&caller, &actor, &begun.purpose) {
        return Ok(Err(Refused(problem.status(), wrong(&problem))));
    }
    tracing::info!(key_id, "a person signed in at the console by the identity provider");
    let said = Said { to: begun.to, actor, purpose: begun.purpose, wrong: None };
    Ok(Ok(begin(app, &caller, said, OF_A_ROLE_MAX).await?))
}

/// Takes the cookie of the sign-in away: an attempt counts once.
async fn forget(mut response: Response) -> Response {
    response.headers_mut().append(header::SET_COOKIE, SignIn::no_cookie());
    response
}

async fn require_few_failures(app: &App, peer: Option<IpAddr>) -> Result<(), Problem> {
    if app.failures.has_too_many(peer) {
        return Err(limits::refused(Problem::too_many_attempts()).await);
    }
    Ok(())
}

/// The page on which a person tries again, or takes a key.
fn refusal(provider: &Provider, to: String, Refused(status, sentence): Refused) -> Response {
    let said = Said { to, wrong: Some(sentence), ..Said::default() };
    let mut headers = HeaderMap::new();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    (status, headers, page(Some(provider), &said, None, None)).into_response()
}

/// What a person reads about a fault. The log has the details.
fn explain(provider: &Provider, fault: &Fault) -> Refused {
    let host = provider.settings().issuer.host();
    match fault {
        Fault::Unavailable(_) => {
            tracing::warn!(%fault, "nobody can sign in by the identity provider");
            let sentence =
                format!("{host} is not available now. Try again in a moment, or use an API key.");
            Refused(StatusCode::SERVICE_UNAVAILABLE, sentence)
        }
        Fault::Refused(code) if code == "access_denied" => {
            let sentence = format!("You were not signed in: you cancelled, or {host} refused.");
            Refused(StatusCode::FORBIDDEN, sentence)
        }
        Fault::Refused(code) if code == "invalid_grant" => {
            let sentence =
                "This sign-in was used already, or took too long. Sign in again.".to_owned();
            Refused(StatusCode::BAD_REQUEST, sentence)
        }
        Fault::Refused(code) => {
            let code: String =
                code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let code: String = code.chars().take(REFUSAL_CHARS).collect();
            tracing::warn!(code, "the identity provider refuses a sign-in");
            let sentence =
                format!("{host} refused to sign you in ({code}). Ask your operator if it goes on.");
            Refused(StatusCode::BAD_REQUEST, sentence)
        }
        Fault::Untrusted(reason) => {
            tracing::warn!(%reason, "a token of the identity provider can't be trusted");
            let sentence =
                format!("What {host} says about you can’t be trusted: {reason}. Sign in again.");
            Refused(StatusCode::FORBIDDEN, sentence)
        }
        Fault::NoActor => {
            let sentence = format!("{host} does not know a verified e-mail address of yours.");
            Refused(StatusCode::FORBIDDEN, sentence)
        }
        Fault::NoRole => {
            let sentence =
                format!("Your account at {host} has no role here. Ask your administrator.");
            Refused(StatusCode::FORBIDDEN, sentence)
        }
        Fault::Randomness => {
            tracing::error!("no randomness for a sign-in");
            Refused(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here.".to_owned())
        }
    }
}
