//! The proof that an event is in the log: checked in the browser against a head that the person kept.

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use domain::CustomerId;
use http::extract::{Path, Query};
use http::parameters::Parameters;
use http::read_audit::shows;
use http::{App, Problem, reference};
use maud::{Markup, html};
use store::TenantRef;
use store::log::{LogKey, Proof};
use uuid::Uuid;

use crate::assets::PROOF;
use crate::look::{Page, Place, time, value};
use crate::routing::Routes;
use crate::session::Session;
use crate::url;

pub(crate) fn routes(app: &App) -> Router<App> {
    let proofs = Router::new()
        .route("/customers/{ref}/events/{version}/proof", get(show))
        .route("/customers/{ref}/events/{version}/proof/text", get(text));
    Routes::new(app).audit(proofs).done()
}

/// What a page about a proof needs.
struct Found<'a> {
    customer: Uuid,
    version: i64,
    key: &'a LogKey,
    proof: Proof,
}

async fn find<'a>(
    app: &'a App,
    tenant: TenantRef,
    (named, version): &(String, String),
    mut parameters: Parameters,
) -> Result<Found<'a>, Problem> {
    let size = parameters.parsed("size", "must be a number of events")?;
    parameters.finish()?;
    let customer: CustomerId = reference::id_of(app, tenant, named).await?;
    let version = version.parse().map_err(|_| Problem::unknown_version())?;
    let key = app.log_key.as_deref().ok_or_else(Problem::no_log_key)?;
    let proof = app.store.event_proof_at(tenant, customer, version, size).await?;
    let proof = proof.ok_or_else(Problem::unknown_version)?;
    Ok(Found { customer: customer.0, version, key, proof })
}

/// `GET /console/customers/{ref}/events/{version}/proof/text`: for the head of `size` events, if that is given.
async fn text(
    State(app): State<App>,
    session: Session,
    Path(named): Path<(String, String)>,
    Query(parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let found = find(&app, session.tenant(), &named, parameters).await?;
    let types = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok(shows((types, found.proof.text(found.key)).into_response(), [found.customer]))
}

/// `GET /console/customers/{ref}/events/{version}/proof`
async fn show(
    State(app): State<App>,
    session: Session,
    Path(named): Path<(String, String)>,
    Query(parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = session.tenant();
    let found = find(&app, tenant, &named, parameters).await?;
    let event = url::event(found.customer, found.version);
    let verifier = found.key.verifier(tenant.partition).to_string();
    let page = Page::new(&session, Place::Customers, "Proof").show(html! {
        p.crumbs { a href=(event) { "Back to the event" } }
        div.head { h1 { "Proof of version " (found.version) } }
        p { "This shows that the event below is in the log, unchanged, where the log’s signed head says it is. Your browser computes it: this service only hands over the parts." }
        (facts(&found))
        section.card.proof data-proof=(format!("{event}/proof/text")) {
            h2 { "Check it" }
            div.field {
                label for="head" { "A head that you kept, as " code { "dossier head" } " printed it" }
                textarea #head rows="6" spellcheck="false" autocomplete="off" {}
            }
            div.field {
                label for="verifier" { "The key that verifies it, as " code { "dossier head --key" } " printed it; empty to check the tree alone" }
                input #verifier type="text" spellcheck="false" autocomplete="off" placeholder=(verifier);
            }
            div.buttons {
                button.button.main type="button" data-check { "Check" }
                button.button type="button" data-print { "Print" }
            }
            ol.checks #checks aria-live="polite" {}
            noscript { p { "Your browser runs no scripts: save the proof, and check it by " code { "dossier verify-proof" } "." } }
        }
        details {
            summary { "The proof as text, for " code { "dossier verify-proof" } }
            pre #proof tabindex="0" role="region" aria-label="Proof" { code { (found.proof.text(found.key)) } }
        }
        script type="module" src=(PROOF.url()) {}
    });
    Ok(shows(page, [found.customer]))
}

/// What is proved.
fn facts(found: &Found<'_>) -> Markup {
    let Proof { event, head, .. } = &found.proof;
    html! {
        section.card {
            h2 { "The event" }
            dl {
                dt { "What" } dd { (event.event_type) }
                dt { "When" } dd { (time::exact(event.recorded_at)) }
                dt { "Customer" } dd { (value::id(&found.customer.to_string())) }
                dt { "Version" } dd { (event.sequence) }
                dt { "Place in the log" } dd { "position " (event.position) " of partition " (event.partition) }
                dt { "Head of the log" } dd { (head.size) " events" }
            }
            details {
                summary { "Its bytes" }
                pre tabindex="0" role="region" aria-label="Event" { code { (event.payload) } }
                pre tabindex="0" role="region" aria-label="Metadata" { code { (event.metadata) } }
            }
        }
    }
}
