//! Pages of lists and histories.

use tests::{customer_id, with_query};

/// The maximum of blocks for a statement of a page, whose rows are on as many blocks.
const BLOCKS_MAX: u64 = 1_000;
/// The same where some thousand rows are read: matches are neither rare nor frequent.
const MANY_LOOKED_AT: u64 = 6_000;

/// The same where each of those rows needs a look-up in the table of last changes, and several ways are tried.
const MANY_JOINED: u64 = 30_000;

/// A request for a page.
pub(super) struct Asked {
    pub(super) path: String,
    /// An index that must be used; empty if any will do.
    pub(super) index: &'static str,
    /// The maximum of blocks of each statement.
    pub(super) blocks: u64,
}

fn page(path: String, index: &'static str) -> Asked {
    Asked { path, index, blocks: BLOCKS_MAX }
}

impl Asked {
    fn within(self, blocks: u64) -> Self {
        Self { blocks, ..self }
    }
}

/// Every kind of list and read, each with a required index, if any.
pub(super) fn requests() -> Vec<Asked> {
    lists().into_iter().chain(histories()).collect()
}

/// Current and past lists.
fn lists() -> Vec<Asked> {
    let customers = |asked: &[(&str, &str)], index| page(with_query("/v1/customers", asked), index);
    let configs =
        |asked: &[(&str, &str)], index| page(with_query("/v1/billing-configs", asked), index);
    let flexprice = |asked: &[(&str, &str)], index| {
        page(with_query("/compat/flexprice/v1/customers", asked), index)
    };
    let one = customer_id(1).to_string();
    vec![
        customers(&[], "customer_list_created_at"),
        customers(&[("sort", "-created_at")], "customer_list_created_at"),
        customers(&[("sort", "updated_at")], "customer_list_updates_updated_at"),
        customers(&[("sort", "-name")], "customer_list_name"),
        customers(&[("sort", "email")], "customer_list_email"),
        customers(&[("sort", "-external_id")], "customer_list_external_id"),
        customers(&[("name", "Nobody")], "customer_list_labels"),
        customers(&[("status", "active"), ("email", "x@example.com")], "customer_list_labels"),
        customers(&[("metadata[a]", "b"), ("sort", "name")], "customer_list_labels"),
        customers(&[("phone", "+46 8 123 45 67")], "customer_list_labels"),
        customers(&[("custom_fields[a]", "b"), ("tag", "c")], "customer_list_labels"),
        customers(&[("parent", &one)], "customer_list_labels"),
        customers(&[("updated_by", "nobody")], "customer_list_updates_updated_by"),
        customers(&[("updated_by", "rare"), ("sort", "name")], "customer_list_updates_updated_by")
            .within(MANY_LOOKED_AT),
        customers(&[("updated_by", "x"), ("status", "active")], "customer_list_created_at"),
        customers(
            &[("updated_by", "x"), ("tag", "tag4"), ("sort", "-updated_at")],
            "customer_list_updates_updated_at",
        )
        .within(MANY_JOINED),
        customers(&[("search", "nobody"), ("sort", "updated_at")], "customer_list_words"),
        customers(&[("search", "nobody")], "customer_list_words"),
        customers(&[("search", "no body"), ("sort", "-name"), ("status", "active")], ""),
        customers(&[("status", "active")], "customer_list_created_at"),
        customers(&[("search", "name")], "customer_list_created_at"),
        // One in twenty-five, and two thousand at the end of the order.
        customers(&[("tag", "tag4"), ("sort", "-name")], "customer_list_name")
            .within(MANY_LOOKED_AT),
        customers(&[("tag", "late")], "customer_list_labels").within(MANY_LOOKED_AT),
        customers(&[("created_after", "2026-02-01T00:00:00Z"), ("sort", "name")], ""),
        customers(
            &[("created_after", "2026-03-25T00:00:00Z"), ("sort", "email")],
            "customer_list_created_at",
        )
        .within(MANY_LOOKED_AT),
        customers(&[("created_after", "2026-01-02T00:00:00Z")], "customer_list_created_at"),
        customers(
            &[("updated_before", "2026-01-01T01:00:00Z"), ("sort", "-updated_at")],
            "customer_list_updates_updated_at",
        ),
        configs(&[], "billing_configurations_pkey"),
        configs(&[("provider", "custom")], ""),
        configs(
            &[("provider", "stripe"), ("provider_customer_id", "cus_4")],
            "billing_configurations_provider",
        ),
        configs(&[("delivery_method", "aws_sqs"), ("archived", "true")], "").within(MANY_LOOKED_AT),
        configs(&[("delivery_method_id", &one)], "billing_configurations_delivery_method_id"),
        page(format!("/v1/customers/{one}/billing-configs"), "billing_configurations_pkey"),
        page(format!("/v1/customers/{one}/children"), "customers_children"),
        page(format!("/v1/customers/{one}/tree"), "customers_children"),
        page(format!("/v1/customers/{one}/payment-profiles"), ""),
        page(format!("/v1/customers/{one}"), ""),
        page("/v1/customers/external:e-4".to_owned(), ""),
        page(
            "/v1/integration-links?provider_type=crm&provider_entity_id=x7".to_owned(),
            "integration_links_entity",
        ),
        page("/v1/tenant".to_owned(), ""),
        customers(&[("as_of", "2026-06-01T00:00:00Z")], "customer_list_created_at"),
        customers(&[("as_of", "2026-06-01T00:00:00Z"), ("name", "Nobody")], ""),
        customers(
            &[("as_of", "2999-01-01T00:00:00Z"), ("sort", "-updated_at")],
            "customer_list_updates_updated_at",
        ),
        customers(&[("as_of", "2999-01-01T00:00:00Z"), ("sort", "name")], "customer_list_name"),
        // The total is known without counting.
        flexprice(&[], "customer_list_created_at"),
        flexprice(&[("order", "asc"), ("offset", "10")], "customer_list_created_at"),
        flexprice(&[("sort", "name")], "customer_list_name"),
        flexprice(&[("sort", "updated_at")], "customer_list_updates_updated_at"),
        flexprice(&[("status", "archived")], "customer_list_labels"),
        flexprice(&[("status", "archived"), ("sort", "name")], "customer_list_labels"),
        flexprice(&[("email", "x4@example.com")], "customer_list_email"),
        flexprice(&[("external_id", "e-4")], "customer_list_external_id"),
        flexprice(&[("external_ids", "e-4,e-6"), ("sort", "email")], "customer_list_external_id"),
        flexprice(&[("start_time", "2026-05-01T00:00:00Z")], "customer_list_created_at"),
    ]
}

/// Events, and read records.
fn histories() -> Vec<Asked> {
    let audit = |asked: &[(&str, &str)], index| page(with_query("/v1/audit", asked), index);
    let reads = |asked: &[(&str, &str)], index| page(with_query("/v1/audit/reads", asked), index);
    let feed = |asked: &[(&str, &str)], index| page(with_query("/v1/feed", asked), index);
    let one = customer_id(1).to_string();
    vec![
        page(format!("/v1/customers/{one}?version=40"), "events_pkey"),
        page(format!("/v1/customers/{one}?version=70"), "customer_snapshots_pkey"),
        page(format!("/v1/customers/{one}/events"), "events_pkey"),
        page(format!("/v1/customers/{one}/events?order=oldest&type=ProfileUpdated"), "events_pkey"),
        page(format!("/v1/customers/{one}/events?after=2026-06-01T00:00:00Z"), "events_pkey"),
        page(format!("/v1/customers/{one}/changes"), "events_pkey"),
        page(
            format!("/v1/customers/{one}/changes?order=oldest&field=/metadata&actor=x"),
            "events_pkey",
        ),
        page(format!("/v1/customers/{one}/changes?field=/status"), "field_changes_pkey"),
        page(format!("/v1/customers/{one}/diff?from=1&to=70"), "customer_snapshots_pkey"),
        page(format!("/v1/customers/{one}/blame"), "field_changes_pkey"),
        audit(&[], "audit_entries_position"),
        audit(&[("order", "oldest")], "audit_entries_position"),
        audit(&[("order", "oldest"), ("limit", "1")], "events_pkey"),
        audit(&[("type", "ProfileUpdated")], "audit_entries_event_type"),
        audit(&[("actor", "actor 7")], "audit_entries_actor"),
        audit(&[("api_key", "key 7")], "audit_entries_api_key"),
        audit(&[("request_id", "request 7")], "audit_entries_request_id"),
        audit(&[("correlation_id", "correlation 7")], "audit_entries_correlation_id"),
        audit(&[("surface", "metronome")], "audit_entries_surface"),
        audit(&[("customer", &one)], "audit_entries_pkey"),
        audit(&[("field", "/status")], "field_changes_field_key"),
        audit(&[("customer", &one), ("field", "/status")], "field_changes_pkey"),
        audit(&[("field", "/profile/address"), ("include", "values")], "field_changes_field_key"),
        audit(&[("reason", "ticket 600 of routine")], "audit_entries_reason"),
        // They look at the latest entries first, and the log here has few.
        audit(&[("reason_prefix", "ticket 600")], "audit_entries_position"),
        audit(&[("reason_search", "600")], "audit_entries_position"),
        audit(
            &[("reason_search", "routine"), ("reason_prefix", "ticket")],
            "audit_entries_position",
        ),
        audit(&[("has_reason", "false")], "audit_entries_without_reason"),
        audit(&[("has_reason", "true"), ("order", "oldest")], "audit_entries_position"),
        audit(&[("type", "ProfileUpdated"), ("actor", "actor 7")], "audit_entries_actor"),
        audit(&[("after", "2026-01-02T00:00:00Z"), ("order", "oldest")], "events_position"),
        audit(&[("before", "2027-01-02T00:00:00Z"), ("surface", "native")], "events_position"),
        reads(&[], "read_audit_read_at"),
        reads(&[("api_key", "key 7")], "read_audit_api_key"),
        reads(&[("customer", &one)], "read_audit_customers_pkey"),
        reads(&[("after", "2026-01-02T00:00:00Z")], "read_audit_read_at"),
        feed(&[], "events_position"),
        feed(&[("limit", "1")], "audit_entries_position"),
        feed(&[("customer", &one)], ""),
        feed(&[("type", "ProfileUpdated")], "events_position"),
    ]
}
