//! Reads stored events. An upcaster turns an event of an older shape into the next version, until it
//! has today's shape.
//!
//! Stored events never change. An unknown version is refused, whether it is older or newer than this
//! code: a guess could lead to a wrong state.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{customer, tenant};

/// Turns an event of one version into the next version.
#[derive(Clone, Copy, Debug)]
pub struct Upcaster {
    /// The event's name in the older version.
    pub event_type: &'static str,
    /// The older version.
    pub from: &'static str,
    /// The event's name in the next version; usually the same.
    pub to_type: &'static str,
    /// The next version.
    pub to: &'static str,
    /// Converts the event's `data`. It never fails, because an event cannot be refused. It returns
    /// unexpected data unchanged; reading the event then fails.
    pub upcast: fn(Value) -> Value,
}

/// All released upcasters: none yet.
const RELEASED: &[Upcaster] = &[];

/// All upcasters. Cheap to clone. The default has those that were released.
#[derive(Clone, Debug)]
pub struct Upcasters(Arc<[Upcaster]>);

/// Why a stored event cannot be read. Contains no value of the event.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// No upcaster reads its version.
    #[error("version {version} of {event_type} is not one that can be read")]
    Version {
        /// The event's name after the last upcaster.
        event_type: String,
        /// Its version after the last upcaster.
        version: String,
    },
    /// Its payload contains another event than its name says.
    #[error("what is stored as {event_type} is another event")]
    Misnamed {
        /// The name under which it is stored.
        event_type: String,
    },
    /// Its payload does not have the shape of its version.
    #[error("an event does not have the shape of its version")]
    Shape(#[source] serde_json::Error),
}

impl Default for Upcasters {
    fn default() -> Self {
        Self(RELEASED.into())
    }
}

impl Upcasters {
    /// Adds an upcaster. If two start at the same version, the last one is used.
    #[must_use]
    pub fn with(self, upcaster: Upcaster) -> Self {
        Self(self.0.iter().copied().chain([upcaster]).collect())
    }

    /// Reads a stored event of a customer, of any known version.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if this code does not know the event.
    pub fn customer_event(
        &self,
        event_type: &str,
        event_version: &str,
        payload: &str,
    ) -> Result<customer::Event, Unreadable> {
        self.read(event_type, event_version, payload)
    }

    /// A stored event of a customer in today's shape, if it is stored in an older one. `None` if it is
    /// stored in today's shape; its payload is then not read.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if no upcaster reads its version.
    pub fn older_event(
        &self,
        event_type: &str,
        event_version: &str,
        payload: &str,
    ) -> Result<Option<customer::Event>, Unreadable> {
        let current = event_version == customer::Event::VERSION
            && self.leading_from(event_type, event_version).is_none();
        if current { Ok(None) } else { self.read(event_type, event_version, payload).map(Some) }
    }

    /// Reads a stored event of a tenant, of any known version.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if this code does not know the event.
    pub fn tenant_event(
        &self,
        event_type: &str,
        event_version: &str,
        payload: &str,
    ) -> Result<tenant::Event, Unreadable> {
        self.read(event_type, event_version, payload)
    }

    fn read<E: Current>(
        &self,
        event_type: &str,
        event_version: &str,
        payload: &str,
    ) -> Result<E, Unreadable> {
        if self.leading_from(event_type, event_version).is_none() {
            // By far the most common case: read directly, not by way of JSON values.
            require_current::<E>(event_type, event_version)?;
            let event: E = serde_json::from_str(payload).map_err(Unreadable::Shape)?;
            return named(event_type, event.name()).map(|()| event);
        }
        let stored: Stored = serde_json::from_str(payload).map_err(Unreadable::Shape)?;
        named(event_type, &stored.r#type)?;
        let (event_type, version, data) = self.lead(event_type, event_version, stored.data)?;
        require_current::<E>(event_type, version)?;
        let event = json!({ "type": event_type, "data": data });
        serde_json::from_value(event).map_err(Unreadable::Shape)
    }

    /// The upcaster for this version; `None` for today's.
    pub(crate) fn leading_from(&self, event_type: &str, version: &str) -> Option<&Upcaster> {
        let mut known = self.0.iter().rev();
        known.find(|upcaster| upcaster.event_type == event_type && upcaster.from == version)
    }

    /// Name, version and data after all upcasters.
    pub(crate) fn lead<'a>(
        &'a self,
        mut event_type: &'a str,
        mut version: &'a str,
        mut data: Value,
    ) -> Result<(&'a str, &'a str, Value), Unreadable> {
        // More steps than upcasters would be a circle.
        for _ in 0..=self.0.len() {
            let Some(upcaster) = self.leading_from(event_type, version) else {
                return Ok((event_type, version, data));
            };
            data = (upcaster.upcast)(data);
            (event_type, version) = (upcaster.to_type, upcaster.to);
        }
        Err(unreadable_version(event_type, version))
    }
}

/// The events of an aggregate in today's shape.
trait Current: DeserializeOwned {
    const VERSION: &'static str;

    fn name(&self) -> &'static str;
}

macro_rules! current {
    ($($Event:ty),*) => {$(
        impl Current for $Event {
            const VERSION: &'static str = <$Event>::VERSION;

            fn name(&self) -> &'static str {
                self.name()
            }
        }
    )*};
}
current!(customer::Event, tenant::Event);

/// An event of any version.
#[derive(Deserialize)]
struct Stored {
    r#type: String,
    #[serde(default)]
    data: Value,
}

fn require_current<E: Current>(event_type: &str, version: &str) -> Result<(), Unreadable> {
    if version == E::VERSION { Ok(()) } else { Err(unreadable_version(event_type, version)) }
}

fn named(event_type: &str, name: &str) -> Result<(), Unreadable> {
    if event_type == name {
        return Ok(());
    }
    Err(Unreadable::Misnamed { event_type: event_type.to_owned() })
}

fn unreadable_version(event_type: &str, version: &str) -> Unreadable {
    Unreadable::Version { event_type: event_type.to_owned(), version: version.to_owned() }
}

#[cfg(test)]
mod tests;
