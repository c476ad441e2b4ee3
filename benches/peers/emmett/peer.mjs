// Emmett under load, as its documentation has it: decide and evolve through its command handler, and a
// read model by its own inline projection. Callers are spread over as many processes as there are
// cores, since one process of Node's runs on one. Prints "begin" when all are warm, and at the end one
// line of JSON.

import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

import { CommandHandler, STREAM_DOES_NOT_EXIST } from '@event-driven-io/emmett';
import { getPostgreSQLEventStore, pongoSingleStreamProjection } from '@event-driven-io/emmett-postgresql';
import pg from 'pg';

const PAGE = 50;
const CONNECTIONS = 10;
const WARM_UP_SECONDS = 0.5;
const SET_UP_CALLERS = 16;
// What follows the fresh number in a field: with it an event has about 400 bytes.
const FILLER =
  'Please ring twice, wait for the porter and hand everything over in person; the gate to the yard is ' +
  'locked after six in the evening and on public holidays, when deliveries go to the office in the side ' +
  'street. Pallets need a lift truck, which must be ordered a day ahead. Signed papers go back with the ' +
  'driver.';

const { values: flags } = parseArgs({
  options: {
    'database-url': { type: 'string' },
    // set-up, w1 (change), w2 (create), w3 (change with the read model), w5 (page of a history)
    work: { type: 'string' },
    callers: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '2' },
    customers: { type: 'string', default: '10000' },
    // Events of each customer, in a set-up and for a page.
    events: { type: 'string', default: '5' },
    // Says who the customers are.
    seed: { type: 'string', default: '1' },
    // Says, with the seed, what is chosen.
    run: { type: 'string', default: '1' },
  },
});
const customers = Number(flags.customers);
const events = Number(flags.events);

/** The same number for the same names. */
const digest = (...names) => createHash('md5').update(names.join('/')).digest('hex');
const stream = (...names) => `customer-${digest(flags.seed, ...names)}`;

/** The state that commands are decided on, and the read model: the profile's fields as they are. */
const evolve = (state, { type, data }) =>
  type === 'CustomerRegistered' ? { ...data } : { ...state, instructions: data.instructions };

const registered = (fresh) => ({
  type: 'CustomerRegistered',
  data: { name: 'Ada Lovelace Ltd', email: 'ada@example.com', instructions: `${fresh} ${FILLER}` },
});
const updated = (fresh) => ({ type: 'ProfileUpdated', data: { instructions: `${fresh} ${FILLER}` } });

const autoMigration = flags.work === 'set-up' ? 'CreateOrUpdate' : 'None';

const openStore = (projected) =>
  getPostgreSQLEventStore(flags['database-url'], {
    projections: projected ? [{ type: 'inline', projection: pongoSingleStreamProjection({
      collectionName: 'customers',
      canHandle: ['CustomerRegistered', 'ProfileUpdated'],
      // Otherwise every command asks for the table to be made.
      collectionOptions: { schema: { autoMigration } },
      initialState: () => ({}),
      evolve,
    }) }] : [],
    connectionOptions: { pool: new pg.Pool({ connectionString: flags['database-url'], max: CONNECTIONS }) },
    schema: { autoMigration },
  });

const change = CommandHandler({ evolve, initialState: () => ({}) });

/** One piece of work, by what it is called; `fresh` is never the same twice. */
const works = {
  w1: (store, fresh, customer) =>
    change(store, stream(customer), (state) => {
      if (state.name === undefined) throw new Error('there is no such customer');
      return updated(fresh);
    }),
  w2: (store, fresh) =>
    store.appendToStream(stream('new', fresh), [registered(fresh)], {
      expectedStreamVersion: STREAM_DOES_NOT_EXIST,
    }),
  w5: async (store, fresh, customer) => {
    const page = await store.readStream(stream(customer), { from: BigInt(events - PAGE + 1) });
    if (page.events.length !== PAGE) throw new Error("a page isn't full");
  },
};
works.w3 = works.w1;

/** Calls until the time is over; latencies are in microseconds. */
async function callers(store, count, worker, phase, seconds) {
  const end = performance.now() + seconds * 1000;
  const taken = [];
  const failures = [];
  await Promise.all(Array.from({ length: count }, async (_, caller) => {
    for (let nth = 0; performance.now() < end; nth += 1) {
      const fresh = digest(flags.seed, flags.run, worker, phase, caller, nth).slice(0, 16);
      const begun = performance.now();
      try {
        await works[flags.work](store, fresh, parseInt(fresh.slice(0, 12), 16) % customers);
        taken.push(Math.round((performance.now() - begun) * 1000));
      } catch (error) {
        failures.push(String(error));
      }
    }
  }));
  return { taken, failures };
}

/** A process's share of the callers; `work()` awaits word from the process that started it. */
async function work(worker, count) {
  const store = openStore(flags.work === 'w3');
  await callers(store, count, worker, 'warm-up', WARM_UP_SECONDS);
  const go = new Promise((resolve) => process.once('message', resolve));
  process.send('warm');
  await go;
  const before = process.cpuUsage();
  const result = await callers(store, count, worker, 'run', Number(flags.seconds));
  const { user, system } = process.cpuUsage(before);
  await store.close();
  process.send({ ...result, cpu: (user + system) / 1e6 }, () => process.disconnect());
}

async function setUp() {
  const store = openStore(true);
  const make = (customer) => {
    const changes = Array.from({ length: events - 1 }, (_, nth) => updated(digest(nth).slice(0, 16)));
    return store.appendToStream(stream(customer), [registered(digest(customer).slice(0, 16)), ...changes], {
      expectedStreamVersion: STREAM_DOES_NOT_EXIST,
    });
  };
  // The first alone: several who make the read model's table at the same time hinder each other.
  await make(0);
  let next = 1;
  await Promise.all(Array.from({ length: SET_UP_CALLERS }, async () => {
    for (let customer = next++; customer < customers; customer = next++) await make(customer);
  }));
  await store.close();
}

/** Starts the processes, has them begin together, and tells the results. */
async function measure() {
  const total = Number(flags.callers);
  const count = Math.min(total, availableParallelism());
  const workers = Array.from({ length: count }, (_, nth) => {
    const share = Math.floor(total / count) + (nth < total % count ? 1 : 0);
    const child = fork(import.meta.filename, process.argv.slice(2), {
      env: { ...process.env, WORKER: `${nth}/${share}` },
    });
    const said = () => new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', () => reject(new Error('a process ended early')));
    });
    return { child, said };
  });
  await Promise.all(workers.map(({ said }) => said()));
  console.log('begin');
  const begun = performance.now();
  const results = Promise.all(workers.map(({ said }) => said()));
  workers.forEach(({ child }) => child.send('go'));
  const all = await results;
  const seconds = (performance.now() - begun) / 1000;
  const taken = all.flatMap((one) => one.taken).sort((a, b) => a - b);
  const failures = all.flatMap((one) => one.failures);
  if (failures.length > 0) console.error(failures[0]);
  const at = (percent) => (taken[Math.floor((taken.length * percent) / 100)] ?? 0) / 1000;
  console.log(JSON.stringify({
    commands: taken.length, seconds, p50_ms: at(50), p99_ms: at(99), failures: failures.length,
    cpu_seconds: all.reduce((sum, one) => sum + one.cpu, 0),
  }));
}

if (flags.work === 'set-up') await setUp();
else if (process.env.WORKER) await work(...process.env.WORKER.split('/').map(Number));
else await measure();
