//! A projection's table, and rows on their way into it.

use std::fmt::Write as _;

use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::fact::Key;
use super::row::Cell;

/// The columns that every table begins with, and their types: whose the row is.
const OWNER: [(&str, &str); 3] =
    [("partition", "smallint"), ("tenant_id", "uuid"), ("customer_id", "uuid")];

/// A table of a projection.
#[derive(Debug)]
pub(crate) struct Table {
    /// What it is called in SQL.
    pub(crate) name: &'static str,
    /// Its columns after `partition`, `tenant_id` and `customer_id`, and their types.
    pub(crate) columns: &'static [(&'static str, &'static str)],
    /// How many of these, from the first, belong to the primary key.
    pub(crate) key: usize,
    /// Whether a later event can replace a row that an earlier one made.
    pub(crate) replaces: bool,
}

impl Table {
    fn all_columns(&self) -> impl Iterator<Item = &(&'static str, &'static str)> {
        OWNER.iter().chain(self.columns)
    }

    fn column_names(&self) -> String {
        let names: Vec<_> = self.all_columns().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// The statement that loads rows in PostgreSQL's text format.
    pub(crate) fn copy_statement(&self) -> String {
        format!("copy {} ({}) from stdin", self.name, self.column_names())
    }
}

/// Rows for one table.
///
/// Kept column by column, as one statement takes them all.
#[derive(Debug)]
struct Columns {
    table: &'static Table,
    owners: [Vec<String>; 3],
    columns: Vec<Vec<Cell>>,
    /// About how many bytes were put.
    bytes: usize,
    /// Where the rows of the customer at hand begin.
    of_customer: usize,
    /// Where the rows of the event at hand begin.
    of_event: usize,
}

/// Rows for a projection's tables.
#[derive(Debug)]
pub(crate) struct Rows {
    tables: Vec<Columns>,
    owner: [String; 3],
}

impl Rows {
    pub(crate) fn new(tables: &[&'static Table]) -> Self {
        let columns = |table: &&'static Table| Columns {
            table,
            owners: Default::default(),
            columns: table.columns.iter().map(|_| Vec::new()).collect(),
            bytes: 0,
            of_customer: 0,
            of_event: 0,
        };
        Self { tables: tables.iter().map(columns).collect(), owner: Default::default() }
    }

    /// From here on rows are those of this customer.
    pub(crate) fn begin_customer(&mut self, key: &Key) {
        self.owner =
            [key.partition.to_string(), key.tenant.0.to_string(), key.customer.0.to_string()];
        for columns in &mut self.tables {
            columns.of_customer = columns.len();
        }
        self.begin_event();
    }

    /// From here on rows are those of another event of the customer.
    pub(crate) fn begin_event(&mut self) {
        for columns in &mut self.tables {
            columns.of_event = columns.len();
        }
    }

    /// Forgets the rows that the event at hand made. Rows that it replaced stay replaced.
    pub(crate) fn undo_event(&mut self) {
        for columns in &mut self.tables {
            columns.truncate(columns.of_event);
        }
    }

    /// Forgets the rows of the customer at hand.
    pub(crate) fn undo_customer(&mut self) {
        for columns in &mut self.tables {
            columns.truncate(columns.of_customer);
        }
    }

    /// Puts a row of `table`: its own columns, in their order.
    pub(crate) fn put<const N: usize>(&mut self, table: &'static Table, cells: [Cell; N]) {
        debug_assert_eq!(N, table.columns.len(), "the columns of {}", table.name);
        let Some(columns) = self.tables.iter_mut().find(|columns| columns.table.name == table.name)
        else {
            return;
        };
        columns.bytes += cells.iter().flatten().map(|cell| cell.len() + 32).sum::<usize>();
        if table.replaces
            && let Some(same) = columns.same(&cells)
        {
            for (column, cell) in columns.columns.iter_mut().zip(cells) {
                column[same] = cell;
            }
            return;
        }
        for (column, owner) in columns.owners.iter_mut().zip(&self.owner) {
            column.push(owner.clone());
        }
        for (column, cell) in columns.columns.iter_mut().zip(cells) {
            column.push(cell);
        }
    }

    /// About how many bytes were put.
    pub(crate) fn bytes(&self) -> usize {
        self.tables.iter().map(|rows| rows.bytes).sum()
    }

    /// Whether rows stay as they are put, so that they may be loaded before their customer ends.
    pub(crate) fn stay(&self) -> bool {
        self.tables.iter().all(|rows| !rows.table.replaces)
    }

    /// Forgets all rows, which are loaded.
    pub(crate) fn clear(&mut self) {
        for columns in &mut self.tables {
            columns.truncate(0);
            (columns.bytes, columns.of_customer, columns.of_event) = (0, 0, 0);
        }
    }

    /// Stores all rows, one statement for each table; a row whose key is there already is replaced.
    ///
    /// The statement's text is made of names in this crate's constants.
    pub(crate) async fn store(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        for rows in self.tables.iter().filter(|rows| rows.len() > 0) {
            rows.upsert().build().execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// Loads all rows, which are new, into their tables.
    pub(crate) async fn copy(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        for rows in self.tables.iter().filter(|rows| rows.len() > 0) {
            let mut copy = connection.copy_in_raw(&rows.table.copy_statement()).await?;
            copy.send(rows.copy_text()).await?;
            copy.finish().await?;
        }
        Ok(())
    }
}

impl Columns {
    fn len(&self) -> usize {
        self.owners[0].len()
    }

    fn truncate(&mut self, len: usize) {
        for column in &mut self.owners {
            column.truncate(len);
        }
        for column in &mut self.columns {
            column.truncate(len);
        }
    }

    /// The row of the customer at hand that has the same key.
    fn same(&self, cells: &[Cell]) -> Option<usize> {
        let key = cells.iter().take(self.table.key);
        (self.of_customer..self.len()).find(|&row| {
            let columns = self.columns.iter();
            columns.zip(key.clone()).all(|(column, cell)| column.get(row) == Some(cell))
        })
    }

    fn upsert(&self) -> QueryBuilder<'_, Postgres> {
        let table = self.table;
        let names = table.column_names();
        let mut query = QueryBuilder::new(format!("insert into {} ({names}) select ", table.name));
        let mut select = query.separated(", ");
        for (name, kind) in table.all_columns() {
            select.push(format!("r.{name}::{kind}"));
        }
        query.push(" from unnest(");
        let mut arrays = query.separated(", ");
        for column in &self.owners {
            arrays.push_bind(column);
        }
        for column in &self.columns {
            arrays.push_bind(column);
        }
        let (key, rest) = table.columns.split_at(table.key.min(table.columns.len()));
        query.push(format!(") as r({names}) on conflict (partition, tenant_id, customer_id"));
        for (name, _) in key {
            query.push(format!(", {name}"));
        }
        query.push(") do update set ");
        let mut set = query.separated(", ");
        for (name, _) in rest {
            set.push(format!("{name} = excluded.{name}"));
        }
        query
    }

    /// The rows in PostgreSQL's text format.
    fn copy_text(&self) -> Vec<u8> {
        let mut text = String::new();
        for row in 0..self.len() {
            for (nth, owner) in self.owners.iter().enumerate() {
                let tab = if nth == 0 { "" } else { "\t" };
                // Writing to a string can't fail.
                let _ = write!(text, "{tab}{}", owner[row]);
            }
            for column in &self.columns {
                text.push('\t');
                match &column[row] {
                    Some(cell) => escape(cell, &mut text),
                    None => text.push_str("\\N"),
                }
            }
            text.push('\n');
        }
        text.into_bytes()
    }
}

/// PostgreSQL's manual, COPY, "Text Format".
fn escape(cell: &str, text: &mut String) {
    let special = |byte: u8| matches!(byte, b'\\' | b'\t' | b'\n' | b'\r');
    if !cell.bytes().any(special) {
        text.push_str(cell);
        return;
    }
    for character in cell.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            other => text.push(other),
        }
    }
}
