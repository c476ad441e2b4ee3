"""The Python library `eventsourcing` under load, as its documentation has it: an aggregate, and an
application over its PostgreSQL recorder.

Callers are spread over as many processes as there are cores, since one interpreter runs on one. Prints
"begin" when all are warm, and at the end one line of JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import resource
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

PAGE = 50
WARM_UP_SECONDS = 0.5
SET_UP_CALLERS = 4
# What follows the fresh number in a field: with it an event has about 400 bytes.
FILLER = (
    "Please ring twice, wait for the porter and hand everything over in person; the gate to the yard is "
    "locked after six in the evening and on public holidays, when deliveries go to the office in the side "
    "street."
)


def digest(*names: object) -> str:
    """The same number for the same names."""
    return hashlib.md5("/".join(map(str, names)).encode()).hexdigest()


class Customer(Aggregate):
    """A customer: the profile's fields as they are."""

    @staticmethod
    def create_id(key: str) -> UUID:
        """The customer of this name."""
        return UUID(digest(key))

    @event("Registered")
    def __init__(self, key: str, name: str, email: str, instructions: str) -> None:
        self.key = key
        self.name = name
        self.email = email
        self.instructions = instructions

    @event("ProfileUpdated")
    def update(self, instructions: str) -> None:
        """Gives one field a new value."""
        self.instructions = instructions


class Customers(Application[UUID]):
    """The application, and each piece of work by what it is called."""

    def change(self, key: str, fresh: str) -> None:
        """W1: loads a customer, decides, and saves."""
        customer: Customer = self.repository.get(Customer.create_id(key))
        customer.update(f"{fresh} {FILLER}")
        self.save(customer)

    def create(self, key: str, fresh: str, changes: int = 0) -> None:
        """W2: a new customer; a set-up gives it changes too."""
        customer = Customer(key, "Ada Lovelace Ltd", "ada@example.com", f"{fresh} {FILLER}")
        for nth in range(changes):
            customer.update(f"{digest(fresh, nth)[:16]} {FILLER}")
        self.save(customer)

    def history(self, key: str) -> None:
        """W5: the last events of a customer, newest first."""
        page = list(self.events.get(Customer.create_id(key), desc=True, limit=PAGE))
        if len(page) != PAGE:
            raise RuntimeError("a page isn't full")


@dataclass
class Result:
    """What callers came to."""

    taken: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    cpu: float = 0.0

    def add(self, other: Result) -> None:
        """Adds other callers'."""
        self.taken += other.taken
        self.failures += other.failures
        self.cpu += other.cpu


def open_application(url: str, connections: int, create: bool) -> Customers:
    """The application on the database, with its authors' settings for many callers."""
    parts = urlsplit(url)
    # A socket's directory, which is no host name.
    hosts = parse_qs(parts.query).get("host", [parts.hostname or "127.0.0.1"])
    return Customers(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": parts.path.removeprefix("/"),
            "POSTGRES_HOST": hosts[0],
            "POSTGRES_PORT": str(parts.port or 5432),
            "POSTGRES_USER": unquote(parts.username or "postgres"),
            "POSTGRES_PASSWORD": unquote(parts.password or "none"),
            "POSTGRES_POOL_SIZE": str(connections),
            # One statement for each save, and no lock on the whole table.
            "POSTGRES_ENABLE_DB_FUNCTIONS": "yes",
            "CREATE_TABLE": "yes" if create else "no",
        }
    )


def call(application: Customers, flags: argparse.Namespace, name: str, seconds: float) -> Result:
    """One caller, until the time is over."""
    result = Result()
    end = time.perf_counter() + seconds
    nth = 0
    while (begun := time.perf_counter()) < end:
        fresh = digest(flags.seed, flags.run, name, nth)[:16]
        nth += 1
        customer = f"{flags.seed}/{int(fresh, 16) % flags.customers}"
        try:
            if flags.work == "w1":
                application.change(customer, fresh)
            elif flags.work == "w2":
                application.create(f"{flags.seed}/new/{fresh}", fresh)
            else:
                application.history(customer)
            result.taken.append(time.perf_counter() - begun)
        except Exception as error:  # noqa: BLE001  # counted, whatever it is
            result.failures.append(repr(error))
    return result


def callers(application: Customers, flags: argparse.Namespace, name: str, count: int, seconds: float) -> Result:
    """So many callers at once, a thread each."""
    total = Result()
    with ThreadPoolExecutor(count) as threads:
        for done in [
            threads.submit(call, application, flags, f"{name}/{nth}", seconds) for nth in range(count)
        ]:
            total.add(done.result())
    return total


def cpu_seconds() -> float:
    """CPU time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def work(flags: argparse.Namespace, nth: int, count: int, parent: Connection) -> None:
    """A process's share of the callers."""
    application = open_application(flags.database_url, min(count, flags.connections), create=False)
    callers(application, flags, f"{nth}/warm-up", count, WARM_UP_SECONDS)
    parent.send("warm")
    parent.recv()
    before = cpu_seconds()
    result = callers(application, flags, f"{nth}/run", count, flags.seconds)
    result.cpu = cpu_seconds() - before
    application.close()
    parent.send(result)


def measure(flags: argparse.Namespace) -> None:
    """Starts the processes, lets them begin together, and prints the results."""
    count = min(flags.callers, os.cpu_count() or 1)
    spawn = multiprocessing.get_context("spawn")
    workers = []
    for nth in range(count):
        share = flags.callers // count + (nth < flags.callers % count)
        here, there = spawn.Pipe()
        spawn.Process(target=work, args=(flags, nth, share, there), daemon=True).start()
        there.close()
        workers.append(here)
    for worker in workers:
        worker.recv()  # "warm"
    print("begin", flush=True)
    begun = time.perf_counter()
    for worker in workers:
        worker.send("go")
    total = Result()
    for worker in workers:
        total.add(worker.recv())
    seconds = time.perf_counter() - begun
    taken = sorted(total.taken)
    if total.failures:
        print(total.failures[0], file=sys.stderr)

    def at(percent: int) -> float:
        return taken[len(taken) * percent // 100] * 1e3 if taken else 0.0

    results = {
        "commands": len(taken), "seconds": seconds, "p50_ms": at(50), "p99_ms": at(99),
        "failures": len(total.failures), "cpu_seconds": total.cpu,
    }
    print(json.dumps(results))


def set_up(flags: argparse.Namespace) -> None:
    """Makes the customers, each with its events."""
    application = open_application(flags.database_url, SET_UP_CALLERS, create=True)
    with ThreadPoolExecutor(SET_UP_CALLERS) as threads:
        for _ in threads.map(
            lambda nth: application.create(f"{flags.seed}/{nth}", digest(nth)[:16], flags.events - 1),
            range(flags.customers),
        ):
            pass
    application.close()


def main() -> None:
    """Reads the flags, and does what they say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--work", required=True, choices=["set-up", "w1", "w2", "w5"])
    parser.add_argument("--callers", type=int, default=1)
    parser.add_argument("--connections", type=int, default=8, help="of each process, at most")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=5, help="of each customer, in a set-up")
    parser.add_argument("--seed", type=int, default=1, help="says who the customers are")
    parser.add_argument("--run", type=int, default=1, help="says, with the seed, what is chosen")
    flags = parser.parse_args()
    if flags.work == "set-up":
        set_up(flags)
    else:
        measure(flags)


if __name__ == "__main__":
    main()
