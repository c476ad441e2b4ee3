"""Calls of a running service with the client that openapi-python-client makes."""

import importlib
import io
import json
import os
import pkgutil
import unittest
import uuid
from typing import TypeVar

import dossier_client
from dossier_client import AuthenticatedClient
from dossier_client.api.customer_commands import add_billing_config, set_parent, update_profile
from dossier_client.api.customers import (
    get_customer,
    list_billing_configs,
    list_customers,
    register_customer,
    send_command_lines,
    send_commands,
)
from dossier_client.api.history import get_blame, list_events
from dossier_client.api.tenant import get_tenant
from dossier_client.models import (
    AddStripeBillingConfig,
    AliasesSet,
    AnswerLine,
    BillingConfigAdded,
    BillingConfigPage,
    Blame,
    Customer,
    CustomerAnswer,
    CustomerPage,
    CustomerRegistered,
    CustomerType,
    DeliveryMethod,
    EventPage,
    FoundStripeBillingConfig,
    ListEventsOrder,
    NewProfile,
    Problem,
    ProfilePatch,
    ProfileUpdated,
    RegisterCustomer,
    ReplaceMetadata,
    ReplaceMetadataLine,
    ReplaceMetadataMetadata,
    SetAliases,
    SetAliasesCommand,
    SetParent,
    Status,
    StripeBillingConfig,
    StripeCollectionMethod,
    StripeConfiguration,
    Tenant,
    TenantStatus,
    Together,
    UpdateProfile,
    UpdateProfileCommand,
)
from dossier_client.types import File, Unset

T = TypeVar("T")
CLIENT = AuthenticatedClient(base_url=os.environ["DOSSIER_URL"], token=os.environ["DOSSIER_KEY"])
EXTERNAL = f"generated-{uuid.uuid4()}"
REF = f"external:{EXTERNAL}"


def of(kind: type[T], value: object) -> T:
    """The value, which must be of this class."""
    if not isinstance(value, kind):
        raise AssertionError(f"{value} is no {kind.__name__}")
    return value


class Calls(unittest.TestCase):
    """In the order of their names: each goes on with the customer of the first."""

    def test_0_every_module_can_be_imported(self) -> None:
        modules = pkgutil.walk_packages(dossier_client.__path__, "dossier_client.")
        imported = [importlib.import_module(module.name) for module in modules]
        self.assertGreater(len(imported), 200)

    def test_1_a_customer_is_registered_changed_and_read(self) -> None:
        body = RegisterCustomer(
            profile=NewProfile(name="Acme", type_=CustomerType.BUSINESS), external_id=EXTERNAL
        )
        registered = of(CustomerAnswer, register_customer.sync(client=CLIENT, body=body))
        event = of(CustomerRegistered, registered.events[0].event)
        self.assertEqual(event.type_, "CustomerRegistered")
        self.assertFalse(isinstance(event.data, Unset))

        patch = UpdateProfile(email="ada@acme.example", phone=None)
        changed = of(
            CustomerAnswer,
            update_profile.sync(REF, client=CLIENT, body=patch, if_match=f'"{registered.version}"'),
        )
        updated = of(ProfileUpdated, changed.events[0].event)
        self.assertEqual(of(ProfilePatch, updated.data).email, "ada@acme.example")

        customer = of(Customer, get_customer.sync(REF, client=CLIENT))
        self.assertEqual((customer.version, customer.status), (2, Status.ACTIVE))
        self.assertEqual(customer.profile.email, "ada@acme.example")

    def test_2_configurations_are_read_by_provider(self) -> None:
        body = AddStripeBillingConfig(
            provider="stripe",
            delivery_method=DeliveryMethod.DIRECT_TO_BILLING_PROVIDER,
            configuration=StripeConfiguration(
                stripe_customer_id="cus_1",
                stripe_collection_method=StripeCollectionMethod.SEND_INVOICE,
            ),
        )
        added = of(CustomerAnswer, add_billing_config.sync(REF, client=CLIENT, body=body))
        event = of(BillingConfigAdded, added.events[0].event)
        self.assertEqual(of(StripeBillingConfig, event.data).configuration, body.configuration)
        page = list_billing_configs.sync(REF, client=CLIENT, dossier_at_least=added.position)
        config = of(FoundStripeBillingConfig, of(BillingConfigPage, page).items[0])
        self.assertEqual(config.configuration.stripe_customer_id, "cus_1")

    def test_3_several_commands_happen_together_and_many_as_lines(self) -> None:
        body = Together(
            commands=[
                SetAliasesCommand(command="set-aliases", body=SetAliases(aliases=[f"{EXTERNAL}-a"])),
                UpdateProfileCommand(command="update-profile", body=UpdateProfile(tags=["key-account"])),
            ]
        )
        done = of(CustomerAnswer, send_commands.sync(REF, client=CLIENT, body=body))
        of(AliasesSet, done.events[0].event)
        of(ProfileUpdated, done.events[1].event)

        metadata = ReplaceMetadataMetadata.from_dict({"from": EXTERNAL})
        line = ReplaceMetadataLine(
            command="replace-metadata", customer=REF, body=ReplaceMetadata(metadata=metadata)
        )
        lines = io.BytesIO(json.dumps(line.to_dict()).encode())
        answered = of(File, send_command_lines.sync(client=CLIENT, body=File(payload=lines)))
        answers = [AnswerLine.from_dict(json.loads(answer)) for answer in answered.payload]
        self.assertEqual([answer.status for answer in answers], [200])

    def test_4_lists_and_the_history_are_read(self) -> None:
        self.assertEqual(of(Tenant, get_tenant.sync(client=CLIENT)).status, TenantStatus.ACTIVE)
        events = of(EventPage, list_events.sync(REF, client=CLIENT, order=ListEventsOrder.OLDEST)).items
        self.assertEqual(events[0].type_, "CustomerRegistered")
        found = list_customers.sync(
            client=CLIENT, external_id=EXTERNAL, dossier_at_least=events[-1].position
        )
        self.assertEqual([one.external_id for one in of(CustomerPage, found).items], [EXTERNAL])
        fields = of(Blame, get_blame.sync(REF, client=CLIENT)).fields
        self.assertIn(("/profile/name", "Acme"), [(one.field, one.value) for one in fields])

    def test_5_a_refusal_is_a_typed_problem(self) -> None:
        body = SetParent(parent_customer_id=uuid.uuid4())
        refused = set_parent.sync_detailed(REF, client=CLIENT, body=body)
        problem = of(Problem, refused.parsed)
        self.assertEqual((problem.status, problem.code), (refused.status_code, "parent_unknown"))


if __name__ == "__main__":
    unittest.main()
