//! Requests to Metronome's endpoints.

use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case(
        "POST /v1/customers",
        "/v1/customers",
        r#"{
            "name": "Acme", "external_id": "x{n}", "ingest_aliases": ["y{n}"],
            "custom_fields": {"plan": "gold"},
            "billing_config": {"billing_provider_type": "aws_marketplace",
            "billing_provider_customer_id": "c1", "stripe_collection_method": "send_invoice",
            "aws_customer_account_id": "1", "aws_customer_id": "2",
            "aws_is_subscription_product": true, "aws_product_code": "p",
            "aws_region": "us-west-1", "gcp_service_name": "s"},
            "customer_billing_provider_configurations": [
                {"billing_provider": "custom", "configuration": {"customer_id": "1"},
                 "delivery_method": "direct_to_billing_provider"},
                {"billing_provider": "stripe", "delivery_method_id": "{of_stripe}",
                 "tax_provider": "anrok", "configuration": {"stripe_customer_id": "cus_1",
                 "stripe_collection_method": "auto_charge_payment_intent"}}],
            "customer_revenue_system_configurations": [
                {"provider": "netsuite", "configuration": {"netsuite_customer_id": "1"},
                 "delivery_method": "direct_to_billing_provider"},
                {"provider": "netsuite", "configuration": {"netsuite_customer_id": "1"},
                 "delivery_method_id": "{of_netsuite}"}]
        }"#,
    ),
    case("GET /v1/customers", "/v1/customers?customer_ids={uuid}", ""),
    case("GET /v1/customers/{id}", "/v1/customers/{uuid}", ""),
    case("POST /v1/customers/{id}/setName", "/v1/customers/{uuid}/setName", r#"{"name": "Acme"}"#),
    case(
        "POST /v1/customers/{id}/setIngestAliases",
        "/v1/customers/{uuid}/setIngestAliases",
        r#"{"ingest_aliases": ["y{n}"]}"#,
    ),
    case(
        "POST /v1/customers/{id}/updateConfig",
        "/v1/customers/{uuid}/updateConfig",
        r#"{
            "salesforce_account_id": "1", "leave_stripe_invoices_in_draft": false
        }"#,
    ),
    case("POST /v1/customers/archive", "/v1/customers/archive", r#"{"id": "{uuid}"}"#),
    case(
        "POST /v1/customers/setBillableStatus",
        "/v1/customers/setBillableStatus",
        r#"{
            "customer_id": "{uuid}", "billable_status": "billable",
            "effective_at": "2026-03-02T09:30:00Z"
        }"#,
    ),
    case(
        "GET /v1/customers/{id}/billing-config/{provider}",
        "/v1/customers/{uuid}/billing-config/stripe",
        "",
    ),
    case(
        "POST /v1/customers/{id}/billing-config/{provider}",
        "/v1/customers/{uuid}/billing-config/azure_marketplace",
        r#"{"billing_provider_customer_id": "c1", "stripe_collection_method": "send_invoice",
            "aws_customer_account_id": "1", "aws_customer_id": "2",
            "aws_is_subscription_product": true, "aws_product_code": "p",
            "aws_region": "us-west-1", "gcp_service_name": "s"}"#,
    ),
    case(
        "DELETE /v1/customers/{id}/billing-config/{provider}",
        "/v1/customers/{uuid}/billing-config/stripe",
        "",
    ),
    case(
        "POST /v1/setCustomerBillingProviderConfigurations",
        "/v1/setCustomerBillingProviderConfigurations",
        r#"{"data": [
            {"customer_id": "{uuid}", "billing_provider": "custom",
             "configuration": {"customer_id": "1"},
             "delivery_method": "direct_to_billing_provider"},
            {"customer_id": "{uuid}", "billing_provider": "stripe",
             "delivery_method_id": "{of_stripe}", "tax_provider": "anrok",
             "configuration": {"stripe_customer_id": "cus_1",
             "stripe_collection_method": "auto_charge_payment_intent"}}
        ]}"#,
    ),
    case(
        "POST /v1/getCustomerBillingProviderConfigurations",
        "/v1/getCustomerBillingProviderConfigurations",
        r#"{
            "customer_id": "{uuid}", "include_archived": true, "billing_provider": "stripe"
        }"#,
    ),
    case(
        "POST /v1/archiveCustomerBillingProviderConfigurations",
        "/v1/archiveCustomerBillingProviderConfigurations",
        r#"{
            "customer_id": "{uuid}", "customer_billing_provider_configuration_ids": ["{config}"]
        }"#,
    ),
    case(
        "POST /v1/setCustomerRevenueSystemConfigurations",
        "/v1/setCustomerRevenueSystemConfigurations",
        r#"{"data": [
            {"customer_id": "{uuid}", "provider": "netsuite",
             "configuration": {"netsuite_customer_id": "1"},
             "delivery_method": "direct_to_billing_provider"},
            {"customer_id": "{uuid}", "provider": "netsuite",
             "configuration": {"netsuite_customer_id": "1"},
             "delivery_method_id": "{of_netsuite}"}
        ]}"#,
    ),
    case(
        "POST /v1/getCustomerRevenueSystemConfigurations",
        "/v1/getCustomerRevenueSystemConfigurations",
        r#"{
            "customer_id": "{uuid}", "include_archived": true, "provider": "netsuite"
        }"#,
    ),
    case(
        "POST /v1/archiveCustomerRevenueSystemConfigurations",
        "/v1/archiveCustomerRevenueSystemConfigurations",
        r#"{
            "customer_id": "{uuid}", "customer_revenue_system_configuration_ids": ["{revenue}"]
        }"#,
    ),
    case(
        "POST /v1/setUpBillingProvider",
        "/v1/setUpBillingProvider",
        r#"{
            "billing_provider": "aws_marketplace", "delivery_method": "aws_sqs",
            "configuration": {"queue": "{n}"}
        }"#,
    ),
    case(
        "POST /v1/listConfiguredBillingProviders",
        "/v1/listConfiguredBillingProviders",
        r#"{"next_page": null}"#,
    ),
    case(
        "POST /v1/customFields/addKey",
        "/v1/customFields/addKey",
        r#"{
            "entity": "customer", "key": "k{n}", "enforce_uniqueness": false
        }"#,
    ),
    case(
        "POST /v1/customFields/removeKey",
        "/v1/customFields/removeKey",
        r#"{"entity": "customer", "key": "plan"}"#,
    ),
    case(
        "POST /v1/customFields/listKeys",
        "/v1/customFields/listKeys",
        r#"{"entities": ["customer"]}"#,
    ),
    case(
        "POST /v1/customFields/setValues",
        "/v1/customFields/setValues",
        r#"{
            "entity": "customer", "entity_id": "{uuid}", "custom_fields": {"plan": "free"}
        }"#,
    ),
    case(
        "POST /v1/customFields/deleteValues",
        "/v1/customFields/deleteValues",
        r#"{
            "entity": "customer", "entity_id": "{uuid}", "keys": ["plan"]
        }"#,
    ),
    case("GET /v1/auditLogs", "/v1/auditLogs", ""),
];
