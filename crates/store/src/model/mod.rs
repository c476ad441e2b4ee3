//! What several parts of the store share. Nothing here asks the database.

mod answer_key;
mod attribution;
mod current;
mod document;
mod hash;
mod json;
mod mark;
mod recorded;
mod reference;
mod rendered;
mod stamp;
mod stream_key;
mod tenant_ref;
mod transfer_error;
mod versioned;

pub use answer_key::AnswerKey;
pub(crate) use answer_key::{Authenticity, StoredAnswer};
pub(crate) use attribution::Attribution;
pub use current::Current;
pub use document::Document;
pub use hash::Hash;
pub(crate) use json::to_json;
pub(crate) use mark::Mark;
pub use recorded::Recorded;
pub use reference::Reference;
pub use rendered::Rendered;
pub(crate) use stamp::AuditStamp;
pub(crate) use stream_key::StreamKey;
pub use tenant_ref::TenantRef;
pub use transfer_error::{LISTED_MAX, TransferError};
pub(crate) use versioned::{Versioned, by};
