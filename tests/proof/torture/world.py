"""What callers and faults share: the instances, the tenants, the record, and what was found wrong."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from random import Random

from stage import Service, Stage

from .connection import Answer, Connection, Lost
from .disks import Disks
from .orders import Tenant
from .proxy import Proxies
from .record import Record

INSTANCES = 2
# Seconds in which there is an answer in any case: the service waits for PostgreSQL no longer than 12.
PATIENCE = 15.0
# PostgreSQL's settings for the run. Few connections, so that they can be exhausted.
SETTINGS = ["max_connections=60", "min_wal_size=80MB", "max_wal_size=400MB"]


class World:
    """A run."""

    def __init__(
        self, seed: str, stage: Stage, disks: Disks, record: Record, proxies: Proxies
    ) -> None:
        self.seed = seed
        # The faults' own choices.
        self.random = Random(f"{seed}/faults")
        self.stage = stage
        self.disks = disks
        self.record = record
        self.proxies = proxies
        self.services: list[Service] = []
        # Where callers reach the instances: their proxies' ports.
        self.ports: list[int] = []
        self.tenants: list[Tenant] = []
        self.violations: list[str] = []
        self.counts: Counter[str] = Counter()
        # Name and beginning of the fault under way, and when the last one was over.
        self.fault: str | None = None
        self.calm_since = 0.0
        self._open = asyncio.Event()
        self._open.set()
        self._under_way = 0

    def wrong(self, what: str) -> None:
        """Notes a violation, and says it at once."""
        self.violations.append(what)
        if len(self.violations) <= 50:
            print(f"VIOLATION {what}", flush=True)

    async def begins(self, detail: str) -> None:
        """Notes what the fault that is under way is about to do."""
        print(f"    {self.fault}: {detail}", flush=True)
        await self.record.note(fault={"class": self.fault, "detail": detail})

    async def pause(self) -> None:
        """Lets no request begin any more, and waits until none is under way."""
        self._open.clear()
        while self._under_way:
            await asyncio.sleep(0.02)

    def go_on(self) -> None:
        """Lets requests begin again."""
        self._open.set()

    async def send(
        self,
        connections: list[Connection],
        instance: int,
        tenant: Tenant,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: str | None = None,
        *,
        audit: bool = False,
        seconds: float = PATIENCE,
        hang_up: float | None = None,
        probe: bool = False,
    ) -> Answer | None:
        """Sends one request and notes it before and after; nothing when no whole answer came."""
        if not probe:
            await self._open.wait()
        self._under_way += 1
        try:
            n = self.record.number()
            said = {"X-Request-Id": f"torture-{n}", **(headers or {})}
            request = {
                "tenant": tenant.id, "instance": instance, "method": method,
                "path": path, "headers": said, "body": body,
            }
            await self.record.note(n=n, send=request)
            began = time.monotonic()
            key = tenant.audit_key if audit else tenant.key
            said = {**said, "Authorization": f"Bearer {key}"}
            try:
                answer = await connections[instance].send(method, path, said, body, seconds, hang_up)
            except Lost as lost:
                self.counts[f"none: {lost}"] += 1
                await self.record.note(n=n, none=str(lost))
                if str(lost) in ("refused", "reset") or (str(lost) == "timeout" and seconds >= PATIENCE):
                    self._judge_silence(n, began, method, path, str(lost))
                return None
            came = {"status": answer.status, "headers": answer.headers, "body": answer.body}
            await self.record.note(n=n, answer=came)
            self.counts[str(answer.status)] += 1
            self._judge(n, began, method, path, answer)
            return answer
        finally:
            self._under_way -= 1

    def unanswered(self) -> int:
        """How many requests got no answer, or 503; not those whose caller hung up."""
        counts = self.counts
        return sum(counts[how] for how in ("503", "none: refused", "none: reset", "none: timeout"))

    def _calm(self, began: float) -> bool:
        return self.fault is None and began > self.calm_since

    def _judge_silence(self, n: int, began: float, method: str, path: str, how: str) -> None:
        if self._calm(began):
            self.wrong(f"I24: no answer without a fault: request {n}, {method} {path}: {how}")

    def _judge(self, n: int, began: float, method: str, path: str, answer: Answer) -> None:
        bulk = answer.headers.get("content-type") == "application/x-ndjson"
        statuses = [answer.status] if not bulk else line_statuses(answer.body)
        for status in statuses:
            if status < 500 and status != 429:
                continue
            what = f"request {n}, {method} {path}: {status} {answer.code}".rstrip()
            if status not in (429, 503, 504):
                self.wrong(f"I24: {what}")
            elif not bulk and "retry-after" not in answer.headers:
                self.wrong(f"I24: no Retry-After: {what}")
            elif self._calm(began) and status != 429 and answer.code != "not_yet":
                # A list that is behind says so at any time: how far is watched elsewhere.
                self.wrong(f"I24: without a fault: {what}")

    async def start(self, instance: int, **settings: str) -> None:
        """Starts an instance that isn't running, with these settings, and leads callers to it."""
        service = self.services[instance]
        await asyncio.wait_for(asyncio.to_thread(service.start, **settings), 60)
        await self.proxies.set(f"clients-{instance}", target=service.port)

    async def sql(self, *statements: str) -> None:
        """Runs statements as the superuser."""
        await asyncio.to_thread(self.stage.postgres.sql, *statements)

    async def rows(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        """The rows of a query, as the superuser."""
        return await asyncio.to_thread(self.stage.postgres.rows, query, *parameters)


def line_statuses(body: str) -> list[int]:
    """The statuses in a bulk answer; each line begins with its number and its status."""
    return [int(line.split('"status":', 1)[1][:3]) for line in body.splitlines()]
