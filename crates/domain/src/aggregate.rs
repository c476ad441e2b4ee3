//! Customers and tenants as aggregates of cqrs-es, so that its test framework, event stores and
//! tools work on them.

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use cqrs_es::{Aggregate, DomainEvent};
use serde_json::{Value, json};

use crate::upcast::Upcasters;
use crate::{customer, tenant};

macro_rules! aggregate {
    ($module:ident::$State:ident is $TYPE:literal) => {
        impl DomainEvent for $module::Event {
            fn event_type(&self) -> String {
                self.name().to_owned()
            }

            fn event_version(&self) -> String {
                Self::VERSION.to_owned()
            }
        }

        impl Aggregate for $module::$State {
            const TYPE: &'static str = $TYPE;

            type Command = $module::Command;
            type Event = $module::Event;
            type Error = $module::Refusal;
            type Services = $module::DecisionContext;

            async fn handle(
                &mut self,
                command: $module::Command,
                context: &$module::DecisionContext,
                sink: &EventSink<Self>,
            ) -> Result<(), $module::Refusal> {
                // The sink applies each event to the aggregate that it gets. A store that keeps
                // snapshots then applies the events to `self`. So the sink gets a copy; otherwise
                // each event would be applied twice.
                let mut copy = self.clone();
                for event in $module::decide(self, context, command)? {
                    sink.write(event, &mut copy).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: $module::Event) {
                *self = std::mem::take(self).evolve(event);
            }
        }
    };
}

aggregate!(customer::Customer is "customer");
aggregate!(tenant::Tenant is "tenant");

/// Lets the framework's event stores read older events of both aggregates. One call applies all
/// steps. An event that no step leads to today's shape stays as it is; reading it then fails.
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

#[cfg(test)]
mod tests;
