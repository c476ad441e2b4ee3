//! From a JSON value to a Rust type, with a pointer to the first value that does not fit.

use std::fmt::{self, Display};

use serde::de::value::StringDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use super::parse::INTEGER_MAX;
use crate::check::Violation;

/// Reads `value` as a `T`.
///
/// # Errors
///
/// The first violation, with its pointer and a text that never repeats the request. It is
/// [`Flaw::Invalid`](crate::check::Flaw).
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, Violation> {
    T::deserialize(Reader(value)).map_err(|Misfit(violation)| violation)
}

/// A value that does not fit. Serde makes it without a place; each level adds its name.
#[derive(Debug)]
struct Misfit(Violation);

impl Misfit {
    fn new(detail: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self(Violation::invalid(detail))
    }

    fn under(self, segment: &str) -> Self {
        Self(self.0.under(segment))
    }
}

impl Display for Misfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    /// Texts of other crates may repeat the value, so they are dropped.
    fn custom<T: Display>(_: T) -> Self {
        Self::new("is not valid")
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("must be {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("must be {expected}"))
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("must be {expected}"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("must be one of {}", expected.join(", ")))
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self::new("is not a known field").under(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("is required").under(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new("must not be there twice").under(field)
    }
}

struct Reader(Value);

impl Reader {
    fn object(self) -> Result<Map<String, Value>, Misfit> {
        match self.0 {
            Value::Object(object) => Ok(object),
            // Serde would read an array by position.
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Err(Misfit::new("must be an object")),
        }
    }
}

macro_rules! integers {
    ($($method:ident $visit:ident $Integer:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            let integer = match &self.0 {
                Value::Number(number) => number.as_i128().and_then(|n| $Integer::try_from(n).ok()),
                Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_)
                | Value::Object(_) => None,
            };
            let integer = integer.ok_or_else(|| {
                // Larger ones are no integers of JSON for everybody, so they are refused before.
                let min = i128::from($Integer::MIN).max(i128::from(INTEGER_MAX).saturating_neg());
                let max = i128::from($Integer::MAX).min(i128::from(INTEGER_MAX));
                Misfit::new(format!("must be an integer from {min} to {max}"))
            })?;
            visitor.$visit(integer)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(ref number) => {
                match (number.as_u64(), number.as_i64(), number.as_f64()) {
                    (Some(value), _, _) => visitor.visit_u64(value),
                    (None, Some(value), _) => visitor.visit_i64(value),
                    (None, None, Some(value)) => visitor.visit_f64(value),
                    (None, None, None) => Err(Misfit::new("must be a number")),
                }
            }
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(Items::new(items)),
            Value::Object(object) => visitor.visit_map(Entries::new(object)),
        }
    }

    integers! {
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64, deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_map(Entries::new(self.object()?))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_map(Entries::new(self.object()?))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(Items::new(items)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => Err(Misfit::new("must be an array")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::String(name) => visitor.visit_enum(Variant(name)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => Err(Misfit::new("must be a string")),
        }
    }

    forward_to_deserialize_any! {
        bool i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct
        identifier ignored_any
    }
}

struct Items {
    items: std::vec::IntoIter<Value>,
    next: usize,
}

impl Items {
    fn new(items: Vec<Value>) -> Self {
        Self { items: items.into_iter(), next: 0 }
    }
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Misfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let index = self.next;
        self.next = self.next.saturating_add(1);
        seed.deserialize(Reader(item)).map(Some).map_err(|misfit| misfit.under(&index.to_string()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Entries {
    entries: serde_json::map::IntoIter,
    value: Option<(String, Value)>,
}

impl Entries {
    fn new(object: Map<String, Value>) -> Self {
        Self { entries: object.into_iter(), value: None }
    }
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Misfit;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        let Some((name, value)) = self.entries.next() else { return Ok(None) };
        let key: StringDeserializer<Misfit> = name.clone().into_deserializer();
        self.value = Some((name, value));
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Misfit> {
        // Serde reads a value only after its name.
        let (name, value) = self.value.take().unwrap_or_default();
        seed.deserialize(Reader(value)).map_err(|misfit| misfit.under(&name))
    }
}

/// The name of a variant without contents. Commands use no others.
struct Variant(String);

impl<'de> EnumAccess<'de> for Variant {
    type Error = Misfit;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Misfit> {
        let name: StringDeserializer<Misfit> = self.0.clone().into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Misfit> {
        Err(Misfit::new("is not valid"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Misfit> {
        Err(Misfit::new("is not valid"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Misfit> {
        Err(Misfit::new("is not valid"))
    }
}
