//! The operations that list something.

use http::list::ListItem as _;
use serde_json::{Value, json};

use super::about::CUSTOMERS;
use super::examples;
use super::operation::Operation;
use super::parameters::{
    AT_LEAST, CUSTOMER_FILTERS, METADATA_HEADERS, MOMENT, PART, REF, UNLESS_KNOWN,
};
use super::responses::{header_references, json_response, with_exports};
use crate::columns;
use crate::v1::billing_configs::ConfigItem;
use crate::v1::integration_links::LinkItem;

/// What a list can be answered with, beside success and what any request can.
pub(super) const LIST_PROBLEMS: [u16; 7] = [401, 403, 404, 406, 429, 500, 503];

/// Each operation with its path.
pub(super) fn operations() -> Vec<(&'static str, Operation)> {
    vec![
        ("/v1/customers", list_customers()),
        ("/v1/customers/{ref}/children", list_children()),
        ("/v1/customers/{ref}/tree", get_tree()),
        ("/v1/customers/{ref}/billing-configs", list_billing_configs()),
        ("/v1/customers/{ref}/payment-profiles", list_payment_profiles()),
        ("/v1/billing-configs", find_billing_configs()),
        ("/v1/integration-links", find_integration_links()),
    ]
}

fn list_customers() -> Operation {
    let found = page("CustomerPage", "Customers, now or in the past.", examples::customers());
    let found = with_exports(found, "Customer", columns::CUSTOMERS);
    list("listCustomers", "Lists and searches customers", found)
        .description("The list includes archived customers unless `status` excludes them. It lags the log by a moment: `Dossier-Position` is the position that it includes, `Dossier-At-Least` waits for a position. With `as_of` the list shows the tenant at that time, with the same filters and orders. Sorted by `created_at`, a page then looks at 1,000 customers at most, so it may have fewer items than `limit`, even none, and still have a `next_cursor`. Another `sort` is a 400 if more than 2,000 customers have changed since; `created_after` and `created_before` limit which customers count. Needs the scope `read`.")
        .parameters(&CUSTOMER_FILTERS)
        .parameters(&["Search", "Sort", "ListedAsOf"])
        .parameters(&PART)
        .parameters(&[AT_LEAST])
}

fn list_children() -> Operation {
    let found = json_response("The direct children.", "CustomerPage", &[], Value::Null);
    let found = with_exports(found, "Customer", columns::CUSTOMERS);
    list("listChildren", "Lists the children of a customer", found)
        .description("Sorted by id. Always current. Needs the scope `read`.")
        .parameters(&[REF])
        .parameters(&PART)
}

fn get_tree() -> Operation {
    let found = json_response("The group.", "Tree", &[], examples::tree());
    Operation::new("getTree", CUSTOMERS, "Shows the group of a customer at once")
        .description("The topmost customer above this one, and all customers below it, archived ones too, as a flat list: each customer is followed by those below it. At most 1,000 customers; `complete` says whether these are all, and `more_children` whose children are missing. Needs the scope `read`.")
        .parameters(&[REF])
        .parameters(&METADATA_HEADERS)
        .response(200, found)
        .problems(&[401, 403, 404, 429, 500, 503])
}

fn list_billing_configs() -> Operation {
    let found = page("BillingConfigPage", "The customer's configurations.", Value::Null);
    let found = with_exports(found, "FoundBillingConfig", ConfigItem::COLUMNS);
    list("listBillingConfigs", "Lists the billing configurations of a customer", found)
        .description(
            "All configurations that the customer ever had, sorted by id. The list lags the log by a moment. With `version` or `as_of`: the configurations of that time, without `version` and `changed_at`. Needs the scope `read`.",
        )
        .parameters(&[REF, "Archived"])
        .parameters(&MOMENT)
        .parameters(&PART)
        .parameters(&[AT_LEAST])
}

fn find_billing_configs() -> Operation {
    let found = page("BillingConfigPage", "The configurations.", examples::billing_configs());
    let found = with_exports(found, "FoundBillingConfig", ConfigItem::COLUMNS);
    list("findBillingConfigs", "Finds billing configurations of all customers", found)
        .description("Filters by provider, by the customer's id at the provider and by delivery method. Sorted by customer, then by id. The list lags the log by a moment. Needs the scope `read`.")
        .parameters(&["BillingProvider", "ProviderCustomerId", "DeliveryMethodOf"])
        .parameters(&["DeliveryMethodIdOf", "Archived"])
        .parameters(&PART)
        .parameters(&[AT_LEAST])
}

fn list_payment_profiles() -> Operation {
    let found = json_response(
        "The payment profiles.",
        "PaymentProfiles",
        &["ETag"],
        examples::payment_profiles(),
    );
    let found = with_exports(found, "PaymentProfile", columns::PAYMENT_PROFILES);
    let unchanged = json!({
        "description": "The caller has the current version.",
        "headers": header_references(&["ETag"]),
    });
    list("listPaymentProfiles", "Lists the payment profiles of a customer", found)
        .description(
            "All payment profiles, and which one is the default. With `version` or `as_of`: those of that time. As NDJSON or CSV: only the profiles, without an `ETag`. Always current. Needs the scope `read`.",
        )
        .parameters(&[REF, UNLESS_KNOWN])
        .parameters(&MOMENT)
        .response(304, unchanged)
}

fn find_integration_links() -> Operation {
    let found =
        page("IntegrationLinkPage", "In the order in which the mappings began.", examples::links());
    let found = with_exports(found, "IntegrationLink", LinkItem::COLUMNS);
    list("findIntegrationLinks", "Finds the customers that have or had an id in another system", found)
        .description("One item for each period in which a customer was mapped to the id. Mapping it again starts a new period. The list lags the log by a moment. Needs the scope `read`. Periods that have ended also need the scope `audit`: without it, a page may have fewer items than `limit`, even none, and still have a `next_cursor`.")
        .parameters(&["ProviderType", "ProviderEntityId"])
        .parameters(&PART)
        .parameters(&[AT_LEAST])
}

fn list(id: &str, summary: &str, found: Value) -> Operation {
    Operation::new(id, CUSTOMERS, summary)
        .parameters(&METADATA_HEADERS)
        .response(200, found)
        .problems(&LIST_PROBLEMS)
}

fn page(name: &str, description: &str, example: Value) -> Value {
    json_response(description, name, &["Dossier-Position"], example)
}
