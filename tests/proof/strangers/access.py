"""Every route with every kind of key, against the table."""

from __future__ import annotations

import time

from stage import Names, NoAnswer, Reply, Request, Route, Stage, Wire
from .table import OF_TENANT, gone, needed

_JSON = ("Content-Type", "application/json")


def keys(stage: Stage, tenant: str) -> dict[str, tuple[str, frozenset[str] | None]]:
    """Kinds of keys: the key, and its scopes; none when it is not a valid one."""
    revoked = stage.key(tenant, ",".join(OF_TENANT))
    stage.dossier("key", "revoke", revoked.split("_")[1])
    good = stage.key(tenant, ",".join(OF_TENANT))
    kinds: dict[str, tuple[str, frozenset[str] | None]] = {
        "no key": ("", None),
        "no form of a key": ("canary", None),
        "another secret": (good[:-4] + ("0000" if not good.endswith("0000") else "1111"), None),
        "an unknown key": (f"dossier_{'7' * 16}_{'7' * 64}", None),
        "a revoked key": (revoked, None),
        "all of a tenant": (good, frozenset(OF_TENANT)),
    }
    for scope in (*OF_TENANT, "operator"):
        kinds[scope] = (stage.key(tenant, scope), frozenset({scope}))
    return kinds


def check(wire: Wire, route: Route, names: Names, kind: str, key: str, has: frozenset[str] | None) -> str:
    """What is wrong with the answer to a kind of key, if anything."""
    request = route.good(names).with_header("X-Api-Key", key)
    if not key:
        request = type(request)(request.method, request.target, request.headers[:-1], request.body)
    try:
        reply = patiently(wire, request.with_header("X-Request-Id", "access").bytes)
    except NoAnswer as why:
        return f"{route.name} with {kind}: no answer ({why})"
    opening = needed(route.name)
    if "open" in opening:
        expected, well = "200", reply.status == 200
    elif has is None:
        expected, well = "401", reply.status == 401
    elif has & opening:
        expected, well = "neither 401 nor 403", reply.status not in (401, 403) and reply.status < 500
    else:
        expected, well = "403", reply.status == 403
    return "" if well else f"{route.name} with {kind}: {reply.status} instead of {expected}"


def patiently(wire: Wire, sent: bytes) -> Reply:
    """The answer to a request; repeated if this address has sent too many without a valid key."""
    for _ in range(5):
        reply = wire.exchange(sent)
        if reply.status != 429:
            break
        time.sleep(float(reply.header("retry-after") or 1))
    return reply


def check_all(stage: Stage, wire: Wire, routes: list[Route], tenant: str, names: Names) -> tuple[int, list[str]]:
    """Returns the number of requests, and the failures.

    The named objects do not exist, so an accepted request finds nothing.
    """
    wrong = [f"{name} is in the table and not in the service" for name in gone({r.name for r in routes})]
    listed = []
    for route in routes:
        try:
            needed(route.name)
            listed.append(route)
        except KeyError:
            wrong.append(f"{route.name} is not in the table (strangers/table.py)")
    asked = 0
    refused: dict[tuple[str, int], tuple[bytes, str]] = {}
    for kind, (key, has) in keys(stage, tenant).items():
        for route in listed:
            names["fresh"] = f"access-{asked}"
            asked += 1
            failure = check(wire, route, names, kind, key, has)
            if failure:
                wrong.append(failure)
    for route in (route for route in listed if "open" not in needed(route.name)):
        for kind in ("", "canary", f"dossier_{'7' * 16}_{'7' * 64}"):
            asked += 1
            request = route.good(names).with_header("X-Api-Key", kind).with_header("X-Request-Id", "a")
            reply = patiently(wire, request.bytes)
            masked_first, first = refused.setdefault((route.surface, reply.status), (masked(reply), route.name))
            if masked(reply) != masked_first:
                wrong.append(f"{route.name} refuses with other bytes than {first}")
    return asked, wrong


def check_writer(
    stage: Stage, wire: Wire, routes: list[Route], tenant: str, names: Names, secrets: list[bytes]
) -> tuple[int, list[str]]:
    """Values of the tenant's customers that a write-only key gets without having sent them.

    How many were asked, and what is wrong. Commands are tried first, and then happen.
    """
    key = stage.key(tenant, "write")
    restore = f"/v1/customers/{names['customer']}/commands/restore-customer"
    asked, wrong = 0, []
    for route in (route for route in routes if "write" in needed(route.name)):
        tried = {"dry_run": "true"} if route.native and not route.path.endswith("/v1/commands") else {}
        for query in ([tried] if tried else []) + [{}]:
            names["fresh"] = f"writer-{asked}"
            asked += 1
            request = route.good(names, query).with_header("X-Api-Key", key)
            reply = wire.exchange(request.with_header("X-Request-Id", f"writer-{asked}").bytes)
            shown = reply.head + reply.body
            if reply.status in (401, 403) or reply.status >= 500:
                wrong.append(f"{route.name} with {query} and a key that only writes: {reply.status}")
            wrong += [
                f"{route.name} with {query} tells a key that only writes {secret!r}"
                for secret in secrets
                if secret in shown and secret not in request.bytes
            ]
            if b"rchive" in reply.body or reply.status == 204:
                # The next route needs an active customer.
                wire.exchange(Request("POST", restore, (("X-Api-Key", key), _JSON), b"{}").bytes)
    return asked, wrong


def masked(reply: Reply) -> bytes:
    """The answer without `Date`."""
    lines = [line for line in reply.head.split(b"\r\n") if not line.lower().startswith(b"date:")]
    return b"\r\n".join(lines) + b"\r\n\r\n" + reply.body
