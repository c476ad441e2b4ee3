//! The document of a customer, ready to be sent.

use bytes::Bytes;
use uuid::Uuid;

use super::current::Current;

/// The JSON document of a customer and its ETag. Cheap to clone.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Document {
    /// The customer's id.
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// The version as an ETag, in quotes.
    pub etag: Bytes,
    /// The document.
    pub json: Bytes,
}

impl From<&Current> for Document {
    fn from(current: &Current) -> Self {
        Self {
            id: current.id,
            version: current.version,
            etag: Bytes::from(format!("\"{}\"", current.version)),
            // Without spare capacity, which would not be counted.
            json: Bytes::from(current.document().into_bytes().into_boxed_slice()),
        }
    }
}
