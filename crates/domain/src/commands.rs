//! Macros that declare commands, events and refusals from tables.

use schemars::{Schema, SchemaGenerator};

/// The description of a command for documents.
#[derive(Clone, Copy, Debug)]
pub struct CommandSchema {
    /// The name in paths, in kebab case.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// The JSON Schema of its body: a reference into the generator's definitions where possible.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

/// Declares `Command` from a table of commands, grouped by topic.
///
/// `patterns` names a macro: `patterns!(Topic)` is the pattern of all commands about the topic. A
/// `match` that handles a few commands names the topics of the others. It still lists each command
/// of a topic that it handles in part, so a new command does not compile until it is considered.
macro_rules! commands {
    (
        patterns $patterns:ident in $module:ident;
        $($Topic:ident {
            $($Variant:ident($Payload:ident), $name:literal, $summary:literal;)*
        })*
    ) => {
        macro_rules! $patterns {
            $(($Topic) => { $($crate::$module::Command::$Variant(_))|* };)*
        }

        /// What can be asked, one variant for each command.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Command {
            $($(#[doc = $summary] $Variant($Payload),)*)*
        }

        impl Command {
            /// The names of all commands, in the order of the documents.
            pub const NAMES: &[&str] = &[$($($name),*),*];

            /// The command's name in paths: stable, in kebab case.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $($(Self::$Variant(_) => $name,)*)*
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
                    $($($name => Some($crate::commands::read::<$Payload>(body).map(Self::$Variant)),)*)*
                    _ => None,
                }
            }

            /// Name, summary and schema of every command, in the order of the documents.
            #[must_use]
            pub fn schemas() -> Vec<$crate::CommandSchema> {
                vec![$($($crate::CommandSchema {
                    name: $name,
                    summary: $summary,
                    schema: |generator| generator.subschema_for::<$Payload>(),
                }),*),*]
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

/// Declares `Refusal`: a `Copy` enum with a stable code for programs and a text for people.
macro_rules! refusals {
    ($($(#[$meta:meta])* $Refusal:ident, $code:literal, $text:literal;)*) => {
        /// Why a command was refused. Nothing was changed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
        pub enum Refusal {
            $($(#[$meta])* #[doc = concat!("`", $code, "`: ", $text, ".")] #[error($text)] $Refusal,)*
        }

        impl Refusal {
            /// All refusals.
            pub const ALL: &[Self] = &[$(Self::$Refusal),*];

            /// The code for programs: stable, in snake case.
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

/// Declares `Event` from a list of variants, grouped by topic. `patterns` is as for `commands!`.
macro_rules! events {
    (
        $(#[$patterns_meta:meta])*
        patterns $patterns:ident in $module:ident;
        $($Topic:ident {
            $(
                $(#[$meta:meta])*
                $Variant:ident $(($Payload:ty))? $({$($field:ident: $Type:ty),* $(,)?})?,
            )*
        })*
    ) => {
        $(#[$patterns_meta])*
        macro_rules! $patterns {
            $(($Topic) => { $($crate::$module::Event::$Variant { .. })|* };)*
        }

        /// What has happened. A patch in an event contains exactly the fields that changed.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(tag = "type", content = "data")]
        #[expect(missing_docs, reason = "the fields are those of the state")]
        pub enum Event {
            $($($(#[$meta])* $Variant $(($Payload))? $({$($field: $Type),*})?,)*)*
        }

        impl Event {
            /// The version of today's shape of all events.
            pub const VERSION: &str = "1.0";

            /// The names of all events.
            pub const NAMES: &[&str] = &[$($(stringify!($Variant)),*),*];

            /// The event's name: the tag under which it is stored.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $($(Self::$Variant {..} => stringify!($Variant),)*)*
                }
            }
        }
    };
}
pub(crate) use events;
