"""What a command costs with its read models: bytes of the write-ahead log, and processor time."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from stage import Service, Stage

from .crowd import Crowd, wait_for_read_models
from .wrk import Target, load

CONNECTIONS = 64
ROUNDS = 3
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """What was spent so far: bytes and whole pages of the log, seconds of processor time."""

    wal: int
    pages: int
    service: float
    postgres: float

    @staticmethod
    def so_far(stage: Stage, service: Service) -> Spent:
        """Waits until the server has counted what it wrote."""
        assert service.process is not None and stage.postgres.process is not None
        # Sessions report what they wrote within a second of their last statement.
        time.sleep(1.5)
        [(wal, pages)] = stage.postgres.rows("select wal_bytes::bigint, wal_fpi from pg_stat_wal")
        assert isinstance(wal, int) and isinstance(pages, int)
        return Spent(wal, pages, _own(service.process.pid), _family(stage.postgres.process.pid))


def cost(stage: Stage, service: Service, target: Target, crowd: Crowd, operator: str, seconds: float) -> list[str]:
    """Prints the table; returns failures. Each round ends when the read models have all events."""
    stage.postgres.sql("vacuum (analyze)", "checkpoint")
    print(f"\na command with its read models, {CONNECTIONS} connections, {ROUNDS} rounds of {seconds:.0f} s")
    wrong = []
    for _ in range(ROUNDS):
        before = Spent.so_far(stage, service)
        run = load(target, crowd, CONNECTIONS, seconds, 1.0)
        lag = wait_for_read_models(service, operator)
        after = Spent.so_far(stage, service)
        commands = max(1, run.answers - run.refused)
        micros = 1e6 / commands
        print(
            f"  {run.rate:>7,.0f}/s, read models {lag:5.1f} s later: {(after.wal - before.wal) / commands:>8,.0f} bytes of WAL, "
            f"{(after.pages - before.pages) / commands:5.2f} whole pages; "
            f"{(after.service - before.service) * micros:5.0f} µs of the service, "
            f"{(after.postgres - before.postgres) * micros:5.0f} µs of PostgreSQL",
            flush=True,
        )
        if run.refused or run.broken:
            wrong.append(f"cost: {run}")
    return wrong


def _own(process: int, *fields: int) -> float:
    """Seconds of processor time of a process: by default its own (proc(5), fields 14 and 15 of `stat`)."""
    try:
        behind = Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1].split()
    except OSError:
        return 0.0
    return sum(int(behind[field - 3]) for field in fields or (14, 15)) / _TICK


def _family(process: int) -> float:
    """The same of a process and its children, also those that have ended."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return _own(process, 14, 15, 16, 17) + sum(_own(int(child)) for child in children)
