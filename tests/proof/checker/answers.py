"""Checks of answers: idempotency answers are the stored ones, reads are current, failures have a cause."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from itertools import chain
from typing import Any

from .findings import Findings
from .log import Connection, Log
from .record import Record, Request

# Statuses from before the decision, which are never stored.
NEVER_KEPT = (401, 403, 408, 413, 415, 429)
# Statuses that only a decision can have.
DECIDED = (409, 412)
SAME_HEADERS = ("content-type", "etag", "dossier-position", "location")
# How long the consequences of a fault may last.
GRACE_SECONDS = 5.0
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CUSTOMER = re.compile(rf"/v1/customers/({UUID.pattern})$")


def kept(connection: Connection, record: Record, findings: Findings) -> None:
    """I7 to I9: answers under the keys of native requests."""
    rows: dict[tuple[str, str], tuple[int, str]] = {}
    for tenant, key, status, body in connection.execute(
        "select tenant_id::text, idempotency_key, status, body from command_results"
    ):
        rows[tenant, key] = (status, body)
        if status in (401, 403, 429) or status >= 500:
            findings.violation("I9", f"{status} is kept under {key!r} of tenant {tenant}")
    sent: defaultdict[tuple[str, str], list[Request]] = defaultdict(list)
    for request in record.commands:
        if request.key is not None and request.is_native and request.status is not None:
            sent[request.tenant, request.key].append(request)
    for place, requests in sent.items():
        _under_key(place, requests, rows.get(place), findings)


def _under_key(
    place: tuple[str, str], requests: list[Request], row: tuple[int, str] | None, findings: Findings
) -> None:
    name = f"key {place[1]!r} of tenant {place[0]}"
    same = [request for request in requests if (request.status, request.answer) == row]
    owners = {request.fingerprint for request in same}
    if len(owners) > 1:
        findings.violation("I8", f"the answer of the {name} was given to different requests")
    if sum(not request.is_replayed for request in same) > 1:
        findings.violation("I7", f"more than one request with the {name} was answered as the first")
    for request in same[1:]:
        findings.count("duplicates_compared")
        headers = [[one.answered.get(header) for header in SAME_HEADERS] for one in (same[0], request)]
        if request.line is None and headers[0] != headers[1]:
            findings.violation(
                "I7", f"{request.name} got other headers than {same[0].name} under the {name}"
            )
    for request in requests:
        status = request.status or 0
        if request in same or (status >= 500 or status in NEVER_KEPT) and not request.is_replayed:
            continue
        if request.is_ok or request.is_replayed or status in DECIDED:
            findings.violation(
                "I7", f"{request.name} was answered {status} under the {name}, which isn't the kept answer"
            )
        elif request.fingerprint in owners:
            findings.violation(
                "I7", f"{request.name} was answered {status} under the {name}, and {same[0].name} otherwise"
            )


def wanted(record: Record) -> dict[tuple[str, str, int], list[tuple[str, dict[str, Any]]]]:
    """Each document of a customer returned by a read, by tenant, customer and version."""
    documents: defaultdict[tuple[str, str, int], list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for request in record.requests:
        if request.method != "GET" or request.status != 200 or not request.is_native:
            continue
        path = request.path.partition("?")[0]
        body = request.json() if path.startswith("/v1/customers") else None
        if not isinstance(body, dict):
            continue
        for document in body.get("items", [body]) if path == "/v1/customers" else [body]:
            if {"id", "version", "created_by"} <= document.keys():
                place = (request.tenant, document["id"], document["version"])
                documents[place].append((request.name, document))
    return documents


def current(record: Record, findings: Findings) -> None:
    """I11: a read of a customer sees what was acknowledged before it was sent."""
    answered: defaultdict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    for request in record.commands:
        if request.is_ok and request.is_native and not request.is_dry_run:
            answer = request.json()
            if isinstance(answer, dict) and "version" in answer:
                answered[request.tenant, answer["id"]].append((request.ended, answer["version"]))
    reached: dict[tuple[str, str], tuple[list[float], list[int]]] = {}
    for place, versions in answered.items():
        versions.sort()
        highest, so_far = [], 0
        for _, version in versions:
            so_far = max(so_far, version)
            highest.append(so_far)
        reached[place] = ([ended for ended, _ in versions], highest)
    for request in record.requests:
        found = CUSTOMER.match(request.path)
        if request.method != "GET" or not found or request.status not in (200, 404):
            continue
        times, highest = reached.get((request.tenant, found[1]), ([], []))
        before = bisect_left(times, request.at)
        due = highest[before - 1] if before else 0
        body = request.json() if request.status == 200 else None
        version = body["version"] if isinstance(body, dict) else 0
        findings.count("reads_compared")
        if version < due:
            findings.violation(
                "I11", f"{request.name} read customer {found[1]} at version {version} "
                f"after version {due} was acknowledged"
            )


def strangers(record: Record, tenants_of: dict[str, set[str]], findings: Findings) -> None:
    """I14: no answer names a customer of another tenant."""
    for request in record.requests:
        asked = set(UUID.findall(f"{request.path} {request.body or ''}"))
        for named in set(UUID.findall(request.answer)) - asked:
            owners = tenants_of.get(named)
            if owners and request.tenant not in owners:
                findings.violation(
                    "I14", f"the answer to {request.name} of tenant {request.tenant} names {named}, "
                    f"a customer of tenant {min(owners)}"
                )


def followed(record: Record, log: Log, findings: Findings) -> None:
    """I4: the events of earlier pages are still in the log, at the same positions."""
    for request in record.requests:
        body = request.json() if request.method == "GET" and '"event_version"' in request.answer else None
        if not isinstance(body, dict) or request.status != 200:
            continue
        for item in body.get("items", []):
            partition, position = map(int, item["position"].split("."))
            event = log.at.get((partition, position))
            now = event and (event.type, event.version, event.tenant)
            if now != (item["type"], item["version"], request.tenant):
                findings.violation(
                    "I4", f"{request.name} was shown {item['type']} at {item['position']}, "
                    "and the log has something else there"
                )
            findings.count("events_followed")


def failures(record: Record, findings: Findings) -> None:
    """I24: no 5xx without a fault, never a 500, and each has Retry-After."""
    lines = (command for command in record.commands if command.line is not None)
    for request in chain(record.requests, lines):
        status = request.status or 0
        # A list that is behind also answers 503.
        if status < 500 or '"not_yet"' in request.answer:
            continue
        findings.count("failures")
        where = f"{request.name} ({request.method} {request.path}) was answered {status}"
        if status not in (503, 504):
            findings.violation("I24", where)
        elif request.line is None and "retry-after" not in request.answered:
            findings.violation("I24", f"{where} without Retry-After")
        elif not any(
            fault.begun <= request.ended and request.at <= fault.ended + GRACE_SECONDS
            for fault in record.faults
        ):
            findings.violation("I24", f"{where} without a fault")
