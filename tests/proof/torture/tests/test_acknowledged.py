"""What the check must find, each in a record and a log that are made for it."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path
from typing import Any, cast

from stage import Postgres

from ..acknowledged import Findings, check

# What the service answers to a command that stored event number 1 at position 7.
DONE = {"id": "c", "version": 1, "position": "0.7", "events": [{"version": 1, "position": "0.7"}]}
# Position, version, the request and its line, as the log has it.
STORED = (7, 1, "torture-1", "0")


class Log:
    """A PostgreSQL in which there are just these events."""

    def __init__(self, events: list[tuple[int, int, str, str]]) -> None:
        self.events = events

    def rows(self, _: str) -> list[tuple[int, int, str, str]]:
        """The events."""
        return self.events


def sent(n: int, status: int | None, answer: dict[str, Any] = DONE, key: str = "k") -> list[dict[str, Any]]:
    """A request and its answer; without a status there is none."""
    send = {"tenant": "t", "method": "POST", "path": "/p", "headers": {"Idempotency-Key": key}, "body": "{}"}
    end = {"none": "reset"} if status is None else {"answer": {"status": status, "body": json.dumps(answer)}}
    return [{"n": n, "send": send}, {"n": n, **end}]


def found(events: list[tuple[int, int, str, str]], *requests: list[dict[str, Any]]) -> Findings:
    """What the check says of these requests and this log."""
    with tempfile.NamedTemporaryFile("w") as record:
        record.writelines(json.dumps(line) + "\n" for request in requests for line in request)
        record.flush()
        return check(cast(Postgres, Log(events)), [], {}, Path(record.name))


class Acknowledged(unittest.TestCase):
    """The check."""

    def held(self, findings: Findings, **summary: int) -> None:
        """Nothing is wrong, and so much was counted."""
        self.assertEqual(findings.violations, [])
        self.assertEqual(summary, {name: findings.summary[name] for name in summary})

    def broken(self, findings: Findings, **summary: int) -> None:
        """Something is wrong, and counted so."""
        self.assertNotEqual(findings.violations, [])
        self.assertEqual(summary, {name: findings.summary[name] for name in summary})

    def test_what_was_acknowledged_is_there(self) -> None:
        self.held(found([STORED], sent(1, 200)), acknowledged=1, lost=0)
        self.broken(found([], sent(1, 200)), lost=1)
        self.broken(found([(8, 1, "torture-1", "0")], sent(1, 200)), lost=1)

    def test_nothing_happens_twice(self) -> None:
        again = (8, 2, "torture-2", "0")
        self.broken(found([STORED, again], sent(1, None), sent(2, None)), doubled=1)
        self.broken(found([STORED, again], sent(1, 200), sent(2, None)), doubled=1)

    def test_what_was_refused_did_not_happen(self) -> None:
        self.held(found([], sent(1, 409, {"code": "taken"})), refused=1)
        self.broken(found([STORED], sent(1, 409, {"code": "taken"})), phantom=1)

    def test_every_event_is_of_a_request(self) -> None:
        self.broken(found([STORED, (8, 2, "torture-9", "0")], sent(1, 200)), phantom=1)

    def test_the_same_request_gets_the_same_answer(self) -> None:
        self.held(found([STORED], sent(1, 200), sent(2, 200)), duplicates_compared=1)
        self.broken(found([STORED], sent(1, 200), sent(2, 200, {**DONE, "version": 2})))

    def test_without_an_answer_it_may_have_happened(self) -> None:
        self.held(found([STORED], sent(1, None)), unknown_happened=1)
        self.held(found([], sent(1, 503, {})), unknown_not=1)
