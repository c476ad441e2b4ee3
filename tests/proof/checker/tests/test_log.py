"""Falsified logs and read models."""

from __future__ import annotations

import json
from unittest import mock

import psycopg

from checker import views

from .copies import OfCopies


class TheLog(OfCopies):
    """Logs that were changed, or are impossible."""

    def test_an_unchanged_copy_has_no_violation(self) -> None:
        copy = self.copy()
        self.assertEqual(copy.check(verify=True).violations, [])

    def test_a_deleted_last_event_is_a_lost_command(self) -> None:
        copy = self.copy()
        last = copy.events()[-1]
        before = self.event(copy, lambda one: one.position == last.position - 1)
        copy.sql("delete from events where partition = %s and position = %s", last.partition, last.position)
        copy.sql("update log_heads set position = %s, hash = %s where partition = %s",
                 before.position, before.hash, before.partition)
        self.expect("I1", copy, "isn't in the log")

    def test_a_duplicate_event_is_found(self) -> None:
        copy = self.copy()
        event = self.event(copy, lambda one: one.type == "ProfileUpdated")
        event.version = 1 + sum(one.aggregate_id == event.aggregate_id for one in copy.events())
        copy.append(event)
        self.expect("I2", copy, "happened 2 times")

    def test_an_event_without_a_request_is_a_phantom(self) -> None:
        copy = self.copy()
        event = self.next(copy, self.ids[self.tenants[0]][1], "ProfileUpdated", {"title": "Ghost"})
        event.metadata = json.dumps(event.context() | {"request_id": "nobody's"})
        copy.append(event)
        self.expect("I2", copy, "isn't recorded")

    def test_a_version_that_is_missing_is_found(self) -> None:
        copy = self.copy()
        event = copy.events()[-1]
        copy.sql("update events set sequence = sequence + 1 where partition = %s and position = %s",
                 event.partition, event.position)
        self.expect("I3", copy)

    def test_a_position_that_is_missing_is_found(self) -> None:
        copy = self.copy()
        event = copy.events()[-3]
        copy.sql("delete from events where partition = %s and position = %s", event.partition, event.position)
        self.expect("I4", copy, "gap")

    def test_a_log_that_isn_t_the_one_of_the_last_check_is_found(self) -> None:
        copy = self.copy()
        copy.check()
        copy.sql("delete from events where (partition, position) in (select partition, position from log_heads)")
        self.expect("I4", copy, "at the last check")

    def test_time_that_goes_back_is_found(self) -> None:
        copy = self.copy()
        event = copy.events()[-1]
        copy.sql("update events set recorded_at = recorded_at - interval '1 hour'"
                 " where partition = %s and position = %s", event.partition, event.position)
        self.expect("I6", copy)

    def test_a_payload_that_was_edited_is_found_by_both_checks(self) -> None:
        copy = self.copy()
        copy.sql("update events set payload = replace(payload::text, 'Acme', 'Evil')::json"
                 " where payload::text like '%Acme%'")
        self.expect("I19", copy, "another hash")
        verified = copy.check(verify=True).violations
        self.assertTrue(any(one.startswith("I21") for one in verified), verified)

    def test_a_head_that_isn_t_the_last_event_s_is_found(self) -> None:
        copy = self.copy()
        copy.sql("update log_heads set hash = sha256(hash) where position > 0")
        self.expect("I19", copy, "head")

    def test_an_event_without_an_actor_is_found(self) -> None:
        copy = self.copy()
        event = self.next(copy, self.ids[self.tenants[0]][1], "ProfileUpdated", {"title": "Ghost"})
        event.metadata = json.dumps({"request_id": "r", "surface": "native", "command": "c"})
        copy.append(event)
        self.expect("I22", copy, "api_key")


class TheRules(OfCopies):
    """Events that violate a rule."""

    def test_an_external_id_of_two_customers_is_found(self) -> None:
        copy = self.copy()
        taken = self.event(copy, lambda one: one.type == "ExternalIdChanged" and one.tenant == self.tenants[0])
        other = self.ids[self.tenants[0]][1]
        if taken.customer == other:
            other = self.ids[self.tenants[0]][2]
        copy.append(self.next(copy, other, "ExternalIdChanged", taken.data))
        self.expect("I15", copy, "external_id")

    def test_a_name_reserved_for_the_wrong_customer_is_found(self) -> None:
        copy = self.copy()
        copy.sql("update reservations set holder = gen_random_uuid() where kind = 'alias'")
        self.expect("I15", copy, "is reserved for")

    def test_a_default_that_isn_t_an_active_profile_is_found(self) -> None:
        copy = self.copy()
        data = {"payment_profile_id": "nobody's", "auto_pay": False}
        copy.append(self.next(copy, self.ids[self.tenants[0]][1], "DefaultPaymentProfileSet", data))
        self.expect("I16", copy)

    def test_an_event_after_the_archiving_is_found(self) -> None:
        copy = self.copy()
        copy.append(self.next(copy, self.ids[self.tenants[0]][0], "ProfileUpdated", {"title": "Late"}))
        self.expect("I17", copy)

    def test_a_parent_below_its_child_is_found(self) -> None:
        copy = self.copy()
        first, second, third = self.ids[self.tenants[0]]
        copy.append(self.next(copy, second, "ParentSet", {"parent_customer_id": third}))
        copy.append(self.next(copy, third, "ParentSet", {"parent_customer_id": second}))
        self.expect("I18", copy, "own ancestor")

    def test_a_parent_of_another_tenant_is_found(self) -> None:
        copy = self.copy()
        data = {"parent_customer_id": self.ids[self.tenants[1]][1]}
        copy.append(self.next(copy, self.ids[self.tenants[0]][1], "ParentSet", data))
        self.expect("I18", copy, "whom the tenant doesn't have")

    def test_an_event_that_nobody_knows_is_found(self) -> None:
        copy = self.copy()
        copy.append(self.next(copy, self.ids[self.tenants[0]][1], "CustomerTeleported", {}))
        self.expect("I13", copy, "can't be read")


class TheReadModels(OfCopies):
    """Rows that don't match the log."""

    def test_a_row_of_any_table_that_was_changed_or_is_missing_is_found(self) -> None:
        copy = self.copy()
        whose = self.ids[self.tenants[0]][1]
        copy.sql("update tenants set version = version + 1 where tenant_id = %s", self.tenants[0])
        for statement in (
            "update customers set state = replace(state::text, 'Acme', 'Evil')::json where",
            "update customer_list set email = 'eve@example.org' where",
            "delete from billing_configurations where",
            "delete from integration_links where mapped and",
            "update field_changes set position = position + 1 where field = '/status' and",
            "delete from audit_entries where event_type = 'CustomerRegistered' and",
        ):
            copy.sql(f"{statement} customer_id = %s", whose)
        violations = copy.check().violations
        for table in ("customers", "tenants", "customer_list", "billing_configurations",
                      "integration_links", "field_changes", "audit_entries"):
            with self.subTest(table):
                self.assertTrue(any(f"what {table} has of" in one for one in violations), violations)

    def test_a_read_model_that_stays_behind_is_found(self) -> None:
        copy = self.copy()
        copy.sql("update checkpoints set position = position - 1"
                 " where position > 0 and projection = 'customer_list'")
        with mock.patch.object(views, "CAUGHT_UP_SECONDS", 0.0):
            self.expect("I10", copy, "customer_list is still 1 events behind")

    def test_a_customer_that_is_parked_is_found(self) -> None:
        copy = self.copy()
        copy.sql("insert into parked_streams (partition, projection, generation, tenant_id, customer_id,"
                 " sequence, position, event_type, failure) select partition, 'field_changes', 1,"
                 " tenant_id, customer_id, 1, 1, 'x', 'x' from customers limit 1")
        self.expect("I13", copy, "field_changes has parked")

    def test_a_failure_that_is_kept_as_an_answer_is_found(self) -> None:
        copy = self.copy()
        copy.sql("update command_results set status = 503")
        self.expect("I9", copy)

    def test_a_session_idle_in_a_transaction_is_found(self) -> None:
        copy = self.copy()
        with psycopg.connect(copy.url) as idle:
            idle.execute("select 1")
            self.expect("I23", copy, "idle in a transaction")
