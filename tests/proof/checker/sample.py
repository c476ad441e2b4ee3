"""A small run with every type of event of a customer and of a tenant."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable
from typing import Any

from stage import Answer

# What sends a request of one tenant: method, path, body, headers.
Send = Callable[..., Answer | None]
METHOD = {
    "id": "018f0000-0000-7000-8000-00000000000b", "provider": "stripe",
    "delivery_method": "direct_to_billing_provider",
}
EFFECTIVE = {"value": "unbillable", "effective_at": "2026-01-02T03:04:05Z"}


def tenant(send: Send) -> None:
    """What applies to all of its customers."""
    for name, body in (
        ("rename-tenant", {"name": "Acme Holdings"}),
        ("update-settings", {"leave_stripe_invoices_in_draft": False}),
        ("add-custom-field-key", {"key": "vat", "enforce_uniqueness": True}),
        ("add-custom-field-key", {"key": "plan"}),
        ("add-custom-field-key", {"key": "old"}),
        ("remove-custom-field-key", {"key": "old"}),
        ("add-delivery-method", METHOD),
        ("archive-delivery-methods", {"ids": [METHOD["id"]]}),
    ):
        send("POST", f"/v1/tenant/commands/{name}", body)


def customers(send: Send, seed: int, count: int = 4) -> list[str]:
    """Customers with every type of event; returns their ids."""
    chance = random.Random(seed)
    ids = []
    for nth in range(count):
        answer = send("POST", "/v1/customers", {
            "profile": {"name": f"Åse & Søn {nth}", "email": f"c{nth}@example.org", "tags": ["new"]},
            "external_id": f"acme-{seed}-{nth}", "aliases": [f"alias-{seed}-{nth}"],
            "metadata": {"nth": str(nth)},
        }, {"X-Actor": "clerk", "X-Reason": "a sample"})
        assert answer is not None and answer.status == 201, answer
        ids.append(answer.json["id"])
    for nth, whose in enumerate(ids):
        commands = list(_commands(ids, nth, seed))
        for name, body in commands:
            send("POST", f"/v1/customers/{whose}/commands/{name}", body)
        for _ in range(8):
            name, body = chance.choice(commands)
            key = {"Idempotency-Key": f"{name}-{chance.random()}"}
            for _ in range(chance.randint(1, 3)):
                send("POST", f"/v1/customers/{whose}/commands/{name}", body, key)
        send("GET", f"/v1/customers/{whose}")
    together = [{"command": "update-profile", "body": {"title": "Dr"}},
                {"command": "set-parent", "body": {"parent_customer_id": ids[0]}}]
    send("POST", f"/v1/customers/{ids[0]}/commands", {"commands": together})
    send("POST", f"/v1/customers/{ids[1]}/commands", {"commands": together})
    send("POST", f"/v1/customers/{ids[1]}/commands/update-profile?dry_run=true", {"name": "Nobody"})
    send("POST", "/v1/commands", "\n".join(
        json.dumps({"command": "update-profile", "customer": whose, "body": {"title": "Prof"},
                    "idempotency_key": f"line-{whose}"})
        for whose in [*ids, str(uuid.UUID(int=chance.getrandbits(128), version=4)), ids[0]]
    ), {"Content-Type": "application/x-ndjson"})
    send("GET", "/v1/customers?limit=100")
    send("GET", "/v1/feed?limit=50")
    return ids


def _commands(ids: list[str], nth: int, seed: int) -> list[tuple[str, dict[str, Any]]]:
    config = str(uuid.UUID(int=seed * 1000 + nth, version=4))
    added = {"id": config, "provider": "custom", "configuration": {"customer_id": f"c{nth}"},
             "delivery_method": "tackle"}
    revenue = {"id": config, "provider": "netsuite", "configuration": {"netsuite_customer_id": "1"}}
    link = {"provider_type": "crm:eu", "provider_entity_id": f"e/{nth}"}
    return [
        ("update-profile", {"address": {"city": "Oslo", "country": "NO"}, "title": "Ms"}),
        ("update-profile", {"address": None, "title": None, "org_name": "Acme"}),
        ("change-external-id", {"external_id": f"new-{seed}-{nth}"}),
        ("change-external-id", {"external_id": f"acme-{seed}-{nth}"}),
        ("set-aliases", {"aliases": [f"alias-{seed}-{nth}", f"other-{seed}-{nth}"]}),
        ("replace-metadata", {"metadata": {"a": "1", "b/c": "~"}}),
        ("set-custom-fields", {"fields": {"vat": f"NO{nth}", "plan": "gold"}}),
        ("delete-custom-fields", {"keys": ["plan"]}),
        ("update-config", {"salesforce_account_id": "001", "leave_stripe_invoices_in_draft": True}),
        ("add-billing-config", added),
        ("archive-billing-configs", {"ids": [config]}),
        ("add-revenue-config", revenue),
        ("archive-revenue-configs", {"ids": [config]}),
        ("map-integration", link | {"metadata": {"k": "v"}}),
        ("map-integration", link | {"entity_type": "account"}),
        ("unmap-integration", link),
        ("update-invoice-delivery", {"method": "EMAIL_INVOICE", "email": "bills@example.org"}),
        ("attach-payment-profile", {"id": "card", "status": "ACTIVE", "type": "card"}),
        ("attach-payment-profile", {"id": "bank", "status": "ACTIVE"}),
        ("set-default-payment-profile", {"payment_profile_id": "card", "auto_pay": True}),
        ("update-payment-profile", {"id": "card", "display_name": "Visa", "metadata": {"x": "y"}}),
        ("update-payment-profile", {"id": "card", "status": "EXPIRED", "type": None}),
        ("detach-payment-profile", {"id": "card"}),
        ("set-default-payment-profile", {"payment_profile_id": "bank"}),
        ("set-tax-settings", {"treatment": "exempt"}),
        ("set-rollup-billing", {"start_date": "2026-01-01T00:00:00Z", "end_date": "2027-01-01T00:00:00Z"}),
        ("set-billable-status", EFFECTIVE),
        ("set-parent", {"parent_customer_id": ids[nth - 1] if nth else None}),
        ("archive-customer", {}),
        ("update-profile", {"name": "Too late"}),
        ("restore-customer", {}),
        ("revert-to", {"version": 3}),
        ("update-profile", {"naem": "unknown"}),
    ]
