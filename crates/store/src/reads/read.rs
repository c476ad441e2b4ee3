//! A read of personal data.

use uuid::Uuid;

use crate::model::TenantRef;

/// An answer that is about to show personal data.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Read {
    /// Its id: it is recorded once.
    pub id: Uuid,
    /// The tenant.
    pub tenant: TenantRef,
    /// The id of the API key.
    pub api_key: String,
    /// The actor.
    pub actor: Option<String>,
    /// The reason, as the caller stated it.
    pub reason: Option<String>,
    /// The route, as in the documentation.
    pub route: String,
    /// The request. Empty if the record stands for all reads of an hour.
    pub request_id: String,
    /// The customers that are shown, without duplicates.
    pub customers: Vec<Uuid>,
}
