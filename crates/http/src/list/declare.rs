//! Items of lists, each declared once.

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
            const MEMBERS: &'static [&'static str] =
                &[$($crate::list::member(stringify!($field))),*];
            const COLUMNS: $crate::list::Columns =
                &[Self::MEMBERS, $(<$Rest<'static> as $crate::list::ListItem>::MEMBERS)?];
        }
    };
}

/// An item of a list. [`list_item!`](crate::list_item) implements it.
pub trait ListItem {
    /// The members that the item has itself.
    const MEMBERS: &'static [&'static str];
    /// All members: the columns of a table.
    const COLUMNS: Columns;
}

/// The columns of a list in CSV, in groups that several lists share.
pub type Columns = &'static [&'static [&'static str]];

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
