"""Faults of the service's processes."""

from __future__ import annotations

import asyncio
import os
import signal
from glob import glob

from ..world import INSTANCES, World
from .registry import fault

FAKETIME = next(iter(glob("/usr/lib/*/faketime/libfaketime.so.1")), "")
# To another year, by a fixed time, before the epoch's end in 32 bits and after.
CLOCKS = ["+1h", "-1h", "+10y", "-10y", "@1970-01-02 00:00:00", "@2038-01-19 03:14:00"]


@fault()
async def kill9_service(world: World) -> None:
    """An instance, or both, gone without warning."""
    both = world.random.random() < 0.2
    chosen = list(range(INSTANCES)) if both else [world.random.randrange(INSTANCES)]
    away = world.random.uniform(0, 2)
    await world.begins(f"instances {chosen} for {away:.1f} s")
    for instance in chosen:
        await asyncio.to_thread(world.services[instance].kill)
    await asyncio.sleep(away)
    for instance in chosen:
        await world.start(instance)


@fault()
async def sigterm_service(world: World) -> None:
    """A rolling restart: each instance ends by itself, one after the other."""
    await world.begins("both instances, one after the other")
    for instance in range(INSTANCES):
        await restart(world, instance)


async def restart(world: World, instance: int, **settings: str) -> None:
    """Stops an instance as an operator does, and starts it with these settings."""
    code = await asyncio.to_thread(world.services[instance].stop)
    if code != 0:
        world.wrong(f"I24: {world.fault}: instance {instance} ends with {code} on SIGTERM")
    await world.start(instance, **settings)


@fault()
async def sigstop_service(world: World) -> None:
    """An instance that stands still, and then goes on as if nothing had been."""
    instance, still = world.random.randrange(INSTANCES), world.random.uniform(1, 7)
    await world.begins(f"instance {instance} for {still:.1f} s")
    world.services[instance].signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(still)
    finally:
        world.services[instance].signal(signal.SIGCONT)


@fault()
async def stopped_workers(world: World) -> None:
    """An instance without workers, and for a while no other: lists stand still, writes don't."""
    instance = world.random.randrange(INSTANCES)
    alone = world.random.uniform(0.5, 3)
    await world.begins(f"instance {instance} has none, and is alone for {alone:.1f} s")
    await restart(world, instance, DOSSIER_FOLLOWERS="0")
    other = 1 - instance
    await asyncio.to_thread(world.services[other].kill)
    await asyncio.sleep(alone)
    await world.start(other)
    await restart(world, instance)


@fault(missing=lambda _: "" if FAKETIME else "the Debian package faketime")
async def clock_jump(world: World) -> None:
    """An instance whose clock is wrong."""
    instance, clock = world.random.randrange(INSTANCES), world.random.choice(CLOCKS)
    wrong = world.random.uniform(1, 4)
    await world.begins(f"instance {instance} at {clock} for {wrong:.1f} s")
    faked = {"LD_PRELOAD": FAKETIME, "FAKETIME": clock, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    await restart(world, instance, **faked)
    await asyncio.sleep(wrong)
    await restart(world, instance)


@fault(missing=lambda _: "" if "DOSSIER_OLD" in os.environ else "DOSSIER_OLD, an older binary")
async def rolling_two_versions(world: World) -> None:
    """An older version beside this one, and back."""
    instance, beside = world.random.randrange(INSTANCES), world.random.uniform(1, 5)
    await world.begins(f"instance {instance} for {beside:.1f} s")
    await restart(world, instance, DOSSIER=os.environ["DOSSIER_OLD"])
    await asyncio.sleep(beside)
    await restart(world, instance)
