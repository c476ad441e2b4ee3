// The customers that the tests look at, and what happened to them.

const AGENT = 'sara.lindqvist@support.example';
const MANAGER = 'jonas.weber@sales.example';
const FINANCE = 'finance lead';

/** Names of customers that only fill the lists. */
const OTHERS = [
  'Alder & Finch Ltd', 'Aurora Textiles AB', 'Bergamot Foods SpA', 'Blue Harbor Shipping', 'Caldera Energy SA',
  'Citadel Optics GmbH', 'Delphi Instruments', 'Driftwood Media', 'Ember & Oak Oy', 'Fjordlight AS',
  'Granite Peak Mining', 'Harvest Moon Dairy', 'Ironbridge Steel plc', 'Juniper Clinics', 'Kestrel Aviation',
  'Lighthouse Legal LLP', 'Magnolia Hotels', 'Northern Lights Solar', 'Orchard Street Press', 'Pinecone Software',
  'Quarry Lane Builders', 'Riverside Pharma', 'Saffron Kitchens', 'Tidewater Logistics', 'Umber Ceramics',
  'Verdant Farms Coop', 'Willow Creek Schools', 'Yellowtail Fisheries', 'Zephyr Wind Power', 'Ōtani Precision KK',
];

/** Fills the tenant of `key`, and returns the ids of the customers that tests name. */
export async function seed(service, key) {
  let position;
  const send = async (customer, command, body, who = {}) => {
    const path = customer === undefined ? '/v1/customers' : `/v1/customers/${customer}/commands/${command}`;
    const answer = await (await service.ask(key, 'POST', path, body, who)).json();
    position = answer.position;
    return answer.id;
  };
  const register = (name, body = {}, who = { actor: 'crm-sync', reason: 'migration of March' }) => {
    const { profile = {}, ...rest } = body;
    return send(undefined, '', { profile: { name, type: 'BUSINESS', ...profile }, ...rest }, who);
  };

  const holding = await register('Acme Holding', {
    external_id: 'acme-holding',
    profile: { email: 'group@acme.example', address: { line1: 'Ringstraße 2', city: 'Zürich', country: 'CH' } },
  });
  const acme = await register('Acme Robotics GmbH', {
    external_id: 'acme-old',
    aliases: ['acme', 'robotics'],
    parent_customer_id: holding,
    metadata: { plan_tier: 'enterprise', segment: 'industry' },
    profile: {
      email: 'billing@acme.example',
      phone: '+49 30 555 0163',
      timezone: 'Europe/Berlin',
      address: { line1: 'Quantastraße 37', city: 'Berlin', postal_code: '10115', country: 'DE' },
    },
  });
  await send(acme, 'change-external-id', { external_id: 'acme-4711' }, { actor: 'crm-sync', reason: 'new numbers' });
  await send(acme, 'add-billing-config', {
    provider: 'stripe',
    delivery_method: 'direct_to_billing_provider',
    configuration: { stripe_customer_id: 'cus_Q4mZ81', stripe_collection_method: 'charge_automatically' },
  }, { actor: 'billing-backend', reason: 'migration of plan 4' });
  await send(acme, 'attach-payment-profile', {
    id: 'card-1', status: 'ACTIVE', type: 'card', provider: 'stripe', display_name: 'Visa ending in 4242',
  }, { actor: MANAGER });
  await send(acme, 'set-default-payment-profile', { payment_profile_id: 'card-1', auto_pay: true }, { actor: MANAGER });
  await send(acme, 'replace-metadata', {
    metadata: { plan_tier: 'enterprise_plus', segment: 'industry', renewal_date: '2027-01-15' },
  }, { actor: FINANCE, reason: 'renewal' });
  await send(acme, 'set-tax-settings', {
    treatment: 'taxable', overrides: [{ country: 'DE', type: 'vat', name: 'USt', rate: '19' }],
  }, { actor: FINANCE, reason: 'new tax year' });
  await send(acme, 'update-profile', {
    address: { line1: 'Kobaltweg 163', city: 'München', postal_code: '80331', country: 'DE' },
  }, { actor: AGENT, reason: 'TICKET-1850: customer called, new headquarters' });
  await send(acme, 'update-profile', { email: 'invoices@acme.example' }, { actor: AGENT, reason: 'TICKET-1850' });

  const logistics = await register('Acme Logistics BV', {
    external_id: 'acme-logistics', parent_customer_id: holding,
    profile: { email: 'ops@acme-logistics.example', address: { line1: 'Havenweg 9', city: 'Rotterdam', country: 'NL' } },
  });
  await send(logistics, 'update-profile', { phone: '+31 10 555 0188' }, { actor: AGENT, reason: 'TICKET-1911' });
  await register('Acme Depot Ghent', { parent_customer_id: logistics, external_id: 'acme-depot' });
  const nordwind = await register('Nordwind Energi AB', {
    external_id: 'nw-88', profile: { address: { line1: 'Storgatan 1', city: 'Malmö', country: 'SE' } },
  });
  await send(nordwind, 'update-profile', {
    address: { line1: 'Kirkegata 20', city: 'Oslo', postal_code: '0153', country: 'NO' },
  }, { actor: MANAGER });
  const hoshino = await register('Hoshino Trading KK', {
    external_id: 'hoshino', profile: { address: { city: '東京', postal_code: '100-0001', country: 'JP' } },
  });
  await send(hoshino, 'update-profile', {
    address: { city: '大阪', postal_code: '530-0001', country: 'JP' },
  }, { actor: 'import-job', reason: 'office move 2026' });
  const dormant = await register('Paper Lantern Ltd', { external_id: 'lantern' });
  await send(dormant, 'archive-customer', {}, { actor: AGENT, reason: 'closed the account' });
  const lines = OTHERS.map((name, nth) => JSON.stringify({
    command: 'register-customer',
    body: { profile: { name, email: `office${nth}@customers.example` }, external_id: `cust-${1000 + nth}` },
  }));
  const headers = { 'content-type': 'application/x-ndjson' };
  const who = { actor: 'crm-sync', reason: 'migration of March', headers };
  const answers = (await (await service.ask(key, 'POST', '/v1/commands', lines.join('\n'), who)).text()).trim();
  position = JSON.parse(answers.split('\n').at(-1)).answer.position;
  await service.settled(key, position);
  return { holding, acme, logistics, nordwind, hoshino, dormant };
}
