//! Answers that hold their request's permits until they are sent.

use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::TenantId;
use tokio::sync::OwnedSemaphorePermit;

use super::flight::InFlight;
use super::{Admitted, Limits, Opened, refused};
use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;

/// Answers up to this size are not counted one by one: the number of requests bounds them.
pub(crate) const SMALL_BYTES_MAX: usize = 64 * 1024;

/// What becomes of an answer that exceeds the bytes that a tenant may leave unread.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Beyond {
    /// It is refused: nothing has happened.
    Refused,
    /// It is sent and counted, because what it reports has happened. Instead, requests are refused while
    /// the tenant is beyond its limit.
    Sent,
}

/// A permit that a handler took itself, as an extension of its response.
#[derive(Clone, Debug)]
pub(crate) struct Permit(#[expect(dead_code, reason = "held until it is dropped")] Arc<Kept>);

#[derive(Debug)]
enum Kept {
    Admitted(#[expect(dead_code, reason = "held until it is dropped")] Admitted),
    Opened(#[expect(dead_code, reason = "held until it is dropped")] Opened),
    Keyless(#[expect(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit),
}

impl From<Admitted> for Permit {
    fn from(admitted: Admitted) -> Self {
        Self(Arc::new(Kept::Admitted(admitted)))
    }
}

impl From<Opened> for Permit {
    fn from(opened: Opened) -> Self {
        Self(Arc::new(Kept::Opened(opened)))
    }
}

/// Bytes of an answer, and what is released when the last of them is sent or dropped.
///
/// The permits belong to the bytes and not to the body, because hyper drops a body as soon as it has the
/// last frame, long before a slow reader has taken it.
struct Owned {
    bytes: Bytes,
    _permit: Option<Permit>,
    _in_flight: Option<InFlight>,
}

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The same bytes. They count as in flight until they are sent or dropped.
pub(crate) fn counted(bytes: Bytes, mut in_flight: InFlight) -> Bytes {
    in_flight.resize(bytes.len());
    Bytes::from_owner(Owned { bytes, _permit: None, _in_flight: Some(in_flight) })
}

/// Lets an answer keep its request's permit until it is sent, and counts its bytes until then. Runs
/// right around the handler, so that nothing waits with an answer that is not counted.
///
/// A body of unknown length is a stream. It counts itself among the open ones and releases the permit.
pub(crate) async fn carry(
    State((app, beyond)): State<(App, Beyond)>,
    caller: Caller,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let tenant = caller.tenant().id;
    if beyond == Beyond::Sent {
        app.limits.flight.room(tenant)?;
    }
    let admitted = request.extensions().get::<Permit>().cloned();
    let mut response = next.run(request).await;
    let permit = response.extensions_mut().remove::<Permit>().or(admitted);
    // Problems are small, and get another body where the request's id is known.
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

/// What is served without a key. Each kind has a number of its own, so that neither keeps the other away.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keyless {
    Documents,
    Metrics,
}

/// Serves what needs no key, so many at a time: each counts until its answer is sent.
pub(crate) async fn admit_keyless(
    State((app, what)): State<(App, Keyless)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let permits = match what {
        Keyless::Documents => &app.limits.documents,
        Keyless::Metrics => &app.limits.scrapes,
    };
    let permit = Arc::clone(permits).try_acquire_owned();
    let permit = Permit(Arc::new(Kept::Keyless(permit.map_err(|_| Problem::overloaded())?)));
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

/// The response, whose bytes hold this until they are sent.
async fn holding(
    response: Response,
    size: usize,
    permit: Option<Permit>,
    in_flight: Option<InFlight>,
) -> Result<Response, Problem> {
    let (parts, body) = response.into_parts();
    // One frame, which is there already.
    let bytes = axum::body::to_bytes(body, size).await.map_err(|_| Problem::internal())?;
    let owned = Owned { bytes, _permit: permit, _in_flight: in_flight };
    Ok(Response::from_parts(parts, Body::from(Bytes::from_owner(owned))))
}

impl Limits {
    /// Counts the bytes of an answer; nothing when it is small.
    fn carry(
        &self,
        tenant: TenantId,
        size: usize,
        beyond: Beyond,
    ) -> Result<Option<InFlight>, Problem> {
        if size <= SMALL_BYTES_MAX {
            return Ok(None);
        }
        match beyond {
            Beyond::Refused => Ok(Some(self.flight.try_take(tenant, size)?)),
            Beyond::Sent => Ok(Some(self.flight.take_anyway(tenant, size))),
        }
    }
}
