"""A `dossier serve` in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from pathlib import Path

from .client import Client


def environment(**settings: str) -> dict[str, str]:
    """This process's environment without what would configure a service, and with these settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("DOSSIER_") and name != "DATABASE_URL"
    }
    return kept | settings


class Service:
    """One instance. It can be killed and started again, at another port each time."""

    def __init__(self, url: str, log: Path, flags: list[str], settings: dict[str, str]) -> None:
        self._url = url
        self._flags = flags
        self._settings = settings
        self.log = log
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    def start(self, **settings: str) -> None:
        """Starts it, and waits until it says where it is.

        `settings` are for this start only; DOSSIER among them names another binary.
        """
        settings = self._settings | settings
        dossier = settings.pop("DOSSIER", os.environ["DOSSIER"])
        command = [dossier, "serve", "--listen", "127.0.0.1:0", "--log", "info"]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*command, *self._flags],
                env=environment(DATABASE_URL=self._url, **settings),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("dossier is at http://"):
                self.port = int(line.split()[3].rsplit(":", 1)[1].rstrip("/"))
                break
        else:
            raise RuntimeError(f"the service does not start: {self.log.read_text()[-2000:]}")
        # So that it can go on printing.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        if self.process is not None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """Kills it without warning."""
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        """Tells it to stop; its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Waits until it has ended; its exit code."""
        if self.process is None:
            return 0
        code = self.process.wait(timeout=60)
        self.process = None
        return code

    def end(self) -> None:
        """Kills it, if it runs."""
        if self.process is not None:
            self.kill()

    def client(self, key: str) -> Client:
        """A caller with a key."""
        return Client(self.port, key)
