"""HTTP over a connection that may break at any moment, without threads."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any


class Lost(Exception):
    """No complete answer came; the text gives the reason. The request may have been executed."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """A problem's code; empty when it is none."""
        problem = self.headers.get("content-type") == "application/problem+json"
        return str(self.json["code"]) if problem else ""


class Connection:
    """One connection, made when it is needed. One request at a time; nothing is sent twice."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: str | None,
        seconds: float,
        hang_up: float | None = None,
    ) -> Answer:
        """Sends a request and waits so long for its answer, or hangs up after `hang_up` seconds."""
        whole = False
        try:
            async with asyncio.timeout(seconds if hang_up is None else hang_up):
                answer = await self._exchange(method, path, headers, body)
                whole = True
                return answer
        except TimeoutError:
            raise Lost("timeout" if hang_up is None else "hung up") from None
        except ConnectionRefusedError:
            raise Lost("refused") from None
        except (OSError, EOFError, ValueError):
            raise Lost("reset") from None
        finally:
            if not whole:
                self.close()

    async def _exchange(
        self, method: str, path: str, headers: dict[str, str], body: str | None
    ) -> Answer:
        if self._streams and (self._streams[0].at_eof() or self._streams[0].exception()):
            # It ended while nothing was asked: no answer is lost by that.
            self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 22)
        reader, writer = self._streams
        content = b"" if body is None else body.encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body is not None:
            lines.append(f"Content-Length: {len(content)}")
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        given = dict(line.split(": ", 1) for line in head[1:] if line)
        given = {name.lower(): value for name, value in given.items()}
        if given.get("transfer-encoding") == "chunked":
            received = await self._chunks(reader)
        else:
            received = await reader.readexactly(int(given.get("content-length", "0")))
        if given.get("connection") == "close":
            self.close()
        return Answer(int(head[0].split()[1]), given, received.decode())

    async def _chunks(self, reader: asyncio.StreamReader) -> bytes:
        chunks = []
        while size := int(await reader.readline(), 16):
            chunks.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readline()
        return b"".join(chunks)

    def close(self) -> None:
        """Ends the connection, if there is one; the next request makes another."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None
