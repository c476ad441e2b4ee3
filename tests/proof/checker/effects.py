"""The effect of each command: its answer matches the log, and it was executed once or not at all."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from .findings import Findings
from .folding import instant
from .log import Event, Log
from .record import Record, Request

# Tenant, request and line, as in an event's metadata.
Source = tuple[str, str, str | None]


class Effects:
    """The events of each request."""

    def __init__(self, record: Record, log: Log, findings: Findings) -> None:
        self._record, self._log, self._findings = record, log, findings
        self._events: defaultdict[Source, list[Event]] = defaultdict(list)

    def see(self, event: Event, context: dict[str, str]) -> None:
        """Files the next event under its request, and checks its metadata."""
        if context.get("surface") == "command line":
            return
        if "request_id" not in context and self._record.is_poison(event.token, event.customer):
            return
        for name in ("api_key", "request_id", "surface", "command"):
            if not context.get(name):
                self._say("I22", event, f"doesn't say its {name}")
        source = (event.tenant, context.get("request_id", ""), context.get("line"))
        self._events[source].append(event)

    def check(self) -> None:
        """Compares all commands with their events."""
        operations: defaultdict[Any, list[Request]] = defaultdict(list)
        for request in self._record.commands:
            name: Any = (request.n, request.line)
            if request.key is not None:
                name = (request.tenant, request.key, request.fingerprint)
            operations[name].append(request)
        claimed: set[Source] = set()
        for attempts in operations.values():
            claimed |= self._operation(attempts)
        self._phantoms(claimed)

    def _operation(self, attempts: list[Request]) -> set[Source]:
        """Checks one command and all its attempts; returns the sources that it accounts for."""
        sources = {source for source in map(_source, attempts) if source is not None}
        events = [event for source in sorted(sources, key=str) for event in self._events[source]]
        first = attempts[0]
        acknowledged = [attempt for attempt in attempts if attempt.is_ok]
        for attempt in attempts:
            self._refused(attempt, attempts)
            self._check_actor(attempt)
        if first.is_dry_run:
            if events:
                self._twice("I2", first, events, "only asked what would happen, and left events")
        elif acknowledged:
            self._findings.count("acknowledged")
            if first.is_native:
                self._acknowledged(acknowledged[0], events)
        elif any(attempt.is_refused for attempt in attempts):
            self._findings.count("refused")
        else:
            self._findings.count("unknown_happened" if events else "unknown_not")
        if first.is_native:
            self._once(first, events)
        return sources

    def _refused(self, attempt: Request, attempts: Iterable[Request]) -> None:
        """A refused command has no events, unless another attempt with the same id was executed."""
        source = _source(attempt)
        same = [one for one in attempts if _source(one) == source]
        if source is None or not all(one.is_refused for one in same):
            return
        if events := self._events[source]:
            self._twice("I2", attempt, events, f"was refused ({attempt.status}) and left events")

    def _check_actor(self, attempt: Request) -> None:
        """Events have the actor of their request."""
        actor, source = attempt.headers.get("x-actor"), _source(attempt)
        for event in self._events[source] if source and actor else ():
            if event.context().get("actor") != actor:
                self._say("I22", event, f"doesn't say the actor of {attempt.name}")

    def _acknowledged(self, request: Request, events: list[Event]) -> None:
        """Each event of the answer is in the log as answered, and no other."""
        answer = request.json()
        if not isinstance(answer, dict) or "events" not in answer:
            self._findings.violation("I1", f"{request.name} was answered without events")
            return
        lost = 0
        for answered in answer["events"]:
            partition, position = map(int, answered["position"].split("."))
            event = self._log.at.get((partition, position))
            if event is None or event not in events:
                lost += 1
                self._findings.violation(
                    "I1", f"{request.name} was answered an event at {answered['position']} that "
                    + ("isn't in the log" if event is None else "is another's")
                )
            elif not _is_as_answered(event, answered, answer["id"]):
                self._say("I1", event, f"isn't what {request.name} was answered")
        if lost:
            self._findings.count("lost")
        if len(events) > len(answer["events"]) - lost:
            count = len(answer["events"])
            self._twice("I1", request, events, f"was answered {count} events and has {len(events)}")
        self._headers(request, answer)

    def _headers(self, request: Request, answer: dict[str, Any]) -> None:
        last = answer["events"][-1:]
        wrong = [
            name for name, header, due in (
                ("version", "etag", f'"{answer["version"]}"'),
                ("position", "dossier-position", answer["position"]),
            )
            if request.line is None and request.answered.get(header) != due
            or last and last[0][name] != answer[name]
        ]
        if wrong:
            what = " and ".join(wrong)
            self._findings.violation("I1", f"the answer to {request.name} tells more than one {what}")

    def _once(self, request: Request, events: list[Event]) -> None:
        """One command's events have one time and consecutive positions."""
        moments = Counter((event.aggregate_id, event.micros) for event in events)
        if len(moments) > 1:
            self._findings.count("doubled")
            self._twice("I2", request, events, f"happened {len(moments)} times")
        elif events and events[-1].position - events[0].position != len(events) - 1:
            self._twice("I3", request, events, "has events that aren't next to each other")

    def _phantoms(self, claimed: set[Source]) -> None:
        """Events that no recorded request accounts for. A request without a known id may have some."""
        unknown = Counter(
            request.tenant for request in self._record.requests
            if request.method != "GET" and request.request_id is None
        )
        for source, events in self._events.items():
            if source in claimed or not events:
                continue
            if unknown[source[0]]:
                unknown[source[0]] -= 1
                continue
            self._findings.count("phantom", len(events))
            self._say("I2", events[0], f"is of request {source[1]!r}, which isn't recorded")

    def _twice(self, invariant: str, request: Request, events: list[Event], what: str) -> None:
        places = ", ".join(event.token for event in events[:8])
        self._findings.violation(
            invariant, f"{request.name} ({request.method} {request.path}) {what}: {places}"
        )

    def _say(self, invariant: str, event: Event, what: str) -> None:
        self._findings.violation(
            invariant, f"the event at {event.token} ({event.type} of {event.aggregate_id}) {what}"
        )


def _source(request: Request) -> Source | None:
    if request.request_id is None:
        return None
    line = None if request.line is None else str(request.line)
    return (request.tenant, request.request_id, line)


def _is_as_answered(event: Event, answered: dict[str, Any], whose: str) -> bool:
    return (
        answered["version"] == event.version
        and answered["event"] == json.loads(event.payload)
        and answered["recorded_at"] == instant(event.micros)
        and whose in (event.customer, event.tenant)
    )
