"""Whether what was acknowledged is in the log, once, and nothing else is."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stage import Postgres, Service


@dataclass
class Findings:
    """What is wrong, a sentence each, and how much was looked at."""

    violations: list[str] = field(default_factory=list)
    summary: Counter[str] = field(default_factory=Counter)


@dataclass
class Command:
    """One command, however often it was sent."""

    # The requests that carried it, and the line in each (0: it was alone).
    requests: set[tuple[int, int]] = field(default_factory=set)
    # Status and answer of each that was answered for good, by what was sent.
    answers: dict[int, list[tuple[int, Any]]] = field(default_factory=lambda: defaultdict(list))
    silent: bool = False


def check(
    postgres: Postgres, services: list[Service], keys: dict[str, str], record: Path
) -> Findings:
    """Compares the record with the log."""
    findings = Findings()
    commands, found = read(record), findings.summary
    whose = {place: name for name, command in commands.items() for place in command.requests}
    stored: dict[Any, list[tuple[int, int, int]]] = defaultdict(list)
    for position, version, request, line in postgres.rows(
        "select position, sequence, metadata->>'request_id', coalesce(metadata->>'line', '0') from events"
        " where metadata->>'request_id' like 'torture-%'"
    ):
        found["events"] += 1
        n = int(str(request).removeprefix("torture-"))
        name = whose.get((n, int(str(line))))
        if name is None:
            found["phantom"] += 1
            findings.violations.append(f"I2: position {position} is of no request ({request})")
        else:
            stored[name].append((int(str(position)), int(str(version)), n))
    for name, command in commands.items():
        judge(name, command, stored.get(name, []), findings)
    return findings


def judge(name: Any, command: Command, stored: list[tuple[int, int, int]], found: Findings) -> None:
    """Compares one command's answers with each other and with its events."""
    summary, wrong = found.summary, found.violations.append
    if len({n for _, _, n in stored}) > 1:
        summary["doubled"] += 1
        wrong(f"I2: {name} happened more than once: {stored}")
    for same in command.answers.values():
        summary["duplicates_compared"] += len(same) - 1
        if any(answer != same[0] for answer in same[1:]):
            wrong(f"I7: {name} was answered differently: {same[:2]}")
    done = [answer for same in command.answers.values() for status, answer in same if status < 300]
    if done:
        dry = "dry_run" in done[0]
        summary["dry_runs" if dry else "acknowledged"] += 1
        events = [] if dry else done[0]["events"]
        told = {(position(event["position"]), event["version"]) for event in events}
        if missing := told - {(at, version) for at, version, _ in stored}:
            summary["lost"] += 1
            wrong(f"I1: {name} was acknowledged, and is not in the log: {missing}")
        if len(stored) > len(told):
            summary["phantom"] += 1
            wrong(f"I2: {name} has more events than were told: {stored}")
    elif command.silent:
        summary["unknown_happened" if stored else "unknown_not"] += 1
    else:
        summary["refused"] += 1
        if stored:
            summary["phantom"] += 1
            wrong(f"I2: {name} was refused, and happened: {stored}")


def position(told: str) -> int:
    """The position within the partition."""
    return int(told.split(".")[1])


def read(record: Path) -> dict[Any, Command]:
    """All commands of a record that were to happen, by tenant and key, or by request and line."""
    commands: dict[Any, Command] = defaultdict(Command)
    open_requests: dict[int, list[tuple[Any, int, bool]]] = {}
    with open(record) as lines:
        for line in map(json.loads, lines):
            if send := line.get("send"):
                if send["method"] == "POST":
                    open_requests[line["n"]] = list(enter(commands, line["n"], send))
            elif line.get("n") in open_requests:
                entered = open_requests.pop(line["n"])
                settle(commands, entered, line.get("answer"))
    for entered in open_requests.values():
        settle(commands, entered, None)
    return commands


def enter(commands: dict[Any, Command], n: int, send: dict[str, Any]) -> Iterator[tuple[Any, int, bool]]:
    """Enters what a request carries: the name of each command, what is sent, whether it is one of lines."""
    bulk = send["path"] == "/v1/commands"
    for nth, line in enumerate(send["body"].splitlines() if bulk else [send["body"]], 1):
        key = json.loads(line).get("idempotency_key") if bulk else send["headers"].get("Idempotency-Key")
        # Nothing is kept of a dry run, so each is one of its own.
        once = key and "dry_run" not in send["path"]
        name = (send["tenant"], key) if once else (n, nth)
        commands[name].requests.add((n, nth if bulk else 0))
        yield (name, hash((send["path"], line)), bulk)


def settle(commands: dict[Any, Command], entered: list[tuple[Any, int, bool]], answer: Any) -> None:
    """Notes what became of a request."""
    told: dict[int, tuple[int, Any]] = {}
    if answer and entered and entered[0][2] and answer["status"] == 200:
        for line in map(json.loads, answer["body"].splitlines()):
            told[line["line"]] = (line["status"], line["answer"])
    elif answer:
        told = {nth: (answer["status"], json.loads(answer["body"])) for nth in range(1, len(entered) + 1)}
    for nth, (name, sent, _) in enumerate(entered, 1):
        status, content = told.get(nth, (503, {}))
        if status >= 500:
            commands[name].silent = True
            continue
        # Which request it was that was refused; not kept when the body could not be read.
        content.pop("instance", None)
        commands[name].answers[sent].append((status, content))
