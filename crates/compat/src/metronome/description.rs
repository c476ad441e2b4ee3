//! Metronome's surface as its OpenAPI document tells it.

use super::schemas::schemas;
use super::tables::{
    BILLABLE, BILLING, CONFIG, CUSTOMER, DETAIL, FIELD_KEYS, FIELDS, KEY, METHOD, OLD_AWS, OLD_GCP,
    OLD_STRIPE, REMOVED_KEY, REVENUE, SET_UP,
};
use crate::description::{Description, Endpoint, Object};

pub(super) static DESCRIPTION: Description =
    Description { title: "Metronome", endpoints: ENDPOINTS, objects: OBJECTS, schemas };

const ENDPOINTS: &[Endpoint] = &[
    Endpoint::new("post", "/v1/customers", "Creates a customer.")
        .taking("CreateCustomer")
        .answering("CustomerAnswer"),
    Endpoint::new(
        "get",
        "/v1/customers",
        "Lists active or archived customers, page by page.",
    )
    .with_query(&[
        ("limit", "The most items: 1 to 100."),
        ("next_page", "The next page, from the answer with the page before."),
        ("customer_ids", "Only these customers, up to 100. Separate them by commas or repeat the parameter."),
        ("ingest_alias", "Only the customer with this alias."),
        ("only_archived", "Only archived customers."),
        (
            "salesforce_account_ids",
            "Only customers with one of these accounts, up to 100. Separate them by commas or repeat the parameter.",
        ),
    ])
    .answering("CustomerPage"),
    Endpoint::new("get", "/v1/customers/{id}", "A customer, an archived one too.")
        .answering("CustomerDetailAnswer"),
    Endpoint::new("post", "/v1/customers/{id}/setName", "Renames a customer.")
        .taking("SetName")
        .answering("CustomerAnswer"),
    Endpoint::new("post", "/v1/customers/{id}/setIngestAliases", "Replaces a customer's aliases.")
        .taking("SetIngestAliases"),
    Endpoint::new("post", "/v1/customers/{id}/updateConfig", "Changes a customer's own settings.")
        .taking("UpdateConfig"),
    Endpoint::new("post", "/v1/customers/archive", "Archives a customer.")
        .taking("Id")
        .answering("IdAnswer"),
    Endpoint::new(
        "post",
        "/v1/customers/setBillableStatus",
        "Sets whether a customer's usage is billed.",
    )
    .taking("SetBillableStatus")
    .answering("BillableAnswer"),
    Endpoint::new(
        "get",
        "/v1/customers/{id}/billing-config/{provider}",
        "A customer's configuration for a provider, in the old form.",
    )
    .answering("LegacyConfigAnswer"),
    Endpoint::new(
        "post",
        "/v1/customers/{id}/billing-config/{provider}",
        "Adds a configuration for a provider (earlier API).",
    )
    .taking("LegacyConfig"),
    Endpoint::new(
        "delete",
        "/v1/customers/{id}/billing-config/{provider}",
        "Archives a customer's configurations for a provider.",
    ),
    Endpoint::new(
        "post",
        "/v1/setCustomerBillingProviderConfigurations",
        "Adds billing configurations to one or several customers.",
    )
    .taking("SetBillingConfigs")
    .answering("BillingConfigsAnswer"),
    Endpoint::new(
        "post",
        "/v1/getCustomerBillingProviderConfigurations",
        "A customer's billing configurations.",
    )
    .taking("GetBillingConfigs")
    .answering("BillingConfigsAnswer"),
    Endpoint::new(
        "post",
        "/v1/archiveCustomerBillingProviderConfigurations",
        "Archives billing configurations of a customer, all or none.",
    )
    .taking("ArchiveBillingConfigs")
    .answering("ArchivedBillingConfigs"),
    Endpoint::new(
        "post",
        "/v1/setCustomerRevenueSystemConfigurations",
        "Adds revenue configurations to a customer.",
    )
    .taking("SetRevenueConfigs")
    .answering("RevenueConfigsAnswer"),
    Endpoint::new(
        "post",
        "/v1/getCustomerRevenueSystemConfigurations",
        "A customer's revenue configurations.",
    )
    .taking("GetRevenueConfigs")
    .answering("RevenueConfigsAnswer"),
    Endpoint::new(
        "post",
        "/v1/archiveCustomerRevenueSystemConfigurations",
        "Archives revenue configurations of a customer, all or none.",
    )
    .taking("ArchiveRevenueConfigs")
    .answering("ArchivedRevenueConfigs"),
    Endpoint::new(
        "post",
        "/v1/setUpBillingProvider",
        "Adds a delivery method.",
    )
    .taking("SetUpProvider")
    .answering("SetUpAnswer"),
    Endpoint::new(
        "post",
        "/v1/listConfiguredBillingProviders",
        "Lists delivery methods.",
    )
    .taking("Page")
    .answering("ProviderPage"),
    Endpoint::new("post", "/v1/customFields/addKey", "Defines a custom field.").taking("AddKey"),
    Endpoint::new("post", "/v1/customFields/removeKey", "Removes a custom field. Its values stay.")
        .taking("RemoveKey"),
    Endpoint::new("post", "/v1/customFields/listKeys", "Lists custom fields.")
        .taking("ListKeys")
        .answering("KeyPage"),
    Endpoint::new(
        "post",
        "/v1/customFields/setValues",
        "Sets the named custom fields of a customer.",
    )
    .taking("SetValues"),
    Endpoint::new(
        "post",
        "/v1/customFields/deleteValues",
        "Removes the named custom fields of a customer.",
    )
    .taking("DeleteValues"),
    Endpoint::new(
        "get",
        "/v1/auditLogs",
        "Lists activities for followers. There is always a next page.",
    )
    .with_query(&[
        ("limit", "The most items: 1 to 100."),
        (
            "next_page",
            "The next page, from the answer with the page before. It keeps the times of the first page: starting_on and ending_before are the same or absent.",
        ),
        ("starting_on", "Activities at this time or later."),
        ("ending_before", "Activities before this time."),
        ("sort", "date_asc, unless date_desc."),
        ("resource_type", "customer; with resource_id."),
        ("resource_id", "The customer's id. Needs resource_type."),
    ])
    .answering("AuditPage"),
];

const OBJECTS: &[Object] = &[
    Object::sent("CreateCustomerMembers", "Customer", &[CUSTOMER], &["name"]),
    Object::answered("CustomerMembers", "Customer", &[CUSTOMER]),
    Object::answered("CustomerDetailMembers", "Customer", &[CUSTOMER, DETAIL]),
    Object::sent("UpdateConfig", "Customer", &[CONFIG], &[]),
    Object::sent("Billable", "Customer", &[BILLABLE], &["billable_status", "effective_at"]),
    Object::sent("Fields", "Customer", &[FIELDS], &["custom_fields"]),
    Object::sent("BillingMembers", "BillingConfig", &[BILLING], &["billing_provider"]),
    Object::answered("BillingConfigMembers", "BillingConfig", &[BILLING]),
    Object::sent("RevenueMembers", "RevenueConfig", &[REVENUE], &["provider", "configuration"]),
    Object::answered("RevenueConfigMembers", "RevenueConfig", &[REVENUE]),
    Object::sent("OldStripe", "StripeConfiguration", &[OLD_STRIPE], &[]),
    Object::sent("OldAws", "AwsMarketplaceConfiguration", &[OLD_AWS], &[]),
    Object::sent("OldGcp", "GcpMarketplaceConfiguration", &[OLD_GCP], &[]),
    Object::answered("Provider", "TenantDeliveryMethod", &[METHOD]),
    Object::whole("NewKey", "AddCustomFieldKey", &[KEY]),
    Object::whole("RemovedKey", "RemoveCustomFieldKey", &[REMOVED_KEY]),
    Object::whole("FieldKeys", "DeleteCustomFields", &[FIELD_KEYS]),
    Object::whole("SetUpProvider", "TenantDeliveryMethod", &[SET_UP]),
];
