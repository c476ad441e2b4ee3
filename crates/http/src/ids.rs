//! Ids that are made where requests arrive.

use uuid::Uuid;

/// The id of a request: the caller's `X-Request-Id`, else one of ours.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// A new id, in the order of time.
#[expect(clippy::disallowed_methods, reason = "this is where requests arrive")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}
