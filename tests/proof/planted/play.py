"""A stage with two tenants, a service or two, and a record of what is sent to them."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable
from typing import Any

import checker
from checker.recorder import Recorder
from stage import Answer, Client, Service, Stage

SCOPES = "read,write,admin,audit"


class Play:
    """What a scene is played on."""

    def __init__(self, stage: Stage, defect: str, seed: int) -> None:
        self.stage, self.chance = stage, random.Random(seed)
        # What is planted in SQL asks for it there.
        stage.postgres.sql(f"alter database postgres set planted.defect = '{defect}'")
        self.tenants = [stage.tenant("one"), stage.tenant("two")]
        self._keys = {tenant: stage.key(tenant, SCOPES) for tenant in self.tenants}
        self.record = Recorder(stage.directory / "record", seed, self.tenants)
        self.services: list[Service] = []
        self._defect = defect

    def serve(self) -> Service:
        """One more instance."""
        service = self.stage.service(PLANTED=self._defect)
        self.services.append(service)
        return service

    def sender(self, tenant: int = 0, instance: int = 0) -> Callable[..., Answer | None]:
        """What sends requests of a tenant to an instance, one at a time."""
        whose = self.tenants[tenant]
        client = self.services[instance].client(self._keys[whose])

        def send(
            method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
        ) -> Answer | None:
            return self.record.send(client, whose, method, path, body, headers, instance)

        return send

    def client(self, tenant: int, instance: int = 0) -> Client:
        """A caller whom nobody records."""
        return self.services[instance].client(self._keys[self.tenants[tenant]])

    def key(self) -> dict[str, str]:
        """A header with an idempotency key that is new."""
        return {"Idempotency-Key": str(uuid.UUID(int=self.chance.getrandbits(128), version=4))}

    def at_once(self, *tasks: Callable[[], object]) -> None:
        """Does all of it at the same time."""
        threads = [threading.Thread(target=task) for task in tasks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def check(self) -> checker.Findings:
        """What the checker finds."""
        self.record.close()
        return checker.check(self.stage.postgres, self.services, self._keys, self.record.path)
