"""Bytes to the service and bytes back: requests that no ordinary client would send can be sent, too."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, replace

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """A request before it is bytes. `{key}` and `{operator}` in it stand for keys, which differ in each run."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes | None = None

    def with_header(self, name: str, value: str) -> Request:
        """With a header, in place of the one that there may be."""
        others = tuple(header for header in self.headers if header[0].lower() != name.lower())
        return replace(self, headers=(*others, (name, value)))

    def header(self, name: str) -> str:
        """A header's value; nothing when it isn't there."""
        return next((value for found, value in self.headers if found.lower() == name.lower()), "")

    @property
    def bytes(self) -> bytes:
        """As it goes over the wire, but for the keys."""
        lines = [f"{self.method} {self.target} HTTP/1.1", "Host: a"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body is not None:
            lines.append(f"Content-Length: {len(self.body)}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
        return head + (self.body or b"")


@dataclass(frozen=True)
class Reply:
    """What came back, byte for byte, and how long it took."""

    status: int
    head: bytes
    body: bytes
    seconds: float

    def header(self, name: str) -> str:
        """A header's value; nothing when it isn't there."""
        for line in self.head.split(b"\r\n")[1:]:
            found, _, value = line.partition(b":")
            if found.decode("latin-1").lower() == name.lower():
                return value.strip().decode("latin-1")
        return ""


class NoAnswer(Exception):
    """The connection ended, or the time did, before there was a whole answer."""


class Wire:
    """One connection, opened anew when the service has closed it. Not for several threads."""

    def __init__(self, port: int, timeout: float = 10.0) -> None:
        self._port = port
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._buffer = b""

    def close(self) -> None:
        """Closes the connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._buffer = None, b""

    def send(self, sent: bytes) -> None:
        """Sends bytes as they are."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), self._timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._socket.sendall(sent)
        except (BrokenPipeError, ConnectionResetError):
            # It may have answered before it had read everything.
            pass

    def half_close(self) -> None:
        """Says that nothing more is coming."""
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass

    def exchange(self, sent: bytes) -> Reply:
        """Sends a request, and reads the answer to it."""
        self.send(sent)
        return self.receive(bodyless=sent.startswith(b"HEAD "))

    def receive(self, bodyless: bool = False) -> Reply:
        """Reads one answer.

        Raises NoAnswer when the connection ends, or nothing comes in time.
        """
        begun = time.perf_counter()
        try:
            status = 100
            # An interim answer is not the answer.
            while 100 <= status < 200:
                head = self._until(b"\r\n\r\n")
                status = int(head[9:12])
            reply = Reply(status, head, b"", 0.0)
            body = b"" if bodyless or status in (204, 304) else self._body(reply)
        except (OSError, ValueError) as error:
            self.close()
            raise NoAnswer(type(error).__name__) from error
        except NoAnswer:
            self.close()
            raise
        if reply.header("connection").lower() == "close":
            self.close()
        return replace(reply, body=body, seconds=time.perf_counter() - begun)

    def _body(self, reply: Reply) -> bytes:
        if reply.header("content-type").startswith("text/event-stream"):
            # It has no end.
            self.close()
            return b""
        if reply.header("transfer-encoding").lower() != "chunked":
            return self._exactly(int(reply.header("content-length") or 0))
        body = b""
        while size := int(self._until(b"\r\n").strip(), 16):
            body += self._exactly(size + 2)[:-2]
        self._until(b"\r\n")
        return body

    def _more(self) -> None:
        if self._socket is None:
            raise NoAnswer("closed")
        read = self._socket.recv(65536)
        if not read:
            raise NoAnswer("closed after bytes" if self._buffer else "closed")
        self._buffer += read

    def _until(self, end: bytes) -> bytes:
        while (at := self._buffer.find(end)) < 0:
            self._more()
        at += len(end)
        found, self._buffer = self._buffer[:at], self._buffer[at:]
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found
