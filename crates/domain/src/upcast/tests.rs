//! Events of older versions are read in today's shape. Unknown versions are refused.

use cqrs_es::persist::{EventUpcaster as _, SemanticVersionEventUpcaster, SerializedEvent};
use serde_json::{Value, json};

use super::{Unreadable, Upcaster, Upcasters};
use crate::customer::testing::event;

/// Version 0.8 had `CustomerRenamed`, version 0.9 had `full_name` instead of `name`.
fn upcasters() -> Upcasters {
    let renamed = Upcaster {
        event_type: "CustomerRenamed",
        from: "0.8",
        to_type: "ProfileUpdated",
        to: "0.9",
        upcast: |data| json!({ "full_name": data["to"] }),
    };
    let full_name = Upcaster {
        event_type: "ProfileUpdated",
        from: "0.9",
        to_type: "ProfileUpdated",
        to: "1.0",
        upcast: |data| json!({ "name": data["full_name"] }),
    };
    Upcasters::default().with(renamed).with(full_name)
}

fn stored(event_type: &str, data: &Value) -> String {
    json!({ "type": event_type, "data": data }).to_string()
}

/// Given these upcasters, when this is stored as an event of this version, then it is read as this.
#[track_caller]
fn check(event_type: &str, version: &str, data: &Value, then: &Value) {
    let read = upcasters().customer_event(event_type, version, &stored(event_type, data));
    assert_eq!(read.expect("readable"), event(then.clone()), "{event_type} {version}");

    // The framework reads the same event.
    let payload = json!({ "type": event_type, "data": data });
    let serialized = SerializedEvent::new(
        String::new(),
        1,
        "customer".to_owned(),
        event_type.to_owned(),
        version.to_owned(),
        payload,
        json!({}),
    );
    let upcasters = upcasters();
    assert_eq!(upcasters.can_upcast(event_type, version), version != "1.0");
    let read = upcasters.upcast(serialized);
    assert_eq!((read.payload, &*read.event_version), (then.clone(), "1.0"));
    assert_eq!(then["type"], read.event_type);
}

#[test]
fn an_event_of_any_older_version_is_read_as_one_of_today() {
    let then = json!({ "type": "ProfileUpdated", "data": { "name": "Ada" } });
    check("CustomerRenamed", "0.8", &json!({ "to": "Ada" }), &then);
    check("ProfileUpdated", "0.9", &json!({ "full_name": "Ada" }), &then);
    check("ProfileUpdated", "1.0", &json!({ "name": "Ada" }), &then);
}

#[test]
fn an_unknown_version_is_refused_and_not_guessed() {
    let payload = stored("ProfileUpdated", &json!({ "name": "Ada" }));
    for version in ["9.9", "0.7", "1", ""] {
        let read = upcasters().customer_event("ProfileUpdated", version, &payload);
        let Err(Unreadable::Version { version: unknown, .. }) = read else {
            panic!("{version}: {read:?}")
        };
        assert_eq!(unknown, version);
    }
    let older = stored("ProfileUpdated", &json!({ "full_name": "Ada" }));
    let read = Upcasters::default().customer_event("ProfileUpdated", "0.9", &older);
    assert!(matches!(read, Err(Unreadable::Version { .. })), "{read:?}");
}

#[test]
fn upcasters_that_end_before_today_are_refused_where_they_end() {
    let halfway = Upcaster {
        event_type: "CustomerRenamed",
        from: "0.8",
        to_type: "ProfileUpdated",
        to: "0.9",
        upcast: |data| data,
    };
    let payload = stored("CustomerRenamed", &json!({}));
    let read =
        Upcasters::default().with(halfway).customer_event("CustomerRenamed", "0.8", &payload);
    let error = read.expect_err("a way that ends").to_string();
    assert_eq!(error, "version 0.9 of ProfileUpdated is not one that can be read");
}

#[test]
fn upcasters_that_form_a_circle_are_refused() {
    let step = |from, to| Upcaster {
        event_type: "ProfileUpdated",
        from,
        to_type: "ProfileUpdated",
        to,
        upcast: |data| data,
    };
    let circle = Upcasters::default().with(step("0.8", "0.9")).with(step("0.9", "0.8"));
    let payload = stored("ProfileUpdated", &json!({}));
    let read = circle.customer_event("ProfileUpdated", "0.8", &payload);
    assert!(matches!(read, Err(Unreadable::Version { .. })), "{read:?}");
}

#[test]
fn of_two_upcasters_for_one_version_the_last_one_is_used() {
    let other = Upcaster {
        event_type: "ProfileUpdated",
        from: "0.9",
        to_type: "ProfileUpdated",
        to: "1.0",
        upcast: |_| json!({ "name": "Bob" }),
    };
    let payload = stored("ProfileUpdated", &json!({ "full_name": "Ada" }));
    let read = upcasters().with(other).customer_event("ProfileUpdated", "0.9", &payload);
    let then = json!({ "type": "ProfileUpdated", "data": { "name": "Bob" } });
    assert_eq!(read.expect("readable"), event(then));
}

#[test]
fn an_event_that_is_stored_under_the_name_of_another_is_refused() {
    for (version, data) in [("1.0", json!({})), ("0.9", json!({ "full_name": "Ada" }))] {
        let payload = stored("CustomerArchived", &data);
        let read = upcasters().customer_event("ProfileUpdated", version, &payload);
        assert!(matches!(read, Err(Unreadable::Misnamed { .. })), "{version}: {read:?}");
    }
}

#[test]
fn a_payload_without_the_shape_of_its_version_is_refused() {
    let name = json!({ "name": 1 });
    let full_name = json!({ "full_name": 1 });
    for (version, payload) in [
        ("1.0", stored("ProfileUpdated", &name)),
        ("0.9", stored("ProfileUpdated", &full_name)),
        ("0.9", "{".to_owned()),
    ] {
        let read = upcasters().customer_event("ProfileUpdated", version, &payload);
        assert!(matches!(read, Err(Unreadable::Shape(_))), "{payload}: {read:?}");
    }
}

#[test]
fn events_of_tenants_have_older_shapes_too() {
    let titled = Upcaster {
        event_type: "TenantRenamed",
        from: "0.9",
        to_type: "TenantRenamed",
        to: "1.0",
        upcast: |data| json!({ "name": data["title"] }),
    };
    let upcasters = Upcasters::default().with(titled);
    let older = stored("TenantRenamed", &json!({ "title": "Acme" }));
    let newer = stored("TenantRenamed", &json!({ "name": "Acme" }));
    let read = upcasters.tenant_event("TenantRenamed", "0.9", &older).expect("readable");
    assert_eq!(read, upcasters.tenant_event("TenantRenamed", "1.0", &newer).expect("readable"));
    assert!(upcasters.tenant_event("TenantRenamed", "9.9", &newer).is_err());
}

#[test]
fn only_an_event_of_an_older_shape_is_older() {
    let older = |event_type: &str, version: &str, data: &Value| {
        upcasters().older_event(event_type, version, &stored(event_type, data))
    };
    let today = older("ProfileUpdated", "1.0", &json!({ "name": "Ada" }));
    assert_eq!(today.expect("readable"), None);
    let then = json!({ "type": "ProfileUpdated", "data": { "name": "Ada" } });
    let full_name = older("ProfileUpdated", "0.9", &json!({ "full_name": "Ada" }));
    assert_eq!(full_name.expect("readable"), Some(event(then.clone())));
    let unknown = older("ProfileUpdated", "9.9", &json!({ "name": "Ada" }));
    assert!(matches!(unknown, Err(Unreadable::Version { .. })), "{unknown:?}");

    // A shape can have the version of today and still be an older one.
    let renamed = Upcaster {
        event_type: "CustomerRenamed",
        from: "1.0",
        to_type: "ProfileUpdated",
        to: "1.0",
        upcast: |data| json!({ "name": data["to"] }),
    };
    let payload = stored("CustomerRenamed", &json!({ "to": "Ada" }));
    let upcasters = Upcasters::default().with(renamed);
    let read = upcasters.older_event("CustomerRenamed", "1.0", &payload);
    assert_eq!(read.expect("readable"), Some(event(then)));
}

#[test]
fn an_upcaster_of_cqrs_es_is_part_of_the_chain() {
    let full_name = SemanticVersionEventUpcaster::new(
        "ProfileUpdated",
        "1.0",
        Box::new(
            |old| json!({ "type": "ProfileUpdated", "data": { "name": old["data"]["full_name"] } }),
        ),
    );
    let payload = stored("ProfileUpdated", &json!({ "full_name": "Ada" }));
    let upcasters = Upcasters::default().with(full_name);
    let read = upcasters.customer_event("ProfileUpdated", "0.9", &payload);
    let then = json!({ "type": "ProfileUpdated", "data": { "name": "Ada" } });
    assert_eq!(read.expect("readable"), event(then));

    let read = upcasters.customer_event("ProfileUpdated", "1.1", &payload);
    assert!(matches!(read, Err(Unreadable::Version { .. })), "{read:?}");
}
