//! Rows to be stored in a projection's tables.
#![expect(clippy::arithmetic_side_effects, reason = "lengths of what is in memory")]

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{PgConnection, Postgres, query};
use uuid::Uuid;

use super::binary;
use super::row::{Cell, Type, Value};
use super::table::Table;
use crate::model::StreamKey;

/// The maximum of rows in a statement, so that its time is bounded.
const STATEMENT_ROWS_MAX: usize = 1_000;
/// A statement gets no more rows once they have this many bytes.
const STATEMENT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Rows for one table.
#[derive(Debug)]
struct Part {
    table: &'static Table,
    /// The customer of each row.
    owners: Vec<StreamKey>,
    /// The cells, row after row.
    cells: Vec<Cell>,
    /// The approximate size in bytes.
    bytes: usize,
    /// Where the current customer's rows begin.
    of_customer: usize,
    /// Where the current event's rows begin.
    of_event: usize,
}

/// Rows for a projection's tables.
#[derive(Debug)]
pub(crate) struct Rows {
    parts: Vec<Part>,
    owner: Option<StreamKey>,
}

impl Rows {
    pub(crate) fn new(tables: &[&'static Table]) -> Self {
        let part = |table: &&'static Table| Part {
            table,
            owners: Vec::new(),
            cells: Vec::new(),
            bytes: 0,
            of_customer: 0,
            of_event: 0,
        };
        Self { parts: tables.iter().map(part).collect(), owner: None }
    }

    /// Starts the rows of a customer.
    pub(crate) fn begin_customer(&mut self, key: &StreamKey) {
        self.owner = Some(*key);
        for part in &mut self.parts {
            part.of_customer = part.owners.len();
        }
        self.begin_event();
    }

    /// Starts the rows of another event of the customer.
    pub(crate) fn begin_event(&mut self) {
        for part in &mut self.parts {
            part.of_event = part.owners.len();
        }
    }

    /// Removes the rows of the current event. Replaced rows are not restored.
    pub(crate) fn undo_event(&mut self) {
        for part in &mut self.parts {
            part.truncate(part.of_event);
        }
    }

    /// Removes the rows of the current customer.
    pub(crate) fn undo_customer(&mut self) {
        for part in &mut self.parts {
            part.truncate(part.of_customer);
        }
    }

    /// Removes the rows of the current customer from each table where they are the same as `before`.
    pub(crate) fn leave_out_same(&mut self, before: &Self) {
        for (part, before) in self.parts.iter_mut().zip(&before.parts) {
            let now = part.cells.get(part.of_customer * part.width()..);
            if now == Some(&*before.cells) {
                part.truncate(part.of_customer);
            }
        }
    }

    /// Adds a row of `table`: its own columns, in order.
    pub(crate) fn put<const N: usize>(&mut self, table: &'static Table, cells: [Cell; N]) {
        debug_assert_eq!(N, table.columns.len(), "the columns of {}", table.name);
        let part = self.parts.iter_mut().find(|part| part.table.name == table.name);
        if let (Some(part), Some(owner)) = (part, self.owner) {
            part.put(owner, cells);
        }
    }

    /// The approximate size in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.parts.iter().map(|part| part.bytes).sum()
    }

    /// Whether rows are never replaced, so that they may be loaded before their customer ends.
    pub(crate) fn stay(&self) -> bool {
        self.parts.iter().all(|part| !part.table.replaces)
    }

    /// Takes all rows. Further rows belong to the same customer.
    pub(crate) fn take(&mut self) -> Self {
        let tables: Vec<_> = self.parts.iter().map(|part| part.table).collect();
        let empty = Self { owner: self.owner, ..Self::new(&tables) };
        std::mem::replace(self, empty)
    }

    /// Stores all rows, [`STATEMENT_ROWS_MAX`] of a table at a time. A row with an existing key is
    /// replaced.
    ///
    /// The statement's text is made of names in this crate's constants.
    pub(crate) async fn store(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        for part in self.parts.iter().filter(|part| !part.owners.is_empty()) {
            let statement = part.table.upsert_statement();
            let mut from = 0;
            while from < part.owners.len() {
                let until = part.statement_end(from);
                part.bind(query(&statement), from, until).execute(&mut *connection).await?;
                from = until;
            }
        }
        Ok(())
    }

    /// Loads all rows into their tables. They are new.
    pub(crate) async fn copy(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        for part in self.parts.iter().filter(|part| !part.owners.is_empty()) {
            let mut copy = connection.copy_in_raw(&part.table.copy_statement()).await?;
            copy.send(binary::rows(&part.owners, &part.cells, part.bytes)).await?;
            copy.finish().await?;
        }
        Ok(())
    }
}

impl Part {
    fn width(&self) -> usize {
        self.table.columns.len()
    }

    fn truncate(&mut self, rows: usize) {
        self.owners.truncate(rows);
        self.cells.truncate(rows * self.width());
    }

    fn put<const N: usize>(&mut self, owner: StreamKey, cells: [Cell; N]) {
        self.bytes += cells.iter().flatten().map(Value::size).sum::<usize>();
        if self.table.replaces
            && let Some(same) = self.same(&cells)
        {
            let width = self.width();
            for (old, new) in self.cells.iter_mut().skip(same * width).zip(cells) {
                *old = new;
            }
            return;
        }
        self.owners.push(owner);
        self.cells.extend(cells);
    }

    /// The current customer's row with the same key.
    fn same(&self, cells: &[Cell]) -> Option<usize> {
        let (width, length) = (self.width(), self.table.key);
        let rows = self.cells.chunks(width).enumerate().skip(self.of_customer);
        let key = cells.get(..length);
        rows.into_iter().find(|(_, row)| row.get(..length) == key).map(|(nth, _)| nth)
    }

    /// The end (exclusive) of the statement that begins at row `from`. It has at least one row.
    fn statement_end(&self, from: usize) -> usize {
        let last = self.owners.len().min(from + STATEMENT_ROWS_MAX);
        let rows = self.cells.chunks(self.width().max(1)).skip(from);
        let mut bytes = 0;
        for (nth, row) in (from..last).zip(rows) {
            bytes += row.iter().flatten().map(Value::size).sum::<usize>();
            if bytes > STATEMENT_BYTES_MAX {
                return nth + 1;
            }
        }
        last
    }

    /// Binds each column of the rows from one up to another, exclusively, as an array.
    fn bind<'q>(
        &'q self,
        statement: Query<'q, Postgres, PgArguments>,
        from: usize,
        until: usize,
    ) -> Query<'q, Postgres, PgArguments> {
        let width = self.width();
        let owners = self.owners.get(from..until).unwrap_or_default();
        let cells = self.cells.get(from * width..until * width).unwrap_or_default();
        let ids = |id: fn(&StreamKey) -> Uuid| owners.iter().map(id).collect::<Vec<_>>();
        let partitions = owners.iter().map(|key| key.partition.number());
        let mut statement = statement
            .bind(partitions.collect::<Vec<_>>())
            .bind(ids(|key| key.tenant.0))
            .bind(ids(|key| key.customer.0));
        for (nth, (_, kind)) in self.table.columns.iter().enumerate() {
            let column = cells.iter().skip(nth).step_by(width).map(Option::as_ref);
            statement = bind_column(statement, *kind, column);
        }
        statement
    }
}

fn bind_column<'q, 'v: 'q>(
    statement: Query<'q, Postgres, PgArguments>,
    kind: Type,
    column: impl Iterator<Item = Option<&'v Value>>,
) -> Query<'q, Postgres, PgArguments> {
    /// The values of one type, in their places.
    macro_rules! values {
        ($Variant:ident) => {
            column.map(|value| match value {
                Some(Value::$Variant(value)) => Some(*value),
                _ => None,
            })
        };
    }
    match kind.sent_as() {
        Type::Bigint => statement.bind(values!(Number).collect::<Vec<_>>()),
        Type::Boolean => statement.bind(values!(Truth).collect::<Vec<_>>()),
        Type::Timestamptz => statement.bind(values!(Time).collect::<Vec<_>>()),
        Type::Uuid => statement.bind(values!(Id).collect::<Vec<_>>()),
        Type::Text | Type::Json | Type::Tsvector | Type::UuidArray => {
            let texts = column.map(|value| value.and_then(Value::as_text));
            statement.bind(texts.collect::<Vec<_>>())
        }
    }
}
