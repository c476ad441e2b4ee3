//! The limits of requests at a time. Answers hold their permits until they are sent.

use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::auth::Caller;
use crate::limits::{Beyond, Keyless, Permit, holding, refused};
use crate::problem::Problem;

/// Waits for a permit of the tenant. Runs once the caller is known. The answer keeps the
/// permit until it is sent: see [`carry`].
pub async fn admit(
    State(app): State<App>,
    caller: Caller,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let admitted = app.limits.admit(caller.tenant().id).await?;
    request.extensions_mut().insert(Permit::from(admitted));
    Ok(next.run(request).await)
}

/// Lets an answer keep its request's permit until it is sent, and counts its bytes until then. Runs
/// right around the handler, so that no uncounted answer waits.
///
/// A body of unknown length is a stream. It counts itself among the open ones and releases the permit.
pub async fn carry(
    State((app, beyond)): State<(App, Beyond)>,
    caller: Caller,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let tenant = caller.tenant().id;
    if beyond == Beyond::Sent {
        app.limits.require_room(tenant)?;
    }
    let admitted = request.extensions().get::<Permit>().cloned();
    let mut response = next.run(request).await;
    let permit = response.extensions_mut().remove::<Permit>().or(admitted);
    // Problems are small, and get another body in the layer that knows the request's id.
    if response.extensions().get::<Problem>().is_some() {
        return Ok(response);
    }
    let Some(size) = known_size(&response) else { return Ok(response) };
    match app.limits.carry(tenant, size, beyond) {
        Ok(in_flight) => holding(response, size, permit, in_flight).await,
        Err(problem) => {
            drop(response);
            Err(refused(problem).await)
        }
    }
}

/// Serves what needs no key, a limited number at a time. Each counts until its answer is sent.
pub async fn admit_keyless(
    State((app, what)): State<(App, Keyless)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let permit = app.limits.admit_keyless(what)?;
    let response = next.run(request).await;
    match known_size(&response) {
        Some(size) => holding(response, size, Some(permit), None).await,
        None => Ok(response),
    }
}

/// How many bytes the body has; nothing when it is a stream.
fn known_size(response: &Response) -> Option<usize> {
    response.body().size_hint().exact().and_then(|size| usize::try_from(size).ok())
}
