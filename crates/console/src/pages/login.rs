//! Signing in and out.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use http::auth::Caller;
use http::context::REASON_CHARS_MAX;
use http::extract::Query;
use http::parameters::Parameters;
use http::peer::Peer;
use http::{ApiKey, App, Problem, layers};
use maud::{Markup, html};
use store::sessions::{LASTS_HOURS, NewSession};

use crate::look::{self, Flash, Page, Place, with_flash};
use crate::posted::{Posted, require_same_site};
use crate::routing::Routes;
use crate::session::{Session, Token};
use crate::url;

/// Characters of a person's name, at most: the field of the form stops there. `X-Actor` has the rule.
const ACTOR_CHARS: usize = 256;

/// The pages for people who are not signed in.
pub(crate) fn open() -> Router<App> {
    Router::new().route("/login", get(ask).post(sign_in))
}

/// The pages for people who are.
pub(crate) fn routes(app: &App) -> Router<App> {
    let pages = Router::new().route("/logout", post(sign_out)).route("/welcome", get(welcome));
    Routes::new(app).signed_in(pages).done()
}

/// What a person fills in to be signed in, besides the key.
#[derive(Default)]
struct Said {
    to: String,
    actor: String,
    purpose: String,
}

/// `GET /console/login`
async fn ask(Query(mut parameters): Query<Parameters>) -> Result<Response, Problem> {
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
    Ok(page(&Said { to, ..Said::default() }, flash, None))
}

/// `POST /console/login`
async fn sign_in(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    require_same_site(request.headers(), request.uri())?;
    let peer = Peer::of(request.extensions());
    let posted = Posted::read(&app, request).await?;
    let text = |name| posted.filled(name).unwrap_or_default().to_owned();
    let said = Said { to: text("to"), actor: text("actor"), purpose: text("purpose") };
    let key: Option<ApiKey> = posted.filled("key").and_then(|key| key.parse().ok());
    let known = async {
        let caller = layers::identify_key(&app, key.as_ref(), peer).await?;
        check(&caller, &said).map(|()| caller)
    };
    let caller = match known.await {
        Ok(caller) => caller,
        Err(problem) => {
            let mut page = page(&said, None, Some(&problem));
            *page.status_mut() = problem.status();
            return Ok(page);
        }
    };
    let token = Token::random()?;
    let session = NewSession {
        token_hash: token.hash(),
        tenant: caller.tenant(),
        key_id: caller.key_id().to_owned(),
        actor: said.actor,
        purpose: Some(said.purpose).filter(|purpose| !purpose.is_empty()),
    };
    app.store.begin_session(session).await?;
    tracing::info!(key_id = caller.key_id(), "a person signed in at the console");
    let to = url::within(&said.to).unwrap_or_default();
    let mut response = Redirect::to(&url::query("/console/welcome", &[("to", to)])).into_response();
    response.headers_mut().insert(header::SET_COOKIE, token.cookie());
    Ok(response)
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

/// Whether the key may act for this person, and whether name and purpose follow the rules of `X-Actor` and
/// `X-Reason`.
fn check(caller: &Caller, said: &Said) -> Result<(), Problem> {
    let mut reported = HeaderMap::new();
    let purpose = Some(&said.purpose).filter(|purpose| !purpose.is_empty());
    for (name, text) in [("x-actor", Some(&said.actor)), ("x-reason", purpose)] {
        let Some(text) = text else { continue };
        let asked = "must have printable characters only";
        let value = HeaderValue::from_bytes(text.as_bytes());
        reported.insert(name, value.map_err(|_| Problem::header(name, asked))?);
    }
    layers::check_reported(caller, &reported)
}

/// What is wrong, in the words of the form.
fn wrong(problem: &Problem) -> String {
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

fn page(said: &Said, flash: Option<Flash>, problem: Option<&Problem>) -> Response {
    let wrong = problem.map(wrong);
    Page::of(None, Place::Elsewhere, "Sign in").flash(flash).show(html! {
        section.login {
            h1 { "Who changed what, when and why" }
            p.soft { "Sign in with an API key of your company. What you do here is recorded under your name." }
            @if let Some(wrong) = &wrong { p.flash.wrong role="alert" #wrong { (wrong) } }
            form.fields action="/console/login" method="post" {
                input type="hidden" name="to" value=(said.to);
                (field("actor", "Your name", Some("As colleagues know you: it becomes the actor of your changes."),
                    html! { input #actor name="actor" value=(said.actor) required maxlength=(ACTOR_CHARS)
                        autocomplete="name" autofocus aria-describedby="actor-help"; }))
                (field("key", "API key", None,
                    html! { input #key name="key" type="password" required autocomplete="current-password"
                        spellcheck="false" placeholder="dossier_…"; }))
                (field("purpose", "Purpose", Some("Optional: a ticket or a sentence, kept with what you look at."),
                    html! { input #purpose name="purpose" value=(said.purpose) maxlength=(REASON_CHARS_MAX)
                        autocomplete="off" aria-describedby="purpose-help"; }))
                button.button.main type="submit" { "Sign in" }
            }
            p.soft { "You stay signed in for " (LASTS_HOURS) " hours, 30 minutes of them idle, on this browser only." }
        }
    })
}

fn field(id: &str, label: &str, help: Option<&str>, input: Markup) -> Markup {
    html! {
        div.field {
            label for=(id) { (label) }
            (input)
            @if let Some(help) = help { p.help id={ (id) "-help" } { (help) } }
        }
    }
}
