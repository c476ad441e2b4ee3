"""Whether an answer is one that the documents promise."""

from __future__ import annotations

import json
from typing import Any

from stage import Reply, Route

SECONDS_MAX = 5.0
_PROBLEM = {"type", "title", "status", "detail", "instance", "code"}
# What is refused before it is known for which surface it is, is a problem on all of them.
_OF_LISTENER = {400, 408, 414, 431, 505}


class Judge:
    """Knows the documents of all surfaces."""

    def __init__(self, routes: list[Route]) -> None:
        self._any = {status for route in routes for status in route.statuses} | {404, 405}

    def wrong(self, route: Route | None, target: str, reply: Reply) -> str:
        """What is wrong with an answer; nothing when all is well.

        `route` is the one that was meant; without one any documented status will do.
        """
        allowed = self._any if route is None else route.statuses
        waits = "wait=" in target or (reply.status == 503 and b"not_yet" in reply.body)
        # Operators who rebuild, cancel and prune at once keep each other waiting and get 503.
        waits |= reply.status == 503 and target.startswith("/admin/") and bool(reply.header("retry-after"))
        if reply.status >= 500 and reply.status != 505 and not waits:
            return f"a {reply.status}"
        if reply.status not in allowed:
            return f"a {reply.status}, which is not documented"
        if reply.seconds > SECONDS_MAX and not waits:
            return "an answer after more than 5 seconds"
        if not reply.header("x-request-id"):
            return "an answer without X-Request-Id"
        if reply.status >= 400 and reply.body:
            return self._wrong_failure(route, reply)
        if reply.header("content-type") == "application/x-ndjson" and b'"status":5' in reply.body:
            return "a line that was answered with a 5xx"
        return ""

    def _wrong_failure(self, route: Route | None, reply: Reply) -> str:
        try:
            document: Any = json.loads(reply.body)
        except ValueError:
            return f"a {reply.status} whose body is not JSON"
        if not isinstance(document, dict):
            return f"a {reply.status} whose body is not an object"
        if reply.header("content-type") == "application/problem+json":
            ours = route is None or route.native or reply.status in _OF_LISTENER
            if not ours:
                return f"a {reply.status} with a problem instead of the vendor's failure"
            if not _PROBLEM <= document.keys() or document["status"] != reply.status:
                return f"a {reply.status} whose problem lacks something"
            return ""
        if route is None:
            return "" if "message" in document or "error" in document else f"a {reply.status} without a message"
        if route.native:
            return f"a {reply.status} that is no problem+json"
        failure = route.document["components"]["schemas"]["Failure"]
        if not set(failure.get("required", ())) <= document.keys() and reply.status != 401:
            return f"a {reply.status} that is not the vendor's failure"
        return ""


def events_of(route: Route | None, reply: Reply) -> int | None:
    """How many events an answer acknowledges; None when it doesn't say."""
    if route is None or not route.native or reply.status not in (200, 201) or route.path == "/v1/commands":
        return None
    if reply.header("idempotency-replayed"):
        return 0
    try:
        document = json.loads(reply.body)
    except ValueError:
        return None
    if not isinstance(document, dict) or "events" not in document:
        return None
    return 0 if document.get("dry_run") else len(document["events"])
