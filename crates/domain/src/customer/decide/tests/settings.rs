//! Settings, integrations, invoices, taxes, roll-up, billable status.

use std::slice::from_ref;

use serde_json::{Value, json};

use crate::customer::Refusal;
use crate::customer::testing::{check, context, mapped, registered, stored};

/// The command stores this event and changes nothing the second time.
#[track_caller]
fn once(name: &str, body: &Value, event_type: &str, data: &Value) {
    let event = stored(event_type, data.clone());
    check(&[registered()], &context(), (name, body.clone()), Ok(from_ref(&event)));
    check(&[registered(), event], &context(), (name, body.clone()), Ok(&[]));
}

#[test]
fn a_setting_of_a_customer_is_on_or_off_or_absent() {
    let body = json!({ "leave_stripe_invoices_in_draft": false });
    once("update-config", &body, "ConfigUpdated", &body);
    let off = stored("ConfigUpdated", body);
    let unset = json!({ "leave_stripe_invoices_in_draft": null });
    let cleared = stored("ConfigUpdated", unset.clone());
    check(&[registered(), off], &context(), ("update-config", unset), Ok(&[cleared]));
}

#[test]
fn tax_settings_change_field_by_field() {
    let body = json!({
        "treatment": "taxable",
        "overrides": [{ "country": "IN", "type": "GST", "name": "GST", "rate": "18.5" }],
        "rate_overrides": [{ "tax_rate_code": "std", "currency": "EUR", "priority": 1 }],
    });
    once("set-tax-settings", &body, "TaxSettingsSet", &body);
}

#[test]
fn a_billable_status_has_a_time() {
    let body = json!({ "value": "unbillable", "effective_at": "2026-01-01T00:00:00.000000Z" });
    let data = json!({ "billable_status": body });
    once("set-billable-status", &body, "BillableStatusSet", &data);
}

#[test]
fn a_roll_up_does_not_end_before_it_starts() {
    let body = json!({ "enabled": true, "frequency": "MONTH", "invoice_due_date_from_creation": 30,
                       "start_date": "2026-02-01T00:00:00.000000Z" });
    once("set-rollup-billing", &body, "RollupBillingSet", &body);
    let given = [registered(), stored("RollupBillingSet", body)];
    let ended = json!({ "end_date": "2026-01-01T00:00:00Z" });
    let refused = Err(Refusal::RollupEndsBeforeStart);
    check(&given, &context(), ("set-rollup-billing", ended), refused);
    let same_instant = json!({ "end_date": "2026-02-01T00:00:00.000000Z" });
    let ended = stored("RollupBillingSet", same_instant.clone());
    check(&given, &context(), ("set-rollup-billing", same_instant), Ok(&[ended]));
}

#[test]
fn invoices_by_email_need_an_email_address_after_the_change() {
    let by_email = || ("update-invoice-delivery", json!({ "method": "EMAIL_INVOICE" }));
    let refused = Err(Refusal::InvoiceEmailMissing);
    check(&[registered()], &context(), by_email(), refused);
    let email = json!({ "email": "ada@example.org", "currency": "EUR" });
    once("update-invoice-delivery", &email, "InvoiceDeliveryUpdated", &email);
    let given = [registered(), stored("InvoiceDeliveryUpdated", email)];
    let method = stored("InvoiceDeliveryUpdated", json!({ "method": "EMAIL_INVOICE" }));
    check(&given, &context(), by_email(), Ok(from_ref(&method)));

    let [first, second] = given;
    let cleared = ("update-invoice-delivery", json!({ "email": null }));
    check(&[first, second, method], &context(), cleared, refused);
}

#[test]
fn invoices_on_paper_need_an_address() {
    let paper = json!({ "method": "PAPER_INVOICE" });
    let refused = Err(Refusal::InvoiceAddressMissing);
    check(&[registered()], &context(), ("update-invoice-delivery", paper), refused);
    let body = json!({ "method": "PAPER_INVOICE", "address": { "line1": "Strand 1" } });
    once("update-invoice-delivery", &body, "InvoiceDeliveryUpdated", &body);
}

#[test]
fn an_integration_is_mapped_and_remapped_and_unmapped() {
    let body = json!({ "provider_type": "crm", "provider_entity_id": "7" });
    once("map-integration", &body, "IntegrationMapped", &body);
    let given = [registered(), mapped("crm", "7")];
    let more = json!({ "provider_type": "crm", "provider_entity_id": "7", "metadata": {"a": "b"} });
    let remapped = stored("IntegrationMapped", more.clone());
    check(&given, &context(), ("map-integration", more), Ok(&[remapped]));
    let unmapped = stored("IntegrationUnmapped", body.clone());
    check(&given, &context(), ("unmap-integration", body), Ok(&[unmapped]));
}

#[test]
fn an_integration_is_known_by_its_system_and_its_entity() {
    let unknown = Err(Refusal::IntegrationUnknown);
    for (provider_type, entity) in [("crm", "8"), ("erp", "7")] {
        let body = json!({ "provider_type": provider_type, "provider_entity_id": entity });
        let given = [registered(), mapped("crm", "7")];
        check(&given, &context(), ("unmap-integration", body.clone()), unknown);
        let mapped = stored("IntegrationMapped", body.clone());
        check(&given, &context(), ("map-integration", body), Ok(&[mapped]));
    }
}

#[test]
fn a_customer_has_at_most_100_integrations() {
    let with_integrations = |count: usize| -> Vec<Value> {
        let mapped = (0..count).map(|n| mapped("crm", &n.to_string()));
        std::iter::once(registered()).chain(mapped).collect()
    };
    let map = |n: usize| {
        ("map-integration", json!({ "provider_type": "crm", "provider_entity_id": n.to_string() }))
    };
    check(&with_integrations(99), &context(), map(100), Ok(&[mapped("crm", "100")]));
    let full = with_integrations(100);
    check(&full, &context(), map(100), Err(Refusal::TooManyIntegrations));
    check(&full, &context(), map(99), Ok(&[]));
}
