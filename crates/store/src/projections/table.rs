//! A projection's table.

use super::row::Type;

/// A table of a projection.
///
/// Its first columns are `partition`, `tenant_id` and `customer_id`.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name in SQL.
    pub(crate) name: &'static str,
    /// Its other columns.
    pub(crate) columns: &'static [(&'static str, Type)],
    /// How many of these, from the first, belong to the primary key.
    pub(crate) key: usize,
    /// Whether a later event can replace a row.
    pub(crate) replaces: bool,
}

impl Table {
    /// The names of all columns.
    fn column_names(&self) -> String {
        let own = self.columns.iter().map(|(name, _)| *name);
        let names: Vec<_> =
            ["partition", "tenant_id", "customer_id"].into_iter().chain(own).collect();
        names.join(", ")
    }

    /// The statement that loads rows with a binary COPY.
    pub(super) fn copy_statement(&self) -> String {
        format!("copy {} ({}) from stdin (format binary)", self.name, self.column_names())
    }

    /// The statement that stores rows. It takes columns as arrays. A row with an existing key is
    /// replaced.
    pub(super) fn upsert_statement(&self) -> String {
        let Self { name, columns, .. } = self;
        let names = self.column_names();
        let (key, rest) = columns.split_at(self.key.min(columns.len()));
        let listed = |columns: &[(&str, Type)], each: &dyn Fn(usize, &str, Type) -> String| {
            let columns = columns.iter().enumerate();
            columns.map(|(nth, (name, kind))| each(nth, name, *kind)).collect::<String>()
        };
        let cast = listed(columns, &|_, name, kind| format!(", r.{name}::{}", kind.name()));
        let arrays = listed(columns, &|nth, _, kind| {
            format!(", ${}::{}[]", nth.saturating_add(4), kind.sent_as().name())
        });
        let key = listed(key, &|_, name, _| format!(", {name}"));
        let set = listed(rest, &|nth, name, _| {
            format!("{}{name} = excluded.{name}", if nth == 0 { "" } else { ", " })
        });
        format!(
            "insert into {name} ({names})
             select r.partition, r.tenant_id, r.customer_id{cast}
               from unnest($1::smallint[], $2::uuid[], $3::uuid[]{arrays}) as r({names})
                 on conflict (partition, tenant_id, customer_id{key}) do update set {set}"
        )
    }

    /// An expression that is equal for equal rows `t`.
    ///
    /// Types that PostgreSQL can't hash are hashed in their binary format.
    pub(crate) fn digest(&self) -> String {
        let hashable = |(name, kind): &(&str, Type)| format!(", {}", hashable(name, *kind));
        let columns: String = self.columns.iter().map(hashable).collect();
        format!("hash_record_extended(row(t.partition, t.tenant_id, t.customer_id{columns}), 0)")
    }
}

/// The value of a column of `t`, in a form that PostgreSQL can hash.
pub(crate) fn hashable(name: &str, kind: Type) -> String {
    match kind {
        Type::Json => format!("json_send(t.{name})"),
        Type::Tsvector => format!("tsvectorsend(t.{name})"),
        Type::Bigint
        | Type::Boolean
        | Type::Text
        | Type::Timestamptz
        | Type::Uuid
        | Type::UuidArray => format!("t.{name}"),
    }
}
