"""Rules across a tenant's customers at every position of the log."""

from __future__ import annotations

import unicodedata
from typing import Any

from .findings import Findings
from .log import Event

State = dict[str, Any]
Claim = tuple[str, str]
# Only former external ids may have several holders.
FORMER = "former_external_id"


def claims(state: State) -> set[Claim]:
    """The names that a customer holds: kind and key, as in docs/api.md."""
    held: set[Claim] = set()
    if "external_id" in state:
        kind = "external_id" if state["status"] == "active" else FORMER
        held.add((kind, state["external_id"]))
    held |= {(FORMER, former) for former in state.get("former_external_ids", [])}
    held |= {("alias", alias) for alias in state.get("aliases", [])}
    fields = state.get("custom_fields", {})
    for key in state.get("unique_custom_fields", []):
        if key in fields:
            escaped = key.replace("\\", "\\\\").replace("=", "\\=")
            held.add(("custom_field", f"{escaped}={fields[key]}"))
    return {(kind, unicodedata.normalize("NFC", key)) for kind, key in held}


class Rules:
    """The customers' states, event by event."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._parents: dict[tuple[str, str], str | None] = {}
        self._open: tuple[Event, State] | None = None
        # By tenant, kind and key, as the service reserves them.
        self.holders: dict[tuple[str, str, str], str] = {}

    def see(self, event: Event, before: State, after: State) -> None:
        """Applies an event to a customer."""
        customer = event.customer or ""
        if self._open and not _same_command(self._open[0], event):
            self.end()
        self._open = event, after
        if before.get("status") == "archived" and event.type != "CustomerRestored":
            self._say("I17", event, "comes after the customer was archived")
        self._claim(event, customer, before, after)
        known = (event.tenant, customer) in self._parents
        if not known or before.get("parent_customer_id") != after.get("parent_customer_id"):
            self._parents[event.tenant, customer] = after.get("parent_customer_id")
            self._climb(event, customer)

    def end(self) -> None:
        """A command is complete. Between its events a default may be inactive."""
        if self._open is None:
            return
        event, state = self._open
        self._open = None
        payment = state.get("payment", {})
        default = payment.get("default_payment_profile_id")
        profiles = {one["id"]: one["status"] for one in payment.get("profiles", [])}
        if default is not None and profiles.get(default) != "ACTIVE":
            self._say("I16", event, "leaves a default payment profile that isn't an active one")
        if default is None and payment.get("auto_pay"):
            self._say("I16", event, "leaves automatic payment without a default payment profile")

    def _claim(self, event: Event, customer: str, before: State, after: State) -> None:
        old, new = claims(before) if before.get("status") else set(), claims(after)
        for kind, key in old - new:
            place = (event.tenant, kind, key)
            if kind != FORMER and self.holders.get(place) == customer:
                del self.holders[place]
        for kind, key in new - old:
            place = (event.tenant, kind, key)
            holder = self.holders.get(place)
            if kind != FORMER and holder not in (None, customer):
                self._say("I15", event, f"takes the {kind} {key!r} that {holder} holds")
            self.holders[place] = customer

    def _climb(self, event: Event, customer: str) -> None:
        seen, above = {customer}, self._parents[event.tenant, customer]
        if above is not None and (event.tenant, above) not in self._parents:
            self._say("I18", event, f"names the parent {above}, whom the tenant doesn't have")
        while above is not None:
            if above in seen:
                self._say("I18", event, "makes a customer its own ancestor")
                return
            seen.add(above)
            above = self._parents.get((event.tenant, above))

    def _say(self, invariant: str, event: Event, what: str) -> None:
        self._findings.violation(
            invariant, f"the event at {event.token} ({event.type} of {event.aggregate_id}) {what}"
        )


def _same_command(one: Event, other: Event) -> bool:
    return one.aggregate_id == other.aggregate_id and one.micros == other.micros
