// What every scenario begins with: the app it plays, its person's browser, and the report at the end.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import * as client from "openid-client";

/** What the test gives: issuer, the app as `demo.json` has it, and how far ahead of this machine the demo's clock is. */
export const given = JSON.parse(process.env.GIVEN);

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** The person's browser goes there, does what the person does, and comes back to the app at this address. */
export async function open(url, does = {}) {
  say({ open: String(url), does });
  const { value, done } = await answers.next();
  assert.ok(!done, "the browser is gone");
  return new URL(JSON.parse(value).back);
}

/** The demo's clock moves. */
export async function wait(duration) {
  say({ wait: duration });
  await answers.next();
}

/** End of the scenario: facts for the test. */
export function tell(facts = {}) {
  say({ told: facts });
  process.exit(0);
}

/** How the app proves itself: nothing, its secret, or its key. */
async function proof({ auth_method: method, client_secret: secret, jwk }) {
  if (method === "none") return client.None();
  if (method === "client_secret_basic") return client.ClientSecretBasic(secret);
  assert.equal(method, "private_key_jwt");
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  return client.PrivateKeyJwt({ key, kid: jwk.kid });
}

/** The provider as discovery tells it, with every check that openid-client can make turned on. */
export async function provider({ ahead = given.ahead, auth, ...options } = {}) {
  const config = await client.discovery(
    new URL(given.issuer),
    given.app.client_id,
    { [client.clockSkew]: ahead },
    auth ?? (await proof(given.app)),
    { execute: [client.allowInsecureRequests], ...options },
  );
  client.enableNonRepudiationChecks(config); // the id token's signature, not only where it came from
  return config;
}

/** An authorization request: its address, and what must be checked when the person comes back. */
export async function departure(config, parameters = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const expectedNonce = client.randomNonce();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: given.redirect_uri,
    scope: "openid profile email offline_access",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
    ...parameters,
  });
  return { url, checks: { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true } };
}

/** The whole code flow. */
export async function signIn(config, parameters = {}, does = {}) {
  const { url, checks } = await departure(config, parameters);
  return await client.authorizationCodeGrant(config, await open(url, does), checks);
}

/** The provider refuses with this error. */
export async function refused(promise, error, status = 400) {
  await assert.rejects(promise, (thrown) => {
    assert.equal(thrown.error ?? challenged(thrown), error, thrown.stack);
    assert.equal(thrown.status, status);
    return true;
  });
}

/** RFC 6749 §5.2: whoever failed to prove itself in a header is answered with a challenge there. */
const challenged = ({ cause }) => (cause?.[0]?.scheme === "basic" ? "invalid_client" : undefined);
