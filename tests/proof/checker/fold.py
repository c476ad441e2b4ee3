"""The fold of events into customers and tenants.

States are JSON as the service shows it: what is empty isn't there.
"""

from __future__ import annotations

from copy import copy
from typing import Any

State = dict[str, Any]

# Parts of a patch that are patches themselves.
NESTED = ("address", "shipping")
FORMER_EXTERNAL_IDS_KEPT = 100
ARCHIVED_KEPT = 100


class Unreadable(Exception):
    """An unknown event."""


def patched(record: State, patch: State) -> State:
    """A record after a patch: absent members stay, null clears, a value is set."""
    record = dict(record)
    for name, value in patch.items():
        if value is not None and name in NESTED:
            value = patched(record.get(name, {}), value)
        _put(record, name, value)
    return record


def _put(state: State, name: str, value: Any) -> None:
    """Sets a member; removes it if it is empty."""
    if value is None or value == {} or value == []:
        state.pop(name, None)
    else:
        state[name] = value


def _after(known: dict[str, Any], before: State, name: str, data: State) -> State:
    apply = known.get(name)
    if apply is None:
        raise Unreadable(name)
    # Values are replaced, never changed, so the previous state stays intact.
    state = copy(before)
    apply(state, data)
    return state


def customer(before: State, name: str, data: State) -> State:
    """The customer after an event."""
    return _after(CUSTOMER, before, name, data)


def _registered(state: State, data: State) -> None:
    state.clear()
    state["status"] = "active"
    for name, value in data.items():
        _put(state, name, value)


def _patch(part: str) -> Any:
    def apply(state: State, data: State) -> None:
        _put(state, part, patched(state.get(part, {}), data))

    return apply


def _all(name: str, member: str | None = None) -> Any:
    def apply(state: State, data: State) -> None:
        _put(state, name, data[member or name])

    return apply


def _external_id(state: State, data: State) -> None:
    new, former = data["external_id"], state.get("external_id")
    kept = [one for one in state.get("former_external_ids", []) if one not in (new, former)]
    if former is not None:
        # A repeated value isn't filtered out: events have no such values.
        kept.append(former)
    _put(state, "external_id", new)
    _put(state, "former_external_ids", kept[-FORMER_EXTERNAL_IDS_KEPT:])


def _custom_fields_set(state: State, data: State) -> None:
    _put(state, "custom_fields", state.get("custom_fields", {}) | data["fields"])
    unique = set(state.get("unique_custom_fields", [])) - set(data["fields"]) | set(data["unique"])
    _put(state, "unique_custom_fields", sorted(unique))


def _custom_fields_deleted(state: State, data: State) -> None:
    gone = set(data["keys"])
    fields = state.get("custom_fields", {})
    _put(state, "custom_fields", {key: fields[key] for key in fields if key not in gone})
    unique = state.get("unique_custom_fields", [])
    _put(state, "unique_custom_fields", [key for key in unique if key not in gone])


def _added(name: str) -> Any:
    def apply(state: State, data: State) -> None:
        others = [one for one in state.get(name, []) if one["id"] != data["id"]]
        _put(state, name, [*others, data])

    return apply


def _archived(name: str) -> Any:
    def apply(state: State, data: State) -> None:
        known = state.get(name, [])
        found = [one | {"archived_at": data["archived_at"]} for one in known if one["id"] == data["id"]]
        now = [one for one in known if one["id"] != data["id"]] + found
        archived = [one for one in now if "archived_at" in one]
        if len(archived) > ARCHIVED_KEPT:
            now = [one for one in now if one is not archived[0]]
        _put(state, name, now)

    return apply


def _same_link(one: State, other: State) -> bool:
    return all(one[name] == other[name] for name in ("provider_type", "provider_entity_id"))


def _mapped(state: State, data: State) -> None:
    known = state.get("integrations", [])
    now = [data if _same_link(one, data) else one for one in known]
    _put(state, "integrations", now if data in now else [*now, data])


def _unmapped(state: State, data: State) -> None:
    known = state.get("integrations", [])
    _put(state, "integrations", [one for one in known if not _same_link(one, data)])


def _payment(state: State, **changes: Any) -> None:
    payment = {"auto_pay": False} | state.get("payment", {})
    for name, value in changes.items():
        _put(payment, name, value)
    _put(state, "payment", {} if payment == {"auto_pay": False} else payment)


def _profiles(state: State) -> list[State]:
    return list(state.get("payment", {}).get("profiles", []))


def _profile_updated(state: State, data: State) -> None:
    changed = [
        patched(one, data) if one["id"] == data["id"] else one for one in _profiles(state)
    ]
    _payment(state, profiles=changed)


def _profile_detached(state: State, data: State) -> None:
    _payment(state, profiles=[one for one in _profiles(state) if one["id"] != data["id"]])


CUSTOMER = {
    "CustomerRegistered": _registered,
    "ProfileUpdated": _patch("profile"),
    "ExternalIdChanged": _external_id,
    "AliasesSet": _all("aliases"),
    "MetadataReplaced": _all("metadata"),
    "CustomFieldsSet": _custom_fields_set,
    "CustomFieldsDeleted": _custom_fields_deleted,
    "ConfigUpdated": _patch("config"),
    "BillingConfigAdded": _added("billing_configs"),
    "BillingConfigArchived": _archived("billing_configs"),
    "RevenueConfigAdded": _added("revenue_configs"),
    "RevenueConfigArchived": _archived("revenue_configs"),
    "IntegrationMapped": _mapped,
    "IntegrationUnmapped": _unmapped,
    "InvoiceDeliveryUpdated": _patch("invoice_delivery"),
    "PaymentProfileAttached": lambda state, data: _payment(
        state, profiles=[*_profiles(state), data]
    ),
    "PaymentProfileUpdated": _profile_updated,
    "PaymentProfileDetached": _profile_detached,
    "DefaultPaymentProfileSet": lambda state, data: _payment(
        state,
        default_payment_profile_id=data["payment_profile_id"],
        auto_pay=data["auto_pay"],
    ),
    "TaxSettingsSet": _patch("tax"),
    "RollupBillingSet": _patch("rollup"),
    "ParentSet": _all("parent_customer_id"),
    "BillableStatusSet": _all("billable_status"),
    "CustomerArchived": lambda state, data: state.update(status="archived"),
    "CustomerRestored": lambda state, data: state.update(status="active"),
}


def tenant(before: State, name: str, data: State) -> State:
    """The tenant after an event."""
    return _after(TENANT, before, name, data)


def _created(state: State, data: State) -> None:
    state.update(status="active", name=data["name"])


def _key_added(state: State, data: State) -> None:
    known = state.get("custom_field_keys", [])
    now = [data if one["key"] == data["key"] else one for one in known]
    _put(state, "custom_field_keys", now if data in now else [*now, data])


def _key_removed(state: State, data: State) -> None:
    known = state.get("custom_field_keys", [])
    now = [one | {"removed": True} if one["key"] == data["key"] else one for one in known]
    _put(state, "custom_field_keys", now)


TENANT = {
    "TenantCreated": _created,
    "TenantRenamed": _all("name"),
    "TenantSettingsUpdated": _patch("settings"),
    "DeliveryMethodAdded": _added("delivery_methods"),
    "DeliveryMethodArchived": _archived("delivery_methods"),
    "CustomFieldKeyAdded": _key_added,
    "CustomFieldKeyRemoved": _key_removed,
    "ApiKeyCreated": lambda _state, _data: None,
    "ApiKeyRevoked": lambda _state, _data: None,
    "TenantImported": lambda _state, _data: None,
}
