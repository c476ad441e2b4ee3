"""Each way in which the proxy treats what passes, against a server that says everything twice."""

from __future__ import annotations

import asyncio
import contextlib
import time
import unittest
import unittest.mock

from ..proxy import Proxies, Proxy, Side


async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends each line back twice, in one piece."""
    with contextlib.suppress(ConnectionResetError):
        while line := await reader.readline():
            writer.write(line * 2)
    writer.close()


class ProxyTest(unittest.IsolatedAsyncioTestCase):
    """The proxy."""

    async def asyncSetUp(self) -> None:
        self.server = await asyncio.start_server(repeat, "127.0.0.1", 0)
        self.proxies = await Proxies.start()
        target = self.server.sockets[0].getsockname()[1]
        self.port = await self.proxies.set("p", target=target)
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.assertEqual(await self.say("first"), b"first\nfirst\n")

    async def asyncTearDown(self) -> None:
        self.writer.close()
        await self.proxies.end()
        self.server.close()

    async def say(self, line: str, seconds: float = 10.0) -> bytes:
        """What comes back to a line in that time."""
        self.writer.write(line.encode() + b"\n")
        async with asyncio.timeout(seconds):
            return await self.reader.readexactly(2 * len(line) + 2)

    async def test_held_data_come_later_in_order(self) -> None:
        await self.proxies.set("p", requests="hold", answers="hold")
        for line in ("one", "two"):
            with self.assertRaises(TimeoutError):
                await self.say(line, 0.5)
        await self.proxies.set("p")
        self.assertEqual(await self.reader.readexactly(16), b"one\none\ntwo\ntwo\n")

    async def test_dropped_answers_never_come(self) -> None:
        await self.proxies.set("p", answers="drop")
        with self.assertRaises(TimeoutError):
            await self.say("lost", 0.5)
        await self.proxies.set("p")
        self.assertEqual(await self.say("next"), b"next\nnext\n")

    async def test_data_stay_in_order_when_the_network_becomes_fast_again(self) -> None:
        proxy, other = Proxy(), unittest.mock.Mock(gone=False)
        side = Side(proxy, answers=True)
        side.other = other
        proxy.delay = 0.01
        side.pass_on(b"first")
        # It is due, but the loop hasn't come to it.
        time.sleep(0.02)
        proxy.delay = 0.0
        side.pass_on(b"second")
        await asyncio.sleep(0.02)
        sent = [call.args[0] for call in other.transport.write.call_args_list]
        self.assertEqual(sent, [b"first", b"second"])

    async def test_slow_data_come_in_order(self) -> None:
        await self.proxies.set("p", delay=0.1)
        began = time.monotonic()
        self.writer.write(b"slow\n")
        await asyncio.sleep(0.01)
        await self.proxies.set("p")
        self.writer.write(b"fast\n")
        self.assertEqual(await self.reader.readexactly(20), b"slow\nslow\nfast\nfast\n")
        self.assertGreater(time.monotonic() - began, 0.1)

    async def test_a_reset_is_abrupt(self) -> None:
        await self.proxies.tell("reset", "p")
        with self.assertRaises(ConnectionResetError):
            await self.reader.read()

    async def test_a_cut_is_a_normal_close(self) -> None:
        await self.proxies.tell("cut", "p")
        self.assertEqual(await self.reader.read(), b"")

    async def test_after_refusals_the_port_is_the_same(self) -> None:
        await self.proxies.set("p", refuse=True)
        with self.assertRaises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", self.port)
        self.assertEqual(await self.say("still"), b"still\nstill\n")
        await self.proxies.set("p")
        self.writer.close()
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.assertEqual(await self.say("again"), b"again\nagain\n")
