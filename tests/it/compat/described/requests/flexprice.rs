//! Requests to FlexPrice's endpoints.

use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    Case {
        route: "POST /v1/customers",
        path: "/v1/customers",
        body: r#"{
            "external_id": "x{n}", "name": "Acme", "email": "a@acme.example", "contact": "+46701",
            "contact_persons": [{"id": "p1", "first_name": "Ada", "last_name": "L",
                "email": "ada@acme.example", "mobile": "+46702", "designation": "CTO",
                "department": "IT", "salutation": "Ms", "is_primary": true}],
            "address_line1": "Road 1", "address_line2": "Floor 2", "address_city": "Bern",
            "address_state": "BE", "address_postal_code": "3000", "address_country": "CH",
            "timezone": "Europe/Zurich", "metadata": {"plan": "gold"},
            "billing_currency": "chf", "tax_treatment": "taxable",
            "tax_rate_overrides": [{"tax_rate_code": "vat", "currency": "chf", "priority": 1,
                "auto_apply": true, "tax_behavior": "exclusive", "metadata": {"a": "b"}}],
            "parent_customer_id": "{above_cust}", "parent_customer_external_id": "above",
            "integration_entity_mapping": [
                {"provider": "crm", "id": "x1", "entity_type": "customer", "metadata": {"a": 1}},
                {"provider_type": "erp", "provider_entity_id": "x2"}]
        }"#,
        either: &["parent_customer_id", "parent_customer_external_id"],
    },
    case("GET /v1/customers", "/v1/customers?external_id=e{n}&expand=integrations", ""),
    case(
        "POST /v1/customers/search",
        "/v1/customers/search",
        r#"{
            "customer_ids": ["{cust}"], "external_id": "e{n}", "external_ids": ["e{n}"],
            "parent_customer_ids": [], "email": "", "metadata": {"plan": "gold"},
            "status": "published", "start_time": "2020-01-01T00:00:00Z",
            "end_time": "2100-01-01T00:00:00Z", "filters": [
                {"field": "name", "operator": "contains", "value": {"string": "a"}},
                {"field": "name", "operator": "in", "value": {"array": ["Acme"]}},
                {"field": "created_at", "operator": "gte",
                 "value": {"date": "2020-01-01T00:00:00Z"}}],
            "sort": [{"field": "name", "direction": "asc"}], "order": "asc", "limit": 5,
            "offset": 0, "expand": "integrations"
        }"#,
    ),
    Case {
        route: "PUT /v1/customers",
        path: "/v1/customers?id={cust}",
        body: r#"{
            "external_id": "x{n}", "name": "Acme", "email": "a@acme.example", "contact": "+46701",
            "contact_persons": [{"id": "p1", "first_name": "Ada", "last_name": "L",
                "email": "ada@acme.example", "mobile": "+46702", "designation": "CTO",
                "department": "IT", "salutation": "Ms", "is_primary": true}],
            "address_line1": "Road 1", "address_line2": "Floor 2", "address_city": "Bern",
            "address_state": "BE", "address_postal_code": "3000", "address_country": "CH",
            "timezone": "Europe/Zurich", "metadata": {"plan": "gold"},
            "billing_currency": "chf", "tax_treatment": "taxable",
            "tax_rate_overrides": [{"tax_rate_code": "vat", "currency": "chf", "priority": 1,
                "auto_apply": true, "tax_behavior": "exclusive", "metadata": {"a": "b"}}],
            "parent_customer_id": "{above_cust}", "parent_customer_external_id": "above",
            "integration_entity_mapping": [
                {"provider": "crm", "id": "x1", "entity_type": "customer", "metadata": {"a": 1}},
                {"provider_type": "erp", "provider_entity_id": "x2"}]
        }"#,
        either: &["parent_customer_id", "parent_customer_external_id"],
    },
    case("GET /v1/customers/{id}", "/v1/customers/{cust}?expand=integrations", ""),
    Case {
        route: "PUT /v1/customers/{id}",
        path: "/v1/customers/{cust}",
        body: r#"{
            "external_id": "x{n}", "name": "Acme", "email": "a@acme.example", "contact": "+46701",
            "contact_persons": [{"id": "p1", "first_name": "Ada", "last_name": "L",
                "email": "ada@acme.example", "mobile": "+46702", "designation": "CTO",
                "department": "IT", "salutation": "Ms", "is_primary": true}],
            "address_line1": "Road 1", "address_line2": "Floor 2", "address_city": "Bern",
            "address_state": "BE", "address_postal_code": "3000", "address_country": "CH",
            "timezone": "Europe/Zurich", "metadata": {"plan": "gold"},
            "billing_currency": "chf", "tax_treatment": "taxable",
            "tax_rate_overrides": [{"tax_rate_code": "vat", "currency": "chf", "priority": 1,
                "auto_apply": true, "tax_behavior": "exclusive", "metadata": {"a": "b"}}],
            "parent_customer_id": "{above_cust}", "parent_customer_external_id": "above",
            "integration_entity_mapping": [
                {"provider": "crm", "id": "x1", "entity_type": "customer", "metadata": {"a": 1}},
                {"provider_type": "erp", "provider_entity_id": "x2"}]
        }"#,
        either: &["parent_customer_id", "parent_customer_external_id"],
    },
    case("DELETE /v1/customers/{id}", "/v1/customers/{cust}", ""),
    case("GET /v1/customers/external/{external_id}", "/v1/customers/external/e{n}", ""),
    case("GET /v1/customers/lookup/{key}", "/v1/customers/lookup/e{n}", ""),
    case(
        "POST /v1/integrations/link",
        "/v1/integrations/link",
        r#"{
            "entity_id": "{cust}", "entity_type": "customer", "provider_type": "erp",
            "provider_entity_id": "x1", "metadata": {"any": [1, "x"]}
        }"#,
    ),
    case(
        "DELETE /v1/integrations/link",
        "/v1/integrations/link",
        r#"{
            "entity_id": "{cust}", "entity_type": "customer", "provider_type": "crm"
        }"#,
    ),
    case(
        "GET /v1/integrations/mappings",
        "/v1/integrations/mappings?entity_type=customer&entity_id={cust}",
        "",
    ),
    case(
        "POST /v1/activity",
        "/v1/activity",
        r#"{
            "actions": ["CustomerRegistered"], "actor_id": "", "actor_types": ["api_key"],
            "customer_id": "{cust}", "entity_type": "customer", "entity_id": "{cust}",
            "request_id": "", "start_time": "2020-01-01T00:00:00Z",
            "end_time": "2100-01-01T00:00:00Z", "limit": 5, "cursor": ""
        }"#,
    ),
    case("GET /v1/activity/{id}", "/v1/activity/{activity}", ""),
];
