//! The billing configurations that a customer had.

use domain::customer::{BillingConfig, Customer};
use serde::Serialize;
use store::{After, Current, Page, StoreError};
use uuid::Uuid;

use crate::parameters::Part;

/// A configuration as the customer's document had it, and whose it is.
#[derive(Serialize)]
pub(super) struct Document {
    #[serde(flatten)]
    config: BillingConfig,
    customer_id: Uuid,
}

/// The configurations of a customer that was `then` so, by id.
pub(super) fn page(
    then: &Current,
    archived: Option<bool>,
    part: Part,
) -> Result<Page<Document>, StoreError> {
    let state: Customer = then.read()?;
    let Part { after, limit } = part;
    let mut configs = state.billing_configs;
    configs.retain(|config| {
        let comes = after.as_ref().is_none_or(|after| config.id.0 > after.id);
        comes && archived.is_none_or(|archived| archived == config.archived_at.is_some())
    });
    configs.sort_by_key(|config| config.id.0);
    let listed = |config: BillingConfig| {
        let after = After { key: String::new(), id: config.id.0 };
        (Document { config, customer_id: then.id }, after)
    };
    Ok(Page::of(configs.into_iter().map(listed).collect(), limit, None))
}

pub(super) fn document(config: &Document) -> String {
    // A record of texts and numbers always becomes JSON.
    serde_json::to_string(config).unwrap_or_default()
}
