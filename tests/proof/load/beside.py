"""The stock stack over the same customers, and a static page, in a separate process."""

from __future__ import annotations

import os
import subprocess

from stage import Postgres

from .crowd import Crowd
from .wrk import Target


class Beside:
    """Use it in a `with`: leaving it ends the process."""

    def __init__(self, postgres: Postgres, crowd: Crowd) -> None:
        postgres.sql("create database stock")
        url = postgres.url().rsplit("/", 1)[0] + "/stock"
        command = [os.environ["BENCHES"], "beside", "--database-url", url, "--ids", str(crowd.ids)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        address = self.process.stdout.readline().strip()
        if not address:
            self.process.kill()
            raise RuntimeError(f"{command} does not start")
        port = int(address.rsplit(":", 1)[1])
        self.stock = Target(port, "/customers/", "/profile")
        self.hello = Target(port, "/hello")

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *_: object) -> None:
        # It ends with its input.
        self.process.communicate()
