// The peer as it would be run for the work that is measured: same grants, same PKCE, rotation of refresh tokens,
// ES256, everything kept in PostgreSQL. What it is given comes in the variable BENCH.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const given = JSON.parse(process.env.BENCH);
const installed = createRequire(`${given.modules}/package.json`);
const load = (name) => import(pathToFileURL(installed.resolve(name)));
const { Provider } = await load('oidc-provider');
const pg = (await load('pg')).default;

const pool = new pg.Pool({ connectionString: given.database, max: 10 });
await pool.query(`CREATE TABLE IF NOT EXISTS kept (
  kind text NOT NULL, id text NOT NULL, payload jsonb NOT NULL, grant_id text, uid text, expires_at bigint,
  consumed bigint, PRIMARY KEY (kind, id))`);
await pool.query('CREATE INDEX IF NOT EXISTS kept_grant ON kept (grant_id) WHERE grant_id IS NOT NULL');
await pool.query('CREATE INDEX IF NOT EXISTS kept_uid ON kept (uid) WHERE uid IS NOT NULL');

const now = () => Math.floor(Date.now() / 1000);
const ask = (name, text, values) => pool.query({ name, text, values }); // a named statement is prepared once
const OF_A_GRANT = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);

class Store {
  constructor(kind) { this.kind = kind; }

  async upsert(id, payload, ttl) {
    await ask('keep', `INSERT INTO kept (kind, id, payload, grant_id, uid, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
      ON CONFLICT (kind, id) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at`, [
      this.kind, id, JSON.stringify(payload), OF_A_GRANT.has(this.kind) ? payload.grantId ?? null : null,
      this.kind === 'Session' ? payload.uid : null, ttl ? now() + ttl : null]);
  }

  async find(id) {
    return Store.said(await ask('find', 'SELECT payload, consumed FROM kept WHERE kind = $1 AND id = $2', [this.kind, id]));
  }

  async findByUid(uid) {
    return Store.said(await ask('by-uid', 'SELECT payload, consumed FROM kept WHERE kind = $1 AND uid = $2', [this.kind, uid]));
  }

  async findByUserCode() { return undefined; }

  async consume(id) {
    await ask('consume', 'UPDATE kept SET consumed = $3 WHERE kind = $1 AND id = $2', [this.kind, id, now()]);
  }

  async destroy(id) { await ask('destroy', 'DELETE FROM kept WHERE kind = $1 AND id = $2', [this.kind, id]); }

  async revokeByGrantId(id) { await ask('revoke', 'DELETE FROM kept WHERE grant_id = $1', [id]); }

  static said({ rows: [row] }) {
    if (!row) return undefined;
    return row.consumed ? { ...row.payload, consumed: Number(row.consumed) } : row.payload;
  }
}

const common = {
  redirect_uris: [given.redirect_uri],
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  id_token_signed_response_alg: 'ES256',
  introspection_signed_response_alg: 'ES256', // where it is asked for
};
const account = (sub) => ({
  accountId: sub,
  claims: async () => ({ sub, name: 'Some Body', email: `${sub}@example.org`, email_verified: true }),
});

const provider = new Provider(`http://127.0.0.1:${given.port}`, {
  adapter: Store,
  clients: [
    { ...common, client_id: 'bench', client_secret: given.secret, token_endpoint_auth_method: 'client_secret_basic' },
    { ...common, client_id: 'bench-key', token_endpoint_auth_method: 'private_key_jwt', jwks: given.keyed,
      token_endpoint_auth_signing_alg: 'ES256' },
    { ...common, client_id: 'bench-bound', token_endpoint_auth_method: 'private_key_jwt', jwks: given.keyed,
      token_endpoint_auth_signing_alg: 'ES256', dpop_bound_access_tokens: true },
  ],
  jwks: { keys: [given.signing] },
  cookies: { keys: ['a key for benchmarks'] },
  findAccount: async (_, sub) => account(sub),
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
  scopes: ['openid', 'offline_access', 'profile', 'email'],
  rotateRefreshToken: true,
  issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
  expiresWithSession: () => false,
  pkce: { required: () => true },
  ttl: { AuthorizationCode: 60, AccessToken: 300, ClientCredentials: 300, IdToken: 300, RefreshToken: 7776000,
    Session: 43200, Grant: 31536000, Interaction: 1800 },
  features: {
    devInteractions: { enabled: true }, // its own pages, only to sign in before the measures
    clientCredentials: { enabled: true },
    dPoP: { enabled: true },
    introspection: { enabled: true },
    jwtIntrospection: { enabled: true },
    revocation: { enabled: true },
    userinfo: { enabled: true },
    ...(given.jwt ? {
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => 'urn:bench:api',
        useGrantedResource: async () => true,
        getResourceServerInfo: async () => ({ scope: 'openid profile email', audience: 'urn:bench:api',
          accessTokenFormat: 'jwt', accessTokenTTL: 300, jwt: { sign: { alg: 'ES256' } } }),
      },
    } : {}),
  },
});
provider.on('server_error', (_, error) => console.error(error));
provider.listen(given.port, '127.0.0.1');
