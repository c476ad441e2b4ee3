//! The declared members of records, as their deserializers name them.

use std::cell::Cell;
use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

/// What is at a path in a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Members {
    /// A record with these members, in the order of their declaration.
    Of(&'static [&'static str]),
    /// Something without declared members.
    #[default]
    None,
}

/// What is at `path` in a `T`.
///
/// A type that is read field by field tells its reader the names of its fields. The reader here follows the
/// path, notes what it finds at the end, and stops.
#[must_use]
pub fn members_at<T: DeserializeOwned>(path: &[&'static str]) -> Members {
    let found = Cell::new(Members::None);
    // It always stops with an error.
    let _ = T::deserialize(Follower { path, found: &found });
    found.get()
}

/// Follows a path through a type.
struct Follower<'a> {
    path: &'a [&'static str],
    found: &'a Cell<Members>,
}

/// The follower has seen what it wanted.
#[derive(Debug)]
struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("nothing is read here")
    }
}

impl std::error::Error for Stopped {}

impl de::Error for Stopped {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl<'de> Deserializer<'de> for Follower<'_> {
    type Error = Stopped;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stopped> {
        match self.path.split_first() {
            None => {
                self.found.set(Members::Of(fields));
                Err(Stopped)
            }
            Some((name, path)) => {
                let rest = Some(Follower { path, found: self.found });
                visitor.visit_map(OneMember { name: Some(name), rest })
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stopped> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stopped> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stopped> {
        Err(Stopped)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// An object with the one member that is followed.
struct OneMember<'a> {
    name: Option<&'static str>,
    rest: Option<Follower<'a>>,
}

impl<'de> MapAccess<'de> for OneMember<'_> {
    type Error = Stopped;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Stopped> {
        let name = self.name.take();
        name.map(|name| seed.deserialize(BorrowedStrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stopped> {
        seed.deserialize(self.rest.take().ok_or(Stopped)?)
    }
}
