//! The tenant as an aggregate of cqrs-es: its test kit, upcasters and tools work on it.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};

use super::{Command, DecisionContext, Event, Refusal, Tenant, decide};

impl DomainEvent for Event {
    fn event_type(&self) -> String {
        self.name().to_owned()
    }

    fn event_version(&self) -> String {
        Self::VERSION.to_owned()
    }
}

impl Aggregate for Tenant {
    const TYPE: &'static str = "tenant";

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
