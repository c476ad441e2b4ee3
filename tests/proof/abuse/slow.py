"""Callers that take their time: heads and bodies of which the end doesn't come."""

from __future__ import annotations

import selectors
import socket
import time

HEADS = (b"GET /liv", b"GET /livez HTTP/1.1\r\nHost: a\r\nX-A", b"\r\n", b"POST /v1/customers HTTP/1.1\r\nHost: a\r\n")
BODY = (
    b"POST /v1/customers HTTP/1.1\r\nHost: a\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\n"
    b'Content-Length: 100\r\n\r\n{"profile":'
)
# The service's own limits are 5 seconds for a head and 10 for a body.
SECONDS_MAX = 14.0


def hold(port: int, key: str, each: int) -> tuple[int, list[str]]:
    """Holds many of them at the same time; how many, and what is wrong.

    Some never send more, others send a byte now and then.
    """
    selector = selectors.DefaultSelector()
    begun = time.monotonic()
    for number in range(each):
        for sent in (*HEADS, BODY.replace(b"{key}", key.encode())):
            one = socket.create_connection(("127.0.0.1", port), 5)
            one.sendall(sent)
            selector.register(one, selectors.EVENT_READ, number % 2 == 0)
    count = len(selector.get_map())
    wrong: list[str] = []
    while selector.get_map() and time.monotonic() - begun < SECONDS_MAX:
        for key_, _ in selector.select(0.5):
            _read(selector, key_, wrong)
        for key_ in [one for one in selector.get_map().values() if one.data]:
            try:
                key_.fileobj.send(b"a")  # type: ignore[union-attr]
            except OSError:
                pass
    for left in list(selector.get_map().values()):
        wrong.append(f"a slow connection is still open after {SECONDS_MAX:.0f} s")
        left.fileobj.close()  # type: ignore[union-attr]
    return count, wrong


def _read(selector: selectors.BaseSelector, key: selectors.SelectorKey, wrong: list[str]) -> None:
    assert isinstance(key.fileobj, socket.socket)
    try:
        answer = key.fileobj.recv(65536)
    except OSError:
        answer = b""
    if answer[9:10] == b"5":
        wrong.append(f"a slow connection got {answer[:30]!r}")
    if not answer:
        selector.unregister(key.fileobj)
        key.fileobj.close()
