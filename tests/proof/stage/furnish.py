"""A tenant with all kinds of data."""

from __future__ import annotations

import json
import uuid
from random import Random
from typing import Any

from .catalogue import Names, Route, named, shown, with_places
from .client import Client


def new_names(random: Random, tenant: str) -> Names:
    """What a tenant's things will be called; none of it like another tenant's."""

    def identity() -> str:
        return str(uuid.UUID(int=random.getrandbits(128), version=4))

    def word(prefix: str) -> str:
        return f"{prefix}-{random.getrandbits(48):012x}"

    names = {name: identity() for name in ("customer", "parent", "config", "revenue", "method", "hidden")}
    return names | {
        "tenant": tenant,
        "external_id": word("ext"),
        "alias": word("alias"),
        "profile": word("card"),
        "provider_customer": word("cus"),
        "entity": word("entity"),
        "field": word("field"),
        "idempotency_key": word("once"),
        "cust": shown("cust_", names["customer"]),
        "parent_cust": shown("cust_", names["parent"]),
        "cus": shown("cus_", names["customer"]),
        "parent_cus": shown("cus_", names["parent"]),
        "company": shown("cmp_", tenant),
        "environment": shown("env_", tenant),
        "activity": "",
        "projection": "customer_list",
        "fresh": word("fresh"),
    }


def furnish(client: Client, routes: list[Route], names: Names, canary: str) -> None:
    """Gives a tenant customers with all that the document's examples say, and `canary` in what they have.

    `activity` is named then, too.
    """
    examples = {
        route.operation["operationId"]: with_places(route.content[1]["example"])
        for route in routes
        if route.native and route.content is not None
    }

    def do(path: str, body: Any, **headers: str) -> Any:
        sent = headers | {"X-Request-Id": f"furnish-{names['parent']}"}
        answer = client.send("POST", path, named(body, names), headers=sent)
        if answer.status not in (200, 201):
            raise RuntimeError(f"{path} {json.dumps(named(body, names))}: {answer.status} {answer.body!r}")
        return answer.json

    def customer(number: str) -> dict[str, Any]:
        return {"id": number, "profile": {"name": f"{canary} {number}"}}

    do("/v1/tenant/commands/add-custom-field-key", {"key": "{field}", "enforce_uniqueness": False})
    do("/v1/tenant/commands/add-delivery-method", {"id": "{method}", **examples["addDeliveryMethod"]})
    do("/v1/customers", customer("{parent}"))
    do("/v1/customers", customer("{hidden}") | {"external_id": f"{canary}-hidden"})
    registered = {"id": "{customer}", **examples["registerCustomer"]}
    do("/v1/customers", registered, **{"Idempotency-Key": names["idempotency_key"]})
    of_customer = f"/v1/customers/{names['customer']}/commands"
    for command, body in {
        "update-profile": {"name": canary, "title": canary, "tags": [canary], "org_name": canary},
        "replace-metadata": {"metadata": {canary: canary}},
        "set-custom-fields": {"fields": {"{field}": canary}},
        "add-billing-config": {"id": "{config}", **examples["addBillingConfig"]},
        "add-revenue-config": {"id": "{revenue}", **examples["addRevenueConfig"]},
        "map-integration": examples["mapIntegration"],
        "attach-payment-profile": examples["attachPaymentProfile"] | {"display_name": canary},
        "set-default-payment-profile": examples["setDefaultPaymentProfile"],
        "set-parent": examples["setParent"],
        "set-tax-settings": examples["setTaxSettings"],
    }.items():
        do(f"{of_customer}/{command}", body, **{"X-Actor": f"{canary}@example.com", "X-Reason": canary})
    found = client.send("POST", "/compat/flexprice/v1/activity", {"customer_id": names["cust"]}).json
    names["activity"] = found["items"][0]["id"]
