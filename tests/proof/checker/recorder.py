"""A client that records its requests and answers in the checker's format."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from stage import Answer, Client


class Recorder:
    """The record of a run. For any number of threads."""

    def __init__(self, path: Path, seed: int, tenants: list[str]) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file = open(path, "a", encoding="utf-8")
        self._numbers = 0
        self._write({"seed": seed, "tenants": {tenant: {} for tenant in tenants}})

    def _write(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()

    def _number(self) -> int:
        with self._lock:
            self._numbers += 1
            return self._numbers

    def send(
        self, client: Client, tenant: str, method: str, path: str, body: Any = None,
        headers: dict[str, str] | None = None, instance: int = 0,
    ) -> Answer | None:
        """Sends a request with a new id; returns none without a complete answer."""
        number = self._number()
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        sent = {"X-Request-Id": str(uuid.uuid4())} | (headers or {})
        if text is not None:
            sent.setdefault("Content-Type", "application/json")
        send = {
            "tenant": tenant, "instance": instance, "method": method, "path": path,
            "headers": sent, "body": text,
        }
        self._write({"n": number, "at": time.time(), "send": send})
        try:
            answer = client.send(method, path, None if text is None else text.encode(), sent)
        except (OSError, http.client.HTTPException) as error:
            self._write({"n": number, "at": time.time(), "none": type(error).__name__})
            return None
        entry = {"status": answer.status, "headers": answer.headers, "body": answer.body.decode()}
        self._write({"n": number, "at": time.time(), "answer": entry})
        return answer

    def fault(self, kind: str, detail: str = "") -> None:
        """A fault begins."""
        self._write({"at": time.time(), "fault": {"class": kind, "detail": detail}})

    def healed(self, kind: str) -> None:
        """A fault is over."""
        self._write({"at": time.time(), "healed": kind})

    def close(self) -> None:
        """Ends the record."""
        self._file.close()
