//! The customer as an aggregate of cqrs-es: its test kit, upcasters and tools work on it.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};

use super::{Command, Customer, Event, Facts, Refusal, decide};

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
    type Services = Facts;

    async fn handle(
        &mut self,
        command: Command,
        facts: &Facts,
        sink: &EventSink<Self>,
    ) -> Result<(), Refusal> {
        for event in decide(self, facts, command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Event) {
        *self = std::mem::take(self).evolve(event);
    }
}
