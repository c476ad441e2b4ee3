"""The mix of bad input and valid commands."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from stage import Names, Request, Route
from stage.catalogue import named, shown
from . import framing, from_schema, mutate
from .naughty import ALL
from .sequences import sequence

# How often each is made. A sequence is some six requests, and after a sentinel comes another good command.
MIX = {"bytes": 40, "schema": 20, "naughty": 15, "framing": 10, "around": 10, "sequence": 0.8, "sentinel": 2.5}
_COMMANDS = "/v1/customers/{}/commands/{}"
_CONTENT_TYPES = [
    "application/json; charset=utf-16", "text/plain", "application/json;", "application/JSON", "", "a/b/c", "application/x-ndjson",
    "multipart/form-data; boundary=a", "application/x-www-form-urlencoded", "application/json, text/csv", "\u00e9",
]  # fmt: skip
_ACCEPTS = [
    "*/*", "text/html", "application/x-ndjson", "text/csv", "text/event-stream", "application/json;q=0", "*/*;q=2", ",,,", "a",
    "text/csv;q=0.5, application/x-ndjson;q=0.5", "*/*;q=0.0001", "text/*", "application/json;q=NaN", "text/csv;" + "a=b;" * 200,
]  # fmt: skip
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW", "get", "A" * 100]
_ENDS = ["/", "//", "?", "?a", "?&&&", "?=", "?limit=1&limit=2", "%", ";a", "?a=" + "b" * 7000]
_VALUES = ["", "0", "1", "201", "-1", "true", "TRUE", "null", "18446744073709551616", "1.5", "a,b" * 200]


@dataclass(frozen=True)
class Input:
    """One input; `raw` instead of a request if only a raw socket can send it."""

    kind: str
    # The route with the documented statuses; none if any status will do.
    route: Route | None
    request: Request
    raw: bytes | None = None
    # The expected event of a sentinel.
    name: str = ""


class Mixer:
    """Makes inputs of one seed for one tenant."""

    def __init__(self, random: Random, routes: list[Route], names: Names, who: str) -> None:
        self._random = random
        self._routes = routes
        self._names = names
        self._who = who
        self._number = 0
        self._makers: dict[str, Callable[[Route], Iterator[Input]]] = {
            "bytes": self._bytes,
            "schema": self._schema,
            "naughty": self._naughty,
            "framing": self._framing,
            "around": self._around,
            "sequence": self._sequence,
            "sentinel": self._sentinel,
        }

    def inputs(self) -> Iterator[Input]:
        """Inputs without end."""
        while True:
            kind = self._random.choices(list(MIX), list(MIX.values()))[0]
            yield from self._makers[kind](self._random.choice(self._routes))

    def _signed(self, request: Request) -> Request:
        self._number += 1
        self._names["fresh"] = f"{self._who}-{self._number}"
        return request.with_header("X-Request-Id", f"{self._who}-{self._number}")

    def _good(self, route: Route, query: dict[str, str] | None = None) -> Request:
        return self._signed(route.good(self._names, query))

    def _bytes(self, route: Route) -> Iterator[Input]:
        good = self._good(route)
        if good.body is not None:
            yield Input("bytes", route, replace(good, body=mutate.body_of(self._random, good.body)))
            return
        target = mutate.bytes_of(self._random, good.target.encode()).decode("latin-1")
        yield Input("bytes", None, replace(good, target=_in_one_line(target)))

    def _schema(self, route: Route) -> Iterator[Input]:
        asked = {}
        for name, schema in route.parameters("query").items():
            if self._random.random() < 0.3:
                made = from_schema.value(self._random, route, schema)
                name = f"{name}[{self._names['field']}]" if name in ("metadata", "custom_fields") else name
                asked[name] = made if isinstance(made, str) else json.dumps(made)
        good = self._good(route, asked)
        if route.content is not None:
            kind, content = route.content
            made = from_schema.value(self._random, route, content.get("x-itemSchema", content["schema"]))
            end = b"\n" if kind.endswith("ndjson") else b""
            good = replace(good, body=json.dumps(made).encode() + end)
        yield Input("schema", route, good)

    def _naughty(self, route: Route) -> Iterator[Input]:
        text = self._random.choice(ALL)
        good = self._good(route)
        body = named(route.body(), self._names)
        places = mutate.texts_of(body) if body is not None else []
        names = list(route.parameters("query"))
        where = self._random.choice(["body"] * bool(places) + ["query"] * bool(names) + ["path"])
        if where == "body":
            sent = mutate.changed_at(body, self._random.choice(places), lambda _: text)
            data = json.dumps(sent, ensure_ascii=self._random.random() < 0.5).encode("utf-8", "surrogatepass")
            yield Input("naughty", route, replace(good, body=data))
        elif where == "query":
            asked = {self._random.choice(names): text}
            target = f"{urlsplit(good.target).path}?{urlencode(asked, errors='surrogatepass')}"
            yield Input("naughty", route, replace(good, target=target[:9000]))
        else:
            parts = urlsplit(good.target).path.split("/")
            at = self._random.randrange(1, len(parts))
            parts[at] = self._random.choice(("", "external:", "alias:")) + quote(text, safe="", errors="surrogatepass")
            yield Input("naughty", None, replace(good, target="/".join(parts)[:9000]))

    def _framing(self, route: Route) -> Iterator[Input]:
        key = self._good(route)
        other = self._good(self._random.choice(self._routes))
        make = self._random.choice(framing.KINDS)
        yield Input("framing", None, key, raw=make(self._random, key.bytes, other.bytes))

    def _around(self, route: Route) -> Iterator[Input]:
        random, good = self._random, self._good(route)
        match random.randrange(8):
            case 0:
                yield Input("around", None, replace(good, method=random.choice(_METHODS)))
            case 1:
                changed = good.with_header("Content-Type", random.choice(_CONTENT_TYPES))
                yield Input("around", route, changed)
            case 2:
                yield Input("around", route, good.with_header("Accept", random.choice(_ACCEPTS)))
            case 3:
                known = [*route.parameters("header"), "X-Api-Key", "Authorization", "X-Idempotency-Key", "X-Environment-ID"]
                value = _in_one_line(random.choice([*ALL, '"7"', "*", 'W/"1"', '"1", "2"', self._names["position"]]))
                yield Input("around", route, good.with_header(random.choice(known), value[:4000]))
            case 4:
                name, value = random.choice(good.headers)
                yield Input("around", route, replace(good, headers=(*good.headers, (name, value))))
            case 5:
                cursor = random.choice([self._names[name] for name in self._names if name.startswith("cursor")])
                if random.random() < 0.7:
                    cursor = mutate.bytes_of(random, cursor.encode()).decode("latin-1")
                name = random.choice(("cursor", "next_page", "cursor", "from_key"))
                yield Input("around", route, self._good(route, {name: cursor}))
            case 6:
                yield Input("around", None, replace(good, target=good.target + random.choice(_ENDS)))
            case _:
                name = random.choice(sorted(route.parameters("query")) or ["a"])
                yield Input("around", route, self._good(route, {name: random.choice(_VALUES)}))

    def _sequence(self, route: Route) -> Iterator[Input]:
        for request in sequence(self._random, self._names, f"{self._who}-{self._number}"):
            matching = [one for one in self._routes if one.name == request[0]]
            yield Input("sequence", matching[0], self._signed(request[1]))

    def _sentinel(self, route: Route) -> Iterator[Input]:
        self._number += 1
        name = f"sentinel {self._who}-{self._number}"
        sent = self._signed(command(_COMMANDS.format(self._names["hidden"], "update-profile"), {"name": name}))
        yield Input("sentinel", self._named(f"POST {_COMMANDS.format('{ref}', 'update-profile')}"), sent, name=name)
        # What was archived meanwhile would refuse everything that comes.
        sent = self._signed(command(_COMMANDS.format(self._names["customer"], "restore-customer"), {}))
        yield Input("restore", self._named(f"POST {_COMMANDS.format('{ref}', 'restore-customer')}"), sent)

    def another_customer(self) -> Input:
        """A customer in place of the one that most inputs are about."""
        identity = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        names = {"customer": identity, "cust": shown("cust_", identity), "cus": shown("cus_", identity)}
        self._names |= names
        body = {"id": identity, "profile": {"name": "another"}}
        return Input("another", self._named("POST /v1/customers"), self._signed(command("/v1/customers", body)))

    def _named(self, name: str) -> Route:
        return next(route for route in self._routes if route.name == name)


def command(path: str, body: Any) -> Request:
    """A command as JSON."""
    headers = (("X-Api-Key", "{key}"), ("Content-Type", "application/json"))
    return Request("POST", path, headers, json.dumps(body).encode())


def _in_one_line(text: str) -> str:
    """Without what would end the line: that is for sockets."""
    return text.replace("\r", "").replace("\n", "")
