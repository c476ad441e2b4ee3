"""A PostgreSQL, tenants with keys and services, made for one run and gone after it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .catalogue import Names, Route, routes
from .client import Answer, Client
from .furnish import furnish, new_names
from .postgres import Postgres
from .service import Service, environment
from .watch import Watch
from .wire import NoAnswer, Reply, Request, Wire

__all__ = [
    "Answer",
    "Client",
    "Names",
    "NoAnswer",
    "Postgres",
    "Reply",
    "Request",
    "Route",
    "Service",
    "Stage",
    "Watch",
    "Wire",
    "furnish",
    "new_names",
    "routes",
]


class Stage:
    """Where services run. Use it in a `with`: leaving it ends all processes and removes all files."""

    def __init__(self) -> None:
        # Below a directory that PostgreSQL's own user may enter.
        self.directory = Path(tempfile.mkdtemp(prefix="dossier-proof-"))
        self.directory.chmod(0o711)
        self.postgres = Postgres(self.directory / "postgres")
        self.services: list[Service] = []

    def __enter__(self) -> Stage:
        try:
            self.postgres.create()
            self.postgres.start()
            self.dossier("migrate")
            self.postgres.sql(
                "create role service login",
                "grant dossier_writer, dossier_reader, dossier_projector to service",
            )
            self.log_key.write_text(self.dossier("head", "--new-key", "proof.example/dossier"))
            self.log_key.chmod(0o600)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for service in self.services:
            service.end()
        self.postgres.end()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def log_key(self) -> Path:
        """The file with the key that signs the log's heads."""
        return self.directory / "log-key"

    def dossier(self, *arguments: str, check: bool = True) -> str:
        """What a command prints, run as the owner of the database."""
        done = subprocess.run(
            [os.environ["DOSSIER"], *arguments],
            env=environment(DATABASE_URL=self.postgres.url()),
            capture_output=True,
            text=True,
        )
        if check and done.returncode != 0:
            raise RuntimeError(f"dossier {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def tenant(self, name: str, identity: str | None = None) -> str:
        """A new tenant's id, which may be chosen."""
        chosen = ["--id", identity] if identity else []
        return self.dossier("tenant", "create", "--name", name, *chosen).strip()

    def key(self, tenant: str, scopes: str = "read,write", name: str = "proof", per_second: int = 0) -> str:
        """A new key of a tenant, which may send so many requests a second; 0 is as many as any."""
        rate = ["--requests-per-second", str(per_second)] if per_second else []
        return self.dossier("key", "create", "--tenant", tenant, "--name", name, "--scopes", scopes, *rate).strip()

    def service(self, *flags: str, database_url: str | None = None, **settings: str) -> Service:
        """A service that answers, with the privileges that docs/operations.md gives it."""
        url = database_url or self.postgres.url(user="service")
        log = self.directory / f"service-{len(self.services)}.log"
        service = Service(url, log, ["--log-key", str(self.log_key), *flags], settings)
        self.services.append(service)
        service.start()
        return service
