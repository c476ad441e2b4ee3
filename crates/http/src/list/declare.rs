//! Items of lists, each declared once.

use domain::members::{Members, members_at};
use serde::de::DeserializeOwned;

/// Declares an item of a list: its members in JSON, its schema, and its columns in CSV, in this order.
///
/// `with` adds the members of another item, in their order.
#[macro_export]
macro_rules! list_item {
    (
        $(#[$meta:meta])*
        $vis:vis struct $Item:ident<$lifetime:lifetime> {
            $($(#[$field_meta:meta])* $field:ident: $Type:ty,)*
        }
        $(with $rest:ident: $Rest:ident)?
    ) => {
        #[derive(serde::Serialize, schemars::JsonSchema)]
        $(#[$meta])*
        $vis struct $Item<$lifetime> {
            $($(#[$field_meta])* $vis $field: $Type,)*
            $(
                /// More members.
                #[serde(flatten)]
                $vis $rest: $Rest<$lifetime>,
            )?
        }

        impl $crate::list::ListItem for $Item<'_> {
            const COLUMNS: $crate::list::Columns = || {
                let own = [$($crate::list::member(stringify!($field))),*];
                own.into_iter().map(str::to_owned)
                    $(.chain((<$Rest<'static> as $crate::list::ListItem>::COLUMNS)()))?
                    .collect()
            };
        }
    };
}

/// An item of a list. [`list_item!`](crate::list_item) implements it.
pub trait ListItem {
    /// The columns of a table: one for each member.
    const COLUMNS: Columns;
}

/// Makes the columns of a list in CSV. A column of a member of a record is named by the path to it:
/// `profile.name`.
pub type Columns = fn() -> Vec<String>;

/// The name of a field in JSON: `type` for `r#type`.
#[must_use]
pub const fn member(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', name @ ..] => match str::from_utf8(name) {
            Ok(name) => name,
            Err(_) => field,
        },
        _ => field,
    }
}

/// The columns of the record `T`, in the order of its declaration: one for each field, also of records in
/// it. A list, and an object whose members are not declared, has one column.
#[must_use]
pub fn columns_of<T: DeserializeOwned>() -> Vec<String> {
    let mut columns = Vec::new();
    add_columns::<T>(&mut Vec::new(), &mut columns);
    columns
}

fn add_columns<T: DeserializeOwned>(path: &mut Vec<&'static str>, columns: &mut Vec<String>) {
    match members_at::<T>(path) {
        Members::Of(names) => {
            for name in names {
                path.push(name);
                add_columns::<T>(path, columns);
                path.pop();
            }
        }
        Members::None => columns.push(path.join(".")),
    }
}

#[cfg(test)]
mod tests;
