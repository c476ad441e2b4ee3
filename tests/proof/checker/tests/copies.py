"""A small real run, and copies of its database and record to be falsified."""

from __future__ import annotations

import atexit
import json
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import psycopg

from checker import Findings, check_database, sample
from checker.log import Connection, Event, events
from checker.recorder import Recorder
from stage import Client, Stage

Line = dict[str, Any]


class Copy:
    """A copy, with disabled triggers."""

    def __init__(self, stage: Stage, name: str, record: list[Line], keys: dict[str, str]) -> None:
        self.url = f"postgres://postgres@127.0.0.1:{stage.postgres.port}/{name}"
        self.record, self._path = record, stage.directory / f"{name}.record"
        self.services: list[Callable[[str], Client]] = []
        self.keys = keys
        self.connection: Connection = psycopg.connect(self.url, autocommit=True)
        self.sql("alter table events disable trigger user")

    def sql(self, statement: str, *parameters: object) -> None:
        """Changes something behind the service's back."""
        self.connection.execute(statement, parameters or None)  # type: ignore[call-overload]

    def events(self) -> list[Event]:
        """The current events."""
        with psycopg.connect(self.url) as connection:
            return list(events(connection))

    def append(self, event: Event) -> None:
        """Appends an event to its partition, with correct hashes."""
        last = [one for one in self.events() if one.partition == event.partition][-1]
        event.position = last.position + 1
        event.micros = max(event.micros, last.micros + 1)
        event.hash = event.hash_after(last.hash)
        self.sql(
            "insert into events values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
            " 'epoch'::timestamptz + %s * interval '1 microsecond', %s)",
            event.aggregate_type, event.aggregate_id, event.version, event.type, event.event_version,
            event.payload, event.metadata, event.partition, event.position, event.tenant,
            event.micros, event.hash,
        )
        self.sql(
            "update log_heads set position = %s, hash = %s,"
            " recorded_at = 'epoch'::timestamptz + %s * interval '1 microsecond' where partition = %s",
            event.position, event.hash, event.micros, event.partition,
        )
        self.sql("update checkpoints set position = %s where partition = %s", event.position, event.partition)

    def check(self, *, verify: bool = False) -> Findings:
        """The checker's findings in the copy."""
        self._path.write_text("".join(json.dumps(line) + "\n" for line in self.record))
        return check_database(self.url, self.services, self.keys, self._path, verify=verify)


@dataclass(frozen=True)
class Run:
    """The run that all tests share."""

    stage: Stage
    keys: dict[str, str]
    lines: list[Line]
    # Each tenant's customers.
    ids: dict[str, list[str]]


@cache
def run() -> Run:
    """Plays it, and checks that nothing is found."""
    stage = Stage().__enter__()
    atexit.register(stage.__exit__)
    tenants = [stage.tenant("one"), stage.tenant("two")]
    keys = {one: stage.key(one, "read,write,admin,audit") for one in tenants}
    recorder = Recorder(stage.directory / "record", 7, tenants)
    service = stage.service()
    ids = {}
    for tenant in tenants:
        client = service.client(keys[tenant])
        send = partial(recorder.send, client, tenant)
        sample.tenant(send)
        ids[tenant] = sample.customers(send, 7, 3)
        send("POST", f"/v1/customers/{ids[tenant][0]}/commands/archive-customer", {})
        client.close()
    recorder.close()
    found = check_database(stage.postgres.url(), [service.client], keys, recorder.path)
    assert found.violations == [], found.violations
    service.stop()
    lines = [json.loads(line) for line in recorder.path.read_text().splitlines()]
    return Run(stage, keys, lines, ids)


class OfCopies(unittest.TestCase):
    """Tests that falsify their own copy."""

    def setUp(self) -> None:
        """The run, and its tenants in their order."""
        self.run_once = run()
        self.stage, self.ids = self.run_once.stage, self.run_once.ids
        self.tenants = list(self.ids)

    def copy(self) -> Copy:
        """A copy for a test."""
        name = self._testMethodName[:60]
        self.stage.postgres.sql(f"create database {name} template postgres")
        lines = json.loads(json.dumps(self.run_once.lines))
        copy = Copy(self.stage, name, lines, self.run_once.keys)
        self.addCleanup(copy.connection.close)
        return copy

    def expect(self, invariant: str, copy: Copy, says: str = "") -> None:
        """Requires that the checker reports this invariant with this text."""
        violations = copy.check().violations
        named = [one for one in violations if one.startswith(f"{invariant}: ")]
        self.assertTrue(any(says in one for one in named), violations)

    def event(self, copy: Copy, fits: Callable[[Event], bool]) -> Event:
        """The last matching event."""
        return [event for event in copy.events() if fits(event)][-1]

    def next(self, copy: Copy, customer: str, name: str, data: Line) -> Event:
        """A possible next event of a customer."""
        event = self.event(copy, lambda one: one.customer == customer)
        event.version += 1
        event.type, event.payload = name, json.dumps({"type": name, "data": data})
        return event
