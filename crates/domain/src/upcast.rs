//! Reads stored events. An upcaster turns an event of an older shape into the next version, until it
//! has today's shape.
//!
//! Stored events never change. An unknown version is refused, whether it is older or newer than this
//! code: a guess could lead to a wrong state.
//!
//! The chain is made of [`cqrs_es::persist::EventUpcaster`]s, so upcasters written for cqrs-es work here, and
//! ours work in cqrs-es.

use std::fmt;
use std::str::FromStr as _;
use std::sync::Arc;

use cqrs_es::persist::{EventUpcaster, SemanticVersion, SerializedEvent};
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

/// The chain of upcasters. Cheap to clone. The default has those that were released.
#[derive(Clone)]
pub struct Upcasters(Arc<[Arc<dyn EventUpcaster>]>);

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

impl fmt::Debug for Upcasters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upcasters({})", self.0.len())
    }
}

impl Default for Upcasters {
    fn default() -> Self {
        RELEASED.iter().fold(Self(Arc::new([])), |chain, upcaster| chain.with(*upcaster))
    }
}

impl EventUpcaster for Upcaster {
    fn can_upcast(&self, event_type: &str, event_version: &str) -> bool {
        self.event_type == event_type && self.from == event_version
    }

    fn upcast(&self, mut event: SerializedEvent) -> SerializedEvent {
        let data = event.payload.get_mut("data").map(Value::take).unwrap_or_default();
        event.payload = json!({ "type": self.to_type, "data": (self.upcast)(data) });
        self.to_type.clone_into(&mut event.event_type);
        self.to.clone_into(&mut event.event_version);
        event
    }
}

/// The whole chain as one upcaster.
impl EventUpcaster for Upcasters {
    fn can_upcast(&self, event_type: &str, event_version: &str) -> bool {
        self.next_for(event_type, event_version).is_some()
    }

    fn upcast(&self, mut event: SerializedEvent) -> SerializedEvent {
        // More steps than there are upcasters would go in a circle.
        for _ in 0..=self.0.len() {
            let Some(upcaster) = self.next_for(&event.event_type, &event.event_version) else {
                break;
            };
            event = upcaster.upcast(event);
        }
        event
    }
}

impl Upcasters {
    /// Adds an upcaster. If two start at the same version, the last one is used.
    ///
    /// It gets the event's type, version and payload. The other members of the [`SerializedEvent`] may be
    /// empty, since not every reader has them.
    #[must_use]
    pub fn with(self, upcaster: impl EventUpcaster + 'static) -> Self {
        let added: Arc<dyn EventUpcaster> = Arc::new(upcaster);
        Self(self.0.iter().cloned().chain([added]).collect())
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
            && !self.can_upcast(event_type, event_version);
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
        if !self.can_upcast(event_type, event_version) {
            // By far the most common: no detour over JSON values.
            require_current::<E>(event_type, event_version)?;
            let event: E = serde_json::from_str(payload).map_err(Unreadable::Shape)?;
            return named(event_type, event.name()).map(|()| event);
        }
        let payload: Value = serde_json::from_str(payload).map_err(Unreadable::Shape)?;
        named(event_type, &Stored::deserialize(&payload).map_err(Unreadable::Shape)?.r#type)?;
        let event = self.upcast(SerializedEvent::new(
            String::new(),
            0,
            String::new(),
            event_type.to_owned(),
            event_version.to_owned(),
            payload,
            Value::Null,
        ));
        // cqrs-es's own upcaster writes a version with three numbers.
        let (version, current) = (&event.event_version, SemanticVersion::from_str(E::VERSION));
        if SemanticVersion::from_str(version) != current
            || self.can_upcast(&event.event_type, version)
        {
            return Err(unreadable_version(&event.event_type, version));
        }
        let read: E = serde_json::from_value(event.payload).map_err(Unreadable::Shape)?;
        named(&event.event_type, read.name()).map(|()| read)
    }

    /// The upcaster that takes this shape; none for today's shapes.
    fn next_for(&self, event_type: &str, version: &str) -> Option<&Arc<dyn EventUpcaster>> {
        self.0.iter().rev().find(|upcaster| upcaster.can_upcast(event_type, version))
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

/// What events of all shapes have.
#[derive(Deserialize)]
struct Stored {
    r#type: String,
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
