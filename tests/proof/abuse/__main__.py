"""Sends bad input in bulk, and good commands between it."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from random import Random

from stage import Names, Route, Service, Stage, Watch, furnish, new_names, routes
from stage.health import healthy
from . import kept, slow
from .inputs import Input
from .judge import Judge
from .ledger import check
from .shrink import smallest
from .worker import FAILURES_MAX, Outcome, Sender, Tenant, run

SCOPES = "read,write,admin,audit"
RSS_MAX_MIB = 768
DESCRIPTORS_MAX = 400


def tenant(stage: Stage, service: Service, listed: list[Route], number: int, operator: str) -> Tenant:
    """A tenant with something of everything."""
    identity = stage.tenant(f"abuse {number}")
    key = stage.key(identity, SCOPES)
    client = service.client(key)
    names = new_names(Random(number), identity)
    canary = f"canary{number}"
    furnish(client, listed, names, canary)
    names["projection"] = "integration_links"
    names["position"] = client.get("/v1/tenant").headers.get("dossier-position", "1.1")
    for name, path in {"customers": "/v1/customers", "audit": "/v1/audit", "feed": "/v1/feed"}.items():
        for _ in range(100):
            page = client.get(f"{path}?limit=1").json
            if "next_cursor" in page:
                break
            time.sleep(0.1)
        names[f"cursor of {name}"] = page["next_cursor"]
    client.close()
    return Tenant(identity, key, stage.key(identity, "write"), operator, names, canary)


def again(sender: Sender, listed: list[Route], names: Names) -> list[str]:
    """Sends what is kept; what is wrong."""
    wrong = []
    found = kept.load(listed, names)
    for one in found:
        failure = sender.failure(one.input)
        if failure:
            wrong.append(f"{one.path.name}: {failure} (kept for {one.failure})")
    print(f"{len(found)} kept inputs sent again: {len(wrong)} fail")
    return wrong


def _fails(sender: Sender, failure: str, sent: Input) -> bool:
    try:
        return sender.failure(sent) == failure
    except OSError:
        return False


def keep(sender: Sender, outcome: Outcome, names: Names) -> list[str]:
    """Reduces the failures and keeps them; returns what is wrong, once for each kind."""
    reported: dict[str, str] = {}
    for failure, failed in outcome.failures:
        where = failed.route.name if failed.route else failed.kind
        if f"{failure} {where}" in reported:
            continue
        small = smallest(failed, partial(_fails, sender, failure))
        path = kept.keep(small, failure, names)
        reported[f"{failure} {where}"] = f"{where}: {failure} ({path.name})"
    return list(reported.values())


def main() -> int:
    """Runs the tool; returns the exit code."""
    parser = argparse.ArgumentParser(prog="abuse", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="inputs in all")
    parser.add_argument("--seconds", type=float, default=600.0, help="when to stop, whatever the count")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--processes", type=int, default=6)
    parser.add_argument("--plant", action="store_true", help="have a defect, and succeed if it is found")
    asked = parser.parse_args()
    planted = " --plant" * asked.plant
    print(f"abuse --seed {asked.seed} --count {asked.count} --processes {asked.processes}{planted}", flush=True)
    had = kept.files()
    with Stage() as stage:
        if asked.plant:
            # What has a bird in it can't be stored: a failure of the database that only some input meets.
            stage.postgres.sql("alter table events add constraint planted check (payload::text !~ '\U0001f426')")
        service = stage.service()
        somebody = stage.tenant("somebody")
        listed = routes(service.client(stage.key(somebody, "read")))
        operator = stage.key(somebody, "operator")
        tenants = [tenant(stage, service, listed, number, operator) for number in range(asked.processes)]
        wrong = mix(stage, service, listed, tenants, asked)
        wrong += healthy(stage, service)
    for finding in wrong:
        print(f"{'found' if asked.plant else 'WRONG'} {finding}")
    print(f"{len(wrong)} wrong")
    if asked.plant:
        for path in kept.files() - had:
            path.unlink()
    return int(bool(wrong) != asked.plant)


def mix(
    stage: Stage, service: Service, listed: list[Route], tenants: list[Tenant], asked: argparse.Namespace
) -> list[str]:
    """Sends the mix; what is wrong."""
    senders = [Sender(service.port, one, Judge(listed)) for one in tenants]
    wrong = again(senders[0], listed, tenants[0].names)
    assert service.process is not None
    watch = Watch(service.process.pid)
    begun = time.time()
    each = -(-asked.count // len(tenants))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(tenants) + 1, mp_context=context) as pool:
        running = [
            pool.submit(run, service.port, one, listed, f"{asked.seed} {number}", each, begun + asked.seconds)
            for number, one in enumerate(tenants)
        ]
        held = pool.submit(slow.hold, service.port, tenants[0].key, 10)
        while not all(one.done() for one in running):
            time.sleep(0.5)
            watch.look()
        outcomes = [one.result() for one in running]
        slow_count, slow_wrong = held.result()
    seconds = time.time() - begun
    wrong += slow_wrong
    for what, most, bound in zip(("MiB of memory", "file descriptors"), watch.most, (RSS_MAX_MIB, DESCRIPTORS_MAX), strict=True):
        wrong += [f"the service had {most} {what}"] * (most > bound)
    sent, statuses, reached = Counter[str](), Counter[int](), Counter[str]()
    for outcome in outcomes:
        sent += outcome.sent
        statuses += outcome.statuses
        reached += outcome.reached
    total = sum(sent.values())
    print(f"{total} inputs in {seconds:.0f} s ({total / seconds:.0f} a second), and {slow_count} slow ones")
    print("  " + ", ".join(f"{kind} {number}" for kind, number in sorted(sent.items())))
    print("  answers: " + ", ".join(f"{status}: {number}" for status, number in sorted(statuses.items())))
    print(f"  the slowest answer took {max(outcome.slowest for outcome in outcomes):.2f} s")
    print(f"  {watch.report()}")
    missed = [route.name for route in listed if not reached[route.name]]
    if missed and total >= 10_000:
        wrong += [f"{name} was never reached" for name in missed]
    for outcome, sender, one in zip(outcomes, senders, tenants, strict=True):
        if len(outcome.failures) >= FAILURES_MAX:
            wrong.append(f"a worker gave up after {FAILURES_MAX} failures")
        wrong += keep(sender, outcome, one.names)
    wrong += check(stage, tenants, [*outcomes, *(sender.outcome for sender in senders)])
    return wrong


if __name__ == "__main__":
    sys.exit(main())
