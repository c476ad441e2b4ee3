//! One customer: what changed, what it is, and what it was.

mod configuration;
mod diff;
mod entry;
mod event;
mod head;
mod moment;
mod named;
mod slider;
mod timeline;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use domain::customer::Customer;
use http::extract::{Path, Query};
use http::parameters::Parameters;
use http::read_audit::shows;
use http::{App, Problem, reference};
use maud::html;
use store::api_keys::Scope;

use self::named::{name_of, parent};
use crate::look::{Flash, Page, Place, states};
use crate::routing::Routes;
use crate::session::Session;
use crate::words::labels::Labels;

/// The pages.
pub(crate) fn routes(app: &App) -> Router<App> {
    Routes::new(app)
        .read(Router::new().route("/customers/{ref}", get(show)))
        .audit(
            Router::new()
                .route("/customers/{ref}/events/{version}", get(event::show))
                .route("/customers/{ref}/diff", get(diff::show)),
        )
        .done()
}

/// `GET /console/customers/{ref}`
async fn show(
    State(app): State<App>,
    session: Session,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = session.tenant();
    let moment = moment::read(&session, &mut parameters)?;
    let cursor = parameters.text("cursor")?;
    let asked = timeline::Asked::read(&mut parameters)?;
    let flash = parameters.text(Flash::PARAMETER)?;
    let whole = parameters.text("whole")?.is_some();
    parameters.finish()?;
    let now = reference::find(&app, tenant, &reference::read(&reference)?).await?;
    let shown = match &moment {
        Some(moment) => moment.of(&app, tenant, &now).await?,
        None => now.clone(),
    };
    // The latest version is the present, also when it is requested by its number.
    let moment = moment.filter(|moment| moment.is_past(&now, &shown));
    let state: Customer = shown.read()?;
    let labels = Labels::of(&state);
    let parent = parent(&app, tenant, &state).await?;
    let past = moment.as_ref().map(|_| moment::banner(&session, &now, &shown));
    let name = name_of(&state);
    let may_audit = session.may(Scope::Audit);
    let until = moment.as_ref().map(|_| &shown);
    let (versions, set, changes) = if may_audit {
        // Each of the last two may wait for its read model: they wait at the same time.
        let set = async { Ok::<_, Problem>(app.store.blame(tenant, &shown).await?) };
        let changes = timeline::read(&app, &session, &now, until, &asked, cursor.as_deref());
        let (versions, set, changes) =
            futures::future::try_join3(slider::marks(&app, tenant, &now), set, changes).await?;
        (versions, set, Some(changes))
    } else {
        (Vec::new(), None, None)
    };
    let flash = flash.as_deref().and_then(Flash::read);
    let page = Page::new(&session, Place::Customers, &name).past(past).flash(flash).show(html! {
        (head::head(&session, &shown, &state, parent.as_ref()))
        @if may_audit { (slider::slider(&session, &now, &shown, &versions)) }
        div.columns {
            section aria-labelledby="changes" {
                h2 #changes { "What changed" }
                @match &changes {
                    Some(changes) => (timeline::show(&session, &now, until, &asked, changes, &labels)),
                    None => (states::empty("No history for this key", html! {
                        "Your key does not have the scope " code { "audit" } ", so changes are not shown."
                    })),
                }
            }
            aside aria-labelledby="configuration" {
                (configuration::show(&session, &shown, &state, set.as_deref(), whole))
            }
        }
    });
    Ok(shows(page, [now.id].into_iter().chain(parent.map(|parent| parent.id))))
}
