//! Checks of values from outside: all violations at once, each with its place.

use std::borrow::Cow;

use crate::patch::Patch;

/// What kind of mistake a document has. The sender reacts to each in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It cannot be read: not JSON, or not JSON of the accepted form.
    Malformed,
    /// It can be read, but contains a value that is not allowed.
    Invalid,
}

/// One mistake and its place.
///
/// The detail never repeats a value from the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Violation {
    /// The JSON pointer (RFC 6901) of the wrong value; empty for the whole document.
    pub pointer: String,
    /// The kind of mistake.
    pub flaw: Flaw,
    /// What the value has to be, as a phrase after its name: "must be a string".
    pub detail: Cow<'static, str>,
}

impl Violation {
    /// A value that is not allowed. The caller adds its place.
    #[must_use]
    pub fn invalid(detail: impl Into<Cow<'static, str>>) -> Self {
        Self { pointer: String::new(), flaw: Flaw::Invalid, detail: detail.into() }
    }

    /// A document that cannot be read. The caller adds the place.
    #[must_use]
    pub fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self { flaw: Flaw::Malformed, ..Self::invalid(detail) }
    }

    /// The same violation, seen from the value around it.
    ///
    /// A name from outside can be as long as the document. Beyond [`Pointer::SEGMENT_MAX`] the pointer
    /// ends at the value that contains the name.
    #[must_use]
    pub fn under(mut self, segment: &str) -> Self {
        let mut pointer = Pointer::root();
        if pointer.push(segment) {
            self.pointer.insert_str(0, pointer.as_str());
        } else {
            self.pointer.clear();
        }
        self
    }
}

/// The current place in a document, as a JSON pointer (RFC 6901).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointer(String);

impl Pointer {
    /// The longest name that a pointer repeats, in bytes.
    pub const SEGMENT_MAX: usize = 128;

    /// The whole document.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The pointer as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Enters a member, calls `look`, and leaves the member.
    pub fn within<R>(&mut self, segment: &str, look: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.0.len();
        self.push(segment);
        let seen = look(self);
        self.0.truncate(length);
        seen
    }

    /// Adds a violation at the current place.
    pub fn refuse(&self, found: &mut Vec<Violation>, detail: impl Into<Cow<'static, str>>) {
        found.push(Violation { pointer: self.0.clone(), ..Violation::invalid(detail) });
    }

    fn push(&mut self, segment: &str) -> bool {
        // `stringify!` keeps the prefix of a raw identifier. The JSON name has none.
        let segment = segment.strip_prefix("r#").unwrap_or(segment);
        if segment.len() > Self::SEGMENT_MAX {
            return false;
        }
        self.0.push('/');
        for character in segment.chars() {
            match character {
                '~' => self.0.push_str("~0"),
                '/' => self.0.push_str("~1"),
                other => self.0.push(other),
            }
        }
        true
    }
}

/// A value with rules that depend on nothing else.
pub trait Check {
    /// Adds every violation in this value to `found`.
    fn check(&self, at: &mut Pointer, found: &mut Vec<Violation>);
}

/// A value that passed its checks. Only [`Checked::new`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked<T>(T);

impl<T: Check> Checked<T> {
    /// The most violations that are reported for one value.
    pub const VIOLATIONS_MAX: usize = 100;

    /// Checks `value`.
    ///
    /// # Errors
    ///
    /// Every violation found, in the order of the fields, up to [`Checked::VIOLATIONS_MAX`].
    pub fn new(value: T) -> Result<Self, Vec<Violation>> {
        let mut found = vec![];
        value.check(&mut Pointer::root(), &mut found);
        found.truncate(Self::VIOLATIONS_MAX);
        if found.is_empty() { Ok(Self(value)) } else { Err(found) }
    }
}

impl<T> Checked<T> {
    /// The value itself.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: Check> Check for Option<T> {
    fn check(&self, at: &mut Pointer, found: &mut Vec<Violation>) {
        if let Some(value) = self {
            value.check(at, found);
        }
    }
}

impl<T: Check> Check for Patch<T> {
    fn check(&self, at: &mut Pointer, found: &mut Vec<Violation>) {
        if let Self::Set(value) = self {
            value.check(at, found);
        }
    }
}

impl<T: Check> Check for Box<T> {
    fn check(&self, at: &mut Pointer, found: &mut Vec<Violation>) {
        T::check(self, at, found);
    }
}

impl<T: Check> Check for Vec<T> {
    fn check(&self, at: &mut Pointer, found: &mut Vec<Violation>) {
        for (index, item) in self.iter().enumerate() {
            at.within(&index.to_string(), |at| item.check(at, found));
        }
    }
}

/// Types without rules: every value that can be read is allowed.
macro_rules! always_valid {
    ($($Type:ty),* $(,)?) => {$(
        impl $crate::check::Check for $Type {
            fn check(&self, _: &mut $crate::check::Pointer, _: &mut Vec<$crate::check::Violation>) {}
        }
    )*};
}
pub(crate) use always_valid;

always_valid!(bool, u64);

#[cfg(test)]
mod tests;
