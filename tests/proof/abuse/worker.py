"""A process that sends inputs and judges their answers."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from stage import Names, NoAnswer, Reply, Route, Wire
from . import framing
from .inputs import Input, Mixer
from .judge import Judge, events_told

FAILURES_MAX = 12


@dataclass
class Tenant:
    """Who sends: a tenant, its keys, and what it has."""

    identity: str
    key: str
    operator: str
    names: Names


@dataclass
class Outcome:
    """What a worker has seen."""

    sent: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    # Requests by their ids: those answered with success and how many events they told of, where they
    # did; and those of which nobody knows.
    acknowledged: dict[str, list[int | None]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    # What sentinels must have left in the log.
    sentinels: dict[str, str] = field(default_factory=dict)
    failures: list[tuple[str, Input]] = field(default_factory=list)


class Sender:
    """Sends inputs for one tenant, over one connection and many short ones."""

    def __init__(self, port: int, tenant: Tenant, judge: Judge) -> None:
        self._port = port
        self._tenant = tenant
        self._judge = judge
        self._wire = Wire(port, timeout=35.0)
        self.outcome = Outcome()
        self.last_status = 0

    def failure(self, sent: Input) -> str:
        """Sends an input; what is wrong with the answer, or nothing."""
        told = sent.request.header("x-request-id")
        try:
            if sent.raw is not None:
                return self._raw(sent, told)
            reply = self._exchange(self._with_keys(sent.request.bytes), told)
        except NoAnswer as why:
            self.outcome.unknown.add(told)
            return f"no answer: {why}"
        self._note(sent.route, reply)
        self.outcome.reached[sent.route.name if sent.route else "?"] += 1
        wrong = self._judge.wrong(sent.route, sent.request.target, reply)
        self.last_status = reply.status
        if wrong or sent.kind != "sentinel":
            return wrong
        if reply.status != 200:
            return f"a good command got a {reply.status}"
        self.outcome.sentinels[reply.header("x-request-id")] = sent.name
        return ""

    def _exchange(self, sent: bytes, told: str) -> Reply:
        begun = time.perf_counter()
        try:
            return self._wire.exchange(sent)
        except NoAnswer as why:
            # A connection that was kept may have been closed meanwhile.
            if str(why) != "closed" or time.perf_counter() - begun > 1:
                raise
        self.outcome.unknown.add(told)
        return self._wire.exchange(sent)

    def _raw(self, sent: Input, told: str) -> str:
        assert sent.raw is not None
        replies, whole = framing.exchange(self._port, self._with_keys(sent.raw))
        # Nobody knows how much of it was read before the connection ended.
        self.outcome.unknown.add(told)
        for reply in replies:
            self._note(None, reply)
            wrong = self._judge.wrong(None, "", reply)
            if wrong:
                return wrong
        return "" if whole else "an answer that breaks off"

    def _with_keys(self, sent: bytes) -> bytes:
        keys = (b"{key}", self._tenant.key.encode()), (b"{operator}", self._tenant.operator.encode())
        for place, key in keys:
            sent = sent.replace(place, key)
        return sent

    def _note(self, route: Route | None, reply: Reply) -> None:
        self.outcome.statuses[reply.status] += 1
        self.outcome.slowest = max(self.outcome.slowest, reply.seconds)
        if reply.status < 300:
            told = self.outcome.acknowledged.setdefault(reply.header("x-request-id"), [])
            told.append(events_told(route, reply))


def run(
    port: int, tenant: Tenant, routes: list[Route], seed: str, count: int, until: float
) -> Outcome:
    """Sends `count` inputs, or as many as there is time for."""
    sender = Sender(port, tenant, Judge(routes))
    outcome = sender.outcome
    mixer = Mixer(Random(seed), routes, tenant.names, seed.replace(" ", "-"))
    for number, sent in enumerate(mixer.inputs()):
        if number >= count or time.time() > until or len(outcome.failures) >= FAILURES_MAX:
            break
        outcome.sent[sent.kind] += 1
        try:
            wrong = sender.failure(sent)
        except OSError as error:
            wrong = f"no connection: {error}"
        if wrong:
            outcome.failures.append((wrong, sent))
        elif sent.kind == "restore" and sender.last_status == 409:
            # Another has its names now, so it stays archived.
            wrong = sender.failure(another := mixer.another_customer())
            if wrong:
                outcome.failures.append((wrong, another))
    return outcome
