"""Disks without room."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from ..world import World
from .postgres import starts
from .registry import fault


@fault(missing=lambda world: world.disks.missing)
async def data_disk_full(world: World) -> None:
    """No room for data: what has to grow fails, and PostgreSQL goes on."""
    async with full(world, "data") as seconds:
        await asyncio.sleep(seconds)


@fault(missing=lambda world: world.disks.missing)
async def wal_disk_full(world: World) -> None:
    """No room for the write-ahead log: PostgreSQL ends and can't start until there is."""
    async with full(world, "wal") as seconds:
        await asyncio.to_thread(use_up, world, seconds)


@asynccontextmanager
async def full(world: World, disk: str) -> AsyncIterator[float]:
    """A full disk for the given seconds; then there is room again."""
    seconds = world.random.uniform(1, 4)
    await world.begins(f"for {seconds:.1f} s")
    await asyncio.to_thread(world.disks.fill, disk)
    try:
        yield seconds
    finally:
        world.disks.empty(disk)
    await takes_connections(world)


def use_up(world: World, seconds: float) -> None:
    """Uses up the segments that are kept for reuse, which would hide that there is no room."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            world.stage.postgres.sql("select pg_switch_wal()")
        except psycopg.Error:
            time.sleep(0.1)


async def takes_connections(world: World) -> None:
    """Waits until PostgreSQL has recovered; starts it if it has ended."""
    postgres = world.stage.postgres
    while True:
        if postgres.process is not None and postgres.process.poll() is not None:
            await starts(world)
            return
        try:
            await world.sql("select 1")
            return
        except psycopg.Error:
            await asyncio.sleep(0.1)
