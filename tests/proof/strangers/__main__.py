"""Tests that tenants don't notice each other. `--count` limits the pairs of requests; 0 means all."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Lock

from stage import NoAnswer, Reply, Request, Route, Service, Stage, Wire, new_names, routes
from .access import check_all, check_writer, masked
from .compare import Times, first_difference, never_sent, without_chance
from .probes import Probe, Thing, probes, things
from .table import needed, only_reads
from .tenants import Tenant, belongings, caught_up, make, of_partition

REPORTED_MAX = 20
READERS = 3


class Trial:
    """One tenant, an equal one, and a third that they must not notice."""

    def __init__(self, service: Service, operator: str, mine: Tenant, like: Tenant, theirs: Tenant) -> None:
        self._port = service.port
        self._operator = operator
        self.mine, self.like, self.theirs = mine, like, theirs
        self.sent = 0
        self.different = 0
        self.wrong: list[str] = []
        self.times = Times()
        self.tables = 0
        self._lock = Lock()

    def _ask(self, wire: Wire, request: Request, tenant: Tenant) -> Reply:
        key = self._operator if request.target.startswith("/admin") else tenant.key
        sent = request.bytes.replace(b"{key}", key.encode()).replace(b"{operator}", key.encode())
        with self._lock:
            self.sent += 1
        try:
            return wire.exchange(sent)
        except NoAnswer as why:
            return Reply(599, b"", str(why).encode(), 0.0)

    def _tell(self, probe: Probe, what: str) -> None:
        with self._lock:
            self.different += 1
            if len(self.wrong) < REPORTED_MAX:
                self.wrong.append(f"{probe.route.name} with {probe.kind} in {probe.place}: {what}")

    def _listen(self, probe: Probe, reply: Reply, secrets: list[bytes]) -> None:
        shown = reply.head + reply.body
        for secret in secrets:
            if secret in shown and secret not in probe.foreign.bytes:
                self._tell(probe, f"tells {secret!r}")
        if reply.status >= 500:
            self._tell(probe, f"{reply.status} {reply.body[:100]!r}")

    def read(self, probes: list[Probe], secrets: list[bytes]) -> None:
        """Sends both requests of each pair by the same caller, who must get the same bytes."""
        wire = Wire(self._port)
        for number, probe in enumerate(probes):
            if number % 2:
                foreign, random = self._ask(wire, probe.foreign, self.mine), self._ask(wire, probe.random, self.mine)
            else:
                random, foreign = self._ask(wire, probe.random, self.mine), self._ask(wire, probe.foreign, self.mine)
            self._listen(probe, foreign, secrets)
            self._compare(probe, masked(foreign), masked(random))
            with self._lock:
                self.times.add(probe.kind, foreign.seconds, random.seconds)

    def change(self, probes: list[Probe], known: list[Thing], secrets: list[bytes]) -> None:
        """Sends the foreign object by one caller and the random one by the equal caller, so both stay equal."""
        with ThreadPoolExecutor(2) as pool:
            mine = pool.submit(self._in_order, [probe.foreign for probe in probes], self.mine)
            like = pool.submit(self._in_order, [self._of_like(probe.random) for probe in probes], self.like)
        one = {thing.kind: thing.foreign for thing in known} | {"key": self.mine.further["api_key"]}
        other = {thing.kind: thing.random for thing in known} | {"key": self.like.further["api_key"]}
        for probe, foreign, random in zip(probes, mine.result(), like.result(), strict=True):
            self._listen(probe, foreign, secrets)
            self._compare(probe, without_chance(foreign, one), without_chance(random, other))

    def _in_order(self, requests: list[Request], tenant: Tenant) -> list[Reply]:
        wire = Wire(self._port)
        path = f"/v1/customers/{tenant.names['customer']}/commands/restore-customer"
        headers = (("X-Api-Key", "{key}"), ("Content-Type", "application/json"))
        replies = []
        for request in requests:
            reply = self._ask(wire, request, tenant)
            replies.append(reply)
            if b"rchive" in reply.body or reply.status == 204:
                self._ask(wire, Request("POST", path, headers, b"{}"), tenant)
        return replies

    def _of_like(self, request: Request) -> Request:
        """The request with the one name that the equal tenant can't have."""
        target = request.target.replace(self.mine.names["company"], self.like.names["company"])
        return Request(request.method, target, request.headers, request.body)

    def _compare(self, probe: Probe, foreign: bytes, random: bytes) -> None:
        if foreign != random:
            self._tell(probe, first_difference(foreign, random))


def run(trial: Trial, stage: Stage, listed: list[Route], random: Random, count: int, start: str) -> None:
    """Sends the pairs: first the reads, then the writes."""
    theirs, names = trial.theirs, trial.mine.names
    known = things(random, theirs.names, {k: v for k, v in theirs.further.items() if k != "position"})
    known.append(Thing("position", theirs.further["position"], trial.mine.further["position"]))
    secrets = never_sent(theirs.names, theirs.canary)
    foreign = [
        thing.foreign.encode()
        for thing in known
        if thing.foreign not in {**names, **trial.mine.further}.values() and len(thing.foreign) > 8
    ]
    before = belongings(stage, theirs)
    for reading in (True, False):
        chosen = [
            (route, thing)
            for route in listed
            if reading == (only_reads(route.name) or "operator" in needed(route.name)) and "open" not in needed(route.name)
            for thing in known
        ]
        pairs = [probe for route, thing in chosen for probe in probes(route, names, thing)]
        random.shuffle(pairs)
        # Of a part of them, the most specific pairs first.
        pairs.sort(key=lambda probe: not probe.fits)
        if count:
            pairs = pairs[: count // 2]
        if reading:
            bounded = [_at(probe, start) for probe in pairs]
            with ThreadPoolExecutor(READERS) as pool:
                parts = [bounded[number::READERS] for number in range(READERS)]
                list(pool.map(lambda part: trial.read(part, secrets + foreign), parts))
        else:
            trial.change([_fresh(probe, f"fresh-{n}") for n, probe in enumerate(pairs)], known, secrets)
    after = belongings(stage, theirs)
    for table, hashed in before.items():
        if after[table] != hashed:
            trial.wrong.append(f"{table} of the other tenant was {hashed} and is {after[table]}")
    trial.tables = len(before)


def _at(probe: Probe, start: str) -> Probe:
    """Read records are compared up to a moment: the reads of the run itself come after it."""
    if probe.route.path != "/v1/audit/reads" or "before" in probe.place:
        return probe

    def bounded(request: Request) -> Request:
        sign = "&" if "?" in request.target else "?"
        return Request(request.method, f"{request.target}{sign}before={start}", request.headers, request.body)

    return Probe(probe.route, probe.kind, probe.place, bounded(probe.foreign), bounded(probe.random), probe.fits)


def _fresh(probe: Probe, value: str) -> Probe:
    def made(request: Request) -> Request:
        body = request.body.replace(b"fresh-0", value.encode()) if request.body else request.body
        return Request(request.method, request.target, request.headers, body)

    return Probe(probe.route, probe.kind, probe.place, made(probe.foreign), made(probe.random), probe.fits)


def main() -> int:
    """Runs the tool; returns the exit code."""
    parser = argparse.ArgumentParser(prog="strangers", description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--count", type=int, default=0, help="pairs in each direction; 0 is all there are")
    parser.add_argument("--route", default="", help="compare this one alone: 'GET /v1/customers'")
    parser.add_argument("--plant", action="store_true", help="have a leak, and succeed if it is found")
    asked = parser.parse_args()
    only = f" --route '{asked.route}'" * bool(asked.route)
    print(f"strangers --seed {asked.seed} --count {asked.count}{only}{' --plant' * asked.plant}")
    random = Random(asked.seed)
    begun = time.monotonic()
    wrong: list[str] = []
    with Stage() as stage:
        if asked.plant:
            plant(stage)
        service = stage.service()
        somebody = stage.tenant("somebody")
        listed = routes(service.client(stage.key(somebody, "read")))
        tried = [route for route in listed if asked.route in (route.name, "")]
        nobody = new_names(Random(asked.seed), somebody) | {"projection": "nothing", "activity": "act_" + "0" * 26}
        if not asked.plant:
            count, wrong = check_all(stage, Wire(service.port), listed, somebody, nobody)
            print(f"{len(listed)} routes, {count} requests with kinds of keys: {len(wrong)} wrong answers")
        operator = stage.key(somebody, "operator")
        one, other = (new_names(Random(f"{asked.seed} {which}"), somebody) for which in ("one", "other"))
        trials = []
        for direction, (ours, theirs) in enumerate(((one, other), (other, one))):
            made = [
                make(stage, service, listed, of_partition(random, 5 + direction), dict(names), canary + str(direction))
                for names, canary in ((ours, "sparrow"), (ours, "sparrow"), (theirs, "kanarie"))
            ]
            for tenant in made:
                tenant.names["fresh"] = "fresh-0"
                tenant.further["position"] = caught_up(service.client(tenant.key), tenant)
            trials.append(Trial(service, operator, *made))
        start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with ThreadPoolExecutor(2) as pool:
            running = [
                pool.submit(run, trial, stage, tried, Random(f"{asked.seed} {number}"), asked.count, start)
                for number, trial in enumerate(trials)
            ]
        for trial, done in zip(trials, running, strict=True):
            done.result()
            wrong += trial.wrong + _logged(service, trial.theirs)
            print(f"{trial.sent} requests about what is another's: {trial.different} differ; {trial.tables} tables compared")
        if not asked.plant:
            # Last, because it changes the tenant's data.
            theirs = trials[0].theirs
            secrets = never_sent(theirs.names, theirs.canary)
            count, learned = check_writer(
                stage, Wire(service.port), listed, theirs.identity, theirs.names, secrets
            )
            wrong += learned
            print(f"{count} requests with a write-only key: {len(learned)} show it a stored value")
        print("  medians, when it is another's and when it is nobody's:")
        wrong += trials[0].times.with_those_of(trials[1].times).report()
        metrics = service.client("").get("/metrics").body
        wrong += [f"the metrics have {one}" for one in ("kanarie",) if one.encode() in metrics]
    for finding in wrong[:3] if asked.plant else wrong:
        print(f"{'found' if asked.plant else 'WRONG'} {finding}")
    print(f"{len(wrong)} wrong, in {time.monotonic() - begun:.0f} s")
    return int(bool(wrong) != asked.plant)


def plant(stage: Stage) -> None:
    """Removes the tenant from one read, and row-level security from its role."""
    ((function,),) = stage.postgres.rows("select pg_get_functiondef('read_customers_at_head'::regproc)")
    asks = "c.tenant_id = p_tenant and "
    assert asks in str(function)
    stage.postgres.sql("alter role dossier_reader bypassrls", str(function).replace(asks, ""))


def _logged(service: Service, theirs: Tenant) -> list[str]:
    """Texts of a tenant in the service's log."""
    log = service.log.read_text()
    hidden = [theirs.canary, theirs.key.rsplit("_", 1)[1]]
    hidden += [theirs.names[kind] for kind in ("external_id", "alias", "profile", "provider_customer", "entity", "hidden")]
    return [f"the log has {one}" for one in hidden if one in log]


if __name__ == "__main__":
    sys.exit(main())
