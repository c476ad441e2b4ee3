"""What writers ask for: commands of all kinds, some of which must be refused."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from random import Random
from typing import Any

# Customers of a tenant, and ids from so few that two want the same.
CUSTOMERS_MAX = 150
EXTERNAL_IDS = 400
CURRENCIES = ["SEK", "EUR", "USD"]
PROFILES = ["card-1", "card-2", "account-1"]
CUSTOM_FIELDS = ["cost_center", "region"]


@dataclass
class Tenant:
    """A tenant and its customers, as callers know them."""

    id: str
    key: str
    # A key with all scopes of the tenant; its reads are recorded.
    audit_key: str
    customers: list[str] = field(default_factory=list)
    # The highest version that was acknowledged, by customer.
    versions: dict[str, int] = field(default_factory=dict)
    # Requested billing configurations, by customer.
    configurations: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Order:
    """A request to send, with or without an idempotency key."""

    path: str
    body: str
    headers: dict[str, str]
    # Whether it may be sent again when nobody knows whether it happened.
    repeatable: bool


class Orders:
    """A writer's choices, all of them from its random numbers."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def id(self) -> str:
        """A new id."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def word(self, of: int = 1000) -> str:
        """One of so many words."""
        return f"w{self.random.randrange(of)}"

    def next(self, tenant: Tenant) -> Order:
        """The next request of a tenant."""
        few = len(tenant.customers) < 20
        kind = self.random.random()
        if few or (kind < 0.04 and len(tenant.customers) < CUSTOMERS_MAX):
            return self._order("/v1/customers", self._registration(tenant))
        if kind < 0.12:
            return self._lines(tenant)
        if kind < 0.20:
            return self._together(tenant)
        if kind < 0.22:
            return self._order(*self._of_the_tenant())
        customer = self.random.choice(tenant.customers)
        command, body = self.command(tenant, customer)
        return self._order(f"/v1/customers/{customer}/commands/{command}", body, tenant, customer)

    def _order(
        self, path: str, body: Any, tenant: Tenant | None = None, customer: str = ""
    ) -> Order:
        random, headers = self.random, {"Content-Type": "application/json"}
        text = json.dumps(body)
        keyed = random.random() < 0.9
        if keyed:
            headers["Idempotency-Key"] = self.id()
        kind = random.random()
        if kind < 0.05:
            path, keyed = path + "?dry_run=true", False
        elif kind < 0.15 and tenant is not None:
            # Often right, and often too late.
            headers["If-Match"] = f'"{tenant.versions.get(customer, 1)}"'
        elif kind < 0.17:
            unknown, float_in_it = '{"nobody_knows_this": 1}', text.replace("{", '{"a": 1.5,', 1)
            text = random.choice([text[:-1], "[]", unknown, float_in_it])
        elif kind < 0.18 and customer:
            path = path.replace(customer, self.id())
        if random.random() < 0.3:
            headers["X-Actor"] = f"actor-{random.randrange(5)}@example.org"
        return Order(path, text, headers, keyed)

    def _registration(self, tenant: Tenant) -> dict[str, Any]:
        random, made = self.random, self.id()
        body: dict[str, Any] = {
            "id": made,
            "profile": {"name": f"Customer {self.word()}", "email": f"{self.word()}@example.org"},
            "metadata": {"segment": self.word(5)},
        }
        if random.random() < 0.8:
            body["external_id"] = f"x{random.randrange(EXTERNAL_IDS)}"
        if tenant.customers and random.random() < 0.2:
            body["parent_customer_id"] = random.choice(tenant.customers)
        return body

    def _lines(self, tenant: Tenant) -> Order:
        lines = []
        most = self.random.choice([8, 8, 64])
        for _ in range(self.random.randrange(2, most)):
            customer = self.random.choice(tenant.customers)
            command, body = self.command(tenant, customer)
            line: dict[str, Any] = {"command": command, "customer": customer, "body": body}
            line["idempotency_key"] = self.id()
            if self.random.random() < 0.1:
                line["if_match"] = tenant.versions.get(customer, 1)
            lines.append(json.dumps(line) + "\n")
        return Order("/v1/commands", "".join(lines), {"Content-Type": "application/x-ndjson"}, True)

    def _together(self, tenant: Tenant) -> Order:
        customer = self.random.choice(tenant.customers)
        commands = [self.command(tenant, customer) for _ in range(self.random.randrange(2, 5))]
        body = {"commands": [{"command": name, "body": body} for name, body in commands]}
        return self._order(f"/v1/customers/{customer}/commands", body, tenant, customer)

    def _of_the_tenant(self) -> tuple[str, dict[str, Any]]:
        if self.random.random() < 0.5:
            return "/v1/tenant/commands/rename-tenant", {"name": f"Tenant {self.word()}"}
        key = self.random.choice(CUSTOM_FIELDS)
        return "/v1/tenant/commands/add-custom-field-key", {"key": key}

    def command(self, tenant: Tenant, customer: str) -> tuple[str, dict[str, Any]]:
        """A command on a customer: its name and its body."""
        random, word = self.random, self.word()
        time = f"20{random.randrange(24, 40)}-03-02T09:30:00.000000Z"
        profile = random.choice(PROFILES)
        known = tenant.configurations.setdefault(customer, [])
        match random.choices(range(len(WEIGHTS)), WEIGHTS)[0]:
            case 0:
                email = random.choice([None, f"{word}@example.org"])
                address = random.choice([None, {"city": word, "country": "SE"}])
                return "update-profile", {"name": f"Name {word}", "email": email, "address": address}
            case 1:
                return "change-external-id", {
                    "external_id": random.choice([None, f"x{random.randrange(EXTERNAL_IDS)}"])
                }
            case 2:
                return "set-aliases", {"aliases": [f"{customer[:8]}-{word}", f"shared-{self.word(300)}"]}
            case 3:
                return "replace-metadata", {"metadata": {"segment": word, "region": self.word(4)}}
            case 4:
                return "set-custom-fields", {"fields": {random.choice(CUSTOM_FIELDS): word}}
            case 5:
                return "delete-custom-fields", {"keys": [random.choice(CUSTOM_FIELDS)]}
            case 6:
                return "update-config", {"salesforce_account_id": word}
            case 7:
                known.append(self.id())
                reference = {"stripe_customer_id": f"cus_{word}", "stripe_collection_method": "send_invoice"}
                return "add-billing-config", {
                    "id": known[-1], "provider": "stripe", "configuration": reference,
                    "delivery_method": "direct_to_billing_provider",
                }
            case 8:
                return "archive-billing-configs", {"ids": [known.pop(0) if known else self.id()]}
            case 9:
                number = {"netsuite_customer_id": str(random.randrange(10_000))}
                return "add-revenue-config", {"provider": "netsuite", "configuration": number}
            case 10:
                return "map-integration", {
                    "provider_type": "hubspot", "provider_entity_id": self.word(3), "entity_type": word
                }
            case 11:
                return "unmap-integration", {
                    "provider_type": "hubspot", "provider_entity_id": self.word(3)
                }
            case 12:
                return "update-invoice-delivery", {
                    "method": "EMAIL_INVOICE", "email": f"{word}@example.org",
                    "currency": random.choice(CURRENCIES),
                }
            case 13:
                return "attach-payment-profile", {
                    "id": profile, "status": "ACTIVE", "type": "card", "display_name": word
                }
            case 14:
                status = random.choice(["ACTIVE", "ACTIVE", "INACTIVE", "EXPIRED"])
                return "update-payment-profile", {"id": profile, "status": status}
            case 15:
                return "detach-payment-profile", {"id": profile}
            case 16:
                return "set-default-payment-profile", {
                    "payment_profile_id": profile, "auto_pay": random.random() < 0.5
                }
            case 17:
                rate = {"country": "SE", "name": "Moms", "rate": str(random.randrange(30)), "type": "vat"}
                return "set-tax-settings", {"overrides": [rate], "treatment": "taxable"}
            case 18:
                return "set-rollup-billing", {"enabled": random.random() < 0.5, "frequency": "MONTH"}
            case 19:
                return "set-parent", {
                    "parent_customer_id": random.choice([None, random.choice(tenant.customers)])
                }
            case 20:
                value = random.choice(["billable", "unbillable"])
                return "set-billable-status", {"value": value, "effective_at": time}
            case 21:
                return "archive-customer", {}
            case 22:
                return "restore-customer", {}
            case _:
                return "revert-to", {"version": random.randrange(1, 20)}


# How often each of the commands above is sent, relative to the others. What is archived is restored
# oftener than it is archived, or nothing would be left to write to.
WEIGHTS = [20, 8, 4, 12, 6, 2, 3, 6, 6, 1, 5, 2, 5, 8, 5, 4, 6, 3, 2, 6, 3, 1, 2, 2]
