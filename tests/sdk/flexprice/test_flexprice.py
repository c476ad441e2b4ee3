"""FlexPrice's own Python client, which validates what it is answered, against this service."""

import os
import unittest
import uuid

from flexprice import Flexprice
from flexprice.models import errors

BASE_URL = os.environ["DOSSIER_URL"] + "/compat/flexprice/v1"
KEY = os.environ["DOSSIER_KEY"]


class Customers(unittest.TestCase):
    def setUp(self):
        self.client = Flexprice(server_url=BASE_URL, api_key_auth=KEY)
        self.external_id = f"user-{uuid.uuid4()}"
        self.customer = self.client.customers.create_customer(
            external_id=self.external_id,
            name="Acme Corp",
            email="billing@acme.com",
            contact="+1 415 555 0100",
            address_line1="123 Main Street",
            address_city="San Francisco",
            address_country="US",
            billing_currency="usd",
            contact_persons=[{"first_name": "Ada", "is_primary": True}],
            metadata={"plan_tier": "enterprise"},
            tax_treatment="taxable",
            tax_rate_overrides=[{"tax_rate_code": "vat", "currency": "USD"}],
            integration_entity_mapping=[
                {
                    "entity_id": self.external_id,
                    "entity_type": "customer",
                    "provider_type": "stripe",
                    "provider_entity_id": "cus_1",
                }
            ],
            skip_onboarding_workflow=True,
        )

    def retrieved(self):
        return self.client.customers.get_customer(id=self.customer.id)

    def test_a_created_customer_is_retrieved_as_it_was_sent(self):
        self.assertTrue(self.customer.id.startswith("cust_"))
        self.assertEqual(self.customer.status, "published")
        self.assertEqual(self.customer.timezone, "UTC")
        self.assertEqual(self.customer.billing_currency, "USD")
        self.assertEqual(self.customer.contact_persons[0].first_name, "Ada")
        self.assertEqual(self.retrieved(), self.customer)
        found = self.client.customers.get_customer_by_external_id(external_id=self.external_id)
        self.assertEqual(found, self.customer)

    def test_it_is_updated_by_either_id(self):
        update = self.client.customers.update_customer
        by_id = update(id=self.customer.id, name="Acme (Updated)", metadata={"b": "2"})
        self.assertEqual(by_id.name, "Acme (Updated)")
        self.assertEqual(by_id.metadata, {"b": "2"})
        self.assertEqual(by_id.email, "billing@acme.com")
        self.assertGreater(by_id.updated_at, self.customer.updated_at)
        cleared = update(external_customer_id=self.external_id, email="", billing_currency="")
        self.assertEqual(cleared.email, "")
        self.assertIsNone(cleared.billing_currency)
        self.assertEqual(self.retrieved(), cleared)
        both = update(
            id=self.customer.id,
            external_customer_id=self.external_id,
            external_id=self.external_id + "-new",
        )
        self.assertEqual(both.external_id, self.external_id + "-new")
        former = self.client.customers.get_customer_by_external_id(external_id=self.external_id)
        self.assertEqual(former.id, self.customer.id)

    def test_it_is_found_by_searches(self):
        search = self.client.customers.query_customer
        by_name = search(
            external_ids=[self.external_id, "nobody"],
            filters=[
                {"field": "name", "operator": "contains", "value": {"string": "acme"}},
                {"field": "created_at", "operator": "after", "value": {"date": "2024-01-01T00:00:00Z"}},
            ],
            sort=[{"field": "created_at", "direction": "desc"}],
            expand="integrations",
            limit=10,
        )
        self.assertEqual([item.id for item in by_name.items], [self.customer.id])
        self.assertEqual(by_name.items[0].integrations[0].provider_entity_id, "cus_1")
        page = by_name.pagination
        self.assertEqual((page.total, page.limit, page.offset), (1, 10, 10))
        self.assertEqual(search(customer_ids=["cust_7"]).items, [])

    def test_it_is_found_by_its_time_zone_tenant_and_environment(self):
        for field, value in (
            ("timezone", "UTC"),
            ("tenant_id", self.customer.tenant_id),
            ("environment_id", self.customer.environment_id),
        ):
            found = self.client.customers.query_customer(
                external_ids=[self.external_id],
                filters=[{"field": field, "operator": "eq", "value": {"string": value}}],
                sort=[{"field": field, "direction": "desc"}],
            )
            self.assertEqual([item.id for item in found.items], [self.customer.id], field)

    def test_its_mappings_are_linked_replaced_and_forgotten(self):
        mappings = self.client.integrations
        entity = {"entity_type": "customer", "entity_id": self.customer.id}
        linked = mappings.link_integration_mapping(
            **entity,
            provider_type="stripe",
            provider_entity_id="cus_2",
            metadata={"a": "b", "attempts": 3, "synced": True, "account": {"share": 0.5}},
        ).mapping
        self.assertEqual(linked.entity_id, self.customer.id)
        self.assertEqual(
            linked.metadata, {"a": "b", "attempts": 3, "synced": True, "account": {"share": 0.5}}
        )
        listed = mappings.get_entity_integration_mappings(**entity)
        self.assertEqual([item.provider_entity_id for item in listed.items], ["cus_2"])
        self.assertEqual(listed.pagination.total, 1)
        mappings.delink_integration_mapping(**entity, provider_type="stripe")
        self.assertEqual(mappings.get_entity_integration_mappings(**entity).items, [])

    def test_its_activity_says_what_was_changed(self):
        self.client.customers.update_customer(id=self.customer.id, name="Acme (Updated)")
        first = self.client.activity.list_activity(customer_id=self.customer.id, limit=1)
        self.assertTrue(first.pagination.has_more)
        latest = first.items[0]
        self.assertEqual(latest.action, "ProfileUpdated")
        self.assertEqual(latest.source, "flexprice")
        self.assertEqual((latest.entity.type, latest.entity.id), ("customer", self.customer.id))
        self.assertEqual(latest.actor.type, "api_key")
        older = self.client.activity.list_activity(
            customer_id=self.customer.id, limit=100, cursor=first.pagination.next_cursor
        )
        self.assertFalse(older.pagination.has_more)
        self.assertIn("CustomerRegistered", [item.action for item in older.items])
        self.assertEqual(self.client.activity.get_activity(id=latest.id).id, latest.id)

    def test_it_is_deleted_once(self):
        self.client.customers.delete_customer(id=self.customer.id)
        self.assertEqual(self.retrieved().status, "archived")
        with self.assertRaises(errors.FlexpriceDefaultError) as refused:
            self.client.customers.delete_customer(id=self.customer.id)
        self.assertEqual(refused.exception.status_code, 404)
        archived = self.client.customers.query_customer(
            customer_ids=[self.customer.id], status="archived"
        )
        self.assertEqual(archived.pagination.total, 1)

    def test_errors_have_flexprices_format(self):
        with self.assertRaises(errors.ErrorResponse) as refused:
            self.client.customers.update_customer(id=self.customer.id, email="nobody")
        self.assertEqual(refused.exception.data.code, "validation_error")
        self.assertEqual(refused.exception.data.http_status_code, 400)
        with self.assertRaises(errors.FlexpriceDefaultError) as taken:
            self.client.customers.create_customer(external_id=self.external_id, name="Other")
        self.assertEqual(taken.exception.status_code, 409)
        stranger = Flexprice(server_url=BASE_URL, api_key_auth="no key")
        with self.assertRaises(errors.FlexpriceDefaultError) as keyless:
            stranger.customers.get_customer(id=self.customer.id)
        self.assertEqual(keyless.exception.status_code, 401)


if __name__ == "__main__":
    unittest.main()
