//! Operations, for all tenants: how far each read model is behind, rebuilds, parked customers, and how the database is.

mod act;
mod card;
mod figures;
mod health;
mod lag;
mod live;
mod parked;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::extract::Query;
use http::parameters::Parameters;
use http::{App, Problem};
use maud::html;

use self::figures::ReadModel;
use self::lag::Lags;
use crate::assets::LIVE;
use crate::look::{Flash, Page, Place};
use crate::routing::Routes;
use crate::session::Session;

pub(crate) fn routes(app: &App) -> Router<App> {
    let operations = Router::new()
        .route("/operations", get(show))
        .route("/operations/live", get(live::follow))
        .route("/operations/{name}/parked", get(parked::show))
        .route("/operations/{name}/unpark", post(parked::retry))
        .route("/operations/{name}/{action}", post(act::act))
        .layer(Extension(Arc::new(Lags::default())));
    Routes::new(app).operator(operations).done()
}

/// `GET /console/operations`
async fn show(
    State(app): State<App>,
    session: Session,
    Extension(lags): Extension<Arc<Lags>>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let flash = parameters.text(Flash::PARAMETER)?.as_deref().and_then(Flash::read);
    parameters.finish()?;
    let models = ReadModel::all(&app).await?;
    lags.watch(&app, &models);
    let health = health::card(&app).await;
    let building = models.iter().filter(|model| model.building.is_some()).count();
    Ok(Page::new(&session, Place::Operations, "Operations").flash(flash).show(html! {
        div.head {
            h1 { "Operations" }
            small { (models.len()) " read models, " (building) " being rebuilt" }
        }
        (health)
        h2 { "Read models" }
        div.models data-live="/console/operations/live" data-live-state=(figures::state(&models)) {
            @for model in &models { (card::card(&session, &lags, model)) }
        }
        script type="module" src=(LIVE.url()) {}
    }))
}
