//! Permits, and answers that hold them until they are sent.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::response::Response;
use tokio::sync::OwnedSemaphorePermit;

use super::flight::InFlight;
use super::open::Opened;
use super::tenant_queue::TenantPermit;
use crate::problem::Problem;

/// A request in progress, until this is dropped: when its answer is sent.
#[derive(Debug)]
pub struct Admitted {
    pub(super) _of_all: OwnedSemaphorePermit,
    pub(super) _of_tenant: TenantPermit,
}

/// A permit that a handler took itself, as an extension of its response.
#[derive(Clone, Debug)]
pub struct Permit(#[expect(dead_code, reason = "held until it is dropped")] Arc<Held>);

#[derive(Debug)]
enum Held {
    Admitted(#[expect(dead_code, reason = "held until it is dropped")] Admitted),
    Opened(#[expect(dead_code, reason = "held until it is dropped")] Opened),
    Keyless(#[expect(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit),
}

impl From<Admitted> for Permit {
    fn from(admitted: Admitted) -> Self {
        Self(Arc::new(Held::Admitted(admitted)))
    }
}

impl From<OwnedSemaphorePermit> for Permit {
    fn from(keyless: OwnedSemaphorePermit) -> Self {
        Self(Arc::new(Held::Keyless(keyless)))
    }
}

impl From<Opened> for Permit {
    fn from(opened: Opened) -> Self {
        Self(Arc::new(Held::Opened(opened)))
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

/// What a part of an answer that waits to be sent takes beside its bytes, about.
const PART_BYTES: usize = 256;

/// The same bytes, counted as in flight until they are sent or dropped.
pub fn counted(bytes: Bytes, mut in_flight: InFlight) -> Bytes {
    in_flight.resize(bytes.len().saturating_add(PART_BYTES));
    Bytes::from_owner(Owned { bytes, _permit: None, _in_flight: Some(in_flight) })
}

/// The response; its bytes hold the permit and the reservation until they are sent.
pub async fn holding(
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
