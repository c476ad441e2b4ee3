// Metronome's own TypeScript client against this service.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import Metronome from "@metronome/sdk";

const settings = {
  baseURL: `${process.env.DOSSIER_URL}/compat/metronome`,
  bearerToken: process.env.DOSSIER_KEY,
};
const { customers, customFields, auditLogs } = new Metronome(settings).v1;

const collect = async (pages) => {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
};

test("a customer is created, read, configured, listed and archived", async () => {
  const alias = `team-${randomUUID()}`;
  const { data: made } = await customers.create({ name: "Example, Inc.", ingest_aliases: [alias] });
  assert.equal(made.external_id, alias);
  await customers.updateConfig({
    customer_id: made.id,
    salesforce_account_id: "0015500001WO1ZiABL",
    leave_stripe_invoices_in_draft: false,
  });
  await customers.setName({ customer_id: made.id, name: "Renamed" });
  await customers.setIngestAliases({ customer_id: made.id, ingest_aliases: [alias, `${alias}-2`] });
  const { data: detail } = await customers.retrieve({ customer_id: made.id });
  assert.equal(detail.name, "Renamed");
  assert.deepEqual(detail.ingest_aliases, [alias, `${alias}-2`]);
  assert.equal(detail.customer_config.salesforce_account_id, "0015500001WO1ZiABL");
  assert.equal(detail.customer_config.leave_stripe_invoices_in_draft, false);
  const byId = await collect(customers.list({ customer_ids: [made.id, randomUUID()] }));
  assert.deepEqual(byId.map(({ id }) => id), [made.id]);
  await customers.archive({ id: made.id });
  const archived = await collect(customers.list({ ingest_alias: alias, only_archived: true }));
  assert.deepEqual(archived.map(({ id }) => id), [made.id]);
  assert.ok(archived[0].archived_at);
});

test("billing configurations are added, listed and archived", async () => {
  const { data: made } = await customers.create({ name: "Billed" });
  const { data: added } = await customers.setBillingConfigurations({
    data: [
      {
        customer_id: made.id,
        billing_provider: "stripe",
        delivery_method: "direct_to_billing_provider",
        configuration: {
          stripe_customer_id: "cus_1234",
          stripe_collection_method: "charge_automatically",
          leave_stripe_invoices_in_draft: true,
        },
      },
      {
        customer_id: made.id,
        billing_provider: "gcp_marketplace",
        delivery_method: "direct_to_billing_provider",
        configuration: { gcp_entitlement_id: "my_entitlement", gcp_service_name: "my_service" },
      },
    ],
  });
  assert.deepEqual(added.map((config) => config.billing_provider), ["stripe", "gcp_marketplace"]);
  await customers.archiveBillingConfigurations({
    customer_id: made.id,
    customer_billing_provider_configuration_ids: [added[0].id],
  });
  const { data: left } = await customers.retrieveBillingConfigurations({ customer_id: made.id });
  assert.deepEqual(left.map(({ id }) => id), [added[1].id]);
  assert.equal(left[0].delivery_method, "direct_to_billing_provider");
});

test("custom fields and the audit log", async () => {
  const key = `x_${randomUUID()}`;
  const { data: made } = await customers.create({ name: "Fielded" });
  await customFields.addKey({ entity: "customer", key, enforce_uniqueness: false });
  await customFields.setValues({
    entity: "customer",
    entity_id: made.id,
    custom_fields: { [key]: "KyVnHhSBWl7eY2bl" },
  });
  const { data: detail } = await customers.retrieve({ customer_id: made.id });
  assert.deepEqual(detail.custom_fields, { [key]: "KyVnHhSBWl7eY2bl" });
  const about = { resource_type: "customer", resource_id: made.id };
  const logs = await collect(auditLogs.list({ ...about, limit: 1, sort: "date_desc" }));
  assert.deepEqual(logs.map(({ action }) => action), ["CustomFieldsSet", "CustomerRegistered"]);
  const { next_page } = await auditLogs.list(about);
  const news = await auditLogs.list({ ...about, next_page });
  assert.deepEqual(news.data, []);
  assert.ok(news.next_page);
});

test("an integrator follows the audit log from a time on, with the parameters of the first page", async () => {
  const { data: made } = await customers.create({ name: "Followed" });
  await customers.setName({ customer_id: made.id, name: "Renamed" });
  const about = { resource_type: "customer", resource_id: made.id };
  const since = { starting_on: "2024-01-01T00:00:00Z", sort: "date_desc", limit: 1 };
  const logs = await collect(auditLogs.list({ ...about, ...since }));
  assert.deepEqual(logs.map(({ action }) => action), ["ProfileUpdated", "CustomerRegistered"]);
});

test("an integrator creates a customer as with plans, and gives it 2,000 aliases", async () => {
  const { data: made } = await customers.create({
    name: "Old",
    billing_config: {
      billing_provider_type: "stripe",
      billing_provider_customer_id: "cus_AJ6y20bjkOOayM",
    },
  });
  const { data: configs } = await customers.retrieveBillingConfigurations({ customer_id: made.id });
  assert.deepEqual(configs[0].configuration, { stripe_customer_id: "cus_AJ6y20bjkOOayM" });
  const prefix = randomUUID();
  const aliases = Array.from({ length: 2000 }, (_, nth) => `${prefix}-${nth}-`.padEnd(128, "é"));
  await customers.setIngestAliases({ customer_id: made.id, ingest_aliases: aliases });
  const { data: detail } = await customers.retrieve({ customer_id: made.id });
  assert.deepEqual(detail.ingest_aliases, aliases);
});

test("errors have Metronome's format, and permanent ones are sent once", async () => {
  await assert.rejects(customers.retrieve({ customer_id: randomUUID() }), Metronome.NotFoundError);
  await assert.rejects(customers.create({}), Metronome.BadRequestError);
  const alias = `taken-${randomUUID()}`;
  await customers.create({ name: "First", ingest_aliases: [alias] });
  let requests = 0;
  const counting = new Metronome({
    ...settings,
    fetch: (...asked) => {
      requests += 1;
      return fetch(...asked);
    },
  });
  await assert.rejects(
    counting.v1.customers.create({ name: "Second", ingest_aliases: [alias] }),
    Metronome.ConflictError,
  );
  assert.equal(requests, 1);
});
