"""Faults of read models and of what operators do while the service runs."""

from __future__ import annotations

import asyncio
import json
import time

from ..connection import Connection
from ..orders import Tenant
from ..world import INSTANCES, World
from .registry import fault

READ_MODELS = [
    "audit_entries", "billing_configurations", "customer_list", "customer_snapshots", "customers",
    "field_changes", "integration_links",
]
# Until a customer is parked, in seconds. Writers see to it that it has an event to be parked by.
PARKED_WITHIN = 30
# Time limit of a rebuild, in seconds.
REBUILT_WITHIN = 120


@fault()
async def poison_event(world: World) -> None:
    """Events that a read model can't apply: their customer is parked there, and let go on later."""
    tenant = world.random.choice(world.tenants)
    customer = world.random.choice(tenant.customers)
    await world.begins(f"customer {customer} in field_changes")
    await world.sql(
        f"alter table field_changes add constraint poison check (customer_id <> '{customer}') not valid"
    )
    await changes(world, tenant, customer)
    gives_up = time.monotonic() + PARKED_WITHIN
    mine = "select 1 from parked_streams where customer_id = %s and projection = 'field_changes'"
    while not (parked := await world.rows(mine, customer)) and time.monotonic() < gives_up:
        await asyncio.sleep(0.1)
    others = "select projection, customer_id from parked_streams where customer_id <> %s"
    if also := await world.rows(others, customer):
        world.wrong(f"I13: customers are parked that have no poison: {also[:3]}")
    await world.sql("alter table field_changes drop constraint poison")
    if not parked:
        # It may have been archived meanwhile, and have had no event; else lists are wrong, which is found.
        return
    world.counts["poisoned customers parked"] += 1
    await asyncio.to_thread(
        world.stage.dossier, "projections", "unpark", "field_changes",
        "--tenant", tenant.id, "--customer", customer,
    )
    if await world.rows(mine, customer):
        world.wrong(f"I13: customer {customer} stays parked once the cause is mended")


async def changes(world: World, tenant: Tenant, customer: str) -> None:
    """Ensures that a customer has an event."""
    connections = [Connection(port) for port in world.ports]
    metadata = {"metadata": {"poison": str(world.record.number())}}
    for command, body in [("restore-customer", {}), ("replace-metadata", metadata)]:
        path = f"/v1/customers/{customer}/commands/{command}"
        headers = {"Content-Type": "application/json"}
        await world.send(connections, 0, tenant, "POST", path, headers, json.dumps(body))
    for connection in connections:
        connection.close()


@fault()
async def migration_under_load(world: World) -> None:
    """`dossier migrate`, several at a time, while writers write."""
    times = world.random.randrange(1, 4)
    await world.begins(f"{times} at a time")
    await asyncio.gather(*(asyncio.to_thread(world.stage.dossier, "migrate") for _ in range(times)))


@fault()
async def rebuild_under_load(world: World) -> None:
    """A read model is made anew while it is written: by the command, or by instances that are killed."""
    name, detached = world.random.choice(READ_MODELS), world.random.random() < 0.5
    await world.begins(f"{name}{', by instances that are killed' if detached else ''}")
    detach = ["--detach"] if detached else []
    await asyncio.to_thread(world.stage.dossier, "rebuild", name, *detach)
    if detached:
        for instance in range(INSTANCES):
            await asyncio.sleep(world.random.uniform(0, 0.5))
            await asyncio.to_thread(world.services[instance].kill)
            await world.start(instance)
    building = "select 1 from projections where state = 'building'"
    gives_up = time.monotonic() + REBUILT_WITHIN
    while await world.rows(building):
        if time.monotonic() > gives_up:
            world.wrong(f"I12: the rebuild of {name} does not end within {REBUILT_WITHIN} s")
            break
        await asyncio.sleep(0.1)
    await asyncio.to_thread(world.stage.dossier, "projections", "prune")
