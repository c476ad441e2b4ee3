"""The latency of each route with many customers in the database, and with few."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote

from stage import Names, Request, Route, Service, Stage, Wire, furnish, new_names, routes

from .crowd import Crowd, register, wait_for_read_models

FEW = 10_000
# Customers of each size with all kinds of data; requests use them in turn.
FURNISHED = 20
REQUESTS = 200
# Of a kind whose p99 grew beyond the goal: two of 200 slow answers make a p99, and may have any cause.
AGAIN = 1_000
# The maximum p99 with many customers, as a multiple of the p99 with few.
GROWTH = 1.3
# Requests that would change the data of later ones.
_LEFT_OUT = ("/rebuild", "/rollback", "/prune", "/unpark", "/cancel")
# Archiving comes last.
_LAST = ("archive", "release", "detach", "delete", "remove")
# Filters that few customers match, and filters that most match.
_LISTS = {
    "one of all by e-mail": "/v1/customers?email={email}",
    "one of all by a search word": "/v1/customers?search={word}",
    "nobody by a search word": "/v1/customers?search=nobodyiscalledso",
    "all by a search word, by name": "/v1/customers?search=customer&sort=name",
    "all of a country": "/v1/customers?country=GB",
    "nobody of a country": "/v1/customers?country=NP",
    "nobody by metadata, by name": "/v1/customers?metadata[none]=none&sort=name",
    "all by metadata, newest first": "/v1/customers?metadata[segment]=enterprise&sort=-created_at",
    "newest 50": "/v1/customers?sort=-created_at&limit=50",
    "last changed 50": "/v1/customers?sort=-updated_at&limit=50",
    "external id that nobody has": "/v1/customers/external:nobody",
    "any customer": "/v1/customers/{any}",
    "history of any customer": "/v1/customers/{any}/events",
}


@dataclass
class Size:
    """A service over so many customers."""

    service: Service
    crowd: Crowd
    operator: str
    furnished: list[Names]
    ids: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ids = self.crowd.ids.read_text().split()
        self.wire = Wire(self.service.port, timeout=60.0)

    def names(self, random: Random) -> Names:
        """The name of one of the customers, and an unused name."""
        chosen = random.choice(self.ids)
        return random.choice(self.furnished) | {
            "fresh": f"fresh-{random.getrandbits(64):016x}",
            "any": chosen,
            "email": f"{chosen[:8]}@example.com",
            "word": chosen[:8],
        }

    def send(self, request: Request) -> tuple[int, float]:
        """The status and the milliseconds of an answer."""
        keys = {b"{key}": self.crowd.key.encode(), b"{operator}": self.operator.encode()}
        sent = request.bytes
        for place, key in keys.items():
            sent = sent.replace(place, key)
        begun = time.perf_counter()
        reply = self.wire.exchange(sent)
        return reply.status, 1e3 * (time.perf_counter() - begun)


@dataclass(frozen=True)
class Row:
    """Milliseconds of one kind of request, with few and with many customers, shortest first."""

    name: str
    statuses: set[int]
    few: list[float]
    many: list[float]

    @property
    def growth(self) -> float:
        """The p99 with many customers as a multiple of the p99 with few."""
        return _part(self.many, 0.99) / _part(self.few, 0.99)

    def __str__(self) -> str:
        statuses = ",".join(map(str, sorted(self.statuses)))
        figures = "".join(f"{_part(of, share):9.2f}" for of in (self.few, self.many) for share in (0.5, 0.99))
        return f"  {self.name:<78}{statuses:>12}{figures}{self.growth:8.2f}"


def _part(sorted_values: list[float], share: float) -> float:
    return sorted_values[int(share * (len(sorted_values) - 1))]


def sizes(stage: Stage, service: Service, tenant: str, crowd: Crowd, seed: int = 1) -> list[str]:
    """Prints a table of all routes; returns failures: answers with a 5xx."""
    with Stage() as other:
        beside = other.service()
        small = other.tenant("few")
        few = _size(other, beside, small, register(other, beside, "few", [small], FEW), seed)
        many = _size(stage, service, tenant, crowd, seed)
        for of in (stage, other):
            of.postgres.sql("checkpoint")
        everything = routes(beside.client(few.crowd.key))
        print(f"\nsizes: {REQUESTS} requests of a kind in turn, {len(few.ids):,} and {len(many.ids):,} customers")
        header = f"{'p50':>9}{'p99':>9}{'p50':>9}{'p99':>9}{'growth':>8}"
        print(f"  {'milliseconds':<78}{'answers':>12}{header}", flush=True)
        rows = []
        again = []
        for name, make in _kinds(everything):
            rows.append(_measure(name, make, few, many, Random(seed), REQUESTS))
            print(rows[-1], flush=True)
            if rows[-1].growth > GROWTH:
                again.append((name, make))
        print(f"  {len(rows)} kinds of requests; p99 more than {GROWTH} times with more customers: {len(again)}")
        print(f"  these again, {AGAIN} requests of a kind:")
        for name, make in again:
            rows.append(_measure(name, make, few, many, Random(seed + 1), AGAIN))
            print(rows[-1], flush=True)
    return [f"{row.name}: {row.statuses}" for row in rows if any(status >= 500 for status in row.statuses)]


def _size(stage: Stage, service: Service, tenant: str, crowd: Crowd, seed: int) -> Size:
    key = stage.key(tenant, scopes="read,write,audit,admin")
    crowd.keys.write_text(f"{key}\n")
    operator = stage.key(tenant, scopes="operator")
    client = service.client(key)
    listed = routes(client)
    random = Random(seed)
    furnished = []
    for number in range(FURNISHED):
        names = new_names(random, tenant)
        wait_for_read_models(service, operator)
        furnish(client, listed, names, f"furnished{number}")
        furnished.append(names)
    client.close()
    return Size(service, crowd, operator, furnished)


Make = Callable[[Names], Request]


def _kinds(everything: list[Route]) -> Iterator[tuple[str, Make]]:
    def last(route: Route) -> tuple[bool, bool, bool]:
        ends = any(word in route.path for word in _LAST)
        return route.method != "GET", ends, "/commands" in route.path

    for route in sorted(everything, key=last):
        streams = route.path == "/v1/feed"
        if not streams and not any(part in route.path for part in _LEFT_OUT):
            yield route.name, route.good
        if route.name == "GET /v1/feed":
            yield "GET /v1/feed?from=now", lambda names: _get("/v1/feed?from=now", names)
    for name, path in _LISTS.items():
        yield f"{name}: {path}", lambda names, path=path: _get(path, names)


def _get(path: str, names: Names) -> Request:
    for name in ("email", "word", "any"):
        path = path.replace(f"{{{name}}}", quote(names[name]))
    return Request("GET", path, (("X-Api-Key", "{key}"),))


def _measure(name: str, make: Make, few: Size, many: Size, random: Random, requests: int) -> Row:
    taken: tuple[list[float], list[float]] = ([], [])
    statuses = set()
    for nth in range(-5, requests):
        for size, times in zip((few, many), taken, strict=True):
            status, milliseconds = size.send(make(size.names(random)))
            # The first ones open connections and plan statements.
            if nth >= 0:
                statuses.add(status)
                times.append(milliseconds)
    return Row(name, statuses, sorted(taken[0]), sorted(taken[1]))
