"""Current answers of the services: the feed equals the table, lists are complete, tenants are isolated."""

from __future__ import annotations

import http.client
import json
import random
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from stage import Answer, Client

from .findings import Findings
from .folding import instant
from .log import Event

# How many of a tenant's customers are requested.
SAMPLE = 20
PAGE = 200


class Outside:
    """Callers of the running services, one for each tenant whose key is known."""

    def __init__(
        self, connect: list[Callable[[str], Client]], keys: dict[str, str], seed: int,
        findings: Findings,
    ) -> None:
        self._services, self._keys, self._findings = connect, keys, findings
        self._random = random.Random(seed)

    def check(self, events: Iterable[Event], customers: dict[str, set[str]]) -> None:
        """Sends requests of every tenant to every service."""
        of: defaultdict[str, list[Event]] = defaultdict(list)
        for event in events:
            of[event.tenant].append(event)
        for service in self._services:
            try:
                callers = {tenant: service(key) for tenant, key in sorted(self._keys.items())}
                cursors = {}
                for tenant, caller in callers.items():
                    cursors[tenant] = self._feed(caller, of[tenant], tenant)
                    # Other feeds may take longer than the service keeps an idle connection.
                    caller.close()
                for tenant, caller in callers.items():
                    self._listed(caller, tenant, customers.get(tenant, set()))
                    self._strange(caller, tenant, customers, cursors)
                    caller.close()
            except (OSError, http.client.HTTPException) as error:
                self._findings.violation("I23", f"a service doesn't answer: {error!r}")

    def _feed(self, caller: Client, events: list[Event], tenant: str) -> str | None:
        """I5: the feed from the beginning equals the tenant's part of the table. Returns the last cursor."""
        items: list[dict[str, Any]] = []
        path, cursor = f"/v1/feed?limit={PAGE}", None
        while True:
            answer = self._ok(caller, f"{path}&cursor={quote(cursor)}" if cursor else path)
            if answer is None:
                return cursor
            page = answer.json
            items += page["items"]
            # Pages may be empty before the end. The last one has the cursor of the end of the log.
            if cursor == page["next_cursor"] or (not page["items"] and len(items) >= len(events)):
                break
            cursor = page["next_cursor"]
        self._findings.count("feed_events", len(items))
        for item, event in zip(items, events, strict=False):
            if _differs(item, event):
                self._findings.violation(
                    "I5", f"the feed of tenant {tenant} has {item['type']} at {item['position']} "
                    f"where the table has {event.type} at {event.token}"
                )
                break
        if len(items) != len(events):
            self._findings.violation(
                "I5", f"the feed of tenant {tenant} has {len(items)} events, the table {len(events)}"
            )
        return cursor

    def _listed(self, caller: Client, tenant: str, customers: set[str]) -> None:
        """The list has every customer of the tenant once, and no other."""
        found: list[str] = []
        path, cursor = f"/v1/customers?limit={PAGE}", None
        while True:
            answer = self._ok(caller, f"{path}&cursor={quote(cursor)}" if cursor else path)
            if answer is None:
                return
            found += [item["id"] for item in answer.json["items"]]
            cursor = answer.json.get("next_cursor")
            if cursor is None:
                break
        if len(found) != len(set(found)):
            self._findings.violation("I10", f"the list of tenant {tenant} has a customer twice")
        for whose in sorted(set(found) - customers):
            self._findings.violation("I14", f"the list of tenant {tenant} has {whose}, another's")
        for whose in sorted(customers - set(found)):
            self._findings.violation("I10", f"the list of tenant {tenant} lacks {whose}")

    def _strange(
        self, caller: Client, tenant: str, customers: dict[str, set[str]],
        cursors: dict[str, str | None],
    ) -> None:
        """I14: another tenant's objects are answered like missing ones."""
        own = customers.get(tenant, set())
        others = sorted(set().union(*customers.values()) - own)
        for whose in self._random.sample(others, min(SAMPLE, len(others))):
            nobody = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
            for part in ("", "/children", "/billing-configs", "/payment-profiles"):
                theirs, nothing = (
                    _masked(caller.get(f"/v1/customers/{one}{part}"), one) for one in (whose, nobody)
                )
                self._findings.count("strangers_asked")
                if theirs != nothing:
                    self._findings.violation(
                        "I14", f"tenant {tenant} requested /v1/customers/{whose}{part}, another's, and "
                        f"got {theirs[0]}; for nobody's {nothing[0]}"
                    )
        for other, cursor in cursors.items():
            if other == tenant or cursor is None:
                continue
            answer = caller.get(f"/v1/feed?limit={PAGE}&cursor={quote(cursor)}")
            if answer.status != 400:
                self._findings.violation(
                    "I14", f"tenant {tenant} read on by a cursor of tenant {other}: {answer.status}"
                )

    def _ok(self, caller: Client, path: str) -> Answer | None:
        answer = caller.get(path)
        if answer.status == 200:
            return answer
        self._findings.violation("I24", f"GET {path} was answered {answer.status} after all faults")
        return None


def _differs(item: dict[str, Any], event: Event) -> bool:
    context = event.context()
    due = {
        "customer_id": event.customer, "version": event.version, "position": event.token,
        "recorded_at": instant(event.micros), "type": event.type, "data": event.data,
        "actor": context.get("actor"), "api_key": context.get("api_key"),
        "request_id": context.get("request_id"),
    }
    return any(item.get(name) != value for name, value in due.items())


def _masked(answer: Answer, asked: str) -> tuple[int, str]:
    """Status and body, without the parts that identify the request."""
    body = answer.body.decode()
    try:
        problem = json.loads(body)
        problem.pop("instance", None)
        body = json.dumps(problem, sort_keys=True)
    except (ValueError, AttributeError):
        pass
    return answer.status, body.replace(asked, "…")
