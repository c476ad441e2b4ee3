//! The customer as an aggregate of cqrs-es: its test kit, upcasters and tools work on it.

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use cqrs_es::{Aggregate, DomainEvent};
use serde_json::{Value, json};

use super::{Command, Customer, DecisionContext, Event, Refusal, decide};
use crate::upcast::Upcasters;

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        self.name().to_owned()
    }

    fn event_version(&self) -> String {
        Self::VERSION.to_owned()
    }
}

impl Aggregate for Customer {
    const TYPE: &'static str = "customer";

    type Command = Command;
    type Event = Event;
    type Error = Refusal;
    type Services = DecisionContext;

    async fn handle(
        &mut self,
        command: Command,
        context: &DecisionContext,
        sink: &EventSink<Self>,
    ) -> Result<(), Refusal> {
        for event in decide(self, context, command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        *self = std::mem::take(self).evolve(event);
    }
}

/// For the framework's own event store, and for tenants' events as well as customers'. It takes all the
/// steps at once. What can't be led on stays as it is, and is then found unreadable.
impl EventUpcaster for Upcasters {
    fn can_upcast(&self, event_type: &str, event_version: &str) -> bool {
        self.leading_from(event_type, event_version).is_some()
    }

    fn upcast(&self, event: SerializedEvent) -> SerializedEvent {
        let data = event.payload.get("data").cloned().unwrap_or(Value::Null);
        let Ok((event_type, version, data)) =
            self.lead(&event.event_type, &event.event_version, data)
        else {
            return event;
        };
        SerializedEvent {
            payload: json!({ "type": event_type, "data": data }),
            event_type: event_type.to_owned(),
            event_version: version.to_owned(),
            ..event
        }
    }
}
