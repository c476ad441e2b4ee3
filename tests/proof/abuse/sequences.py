"""Requests of which each depends on what the ones before it did."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from stage import Names, Request

Step = tuple[str, Request]
_COMMANDS = "/v1/customers/{ref}/commands"


def sequence(random: Random, names: Names, unique: str) -> list[Step]:
    """A customer's short and eventful life: requests by the names of their routes."""
    external = f"seq-{unique}"
    reference = f"external:{external}"
    steps = [_post("POST /v1/customers", "/v1/customers", {"external_id": external, "profile": {"name": "A"}})]
    for number in range(random.choice((3, 5, 8))):
        steps.append(_any(random, names, reference, f"{unique}-{number}", steps))
    return steps


def _post(route: str, path: str, body: Any, **headers: str) -> Step:
    sent = (("X-Api-Key", "{key}"), ("Content-Type", "application/json"), *headers.items())
    return route, Request("POST", path, sent, json.dumps(body).encode())


def _any(random: Random, names: Names, reference: str, unique: str, before: list[Step]) -> Step:
    def do(name: str, body: Any, **headers: str) -> Step:
        return _post(f"POST {_COMMANDS}/{name}", f"/v1/customers/{reference}/commands/{name}", body, **headers)

    def get(path: str, query: str) -> Step:
        request = Request("GET", f"/v1/customers/{reference}{path}?{query}", (("X-Api-Key", "{key}"),))
        return f"GET /v1/customers/{{ref}}{path}", request

    def again(body: Any) -> Step:
        # The same key, perhaps for another request.
        return do("update-profile", body, **{"Idempotency-Key": unique.rsplit("-", 1)[0]})

    match random.randrange(14):
        case 0:
            return do("archive-customer", {})
        case 1:
            return do("restore-customer", {})
        case 2:
            return do("update-profile", {"name": unique}, **{"If-Match": f'"{random.randrange(1, 6)}"'})
        case 3:
            return again({"title": random.choice("ab")})
        case 4:
            return do("revert-to", {"version": random.randrange(0, 9)})
        case 5:
            parent = random.choice((names["customer"], names["parent"], names["hidden"], None))
            return do("set-parent", {"parent_customer_id": parent})
        case 6:
            return do("change-external-id", {"external_id": random.choice((names["external_id"], unique, None))})
        case 7:
            return do("set-aliases", {"aliases": random.choice(([], [unique], [names["alias"]], ["a", "a"]))})
        case 8:
            card = {"id": "card", "status": "ACTIVE", "type": "card", "provider": "stripe", "display_name": "a"}
            return do("attach-payment-profile", card)
        case 9:
            return do("set-default-payment-profile", {"payment_profile_id": "card", "auto_pay": True})
        case 10:
            return do("detach-payment-profile", {"id": "card"})
        case 11:
            return get("", random.choice(("version=3", "version=99", "as_of=2026-01-01T00:00:00Z", "version=1&as_of=2026-01-01T00:00:00Z")))
        case 12:
            return get("/diff", f"from={random.randrange(1, 9)}&to={random.randrange(1, 9)}")
        case _:
            return random.choice(before)
