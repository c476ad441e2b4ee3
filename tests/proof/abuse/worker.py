"""A process that sends inputs and checks the answers."""

from __future__ import annotations

import time
import zlib
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from stage import Names, NoAnswer, Reply, Route, Wire
from strangers.table import needed
from . import framing
from .inputs import Input, Mixer
from .judge import Judge, events_of

FAILURES_MAX = 12


@dataclass
class Tenant:
    """The sender: a tenant, its keys, and its data."""

    identity: str
    key: str
    # A write-only key.
    writer: str
    operator: str
    names: Names
    # Part of every value of its customers.
    canary: str


@dataclass
class Outcome:
    """The results of a worker."""

    sent: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    # Requests by their ids: those answered with success and how many events their answers have, if
    # known; and those without a known outcome.
    acknowledged: dict[str, list[int | None]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    # The expected events of sentinels.
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
        request_id = sent.request.header("x-request-id")
        try:
            if sent.raw is not None:
                return self._raw(sent, request_id)
            reply = self._exchange(self._with_keys(sent.request.bytes, self._writes(sent)), request_id)
        except NoAnswer as why:
            self.outcome.unknown.add(request_id)
            return f"no answer: {why}"
        self._note(sent.route, reply)
        self.outcome.reached[sent.route.name if sent.route else "?"] += 1
        wrong = self._judge.wrong(sent.route, sent.request.target, reply)
        canary = self._tenant.canary.encode()
        if self._writes(sent) and canary in reply.head + reply.body and canary not in sent.request.bytes:
            wrong = wrong or "a value that a key that only writes must not see"
        self.last_status = reply.status
        if wrong or sent.kind != "sentinel":
            return wrong
        if reply.status != 200:
            return f"a good command got a {reply.status}"
        self.outcome.sentinels[reply.header("x-request-id")] = sent.name
        return ""

    def _exchange(self, sent: bytes, request_id: str) -> Reply:
        begun = time.perf_counter()
        try:
            return self._wire.exchange(sent)
        except NoAnswer as why:
            # An idle connection may have been closed.
            if str(why) != "closed" or time.perf_counter() - begun > 1:
                raise
        self.outcome.unknown.add(request_id)
        return self._wire.exchange(sent)

    def _raw(self, sent: Input, request_id: str) -> str:
        assert sent.raw is not None
        replies, whole = framing.exchange(self._port, self._with_keys(sent.raw))
        # It is unknown how much was read before the connection ended.
        self.outcome.unknown.add(request_id)
        for reply in replies:
            self._note(None, reply)
            wrong = self._judge.wrong(None, "", reply)
            if wrong:
                return wrong
        return "" if whole else "an answer that breaks off"

    def _writes(self, sent: Input) -> bool:
        """Whether an input is sent with the write-only key: half of those to write routes."""
        if sent.route is None or sent.kind == "sentinel" or "write" not in needed(sent.route.name):
            return False
        return zlib.crc32(sent.request.bytes) % 2 == 0

    def _with_keys(self, sent: bytes, writes: bool = False) -> bytes:
        key = self._tenant.writer if writes else self._tenant.key
        keys = (b"{key}", key.encode()), (b"{operator}", self._tenant.operator.encode())
        for place, key in keys:
            sent = sent.replace(place, key)
        return sent

    def _note(self, route: Route | None, reply: Reply) -> None:
        self.outcome.statuses[reply.status] += 1
        self.outcome.slowest = max(self.outcome.slowest, reply.seconds)
        if reply.status < 300:
            counts = self.outcome.acknowledged.setdefault(reply.header("x-request-id"), [])
            counts.append(events_of(route, reply))


def run(
    port: int, tenant: Tenant, routes: list[Route], seed: str, count: int, until: float
) -> Outcome:
    """Sends `count` inputs, or as many as fit into the time."""
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
            # Another customer has its names now, so it stays archived.
            wrong = sender.failure(another := mixer.another_customer())
            if wrong:
                outcome.failures.append((wrong, another))
    return outcome
