"""The record of a run: what was sent and what came back, on disk before anybody goes on."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from pathlib import Path
from typing import Any


class Record:
    """A file of JSON lines. Callers who write at the same time share one fsync."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = open(path, "ab", buffering=0)
        self._loop = asyncio.get_running_loop()
        self._numbers = 0
        self._lines: list[bytes] = []
        self._written: asyncio.Future[None] = self._loop.create_future()
        self._due = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def number(self) -> int:
        """The number of the next request."""
        self._numbers += 1
        return self._numbers

    async def note(self, **members: Any) -> float:
        """Writes a line with the time, which is returned once the line is on disk."""
        at = time.time()
        if self._ended:
            raise RuntimeError("the record is closed")
        self._lines.append(json.dumps({"at": at, **members}).encode() + b"\n")
        written = self._written
        self._due.set()
        # A cancelled waiter does not affect the others that share the future.
        await asyncio.shield(written)
        return at

    def _take(self) -> tuple[bytes, asyncio.Future[None]]:
        taken = b"".join(self._lines), self._written
        self._lines = []
        self._written = self._loop.create_future()
        return taken

    def _write(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            taken: list[tuple[bytes, asyncio.Future[None]]] = []
            done = threading.Event()

            # The lines belong to the loop's thread.
            def take() -> None:
                taken.append(self._take())
                done.set()

            self._loop.call_soon_threadsafe(take)
            done.wait()
            lines, written = taken[0]
            self._file.write(lines)
            os.fsync(self._file.fileno())
            self._loop.call_soon_threadsafe(written.set_result, None)
            if self._ended and not self._lines:
                return

    async def close(self) -> None:
        """Ends the record; what was written is on disk."""
        await self.note(ended=True)
        self._ended = True
        self._due.set()
        await asyncio.to_thread(self._thread.join)
        self._file.close()
