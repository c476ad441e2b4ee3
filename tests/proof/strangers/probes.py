"""Requests with one object of another tenant, and the same requests with a missing object."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from stage import Names, Request, Route
from stage.catalogue import named, shown
from stage.examples import PATHS

HEADERS = (
    "Idempotency-Key", "X-Idempotency-Key", "If-Match", "If-None-Match", "Dossier-At-Least", "Last-Event-ID",
    "X-Tenant-Id", "X-Environment-ID", "Authorization", "X-Actor", "X-Correlation-Id", "Cookie",
)  # fmt: skip
FORMATS = ("application/x-ndjson", "text/csv", "text/event-stream")
# Values for places that no valid request fills.
_FITTING = {
    "external_id": ("path ref external:{}", "query external_id", "query external_ids"),
    "alias": ("path ref alias:{}", "query ingest_alias"),
    "customer": ("query customer_ids", "query resource_id"),
    "cust": ("query customer_ids", "query parent_customer_ids"),
    "parent": ("query parent",),
    "method": ("query delivery_method_id",),
    "provider_customer": ("query provider_customer_id",),
    "request_id": ("query request_id",),
    "api_key": ("query api_key", "query actor"),
    "idempotency_key": ("header Idempotency-Key", "header X-Idempotency-Key"),
    "cursor": ("query cursor", "query next_page", "stream", *(f"export {accept}" for accept in FORMATS)),
    "position": ("header Dossier-At-Least",),
    "tenant": ("header X-Tenant-Id", "query tenant_id", "body tenant_id"),
    "environment": ("header X-Environment-ID",),
}
BESIDE = ("tenant_id", "tenant", "environment_id", "company_id")


@dataclass(frozen=True)
class Thing:
    """An object of another tenant, and a missing one of the same form."""

    kind: str
    foreign: str
    random: str


@dataclass(frozen=True)
class Probe:
    """Two requests that differ in one object."""

    route: Route
    kind: str
    place: str
    foreign: Request
    random: Request
    # Whether an object of this kind belongs there.
    fits: bool


def things(random: Random, names: Names, further: dict[str, str]) -> list[Thing]:
    """All objects of a tenant, each with a missing one of the same form."""
    made: dict[str, str] = {}

    def like(value: str) -> str:
        if value not in made:
            made[value] = _like(random, value)
        return made[value]

    own = {kind: names[kind] for kind in names if kind not in ("fresh", "projection", "hidden")}
    found = []
    for kind, value in (own | further).items():
        twin = like(value)
        # Ids have other forms, too: all of the same missing object.
        for prefix, of in (("cust", "customer"), ("parent_cust", "parent"), ("cus", "customer"), ("parent_cus", "parent")):
            if kind == prefix:
                twin = shown(value.split("_")[0] + "_", like(names[of]))
        found.append(Thing(kind, value, twin))
    return found


def _like(random: Random, value: str) -> str:
    """Another value of the same form and prefix, so it sorts in the same place."""
    if re.fullmatch(r"[0-9a-f-]{36}", value):
        return value[:4] + str(uuid.UUID(int=random.getrandbits(128), version=4))[4:]
    if re.fullmatch(r"(tenant|env|cmp|cust|cus)_\w{26}", value):
        return value.split("_")[0] + "_" + value.split("_")[1][:4] + shown("", _like(random, "0" * 36))[4:]
    if re.fullmatch(r"[a-z]+_0{10,}\w+", value):
        # A position beyond the end of the log.
        return value[:-5] + "ZZ" + "".join(random.choices("0123456789", k=3))
    head, dash, tail = value.rpartition("-")
    if dash and re.fullmatch(r"[0-9a-f]+", tail):
        return f"{head}-{tail[:4]}{random.getrandbits(4 * len(tail)):0{len(tail)}x}"[: len(value)]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return value[:4] + "".join(random.choice(letters) if one.isalnum() else one for one in value[4:])


def probes(route: Route, names: Names, thing: Thing) -> Iterator[Probe]:
    """The object in every place of a valid request to the route."""
    good = route.good(names).with_header("X-Request-Id", "stranger")

    def both(place: str, make: Any) -> Probe:
        own = names.get(thing.kind, "")
        fits = make(own) == good or place in _FITTING.get(thing.kind.split()[0], ())
        return Probe(route, thing.kind, place, make(thing.foreign), make(thing.random), fits)

    for name in route.parameters("path"):
        for form in ("{}", "external:{}", "alias:{}") if name == "ref" else ("{}",):

            def in_path(value: str, name: str = name, form: str = form) -> Request:
                return _moved(good, _path(route, names, name, form.format(value)), _query(good))

            yield both(f"path {name} {form}", in_path)
    if route.path.startswith("/admin") and route.name != "POST /admin/projections/{name}/unpark":
        # Other operator routes concern all tenants.
        return
    for name in [*route.parameters("query"), *BESIDE]:

        def in_query(value: str, name: str = name) -> Request:
            asked = _query(good) | {f"{name}[{names['field']}]" if name == "custom_fields" else name: value}
            return _moved(good, urlsplit(good.target).path, asked)

        yield both(f"query {name}", in_query)
    for header in HEADERS:
        prefix = "Bearer " if header == "Authorization" else ""
        yield both(f"header {header}", lambda value, h=header, p=prefix: good.with_header(h, p + value))
    if thing.kind.startswith("cursor") and "cursor" in route.parameters("query"):
        for accept in FORMATS:

            def exported(value: str, accept: str = accept) -> Request:
                asked = _query(good) | {"cursor": value}
                return _moved(good, urlsplit(good.target).path, asked).with_header("Accept", accept)

            yield both(f"export {accept}", exported)
        yield both(
            "stream",
            lambda value: good.with_header("Accept", FORMATS[2]).with_header("Last-Event-ID", value),
        )
    if good.body is None:
        return
    body = named(route.body(), names)
    for path in [*_leaves(body), *((name,) for name in BESIDE)]:

        def in_body(value: str, path: tuple[Any, ...] = path) -> Request:
            sent = json.dumps(_replaced(body, path, value)).encode()
            return Request(good.method, good.target, good.headers, sent)

        yield both(f"body {'/'.join(map(str, path))}", in_body)


def _path(route: Route, names: Names, name: str, value: str) -> str:
    def part(found: re.Match[str]) -> str:
        if found[1] == name:
            return quote(value, safe=":")
        return quote(named(PATHS.get(route.path[: found.start()]) or PATHS[found[1]], names), safe="")

    return re.sub(r"\{(\w+)\}", part, route.path)


def _query(request: Request) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request.target).query))


def _moved(request: Request, path: str, query: dict[str, str]) -> Request:
    target = path + (f"?{urlencode(query)}" if query else "")
    return Request(request.method, target, request.headers, request.body)


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all texts, and of the only name in an object that has but one."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
        if len(value) == 1:
            yield (*path, "{name}")
    elif isinstance(value, list):
        for nth, inner in enumerate(value):
            yield from _leaves(inner, (*path, nth))


def _replaced(value: Any, path: tuple[Any, ...], new: str) -> Any:
    if not path:
        return new
    if isinstance(value, list):
        return [_replaced(one, path[1:], new) if nth == path[0] else one for nth, one in enumerate(value)]
    if path[0] == "{name}":
        return {new: inner for inner in value.values()}
    return value | {path[0]: _replaced(value.get(path[0]), path[1:], new)}
