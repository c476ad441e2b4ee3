// A real identity provider (npm's oidc-provider) for tests, with a page of its own on which people sign in.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

/** The service at the provider. */
export const CLIENT = { id: 'dossier', secret: 'a secret: with + and %' };

/** People at the provider, and what it says about them. */
const PEOPLE = {
  ada: { email: 'ada@example.com', email_verified: true, roles: ['support', 'staff'] },
  grace: { email: 'grace@example.com', email_verified: true, roles: ['compliance'] },
  nobody: { email: 'nobody@example.com', email_verified: true, roles: ['staff'] },
  unverified: { email: 'ada@example.com', email_verified: false, roles: ['support'] },
};

/** A key that signs, as the provider keeps it. */
function signingKey(alg) {
  const { privateKey } =
    alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `${alg}-${Math.random()}` };
}

/** A running provider, whose name is another site than the console's address. */
export class IdentityProvider {
  /** Starts one that sends people back to this address, and signs by this algorithm. */
  static async start(consoleUrl, alg, port = 0) {
    const started = new IdentityProvider();
    started.server = createServer();
    await new Promise((listening) => started.server.listen(port, 'localhost', listening));
    started.port = started.server.address().port;
    started.issuer = `http://localhost:${started.port}`;
    const provider = new Provider(started.issuer, {
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          redirect_uris: [`${consoleUrl}/console/login/callback`],
          id_token_signed_response_alg: alg,
        },
      ],
      jwks: { keys: [signingKey(alg)] },
      cookies: { keys: ['of a test'] },
      scopes: ['openid', 'email', 'roles'],
      claims: { openid: ['sub'], email: ['email', 'email_verified'], roles: ['roles'] },
      conformIdTokenClaims: false,
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...PEOPLE[sub] }) }),
      // Everybody agrees.
      async loadExistingGrant({ oidc }) {
        const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
        grant.addOIDCScope('openid email roles');
        await grant.save();
        return grant;
      },
    });
    const rest = provider.callback();
    started.server.on('request', (request, response) => {
      if (!request.url.startsWith('/interaction/')) return rest(request, response);
      return interact(provider, request, response);
    });
    return started;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}

async function interact(provider, request, response) {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html');
    response.end(
      '<!doctype html><html lang="en"><title>Provider</title><form method="post"><label>User <input name="user"></label>' +
        '<button name="do" value="in">Go on</button><button name="do" value="cancel">Cancel</button></form>',
    );
    return;
  }
  let body = '';
  for await (const part of request) body += part;
  const form = new URLSearchParams(body);
  const result =
    form.get('do') === 'cancel'
      ? { error: 'access_denied', error_description: 'somebody cancelled' }
      : { login: { accountId: form.get('user') } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}
