"""An independent check of a run: the record of what was sent, against the log, the read models and
what the services answer.

It knows the documents and nothing else: it reads tables by SQL, asks over HTTP, and has a fold of
events and a hash of its own. Nobody may write while it looks.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import psycopg

from stage import Client, Postgres, Service

from . import answers, health, views
from .effects import Effects
from .findings import Findings
from .folding import Folding
from .log import Connection, Log, events
from .outside import Outside
from .record import Record, read
from .rules import Rules

__all__ = ["Findings", "check", "check_database"]

Connect = Callable[[str], Client]


def check(
    postgres: Postgres, services: list[Service], keys: dict[str, str], record: Path
) -> Findings:
    """Checks a run on a stage, without services that don't run. Keys are by tenant."""
    running = [service.client for service in services if service.process is not None]
    return check_database(postgres.url(), running, keys, record)


def check_database(
    url: str, services: list[Connect], keys: dict[str, str], path: Path, *, verify: bool = True
) -> Findings:
    """Checks any run. `url` must be of a login that sees all tenants."""
    findings, record = Findings(), read(path)
    with psycopg.connect(url, autocommit=True) as connection:
        health.sessions(connection, findings)
        views.wait_until_caught_up(connection, findings)
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        log, folding = _read_log(connection, record, findings)
        _same_as_before(log, path, findings)
        _read_models(connection, folding, record, findings)
        answers.kept(connection, record, findings)
    answers.current(record, findings)
    answers.followed(record, log, findings)
    answers.failures(record, findings)
    customers: defaultdict[str, set[str]] = defaultdict(set)
    tenants: defaultdict[str, set[str]] = defaultdict(set)
    for tenant, customer in [*folding.customers, *folding.unreadable]:
        customers[tenant].add(customer)
        tenants[customer].add(tenant)
    answers.strangers(record, tenants, findings)
    Outside(services, keys, len(record.requests), findings).check(log.at.values(), customers)
    if verify:
        health.verified(url, findings)
    findings.end()
    return findings


def _read_log(
    connection: Connection, record: Record, findings: Findings
) -> tuple[Log, Folding]:
    """One pass over the log: its order, each command's events, the fold."""
    log = Log(connection, findings)
    effects = Effects(record, log, findings)
    folding = Folding(Rules(findings), answers.wanted(record))
    for event in events(connection):
        context = event.context()
        log.see(event)
        effects.see(event, context)
        folding.see(event, context)
    log.end()
    folding.end()
    effects.check()
    for sentence in folding.answered_otherwise:
        findings.violation("I10", sentence)
    for (tenant, customer, version), readers in folding.wanted.items():
        if (tenant, customer) not in folding.unreadable:
            findings.violation(
                "I10", f"{readers[0][0]} was answered version {version} of customer {customer} of "
                f"tenant {tenant}, which the log doesn't have"
            )
    return log, folding


def _read_models(
    connection: Connection, folding: Folding, record: Record, findings: Findings
) -> None:
    excused = set()
    for key, event in folding.unreadable.items():
        if record.is_poison(event.token, event.customer):
            excused.add(key)
        else:
            findings.violation("I13", f"the event at {event.token} ({event.type}) can't be read")
    views.compare(connection, folding.rows, excused, findings)
    views.reservations(connection, folding.rules.holders, excused, findings)
    findings.summary["customers"] = len(folding.customers)


def _same_as_before(log: Log, record: Path, findings: Findings) -> None:
    """I4: the log still has what an earlier check of the same run saw. That check wrote its heads beside the record."""
    kept = record.with_name(record.name + ".heads")
    if kept.exists():
        for partition, (position, hash) in json.loads(kept.read_text()).items():
            event = log.at.get((int(partition), position))
            if event is None or event.hash.hex() != hash:
                findings.violation(
                    "I4", f"the log of partition {partition} up to {position} isn't what it was "
                    "at the last check"
                )
    kept.write_text(json.dumps(log.heads()))
