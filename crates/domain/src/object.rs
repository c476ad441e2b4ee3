//! Plain objects from outside, with required and optional fields.

/// Declares a struct for JSON. `must` fields are required, `may` fields are left out when they are
/// vacant, unknown fields are refused. `Check` checks all fields.
macro_rules! object {
    (
        $(#[$meta:meta])*
        pub struct $Name:ident {
            $(must { $($(#[$must_meta:meta])* $must:ident: $Must:ty),* $(,)? })?
            $(may { $($(#[$may_meta:meta])* $may:ident: $May:ty),* $(,)? })?
        }
        $(check = $check:path;)?
    ) => {
        $(#[$meta])*
        #[derive(
            Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        #[serde(deny_unknown_fields)]
        pub struct $Name {
            $($($(#[$must_meta])* pub $must: $Must,)*)?
            $($(
                $(#[$may_meta])*
                #[serde(default, skip_serializing_if = "crate::list::Vacant::is_vacant")]
                pub $may: $May,
            )*)?
        }

        impl $crate::check::Check for $Name {
            fn check(
                &self,
                at: &mut $crate::check::Pointer,
                found: &mut Vec<$crate::check::Violation>,
            ) {
                $($(at.within(stringify!($must), |at| {
                    $crate::check::Check::check(&self.$must, at, found);
                });)*)?
                $($(at.within(stringify!($may), |at| {
                    $crate::check::Check::check(&self.$may, at, found);
                });)*)?
                $($check(self, at, found);)?
                // An object without fields uses neither.
                let _ = (at, found);
            }
        }
    };
}
pub(crate) use object;
