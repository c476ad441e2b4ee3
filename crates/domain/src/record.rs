//! Records and their patches from one declaration of fields.

use crate::list::{Dict, Distinct, List, Vacant};
use crate::patch::Patch;

/// A field of a record. It may be vacant, and a [`Patch`] changes it.
pub trait Slot: Vacant {
    /// What a patch contains: the value itself, or for a nested record the patch of its fields.
    type Value;

    /// `patch` without the parts that would change nothing.
    #[must_use]
    fn reduced(&self, patch: Patch<Self::Value>) -> Patch<Self::Value>;

    /// Applies the patch.
    fn change(&mut self, patch: Patch<Self::Value>);

    /// The smallest patch that turns this into `to`.
    #[must_use]
    fn towards(&self, to: &Self) -> Patch<Self::Value>;

    /// Takes from `to` what differs between `from` and `to`, and keeps the rest. A nested record
    /// follows field by field.
    fn follow(&mut self, from: &Self, to: &Self);
}

impl<T: Clone + PartialEq> Slot for Option<T> {
    type Value = T;

    fn reduced(&self, patch: Patch<T>) -> Patch<T> {
        match patch {
            Patch::Clear if self.is_none() => Patch::Keep,
            Patch::Set(value) if self.as_ref() == Some(&value) => Patch::Keep,
            patch @ (Patch::Keep | Patch::Clear | Patch::Set(_)) => patch,
        }
    }

    fn change(&mut self, patch: Patch<T>) {
        match patch {
            Patch::Keep => {}
            Patch::Clear => *self = None,
            Patch::Set(value) => *self = Some(value),
        }
    }

    fn towards(&self, to: &Self) -> Patch<T> {
        self.reduced(to.clone().map_or(Patch::Clear, Patch::Set))
    }

    fn follow(&mut self, from: &Self, to: &Self) {
        if from != to {
            self.clone_from(to);
        }
    }
}

/// An empty collection is a vacant field, so setting an empty one clears the field.
macro_rules! collection_slot {
    ($($Collection:ident<$($Item:ident),*>),*) => {$(
        impl<$($Item: Clone + PartialEq,)* const MAX: usize> Slot for $Collection<$($Item,)* MAX> {
            type Value = Self;

            fn reduced(&self, patch: Patch<Self>) -> Patch<Self> {
                match patch {
                    Patch::Keep => Patch::Keep,
                    Patch::Set(value) if !value.is_vacant() => {
                        if *self == value { Patch::Keep } else { Patch::Set(value) }
                    }
                    Patch::Clear | Patch::Set(_) => {
                        if self.is_vacant() { Patch::Keep } else { Patch::Clear }
                    }
                }
            }

            fn change(&mut self, patch: Patch<Self>) {
                match patch {
                    Patch::Keep => {}
                    Patch::Clear => *self = Self::default(),
                    Patch::Set(value) => *self = value,
                }
            }

            fn towards(&self, to: &Self) -> Patch<Self> {
                self.reduced(Patch::Set(to.clone()))
            }

            fn follow(&mut self, from: &Self, to: &Self) {
                if from != to {
                    self.clone_from(to);
                }
            }
        }
    )*};
}
collection_slot!(List<T>, Distinct<T>, Dict<K, V>);

/// Declares a record and its patch. Every field may be vacant.
///
/// Each field's type is a [`Slot`]: an `Option`, a [`List`], or another record. A patch changes a
/// nested record field by field; `null` clears it whole.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $Record:ident, patch $Patch:ident {
            $($(#[$field_meta:meta])* $field:ident: $Slot:ty),* $(,)?
        }
        $(check = $check:path;)?
    ) => {
        $(#[$meta])*
        #[derive(
            Clone, Debug, Default, PartialEq, Eq,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        #[serde(default)]
        pub struct $Record {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "crate::list::Vacant::is_vacant")]
                pub $field: $Slot,
            )*
        }

        #[doc = concat!(
            "What to change of [`", stringify!($Record), "`]: absent fields stay, `null` clears."
        )]
        #[derive(
            Clone, Debug, Default, PartialEq, Eq,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        #[serde(default, deny_unknown_fields)]
        pub struct $Patch {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "crate::patch::Patch::is_keep")]
                pub $field: $crate::patch::Patch<<$Slot as $crate::record::Slot>::Value>,
            )*
        }

        impl $Record {
            /// Whether every field is vacant.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                $($crate::list::Vacant::is_vacant(&self.$field))&&*
            }

            /// `patch` without the parts that would change nothing.
            #[must_use]
            pub fn reduce(&self, patch: $Patch) -> $Patch {
                $Patch {
                    $($field: $crate::record::Slot::reduced(&self.$field, patch.$field),)*
                }
            }

            /// Applies the patch.
            pub fn apply(&mut self, patch: $Patch) {
                $($crate::record::Slot::change(&mut self.$field, patch.$field);)*
            }

            /// The record after the patch.
            #[must_use]
            pub fn with(&self, patch: $Patch) -> Self {
                let mut changed = self.clone();
                changed.apply(patch);
                changed
            }

            /// The smallest patch that turns this into `to`.
            #[must_use]
            pub fn difference(&self, to: &Self) -> $Patch {
                $Patch {
                    $($field: $crate::record::Slot::towards(&self.$field, &to.$field),)*
                }
            }

            /// The smallest patch by which this takes from `to` what differs between `from` and `to`.
            #[must_use]
            pub fn following(&self, from: &Self, to: &Self) -> $Patch {
                let mut changed = self.clone();
                $crate::record::Slot::follow(&mut changed, from, to);
                self.difference(&changed)
            }
        }

        impl $Patch {
            /// Whether it changes no field.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                $(self.$field.is_keep())&&*
            }
        }

        impl $crate::list::Vacant for $Record {
            fn is_vacant(&self) -> bool {
                self.is_empty()
            }
        }

        impl $crate::list::Vacant for $Patch {
            fn is_vacant(&self) -> bool {
                self.is_empty()
            }
        }

        impl $crate::record::Slot for $Record {
            type Value = $Patch;

            fn reduced(&self, patch: $crate::patch::Patch<$Patch>) -> $crate::patch::Patch<$Patch> {
                use $crate::patch::Patch;
                match patch {
                    Patch::Keep => Patch::Keep,
                    Patch::Clear => if self.is_empty() { Patch::Keep } else { Patch::Clear },
                    Patch::Set(fields) => {
                        let fields = self.reduce(fields);
                        if fields.is_empty() { Patch::Keep } else { Patch::Set(fields) }
                    }
                }
            }

            fn change(&mut self, patch: $crate::patch::Patch<$Patch>) {
                use $crate::patch::Patch;
                match patch {
                    Patch::Keep => {}
                    Patch::Clear => *self = Self::default(),
                    Patch::Set(fields) => self.apply(fields),
                }
            }

            fn towards(&self, to: &Self) -> $crate::patch::Patch<$Patch> {
                use $crate::patch::Patch;
                if to.is_empty() {
                    return self.reduced(Patch::Clear);
                }
                self.reduced(Patch::Set(self.difference(to)))
            }

            fn follow(&mut self, from: &Self, to: &Self) {
                $($crate::record::Slot::follow(&mut self.$field, &from.$field, &to.$field);)*
            }
        }

        impl $crate::fields::Fields for $Record {
            fn differ(
                before: &Self,
                after: &Self,
                differences: &mut $crate::fields::Differences,
            ) {
                $(differences.field(stringify!($field), &before.$field, &after.$field);)*
            }
        }

        impl $crate::check::Check for $Patch {
            fn check(
                &self,
                at: &mut $crate::check::Pointer,
                found: &mut Vec<$crate::check::Violation>,
            ) {
                $(at.within(stringify!($field), |at| {
                    $crate::check::Check::check(&self.$field, at, found);
                });)*
                $($check(self, at, found);)?
            }
        }
    };
}
pub(crate) use record;

#[cfg(test)]
mod tests;
