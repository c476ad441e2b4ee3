"""A caller over HTTP: one connection, one request at a time, nothing sent twice by itself."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What came back, byte for byte."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Client:
    """One connection to a service, with a key. Not for several threads."""

    def __init__(self, port: int, key: str, timeout: float = 30.0) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self._key = key

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Sends one request; a body that is not bytes goes as JSON.

        Raises OSError or http.client.HTTPException when no whole answer comes: it may have happened, then.
        """
        sent = {"Authorization": f"Bearer {self._key}"} | (headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        try:
            self._connection.request(method, path, body, sent)
            answer = self._connection.getresponse()
            content = answer.read()
        except BaseException:
            self._connection.close()
            raise
        given = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, given, content)

    def get(self, path: str, **headers: str) -> Answer:
        """Reads."""
        return self.send("GET", path, headers=headers)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()
