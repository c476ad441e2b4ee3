//! Types of texts. They are strict with requests and lenient with stored values.

mod email;
mod fold;
mod keys;
mod visible;
mod words;

pub use self::fold::folded;
pub use self::keys::{email_key, key};
pub use self::visible::{as_it_looks, is_blank};
pub use self::words::SearchText;

pub(crate) use self::email::email;

use crate::check::Violation;

/// Declares texts: `pub struct Name, chars 1..=255 [lines], check = function;`. The last two are
/// optional.
///
/// Lengths count Unicode scalar values. `lines` allows line breaks and tabs, `tabs` only the latter. Deserializing checks
/// nothing, so a stricter rule does not make older events unreadable. A text from outside is read
/// by `FromStr`, or deserialized and then checked by [`Check`](crate::check::Check).
macro_rules! text {
    ($(
        $(#[$meta:meta])*
        pub struct $Name:ident, chars $min:literal..=$max:literal $([$layout:ident])? $(, check = $check:path)?;
    )*) => {$(
        $(#[$meta])*
        #[derive(
            Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $Name(#[schemars(length(min = $min, max = $max))] String);

        impl $Name {
            /// The longest text accepted, in Unicode scalar values (not bytes).
            pub const CHARS_MAX: usize = $max;

            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            fn rules(text: &str) -> Result<(), $crate::check::Violation> {
                let layout = $crate::text::text!(@layout $($layout)?);
                $crate::text::check_text(text, $min, $max, layout)?;
                $($check(text).map_err($crate::check::Violation::invalid)?;)?
                Ok(())
            }
        }

        impl std::str::FromStr for $Name {
            type Err = $crate::check::Violation;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::rules(text).map(|()| Self(text.to_owned()))
            }
        }

        impl $crate::check::Check for $Name {
            fn check(
                &self,
                at: &mut $crate::check::Pointer,
                found: &mut Vec<$crate::check::Violation>,
            ) {
                if let Err(violation) = Self::rules(&self.0) {
                    at.refuse(found, violation.detail);
                }
            }
        }

        impl AsRef<str> for $Name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )*};
    (@layout lines) => { $crate::text::Layout::Lines };
    (@layout tabs) => { $crate::text::Layout::Tabs };
    (@layout) => { $crate::text::Layout::Line };
}
pub(crate) use text;

/// The control characters that a text may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// None.
    Line,
    /// Tabs.
    Tabs,
    /// Line breaks and tabs.
    Lines,
}

impl Layout {
    fn allows(self, control: char) -> bool {
        match self {
            Self::Line => false,
            Self::Tabs => control == '\t',
            Self::Lines => matches!(control, '\n' | '\r' | '\t'),
        }
    }
}

/// The rules of every text.
pub(crate) fn check_text(
    text: &str,
    min: usize,
    max: usize,
    layout: Layout,
) -> Result<(), Violation> {
    if !fits(text, min, max) {
        let detail = if min == max {
            format!("must be {max} characters long")
        } else {
            format!("must be {min} to {max} characters long")
        };
        return Err(Violation::invalid(detail));
    }
    if min > 0 && is_blank(text) {
        return Err(Violation::invalid("must have a visible character"));
    }
    let forbidden = |character: char| character.is_control() && !layout.allows(character);
    if text.chars().any(forbidden) {
        return Err(Violation::invalid("must not contain control characters"));
    }
    Ok(())
}

/// Whether a text may be the name of something stored. Names of older events follow other rules than those of
/// today, so this is less than what a new name needs.
#[must_use]
pub fn may_be_stored(text: &str, chars_max: usize) -> bool {
    fits(text, 1, chars_max) && !text.chars().any(char::is_control)
}

fn fits(text: &str, min: usize, max: usize) -> bool {
    // Counting stops at one too many, so a very long text is not read to its end.
    let length = text.chars().take(max.saturating_add(1)).count();
    (min..=max).contains(&length)
}

#[cfg(test)]
mod tests;
