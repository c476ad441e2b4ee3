"""A run from its beginning to its end."""

from __future__ import annotations

import asyncio
import math
import subprocess
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from checker import check
from stage import Stage

from . import watch
from .callers import Follower, Reader, Writer
from .disks import Disks
from .faults import FAULTS
from .orders import Tenant
from .proxy import Proxies
from .record import Record
from .report import report
from .world import INSTANCES, SETTINGS, World

TENANTS = 3
READERS = 6


@dataclass(frozen=True)
class Options:
    """The options of a run."""

    seed: str
    seconds: float
    only: list[str]
    writers: int
    check_every: float
    kept: Path


@dataclass
class Tried:
    """What became of the faults of a class."""

    # Seconds until all was well again, of each.
    recovered: list[float] = field(default_factory=list)
    # Requests that got no answer or a 503 meanwhile.
    felt: int = 0
    missing: str = ""


async def run(options: Options, stage: Stage, disks: Disks) -> int:
    """Runs it all; how many violations there are."""
    record = Record(options.kept / "record.jsonl")
    proxies = await Proxies.start()
    world = World(options.seed, stage, disks, record, proxies)
    await prepare(world)
    tried: dict[str, Tried] = {}
    followers = [Follower(world, f"follower-{nth}", tenant) for nth, tenant in enumerate(world.tenants)]
    writers = [Writer(world, f"writer-{nth}") for nth in range(options.writers)]
    readers = [Reader(world, f"reader-{nth}") for nth in range(READERS)]
    began = time.monotonic()
    runs = [caller.run() for caller in (*writers, *readers, *followers)]
    callers = [asyncio.create_task(run) for run in runs]
    try:
        await watched(callers, faults(world, options, tried))
        took = time.monotonic() - began
        await world.pause()
    finally:
        for task in callers:
            task.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
    world.go_on()
    for follower in followers:
        await whole_feed(world, follower)
    summary = await look(world)
    await record.close()
    await proxies.end()
    report(world, tried, summary, took)
    return len(world.violations)


async def watched(callers: list[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    """Does the work; a caller that ends meanwhile has failed."""
    task = asyncio.create_task(work)
    await asyncio.wait([task, *callers], return_when=asyncio.FIRST_COMPLETED)
    for caller in callers:
        if caller.done():
            task.cancel()
            caller.result()
    await task


async def prepare(world: World) -> None:
    """The tenants, and the instances behind their proxies."""
    stage = world.stage
    await asyncio.to_thread(stage.postgres.end)
    await asyncio.to_thread(world.disks.move_log)
    await asyncio.to_thread(stage.postgres.start, *SETTINGS)
    for nth in range(TENANTS):
        tenant = stage.tenant(f"Tenant {nth}")
        # Without the scope audit the answers to reverts have no values to compare.
        key, audit_key = stage.key(tenant, "read,write,audit"), stage.key(tenant, "read,write,admin,audit")
        world.tenants.append(Tenant(tenant, key, audit_key))
    for nth in range(INSTANCES):
        port = await world.proxies.set(f"database-{nth}", target=stage.postgres.port)
        url = stage.postgres.url("service", port)
        service = await asyncio.to_thread(stage.service, database_url=url)
        world.services.append(service)
        world.ports.append(await world.proxies.set(f"clients-{nth}", target=service.port))
    await world.record.note(seed=world.seed, tenants={tenant.id: {} for tenant in world.tenants})


async def faults(world: World, options: Options, tried: dict[str, Tried]) -> None:
    """One fault after the other, until the time is over: all classes in a random order, again and again."""
    until = time.monotonic() + options.seconds
    names = options.only or list(FAULTS)
    for name in names:
        tried[name] = Tried(missing=FAULTS[name].missing(world))
    possible = [name for name in names if not tried[name].missing]
    order: list[str] = []
    looked, seconds = time.monotonic(), 0.0
    pace = Random(f"{world.seed}/pace")
    await asyncio.sleep(2)
    while time.monotonic() < until:
        order = order or world.random.sample(possible, len(possible))
        name = order.pop()
        before = world.unanswered()
        tried[name].recovered.append(await one(world, name))
        tried[name].felt += world.unanswered() - before
        if tried[name].recovered[-1] == math.inf:
            return
        await asyncio.sleep(pace.uniform(0.2, 1.2))
        # The record grows, and so does what a check takes: most of the time is for faults.
        if time.monotonic() - looked > max(options.check_every, 4 * seconds):
            await world.pause()
            began = time.monotonic()
            await look(world)
            looked = time.monotonic()
            seconds = looked - began
            world.go_on()


async def one(world: World, name: str) -> float:
    """A fault, and the wait until all is well again: the seconds that took, infinite if it never is."""
    usual = await watch.usual(world)
    world.fault = name
    try:
        await FAULTS[name].do(world)
    except (RuntimeError, TimeoutError, subprocess.SubprocessError, psycopg.Error) as error:
        world.wrong(f"I23: {name}: {error}")
    took = await watch.recovers(world, usual)
    await world.record.note(healed=name)
    # Requests sent before writes were accepted everywhere may still get a 503.
    world.calm_since = time.monotonic()
    world.fault = None
    await watch.no_idle_transactions(world)
    return took


async def look(world: World) -> dict[str, int]:
    """Has everything checked, while nobody writes; the checker's summary."""
    behind = await watch.lists_follow(world)
    keys = {tenant.id: tenant.audit_key for tenant in world.tenants}
    began = time.monotonic()
    postgres, services = world.stage.postgres, world.services
    findings = await asyncio.to_thread(check, postgres, services, keys, world.record.path)
    for violation in findings.violations:
        world.wrong(violation)
    for what in (["verify"], ["verify", "--views"]):
        try:
            await asyncio.to_thread(world.stage.dossier, *what)
        except RuntimeError as error:
            world.wrong(f"I10, I19: {error}")
    took = time.monotonic() - began
    print(f"    checked in {took:.1f} s; read models had been behind for {behind:.1f} s", flush=True)
    return dict(findings.summary)


async def whole_feed(world: World, follower: Follower) -> None:
    """What a follower saw is what is there, and what another sees who begins now at the other instance."""
    again = Follower(world, "again", follower.tenant)
    for one in (follower, again):
        while read := await one.page(wait=0, instance=1):
            pass
        if read is None:
            world.wrong(f"I24: the feed of {follower.tenant.id} can't be read to its end")
    tenant = follower.tenant.id
    positions = await world.rows("select position from events where tenant_id = %s", tenant)
    stored = {int(str(position)) for (position,) in positions}
    if missing := stored - set(follower.seen):
        world.wrong(f"I5: the follower of {tenant} did not see {len(missing)}: {sorted(missing)[:5]}")
    changed = [at for at, what in follower.seen.items() if again.seen.get(at) != what]
    if changed:
        world.wrong(f"I4: the feed of {tenant} is not as it was at {changed[:5]}")
    world.counts["events compared in feeds"] += len(follower.seen)
    follower.close()
    again.close()
