//! Folding a customer's events into a view.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cqrs_es::{EventEnvelope, View};
use domain::customer::Customer;

use super::envelope::envelope;
use crate::log::customer_stream;
use crate::model::StreamKey;
use crate::projections::cell;
use crate::projections::event_context::EventContext;
use crate::projections::projection::{CannotApply, OwnState, StoredState};
use crate::projections::rows::Rows;
use crate::projections::table::Table;

/// Events that are kept to make a view again that panicked half way through the next one.
const KEPT_MAX: usize = 64;

/// The view of one customer while its events are folded.
pub(super) struct ViewFold<V> {
    table: &'static Table,
    /// An error when the stored view can't be read, or the view was lost in a panic.
    view: Result<V, CannotApply>,
    version: i64,
    /// Whether any event was applied.
    changed: bool,
    /// The view as JSON at some earlier version; nothing before the first event.
    earlier: Option<String>,
    /// The events since then.
    since: Vec<EventEnvelope<Customer>>,
}

impl<V: View<Customer>> ViewFold<V> {
    /// The view as it is stored; the default before the first event.
    pub(super) fn begin(table: &'static Table, stored: Option<&StoredState>) -> Self {
        let earlier = stored.map(|stored| stored.payload.clone());
        Self {
            table,
            view: read(earlier.as_deref()),
            version: stored.map_or(0, |stored| stored.version),
            changed: false,
            earlier,
            since: Vec::new(),
        }
    }

    /// The view before an event that panicked: what the panic left of it isn't to be trusted.
    fn again(&self) -> Result<V, CannotApply> {
        let mut view = read(self.earlier.as_deref())?;
        for envelope in &self.since {
            update(&mut view, envelope)?;
        }
        Ok(view)
    }
}

impl<V: View<Customer>> OwnState for ViewFold<V> {
    fn apply(
        &mut self,
        key: &StreamKey,
        event: &EventContext<'_>,
        metadata: &str,
    ) -> Result<(), CannotApply> {
        let view = self.view.as_mut().map_err(|failure| CannotApply(failure.0.clone()))?;
        if self.version.checked_add(1) != Some(event.version) {
            return Err(CannotApply(format!(
                "the stored view is at version {}, and the next event is {}",
                self.version, event.version
            )));
        }
        if self.since.len() >= KEPT_MAX {
            self.earlier = Some(json(view)?);
            self.since.clear();
        }
        let stream = customer_stream(key.tenant, key.customer);
        let envelope = envelope(stream, event, metadata)?;
        if let Err(failure) = update(view, &envelope) {
            self.view = self.again();
            return Err(failure);
        }
        self.since.push(envelope);
        self.version = event.version;
        self.changed = true;
        Ok(())
    }

    fn put(&mut self, rows: &mut Rows) -> Result<(), CannotApply> {
        if self.changed {
            let view = self.view.as_ref().map_err(|failure| CannotApply(failure.0.clone()))?;
            rows.put(self.table, [cell::number(self.version), cell::text(json(view)?)]);
        }
        Ok(())
    }
}

fn update<V: View<Customer>>(
    view: &mut V,
    envelope: &EventEnvelope<Customer>,
) -> Result<(), CannotApply> {
    // A panic leaves the view in an unknown state. The caller replaces it.
    let updated = catch_unwind(AssertUnwindSafe(|| view.update(envelope)));
    updated.map_err(|panic| CannotApply(format!("the view panicked: {}", message(&*panic))))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

fn read<V: View<Customer>>(stored: Option<&str>) -> Result<V, CannotApply> {
    let Some(stored) = stored else { return Ok(V::default()) };
    serde_json::from_str(stored).map_err(|error| {
        CannotApply(format!(
            "the stored view can't be read: {error}; was its logic version raised?"
        ))
    })
}

/// The view as JSON. Members are sorted, so that equal views have equal texts whatever map they are from.
fn json<V: View<Customer>>(view: &V) -> Result<String, CannotApply> {
    Ok(serde_json::to_value(view)?.to_string())
}
