// Calls of a running service with the client that openapi-typescript makes.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import createClient from "openapi-fetch";
import type { components, paths } from "./dossier.js";
import { said } from "./types.mjs";

type Schemas = components["schemas"];

const dossier = createClient<paths>({
  baseUrl: process.env["DOSSIER_URL"] ?? "",
  headers: { Authorization: `Bearer ${process.env["DOSSIER_KEY"]}` },
});
const external = `generated-${randomUUID()}`;
const path = { ref: `external:${external}` };

/** The body of a success. */
async function ok<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  assert.ok(data !== undefined, `${response.status} ${JSON.stringify(error)}`);
  return data;
}

test("a customer is registered, changed and read", async () => {
  const registered = await ok(
    dossier.POST("/v1/customers", {
      body: { profile: { name: "Acme", type: "BUSINESS" }, external_id: external, metadata: { from: external } },
    }),
  );
  assert.equal(registered.events[0] && said(registered.events[0].event), "Acme");

  const changed = await ok(
    dossier.POST("/v1/customers/{ref}/commands/update-profile", {
      params: { path, header: { "If-Match": `"${registered.version}"`, "X-Reason": "A new office" } },
      body: { email: "ada@acme.example" },
    }),
  );
  assert.equal(changed.events[0] && said(changed.events[0].event), "ada@acme.example");

  const customer = await ok(dossier.GET("/v1/customers/{ref}", { params: { path } }));
  assert.equal(customer.profile.email, "ada@acme.example");
  assert.equal(customer.version, 2);
});

test("configurations are read by provider", async () => {
  const added = await ok(
    dossier.POST("/v1/customers/{ref}/commands/add-billing-config", {
      params: { path },
      body: {
        provider: "stripe",
        delivery_method: "direct_to_billing_provider",
        configuration: { stripe_customer_id: "cus_1", stripe_collection_method: "send_invoice" },
      },
    }),
  );
  assert.equal(added.events[0] && said(added.events[0].event), "cus_1");
  const header = { "Dossier-At-Least": added.position };
  const list = await ok(dossier.GET("/v1/customers/{ref}/billing-configs", { params: { path, header } }));
  const [config] = list.items;
  assert.ok(config?.provider === "stripe");
  assert.equal(config.configuration.stripe_collection_method, "send_invoice");
});

test("several commands happen together, and many as lines", async () => {
  const done = await ok(
    dossier.POST("/v1/customers/{ref}/commands", {
      params: { path },
      body: {
        commands: [
          { command: "set-aliases", body: { aliases: [`${external}-a`] } },
          { command: "update-profile", body: { phone: null, tags: ["key-account"] } },
        ],
      },
    }),
  );
  assert.deepEqual(done.events.map(({ event }) => event.type), ["AliasesSet", "ProfileUpdated"]);

  const lines: Schemas["Line"][] = [
    { command: "update-profile", customer: path.ref, body: { email: null } },
    { command: "replace-metadata", customer: path.ref, body: { metadata: { from: external, line: "2" } } },
  ];
  const answered = await ok(
    dossier.POST("/v1/commands", {
      body: lines.map((line) => JSON.stringify(line)).join("\n"),
      bodySerializer: (body) => body,
      headers: { "Content-Type": "application/x-ndjson" },
      parseAs: "text",
    }),
  );
  const answers = answered.trimEnd().split("\n").map((line): Schemas["AnswerLine"] => JSON.parse(line));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
});

test("lists and the history are typed", async () => {
  const { data, response } = await dossier.GET("/v1/tenant");
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(data?.status, "active");
  const events = await ok(dossier.GET("/v1/customers/{ref}/events", { params: { path, query: { order: "oldest" } } }));
  assert.deepEqual(events.items[0]?.type, "CustomerRegistered");
  const position = events.items.at(-1)?.position ?? "";
  const found = await ok(
    dossier.GET("/v1/customers", {
      params: { query: { metadata: { from: external } }, header: { "Dossier-At-Least": position } },
    }),
  );
  assert.deepEqual(found.items.map((customer) => customer.external_id), [external]);
  const blame = await ok(dossier.GET("/v1/customers/{ref}/blame", { params: { path } }));
  assert.ok(blame.fields.some(({ field, value }) => field === "/profile/name" && value === "Acme"));
});

test("a refusal is a typed problem", async () => {
  const { data, error, response } = await dossier.POST("/v1/customers/{ref}/commands/set-parent", {
    params: { path },
    body: { parent_customer_id: randomUUID() },
  });
  assert.equal(data, undefined);
  assert.equal(error?.status, response.status);
  assert.equal(error?.code, "parent_unknown");
});
