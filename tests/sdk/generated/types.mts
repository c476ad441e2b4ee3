// What the generated types promise. The compiler is the test: each `@ts-expect-error` is an error of its own if the
// next line compiles.

import type { Client } from "openapi-fetch";
import type { components, paths } from "./dossier.js";

type Schemas = components["schemas"];
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

const params = { path: { ref: "external:acme-001" } };
const stripe = { stripe_customer_id: "cus_1", stripe_collection_method: "send_invoice" } as const;

export async function commands(dossier: Client<paths>) {
  await dossier.POST("/v1/customers/{ref}/commands/update-profile", { params, body: { phone: null } });
  // @ts-expect-error A typo in the name of a command.
  await dossier.POST("/v1/customers/{ref}/commands/update-profil", { params, body: { phone: null } });
  // openapi-fetch takes more members than the body has, so a body is best declared with its type.
  // @ts-expect-error A typo in a member of a body.
  const body: Schemas["UpdateProfile"] = { fone: null };
  await dossier.POST("/v1/customers/{ref}/commands/update-profile", { params, body });
  // @ts-expect-error The name can't be cleared.
  body.name = null;

  const together: Schemas["Together"] = {
    commands: [
      { command: "update-profile", body: { email: "ada@acme.example" } },
      { command: "archive-customer" },
    ],
  };
  await dossier.POST("/v1/customers/{ref}/commands", { params, body: together });
  // @ts-expect-error A typo in the name of one of several commands.
  together.commands = [{ command: "update-profil", body: {} }];
  // @ts-expect-error The body of another command.
  together.commands = [{ command: "set-aliases", body: { email: "ada@acme.example" } }];
  // @ts-expect-error A command that needs a body.
  together.commands = [{ command: "set-aliases" }];
}

export function requests() {
  const least: Schemas["RegisterCustomer"] = { profile: { name: "Acme" } };
  // @ts-expect-error A customer must have a name.
  least.profile = { email: "ada@acme.example" };
  const line: Schemas["Line"] = { command: "revert-to", customer: "alias:acme", body: { version: 3 } };
  // @ts-expect-error A typo in a line.
  line.body = { verson: 3 };
  return [least, line];
}

export function configurations(): Schemas["AddBillingConfig"][] {
  return [
    { provider: "stripe", configuration: stripe },
    { provider: "workday" },
    { provider: "custom", configuration: { anything: [1, 2] } },
    // @ts-expect-error A typo in a configuration.
    { provider: "stripe", configuration: { ...stripe, stripe_custmer_id: "cus_1" } },
    // @ts-expect-error A configuration without what its provider needs.
    { provider: "stripe", configuration: { stripe_collection_method: "send_invoice" } },
    // @ts-expect-error The configuration of another provider.
    { provider: "netsuite", configuration: stripe },
    // @ts-expect-error A provider that doesn't exist.
    { provider: "strip", configuration: stripe },
  ];
}

/** What an event says, by its type. */
export function said(event: Schemas["CustomerEvent"]): string | null | undefined {
  switch (event.type) {
    case "CustomerRegistered":
      return event.data?.profile.name;
    case "ProfileUpdated":
      return event.data?.email;
    case "BillingConfigAdded":
      return event.data?.provider === "stripe" ? event.data.configuration.stripe_customer_id : undefined;
    case "ExternalIdChanged":
      // @ts-expect-error A member that this event doesn't have.
      return event.data?.email;
    // @ts-expect-error A type that no event has.
    case "ProfilUpdated":
      return undefined;
    default:
      return undefined;
  }
}

/** Lists are pages, whatever else `Accept` can ask for. */
export async function page(dossier: Client<paths>): Promise<Schemas["Customer"] | undefined> {
  const { data } = await dossier.GET("/v1/customers", { params: { query: { limit: 3 } } });
  const same: Same<typeof data, Schemas["CustomerPage"] | undefined> = true;
  // @ts-expect-error A query parameter that doesn't exist.
  await dossier.GET("/v1/customers", { params: { query: { nmae: "Acme" } } });
  return same ? data?.items[0] : undefined;
}
