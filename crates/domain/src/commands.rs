//! What every table of commands, events and refusals gives: the enum, its names, its reading.

use schemars::{Schema, SchemaGenerator};

/// A command as documents describe it.
#[derive(Clone, Copy, Debug)]
pub struct CommandSchema {
    /// The name in paths, in kebab case.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// The JSON Schema of its body, as a reference into the generator's definitions where it can be.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

/// Makes `Command` of a table of `(Variant, Payload, "kebab-name", "summary")`.
macro_rules! commands {
    ($(($Variant:ident, $Payload:ident, $name:literal, $summary:literal)),* $(,)?) => {
        /// What can be asked, one variant per command.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Command {
            $(#[doc = $summary] $Variant($Payload),)*
        }

        impl Command {
            /// The names of all commands, in the order of the documents.
            pub const NAMES: &[&str] = &[$($name),*];

            /// The command's name in paths: kebab case, stable.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$Variant(_) => $name,)*
                }
            }

            /// Reads and checks the command called `name`; `None` if there is no such command.
            ///
            /// # Errors
            ///
            /// Inside the option: every [`Violation`](crate::check::Violation) of the body, or the
            /// first one if it cannot be read at all.
            pub fn read(
                name: &str,
                body: serde_json::Value,
            ) -> Option<Result<Self, Vec<crate::check::Violation>>> {
                match name {
                    $($name => Some($crate::commands::read::<$Payload>(body).map(Self::$Variant)),)*
                    _ => None,
                }
            }

            /// Name, summary and schema of every command, in the order of the documents.
            #[must_use]
            pub fn schemas() -> Vec<$crate::CommandSchema> {
                vec![$($crate::CommandSchema {
                    name: $name,
                    summary: $summary,
                    schema: |generator| generator.subschema_for::<$Payload>(),
                }),*]
            }
        }

        impl $crate::check::Check for Command {
            fn check(
                &self,
                at: &mut $crate::check::Pointer,
                found: &mut Vec<$crate::check::Violation>,
            ) {
                match self {
                    $(Self::$Variant(payload) => {
                        $crate::check::Check::check(payload, at, found);
                    })*
                }
            }
        }

    };
}
pub(crate) use commands;

/// Reads and checks one payload.
pub(crate) fn read<T>(body: serde_json::Value) -> Result<T, Vec<crate::check::Violation>>
where
    T: serde::de::DeserializeOwned + crate::check::Check,
{
    let payload = crate::json::read::<T>(body).map_err(|violation| vec![violation])?;
    crate::check::Checked::new(payload).map(crate::check::Checked::into_inner)
}

/// Refusals: a `Copy` enum with a stable code for programs and a text for people.
macro_rules! refusals {
    ($($(#[$meta:meta])* $Refusal:ident, $code:literal, $text:literal;)*) => {
        /// Why a command was refused. Nothing was changed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
        pub enum Refusal {
            $($(#[$meta])* #[doc = concat!("`", $code, "`: ", $text, ".")] #[error($text)] $Refusal,)*
        }

        impl Refusal {
            /// Every refusal there is.
            pub const ALL: &[Self] = &[$(Self::$Refusal),*];

            /// A name for programs: `snake_case`, stable.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$Refusal => $code,)*
                }
            }
        }
    };
}
pub(crate) use refusals;

/// Makes `Event` with its names of a list of variants.
macro_rules! events {
    ($($(#[$meta:meta])* $Variant:ident $(($Payload:ty))? $({$($field:ident: $Type:ty),* $(,)?})?,)*) => {
        /// What has happened. A patch in an event names exactly the fields that changed.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(tag = "type", content = "data")]
        #[expect(missing_docs, reason = "the fields are those of the state")]
        pub enum Event {
            $($(#[$meta])* $Variant $(($Payload))? $({$($field: $Type),*})?,)*
        }

        impl Event {
            /// The version of all shapes so far.
            pub const VERSION: &str = "1.0";

            /// The names of all events.
            pub const NAMES: &[&str] = &[$(stringify!($Variant)),*];

            /// The event's name: the tag under which it is stored.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$Variant {..} => stringify!($Variant),)*
                }
            }
        }
    };
}
pub(crate) use events;
