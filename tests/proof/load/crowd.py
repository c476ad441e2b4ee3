"""Customers, and the keys of wrk's requests."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stage import Service, Stage

# Customers in one request.
TOGETHER = 10_000
# Seconds within which read models catch up with a million registrations.
CATCHES_UP = 1_800


@dataclass(frozen=True)
class Crowd:
    """A file with one customer's id per line, and one with one key per line; customers belong to the keys in turn."""

    ids: Path
    keys: Path

    @property
    def key(self) -> str:
        """The first of the keys."""
        return self.keys.read_text().split("\n", 1)[0]


def gather(stage: Stage, service: Service, name: str, tenants: int, customers: int, per_second: int = 0) -> Crowd:
    """Registers customers, divided among new tenants whose keys have this rate."""
    made = [stage.tenant(f"{name} {number}") for number in range(tenants)]
    return register(stage, service, name, made, customers, per_second)


def neighbour(stage: Stage, of: str) -> str:
    """A new tenant in the partition of another."""
    partition = "select partition from tenants where tenant_id = %s::uuid"
    [(wanted,)] = stage.postgres.rows(partition, of)
    for _ in range(1_000):
        made = stage.tenant("neighbour")
        if stage.postgres.rows(partition, made) == [(wanted,)]:
            return made
    raise RuntimeError("no tenant of a thousand is in that partition")


def register(
    stage: Stage, service: Service, name: str, tenants: list[str], customers: int, per_second: int = 0
) -> Crowd:
    """Registers customers, divided among these tenants, each with a new key."""
    keys = [stage.key(tenant, per_second=per_second) for tenant in tenants]
    ids = [str(uuid.uuid4()) for _ in range(customers)]
    for number, key in enumerate(keys):
        client = service.client(key)
        own = ids[number :: len(tenants)]
        for start in range(0, len(own), TOGETHER):
            asked = own[start : start + TOGETHER]
            lines = "".join(map(_registration, asked)).encode()
            answer = client.send("POST", "/v1/commands", lines, {"Content-Type": "application/x-ndjson"})
            done = sum(b'"status":201' in line for line in answer.body.splitlines())
            if done != len(asked):
                raise RuntimeError(f"{done} of {len(asked)} were registered: {answer.body[:300]!r}")
        client.close()
    crowd = Crowd(stage.directory / f"{name}.ids", stage.directory / f"{name}.keys")
    crowd.ids.write_text("".join(f"{identity}\n" for identity in ids))
    crowd.keys.write_text("".join(f"{key}\n" for key in keys))
    return crowd


def wait_for_read_models(service: Service, operator: str) -> float:
    """Waits until every read model has all events; the seconds that took."""
    client = service.client(operator)
    begun = time.monotonic()
    while behind := _behind(client.send("GET", "/admin/projections").json["items"]):
        if time.monotonic() - begun > CATCHES_UP:
            raise RuntimeError(f"read models are still behind after {CATCHES_UP} s: {behind}")
        time.sleep(0.5)
    client.close()
    return time.monotonic() - begun


def _behind(projections: list[dict[str, Any]]) -> dict[str, int]:
    return {each["name"]: each["lag_events"] for each in projections if each["lag_events"]}


def _registration(identity: str) -> str:
    profile = {
        "name": f"Customer {identity[:8]}",
        "email": f"{identity[:8]}@example.com",
        "address": {"line1": "12 St James's Square", "city": "London", "postal_code": "SW1Y 4JH", "country": "GB"},
    }
    body = {"id": identity, "profile": profile, "metadata": {"segment": "enterprise", "source": "import"}}
    return json.dumps({"command": "register-customer", "body": body}) + "\n"
