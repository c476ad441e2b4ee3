//! Every billing configuration, in use or archived.

use domain::customer::Event;
use domain::customer_event_about as event_about;

use crate::projections::cell;
use crate::projections::event_context::EventContext;
use crate::projections::projection::{CannotApply, Projection};
use crate::projections::row::{Cell, Type};
use crate::projections::rows::Rows;
use crate::projections::table::Table;

const BILLING_CONFIGURATIONS: Table = Table {
    name: "billing_configurations",
    columns: &[
        ("billing_config_id", Type::Uuid),
        ("provider", Type::Text),
        ("provider_customer_id", Type::Text),
        ("delivery_method", Type::Text),
        ("delivery_method_id", Type::Uuid),
        ("configuration", Type::Json),
        ("tax_provider", Type::Text),
        ("version", Type::Bigint),
        ("changed_at", Type::Timestamptz),
        ("archived_at", Type::Timestamptz),
    ],
    key: 1,
    replaces: true,
};

/// One row for each configuration.
pub(crate) struct BillingConfigurations;

impl Projection for BillingConfigurations {
    fn name(&self) -> &'static str {
        "billing_configurations"
    }

    fn logic_version(&self) -> i32 {
        1
    }

    fn tables(&self) -> &'static [&'static Table] {
        &[&BILLING_CONFIGURATIONS]
    }

    fn sees_who(&self) -> bool {
        false
    }

    fn event(&self, fact: &EventContext<'_>, rows: &mut Rows) -> Result<(), CannotApply> {
        let (config, archived_at) = match fact.event {
            Event::BillingConfigAdded(config) => (config, None),
            Event::BillingConfigArchived { id, archived_at } => {
                let mut known = fact.before.billing_configs.iter();
                let config = known.find(|config| config.id == *id);
                let config = config.ok_or_else(|| {
                    CannotApply("the configuration that it archives is not known".to_owned())
                })?;
                (config, Some(*archived_at))
            }
            Event::RevenueConfigAdded(_)
            | Event::RevenueConfigArchived { .. }
            | event_about!(Registration)
            | event_about!(Profile)
            | event_about!(Integrations)
            | event_about!(Payment)
            | event_about!(Tax)
            | event_about!(Hierarchy)
            | event_about!(Status) => return Ok(()),
        };
        let archived_at = archived_at.or(config.archived_at);
        rows.put(
            &BILLING_CONFIGURATIONS,
            [
                cell::id(config.id.0),
                word(&config.provider)?,
                cell::maybe(config.configuration.customer_id(config.provider)),
                config.delivery_method.as_ref().map_or(Ok(None), word)?,
                config.delivery_method_id.and_then(|id| cell::id(id.0)),
                cell::json(&config.configuration)?,
                config.tax_provider.as_ref().map_or(Ok(None), word)?,
                cell::number(fact.version),
                cell::time(fact.recorded_at),
                archived_at.and_then(|at| cell::time(at.to_utc())),
            ],
        );
        Ok(())
    }
}

/// A value of an enumeration, under the name that it has in documents.
fn word(value: &impl serde::Serialize) -> Result<Cell, CannotApply> {
    Ok(serde_json::to_value(value)?.as_str().and_then(cell::text))
}
