//! The billing configurations that a customer had.

use domain::customer::{BillingConfig, Customer};
use serde::Serialize;
use store::{After, Current, Page, StoreError};
use uuid::Uuid;

use crate::listing::{Item, shown};

/// A configuration as the customer's document had it, and whose it is.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    config: BillingConfig,
    customer_id: Uuid,
}

/// The configurations of a customer that was `then` so, by id.
pub(super) fn page(
    then: &Current,
    archived: Option<bool>,
    after: Option<&After>,
    limit: u16,
) -> Result<Page<Item>, StoreError> {
    let state: Customer = then.read()?;
    let mut configs = state.billing_configs;
    configs.retain(|config| {
        let comes = after.is_none_or(|after| config.id.0 > after.id);
        comes && archived.is_none_or(|archived| archived == config.archived_at.is_some())
    });
    configs.sort_by_key(|config| config.id.0);
    let listed = |config: BillingConfig| {
        let after = After { key: String::new(), id: config.id.0 };
        (Document { config, customer_id: then.id }, after)
    };
    let page = Page::of(configs.into_iter().map(listed).collect(), limit, None);
    Ok(shown(page, item))
}

/// A part of a customer's document as an item of a list.
pub(super) fn item(part: &impl Serialize) -> Item {
    // A record of texts and numbers always becomes JSON.
    Item { document: serde_json::to_string(part).unwrap_or_default(), customer: None }
}
