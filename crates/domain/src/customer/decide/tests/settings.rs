//! Settings, integrations, invoices, taxes, roll-up, billable status.

use serde_json::{Value, json};

use crate::customer::Refusal;
use crate::customer::testing::{check, context, registered};

/// The command is accepted once, changes nothing the second time, and stores this.
#[track_caller]
fn once(name: &str, body: &Value, event_type: &str, data: &Value) {
    let stored = json!({ "type": event_type, "data": data });
    check(&[registered()], &context(), (name, body.clone()), Ok(std::slice::from_ref(&stored)));
    check(&[registered(), stored], &context(), (name, body.clone()), Ok(&[]));
}

#[test]
fn a_customers_settings_have_three_states() {
    let body = json!({ "leave_stripe_invoices_in_draft": false });
    once("update-config", &body, "ConfigUpdated", &body);
    let off = json!({ "type": "ConfigUpdated", "data": body });
    let unset = json!({ "leave_stripe_invoices_in_draft": null });
    let cleared = json!({ "type": "ConfigUpdated", "data": unset });
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
    let given = [registered(), json!({ "type": "RollupBillingSet", "data": body })];
    let ended = json!({ "end_date": "2026-01-01T00:00:00Z" });
    let refused = Err(Refusal::RollupEndsBeforeStart);
    check(&given, &context(), ("set-rollup-billing", ended), refused);
    let instant = json!({ "end_date": "2026-02-01T00:00:00.000000Z" });
    let ended = json!({ "type": "RollupBillingSet", "data": instant });
    check(&given, &context(), ("set-rollup-billing", instant), Ok(&[ended]));
}

#[test]
fn invoices_by_email_need_an_email_in_the_merged_result() {
    let by_email = || ("update-invoice-delivery", json!({ "method": "EMAIL_INVOICE" }));
    let refused = Err(Refusal::InvoiceEmailMissing);
    check(&[registered()], &context(), by_email(), refused);
    let email = json!({ "email": "ada@example.org", "currency": "EUR" });
    once("update-invoice-delivery", &email, "InvoiceDeliveryUpdated", &email);
    let given = [registered(), json!({ "type": "InvoiceDeliveryUpdated", "data": email })];
    let method = json!({ "type": "InvoiceDeliveryUpdated", "data": { "method": "EMAIL_INVOICE" } });
    check(&given, &context(), by_email(), Ok(std::slice::from_ref(&method)));

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
    let given = [registered(), json!({ "type": "IntegrationMapped", "data": body })];
    let more = json!({ "provider_type": "crm", "provider_entity_id": "7", "metadata": {"a": "b"} });
    let remapped = json!({ "type": "IntegrationMapped", "data": more });
    check(&given, &context(), ("map-integration", more), Ok(&[remapped]));
    let unmapped = json!({ "type": "IntegrationUnmapped", "data": body });
    check(&given, &context(), ("unmap-integration", body.clone()), Ok(&[unmapped]));
    let refused = Err(Refusal::IntegrationUnknown);
    check(&[registered()], &context(), ("unmap-integration", body), refused);
}

#[test]
fn the_hundred_and_first_integration_is_refused() {
    let mapped = |n: usize| json!({ "provider_type": "crm", "provider_entity_id": n.to_string() });
    let mut given = vec![registered()];
    given.extend((0..100).map(|n| json!({ "type": "IntegrationMapped", "data": mapped(n) })));
    let refused = Err(Refusal::TooManyIntegrations);
    check(&given, &context(), ("map-integration", mapped(100)), refused);
    check(&given, &context(), ("map-integration", mapped(99)), Ok(&[]));
}
