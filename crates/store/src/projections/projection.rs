//! The trait of projections.

use domain::customer::Customer;

use super::event_context::EventContext;
use super::rows::Rows;
use super::table::Table;
use crate::model::{StreamKey, Versioned};

/// A read model that follows the log.
pub(crate) trait Projection: Sync {
    /// Its name, for operators and in the table `projections`.
    fn name(&self) -> &'static str;

    /// The version of its logic. It is raised when the same events would make other rows.
    /// Generations of another logic are not followed; they must be rebuilt.
    fn logic_version(&self) -> i32;

    /// Its tables.
    fn tables(&self) -> &'static [&'static Table];

    /// Whether it sees each event. Others only see the state after some events.
    fn sees_events(&self) -> bool {
        true
    }

    /// Whether its rows depend on who caused an event. If not, a rebuild does not read metadata.
    fn sees_who(&self) -> bool {
        true
    }

    /// The table of the state that it folds for each customer; nothing if it folds no state of its own.
    fn state_table(&self) -> Option<&'static Table> {
        None
    }

    /// Begins to fold a customer's events into that state, from the `stored` state on.
    fn own_state(&self, _stored: Option<&StoredState>) -> Option<Box<dyn OwnState>> {
        None
    }

    /// Adds the rows that an event makes or replaces.
    ///
    /// # Errors
    ///
    /// [`CannotApply`] parks the customer in this projection, at this event.
    fn event(&self, _fact: &EventContext<'_>, _rows: &mut Rows) -> Result<(), CannotApply> {
        Ok(())
    }

    /// The status by which a customer is counted, if the projection counts customers. Nothing while it isn't
    /// registered.
    ///
    /// # Errors
    ///
    /// [`CannotApply`] parks the customer in this projection.
    fn counted_as(&self, _now: &Versioned<Customer>) -> Result<Option<String>, CannotApply> {
        Ok(None)
    }

    /// Adds the rows of a customer's state after the last of some events. For projections that only
    /// depend on the state.
    ///
    /// # Errors
    ///
    /// [`CannotApply`] parks the customer in this projection, at the first of those events.
    fn customer(
        &self,
        _key: &StreamKey,
        _now: &Versioned<Customer>,
        _rows: &mut Rows,
    ) -> Result<(), CannotApply> {
        Ok(())
    }
}

/// The state of one customer, of a projection that folds a state of its own, while events are applied.
pub(crate) trait OwnState: Send + Sync {
    /// Applies the next event.
    ///
    /// # Errors
    ///
    /// [`CannotApply`] parks the customer at this event. The state stays as it was before it.
    fn apply(
        &mut self,
        key: &StreamKey,
        event: &EventContext<'_>,
        metadata: &str,
    ) -> Result<(), CannotApply>;

    /// Adds the row, if any event was applied.
    ///
    /// # Errors
    ///
    /// [`CannotApply`] parks the customer at the first of the events.
    fn put(&mut self, rows: &mut Rows) -> Result<(), CannotApply>;
}

/// A stored row of such a projection.
#[derive(Clone, Debug)]
pub(crate) struct StoredState {
    pub(crate) version: i64,
    pub(crate) payload: String,
}

/// Why an event can't be applied.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct CannotApply(pub(crate) String);

impl From<serde_json::Error> for CannotApply {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}
