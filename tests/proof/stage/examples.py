"""Good requests: what the document of the service doesn't give as an example, and those of the vendors.

`{customer}` and the like stand for what a tenant has; `names` says how it is called.
"""

from __future__ import annotations

from typing import Any

# What the examples of the service's own document speak of.
STORY = {
    "0192f0c1-7e5a-7cc3-9d0e-5f8a4b2c1d6e": "{customer}",
    "0192f0c1-7e5a-7cc3-9d0e-1a2b3c4d5e6f": "{parent}",
    "0192f0c4-11f2-7b08-8c55-3b1f0a9d7e21": "{config}",
    "0192f0c2-53be-7d49-b0b1-7c2a9e4f6d80": "{method}",
    "0192f0bf-2c6d-7a10-8e44-9d7b6c5a4f30": "{tenant}",
    "acme-001": "{external_id}",
    "external:acme-001": "external:{external_id}",
    "acme-002": "{fresh}",
    "acme": "{alias}",
    "card-1": "{profile}",
    "cus_Q4mZ81": "{provider_customer}",
    "8812904": "{entity}",
    "cost_center": "{field}",
    "import-7-line-1": "{fresh}",
}

# Parameters of paths.
PATHS = {
    "code": "customer_unknown",
    "ref": "{customer}",
    "version": "1",
    "name": "{projection}",
    "provider": "stripe",
    "external_id": "{external_id}",
    "key": "{external_id}",
    "customerId": "{customer}",
    "company_id": "{company}",
    "customer_id": "{cus}",
    "/compat/metronome/v1/customers/": "{customer}",
    "/compat/flexprice/v1/customers/": "{cust}",
    "/compat/flexprice/v1/activity/": "{activity}",
}

# Queries without which a request makes no sense.
QUERIES = {
    "GET /v1/customers/{ref}/diff": {"from": "1"},
    "GET /v1/integration-links": {"provider_type": "hubspot", "provider_entity_id": "{entity}"},
    "PUT /compat/flexprice/v1/customers": {"id": "{cust}"},
    "GET /compat/flexprice/v1/integrations/mappings": {"entity_type": "customer", "entity_id": "{cust}"},
    "GET /compat/telness/payment-profiles": {"customerId": "{customer}"},
}

_STRIPE = {"stripe_customer_id": "{provider_customer}", "stripe_collection_method": "send_invoice"}
_BILLING = {
    "customer_id": "{customer}",
    "billing_provider": "stripe",
    "configuration": _STRIPE,
    "delivery_method": "direct_to_billing_provider",
}
_REVENUE = {
    "customer_id": "{customer}",
    "provider": "netsuite",
    "configuration": {"netsuite_customer_id": "{provider_customer}"},
}
_FIELD = {"entity": "customer", "key": "{field}"}
_OF_CUSTOMER = {"customer_id": "{customer}"}
_CARD = {"status": "ACTIVE", "type": "card", "provider": "stripe", "display_name": "Visa"}
_FLEXPRICE = {
    "name": "Acme Corp",
    "email": "billing@acme.example",
    "address_line1": "123 Main Street",
    "address_country": "US",
    "metadata": {"plan_tier": "enterprise"},
    "parent_customer_id": "{parent_cust}",
}
_TELNESS = {
    "name": "Acme AB",
    "customerType": "BUSINESS",
    "contact": {"email": "ada@acme.example", "msisdn": "+46701234567"},
    "billing": {"currency": "SEK", "method": "EMAIL_INVOICE", "email": "invoices@acme.example"},
    "users": [{"name": "Ada", "role": "OWNER", "userId": "u-1"}],
    "metadata": {"segment": "smb"},
}
_MAPLE = {
    "name": "Acme",
    "address": {"address_line_1": "Bahnhofstrasse 1", "city": "Bern", "country": "CH", "zip": "3011"},
    "override_taxes": [{"country": "CH", "name": "MWST", "rate": 7.7, "type": "VAT"}],
    "child_rollup_billing_config": {"frequency": "MONTH", "start_date": "2026-01-01T00:00:00Z"},
    "parent_customer_id": "{parent_cus}",
    "metadata": {"tier": "gold"},
    "tags": ["new"],
}
_M, _F, _T = "/compat/metronome/v1", "/compat/flexprice/v1", "/compat/telness"
_P = "/compat/maple/api/v1/companies/{company_id}/customers"

BODIES: dict[str, Any] = {
    "POST /v1/customers": {
        "profile": {"name": "Acme Industries", "email": "billing@acme.example"},
        "external_id": "{fresh}",
        "aliases": ["{fresh}"],
        "parent_customer_id": "{parent}",
    },
    "POST /v1/customers/{ref}/commands": {
        "commands": [
            {"command": "update-profile", "body": {"name": "Acme", "phone": None}},
            {"command": "attach-payment-profile", "body": {**_CARD, "id": "{fresh}"}},
            {"command": "set-default-payment-profile", "body": {"payment_profile_id": "{fresh}"}},
        ]
    },
    "POST /v1/customers/{ref}/commands/attach-payment-profile": {**_CARD, "id": "{fresh}"},
    "POST /v1/customers/{ref}/commands/archive-revenue-configs": {"ids": ["{revenue}"]},
    "POST /v1/tenant/commands/add-custom-field-key": {"key": "{fresh}", "enforce_uniqueness": False},
    f"POST {_M}/customers": {
        "name": "Example",
        "ingest_aliases": ["{fresh}"],
        "customer_billing_provider_configurations": [
            {name: _BILLING[name] for name in _BILLING if name != "customer_id"}
        ],
        "custom_fields": {"{field}": "4711"},
    },
    f"POST {_M}/customers/archive": {"id": "{customer}"},
    f"POST {_M}/customers/setBillableStatus": {
        **_OF_CUSTOMER,
        "billable_status": "unbillable",
        "effective_at": "2026-03-01T00:00:00Z",
    },
    f"POST {_M}/customers/{{id}}/setName": {"name": "Acme"},
    f"POST {_M}/customers/{{id}}/setIngestAliases": {"ingest_aliases": ["{alias}"]},
    f"POST {_M}/customers/{{id}}/updateConfig": {"salesforce_account_id": "0015g00000Bq3TzAAJ"},
    f"POST {_M}/customers/{{id}}/billing-config/{{provider}}": {
        "billing_provider_customer_id": "{provider_customer}",
        "stripe_collection_method": "send_invoice",
    },
    f"POST {_M}/setCustomerBillingProviderConfigurations": {"data": [_BILLING]},
    f"POST {_M}/getCustomerBillingProviderConfigurations": _OF_CUSTOMER,
    f"POST {_M}/archiveCustomerBillingProviderConfigurations": {
        **_OF_CUSTOMER,
        "customer_billing_provider_configuration_ids": ["{config}"],
    },
    f"POST {_M}/setCustomerRevenueSystemConfigurations": {"data": [_REVENUE]},
    f"POST {_M}/getCustomerRevenueSystemConfigurations": _OF_CUSTOMER,
    f"POST {_M}/archiveCustomerRevenueSystemConfigurations": {
        **_OF_CUSTOMER,
        "customer_revenue_system_configuration_ids": ["{revenue}"],
    },
    f"POST {_M}/setUpBillingProvider": {
        "billing_provider": "aws_marketplace",
        "delivery_method": "aws_sqs",
        "configuration": {"aws_region": "us-east-1"},
    },
    f"POST {_M}/listConfiguredBillingProviders": {},
    f"POST {_M}/customFields/addKey": {**_FIELD, "enforce_uniqueness": False},
    f"POST {_M}/customFields/removeKey": _FIELD,
    f"POST {_M}/customFields/listKeys": {"entities": ["customer"]},
    f"POST {_M}/customFields/setValues": {
        "entity": "customer",
        "entity_id": "{customer}",
        "custom_fields": {"{field}": "4711"},
    },
    f"POST {_M}/customFields/deleteValues": {
        "entity": "customer",
        "entity_id": "{customer}",
        "keys": ["{field}"],
    },
    f"POST {_F}/customers": {**_FLEXPRICE, "external_id": "{fresh}"},
    f"PUT {_F}/customers": _FLEXPRICE,
    f"PUT {_F}/customers/{{id}}": _FLEXPRICE,
    f"POST {_F}/customers/search": {
        "customer_ids": ["{cust}"],
        "external_ids": ["{external_id}"],
        "parent_customer_ids": ["{parent_cust}"],
        "filters": [{"field": "name", "operator": "contains", "value": {"string": "Acme"}}],
        "sort": [{"field": "created_at", "direction": "asc"}],
        "limit": 10,
        "offset": 0,
    },
    f"POST {_F}/integrations/link": {
        "entity_id": "{cust}",
        "entity_type": "customer",
        "provider_type": "hubspot",
        "provider_entity_id": "{entity}",
    },
    f"DELETE {_F}/integrations/link": {
        "entity_id": "{cust}",
        "entity_type": "customer",
        "provider_type": "hubspot",
    },
    f"POST {_F}/activity": {"customer_id": "{cust}", "limit": 10, "actions": ["ProfileUpdated"]},
    f"POST {_T}/customers": {**_TELNESS, "referenceId": "{fresh}"},
    f"PUT {_T}/customers/{{customerId}}": _TELNESS,
    f"PATCH {_T}/customers/{{customerId}}": _TELNESS,
    f"PUT {_T}/customers/{{customerId}}/billing": {
        "currency": "SEK",
        "method": "EMAIL_INVOICE",
        "email": "invoices@acme.example",
        "defaultPaymentProfileId": "{profile}",
    },
    f"POST {_P}": {**_MAPLE, "identifier": "{fresh}"},
    f"PATCH {_P}/{{customer_id}}": _MAPLE,
    f"POST {_P}/find": {
        "query": {"identifier": "{external_id}", "parent_customer_id": "{parent_cus}", "search": "Acme"},
        "pagination": {"limit": 10, "from_key": None},
        "sort_key": "createdAtDesc",
    },
}
