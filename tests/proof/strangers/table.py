"""Access: every route, with the scopes of which a key needs one."""

from __future__ import annotations

_TABLE = """
write           POST /v1/customers
write           POST /v1/customers/{ref}/commands
write           POST /v1/customers/{ref}/commands/*
write           POST /v1/commands
read            GET /v1/customers
read            GET /v1/customers/{ref}
read            GET /v1/customers/{ref}/children
read            GET /v1/customers/{ref}/tree
read            GET /v1/customers/{ref}/billing-configs
read            GET /v1/customers/{ref}/payment-profiles
read            GET /v1/billing-configs
read            GET /v1/integration-links
read            GET /v1/tenant
read,audit      GET /v1/feed
audit           GET /v1/customers/{ref}/events
audit           GET /v1/customers/{ref}/changes
audit           GET /v1/customers/{ref}/diff
audit           GET /v1/customers/{ref}/blame
audit           GET /v1/customers/{ref}/events/{version}/proof
audit           GET /v1/audit
audit           GET /v1/audit/reads
audit           GET /v1/log/head
audit           GET /v1/log/key
admin           POST /v1/tenant/commands/*
operator        GET /admin/audit
operator        GET /admin/projections
operator        GET /admin/projections/{name}
operator        POST /admin/projections/{name}/rebuild
operator        POST /admin/projections/{name}/rebuild/cancel
operator        POST /admin/projections/{name}/rollback
operator        POST /admin/projections/{name}/prune
operator        GET /admin/projections/{name}/parked
operator        POST /admin/projections/{name}/unpark
open            GET /livez
open            GET /readyz
open            GET /metrics
open            GET /openapi.json
open            GET /docs
open            GET /docs/style.css
open            GET /problems
open            GET /problems/{code}

open            GET /compat/metronome/openapi.json
write           POST /compat/metronome/v1/customers
read            GET /compat/metronome/v1/customers
read            GET /compat/metronome/v1/customers/{id}
write           POST /compat/metronome/v1/customers/{id}/setName
write           POST /compat/metronome/v1/customers/{id}/setIngestAliases
write           POST /compat/metronome/v1/customers/{id}/updateConfig
write           POST /compat/metronome/v1/customers/archive
write           POST /compat/metronome/v1/customers/setBillableStatus
read            GET /compat/metronome/v1/customers/{id}/billing-config/{provider}
write           POST /compat/metronome/v1/customers/{id}/billing-config/{provider}
write           DELETE /compat/metronome/v1/customers/{id}/billing-config/{provider}
write           POST /compat/metronome/v1/setCustomerBillingProviderConfigurations
read            POST /compat/metronome/v1/getCustomerBillingProviderConfigurations
write           POST /compat/metronome/v1/archiveCustomerBillingProviderConfigurations
write           POST /compat/metronome/v1/setCustomerRevenueSystemConfigurations
read            POST /compat/metronome/v1/getCustomerRevenueSystemConfigurations
write           POST /compat/metronome/v1/archiveCustomerRevenueSystemConfigurations
admin           POST /compat/metronome/v1/setUpBillingProvider
read            POST /compat/metronome/v1/listConfiguredBillingProviders
admin           POST /compat/metronome/v1/customFields/addKey
admin           POST /compat/metronome/v1/customFields/removeKey
read            POST /compat/metronome/v1/customFields/listKeys
write           POST /compat/metronome/v1/customFields/setValues
write           POST /compat/metronome/v1/customFields/deleteValues
audit           GET /compat/metronome/v1/auditLogs

open            GET /compat/flexprice/openapi.json
write           POST /compat/flexprice/v1/customers
read            GET /compat/flexprice/v1/customers
write           PUT /compat/flexprice/v1/customers
read            POST /compat/flexprice/v1/customers/search
read            GET /compat/flexprice/v1/customers/{id}
write           PUT /compat/flexprice/v1/customers/{id}
write           DELETE /compat/flexprice/v1/customers/{id}
read            GET /compat/flexprice/v1/customers/external/{external_id}
read            GET /compat/flexprice/v1/customers/lookup/{key}
write           POST /compat/flexprice/v1/integrations/link
write           DELETE /compat/flexprice/v1/integrations/link
read            GET /compat/flexprice/v1/integrations/mappings
audit           POST /compat/flexprice/v1/activity
audit           GET /compat/flexprice/v1/activity/{id}

open            GET /compat/telness/openapi.json
write           POST /compat/telness/customers
read            GET /compat/telness/customers/{customerId}
write           PUT /compat/telness/customers/{customerId}
write           PATCH /compat/telness/customers/{customerId}
write           PUT /compat/telness/customers/{customerId}/billing
read            GET /compat/telness/payment-profiles
read            GET /compat/telness/customers/{customerId}/payment-profiles

open            GET /compat/maple/openapi.json
write           POST /compat/maple/api/v1/companies/{company_id}/customers
read            GET /compat/maple/api/v1/companies/{company_id}/customers/{customer_id}
write           PATCH /compat/maple/api/v1/companies/{company_id}/customers/{customer_id}
write           PATCH /compat/maple/api/v1/companies/{company_id}/customers/{customer_id}/start_managing
read            POST /compat/maple/api/v1/companies/{company_id}/customers/find
"""

OF_TENANT = ("read", "write", "admin", "audit")

SCOPES = {
    line.split(maxsplit=1)[1]: frozenset(line.split()[0].split(","))
    for line in _TABLE.splitlines()
    if line
}


def needed(route: str) -> frozenset[str]:
    """The scopes, one of which the route needs; `open` if it needs no key.

    Raises KeyError for a route that isn't in the table.
    """
    if route not in SCOPES and "/commands/" in route:
        route = f"{route.rsplit('/', 1)[0]}/*"
    return SCOPES[route]


def gone(routes: set[str]) -> set[str]:
    """Routes that the table has and the service has not."""
    used = {route if route in SCOPES else f"{route.rsplit('/', 1)[0]}/*" for route in routes}
    return set(SCOPES) - used


def only_reads(route: str) -> bool:
    """Whether it is a read."""
    return needed(route) <= {"read", "audit", "open"}
