// FlexPrice's own TypeScript client against this service.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { Flexprice } from "@flexprice/sdk";

const settings = {
  serverURL: `${process.env.DOSSIER_URL}/compat/flexprice/v1`,
  apiKeyAuth: process.env.DOSSIER_KEY,
};
const { customers } = new Flexprice(settings);

const create = (more = {}) =>
  customers.createCustomer({ externalId: `user-${randomUUID()}`, name: "Acme Corp", ...more });

test("a customer is created, read and updated by either id", async () => {
  const made = await create({
    email: "billing@acme.com",
    addressCountry: "US",
    metadata: { plan: "pro" },
    integrationEntityMapping: [{ provider: "stripe", id: "cus_1" }],
    skipOnboardingWorkflow: true,
  });
  assert.match(made.id, /^cust_/);
  assert.equal(made.status, "published");
  assert.deepEqual(await customers.getCustomer(made.id), made);
  assert.deepEqual(await customers.getCustomerByExternalId(made.externalId), made);
  const byId = await customers.updateCustomer({ name: "Acme (Updated)" }, made.id);
  assert.equal(byId.name, "Acme (Updated)");
  assert.ok(byId.updatedAt > made.updatedAt);
  const external = await customers.updateCustomer({ email: "" }, undefined, made.externalId);
  assert.equal(external.email, "");
  const both = await customers.updateCustomer({ metadata: {} }, made.id, made.externalId);
  assert.deepEqual(both.metadata, {});
  assert.deepEqual(await customers.getCustomer(made.id), both);
});

test("a child is below its parent, and both are found", async () => {
  const parent = await create();
  const child = await create({ parentCustomerExternalId: parent.externalId });
  assert.equal(child.parentCustomerId, parent.id);
  const found = await customers.queryCustomer({
    parentCustomerIds: [parent.id],
    filters: [{ field: "name", operator: "contains", value: { string: "acme" } }],
    sort: [{ field: "name", direction: "asc" }],
  });
  assert.deepEqual(found.items, [child]);
  assert.deepEqual(found.pagination, { limit: 50, offset: 50, total: 1 });
  const alone = await customers.updateCustomer({ parentCustomerId: "" }, child.id);
  assert.ok(!alone.parentCustomerId);
});

test("a customer is deleted once", async () => {
  const made = await create();
  await customers.deleteCustomer(made.id);
  assert.equal((await customers.getCustomer(made.id)).status, "archived");
  await assert.rejects(customers.deleteCustomer(made.id), { statusCode: 404 });
  await assert.rejects(customers.getCustomerByExternalId(made.externalId), { statusCode: 404 });
});

test("errors have FlexPrice's format", async () => {
  const made = await create();
  const refused = await customers.updateCustomer({ email: "nobody" }, made.id).catch((e) => e);
  assert.equal(refused.statusCode, 400);
  assert.equal(refused.message, "/email must be an e-mail address");
  assert.equal(JSON.parse(refused.body).code, "validation_error");
  const taken = customers.createCustomer({ externalId: made.externalId, name: "Other" });
  await assert.rejects(taken, { statusCode: 409 });
  const stranger = new Flexprice({ ...settings, apiKeyAuth: "no key" });
  await assert.rejects(stranger.customers.getCustomer(made.id), { statusCode: 401 });
});
