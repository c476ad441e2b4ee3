//! Which bodies of commands are accepted: each limit exactly, and the ids that are filled in.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::customer::Command;
use crate::customer::testing::{ADA, command, numbered, wrong};

/// The body with `count` of something is accepted up to `max`, and one more is wrong at `pointer`.
#[track_caller]
fn at_most(max: usize, name: &str, body: impl Fn(usize) -> Value, pointer: &str) {
    command(name, body(max));
    assert_eq!(wrong(name, body(max + 1)), [pointer]);
}

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|n| n.to_string()).collect()
}

fn entries(count: usize) -> Value {
    texts(count).into_iter().map(|key| (key, json!("x"))).collect::<Map<_, _>>().into()
}

#[test]
fn an_external_id_has_at_most_512_bytes() {
    let body = |id: String| json!({ "external_id": id });
    let exactly = "\u{e9}".repeat(254) + "\u{1f600}";
    assert_eq!(exactly.len(), 512);
    command("change-external-id", body(exactly));
    let more = "\u{e9}".repeat(253) + "\u{20ac}" + "\u{1f600}";
    assert_eq!(more.len(), 513);
    assert_eq!(wrong("change-external-id", body(more)), ["/external_id"]);
}

#[test]
fn an_alias_has_at_most_512_bytes_in_normal_form() {
    let body = |alias: String| json!({ "aliases": [alias] });
    command("set-aliases", body("\u{1f600}".repeat(128)));
    // The normal form of this note has three characters of 4 bytes.
    let decomposed = "\u{1f600}".repeat(126) + "\u{1d160}";
    assert_eq!(wrong("set-aliases", body(decomposed)), ["/aliases/0"]);
    command("set-aliases", body("\u{1f600}".repeat(125) + "\u{1d160}"));
}

#[test]
fn texts_have_a_number_of_characters() {
    at_most(255, "change-external-id", |n| json!({ "external_id": "x".repeat(n) }), "/external_id");
    at_most(128, "set-aliases", |n| json!({ "aliases": ["x".repeat(n)] }), "/aliases/0");
    at_most(255, "update-profile", |n| json!({ "name": "x".repeat(n) }), "/name");
    at_most(50, "update-profile", |n| json!({ "phone": "1".repeat(n) }), "/phone");
    let value = |n| json!({ "metadata": { "a": "x".repeat(n) } });
    at_most(1000, "replace-metadata", value, "/metadata/a");
    let value = |n| json!({ "fields": { "a": "x".repeat(n) } });
    at_most(500, "set-custom-fields", value, "/fields/a");
}

#[test]
fn lists_have_a_number_of_entries() {
    at_most(2000, "set-aliases", |n| json!({ "aliases": texts(n) }), "/aliases");
    at_most(100, "replace-metadata", |n| json!({ "metadata": entries(n) }), "/metadata");
    at_most(100, "set-custom-fields", |n| json!({ "fields": entries(n) }), "/fields");
    at_most(100, "delete-custom-fields", |n| json!({ "keys": texts(n) }), "/keys");
    at_most(50, "update-profile", |n| json!({ "tags": texts(n) }), "/tags");
    let users = |n| {
        let users = texts(n).into_iter().map(|id| json!({ "user_id": id }));
        json!({ "users": users.collect::<Vec<_>>() })
    };
    at_most(50, "update-profile", users, "/users");
    let rates = |n| json!({ "rate_overrides": vec![json!({ "tax_rate_code": "a", "currency": "EUR" }); n] });
    at_most(50, "set-tax-settings", rates, "/rate_overrides");
    let ids = |n| json!({ "ids": (0..n).map(numbered).collect::<Vec<_>>() });
    at_most(100, "archive-billing-configs", ids, "/ids");
    at_most(100, "archive-revenue-configs", ids, "/ids");
}

#[test]
fn numbers_have_a_range() {
    let due = |days: usize| json!({ "invoice_due_date_from_creation": days });
    command("set-rollup-billing", due(0));
    at_most(3650, "set-rollup-billing", due, "/invoice_due_date_from_creation");
    let priority = |n: usize| {
        let rate = json!({ "tax_rate_code": "a", "currency": "EUR", "priority": n });
        json!({ "rate_overrides": [rate] })
    };
    command("set-tax-settings", priority(0));
    at_most(1_000_000, "set-tax-settings", priority, "/rate_overrides/0/priority");
    command("revert-to", json!({ "version": 1 }));
    assert_eq!(wrong("revert-to", json!({ "version": 0 })), ["/version"]);
}

#[test]
fn a_configuration_has_at_most_16_kib_and_8_levels() {
    let body =
        |configuration: Value| json!({ "provider": "custom", "configuration": configuration });
    // `{"a":""}` has 8 bytes.
    let sized = |bytes: usize| body(json!({ "a": "x".repeat(bytes - 8) }));
    at_most(16 * 1024, "add-billing-config", sized, "/configuration");
    let nested =
        |levels: usize| body((1..levels).fold(json!({}), |inner, _| json!({ "a": inner })));
    at_most(8, "add-billing-config", nested, "/configuration");
    let listed = |levels: usize| {
        body(json!({ "a": (2..levels).fold(json!([]), |inner, _| json!([inner])) }))
    };
    at_most(8, "add-billing-config", listed, "/configuration");
}

#[test]
fn a_configuration_is_checked_by_the_provider_of_the_command() {
    for (name, provider) in [("add-billing-config", "stripe"), ("add-revenue-config", "netsuite")] {
        let body = json!({ "provider": provider, "configuration": { "typo": 1 } });
        assert_eq!(wrong(name, body), ["/configuration/typo"]);
    }
}

#[test]
fn at_most_one_contact_person_is_primary() {
    let body = |primary: &[Option<bool>]| {
        let persons =
            primary.iter().map(|primary| json!({ "first_name": "A", "is_primary": primary }));
        json!({ "contact_persons": persons.collect::<Vec<_>>() })
    };
    command("update-profile", body(&[Some(false), Some(false), None, Some(true)]));
    let two = body(&[Some(true), Some(false), Some(true)]);
    assert_eq!(wrong("update-profile", two), ["/contact_persons"]);
}

#[test]
fn times_are_checked_in_commands() {
    let body = |time: &str| json!({ "value": "billable", "effective_at": time });
    command("set-billable-status", body("1970-01-01T00:00:00Z"));
    let early = body("1969-12-31T23:59:59Z");
    assert_eq!(wrong("set-billable-status", early), ["/effective_at"]);
}

#[test]
fn a_registration_needs_a_name() {
    let body = json!({ "profile": { "title": "Dr" } });
    assert_eq!(wrong("register-customer", body), ["/profile/name"]);
}

#[test]
fn a_command_without_an_id_for_what_it_makes_gets_one() {
    let filled = |name: &str, body: Value| {
        let mut command = command(name, body);
        command.fill_ids(|| Uuid::from_u128(7));
        if let Command::RegisterCustomer(command) = command {
            command.id.map(|id| id.0)
        } else if let Command::AddBillingConfig(command) = command {
            command.id.map(|id| id.0)
        } else if let Command::AddRevenueConfig(command) = command {
            command.id.map(|id| id.0)
        } else {
            None
        }
    };
    let config = json!({ "netsuite_customer_id": "1" });
    for (name, mut body) in [
        ("register-customer", json!({ "profile": { "name": "Ada" } })),
        ("add-billing-config", json!({ "provider": "netsuite", "configuration": config })),
        ("add-revenue-config", json!({ "provider": "netsuite", "configuration": config })),
    ] {
        assert_eq!(filled(name, body.clone()), Some(Uuid::from_u128(7)), "{name}");
        body["id"] = ADA.into();
        assert_eq!(filled(name, body), Some(ADA.parse().unwrap()), "{name}");
    }
}

#[test]
fn going_back_needs_an_earlier_version_and_archiving_does_not() {
    assert_eq!(command("revert-to", json!({ "version": 7 })).past_version(), Some(7));
    assert_eq!(command("archive-customer", json!({})).past_version(), None);
}

#[test]
fn an_undo_needs_the_versions_before_and_after_its_event() {
    let undo = |version: u64| command("undo-event", json!({ "version": version }));
    assert_eq!((undo(7).past_version(), undo(7).undone_version()), (Some(6), Some(7)));
    assert_eq!((undo(1).past_version(), undo(1).undone_version()), (Some(0), Some(1)));
    assert_eq!(command("revert-to", json!({ "version": 7 })).undone_version(), None);
}

#[test]
fn each_command_is_read_by_its_name_and_has_a_schema() {
    let schemas = Command::schemas();
    let names: Vec<_> = schemas.iter().map(|schema| schema.name).collect();
    assert_eq!(names, Command::NAMES);
    let mut generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    for schema in schemas {
        assert!(schema.summary.ends_with('.'), "{}", schema.summary);
        let (name, schema) = (schema.name, (schema.schema)(&mut generator));
        let reference = schema.get("$ref").and_then(Value::as_str).unwrap_or_default();
        let body = reference.rsplit('/').next().unwrap_or_default();
        assert!(generator.definitions().contains_key(body), "{name}: {reference}");
    }
}

#[test]
fn a_command_with_an_unknown_name_does_not_exist() {
    assert_eq!(Command::read("drop-table", json!({})), None);
}
