"""Proxies between clients, services and PostgreSQL that do what networks do.

Run as a process of its own (`python -m torture.proxy`): a JSON object a line comes in, its answer goes
out. `{"do":"add","name":…}` answers the port; `set` changes how a proxy treats what passes; `cut` and
`reset` end all its connections, the latter without a farewell. When its input ends, so does it.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
from typing import Any

# Closing with this set sends a reset.
LINGER_NOT = struct.pack("ii", 1, 0)


class Side(asyncio.Protocol):
    """One end of a connection through a proxy; `other` is the other end."""

    def __init__(self, proxy: Proxy, answers: bool) -> None:
        self.proxy = proxy
        # Whether what comes from here are answers: that side is the server.
        self.answers = answers
        self.transport: asyncio.Transport | None = None
        self.other: Side | None = None
        self.held: list[bytes] = []
        # How much is on its way, and when the last of it arrives.
        self.late = 0
        self.due = 0.0
        self.gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.proxy.sides.add(self)
        if not self.answers:
            transport.pause_reading()
            task = asyncio.ensure_future(self.proxy.connect(self))
            self.proxy.connecting.add(task)
            task.add_done_callback(self.proxy.connecting.discard)

    def data_received(self, data: bytes) -> None:
        how = self.proxy.answers if self.answers else self.proxy.requests
        if how == "drop":
            return
        if how == "hold":
            self.held.append(data)
        else:
            self.pass_on(data)

    def pass_on(self, data: bytes) -> None:
        """Sends what came to the other side, as late and as slowly as the proxy says."""
        proxy, now = self.proxy, proxy_time()
        due = now + proxy.delay
        if proxy.rate:
            due = max(due, self.due) + len(data) / proxy.rate
        if due <= now and not self.late:
            self.send(data)
            return
        # Later than what came before, so that nothing overtakes.
        self.late += 1
        self.due = max(due, self.due + 1e-6)
        asyncio.get_running_loop().call_at(self.due, self.arrive, data)

    def arrive(self, data: bytes) -> None:
        """Sends what was on its way."""
        self.late -= 1
        self.send(data)

    def send(self, data: bytes) -> None:
        """Sends to the other side now, if it is still there."""
        if self.other and self.other.transport and not self.other.gone:
            self.other.transport.write(data)

    def release(self) -> None:
        """Sends what was held."""
        held, self.held = self.held, []
        for data in held:
            self.pass_on(data)

    def end(self, reset: bool) -> None:
        """Closes this side."""
        if self.transport is None or self.gone:
            return
        if reset:
            raw = self.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
            self.transport.abort()
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone = True
        self.proxy.sides.discard(self)
        if self.other is not None and not self.other.gone:
            loop = asyncio.get_running_loop()
            loop.call_at(max(self.due, loop.time()) + 1e-6, self.other.end, exc is not None)


def proxy_time() -> float:
    """The loop's clock."""
    return asyncio.get_running_loop().time()


class Proxy:
    """One port that leads to another."""

    def __init__(self) -> None:
        self.target = 0
        self.requests = "pass"
        self.answers = "pass"
        self.delay = 0.0
        self.rate = 0.0
        self.port = 0
        self.sides: set[Side] = set()
        self.connecting: set[asyncio.Task[None]] = set()
        self.server: asyncio.Server | None = None

    async def open(self, refuse: bool) -> None:
        """Listens, always on the same port, or refuses connections."""
        if refuse and self.server is not None:
            self.server.close()
            self.server = None
        elif not refuse and self.server is None:
            loop = asyncio.get_running_loop()
            self.server = await loop.create_server(
                lambda: Side(self, answers=False), "127.0.0.1", self.port, reuse_address=True
            )
            self.port = self.server.sockets[0].getsockname()[1]

    async def connect(self, client: Side) -> None:
        """Forwards an accepted connection."""
        loop = asyncio.get_running_loop()
        try:
            _, server = await loop.create_connection(
                lambda: Side(self, answers=True), "127.0.0.1", self.target
            )
        except OSError:
            client.end(reset=True)
            return
        client.other, server.other = server, client
        if client.gone:
            server.end(reset=False)
        elif client.transport is not None:
            client.transport.resume_reading()

    async def set(self, refuse: bool = False, **how: Any) -> None:
        """Changes how it treats what passes; what isn't named goes back to passing at once."""
        self.target = how.get("target", self.target)
        self.requests = how.get("requests", "pass")
        self.answers = how.get("answers", "pass")
        self.delay = how.get("delay", 0.0)
        self.rate = how.get("rate", 0.0)
        await self.open(refuse)
        for side in list(self.sides):
            if (self.answers if side.answers else self.requests) == "pass":
                side.release()

    def end_all(self, reset: bool) -> None:
        """Ends all connections."""
        for side in list(self.sides):
            side.end(reset)


async def obey() -> None:
    """Executes commands from standard input."""
    proxies: dict[str, Proxy] = {}
    commands = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        order = json.loads(line)
        what, proxy = order.pop("do"), proxies.setdefault(order.pop("name"), Proxy())
        if what == "cut" or what == "reset":
            proxy.end_all(reset=what == "reset")
        else:
            await proxy.set(**order)
        print(json.dumps(proxy.port), flush=True)


class Proxies:
    """The process with the proxies, from outside."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._one_at_a_time = asyncio.Lock()

    @classmethod
    async def start(cls) -> Proxies:
        """Starts the process; it ends with this one."""
        pipe = asyncio.subprocess.PIPE
        command = [sys.executable, "-m", "torture.proxy"]
        return cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe))

    async def tell(self, do: str, name: str, **how: Any) -> int:
        """Has something done to a proxy, which is made if there is none of that name; its port."""
        assert self._process.stdin and self._process.stdout
        async with self._one_at_a_time:
            order = json.dumps({"do": do, "name": name, **how})
            self._process.stdin.write(order.encode() + b"\n")
            return int(json.loads(await self._process.stdout.readline()))

    async def set(self, name: str, **how: Any) -> int:
        """Has a proxy treat what passes so, and in everything else as if it weren't there; its port."""
        return await self.tell("set", name, **how)

    async def end(self) -> None:
        """Ends the process."""
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()


if __name__ == "__main__":
    asyncio.run(obey())
