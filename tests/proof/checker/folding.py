"""The fold of every customer and tenant, and the expected rows of read models."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from . import fold
from .fields import UNREGISTERED, changed, with_objects
from .log import Event
from .rules import Rules
from .views import SNAPSHOT_EVERY, Rows, canonical, email_key, looked_up, normal

State = dict[str, Any]
Key = tuple[str, str]
# The name of the provider's id in its configuration; `customer_id` in all others.
REFERENCES = {
    "stripe": "stripe_customer_id",
    "aws_marketplace": "aws_customer_id",
    "azure_marketplace": "azure_subscription_id",
    "gcp_marketplace": "gcp_entitlement_id",
    "netsuite": "netsuite_customer_id",
}


@dataclass(slots=True)
class Entry:
    """A state, its version, and who created and last changed it, with times."""

    state: State
    version: int
    created: tuple[int, str]
    updated: tuple[int, str]

    def row(self) -> tuple[Any, ...]:
        """The columns of a row."""
        return (self.version, canonical(self.state), *self.created, *self.updated)


@dataclass
class Folding:
    """The fold of all events seen so far."""

    rules: Rules
    # Answered documents by customer and version, compared during the fold.
    wanted: dict[tuple[str, str, int], list[tuple[str, State]]]
    customers: dict[Key, Entry] = field(default_factory=dict)
    tenants: dict[str, Entry] = field(default_factory=dict)
    # Customers with an unreadable event: their state is unknown.
    unreadable: dict[Key, Event] = field(default_factory=dict)
    answered_otherwise: list[str] = field(default_factory=list)
    rows: defaultdict[str, Rows] = field(default_factory=lambda: defaultdict(Rows))
    _configs: dict[Key, dict[str, tuple[Any, ...]]] = field(default_factory=dict)

    def see(self, event: Event, context: dict[str, str]) -> None:
        """Applies the next event."""
        by = context.get("actor") or context.get("api_key") or ""
        if event.aggregate_type == "tenant":
            known = self.tenants.get(event.tenant)
            state = fold.tenant(known.state if known else {}, event.type, event.data)
            self.tenants[event.tenant] = _then(known, state, event, by)
            return
        key = (event.tenant, event.customer or "")
        if key in self.unreadable:
            return
        known = self.customers.get(key)
        before = known.state if known else {}
        try:
            after = fold.customer(before, event.type, event.data)
        except (fold.Unreadable, KeyError, TypeError):
            self.unreadable[key] = event
            return
        entry = self.customers[key] = _then(known, after, event, by)
        self.rules.see(event, before, after)
        self._answered(key, entry)
        self._put(key, event, context, by, before, entry)

    def _answered(self, key: Key, entry: Entry) -> None:
        for whose, document in self.wanted.pop((*key, entry.version), ()):
            if _document(key[1], entry) != canonical(document):
                self.answered_otherwise.append(
                    f"{whose} was answered another customer {key[1]} at version {entry.version} "
                    "than its events make"
                )

    def _put(
        self, key: Key, event: Event, context: dict[str, str], by: str, before: State, entry: Entry
    ) -> None:
        """Adds the rows that this event makes in read models."""
        for name in with_objects(changed(before or UNREGISTERED, entry.state)):
            self.rows["field_changes"].add(key, (event.version, name, event.position))
        names = ("actor", "api_key", "request_id", "correlation_id", "surface")
        audit = (event.position, event.type, *(context.get(name) for name in names))
        self.rows["audit_entries"].add(key, audit)
        if event.version % SNAPSHOT_EVERY == 0:
            self.rows["customer_snapshots"].add(key, entry.row())
        data = event.data
        if event.type in ("IntegrationMapped", "IntegrationUnmapped"):
            self.rows["integration_links"].add(key, (
                event.version, data["provider_type"], data["provider_entity_id"],
                data.get("entity_type"), event.type == "IntegrationMapped", event.position,
                event.micros, by,
            ))
        if event.type in ("BillingConfigAdded", "BillingConfigArchived"):
            self._configure(key, event, data, before)

    def _configure(self, key: Key, event: Event, data: State, before: State) -> None:
        if event.type == "BillingConfigArchived":
            known = before.get("billing_configs", [])
            added = next((one for one in known if one["id"] == data["id"]), None)
            if added is None:
                self.unreadable[key] = event
                return
            data = added | data
        configuration = data["configuration"]
        reference = configuration.get(REFERENCES.get(data["provider"], "customer_id"))
        short = isinstance(reference, str) and len(reference) <= 255
        self._configs.setdefault(key, {})[data["id"]] = (
            data["id"], data["provider"], reference if short else None,
            data.get("delivery_method"), data.get("delivery_method_id"),
            canonical(configuration), data.get("tax_provider"), event.version, event.micros,
            data.get("archived_at"),
        )

    def end(self) -> None:
        """The rows of current state."""
        self.rules.end()
        for key, entry in self.customers.items():
            self.rows["customers"].add(
                key, (*entry.row(), entry.state.get("parent_customer_id"))
            )
            self.rows["customer_list"].add(key, _listed(entry))
            self.rows["customer_list_updates"].add(key, (entry.version, *entry.updated))
        for key, configs in self._configs.items():
            for _, row in sorted(configs.items()):
                self.rows["billing_configurations"].add(key, row)
        for tenant, entry in self.tenants.items():
            self.rows["tenants"].add((tenant, ""), entry.row())


def _then(known: Entry | None, state: State, event: Event, by: str) -> Entry:
    now = (event.micros, by)
    return Entry(state, event.version, known.created if known else now, now)


def _document(customer: str, entry: Entry) -> str:
    made = {
        "id": customer,
        "version": entry.version,
        "created_at": instant(entry.created[0]),
        "created_by": entry.created[1],
        "updated_at": instant(entry.updated[0]),
        "updated_by": entry.updated[1],
    }
    return canonical(made | entry.state)


def instant(micros: int) -> str:
    """A time, as in answers."""
    epoch = datetime.datetime(1970, 1, 1)
    return (epoch + datetime.timedelta(microseconds=micros)).isoformat(timespec="microseconds") + "Z"


def _listed(entry: Entry) -> tuple[Any, ...]:
    state = entry.state
    profile = state.get("profile", {})
    name = profile.get("name", "")
    return (
        state["status"], name, normal(name), email_key(profile.get("email", "")),
        looked_up(state.get("external_id", "")), profile.get("type"),
        profile.get("address", {}).get("country"),
        state.get("invoice_delivery", {}).get("currency"), state.get("parent_customer_id"),
        state.get("billable_status", {}).get("value", "billable"),
        *entry.created,
    )
