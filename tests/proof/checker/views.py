"""Read models, compared row by row with the checker's fold of the log. JSON is compared as values."""

from __future__ import annotations

import hashlib
import json
import time
import unicodedata
from typing import Any

from .findings import Findings
from .log import Connection

Key = tuple[str, str]
SNAPSHOT_EVERY = 64
# The time limit for read models to reach the end of the log.
CAUGHT_UP_SECONDS = 30.0


def canonical(value: Any) -> str:
    """JSON in canonical form."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


# Letters with a stroke and joined letters, which don't decompose, and apostrophes.
_PLAIN = str.maketrans({
    "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe",
    "\u2018": "'", "\u2019": "'", "\u02bc": "'",
})
# Characters of category Cf that show something, and those of other categories that show nothing.
_SHOWN = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
_HIDDEN = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0} | {
    *range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0000, 0xE1000),
}


def normal(text: str) -> str:
    """A name as a sort key: without case, accents, width and invisible characters."""
    if text.isascii():
        return text.lower()
    folded = _caseless(unicodedata.normalize("NFKD", text))
    plain = unicodedata.normalize("NFKD", folded).translate(_PLAIN)
    return unicodedata.normalize("NFC", "".join(one for one in plain if not _is_dropped(one)))


def looked_up(text: str) -> str:
    """A text as it is looked up: spelled in one way."""
    return unicodedata.normalize("NFC", text)


def email_key(address: str) -> str:
    """An e-mail address as it is looked up: case makes no difference."""
    return looked_up(_caseless(looked_up(address)))


def _caseless(text: str) -> str:
    return text.lower() if text.isascii() else text.upper().casefold()


def _is_dropped(one: str) -> bool:
    place = unicodedata.combining(one)
    accent = place == 1 or 10 <= place <= 36 or 200 <= place <= 240
    hidden = unicodedata.category(one) == "Cf" and ord(one) not in _SHOWN
    return accent or hidden or ord(one) in _HIDDEN


class Rows:
    """The rows of a table, as one hash per customer to save memory."""

    def __init__(self) -> None:
        self._hashes: dict[Key, Any] = {}

    def add(self, key: Key, row: tuple[Any, ...]) -> None:
        """The customer's next row."""
        self._hashes.setdefault(key, hashlib.sha256()).update(repr(row).encode())

    def differing(self, other: Rows) -> list[Key]:
        """The customers whose rows differ."""
        keys = self._hashes.keys() | other._hashes.keys()
        return sorted(key for key in keys if self._digest(key) != other._digest(key))

    def _digest(self, key: Key) -> bytes | None:
        known = self._hashes.get(key)
        return known.digest() if known else None


def _micros(column: str) -> str:
    return f"(extract(epoch from {column}) * 1000000)::bigint"


_MADE = f"{_micros('created_at')}, created_by, {_micros('updated_at')}, updated_by"
# By table: the columns after tenant and customer, and the rest of the sort order.
TABLES = {
    "tenants": (f"version, state::text, {_MADE}", ""),
    "customers": (f"version, state::text, {_MADE}, parent_id::text", ""),
    "customer_list": (
        "status, name, name_key, email, external_id, type, country, currency,"
        f" parent_id::text, billable, {_micros('created_at')}, created_by", "",
    ),
    "customer_list_updates": (f"version, {_micros('updated_at')}, updated_by", ""),
    "customer_snapshots": (f"version, state::text, {_MADE}", ", version"),
    "field_changes": ("version, field, position", ", version, field"),
    "audit_entries": (
        "position, event_type, actor, api_key, request_id, correlation_id, surface", ", position",
    ),
    "integration_links": (
        "version, provider_type, provider_entity_id, entity_type, mapped, position,"
        f" {_micros('recorded_at')}, actor", ", version",
    ),
    "billing_configurations": (
        "billing_config_id::text, provider, provider_customer_id, delivery_method,"
        f" delivery_method_id::text, configuration::text, tax_provider, version,"
        f" {_micros('changed_at')},"
        " to_char(archived_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
        ", billing_config_id",
    ),
}
# The JSON columns.
JSON = {"tenants": 1, "customers": 1, "customer_snapshots": 1, "billing_configurations": 5}


def stored(connection: Connection, table: str) -> Rows:
    """The rows that a table has."""
    columns, order = TABLES[table]
    customer = "''" if table == "tenants" else "customer_id::text"
    rows, json_at = Rows(), JSON.get(table)
    with connection.cursor(name=table) as cursor:
        cursor.itersize = 5_000
        cursor.execute(
            f"select tenant_id::text, {customer}, {columns} from {table}"  # type: ignore[arg-type]
            f" order by 1, 2{order}"
        )
        for tenant, whose, *row in cursor:
            if json_at is not None:
                row[json_at] = canonical(json.loads(row[json_at]))
            rows.add((tenant, whose), tuple(row))
    return rows


def wait_until_caught_up(connection: Connection, findings: Findings) -> None:
    """Waits until every live read model has reached the end of the log."""
    until = time.monotonic() + CAUGHT_UP_SECONDS
    while True:
        behind = connection.execute(
            "select c.projection, c.partition, h.position - c.position"
            "  from checkpoints c join log_heads h using (partition)"
            "  join projections p on p.name = c.projection and p.generation = c.generation"
            " where p.state = 'live' and c.position < h.position"
        ).fetchall()
        if not behind:
            return
        if time.monotonic() >= until:
            for projection, partition, events in behind:
                findings.violation(
                    "I10", f"{projection} is still {events} events behind in partition {partition}"
                )
            return
        time.sleep(0.1)


def compare(
    connection: Connection, made: dict[str, Rows], excused: set[Key], findings: Findings
) -> None:
    """Compares every table with the expected rows, except for excused customers."""
    parked = {
        (projection, tenant, customer)
        for projection, tenant, customer in connection.execute(
            "select s.projection, s.tenant_id::text, s.customer_id::text from parked_streams s"
            "  join projections p on p.name = s.projection and p.generation = s.generation"
            " where p.state = 'live'"
        )
    }
    for projection, tenant, customer in sorted(parked):
        if (tenant, customer) not in excused:
            findings.violation(
                "I13", f"{projection} has parked customer {customer} of tenant {tenant}"
            )
    for table in TABLES:
        for key in stored(connection, table).differing(made.get(table, Rows())):
            if key in excused:
                continue
            whose = f"customer {key[1]} of tenant {key[0]}" if key[1] else f"tenant {key[0]}"
            findings.violation("I10", f"what {table} has of {whose} isn't what its events make")
        findings.count("tables_compared")


def reservations(
    connection: Connection, holders: dict[tuple[str, str, str], str], excused: set[Key],
    findings: Findings,
) -> None:
    """Compares the reservations."""
    kept = {
        (tenant, kind, key): holder
        for tenant, kind, key, holder in connection.execute(
            "select tenant_id::text, kind, key, holder::text from reservations"
        )
    }
    for place in sorted(kept.keys() | holders.keys()):
        now, due = kept.get(place), holders.get(place)
        if now == due or any((place[0], one or "") in excused for one in (now, due)):
            continue
        findings.violation(
            "I15", f"the {place[1]} {place[2]!r} of tenant {place[0]} is reserved for "
            f"{now or 'nobody'}, by the log for {due or 'nobody'}"
        )
