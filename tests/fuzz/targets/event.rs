//! Stored events: whatever is stored is read or refused, and what is read has one way to be written.
#![no_main]

use domain::customer::{Customer, Event};
use domain::tenant::{self, Tenant};
use domain::upcast::Upcasters;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &str| {
    let said = |names: &'static [&str]| names.iter().filter(|name| payload.contains(**name));
    said(Event::NAMES).for_each(|name| customer(name, payload));
    said(tenant::Event::NAMES).for_each(|name| tenant(name, payload));
});

fn customer(name: &str, payload: &str) {
    let (upcasters, version) = (Upcasters::default(), Event::VERSION);
    let Ok(event) = upcasters.customer_event(name, version, payload) else { return };
    let written = serde_json::to_string(&event).expect("JSON");
    let read = upcasters.customer_event(name, version, &written).expect("an event");
    assert_eq!(read, event);
    assert_eq!(serde_json::to_string(&read).expect("JSON"), written);
    let state = Customer::default().evolve(event);
    let kept = serde_json::to_string(&state).expect("JSON");
    assert_eq!(serde_json::from_str::<Customer>(&kept).expect("a state"), state);
}

fn tenant(name: &str, payload: &str) {
    let (upcasters, version) = (Upcasters::default(), tenant::Event::VERSION);
    let Ok(event) = upcasters.tenant_event(name, version, payload) else { return };
    let written = serde_json::to_string(&event).expect("JSON");
    assert_eq!(upcasters.tenant_event(name, version, &written).expect("an event"), event);
    let state = Tenant::default().evolve(event);
    let kept = serde_json::to_string(&state).expect("JSON");
    assert_eq!(serde_json::from_str::<Tenant>(&kept).expect("a state"), state);
}
