"""The stored log and its checks: positions, streams, times, chain.

The hash is computed here from what docs/adr/0003-json-and-the-hash.md says.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from .findings import Findings

Connection = psycopg.Connection[Any]


@dataclass(slots=True)
class Event:
    """A stored event."""

    partition: int
    position: int
    tenant: str
    aggregate_type: str
    aggregate_id: str
    version: int
    type: str
    event_version: str
    payload: str
    metadata: str
    micros: int
    hash: bytes

    @property
    def customer(self) -> str | None:
        """Its customer; none for events of the tenant."""
        return self.aggregate_id.partition("/")[2] or None

    @property
    def token(self) -> str:
        """Its position, as in answers."""
        return f"{self.partition}.{self.position}"

    @property
    def data(self) -> Any:
        """The payload without the type."""
        return json.loads(self.payload).get("data")

    def context(self) -> dict[str, str]:
        """Its metadata: actor, reason and origin."""
        return dict(json.loads(self.metadata))

    def hash_after(self, previous: bytes) -> bytes:
        """The chain's hash at this event."""
        digest = hashlib.sha256(previous)
        for part in (
            self.partition.to_bytes(2, "big"),
            self.position.to_bytes(8, "big"),
            uuid.UUID(self.tenant).bytes,
            self.aggregate_type.encode(),
            self.aggregate_id.encode(),
            self.version.to_bytes(8, "big"),
            self.type.encode(),
            self.event_version.encode(),
            self.payload.encode(),
            self.metadata.encode(),
            self.micros.to_bytes(8, "big", signed=True),
        ):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return digest.digest()


def events(connection: Connection) -> Iterator[Event]:
    """All events by partition and position."""
    with connection.cursor(name="events") as cursor:
        cursor.itersize = 5_000
        cursor.execute(
            "select partition, position, tenant_id::text, aggregate_type, aggregate_id, sequence,"
            " event_type, event_version, payload::text, metadata::text,"
            " (extract(epoch from recorded_at) * 1000000)::bigint, hash"
            " from events order by partition, position"
        )
        for row in cursor:
            yield Event(*row)


class Log:
    """The log so far, event by event in order."""

    def __init__(self, connection: Connection, findings: Findings) -> None:
        self._findings = findings
        self._heads: dict[int, tuple[int, bytes, int]] = {
            partition: (position, hash, micros)
            for partition, position, hash, micros in connection.execute(
                "select partition, position, hash,"
                " (extract(epoch from recorded_at) * 1000000)::bigint from log_heads"
            )
        }
        self._imported: list[tuple[int, int, int]] = connection.execute(
            "select partition, first_position, last_position from imports"
        ).fetchall()
        self._last: dict[int, Event] = {}
        self._versions: dict[tuple[str, str], int] = {}
        self._partitions: dict[str, int] = {}
        self.at: dict[tuple[int, int], Event] = {}

    def see(self, event: Event) -> None:
        """Checks the next event against those before it."""
        last = self._last.get(event.partition)
        self._last[event.partition] = event
        self.at[event.partition, event.position] = event
        self._in_place(event, last)
        self._in_time(event, last)
        stream = (event.aggregate_type, event.aggregate_id)
        due = self._versions.get(stream, 0) + 1
        if event.version != due:
            self._say("I3", event, f"is version {event.version} of its stream, {due} is due")
        self._versions[stream] = max(event.version, due)
        if not event.aggregate_id.startswith(event.tenant):
            self._say("I3", event, f"is of tenant {event.tenant}, its stream of another")
        lives_in = self._partitions.setdefault(event.tenant, event.partition)
        if lives_in != event.partition:
            self._say("I3", event, f"is of a tenant that lives in partition {lives_in}")

    def _in_place(self, event: Event, last: Event | None) -> None:
        due = 1 if last is None else last.position + 1
        if event.position != due:
            self._say("I4", event, f"follows position {due - 1}: there is a gap")
        previous = bytes(32) if last is None else last.hash
        if event.hash_after(previous) != event.hash:
            self._say("I19", event, "has another hash than it and the hash before it give")

    def _in_time(self, event: Event, last: Event | None) -> None:
        if last is None or self._is_imported(event) or self._is_imported(last):
            return
        if event.micros < last.micros:
            self._say("I6", event, f"was recorded {last.micros - event.micros} µs before the one before it")
        elif event.micros == last.micros and event.aggregate_id != last.aggregate_id:
            self._say("I6", event, "has the same time as that of another command before it")

    def _is_imported(self, event: Event) -> bool:
        return any(
            partition == event.partition and first <= event.position <= last
            for partition, first, last in self._imported
        )

    def end(self) -> None:
        """Checks the heads against the last events."""
        for partition, (position, hash, micros) in sorted(self._heads.items()):
            last = self._last.get(partition)
            if position != (last.position if last else 0):
                self._findings.violation(
                    "I4", f"the head of partition {partition} is at {position}, "
                    f"the last event at {last.position if last else 0}"
                )
            elif last and (hash != last.hash or micros < last.micros):
                self._findings.violation(
                    "I19", f"the head of partition {partition} isn't that of its last event"
                )
        self._findings.summary["events"] = len(self.at)

    def heads(self) -> dict[int, tuple[int, str]]:
        """The end of each partition: position and hash."""
        return {p: (e.position, e.hash.hex()) for p, e in self._last.items()}

    def _say(self, invariant: str, event: Event, what: str) -> None:
        self._findings.violation(
            invariant, f"the event at {event.token} ({event.type} of {event.aggregate_id}) {what}"
        )
