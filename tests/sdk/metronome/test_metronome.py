"""Metronome's own Python client, with strict validation of what it is answered, against this service."""

import os
import unittest
import uuid
from datetime import datetime, timezone

import metronome

BASE_URL = os.environ["DOSSIER_URL"] + "/compat/metronome"
KEY = os.environ["DOSSIER_KEY"]


def client(**settings):
    return metronome.Metronome(
        bearer_token=KEY, base_url=BASE_URL, _strict_response_validation=True, **settings
    )


class Customers(unittest.TestCase):
    def setUp(self):
        self.client = client()
        self.alias = f"team-{uuid.uuid4()}@example.com"
        self.customer = self.client.v1.customers.create(
            name="Example, Inc.",
            ingest_aliases=[self.alias],
            customer_billing_provider_configurations=[
                {
                    "billing_provider": "stripe",
                    "delivery_method": "direct_to_billing_provider",
                    "configuration": {
                        "stripe_customer_id": "cus_123",
                        "stripe_collection_method": "charge_automatically",
                    },
                }
            ],
        ).data

    def retrieved(self):
        return self.client.v1.customers.retrieve(customer_id=self.customer.id).data

    def test_a_created_customer_is_retrieved_as_it_was_sent(self):
        self.assertEqual(self.customer.name, "Example, Inc.")
        self.assertEqual(self.customer.external_id, self.alias)
        detail = self.retrieved()
        self.assertEqual(detail.ingest_aliases, [self.alias])
        self.assertIsNone(detail.archived_at)
        self.assertIsNone(detail.customer_config.salesforce_account_id)
        self.assertEqual(detail.custom_fields, {})
        self.assertLess(abs((datetime.now(timezone.utc) - detail.created_at).total_seconds()), 300)

    def test_its_name_is_cut_and_its_settings_are_set_and_cleared(self):
        renamed = self.client.v1.customers.set_name(customer_id=self.customer.id, name="é" * 200)
        self.assertEqual(renamed.data.name, "é" * 160)
        update = self.client.v1.customers.update_config
        update(
            customer_id=self.customer.id,
            salesforce_account_id="0015500001WO1ZiABL",
            leave_stripe_invoices_in_draft=False,
        )
        config = self.retrieved().customer_config
        self.assertEqual(config.salesforce_account_id, "0015500001WO1ZiABL")
        self.assertIs(config.leave_stripe_invoices_in_draft, False)
        update(customer_id=self.customer.id, leave_stripe_invoices_in_draft=None)
        config = self.retrieved().customer_config
        self.assertEqual(config.salesforce_account_id, "0015500001WO1ZiABL")
        self.assertIs(config.leave_stripe_invoices_in_draft, True)

    def test_aliases_are_replaced_and_taken_ones_refused(self):
        other = f"other-{uuid.uuid4()}"
        set_aliases = self.client.v1.customers.set_ingest_aliases
        set_aliases(customer_id=self.customer.id, ingest_aliases=[other])
        self.assertEqual(self.retrieved().ingest_aliases, [other])
        again = self.client.v1.customers.create(name="Again", ingest_aliases=[self.alias]).data
        with self.assertRaises(metronome.ConflictError) as taken:
            set_aliases(customer_id=again.id, ingest_aliases=[other])
        self.assertEqual(list(taken.exception.body), ["message"])
        self.assertEqual(taken.exception.response.headers["x-should-retry"], "false")

    def test_billing_configurations_are_added_listed_and_archived(self):
        customers = self.client.v1.customers
        added = customers.set_billing_configurations(
            data=[
                {
                    "customer_id": self.customer.id,
                    "billing_provider": "aws_marketplace",
                    "delivery_method": "aws_sns",
                    "configuration": {
                        "aws_customer_id": "ABC123ABC12",
                        "aws_product_code": "my_product",
                        "aws_region": "us-west-1",
                    },
                }
            ]
        ).data
        self.assertEqual([config.billing_provider for config in added], ["aws_marketplace"])
        configs = customers.retrieve_billing_configurations(customer_id=self.customer.id).data
        self.assertEqual(
            [config.billing_provider for config in configs], ["stripe", "aws_marketplace"]
        )
        self.assertEqual(configs[1].delivery_method, "aws_sns")
        self.assertEqual(configs[1].id, added[0].id)
        archived = customers.archive_billing_configurations(
            customer_id=self.customer.id, customer_billing_provider_configuration_ids=[added[0].id]
        )
        self.assertIsNotNone(archived.data)
        left = customers.retrieve_billing_configurations(customer_id=self.customer.id).data
        self.assertEqual([config.billing_provider for config in left], ["stripe"])
        everything = customers.retrieve_billing_configurations(
            customer_id=self.customer.id, include_archived=True
        ).data
        self.assertIsNotNone(everything[1].archived_at)
        with self.assertRaises(metronome.BadRequestError):
            customers.archive_billing_configurations(
                customer_id=self.customer.id,
                customer_billing_provider_configuration_ids=[str(uuid.uuid4())],
            )

    def test_the_old_billing_configuration_is_one_of_the_new(self):
        old = self.client.v1.customers.billing_config
        old.create(
            customer_id=self.customer.id,
            billing_provider_type="azure_marketplace",
            billing_provider_customer_id="my_subscription",
        )
        configured = old.retrieve(
            customer_id=self.customer.id, billing_provider_type="azure_marketplace"
        ).data
        self.assertEqual(configured.billing_provider_customer_id, "my_subscription")
        configs = self.client.v1.customers.retrieve_billing_configurations(
            customer_id=self.customer.id
        ).data
        self.assertEqual(configs[1].configuration, {"azure_subscription_id": "my_subscription"})
        old.delete(customer_id=self.customer.id, billing_provider_type="azure_marketplace")
        with self.assertRaises(metronome.NotFoundError):
            old.retrieve(customer_id=self.customer.id, billing_provider_type="azure_marketplace")

    def test_lists_have_what_was_just_made_and_follow_their_pages(self):
        account = f"account-{uuid.uuid4()}"
        made = [self.client.v1.customers.create(name=f"Listed {nth}").data.id for nth in range(3)]
        for customer in made:
            self.client.v1.customers.update_config(
                customer_id=customer, salesforce_account_id=account
            )
        listed = self.client.v1.customers.list(limit=2, salesforce_account_ids=[account, "none"])
        self.assertEqual([customer.id for customer in listed], made)
        by_id = self.client.v1.customers.list(customer_ids=[made[0], made[2], str(uuid.uuid4())])
        self.assertEqual({customer.id for customer in by_id}, {made[0], made[2]})
        by_alias = list(self.client.v1.customers.list(ingest_alias=self.alias))
        self.assertEqual([customer.id for customer in by_alias], [self.customer.id])
        self.client.v1.customers.archive(id=self.customer.id)
        self.assertEqual(list(self.client.v1.customers.list(ingest_alias=self.alias)), [])
        archived = self.client.v1.customers.list(ingest_alias=self.alias, only_archived=True)
        self.assertEqual([customer.id for customer in archived], [self.customer.id])
        everybody = {customer.id for customer in self.client.v1.customers.list(limit=7)}
        self.assertLessEqual(set(made), everybody)
        self.assertNotIn(self.customer.id, everybody)

    def test_an_archived_customer_is_readable_and_takes_no_change(self):
        self.assertEqual(
            self.client.v1.customers.archive(id=self.customer.id).data.id, self.customer.id
        )
        self.assertIsNotNone(self.retrieved().archived_at)
        with self.assertRaises(metronome.ConflictError):
            self.client.v1.customers.set_name(customer_id=self.customer.id, name="Late")

    def test_the_commonest_old_calls_need_no_collection_method(self):
        customers = self.client.v1.customers
        made = customers.create(
            name="Old",
            billing_config={
                "billing_provider_type": "stripe",
                "billing_provider_customer_id": "cus_AJ6y20bjkOOayM",
            },
        ).data
        old = customers.billing_config
        of_it = {"customer_id": made.id, "billing_provider_type": "stripe"}
        self.assertEqual(
            old.retrieve(**of_it).data.billing_provider_customer_id, "cus_AJ6y20bjkOOayM"
        )
        old.create(**of_it, billing_provider_customer_id="cus_2")
        self.assertEqual(old.retrieve(**of_it).data.billing_provider_customer_id, "cus_2")

    def test_a_customer_gets_2000_aliases_and_a_repeated_one_once(self):
        prefix = str(uuid.uuid4())
        aliases = [f"{prefix}-{nth:04}".ljust(128, "x") for nth in range(2000)]
        set_aliases = self.client.v1.customers.set_ingest_aliases
        set_aliases(customer_id=self.customer.id, ingest_aliases=aliases)
        self.assertEqual(self.retrieved().ingest_aliases, aliases)
        set_aliases(customer_id=self.customer.id, ingest_aliases=[prefix, prefix])
        self.assertEqual(self.retrieved().ingest_aliases, [prefix])

    def test_one_request_configures_several_customers(self):
        customers = self.client.v1.customers
        other = customers.create(name="Other\twith a tab").data
        self.assertEqual(other.name, "Other\twith a tab")
        data = [
            {
                "customer_id": customer,
                "billing_provider": "stripe",
                "delivery_method": "direct_to_billing_provider",
                "configuration": {"stripe_customer_id": name, "unknown_member": {"kept": 0.5}},
            }
            for customer, name in ((self.customer.id, "cus_a"), (other.id, "cus_b"))
        ]
        added = customers.set_billing_configurations(data=data).data
        self.assertEqual([config.customer_id for config in added], [self.customer.id, other.id])
        self.assertEqual(added[1].configuration, {"stripe_customer_id": "cus_b"})
        configs = customers.retrieve_billing_configurations(customer_id=other.id).data
        self.assertEqual([config.id for config in configs], [added[1].id])

    def test_a_delivery_method_names_one_of_a_provider_s(self):
        settings = self.client.v1.settings.billing_providers
        for method in ("aws_sqs", "aws_sns"):
            settings.create(
                billing_provider="gcp_marketplace", delivery_method=method, configuration={"by": method}
            )
        added = self.client.v1.customers.set_billing_configurations(
            data=[
                {
                    "customer_id": self.customer.id,
                    "billing_provider": "gcp_marketplace",
                    "delivery_method": "aws_sns",
                    "configuration": {
                        "gcp_entitlement_id": "my_entitlement",
                        "gcp_service_name": "my_service",
                    },
                }
            ]
        ).data
        self.assertIsNotNone(added[0].delivery_method_id)

    def test_a_removed_custom_field_comes_back_with_another_uniqueness(self):
        fields = self.client.v1.custom_fields
        key = f"x_{uuid.uuid4().hex}"
        fields.add_key(entity="customer", key=key, enforce_uniqueness=False)
        fields.remove_key(entity="customer", key=key)
        fields.add_key(entity="customer", key=key, enforce_uniqueness=True)
        keys = {field.key: field.enforce_uniqueness for field in fields.list_keys()}
        self.assertIs(keys[key], True)

    def test_custom_fields_are_defined_set_and_removed(self):
        fields = self.client.v1.custom_fields
        key = f"x_{uuid.uuid4().hex}"
        fields.add_key(entity="customer", key=key, enforce_uniqueness=True)
        keys = {field.key: field.enforce_uniqueness for field in fields.list_keys()}
        self.assertIs(keys[key], True)
        fields.set_values(
            entity="customer", entity_id=self.customer.id, custom_fields={key: "KyVnHhSBWl7eY2bl"}
        )
        self.assertEqual(self.retrieved().custom_fields, {key: "KyVnHhSBWl7eY2bl"})
        other = self.client.v1.customers.create(name="Other").data.id
        with self.assertRaises(metronome.ConflictError):
            fields.set_values(
                entity="customer", entity_id=other, custom_fields={key: "KyVnHhSBWl7eY2bl"}
            )
        fields.delete_values(entity="customer", entity_id=self.customer.id, keys=[key])
        self.assertEqual(self.retrieved().custom_fields, {})
        fields.remove_key(entity="customer", key=key)
        self.assertNotIn(key, {field.key for field in fields.list_keys()})
        with self.assertRaises(metronome.BadRequestError):
            fields.add_key(entity="contract", key=key, enforce_uniqueness=False)

    def test_the_audit_log_is_followed_with_one_cursor(self):
        about = {"resource_type": "customer", "resource_id": self.customer.id}
        page = self.client.v1.audit_logs.list(limit=100, **about)
        actions = [log.action for log in page.data]
        self.assertEqual(actions, ["CustomerRegistered", "BillingConfigAdded"])
        self.assertTrue(all(log.actor.id and log.actor.name for log in page.data))
        nothing = self.client.v1.audit_logs.list(next_page=page.next_page, **about)
        self.assertEqual(nothing.data, [])
        self.client.v1.customers.set_name(customer_id=self.customer.id, name="Renamed")
        news = self.client.v1.audit_logs.list(next_page=nothing.next_page, **about)
        self.assertEqual([log.action for log in news.data], ["ProfileUpdated"])
        # The client repeats all parameters with each page.
        since = datetime(2024, 1, 1, tzinfo=timezone.utc)
        pages = self.client.v1.audit_logs.list(
            sort="date_desc", limit=1, starting_on=since, **about
        )
        self.assertEqual([log.action for log in pages], ["ProfileUpdated", *reversed(actions)])
        latest = self.client.v1.audit_logs.list(sort="date_desc", limit=1, **about)
        self.assertEqual([log.action for log in latest], ["ProfileUpdated", *reversed(actions)])
        for wrong in (
            {"resource_type": "customer"},
            {"next_page": page.next_page, "starting_on": datetime.now(timezone.utc)},
        ):
            with self.assertRaises(metronome.BadRequestError):
                self.client.v1.audit_logs.list(**wrong)

    def test_a_request_with_a_key_is_executed_once(self):
        key = {"Idempotency-Key": str(uuid.uuid4())}
        first, second = (
            self.client.v1.customers.create(name="Once", extra_headers=key).data.id for _ in "12"
        )
        self.assertEqual(first, second)
        with self.assertRaises(metronome.ConflictError) as other:
            self.client.v1.customers.create(name="Twice", extra_headers=key)
        self.assertEqual(other.exception.response.headers["x-should-retry"], "false")

    def test_errors_have_metronomes_format(self):
        with self.assertRaises(metronome.NotFoundError):
            self.client.v1.customers.retrieve(customer_id=str(uuid.uuid4()))
        with self.assertRaises(metronome.BadRequestError) as nameless:
            self.client.v1.customers.create(name=None)
        self.assertIn("name", nameless.exception.body["message"])
        with self.assertRaises(metronome.NotFoundError):
            self.client.v1.customers.list_costs(
                customer_id=self.customer.id,
                starting_on="2026-01-01T00:00:00Z",
                ending_before="2026-02-01T00:00:00Z",
            )
        stranger = metronome.Metronome(bearer_token="nobody", base_url=BASE_URL)
        with self.assertRaises(metronome.AuthenticationError):
            stranger.v1.customers.list()


if __name__ == "__main__":
    unittest.main()
