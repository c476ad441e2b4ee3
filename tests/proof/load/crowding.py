"""The effect of one tenant's hostile requests on its neighbour in the same partition."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from stage import Service, Stage, Watch

from .crowd import Crowd, neighbour, register
from .wrk import Load, Repeat, Run, Target

CUSTOMERS, BESIDE = 12_000, 2_000
CALLERS, FLOODERS, STREAMS, UNREAD = 8, 64, 8, 130
# The neighbour's requests: half are commands, a quarter of the others are lists.
COMMANDS, LISTS = 0.5, 0.25
# Rounds of alone and beside, of which the medians are compared.
ROUNDS = 3
LARGE = 20
LINES = 200_000
_SEARCH = {
    "filters": [{"field": "name", "operator": "contains", "value": {"string": "Customer"}}] * 20,
    "sort": [{"field": "created_at", "direction": "asc"}],
    "limit": 1000,
    "offset": 9000,
}


def crowding(stage: Stage, service: Service, target: Target, seconds: float) -> list[str]:
    """Prints the neighbour's figures alone and beside each flood; returns failures."""
    tenant = stage.tenant("crowding")
    crowd = register(stage, service, "crowding", [tenant], CUSTOMERS)
    beside = register(stage, service, "crowded", [neighbour(stage, tenant)], BESIDE)
    _grow(service, crowd)
    instant = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    past = stage.key(tenant, scopes="read,audit")
    floods: dict[str, Callable[[ExitStack], None]] = {
        "searches": lambda stack: _repeat(
            stack, service, crowd.key, "/compat/flexprice/v1/customers/search", seconds, json.dumps(_SEARCH)
        ),
        "lists as of an instant": lambda stack: _repeat(
            stack, service, past, f"/v1/customers?as_of={instant}&sort=name&limit=200", seconds
        ),
        "large pages unread": lambda stack: stack.enter_context(_unread(service, crowd.key)),
        "bulk writes": lambda stack: stack.enter_context(_bulk(stage, service, crowd)),
    }
    print(f"\ncrowding: a tenant over {CALLERS} connections beside a neighbour's floods")
    wrong = []
    for name, begin in floods.items():
        wrong += _beside(service, target, beside, name, begin, seconds)
    return wrong


def _beside(
    service: Service,
    target: Target,
    crowd: Crowd,
    name: str,
    begin: Callable[[ExitStack], None],
    seconds: float,
) -> list[str]:
    assert service.process is not None
    watch = Watch(service.process.pid)
    alone: list[Run] = []
    crowded: list[Run] = []
    for _ in range(ROUNDS):
        alone.append(_neighbour(target, crowd, seconds))
        with ExitStack() as stack:
            begin(stack)
            time.sleep(1)
            crowded.append(_neighbour(target, crowd, seconds, watch))
    first, then = _median(alone), _median(crowded)
    compared = f"p99 {then.p99_ms / first.p99_ms:.2f} times" if then.answers else "no answer"
    print(f"  {name}\n    alone    {first}\n    beside   {then}   {compared}")
    print(f"    {watch.report()}", flush=True)
    refused = sum(run.refused for run in crowded)
    wrong = [f"{name}: {refused} requests of the neighbour were refused"] if refused else []
    if not then.answers:
        wrong.append(f"{name}: the neighbour got no answer")
    return wrong + [f"{name}: {run}" for run in alone + crowded if run.broken]


def _neighbour(target: Target, crowd: Crowd, seconds: float, watch: Watch | None = None) -> Run:
    with Load(target, crowd, CALLERS, seconds, share=COMMANDS, lists=LISTS) as running:
        until = time.monotonic() + seconds
        while watch and time.monotonic() < until:
            watch.look()
            time.sleep(0.2)
        return running.run()


def _median(runs: list[Run]) -> Run:
    return sorted(runs, key=lambda run: run.p99_ms)[len(runs) // 2]


def _repeat(
    stack: ExitStack, service: Service, key: str, path: str, seconds: float, body: str | None = None
) -> None:
    stack.enter_context(Repeat(service.port, key, path, FLOODERS, seconds + 3, body))


def _grow(service: Service, crowd: Crowd) -> None:
    """Makes the first customers almost as large as the service allows, up to a megabyte."""
    client = service.client(crowd.key)
    config = {"provider": "custom", "delivery_method": "direct_to_billing_provider"}
    for identity in crowd.ids.read_text().split()[:LARGE]:
        for batch in range(17):
            configs = [config | {"configuration": {"note": f"{batch} {nth} {'x' * 15_000}"}} for nth in range(4)]
            commands = [{"command": "add-billing-config", "body": body} for body in configs]
            path = f"/v1/customers/{identity}/commands"
            answer = client.send("POST", path, {"commands": commands})
            if batch and answer.status == 422:
                break
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status} {answer.body[:300]!r}")
    client.close()


@contextmanager
def _unread(service: Service, key: str) -> Iterator[None]:
    """Connections that request pages of large customers and read nothing."""
    request = f"GET /v1/customers?sort=created_at&limit={LARGE} HTTP/1.1\r\nHost: a\r\nX-Api-Key: {key}\r\n\r\n"
    sockets = []
    for _ in range(UNREAD):
        unread = socket.socket()
        unread.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        unread.connect(("127.0.0.1", service.port))
        unread.sendall(request.encode())
        sockets.append(unread)
    try:
        yield
    finally:
        for unread in sockets:
            unread.close()


@contextmanager
def _bulk(stage: Stage, service: Service, crowd: Crowd) -> Iterator[None]:
    """Streams of commands as fast as the service accepts them."""
    lines = stage.directory / "crowding.ndjson"
    if not lines.exists():
        _write_lines(lines, crowd)
    command = ["curl", "--silent", "--output", os.devnull, "--max-time", "120", "--upload-file", str(lines)]
    command += ["--request", "POST", "--header", "Content-Type: application/x-ndjson", "--header", f"X-Api-Key: {crowd.key}"]
    stop = threading.Event()

    def send() -> None:
        while not stop.is_set():
            with subprocess.Popen([*command, f"http://127.0.0.1:{service.port}/v1/commands"]) as sending:
                while sending.poll() is None and not stop.wait(0.1):
                    pass
                sending.kill()

    senders = [threading.Thread(target=send) for _ in range(STREAMS)]
    for sender in senders:
        sender.start()
    try:
        yield
    finally:
        stop.set()
        for sender in senders:
            sender.join()


def _write_lines(path: Path, crowd: Crowd) -> None:
    ids = crowd.ids.read_text().split()[LARGE:]
    with path.open("w") as file:
        for number in range(LINES):
            body = {"shipping": {"instructions": f"line {number} of a stream"}}
            line = {"command": "update-profile", "customer": ids[number % len(ids)], "body": body}
            file.write(json.dumps(line) + "\n")
