//! Commands: one that is read is decided, what it leads to is stored and read back, and the same
//! command again leads to nothing.
#![no_main]

use std::sync::Arc;

use chrono::DateTime;
use domain::CustomerId;
use domain::customer::{Command, Customer, DecisionContext, Event, decide};
use domain::tenant::{self, Tenant};
use domain::upcast::Upcasters;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use uuid::Uuid;

// Each body is tried as that of every command.
fuzz_target!(|body: &[u8]| {
    let Ok(body) = domain::json::parse(body) else { return };
    Command::NAMES.iter().for_each(|name| customer(name, body.clone()));
    tenant::Command::NAMES.iter().for_each(|name| tenant(name, body.clone()));
});

fn customer(name: &str, body: Value) {
    let read = Command::read(name, body).expect("a command of this name");
    let Ok(command) = read else { return };
    let id = CustomerId(Uuid::from_u128(1));
    let context = DecisionContext::new(id, DateTime::UNIX_EPOCH, Arc::new(known_tenant()));
    let registered = json!({ "type": "CustomerRegistered", "data": { "profile": { "name": "Ada" } } });
    let registered: Event = serde_json::from_value(registered).expect("an event");
    for state in [Customer::default(), Customer::default().evolve(registered)] {
        let Ok(events) = decide(&state, &context, command.clone()) else { continue };
        let state = events.into_iter().fold(state, |state, event| {
            let stored = serde_json::to_string(&event).expect("JSON");
            let read = Upcasters::default().customer_event(event.name(), Event::VERSION, &stored);
            assert_eq!(read.expect("what was stored"), event);
            state.evolve(event)
        });
        if let Ok(again) = decide(&state, &context, command.clone()) {
            assert_eq!(again, [], "{command:?}");
        }
    }
}

fn tenant(name: &str, body: Value) {
    let read = tenant::Command::read(name, body).expect("a command of this name");
    let Ok(command) = read else { return };
    let context = tenant::DecisionContext { now: DateTime::UNIX_EPOCH };
    for state in [Tenant::default(), known_tenant()] {
        let Ok(events) = tenant::decide(&state, &context, command.clone()) else { continue };
        let state = events.into_iter().fold(state, |state, event| {
            let stored = serde_json::to_string(&event).expect("JSON");
            let version = tenant::Event::VERSION;
            let read = Upcasters::default().tenant_event(event.name(), version, &stored);
            assert_eq!(read.expect("what was stored"), event);
            state.evolve(event)
        });
        if let Ok(again) = tenant::decide(&state, &context, command.clone()) {
            assert_eq!(again, [], "{command:?}");
        }
    }
}

fn known_tenant() -> Tenant {
    let field = |key: &str, unique: bool| {
        json!({ "type": "CustomFieldKeyAdded", "data": { "key": key, "enforce_uniqueness": unique } })
    };
    let created = json!({ "type": "TenantCreated", "data": { "name": "Acme" } });
    [created, field("plan", false), field("vat", true)]
        .map(|event| serde_json::from_value(event).expect("an event"))
        .into_iter()
        .fold(Tenant::default(), Tenant::evolve)
}
