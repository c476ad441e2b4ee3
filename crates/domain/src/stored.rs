//! Every released shape of an event can be read, and is written unchanged.

use std::collections::BTreeSet;
use std::path::Path;

use cqrs_es::{Aggregate, DomainEvent};
use serde_json::Value;

use crate::customer::{self, Customer};
use crate::tenant::{self, Tenant};

/// Reads each fixture of the aggregate; each event has to have one.
fn check<A: Aggregate>(names: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/events").join(A::TYPE);
    let mut read = BTreeSet::new();
    for file in std::fs::read_dir(folder).expect("the fixtures' folder") {
        let path = file.expect("a fixture").path();
        let text = std::fs::read_to_string(&path).expect("readable");
        let stored: Value = serde_json::from_str(&text).expect("JSON");
        let event: A::Event = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{} is no longer readable: {error}", path.display()));
        let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        assert!(file.starts_with(&format!("{}.v", event.event_type())), "{file} is misnamed");
        let written = serde_json::to_value(&event).expect("JSON");
        assert_eq!(written, stored, "{file}");
        // Every event can be applied to any state: evolving never fails.
        A::default().apply(event.clone());
        read.insert(event.event_type());
    }
    let names: BTreeSet<_> = names.iter().map(ToString::to_string).collect();
    assert_eq!(read, names, "each event has a fixture, and each fixture an event");
}

#[test]
fn released_events_of_customers_keep_their_shape() {
    check::<Customer>(customer::Event::NAMES);
}

#[test]
fn released_events_of_tenants_keep_their_shape() {
    check::<Tenant>(tenant::Event::NAMES);
}

#[test]
fn an_event_with_a_name_of_5000_characters_can_still_be_read() {
    let name = "x".repeat(5_000);
    let stored = format!(r#"{{"type":"ProfileUpdated","data":{{"name":"{name}"}}}}"#);
    let event: customer::Event = serde_json::from_str(&stored).expect("readable");
    assert_eq!(serde_json::to_string(&event).expect("JSON"), stored);
}
