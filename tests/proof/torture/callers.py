"""Who calls: writers who send again what they don't know of, readers, and followers who remember."""

from __future__ import annotations

import asyncio
import hashlib
import json
from random import Random
from urllib.parse import quote

from .connection import Answer, Connection
from .orders import EXTERNAL_IDS, Order, Orders, Tenant
from .world import INSTANCES, PATIENCE, World

# Until a writer gives up a command of which it doesn't know whether it happened.
TRIES_MAX = 40
# Earlier orders that a writer may send again.
REMEMBERED_MAX = 200


class Caller:
    """A connection to each instance, and choices of its own."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.random = Random(f"{world.seed}/{name}")
        self.connections = [Connection(port) for port in world.ports]

    async def run(self) -> None:
        """Calls until cancelled."""
        raise NotImplementedError

    def close(self) -> None:
        """Ends the connections."""
        for connection in self.connections:
            connection.close()


class Writer(Caller):
    """Sends commands, one after the other."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self.orders = Orders(self.random)
        self.remembered: list[tuple[Tenant, Order]] = []
        # For what is sent several times at once.
        self.others = [[Connection(port) for port in world.ports] for _ in range(3)]

    async def run(self) -> None:
        """Writes until cancelled."""
        while True:
            kind = self.random.random()
            if kind < 0.04 and self.remembered:
                tenant, order = self.random.choice(self.remembered)
                await self._send(self.connections, tenant, order)
                continue
            tenant = self.random.choice(self.world.tenants)
            order = self.orders.next(tenant)
            if kind < 0.07 and order.repeatable:
                callers = [self.connections, *self.others]
                await asyncio.gather(*(self._send(caller, tenant, order) for caller in callers))
            answer = await self._deliver(tenant, order)
            if answer is not None:
                await self._again(tenant, order, answer)

    async def _send(
        self, connections: list[Connection], tenant: Tenant, order: Order
    ) -> Answer | None:
        random = self.random
        instance = random.randrange(INSTANCES)
        hang_up = random.uniform(0, 0.03) if random.random() < 0.02 else None
        seconds = random.choice([0.5, 2.0, PATIENCE, PATIENCE, PATIENCE])
        admin = order.path.startswith("/v1/tenant/")
        answer = await self.world.send(
            connections, instance, tenant, "POST", order.path, order.headers, order.body,
            audit=admin, seconds=seconds, hang_up=hang_up,
        )
        if answer is not None and answer.status < 300 and "dry_run" not in order.path:
            learn(tenant, answer)
        return answer

    async def _deliver(self, tenant: Tenant, order: Order) -> Answer | None:
        """Sends until it is known what became of it; nothing if that can't be known."""
        for _ in range(TRIES_MAX if order.repeatable else 1):
            answer = await self._send(self.connections, tenant, order)
            if answer is not None and answer.status < 500 and not unknown_lines(answer):
                return answer
            await asyncio.sleep(self.random.uniform(0.05, 1.0))
        return None

    async def _again(self, tenant: Tenant, order: Order, answer: Answer) -> None:
        """Now and then: the same again, several times; or something else under the same key."""
        kind = self.random.random()
        if not order.repeatable:
            return
        if kind < 0.02:
            for _ in range(self.random.randrange(1, 10)):
                await self._send(self.connections, tenant, order)
        elif kind < 0.03 and answer.status < 300 and "Idempotency-Key" in order.headers:
            other = Order(order.path, order.body + " ", order.headers, True)
            answer_to_other = await self._send(self.connections, tenant, other)
            if answer_to_other is not None and answer_to_other.status not in (422, 503):
                self.world.wrong(f"I8: {order.path}: another body under a key: {answer_to_other.status}")
        elif kind < 0.10:
            if len(self.remembered) == REMEMBERED_MAX:
                self.remembered.pop(self.random.randrange(REMEMBERED_MAX))
            self.remembered.append((tenant, order))


class Reader(Caller):
    """Reads, and knows what it must see at least."""

    async def run(self) -> None:
        """Reads until cancelled."""
        while True:
            tenant = self.random.choice(self.world.tenants)
            if tenant.customers:
                await self._read(tenant, self.random.choice(tenant.customers))
            await asyncio.sleep(self.random.uniform(0, 0.02))

    async def _read(self, tenant: Tenant, customer: str) -> None:
        random, at_least = self.random, tenant.versions.get(customer)
        kind, word, audit = random.random(), f"w{random.randrange(1000)}", False
        path = f"/v1/customers/{customer}"
        if kind < 0.1:
            path = f"/v1/customers/external:x{random.randrange(EXTERNAL_IDS)}"
        elif kind < 0.2:
            path = f"/v1/customers?limit=5&search={word}"
        elif kind < 0.25:
            path = "/v1/customers?limit=5&status=active&sort=-updated_at"
        elif kind < 0.28:
            path, audit = f"{path}?version={random.randrange(1, 10)}", True
        elif kind < 0.31:
            path += "/children"
        elif kind < 0.34:
            path += "/billing-configs"
        elif kind < 0.4:
            path, audit = path + random.choice(["/events?limit=5", "/changes?limit=5", "/blame"]), True
        answer = await self.world.send(
            self.connections, random.randrange(INSTANCES), tenant, "GET", path, audit=audit
        )
        # A tenant with too many requests gets a 429.
        if answer is None or kind < 0.4 or answer.status == 429 or answer.status >= 500:
            return
        shown = int(answer.headers["etag"].strip('"')) if answer.status == 200 else 0
        if at_least is not None and shown < at_least:
            found = f"version {shown}" if shown else f"{answer.status} {answer.body[:200]}"
            self.world.wrong(f"I11: {path}: version {at_least} was acknowledged, then {found} was read")


class Follower(Caller):
    """Follows a tenant's feed, and remembers all that it saw."""

    def __init__(self, world: World, name: str, tenant: Tenant) -> None:
        super().__init__(world, name)
        self.tenant = tenant
        self.cursor = ""
        self.last = 0
        # What was seen at each position.
        self.seen: dict[int, bytes] = {}

    async def run(self) -> None:
        """Follows until cancelled."""
        while True:
            if await self.page(wait=2) is None:
                await asyncio.sleep(0.3)

    async def page(self, wait: int, instance: int | None = None) -> int | None:
        """Reads a page; how many events it had, or nothing when it did not come."""
        path = f"/v1/feed?limit=100&wait={wait}"
        if self.cursor:
            path += f"&cursor={quote(self.cursor)}"
        if instance is None:
            instance = self.random.randrange(INSTANCES)
        # Without the scope audit the feed has no values.
        answer = await self.world.send(self.connections, instance, self.tenant, "GET", path, audit=True)
        if answer is None or answer.status >= 500:
            return None
        if answer.status != 200:
            self.world.wrong(f"I5: {path}: {answer.status}")
            return None
        page = answer.json
        for event in page["items"]:
            position = int(event["position"].split(".")[1])
            if position <= self.last:
                self.world.wrong(f"I4: the feed of {self.tenant.id}: {position} after {self.last}")
            self.last = position
            self.seen[position] = hashlib.sha256(json.dumps(event).encode()).digest()
        self.cursor = page["next_cursor"]
        return len(page["items"])


def learn(tenant: Tenant, answer: Answer) -> None:
    """Remembers which customers and versions have been acknowledged."""
    if answer.headers.get("content-type") == "application/x-ndjson":
        lines = [json.loads(line) for line in answer.body.splitlines()]
        answered = [line["answer"] for line in lines if line["status"] < 300]
    else:
        answered = [answer.json]
    for one in answered:
        if "version" in one and one["id"] != tenant.id:
            if one["id"] not in tenant.versions:
                tenant.customers.append(one["id"])
            tenant.versions[one["id"]] = max(one["version"], tenant.versions.get(one["id"], 0))


def unknown_lines(answer: Answer) -> bool:
    """Whether a bulk answer has lines of which it isn't known whether they happened."""
    bulk = answer.headers.get("content-type") == "application/x-ndjson"
    return bulk and any('"status":50' in line[:40] for line in answer.body.splitlines())
