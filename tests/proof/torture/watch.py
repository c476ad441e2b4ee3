"""What must be again once a fault is over."""

from __future__ import annotations

import asyncio
import json
import math
import time

from .connection import Connection
from .orders import Tenant
from .world import INSTANCES, PATIENCE, World

# Until writes are accepted again, in seconds after the fault is over, beyond what one takes at the time.
WRITES_WITHIN = 5.0
# Until read models have come to what was acknowledged.
LISTS_WITHIN = 60.0
# Until the run ends because an instance stays away.
GIVES_UP_AFTER = 60.0
# The service's sessions end transactions that are idle for 10 seconds.
IDLE_WITHIN = 11


async def usual(world: World) -> float:
    """The seconds that a write takes without a fault: the slowest of one of each tenant at each instance."""
    return await _all_write(world, PATIENCE)


async def recovers(world: World, usual_seconds: float) -> float:
    """Waits until each tenant can write at each instance; the seconds that took, infinite if one never can."""
    took = await _all_write(world, 3.0 + usual_seconds)
    if took > WRITES_WITHIN + usual_seconds:
        world.wrong(
            f"I23: {world.fault}: writes are accepted {took:.1f} s after it, not within {WRITES_WITHIN:.0f}; "
            f"one took {usual_seconds:.1f} s before it"
        )
    return took


async def _all_write(world: World, seconds: float) -> float:
    began = time.monotonic()
    places = [(tenant, instance) for tenant in world.tenants for instance in range(INSTANCES)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_writes(world, *place, seconds)) for place in places]
    return max(task.result() for task in tasks) - began


async def _writes(world: World, tenant: Tenant, instance: int, seconds: float) -> float:
    """Sends a write, waiting so long each time, until it is accepted; when it was, infinite if never."""
    connections = [Connection(port) for port in world.ports]
    headers = {"Content-Type": "application/json", "Idempotency-Key": f"probe-{world.record.number()}"}
    path, body = "/v1/tenant/commands/rename-tenant", json.dumps({"name": headers["Idempotency-Key"]})
    gives_up = time.monotonic() + GIVES_UP_AFTER
    try:
        while time.monotonic() < gives_up:
            answer = await world.send(
                connections, instance, tenant, "POST", path, headers, body,
                audit=True, seconds=seconds, probe=True,
            )
            if answer is not None and answer.status == 200:
                return time.monotonic()
            await asyncio.sleep(0.05)
    finally:
        for connection in connections:
            connection.close()
    return math.inf


async def lists_follow(world: World) -> float:
    """Waits until lists show all that is stored, while nobody writes; the seconds that it took."""
    began = time.monotonic()
    behind = """select count(*) from checkpoints c join projections p using (generation)
                 join log_heads h using (partition)
                where p.name = c.projection and p.state = 'live' and c.position < h.position"""
    while (await world.rows(behind))[0][0]:
        if time.monotonic() - began > LISTS_WITHIN:
            world.wrong(f"I23: read models are behind after {LISTS_WITHIN:.0f} s")
            break
        await asyncio.sleep(0.1)
    parked = await world.rows("select projection, customer_id, failure from parked_streams")
    if parked:
        world.wrong(f"I13: parked: {parked[:3]}")
    return time.monotonic() - began


async def no_idle_transactions(world: World) -> None:
    """Looks for sessions of the service that have left a transaction open."""
    idle = await world.rows(
        "select pid, now() - state_change, query from pg_stat_activity "
        "where usename = 'service' and state like 'idle in transaction%' "
        f"and state_change < now() - interval '{IDLE_WITHIN} s'"
    )
    for session in idle:
        world.wrong(f"I23: idle in transaction: {session}")
