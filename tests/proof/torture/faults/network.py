"""Faults of the network: between the instances and PostgreSQL, and between callers and the instances."""

from __future__ import annotations

import asyncio

from ..world import INSTANCES, World
from .registry import fault


def some_databases(world: World) -> list[str]:
    """The proxies before PostgreSQL of one instance, or of both."""
    all_of_them = [f"database-{instance}" for instance in range(INSTANCES)]
    return all_of_them if world.random.random() < 0.5 else [world.random.choice(all_of_them)]


@fault()
async def cut_database(world: World) -> None:
    """Connections to PostgreSQL end, several times, with or without a farewell."""
    chosen, times = some_databases(world), world.random.randrange(1, 6)
    how = world.random.choice(["cut", "reset"])
    await world.begins(f"{how} {chosen} {times} times")
    for _ in range(times):
        for name in chosen:
            await world.proxies.tell(how, name)
        await asyncio.sleep(world.random.uniform(0, 0.5))


@fault()
async def black_hole_database(world: World) -> None:
    """Nothing comes through, in either direction; then all of it, or the connections are dead."""
    chosen, dark = some_databases(world), world.random.uniform(0.5, 8)
    dead = world.random.random() < 0.5
    await world.begins(f"{chosen} for {dark:.1f} s, {'dead' if dead else 'late'} then")
    for name in chosen:
        await world.proxies.set(name, requests="hold", answers="hold")
    await asyncio.sleep(dark)
    for name in chosen:
        if dead:
            await world.proxies.tell("reset", name)
        await world.proxies.set(name)


@fault()
async def slow_database(world: World) -> None:
    """Long ways and narrow ones to PostgreSQL."""
    chosen, slow = some_databases(world), world.random.uniform(1, 5)
    delay = world.random.choice([0.002, 0.01, 0.05, 0.2])
    rate = world.random.choice([0, 0, 100_000, 1_000_000])
    await world.begins(f"{chosen} for {slow:.1f} s: {delay} s, {rate or 'any number of'} bytes/s")
    for name in chosen:
        await world.proxies.set(name, delay=delay, rate=rate)
    await asyncio.sleep(slow)
    for name in chosen:
        await world.proxies.set(name)


@fault()
async def refuse_database(world: World) -> None:
    """PostgreSQL's address refuses connections, and those that were there are gone."""
    chosen, away = some_databases(world), world.random.uniform(0.5, 5)
    await world.begins(f"{chosen} for {away:.1f} s")
    for name in chosen:
        await world.proxies.set(name, refuse=True)
        await world.proxies.tell("reset", name)
    await asyncio.sleep(away)
    for name in chosen:
        await world.proxies.set(name)


@fault()
async def drop_answers(world: World) -> None:
    """Requests arrive and their answers don't: acknowledgements are lost after the commit."""
    place = world.random.choice(["database", "clients"])
    name = f"{place}-{world.random.randrange(INSTANCES)}"
    times, dark = world.random.randrange(1, 6), world.random.uniform(0.02, 0.7)
    await world.begins(f"{name}, {times} times for {dark:.2f} s")
    for _ in range(times):
        await world.proxies.set(name, answers="drop")
        await asyncio.sleep(dark)
        await world.proxies.tell("reset", name)
        await world.proxies.set(name)
        await asyncio.sleep(dark)


@fault()
async def reset_clients(world: World) -> None:
    """Callers' connections are reset, again and again."""
    times = world.random.randrange(3, 15)
    await world.begins(f"{times} times")
    for _ in range(times):
        await world.proxies.tell("reset", f"clients-{world.random.randrange(INSTANCES)}")
        await asyncio.sleep(world.random.uniform(0, 0.2))
