// The real binary on a private PostgreSQL of its own.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const BINARY = process.env.DOSSIER ?? resolve(import.meta.dirname, '../../debug/dossier');
/** What the service gets of this environment. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('DOSSIER') && name !== 'DATABASE_URL'),
);

/** A running service. */
export class Service {
  /** Starts one in a new directory, or in that of an earlier one, and waits until it is ready. */
  static async start({ directory, port = 0, settings = {} } = {}) {
    const service = new Service();
    service.directory = directory ?? (await mkdtemp(join(tmpdir(), 'dossier-console-')));
    service.process = spawn(
      BINARY,
      ['serve', '--data-dir', service.directory, '--listen', `127.0.0.1:${port}`, '--log', 'warn'],
      { env: { ...ENVIRONMENT, ...settings }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    // If this process fails, the service ends with it.
    process.once('exit', () => service.process.kill('SIGTERM'));
    service.ended = new Promise((done) => service.process.once('exit', done));
    const lines = createInterface({ input: service.process.stdout });
    await new Promise((ready, failed) => {
      service.process.once('exit', (code) => failed(new Error(`the service ended with ${code}`)));
      lines.on('line', (line) => {
        const address = /^dossier is at (http:\/\/[^ ]+)/.exec(line);
        if (address) service.origin = address[1];
        // The last line of a start.
        if (line.startsWith('the key is in')) ready();
      });
    });
    service.key = (await readFile(join(service.directory, 'dev-key'), 'utf8')).trim();
    return service;
  }

  /** Runs a command of the binary beside the service, and returns what it prints. */
  async command(...words) {
    const run = promisify(execFile);
    const { stdout } = await run(BINARY, ['--data-dir', this.directory, ...words], { env: ENVIRONMENT });
    return stdout.trim();
  }

  /** Makes a tenant with a key that has these scopes, and returns both. */
  async tenant(name, scopes) {
    const tenant = await this.command('tenant', 'create', '--name', name);
    return { tenant, key: await this.newKey(tenant, name, scopes) };
  }

  newKey(tenant, name, scopes) {
    return this.command('key', 'create', '--tenant', tenant, '--name', name, '--scopes', scopes);
  }

  /** Sends a request with a key. A status of 400 or more is an error unless `refused` is set. */
  async ask(key, method, path, body, { actor, reason, headers = {}, refused = false } = {}) {
    const sent = { 'x-api-key': key, ...headers };
    // Headers carry bytes: the text in UTF-8.
    const bytes = (text) => Buffer.from(text, 'utf8').toString('latin1');
    if (actor) sent['x-actor'] = bytes(actor);
    if (reason) sent['x-reason'] = bytes(reason);
    if (body !== undefined) sent['content-type'] ??= 'application/json';
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(`${this.origin}${path}`, { method, headers: sent, body: text });
    if (answer.status >= 400 && !refused) {
      throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    }
    return answer;
  }

  /** Waits until the lists of the key's tenant show everything that was written. */
  async settled(key, position) {
    const headers = { 'dossier-at-least': position };
    await this.ask(key, 'GET', '/v1/customers?limit=1', undefined, { headers });
    await this.ask(key, 'GET', '/v1/audit?field=/profile/name&limit=1', undefined, { headers });
  }

  /** Stops it, and starts it again at this port with these settings. */
  async again(port, settings) {
    this.process.kill('SIGTERM');
    await this.ended;
    return Service.start({ directory: this.directory, port, settings });
  }

  async stop() {
    this.process.kill('SIGTERM');
    await this.ended;
    await rm(this.directory, { recursive: true, force: true });
  }
}
