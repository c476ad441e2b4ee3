"""wrk and its output."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from .crowd import Crowd

_SCRIPT = Path(__file__).with_name("requests.lua")
_runs = count(1)


@dataclass(frozen=True)
class Target:
    """The path of requests: before a customer's id, and after it for a command."""

    port: int
    before: str
    behind: str = ""


@dataclass(frozen=True)
class Run:
    """The result of a run. `refused` are answers of 400 and above, `broken` requests without an answer."""

    seconds: float
    answers: int
    refused: int
    broken: int
    p50_ms: float
    p99_ms: float
    p999_ms: float

    @property
    def rate(self) -> float:
        """Successes per second."""
        return (self.answers - self.refused) / self.seconds

    def __str__(self) -> str:
        return (
            f"{self.rate:>9,.0f}/s   p50 {self.p50_ms:8.2f}   p99 {self.p99_ms:8.2f}   p99.9 {self.p999_ms:8.2f} ms"
            + (f"   {self.refused:,} refused" if self.refused else "")
            + (f"   {self.broken:,} broken" if self.broken else "")
        )


class Load:
    """wrk at work: a closed loop of so many connections, each of which rests for `pause` seconds before a
    request; `share` of the requests are commands, `lists` of the others are pages of a list.
    """

    def __init__(
        self,
        target: Target,
        crowd: Crowd | None,
        connections: int,
        seconds: float,
        share: float = 0.0,
        pause: float = 0.0,
        lists: float = 0.0,
    ) -> None:
        command = ["wrk", f"-t{min(2, connections)}", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
        command += ["--timeout", "30s", "-s", str(_SCRIPT), f"http://127.0.0.1:{target.port}/"]
        asked = {
            "IDS": crowd.ids if crowd else os.devnull,
            "KEYS": crowd.keys if crowd else os.devnull,
            "SHARE": share,
            "LISTS": lists,
            "BEFORE": target.before,
            "BEHIND": target.behind,
            "PAUSE_MS": round(1000 * pause),
            "SEED": next(_runs),
        }
        environment = os.environ | {name: str(value) for name, value in asked.items()}
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def __enter__(self) -> Load:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def run(self) -> Run:
        """Waits for its end."""
        output, _ = self._process.communicate()
        try:
            return Run(**json.loads(output.splitlines()[-1]))
        except (ValueError, IndexError) as error:
            raise RuntimeError(f"wrk: {output}") from error


def load(
    target: Target,
    crowd: Crowd | None,
    connections: int,
    seconds: float,
    share: float = 0.0,
    pause: float = 0.0,
    lists: float = 0.0,
) -> Run:
    """Loads a server for a while."""
    with Load(target, crowd, connections, seconds, share, pause, lists) as running:
        return running.run()


class Repeat:
    """wrk with one request, over this many connections; a POST if there is a body."""

    def __init__(
        self, port: int, key: str, path: str, connections: int, seconds: float, body: str | None = None
    ) -> None:
        command = ["wrk", "-t2", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "60s"]
        command += ["-s", str(_SCRIPT.with_name("repeat.lua")), f"http://127.0.0.1:{port}/"]
        asked = {"METHOD": "POST" if body else "GET", "TARGET": path, "KEY": key} | ({"BODY": body} if body else {})
        self._process = subprocess.Popen(command, env=os.environ | asked, stdout=subprocess.DEVNULL)

    def __enter__(self) -> Repeat:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
