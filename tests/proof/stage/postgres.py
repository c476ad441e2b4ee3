"""A PostgreSQL of its own: its programs are Debian's, its data are in a directory of the run."""

from __future__ import annotations

import glob
import os
import pwd
import signal
import socket
import subprocess
import time
from pathlib import Path

import psycopg


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """One server. It can be killed and started again; its port stays."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._programs = max(
            glob.glob("/usr/lib/postgresql/*/bin"), key=lambda found: int(found.split("/")[4])
        )
        # PostgreSQL refuses to run as root.
        self._account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None

    def _as_its_user(self) -> dict[str, object]:
        if self._account is None:
            return {}
        return {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}

    def create(self) -> None:
        """Makes the data directory."""
        self.data.mkdir(mode=0o700)
        if self._account is not None:
            os.chown(self.data, self._account.pw_uid, self._account.pw_gid)
        self.program("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale")

    def program(self, name: str, *arguments: str) -> None:
        """Runs one of its programs on the data."""
        subprocess.run(
            [f"{self._programs}/{name}", "-D", str(self.data), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            **self._as_its_user(),  # type: ignore[call-overload]
        )

    def start(self, *settings: str) -> None:
        """Starts it, with settings like `max_connections=50`, and waits until it takes connections."""
        options = ["listen_addresses=127.0.0.1", "unix_socket_directories=", *settings]
        with open(self.data.parent / "postgres.log", "ab") as log:
            self.process = subprocess.Popen(
                [f"{self._programs}/postgres", "-D", str(self.data), "-p", str(self.port)]
                + [part for option in options for part in ("-c", option)],
                stdout=log,
                stderr=log,
                cwd="/",
                **self._as_its_user(),  # type: ignore[call-overload]
            )
        for _ in range(600):
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError("PostgreSQL does not start")

    def signal(self, number: signal.Signals) -> None:
        """Sends the postmaster a signal: TERM smart, INT fast, QUIT immediate shutdown, KILL."""
        if self.process is not None:
            self.process.send_signal(number)

    def wait(self) -> None:
        """Waits until it has ended, its backends too."""
        if self.process is not None:
            self.process.wait(timeout=60)
            self.process = None

    def end(self) -> None:
        """Stops it at once, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.signal(signal.SIGQUIT)
            self.wait()

    def url(self, user: str = "postgres", port: int | None = None) -> str:
        """Where it is, for a login; `port` is that of a proxy before it."""
        return f"postgres://{user}@127.0.0.1:{port or self.port}/postgres"

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection as the superuser, who sees all tenants. Each statement is a transaction."""
        return psycopg.connect(self.url(), autocommit=True)

    def sql(self, *statements: str) -> None:
        """Runs statements as the superuser."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]

    def rows(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        """The rows of a query, as the superuser."""
        with self.connect() as connection:
            return connection.execute(query, parameters or None).fetchall()  # type: ignore[call-overload]
