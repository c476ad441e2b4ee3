//! Customers and tenants as aggregates of cqrs-es, so that its test framework, event stores and
//! tools work on them.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};

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

#[cfg(test)]
mod tests;
