"""What judges the service is judged: each thing it must not accept is put before it."""

from __future__ import annotations

import json
import unittest
from dataclasses import replace
from random import Random

from abuse import framing
from abuse.inputs import Input
from abuse.judge import Judge, events_of
from abuse.shrink import smallest
from stage import Reply, Request, Route
from strangers.compare import without_chance
from strangers.table import needed

NATIVE = Route("GET", "/v1/tenant", "native", {"responses": {"200": {}, "404": {}}}, {})
FAILURE = {"components": {"schemas": {"Failure": {"required": ["message", "code"]}}}}
VENDOR = Route("GET", "/compat/a/b", "a", {"responses": {"200": {}, "default": {}}}, FAILURE)
PROBLEM = {"type": "t", "title": "t", "status": 404, "detail": "d", "instance": "i", "code": "c"}


def reply(status: int, body: object, kind: str = "application/problem+json", seconds: float = 0.1) -> Reply:
    head = f"HTTP/1.1 {status} A\r\ncontent-type: {kind}\r\nx-request-id: 1\r\n\r\n".encode()
    return Reply(status, head, json.dumps(body).encode(), seconds)


class JudgeTest(unittest.TestCase):
    """The judge of answers."""

    def verdict(self, route: Route | None, answer: Reply) -> str:
        return Judge([NATIVE, VENDOR]).wrong(route, "/", answer)

    def test_it_accepts_what_the_documents_promise(self) -> None:
        self.assertEqual(self.verdict(NATIVE, reply(404, PROBLEM)), "")
        self.assertEqual(self.verdict(NATIVE, reply(200, {}, "application/json")), "")
        vendors = reply(409, {"message": "m", "code": "c"}, "application/json")
        self.assertEqual(self.verdict(VENDOR, vendors), "")

    def test_it_refuses_everything_else(self) -> None:
        for route, answer in (
            (NATIVE, reply(500, PROBLEM | {"status": 500})),
            (None, reply(503, PROBLEM | {"status": 503})),
            (NATIVE, reply(409, PROBLEM | {"status": 409})),
            (NATIVE, reply(404, PROBLEM, "application/json")),
            (NATIVE, reply(404, PROBLEM | {"status": 400})),
            (NATIVE, reply(404, {"code": "c"})),
            (NATIVE, reply(404, "not found")),
            (NATIVE, reply(200, {}, seconds=6)),
            (NATIVE, replace(reply(200, {}), head=b"HTTP/1.1 200 OK\r\n\r\n")),
            (NATIVE, replace(reply(404, PROBLEM), body=b"<html>")),
            (VENDOR, reply(404, PROBLEM)),
            (VENDOR, reply(404, {"message": "m"}, "application/json")),
            (VENDOR, reply(422, {"message": "m", "code": "c"}, "application/json")),
            (NATIVE, reply(200, {"status": 1}, "application/x-ndjson") and replace(
                reply(200, {}, "application/x-ndjson"), body=b'{"line":1,"status":500}\n')),
        ):  # fmt: skip
            self.assertNotEqual(self.verdict(route, answer), "", answer)

    def test_it_counts_the_events_of_an_answer(self) -> None:
        document: dict[str, object] = {"events": [{}, {}]}
        self.assertEqual(events_of(NATIVE, reply(200, document)), 2)
        self.assertEqual(events_of(NATIVE, reply(200, document | {"dry_run": True})), 0)
        self.assertIsNone(events_of(VENDOR, reply(200, document)))


class ToolsTest(unittest.TestCase):
    """What makes, cuts and compares."""

    def test_an_input_is_reduced_to_the_failing_part(self) -> None:
        request = Request("POST", "/a?b=1&c=2", (("X-A", "a"), ("X-B", "b")), b"0123456789needle0123456789")

        def fails(one: Input) -> bool:
            return b"needle" in (one.request.body or b"") and "c=2" in one.request.target

        small = smallest(Input("bytes", None, request), fails).request
        self.assertEqual((small.target, small.headers, small.body), ("/a?c=2", (), b"needle"))

    def test_answers_on_a_socket_are_separated(self) -> None:
        one = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab"
        chunked = b"HTTP/1.1 400 No\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
        replies, rest = framing._replies(one + chunked + one[:-1], 0.0)
        self.assertEqual([(each.status, each.body) for each in replies], [(200, b"ab"), (400, b"a")])
        self.assertEqual(rest, one[:-1])

    def test_every_kind_of_framing_makes_bytes_and_the_seed_decides_which(self) -> None:
        good = Request("POST", "/v1/customers", (("X-A", "a"),), b"{}").bytes
        for make in framing.KINDS:
            self.assertEqual(make(Random(1), good, good), make(Random(1), good, good))

    def test_only_new_values_of_an_answer_are_not_compared(self) -> None:
        def compared(name: str, time: str) -> bytes:
            return without_chance(reply(200, {"name": name, "at": time}), {"it": "b-1"})

        times = "2026-01-01T00:00:00.000001Z", "2026-01-02T00:00:00.000001Z"
        self.assertEqual(compared("a", times[0]), compared("a", times[1]))
        self.assertNotEqual(compared("a", times[0]), compared("b", times[0]))

    def test_an_unknown_route_is_not_in_the_table(self) -> None:
        self.assertEqual(needed("POST /v1/customers/{ref}/commands/any"), {"write"})
        with self.assertRaises(KeyError):
            needed("GET /v1/everything")


if __name__ == "__main__":
    unittest.main()
