//! The operations that list something.

use serde_json::{Value, json};

use super::about::CUSTOMERS;
use super::examples;
use super::operation::Operation;
use super::parameters::{AT_LEAST, CUSTOMER_FILTERS, MOMENT, PART, REF, TOLD, UNLESS_KNOWN};
use super::responses::{header_references, json_response, with_exports};
use crate::columns;

/// What a list can be answered with, beside success and what any request can.
pub(super) const LIST_PROBLEMS: [u16; 7] = [401, 403, 404, 406, 429, 500, 503];

/// Each operation with its path.
pub(super) fn operations() -> Vec<(&'static str, Operation)> {
    vec![
        ("/v1/customers", list_customers()),
        ("/v1/customers/{ref}/children", list_children()),
        ("/v1/customers/{ref}/billing-configs", list_billing_configs()),
        ("/v1/customers/{ref}/payment-profiles", list_payment_profiles()),
        ("/v1/billing-configs", find_billing_configs()),
        ("/v1/integration-links", find_integration_links()),
    ]
}

fn list_customers() -> Operation {
    let found =
        page("CustomerPage", "Customers, as they are, or as they were.", examples::customers());
    let found = with_exports(found, "Customer", columns::CUSTOMERS);
    list("listCustomers", "Lists and searches customers", found)
        .description("Archived customers are listed, too, unless `status` says otherwise. The list follows the log by a moment: `Dossier-Position` says how far it has come, `Dossier-At-Least` waits for it. A customer may have changed since it was listed. With `as_of` the tenant is listed as it was known then, with the same filters and in the same orders. By `created_at` a page looks at 1,000 customers at most, so it may have fewer items than asked for, or none, and yet a `next_cursor`; another `sort` is a 400 when more than 2,000 of the customers of then have changed since (`created_after` and `created_before` narrow which count). Needs the scope `read`.")
        .parameters(&CUSTOMER_FILTERS)
        .parameters(&["Search", "Sort", "ListedAsOf"])
        .parameters(&PART)
        .parameters(&[AT_LEAST])
}

fn list_children() -> Operation {
    let found = json_response("The customers right below it.", "CustomerPage", &[], Value::Null);
    let found = with_exports(found, "Customer", columns::CUSTOMERS);
    list("listChildren", "Lists the children of a customer", found)
        .description("By id, and always current. Needs the scope `read`.")
        .parameters(&[REF])
        .parameters(&PART)
}

fn list_billing_configs() -> Operation {
    let found = page("BillingConfigPage", "Its configurations.", Value::Null);
    let found = with_exports(found, "FoundBillingConfig", columns::BILLING_CONFIGS);
    list("listBillingConfigs", "Lists the billing configurations of a customer", found)
        .description(
            "All that it ever had, by id. Follows the log by a moment. At a version or an instant: those that its document had then, without `version` and `changed_at`. Needs the scope `read`.",
        )
        .parameters(&[REF, "Archived"])
        .parameters(&MOMENT)
        .parameters(&PART)
        .parameters(&[AT_LEAST])
}

fn find_billing_configs() -> Operation {
    let found = page("BillingConfigPage", "The configurations.", examples::billing_configs());
    let found = with_exports(found, "FoundBillingConfig", columns::BILLING_CONFIGS);
    list("findBillingConfigs", "Finds billing configurations of all customers", found)
        .description("By provider, by what the provider calls the customer, and by delivery method. By customer, then by id. Follows the log by a moment. Needs the scope `read`.")
        .parameters(&["BillingProvider", "ProviderCustomerId", "DeliveryMethodOf"])
        .parameters(&["DeliveryMethodIdOf", "Archived"])
        .parameters(&PART)
        .parameters(&[AT_LEAST])
}

fn list_payment_profiles() -> Operation {
    let found =
        json_response("How it pays.", "PaymentProfiles", &["ETag"], examples::payment_profiles());
    let found = with_exports(found, "PaymentProfile", columns::PAYMENT_PROFILES);
    let unchanged = json!({
        "description": "The caller has this version.",
        "headers": header_references(&["ETag"]),
    });
    list("listPaymentProfiles", "Lists the payment profiles of a customer", found)
        .description(
            "All of them, and which is the default, now or at a version or an instant. As NDJSON or CSV only the profiles themselves, without an `ETag`. Always current. Needs the scope `read`.",
        )
        .parameters(&[REF, UNLESS_KNOWN])
        .parameters(&MOMENT)
        .response(304, unchanged)
}

fn find_integration_links() -> Operation {
    let found = page("IntegrationLinkPage", "In the order in which they began.", examples::links());
    let found = with_exports(found, "IntegrationLink", columns::INTEGRATION_LINKS);
    list("findIntegrationLinks", "Finds who holds an id in another system, and who held it", found)
        .description("A row for each time during which a customer was mapped to the id; mapping it again begins a new one. Follows the log by a moment. Needs the scope `read`; times that have ended are shown to keys that have `audit` as well, so a page may have fewer items than asked for, or none, and yet a `next_cursor`.")
        .parameters(&["ProviderType", "ProviderEntityId"])
        .parameters(&PART)
        .parameters(&[AT_LEAST])
}

fn list(id: &str, summary: &str, found: Value) -> Operation {
    Operation::new(id, CUSTOMERS, summary)
        .parameters(&TOLD)
        .response(200, found)
        .problems(&LIST_PROBLEMS)
}

fn page(name: &str, description: &str, example: Value) -> Value {
    json_response(description, name, &["Dossier-Position"], example)
}
