//! Reading stored events: those of an older shape become those of today, one version after another.
//!
//! What is stored is never changed. A version that nothing leads on from, be it forgotten or newer than
//! this code, is refused: a guess would be a wrong state.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{customer, tenant};

/// How an event of an older shape becomes the next one.
#[derive(Clone, Copy, Debug)]
pub struct Upcaster {
    /// The event's name then.
    pub event_type: &'static str,
    /// The version that it leads on from.
    pub from: &'static str,
    /// The event's name in the next version; most often the same.
    pub to_type: &'static str,
    /// The version that it leads to.
    pub to: &'static str,
    /// What becomes of the event's `data`. It never fails: what has happened can't be refused. Data
    /// that isn't what the version had is handed on, for the next one to be found unreadable.
    pub upcast: fn(Value) -> Value,
}

/// The older shapes that were ever released: none yet.
const RELEASED: &[Upcaster] = &[];

/// All the ways from older shapes to those of today. Cheap to clone. The default is those released.
#[derive(Clone, Debug)]
pub struct Upcasters(Arc<[Upcaster]>);

/// Why a stored event can't be read. It names no value of the event.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Nothing leads from its version to one that this code reads.
    #[error("version {version} of {event_type} is not one that can be read")]
    Version {
        /// The event's name, after the steps that there were.
        event_type: String,
        /// Its version, likewise.
        version: String,
    },
    /// Its payload is another event than the one it is stored as.
    #[error("what is stored as {event_type} is another event")]
    Misnamed {
        /// The name that it is stored under.
        event_type: String,
    },
    /// It doesn't have the shape of its version.
    #[error("an event does not have the shape of its version")]
    Shape(#[source] serde_json::Error),
}

impl Default for Upcasters {
    fn default() -> Self {
        Self(RELEASED.into())
    }
}

impl Upcasters {
    /// These and one more. Where two lead on from one shape, the one added last does.
    #[must_use]
    pub fn with(self, upcaster: Upcaster) -> Self {
        Self(self.0.iter().copied().chain([upcaster]).collect())
    }

    /// Reads a stored event of a customer, of whatever version its shape is.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when it isn't an event that this code knows.
    pub fn customer_event(
        &self,
        event_type: &str,
        event_version: &str,
        payload: &str,
    ) -> Result<customer::Event, Unreadable> {
        self.read(event_type, event_version, payload)
    }

    /// A stored event of a customer as it is today, if its shape is an older one; nothing when it is
    /// stored in the shape of today, which isn't looked into.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when nothing leads from its shape to that of today.
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

    /// Reads a stored event of a tenant, of whatever version its shape is.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when it isn't an event that this code knows.
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
            // By far the most common: read as it is, without a detour over JSON values.
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

    /// The upcaster that leads on from this shape; none for the shapes of today.
    pub(crate) fn leading_from(&self, event_type: &str, version: &str) -> Option<&Upcaster> {
        let mut known = self.0.iter().rev();
        known.find(|upcaster| upcaster.event_type == event_type && upcaster.from == version)
    }

    /// Name, version and data as far as upcasters lead.
    pub(crate) fn lead<'a>(
        &'a self,
        mut event_type: &'a str,
        mut version: &'a str,
        mut data: Value,
    ) -> Result<(&'a str, &'a str, Value), Unreadable> {
        // More steps than there are upcasters would go in a circle.
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

/// The events of an aggregate, as they are today.
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

/// An event of any shape.
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
