//! Requests to Maple's endpoints.

use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case(
        "POST /api/v1/companies/{company_id}/customers",
        "/api/v1/companies/{company}/customers",
        r#"{
            "identifier": "x{n}", "name": "Acme", "org_name": "Acme AG", "title": "Dr",
            "email": "a@acme.example", "billing_emails": ["b@acme.example"], "phone": "+46701",
            "locale": "de-CH", "owner_id": "o1", "tags": ["vip"], "exclude_from_metrics": true,
            "address": {"address_line_1": "Road 1", "address_line_2": "Floor 2", "city": "Bern",
                "country": "CH", "place_id": "p", "state": "BE", "zip": "3000"},
            "metadata": {"plan": ["gold", 1]}, "parent_customer_id": "{above_cus}",
            "status": "ACTIVE", "child_rollup_billing": true, "child_rollup_billing_config": {
                "auto_charges": true, "start_date": "2026-01-01T00:00:00Z",
                "end_date": "2027-01-01T00:00:00Z", "frequency": "MONTH",
                "invoice_due_date_from_creation": 1,
                "invoice_additional_display_fields": [{"name": "a", "value": "b"}]},
            "override_taxes": [{"country": "CH", "region": "BE", "type": "GST", "name": "VAT",
                "description": "d", "rate": 8.25, "metadata": {"a": "b"}}]
        }"#,
    ),
    case(
        "GET /api/v1/companies/{company_id}/customers/{customer_id}",
        "/api/v1/companies/{company}/customers/e{n}",
        "",
    ),
    case(
        "PATCH /api/v1/companies/{company_id}/customers/{customer_id}",
        "/api/v1/companies/{company}/customers/{cus}",
        r#"{
            "identifier": "x{n}", "name": "Acme", "org_name": "Acme AG", "title": "Dr",
            "email": "a@acme.example", "billing_emails": ["b@acme.example"], "phone": "+46701",
            "locale": "de-CH", "owner_id": "o1", "tags": ["vip"], "exclude_from_metrics": true,
            "address": {"address_line_1": "Road 1", "address_line_2": "Floor 2", "city": "Bern",
                "country": "CH", "place_id": "p", "state": "BE", "zip": "3000"},
            "metadata": {"plan": ["gold", 1]}, "parent_customer_id": "{above_cus}",
            "status": "ACTIVE", "child_rollup_billing": true, "child_rollup_billing_config": {
                "auto_charges": true, "start_date": "2026-01-01T00:00:00Z",
                "end_date": "2027-01-01T00:00:00Z", "frequency": "MONTH",
                "invoice_due_date_from_creation": 1,
                "invoice_additional_display_fields": [{"name": "a", "value": "b"}]},
            "override_taxes": [{"country": "CH", "region": "BE", "type": "GST", "name": "VAT",
                "description": "d", "rate": 8.25, "metadata": {"a": "b"}}]
        }"#,
    ),
    case(
        "POST /api/v1/companies/{company_id}/customers/find",
        "/api/v1/companies/{company}/customers/find",
        r#"{
            "pagination": {"from_key": null, "limit": 5}, "include_meta": true,
            "sort_key": "createdAtAsc", "query": {
                "email": null, "identifier": "e{n}", "name": "Acme", "org_name": null,
                "owner_id": null, "parent_customer_id": null, "phone": null, "search": "Acme",
                "status": "ACTIVE", "title": null, "exclude_from_metrics": false,
                "has_parent": false, "managed_externally": true,
                "owner_ids": {"condition": "OR", "values": []},
                "tags": {"condition": "AND", "values": []}, "statuses": ["ACTIVE"],
                "metadata": {"condition": "AND", "values": ["plan"]}}
        }"#,
    ),
    case(
        "PATCH /api/v1/companies/{company_id}/customers/{customer_id}/start_managing",
        "/api/v1/companies/{company}/customers/{cus}/start_managing",
        "",
    ),
];
