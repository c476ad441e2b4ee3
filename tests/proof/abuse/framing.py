"""Requests that only a raw socket can send: malformed heads and bodies."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from random import Random

from stage import NoAnswer, Reply
from .mutate import bytes_of

Make = Callable[[Random, bytes, bytes], bytes]
_SILENCE_SECONDS = 0.4
_END_SECONDS = 8.0


def _split(good: bytes) -> tuple[list[bytes], bytes]:
    head, _, body = good.partition(b"\r\n\r\n")
    return head.split(b"\r\n"), body


def _with(good: bytes, *lines: bytes, without: bytes = b"-", body: bytes | None = None) -> bytes:
    """The request with these lines in its head, and without those that begin with `without`."""
    head, had = _split(good)
    head = [line for line in head if not line.lower().startswith(without)]
    return b"\r\n".join([*head, *lines, b"Connection: close", b"", b""]) + (had if body is None else body)


_CL = b"content-length"


def _chunks(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"


def _length(random: Random, good: bytes, other: bytes) -> bytes:
    body = _split(good)[1]
    right = b"%d" % len(body)
    odd = [
        b"-1", b"+1", b"0x10", b"", b" ", b"1,1", b"1, 2", b"99999999999999999999", b"1.0", b"1e3", b"0" * 30 + right, b"\xb2",
        right + b"," + right, right + b" ", b"\t" + right, b"4294967296", b"18446744073709551615",
    ]  # fmt: skip
    return _with(good, b"Content-Length: " + random.choice(odd), without=_CL)


def _both(random: Random, good: bytes, other: bytes) -> bytes:
    lines = [b"Content-Length: " + random.choice((b"0", b"4", b"5")), b"Transfer-Encoding: chunked"]
    random.shuffle(lines)
    return _with(good, *lines, without=_CL, body=_chunks(_split(good)[1]) + random.choice((b"", other)))


def _two_lengths(random: Random, good: bytes, other: bytes) -> bytes:
    size = len(_split(good)[1])
    second = random.choice((size, size + 1, 0))
    return _with(good, b"Content-Length: %d" % size, b"Content-Length: %d" % second, without=_CL)


def _encoding(random: Random, good: bytes, other: bytes) -> bytes:
    line = random.choice((
        b"Transfer-Encoding : chunked", b"Transfer-Encoding: xchunked", b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: identity", b"Transfer-Encoding:\tchunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: \"chunked\"",
        b"Transfer-Encoding: CHUNKED", b"Transfer-Encoding: chunked;q=1", b"Transfer-Encoding:", b"transfer-encoding: chunked\x0b",
    ))  # fmt: skip
    return _with(good, line, without=_CL, body=_chunks(_split(good)[1]))


def _chunk(random: Random, good: bytes, other: bytes) -> bytes:
    body = _split(good)[1] or b"{}"
    size = b"%x" % len(body)
    bad = random.choice((
        b"-" + size, b"0x" + size, b"fffffffffffffffff", b"", b" " + size, size + b" ", size + b";a=b", size + b";" + b"a" * 9000,
        b"g", b"\x00", b"%x" % (len(body) + 1), b"%x" % (len(body) - 1), b"00000000000000000000" + size, size.upper(), b"1_0",
    ))  # fmt: skip
    end = random.choice((b"\r\n0\r\n\r\n", b"0\r\n\r\n", b"\n0\n\n", b"\r\n0\r\nX-Trailer: a\r\n\r\n", b"\r\n0\r\nHost: b\r\n\r\n", b""))
    return _with(good, b"Transfer-Encoding: chunked", without=_CL, body=bad + b"\r\n" + body + end)


def _host(random: Random, good: bytes, other: bytes) -> bytes:
    hosts = random.choice((
        (), (b"Host: a", b"Host: a"), (b"Host: a", b"Host: b"), (b"Host:",), (b"Host: a b",), (b"Host: a/b",), (b"Host: \xff",),
        (b"Host: a@b:c",), (b"Host: [::1]:99999999",), (b"Host : a",), (b" Host: a",), (b"Host: " + b"a" * 5000,),
    ))  # fmt: skip
    return _with(good, *hosts, without=b"host:")


def _line(random: Random, good: bytes, other: bytes) -> bytes:
    head, body = _split(good)
    method, target, version = head[0].split(b" ", 2)
    first = random.choice((
        method + b" " + target, method + b"  " + target + b" " + version, target + b" " + version,
        method.lower() + b" " + target + b" HTTP/1.1",
        method + b" " + target + b" HTTP/2.0", method + b" " + target + b" HTTP/0.9", method + b" " + target + b" HTTP/1.10",
        method + b" " + target + b" http/1.1", method + b" http://a" + target + b" HTTP/1.1", method + b" * HTTP/1.1",
        method + b" " + target + b"\x00 HTTP/1.1", method + b" " + target + b"\x7f HTTP/1.1",
        method + b" " + target + b"#a HTTP/1.1",
        method + b" a" + target + b" HTTP/1.1", b"\r\n\r\n" + head[0], b" " + head[0], method + b"\t" + target + b"\tHTTP/1.1",
        method + b" " + target + b"?" + b"a" * 9000 + b" HTTP/1.1", method + b" " + target + b" HTTP/1.0", b"A" * 40 + head[0],
        method + b" //a" + target + b" HTTP/1.1", method + b" " + target + b"\xff HTTP/1.1", b"PRI * HTTP/2.0", b"CONNECT a:1 HTTP/1.1",
    ))  # fmt: skip
    return b"\r\n".join([first, *head[1:], b"Connection: close", b"", b""]) + body


def _header(random: Random, good: bytes, other: bytes) -> bytes:
    line = random.choice((
        b"X-A: a\x00b", b"X-A: a\r b", b"X-A: a\r\n b", b"X-A: a\r\n\tb", b"X-A a", b": a", b"X-A\x00: a", b"X A: a", b"X-A: \x01",
        b"X-A: \xff\xfe", b"X-A:" + b" " * 3000 + b"a", b"X-" + b"a" * 3000 + b": a", b"X-A: " + b"a" * 17000, b"X-A: a\nX-B: b",
        b"\r\n".join(b"X-%d: a" % n for n in range(110)), b"X-A: a\rX-B: b", b"(: a", b"X-A: a\x7f", b"Expect: 100-continue",
        b"Expect: a", b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__", b"Upgrade: websocket\r\nSec-WebSocket-Version: 13",
        b"Trailer: a", b"TE: trailers", b"Content-Encoding: gzip", b"X-Api-Key: a\r\nX-Api-Key: b", b"Keep-Alive: timeout=0",
        b"Content-Type: a\r\nContent-Type: b", b"Range: bytes=0-1", b"X-HTTP-Method-Override: DELETE", b"X-Request-Id: \xff",
    ))  # fmt: skip
    return _with(good, line)


def _half(random: Random, good: bytes, other: bytes) -> bytes:
    return good[: random.randrange(len(good))]


def _pipelined(random: Random, good: bytes, other: bytes) -> bytes:
    count = random.choice((1, 2, 5, 20))
    last = random.choice((_with(good), _with(good)[:-1], b"\x00" * 50, b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
    return other * count + last


def _noise(random: Random, good: bytes, other: bytes) -> bytes:
    return random.choice((
        random.randbytes(random.choice((1, 20, 1000, 20000))), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(200),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + random.randbytes(50), b"SSH-2.0-a\r\n", b"\r\n" * 2000, b"GET " + b"/" * 30000,
        b"\x00" * 100, b"GET / HTTP/1.1\nHost: a\n\n", b"{}\r\n\r\n", b"PROXY TCP4 1.1.1.1 1.1.1.1 1 1\r\n" + _with(good),
    ))  # fmt: skip


def _any(random: Random, good: bytes, other: bytes) -> bytes:
    return bytes_of(random, _with(good))


KINDS: tuple[Make, ...] = (
    _length, _both, _two_lengths, _encoding, _chunk, _host, _line, _header, _half, _pipelined, _noise, _any, _any,
)  # fmt: skip


def exchange(port: int, sent: bytes) -> tuple[list[Reply], bool]:
    """Every answer to these bytes, and whether the last one is whole. Their time is the longest silence.

    Raises NoAnswer when the connection is still open long after this side has said all.
    """
    heard, silence = time.perf_counter(), 0.0
    read = b""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(_SILENCE_SECONDS)
        ended = False
        try:
            connection.sendall(sent)
            while True:
                try:
                    more = connection.recv(65536)
                except TimeoutError:
                    if ended:
                        raise NoAnswer("the connection stays open") from None
                    connection.shutdown(socket.SHUT_WR)
                    connection.settimeout(_END_SECONDS)
                    ended = True
                    continue
                silence, heard = max(silence, time.perf_counter() - heard), time.perf_counter()
                if not more:
                    break
                read += more
        except OSError:
            # It closed before it had read everything.
            pass
    replies, rest = _replies(read, silence)
    return replies, not rest


def _replies(read: bytes, seconds: float) -> tuple[list[Reply], bytes]:
    """The answers in these bytes, and the remaining bytes."""
    found = []
    while b"\r\n\r\n" in read:
        head, _, rest = read.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.") or not head[9:12].isdigit():
            break
        reply = Reply(int(head[9:12]), head, b"", seconds)
        if reply.status < 200 or reply.status in (204, 304):
            body: bytes | None = b""
        elif reply.header("transfer-encoding").lower() == "chunked":
            body, rest = _unchunked(rest)
        elif reply.header("content-length"):
            size = int(reply.header("content-length"))
            body, rest = (rest[:size], rest[size:]) if len(rest) >= size else (None, rest)
        else:
            body, rest = rest, b""
        if body is None:
            break
        found.append(Reply(reply.status, head + b"\r\n\r\n", body, seconds))
        read = rest
    return [reply for reply in found if reply.status >= 200], read


def _unchunked(rest: bytes) -> tuple[bytes | None, bytes]:
    body = b""
    while b"\r\n" in rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        if len(rest) < length + 2:
            return None, rest
        body, rest = body + rest[:length], rest[length + 2 :]
        if length == 0:
            return body, rest
    return None, rest
