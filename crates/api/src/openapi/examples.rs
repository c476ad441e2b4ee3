//! Examples of bodies: one customer's story, each command as it would really be sent.

use serde_json::{Value, json};

const ACME: &str = "0192f0c1-7e5a-7cc3-9d0e-5f8a4b2c1d6e";
const NORTHWIND: &str = "0192f0bf-2c6d-7a10-8e44-9d7b6c5a4f30";
const GROUP: &str = "0192f0c1-7e5a-7cc3-9d0e-1a2b3c4d5e6f";
const CONFIG: &str = "0192f0c4-11f2-7b08-8c55-3b1f0a9d7e21";
const METHOD: &str = "0192f0c2-53be-7d49-b0b1-7c2a9e4f6d80";
const THEN: &str = "2026-03-02T09:30:00.000000Z";

/// The body of a command on a customer; null when there is no such command.
pub(super) fn customer_command(name: &str) -> Value {
    match name {
        "register-customer" => json!({
            "profile": {
                "name": "Acme Industries",
                "type": "BUSINESS",
                "email": "billing@acme.example",
                "timezone": "Europe/Stockholm",
                "address": {"line1": "Storgatan 1", "city": "Stockholm", "postal_code": "111 23", "country": "SE"},
            },
            "external_id": "acme-001",
            "aliases": ["acme"],
            "metadata": {"segment": "enterprise"},
        }),
        "upsert-customer" => json!({
            "profile": {"name": "Acme Industries", "email": "billing@acme.example"},
            "metadata": {"segment": "enterprise"},
        }),
        "update-metadata" => json!({"set": {"region": "north"}, "unset": ["segment"]}),
        "update-profile" => json!({"email": "finance@acme.example", "phone": null}),
        "change-external-id" => json!({"external_id": "acme-002"}),
        "set-aliases" => json!({"aliases": ["acme", "acme-industries"]}),
        "replace-metadata" => json!({"metadata": {"segment": "enterprise", "region": "north"}}),
        "set-custom-fields" => json!({"fields": {"cost_center": "4711"}}),
        "delete-custom-fields" => json!({"keys": ["cost_center"]}),
        "update-config" => json!({"salesforce_account_id": "0015g00000Bq3TzAAJ"}),
        "add-revenue-config" => json!({
            "provider": "netsuite",
            "configuration": {"netsuite_customer_id": "10482"},
        }),
        "archive-billing-configs" | "archive-revenue-configs" => json!({"ids": [CONFIG]}),
        "map-integration" => json!({
            "provider_type": "hubspot",
            "provider_entity_id": "8812904",
            "entity_type": "company",
        }),
        "unmap-integration" => {
            json!({"provider_type": "hubspot", "provider_entity_id": "8812904"})
        }
        "set-parent" => json!({"parent_customer_id": GROUP}),
        "archive-customer" | "restore-customer" => json!({}),
        "revert-to" => json!({"version": 3}),
        "undo-event" => json!({"version": 2}),
        other => money(other),
    }
}

/// The bodies of commands that are about money.
fn money(name: &str) -> Value {
    match name {
        "add-billing-config" => json!({
            "provider": "stripe",
            "delivery_method": "direct_to_billing_provider",
            "configuration": {
                "stripe_customer_id": "cus_Q4mZ81",
                "stripe_collection_method": "charge_automatically",
            },
        }),
        "update-invoice-delivery" => json!({
            "method": "EMAIL_INVOICE",
            "email": "invoices@acme.example",
            "currency": "SEK",
        }),
        "attach-payment-profile" => json!({
            "id": "card-1",
            "status": "ACTIVE",
            "type": "card",
            "provider": "stripe",
            "display_name": "Visa ending in 4242",
            "expires_at": "2028-07-31T00:00:00.000000Z",
        }),
        "update-payment-profile" => json!({"id": "card-1", "status": "EXPIRED"}),
        "detach-payment-profile" => json!({"id": "card-1"}),
        "set-default-payment-profile" => json!({"payment_profile_id": "card-1", "auto_pay": true}),
        "set-tax-settings" => json!({
            "treatment": "taxable",
            "overrides": [{"country": "SE", "type": "vat", "name": "Moms", "rate": "25"}],
            "ids": [{"country": "SE", "type": "eu_vat", "value": "SE556012579001"}],
        }),
        "set-rollup-billing" => json!({"enabled": true, "frequency": "MONTH", "start_date": THEN}),
        "set-billable-status" => json!({"value": "unbillable", "effective_at": THEN}),
        _ => Value::Null,
    }
}

/// The body of a command on a tenant; null when there is no such command.
pub(super) fn tenant_command(name: &str) -> Value {
    match name {
        "rename-tenant" => json!({"name": "Northwind"}),
        "update-settings" => json!({"leave_stripe_invoices_in_draft": false}),
        "add-delivery-method" => json!({
            "provider": "aws_marketplace",
            "delivery_method": "aws_sqs",
            "configuration": {"queue_url": "https://sqs.example/northwind"},
        }),
        "archive-delivery-methods" => json!({"ids": [METHOD]}),
        "add-custom-field-key" => json!({"key": "cost_center", "enforce_uniqueness": false}),
        "remove-custom-field-key" => json!({"key": "cost_center"}),
        _ => Value::Null,
    }
}

pub(super) fn together() -> Value {
    json!({"commands": [
        {"command": "update-profile", "body": customer_command("update-profile")},
        {"command": "attach-payment-profile", "body": customer_command("attach-payment-profile")},
        {"command": "set-default-payment-profile", "body": customer_command("set-default-payment-profile")},
    ]})
}

pub(super) fn line() -> Value {
    json!({
        "command": "update-profile",
        "customer": "external:acme-001",
        "body": customer_command("update-profile"),
        "idempotency_key": "import-7-line-1",
    })
}

pub(super) fn answer_line() -> Value {
    json!({"line": 1, "status": 200, "answer": profile_updated()})
}

pub(super) fn registered() -> Value {
    let mut data = customer_command("register-customer");
    if let Value::Object(data) = &mut data {
        data.remove("id");
    }
    committed(1, &json!({"type": "CustomerRegistered", "data": data}))
}

pub(super) fn profile_updated() -> Value {
    let data = customer_command("update-profile");
    committed(2, &json!({"type": "ProfileUpdated", "data": data}))
}

fn committed(version: u32, event: &Value) -> Value {
    let position = format!("17.{}", version.saturating_add(4819));
    json!({
        "id": ACME,
        "version": version,
        "position": position,
        "events": [
            {"version": version, "position": position, "recorded_at": THEN, "event": event},
        ],
    })
}

pub(super) fn customer() -> Value {
    let mut customer = customer_command("register-customer");
    envelope(&mut customer, ACME, 2);
    customer["profile"]["email"] = "finance@acme.example".into();
    customer
}

pub(super) fn customers() -> Value {
    json!({"items": [customer()], "next_cursor": "oZ2tq3cC0pUuUjMxbnQ0d0Y3bW5k"})
}

pub(super) fn tree() -> Value {
    json!({
        "customer_id": ACME,
        "nodes": [
            {"id": GROUP, "depth": 0, "name": "Acme Group", "status": "active"},
            {
                "id": ACME,
                "parent_customer_id": GROUP,
                "depth": 1,
                "name": "Acme Industries",
                "external_id": "acme-001",
                "status": "active",
            },
        ],
        "complete": true,
    })
}

pub(super) fn billing_configs() -> Value {
    let mut config = customer_command("add-billing-config");
    config["id"] = CONFIG.into();
    config["customer_id"] = ACME.into();
    config["version"] = 4.into();
    config["changed_at"] = THEN.into();
    json!({"items": [config]})
}

pub(super) fn payment_profiles() -> Value {
    let profile = customer_command("attach-payment-profile");
    json!({"items": [profile], "default_payment_profile_id": "card-1", "auto_pay": true})
}

pub(super) fn links() -> Value {
    let since = json!({
        "customer_id": ACME,
        "entity_type": "company",
        "from_version": 5,
        "from": THEN,
        "actor": "ada@example.com",
    });
    json!({"items": [since]})
}

pub(super) fn reads() -> Value {
    json!({"items": [{
        "id": CONFIG,
        "read_at": THEN,
        "api_key": "7d1f0a4be29c6835",
        "api_key_name": "support desk",
        "actor": "grace@example.com",
        "reason": "Call of 5 March, ticket 4711",
        "route": "/v1/customers/{ref}",
        "request_id": "req-5f0c2b",
        "customers": [ACME],
    }]})
}

pub(super) fn audit() -> Value {
    let mut page = events();
    let entry = &mut page["items"][0];
    entry["customer_name"] = "Acme Industries".into();
    entry["customer_external_id"] = "acme-001".into();
    entry["api_key_name"] = "support desk".into();
    entry["changes"] = json!([email()]);
    page
}

pub(super) fn events() -> Value {
    let mut event = json!({
        "customer_id": ACME,
        "event_version": "1.0",
        "data": customer_command("update-profile"),
        "api_key": "3f9a0c51d2e84b67",
        "request_id": "req-5f0c2a",
        "surface": "native",
        "command": "update-profile",
    });
    set_by_ada(&mut event);
    json!({"items": [event]})
}

pub(super) fn changes() -> Value {
    let mut change = email();
    set_by_ada(&mut change);
    json!({"items": [change]})
}

pub(super) fn diff() -> Value {
    let then = "2026-03-05T14:07:12.204518Z";
    json!({
        "customer_id": ACME,
        "from": {"version": 1, "recorded_at": THEN},
        "to": {"version": 2, "recorded_at": then},
        "changes": [email()],
        "patch": [
            {"op": "replace", "path": "/version", "value": 2},
            {"op": "replace", "path": "/updated_at", "value": then},
            {"op": "replace", "path": "/profile/email", "value": "finance@acme.example"},
        ],
    })
}

pub(super) fn blame() -> Value {
    let mut field = json!({"field": "/profile/email", "value": "finance@acme.example"});
    set_by_ada(&mut field);
    json!({"customer_id": ACME, "version": 2, "fields": [field]})
}

fn email() -> Value {
    json!({"field": "/profile/email", "old": "billing@acme.example", "new": "finance@acme.example"})
}

fn set_by_ada(what: &mut Value) {
    what["version"] = 2.into();
    what["position"] = "17.4821".into();
    what["recorded_at"] = "2026-03-05T14:07:12.204518Z".into();
    what["type"] = "ProfileUpdated".into();
    what["actor"] = "ada@example.com".into();
    what["reason"] = "Moved to a new office, ticket 4711".into();
}

pub(super) fn tenant() -> Value {
    let mut tenant = json!({
        "name": "Northwind",
        "settings": {"leave_stripe_invoices_in_draft": false},
        "custom_field_keys": [{"key": "cost_center", "enforce_uniqueness": false}],
    });
    envelope(&mut tenant, NORTHWIND, 3);
    tenant
}

pub(super) fn projection() -> Value {
    json!({
        "name": "field_changes",
        "logic_version": 1,
        "outdated": false,
        "lag_events": 0,
        "lag_seconds": 0.0,
        "parked_streams": 1,
        "generations": [
            {
                "generation": 1,
                "state": "live",
                "logic_version": 1,
                "lag_events": 0,
                "lag_seconds": 0.0,
                "parked_streams": 1,
                "created_at": "2026-03-01T00:00:00.000000Z",
                "changed_at": "2026-03-01T00:00:00.000000Z",
            },
            {
                "generation": 2,
                "state": "building",
                "phase": "loading",
                "logic_version": 1,
                "lag_events": 118,
                "lag_seconds": 4.2,
                "parked_streams": 0,
                "load": {
                    "workers": 2,
                    "events_done": 450_000,
                    "events_total": 1_000_000,
                    "events_per_second": 90_000.0,
                    "seconds_left": 6.1,
                },
                "created_at": THEN,
                "changed_at": "2026-03-02T09:30:05.000000Z",
            },
        ],
    })
}

pub(super) fn parked() -> Value {
    json!({"items": [{
        "generation": 1,
        "tenant_id": NORTHWIND,
        "customer_id": ACME,
        "version": 7,
        "event_type": "ProfileUpdated",
        "failure": "a customer's event can't be read",
        "parked_at": THEN,
    }]})
}

pub(super) fn actions() -> Value {
    json!({"items": [{
        "id": 12,
        "recorded_at": THEN,
        "action": "rebuild",
        "projection": "customer_list",
        "database_login": "dossier",
        "workers": 2,
        "api_key": "0123456789abcdef",
        "request_id": "0192f0c4-11f2-7b08-8c55-3b1f0a9d7e22",
        "surface": "native",
        "client_address": "192.0.2.7",
    }]})
}

pub(super) fn unpark() -> Value {
    json!({"tenant_id": NORTHWIND, "customer_id": ACME})
}

pub(super) fn unparked() -> Value {
    json!({"generations": [{"generation": 1, "parked": false, "events_applied": 3}]})
}

fn envelope(document: &mut Value, id: &str, version: u32) {
    document["id"] = id.into();
    document["version"] = version.into();
    document["status"] = "active".into();
    document["created_at"] = THEN.into();
    document["created_by"] = "ada@example.com".into();
    document["updated_at"] = "2026-03-05T14:07:12.204518Z".into();
    document["updated_by"] = "ada@example.com".into();
}
