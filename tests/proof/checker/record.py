"""The record of a run: requests, answers and faults."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BULK = "/v1/commands"


@dataclass(slots=True)
class Request:
    """One request, or one line of an NDJSON request. Its outcome may be unknown."""

    n: int
    line: int | None
    at: float
    tenant: str
    method: str
    path: str
    headers: dict[str, str]
    body: str | None
    key: str | None
    ended: float = math.inf
    status: int | None = None
    answered: dict[str, str] = field(default_factory=dict)
    answer: str = ""

    @property
    def name(self) -> str:
        """Its name in findings."""
        return f"request {self.n}" if self.line is None else f"line {self.line} of request {self.n}"

    @property
    def request_id(self) -> str | None:
        """The id that its events carry; none if unknown."""
        return self.headers.get("x-request-id") or self.answered.get("x-request-id")

    @property
    def is_dry_run(self) -> bool:
        """Whether it is a dry run."""
        return "dry_run=true" in self.path.partition("?")[2].split("&")

    @property
    def is_native(self) -> bool:
        """Whether it is a native request, whose answers have events."""
        return self.path.startswith("/v1/")

    @property
    def is_ok(self) -> bool:
        """Whether it was answered with a success."""
        return self.status is not None and self.status < 300

    @property
    def is_refused(self) -> bool:
        """Whether it was refused."""
        return self.status is not None and 400 <= self.status < 500

    @property
    def is_replayed(self) -> bool:
        """Whether it is a repeated idempotency answer."""
        return self.answered.get("idempotency-replayed") == "true"

    @property
    def fingerprint(self) -> bytes:
        """The values that must be equal for two requests under one key."""
        said = (self.method, self.path, self.body or "")
        return hashlib.sha256("\0".join(said).encode()).digest()

    def json(self) -> Any:
        """The answer's body; none if it isn't JSON."""
        try:
            return json.loads(self.answer)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, and how long its consequences may last."""

    kind: str
    detail: str
    begun: float
    ended: float


@dataclass
class Record:
    """A record."""

    tenants: list[str]
    requests: list[Request] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def is_poison(self, position: str, customer: str | None) -> bool:
        """Whether a fault put this event into the log: the fault's detail names it or its customer."""
        details = [fault.detail for fault in self.faults if fault.kind == "poison_event"]
        return any(position in detail or (customer or position) in detail for detail in details)

    @property
    def commands(self) -> Iterator[Request]:
        """Each command: a request, or a line of one."""
        for request in self.requests:
            if request.method in ("GET", "HEAD"):
                continue
            if request.path == BULK:
                yield from _lines(request)
            else:
                yield request


def read(path: Path) -> Record:
    """Reads a record. An incomplete last line is ignored."""
    record = Record([])
    by_number: dict[int, Request] = {}
    open_faults: list[tuple[str, str, float]] = []
    with open(path, encoding="utf-8") as lines:
        for text in lines:
            if not text.endswith("\n"):
                break
            said = json.loads(text)
            if "tenants" in said:
                record.tenants = list(said["tenants"])
            elif "send" in said:
                request = _request(said)
                by_number[request.n] = request
                record.requests.append(request)
            elif "answer" in said:
                request, answer = by_number[said["n"]], said["answer"]
                request.ended, request.status = said["at"], answer["status"]
                request.answered, request.answer = answer["headers"], answer["body"] or ""
            elif "none" in said and "n" in said:
                by_number[said["n"]].ended = said["at"]
            elif "fault" in said:
                fault = said["fault"]
                open_faults.append((fault["class"], str(fault.get("detail")), said["at"]))
            elif "healed" in said:
                healed = [one for one in open_faults if one[0] == said["healed"]] or open_faults
                record.faults += [Fault(*one, said["at"]) for one in healed]
                open_faults = [one for one in open_faults if one not in healed]
    record.faults += [Fault(*one, math.inf) for one in open_faults]
    return record


def _request(said: dict[str, Any]) -> Request:
    send = said["send"]
    headers = {name.lower(): value for name, value in send["headers"].items()}
    key = headers.get("idempotency-key")
    if key is not None:
        key = key.removeprefix('"').removesuffix('"')
    request = Request(
        said["n"], None, said["at"], send["tenant"], send["method"], send["path"], headers,
        send["body"], key,
    )
    # The answer to a dry run isn't stored, and stored answers aren't checked for it.
    if request.is_dry_run:
        request.key = None
    return request


def _lines(request: Request) -> Iterator[Request]:
    """The lines of a request; lines without an answer are unknown."""
    answers = {} if request.status is None else _answers(request.answer)
    sent = [line for line in (request.body or "").split("\n") if line.strip()]
    for nth, body in enumerate(sent, 1):
        try:
            key = json.loads(body).get("idempotency_key")
        except (ValueError, AttributeError):
            key = None
        line = Request(
            request.n, nth, request.at, request.tenant, request.method, BULK, request.headers,
            body, key, request.ended,
        )
        line.answered = {
            name: value for name, value in request.answered.items() if name == "x-request-id"
        }
        if nth in answers:
            line.status, line.answer, replayed = answers[nth]
            if replayed:
                line.answered["idempotency-replayed"] = "true"
        elif request.status is not None and request.status != 200:
            line.status, line.answer = request.status, request.answer
        yield line


def _answers(body: str) -> dict[int, tuple[int, str, bool]]:
    """By line: status, the answer's bytes, whether it was repeated."""
    found = {}
    for text in body.split("\n"):
        try:
            line = json.loads(text)
            answer = text.split('"answer":', 1)[1].removesuffix("}")
            found[line["line"]] = (line["status"], answer, line.get("replayed", False))
        except (ValueError, KeyError, IndexError):
            continue
    return found
