//! Links: the current and former holders of ids in other systems.

use domain::customer::{Event, Kind};
use domain::customer_event_about as event_about;

use crate::projections::cell;
use crate::projections::event_context::EventContext;
use crate::projections::projection::{CannotApply, Projection};
use crate::projections::row::Type;
use crate::projections::rows::Rows;
use crate::projections::table::Table;

const INTEGRATION_LINKS: Table = Table {
    name: "integration_links",
    columns: &[
        ("version", Type::Bigint),
        ("provider_type", Type::Text),
        ("provider_entity_id", Type::Text),
        ("entity_type", Type::Text),
        ("mapped", Type::Boolean),
        ("position", Type::Bigint),
        ("recorded_at", Type::Timestamptz),
        ("actor", Type::Text),
    ],
    key: 1,
    replaces: false,
};

/// One row for each time that a link was set, changed or removed.
pub(crate) struct IntegrationLinks;

impl Projection for IntegrationLinks {
    fn name(&self) -> &'static str {
        "integration_links"
    }

    fn logic_version(&self) -> i32 {
        1
    }

    fn tables(&self) -> &'static [&'static Table] {
        &[&INTEGRATION_LINKS]
    }

    fn event(&self, fact: &EventContext<'_>, rows: &mut Rows) -> Result<(), CannotApply> {
        let (provider_type, provider_entity_id, entity_type, mapped) = match fact.event {
            Event::IntegrationMapped(link) => {
                (&link.provider_type, &link.provider_entity_id, link.entity_type.as_ref(), true)
            }
            Event::IntegrationUnmapped { provider_type, provider_entity_id } => {
                (provider_type, provider_entity_id, None, false)
            }
            event_about!(Registration)
            | event_about!(Profile)
            | event_about!(Billing)
            | event_about!(Payment)
            | event_about!(Tax)
            | event_about!(Hierarchy)
            | event_about!(Status) => return Ok(()),
        };
        rows.put(
            &INTEGRATION_LINKS,
            [
                cell::number(fact.version),
                cell::text(provider_type.as_str()),
                cell::text(provider_entity_id.as_str()),
                cell::maybe(entity_type.map(Kind::as_str)),
                cell::truth(mapped),
                cell::number(fact.position),
                cell::time(fact.recorded_at),
                cell::text(fact.who.by()),
            ],
        );
        Ok(())
    }
}
