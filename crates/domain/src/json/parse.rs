//! From bytes to a JSON value. Refuses everything that could not be stored and read again unchanged.

use std::cell::RefCell;
use std::fmt;

use serde::de::{
    Deserialize as _, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use crate::check::Violation;

/// The deepest nesting of arrays and objects.
pub const DEPTH_MAX: usize = 32;

/// The largest magnitude of a number: every reader of JSON keeps integers up to 2^53 - 1 exactly.
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// The most digits of a decimal number, without zeros at either end. A double keeps this many digits
/// exactly.
pub const DECIMAL_DIGITS_MAX: usize = 15;

/// The parser of stored values gives names with this beginning a meaning of their own.
const PARSERS_OWN: &str = "$serde_json::private::";

/// Parses one JSON document. Numbers may have decimals or an exponent, if they have at most
/// [`DECIMAL_DIGITS_MAX`] digits: the parsed double writes these again with the same value.
///
/// # Errors
///
/// One violation. [`Flaw::Malformed`](crate::check::Flaw): bytes that are not JSON in UTF-8, a byte order mark, anything after the document, nesting beyond [`DEPTH_MAX`], a name
/// twice in one object or reserved by the parser, U+0000 (which PostgreSQL cannot hold).
/// [`Flaw::Invalid`](crate::check::Flaw): an integer beyond ±[`INTEGER_MAX`], or a decimal number that a double
/// cannot hold exactly.
pub fn parse(bytes: &[u8]) -> Result<Value, Violation> {
    // Only texts have the digits of decimals as written, and reading texts takes longer.
    parse_with(Scan::default(), bytes)
        .or_else(|_| parse_with(Scan { decimals: true, ..Scan::default() }, bytes))
}

fn parse_with(scan: Scan, bytes: &[u8]) -> Result<Value, Violation> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let parsed = Place { scan: &scan, depth: 0 }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    parsed.map_err(|_| {
        let refusal = scan.refusal.into_inner();
        refusal.unwrap_or_else(|| Violation::malformed("must be one JSON document in UTF-8"))
    })
}

/// Why parsing stopped, if the document is valid JSON. The parser's errors have no pointer.
#[derive(Default)]
struct Scan {
    /// Whether the texts of numbers are read, so that they may have decimals.
    decimals: bool,
    refusal: RefCell<Option<Violation>>,
}

impl Scan {
    fn stop<E: Error>(&self, violation: Violation) -> E {
        self.refusal.replace(Some(violation));
        E::custom("refused")
    }

    /// Adds the name of the member to the pointer of the refusal.
    fn under<E>(&self, error: E, segment: &str) -> E {
        let refusal = self.refusal.take().map(|violation| violation.under(segment));
        self.refusal.replace(refusal);
        error
    }
}

/// One value of the document, `depth` containers down.
#[derive(Clone, Copy)]
struct Place<'s> {
    scan: &'s Scan,
    depth: usize,
}

impl Place<'_> {
    fn enter<E: Error>(self) -> Result<Self, E> {
        if self.depth == DEPTH_MAX {
            let detail = format!("must not be nested deeper than {DEPTH_MAX} levels");
            return Err(self.scan.stop(Violation::malformed(detail)));
        }
        Ok(Self { depth: self.depth.saturating_add(1), ..self })
    }

    fn integer<E: Error>(self, magnitude: u64, value: Value) -> Result<Value, E> {
        if magnitude > INTEGER_MAX { Err(self.not_an_integer()) } else { Ok(value) }
    }

    fn not_an_integer<E: Error>(self) -> E {
        // The expected type is not known here. It may be a text.
        let detail = format!("must not be a number below -{INTEGER_MAX} or above {INTEGER_MAX}");
        self.scan.stop(Violation::invalid(detail))
    }

    /// A number that is written with decimals or an exponent.
    fn decimal<E: Error>(self, written: &str) -> Result<Value, E> {
        let mantissa = written.split(['e', 'E']).next().unwrap_or_default();
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        // Zeros at either end only show where the decimal point is.
        let digits = digits.trim_matches('0').len();
        let held = written
            .parse::<f64>()
            .ok()
            .filter(|value| digits <= DECIMAL_DIGITS_MAX && (digits == 0 || value.is_normal()));
        let number = held.and_then(Number::from_f64).map(Value::Number);
        number.ok_or_else(|| {
            let detail = format!("must be a number of at most {DECIMAL_DIGITS_MAX} digits");
            self.scan.stop(Violation::invalid(detail))
        })
    }

    /// A member's name, unless the parser of stored values would read something else from it.
    fn name<E: Error>(self, name: String) -> Result<String, E> {
        if name.starts_with(PARSERS_OWN) {
            let detail = format!("must not have a member whose name begins with {PARSERS_OWN}");
            return Err(self.scan.stop(Violation::malformed(detail)));
        }
        self.text(name)
    }

    fn text<E: Error>(self, text: String) -> Result<String, E> {
        if text.contains('\0') {
            return Err(self.scan.stop(Violation::malformed("must not contain U+0000")));
        }
        Ok(text)
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if !self.scan.decimals {
            return deserializer.deserialize_any(self);
        }
        // Only the text has the digits as written. Each level is read once more for it; the depth is
        // bounded.
        let text = <&RawValue>::deserialize(deserializer)?.get();
        let number = text.starts_with(|sign: char| sign == '-' || sign.is_ascii_digit());
        if number && text.contains(['.', 'e', 'E']) {
            return self.decimal(text);
        }
        serde_json::Deserializer::from_str(text).deserialize_any(self).map_err(D::Error::custom)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.integer(value, value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.integer(value.unsigned_abs(), value.into())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Value, E> {
        Err(self.not_an_integer())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        self.text(text).map(Value::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.enter()?;
        let mut list = vec![];
        loop {
            let item = items.next_element_seed(inner);
            match item.map_err(|error| self.scan.under(error, &list.len().to_string()))? {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.enter()?;
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let name = self.name(name)?;
            if object.contains_key(&name) {
                let twice = Violation::malformed("must not be there twice").under(&name);
                return Err(self.scan.stop(twice));
            }
            let value = entries.next_value_seed(inner);
            let value = value.map_err(|error| self.scan.under(error, &name))?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}
