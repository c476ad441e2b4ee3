"""Faults of PostgreSQL itself, and of others who use it."""

from __future__ import annotations

import asyncio
import signal
import time

import psycopg

from ..world import SETTINGS, World
from .registry import fault

OF_THE_SERVICE = "from pg_stat_activity where usename = 'service'"


async def starts(world: World) -> None:
    """Starts PostgreSQL as soon as what is left of the last one lets it."""
    gives_up = time.monotonic() + 60
    while True:
        try:
            await asyncio.to_thread(world.stage.postgres.start, *SETTINGS)
            return
        except RuntimeError:
            if time.monotonic() > gives_up:
                raise
            await asyncio.sleep(0.2)


async def ends(world: World, number: signal.Signals) -> None:
    """Has PostgreSQL end by a signal, stay away for a while, and start."""
    away = world.random.uniform(0, 2)
    await world.begins(f"{number.name}, away for {away:.1f} s")
    world.stage.postgres.signal(number)
    await asyncio.to_thread(world.stage.postgres.wait)
    await asyncio.sleep(away)
    await starts(world)


@fault()
async def kill9_postgres(world: World) -> None:
    """The postmaster is killed; its backends end when they notice."""
    await ends(world, signal.SIGKILL)


@fault()
async def immediate_shutdown(world: World) -> None:
    """All of PostgreSQL ends at once, and recovers from the log."""
    await ends(world, signal.SIGQUIT)


@fault()
async def terminate_backends(world: World) -> None:
    """An operator ends the service's sessions."""
    times = world.random.randrange(1, 6)
    await world.begins(f"{times} times")
    for _ in range(times):
        await world.sql(f"select pg_terminate_backend(pid) {OF_THE_SERVICE}")
        await asyncio.sleep(world.random.uniform(0, 0.5))


@fault()
async def statement_cancel(world: World) -> None:
    """An operator cancels whatever the service's sessions are doing."""
    times = world.random.randrange(5, 60)
    await world.begins(f"{times} times")
    for _ in range(times):
        await world.sql(f"select pg_cancel_backend(pid) {OF_THE_SERVICE} and state = 'active'")
        await asyncio.sleep(world.random.uniform(0, 0.05))


async def holds(world: World, seconds: float, *statements: str) -> None:
    """A transaction that is begun with statements and then left open for a while."""

    def hold() -> None:
        with psycopg.connect(world.stage.postgres.url()) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]
            time.sleep(seconds)
            connection.rollback()

    await asyncio.to_thread(hold)


@fault()
async def held_locks(world: World) -> None:
    """Somebody else holds what the service needs, for longer than it waits, or not quite."""
    seconds = world.random.uniform(0.5, 8)
    what = world.random.choice([
        "lock table events in share row exclusive mode",
        "lock table customers in access exclusive mode",
        "select * from log_heads for update",
        "select * from checkpoints for update",
        "lock table command_results in share mode",
    ])
    await world.begins(f"{what}, for {seconds:.1f} s")
    await holds(world, seconds, "set lock_timeout = '10s'", what)


@fault()
async def long_transaction(world: World) -> None:
    """Somebody else's transaction stays open and keeps the horizon back."""
    seconds = world.random.uniform(2, 10)
    await world.begins(f"for {seconds:.1f} s")
    begin = "set transaction isolation level repeatable read"
    await holds(world, seconds, begin, "select pg_current_xact_id(), count(*) from events")


@fault()
async def exhausted_connections(world: World) -> None:
    """Others take all connections while the service has to make new ones."""
    seconds = world.random.uniform(1, 4)
    await world.begins(f"for {seconds:.1f} s")
    taken: list[psycopg.Connection[tuple[object, ...]]] = []

    def take() -> None:
        until = time.monotonic() + seconds
        world.stage.postgres.sql(
            f"select pg_terminate_backend(pid) {OF_THE_SERVICE} and application_name = 'dossier'"
        )
        while time.monotonic() < until:
            try:
                taken.append(psycopg.connect(world.stage.postgres.url("service"), connect_timeout=5))
            except psycopg.OperationalError:
                time.sleep(0.02)

    try:
        await asyncio.to_thread(take)
    finally:
        for connection in taken:
            connection.close()
