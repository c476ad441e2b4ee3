"""The fields that differ between two states of a customer, as in the history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

State = dict[str, Any]
UNREGISTERED: State = {"status": "unregistered"}


def changed(before: State, after: State) -> list[str]:
    """The JSON pointers of what differs, in order. Configurations, integrations and payment profiles
    go by what identifies them; any other list is one field."""
    return sorted(_differing("", _named(before), _named(after)))


def with_objects(fields: list[str]) -> list[str]:
    """The fields, and the objects that they are in, in order."""
    objects = {name[:at] for name in fields for at in range(1, len(name)) if name[at] == "/"}
    return sorted(objects | set(fields))


def _named(state: State) -> State:
    named = dict(state)
    for name in ("billing_configs", "revenue_configs"):
        if name in named:
            named[name] = {one["id"]: one for one in named[name]}
    if "integrations" in named:
        named["integrations"] = {_link(one): one for one in named["integrations"]}
    if "profiles" in named.get("payment", {}):
        profiles = {one["id"]: one for one in named["payment"]["profiles"]}
        named["payment"] = named["payment"] | {"profiles": profiles}
    return named


def _link(integration: State) -> str:
    kind = integration["provider_type"].replace("\\", "\\\\").replace(":", "\\:")
    return f"{kind}:{integration['provider_entity_id']}"


def _differing(at: str, before: Any, after: Any) -> Iterator[str]:
    """An object without members is a leaf, like any value that isn't an object."""
    if before == after and type(before) is type(after):
        return
    old, old_members = _leaf_or_members(before)
    new, new_members = _leaf_or_members(after)
    if old != new or type(old) is not type(new):
        yield at
    for name in old_members.keys() | new_members.keys():
        escaped = name.replace("~", "~0").replace("/", "~1")
        yield from _differing(
            f"{at}/{escaped}", old_members.get(name, ABSENT), new_members.get(name, ABSENT)
        )


class _Absent:
    """Absent, which differs from null."""


ABSENT = _Absent()


def _leaf_or_members(value: Any) -> tuple[Any, State]:
    return (ABSENT, value) if isinstance(value, dict) and value else (value, {})
