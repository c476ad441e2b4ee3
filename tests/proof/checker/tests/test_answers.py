"""Falsified answers: recorded ones, and current ones."""

from __future__ import annotations

import json
from typing import Any

from stage import Answer, Client

from .copies import Copy, Line, OfCopies


class TheRecord(OfCopies):
    """Recorded answers that don't match the log."""

    def answers(self, copy: Copy, method: str = "POST", status: int = 200, part: str = "") -> list[tuple[Line, Line]]:
        """Requests with their answers."""
        sent = {line["n"]: line["send"] for line in copy.record if "send" in line}
        return [
            (sent[line["n"]], line["answer"]) for line in copy.record
            if "answer" in line and line["answer"]["status"] == status
            and sent[line["n"]]["method"] == method and part in sent[line["n"]]["path"]
        ]

    def replays(self, copy: Copy) -> list[tuple[Line, Line]]:
        """Requests with a repeated answer."""
        return [one for one in self.answers(copy) if one[1]["headers"].get("idempotency-replayed")]

    def test_an_answer_of_another_position_is_found(self) -> None:
        copy = self.copy()
        for _, answer in self.answers(copy, part="update-config")[:1]:
            body = json.loads(answer["body"])
            body["events"][0]["position"] = body["events"][0]["position"].split(".")[0] + ".1"
            answer["body"] = json.dumps(body)
        self.expect("I1", copy, "is another's")

    def test_a_refusal_of_what_happened_is_found(self) -> None:
        copy = self.copy()
        self.answers(copy, part="update-config")[0][1]["status"] = 409
        self.expect("I2", copy, "was refused (409) and left events")

    def test_a_request_that_isn_t_recorded_is_found(self) -> None:
        copy = self.copy()
        number = next(line["n"] for line in copy.record if "send" in line and "update-config" in line["send"]["path"])
        copy.record = [line for line in copy.record if line.get("n") != number]
        self.expect("I2", copy, "isn't recorded")

    def test_a_request_without_an_answer_may_have_happened(self) -> None:
        copy = self.copy()
        answered = [line for line in copy.record if "answer" in line]
        copy.record.remove(answered[20])
        found = copy.check()
        self.assertEqual(found.violations, [])
        self.assertEqual(found.summary["unknown_happened"] + found.summary["unknown_not"], 1)

    def test_a_page_of_events_that_the_log_doesn_t_have_is_found(self) -> None:
        copy = self.copy()
        for _, answer in self.answers(copy, "GET", part="/v1/feed"):
            answer["body"] = answer["body"].replace('"CustomerRegistered"', '"CustomerArchived"')
        self.expect("I4", copy, "was shown")

    def test_a_replay_of_another_answer_is_found(self) -> None:
        copy = self.copy()
        self.replays(copy)[0][1]["body"] += " "
        self.expect("I7", copy, "isn't the kept answer")

    def test_a_replay_with_another_header_is_found(self) -> None:
        copy = self.copy()
        self.replays(copy)[0][1]["headers"]["etag"] = '"99"'
        self.expect("I7", copy, "other headers")

    def test_a_second_first_answer_is_found(self) -> None:
        copy = self.copy()
        del self.replays(copy)[0][1]["headers"]["idempotency-replayed"]
        self.expect("I7", copy, "answered as the first")

    def test_an_answer_given_to_another_request_is_found(self) -> None:
        copy = self.copy()
        send, answer = self.replays(copy)[0]
        other = {**send, "body": "{}", "headers": {**send["headers"], "X-Request-Id": "other"}}
        copy.record += [{"n": 99_999, "at": 1.0, "send": other}, {"n": 99_999, "at": 2.0, "answer": answer}]
        self.expect("I8", copy)

    def test_a_document_that_isn_t_the_fold_is_found(self) -> None:
        copy = self.copy()
        for _, answer in self.answers(copy, "GET", part="/v1/customers/")[:1]:
            answer["body"] = answer["body"].replace('"auto_pay":', '"auto_paid":')
            answer["body"] = answer["body"].replace("example.org", "example.com")
        self.expect("I10", copy, "was answered another customer")

    def test_a_read_of_before_an_acknowledged_write_is_found(self) -> None:
        copy = self.copy()
        for _, answer in self.answers(copy, "GET", part="/v1/customers/")[:1]:
            document = json.loads(answer["body"])
            answer["body"] = json.dumps(document | {"version": 1})
        self.expect("I11", copy)

    def test_an_answer_that_names_another_tenant_s_customer_is_found(self) -> None:
        copy = self.copy()
        for send, answer in self.answers(copy, "GET", part="/v1/customers?")[:1]:
            other = next(one for one in self.tenants if one != send["tenant"])
            answer["body"] = answer["body"].replace("Acme", self.ids[other][1])
        self.expect("I14", copy, "names")

    def test_failures_without_a_fault_are_found(self) -> None:
        copy = self.copy()
        answers = [line for line in copy.record if "answer" in line]
        answers[-1]["answer"] |= {"status": 500}
        answers[-2]["answer"] |= {"status": 503, "headers": {}}
        answers[-3]["answer"] |= {"status": 503, "headers": {"retry-after": "1"}}
        for says in ("answered 500", "without Retry-After", "without a fault"):
            with self.subTest(says):
                self.expect("I24", copy, says)

    def test_a_failure_during_a_fault_is_allowed(self) -> None:
        copy = self.copy()
        answers = [line for line in copy.record if "answer" in line and line["answer"]["status"] == 422]
        at = answers[-1]["at"]
        answers[-1]["answer"] |= {"status": 503, "headers": {"retry-after": "1"}}
        copy.record += [{"at": at - 9, "fault": {"class": "cut", "detail": ""}}, {"at": at - 1, "healed": "cut"}]
        self.assertEqual(copy.check().violations, [])


class Falsifying(Client):
    """A caller that gets other answers than the service gives."""

    def get(self, path: str, **headers: str) -> Answer:
        """Returns falsified reads."""
        answer = super().get(path, **headers)
        if path.startswith("/v1/feed") and answer.status == 200:
            page = answer.json
            page["items"] = [one for one in page["items"] if one["type"] != "AliasesSet"]
            return Answer(200, answer.headers, json.dumps(page).encode())
        if path.startswith("/v1/feed"):
            return Answer(200, answer.headers, b'{"items": []}')
        if path.endswith("/children"):
            return Answer(200, answer.headers, path.encode() if path.count("0") % 2 else b"{}")
        return answer


class TheService(OfCopies):
    """Current answers that don't match the database, or belong to another tenant."""

    def test_a_feed_that_lacks_events_and_reads_of_strangers_are_found(self) -> None:
        copy = self.copy()
        url = copy.url.replace("postgres@", "service@")
        service = self.stage.service(database_url=url)
        self.addCleanup(service.end)

        def connect(key: str) -> Any:
            return Falsifying(service.port, key)

        copy.services = [service.client]
        self.assertEqual(copy.check().violations, [])
        copy.services = [connect]
        for invariant, says in (("I5", "the feed of tenant"), ("I14", "by a cursor of tenant"), ("I14", "another's, and got")):
            with self.subTest(says):
                self.expect(invariant, copy, says)
