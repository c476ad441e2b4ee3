"""Floods beyond the limits, and their effect on other clients."""

from __future__ import annotations

import threading
import time
from http.client import HTTPException
from itertools import cycle

from stage import Answer, Client, Service, Watch

from .crowd import Crowd
from .wrk import Load, Run, Target, load

# The maximum of concurrent requests of an instance, by default.
REQUESTS_MAX = 1_024
CALM, FLOOD, NEIGHBOURS = 64, 3 * REQUESTS_MAX, 8
RECOVERY_SECONDS = 3.0


class Probes:
    """Clients beside wrk that send a request now and then, and record the answers."""

    def __init__(self, service: Service, crowd: Crowd, callers: int = 8) -> None:
        self.answers: list[tuple[float, float, Answer | None]] = []
        self._stop = threading.Event()
        keys = crowd.keys.read_text().split()
        ids = crowd.ids.read_text().split()
        self._threads = [
            threading.Thread(target=self._ask, args=(service.client(key), identity, number))
            for number, key, identity in zip(range(callers), cycle(keys), ids)
        ]

    def _ask(self, client: Client, identity: str, number: int) -> None:
        path = f"/v1/customers/{identity}/commands/update-profile"
        while not self._stop.wait(0.05):
            body = {"shipping": {"instructions": f"probe {number} at {time.monotonic()}"}}
            begun = time.monotonic()
            try:
                answer = client.send("POST", path, body)
            except (OSError, HTTPException):
                answer = None
            self.answers.append((begun, time.monotonic() - begun, answer))

    def __enter__(self) -> Probes:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def between(self, start: float, end: float, *statuses: int) -> list[float]:
        """How long the answers of these statuses took, shortest first."""
        return sorted(
            took for begun, took, answer in self.answers if answer and start <= begun < end and answer.status in statuses
        )

    def wrong(self) -> list[str]:
        """Answers that are not allowed in a flood."""
        wrong = []
        for _, _, answer in self.answers:
            if answer is None:
                wrong.append("a probe got no answer")
            elif answer.status not in (200, 429, 503):
                wrong.append(f"a probe got {answer.status} {answer.body[:200]!r}")
            elif answer.status != 200 and "retry-after" not in answer.headers:
                wrong.append(f"a {answer.status} has no Retry-After")
        return wrong


def _times(taken: list[float]) -> str:
    if not taken:
        return "none"
    half, most = taken[len(taken) // 2], taken[int(0.99 * (len(taken) - 1))]
    return f"{len(taken)}, p50 {1e3 * half:.1f} ms, p99 {1e3 * most:.1f} ms"


def overload(service: Service, target: Target, crowd: Crowd, seconds: float) -> list[str]:
    """Commands of many tenants, three times the limit; returns failures."""
    assert service.process is not None
    watch = Watch(service.process.pid)
    calm = load(target, crowd, CALM, seconds, share=1.0)
    print(f"\noverload: commands of many tenants\n  {CALM:>5} connections  {calm}")
    with Probes(service, crowd) as probes:
        begun = time.monotonic()
        flood = load(target, crowd, FLOOD, seconds, share=1.0)
        over = time.monotonic()
        watch.look()
        time.sleep(RECOVERY_SECONDS)
    ended = time.monotonic()
    offered = flood.answers / flood.seconds
    print(f"  {FLOOD:>5} connections  {flood}")
    print(f"  {offered:,.0f}/s were offered, {offered / calm.rate:.1f} times what {CALM} connections get done")
    print(f"  accepted beside it: {_times(probes.between(begun, over, 200))}")
    print(f"  refused beside it: {_times(probes.between(begun, over, 429, 503))}")
    print(f"  after it: {_times(probes.between(over, ended, 200))}; refused {_times(probes.between(over, ended, 429, 503))}")
    print(f"  {watch.report()}", flush=True)
    again = load(target, crowd, CALM, seconds, share=1.0)
    print(f"  {CALM:>5} connections  {again}")
    return probes.wrong() + [f"overload: {run}" for run in (calm, flood, again) if run.broken]


def neighbours(target: Target, flooding: Crowd, beside: Crowd, seconds: float) -> list[str]:
    """The effect of one tenant's flood on another; returns failures."""
    print(f"\nneighbours: reads and commands of one tenant over {NEIGHBOURS} connections")
    runs: list[Run] = []
    for connections in (0, CALM, FLOOD // 3):
        if not connections:
            runs.append(load(target, beside, NEIGHBOURS, seconds, share=0.5))
            print(f"  alone                           {runs[0]}")
            continue
        with Load(target, flooding, connections, seconds + 2, share=0.5) as flood:
            time.sleep(1)
            runs.append(load(target, beside, NEIGHBOURS, seconds, share=0.5))
            of_flood = flood.run()
        times = runs[-1].p99_ms / runs[0].p99_ms
        print(f"  beside {connections:>5} of another tenant   {runs[-1]}   p99 {times:.2f} times")
        print(f"      the other tenant            {of_flood}", flush=True)
        runs.append(of_flood)
    return [f"neighbours: {run}" for run in runs if run.broken]


def rate_limit(service: Service, target: Target, crowd: Crowd, rate: int, seconds: float) -> list[str]:
    """A key with `rate` requests a second, and a flood with it; returns failures."""
    client = service.client(crowd.key)
    with Load(target, crowd, CALM, seconds) as flood:
        time.sleep(seconds / 2)
        # More than the key may send in that time.
        answers = [client.get("/v1/customers?limit=1") for _ in range(2 * rate)]
        run = flood.run()
    print(f"\na key of {rate} requests a second: reads over {CALM} connections\n  {run}", flush=True)
    refused = [answer for answer in answers if answer.status == 429]
    wrong = [f"rate limit: {run}"] if run.broken or not run.refused else []
    wrong += [] if refused else ["no probe was refused beside a flood"]
    return wrong + [
        f"a 429 has no {name}"
        for answer in refused
        for name in ("ratelimit", "ratelimit-policy", "retry-after")
        if name not in answer.headers
    ]
