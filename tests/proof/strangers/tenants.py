"""Two tenants with equal data, and a third that neither must notice."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from random import Random
from time import sleep

from stage import Client, Names, Route, Service, Stage, furnish, new_names
from .table import OF_TENANT

_PARTITIONS = 32


@dataclass
class Tenant:
    """A tenant, its key with all scopes, and what it has."""

    identity: str
    key: str
    names: Names
    canary: str
    # Cursors and other values that only an answer provides.
    further: dict[str, str] = field(default_factory=dict)


def of_partition(random: Random, partition: int) -> str:
    """A new tenant's id in the partition: its tenants share one log."""
    while True:
        identity = uuid.UUID(int=random.getrandbits(128), version=4)
        if hashlib.sha256(identity.bytes).digest()[0] % _PARTITIONS == partition:
            return str(identity)


def make(
    stage: Stage, service: Service, routes: list[Route], identity: str, names: Names, canary: str
) -> Tenant:
    """A tenant with all kinds of data."""
    stage.tenant(canary, identity)
    key = stage.key(identity, ",".join(OF_TENANT))
    client = service.client(key)
    names = names | {
        name: value for name, value in new_names(Random(0), identity).items() if name in ("company", "environment")
    }
    tenant = Tenant(identity, key, names | {"tenant": identity}, canary)
    furnish(client, routes, tenant.names, canary)
    caught_up(client, tenant)
    tenant.further = _given_out(client, tenant)
    client.close()
    return tenant


def caught_up(client: Client, tenant: Tenant) -> str:
    """Waits until the lists show the last write; returns its position."""
    made = client.send("POST", "/v1/customers", {"profile": {"name": "the last"}})
    position = made.headers["dossier-position"]
    for listed in (
        "/v1/customers",
        "/v1/billing-configs",
        "/v1/audit",
        f"/v1/customers/{tenant.names['parent']}/changes",
        f"/v1/integration-links?provider_type=hubspot&provider_entity_id={tenant.names['entity']}",
    ):
        for _ in range(12):
            if client.get(listed, **{"Dossier-At-Least": position}).status == 200:
                break
            sleep(0.1)
        else:
            raise RuntimeError(f"{listed} does not come to {position}")
    return position


def _given_out(client: Client, tenant: Tenant) -> dict[str, str]:
    """A cursor of each list, and numbers of events."""
    names = tenant.names
    of_customer = f"/v1/customers/{names['customer']}"
    lists = {
        "customers": "/v1/customers?limit=1",
        "events": f"{of_customer}/events?limit=1",
        "changes": f"{of_customer}/changes?limit=1",
        "audit": "/v1/audit?limit=1",
        "reads": "/v1/audit/reads?limit=1",
        "feed": "/v1/feed?limit=1",
    }
    found = {f"cursor of {name}": client.get(path).json["next_cursor"] for name, path in lists.items()}
    page = client.get("/compat/metronome/v1/customers?limit=1").json["next_page"]
    event = client.get(f"{of_customer}/events?limit=1").json["items"][0]
    return found | {
        "cursor of metronome": page,
        "api_key": tenant.key.split("_")[1],
        "position": event["position"],
        "request_id": event["request_id"],
    }


def belongings(stage: Stage, tenant: Tenant) -> dict[str, str]:
    """A hash of all rows of a tenant, table by table."""
    tables = stage.postgres.rows(
        "select c.table_name from information_schema.columns as c join information_schema.tables as t "
        "using (table_schema, table_name) where c.table_schema = 'public' and c.column_name = 'tenant_id' "
        "and t.table_type = 'BASE TABLE' order by 1"
    )
    hashes = {}
    for (table,) in tables:
        query = (
            f"select count(*), md5(coalesce(string_agg(t::text, E'\\n' order by t::text), '')) "  # noqa: S608
            f'from "{table}" as t where tenant_id = %s'
        )
        ((count, hashed),) = stage.postgres.rows(query, tenant.identity)
        hashes[str(table)] = f"{count} rows {hashed}"
    return hashes
