//! The read audit: which callers see which customers.

use std::collections::BTreeSet;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::problem::Problem;
use crate::read_audit::{Reader, Recording, Shown};

/// Records which customers an answer shows, before it is sent. If that fails, so does the request.
pub async fn record_read(
    State((app, recording)): State<(App, Recording)>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let Some(reader) = Reader::of(&request, recording)? else { return Ok(next.run(request).await) };
    request.extensions_mut().insert(reader.clone());
    let mut response = next.run(request).await;
    let shown = response.extensions_mut().remove::<Shown>();
    if !response.status().is_success() {
        return Ok(response);
    }
    match shown {
        Some(Shown { customers, whatever_the_key: true }) => {
            reader.record_alone(&app, customers).await?;
        }
        Some(Shown { customers, whatever_the_key: false }) => {
            reader.record(&app, customers).await?;
        }
        None if recording == Recording::Reads => reader.record(&app, BTreeSet::new()).await?,
        None => {}
    }
    Ok(response)
}
