//! A view of cqrs-es as a projection.

use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;

use cqrs_es::View;
use domain::customer::Customer;

use super::view_fold::ViewFold;
use crate::projections::own_state::COLUMNS;
use crate::projections::projection::{OwnState, Projection, StoredState};
use crate::projections::registry::Projections;
use crate::projections::table::Table;

/// A [`View`] as a read model of this service, for
/// [`Options::projections`](crate::Options::projections).
///
/// Each customer has one row: the version of the view, and the view as JSON. The row changes
/// in the transaction that moves the checkpoint, so the view gets each event exactly once, in order.
///
/// A view must be a function of the events alone: no clock, no chance. A rebuild compares its JSON with
/// that of the live view, so a set has to be sorted; members of maps are sorted here. It is read and written
/// whole, so it should be small.
pub struct ViewProjection<V: 'static> {
    inner: &'static Inner<V>,
}

struct Inner<V> {
    name: &'static str,
    logic_version: i32,
    table: &'static Table,
    tables: &'static [&'static Table],
    view: PhantomData<fn() -> V>,
}

/// A view can't have this name.
#[derive(Debug, thiserror::Error)]
#[error(
    "a view can't be called {0:?}: use up to 40 of a-z, 0-9 and _, begin with a letter, and don't use the \
     name of another projection"
)]
pub struct BadViewName(String);

/// So that the names of its table and schemas are shorter than PostgreSQL's 63 bytes.
const NAME_BYTES_MAX: usize = 40;

impl<V: View<Customer> + 'static> ViewProjection<V> {
    /// A read model called `name`, whose table is `view_<name>`.
    ///
    /// Raise `logic_version` when the same events would make another view, or when the view's JSON
    /// changes. The live rows then stay as they are until a rebuild has replaced them.
    ///
    /// It stays in memory until the program ends, so make it once.
    ///
    /// # Errors
    ///
    /// [`BadViewName`].
    pub fn new(name: &str, logic_version: i32) -> Result<Self, BadViewName> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let fits = name.len() <= NAME_BYTES_MAX
            && name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(plain)
            && Projections::default().find(name).is_none();
        if !fits {
            return Err(BadViewName(name.to_owned()));
        }
        let table = Table {
            name: format!("view_{name}").leak(),
            columns: COLUMNS,
            key: 0,
            replaces: false,
        };
        let table: &'static Table = Box::leak(Box::new(table));
        let inner = Inner {
            name: name.to_owned().leak(),
            logic_version,
            table,
            tables: Box::leak(Box::new([table])),
            view: PhantomData,
        };
        Ok(Self { inner: Box::leak(Box::new(inner)) })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.inner.name
    }

    pub(super) fn table(self) -> &'static Table {
        self.inner.table
    }
}

impl Projections {
    /// These and a view. It takes the place of an earlier view of the same name.
    #[must_use]
    pub fn with<V: View<Customer> + 'static>(&self, view: ViewProjection<V>) -> Self {
        self.and(view.inner)
    }
}

impl<V: 'static> Clone for ViewProjection<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: 'static> Copy for ViewProjection<V> {}

impl<V: 'static> fmt::Debug for ViewProjection<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { name, logic_version, .. } = self.inner;
        write!(f, "{name} (logic {logic_version}): {}", type_name::<V>())
    }
}

impl<V: View<Customer> + 'static> Projection for Inner<V> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn logic_version(&self) -> i32 {
        self.logic_version
    }

    fn tables(&self) -> &'static [&'static Table] {
        self.tables
    }

    fn state_table(&self) -> Option<&'static Table> {
        Some(self.table)
    }

    fn own_state(&self, stored: Option<&StoredState>) -> Option<Box<dyn OwnState>> {
        Some(Box::new(ViewFold::<V>::begin(self.table, stored)))
    }
}
