// What the provider must refuse, told as the client understands it.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { departure, given, open, provider, refused, signIn, tell, wait } from "./app.mjs";

const config = await provider();

// Somebody else's verifier: the code is not theirs (RFC 7636 §4.6).
const stolen = await departure(config);
const stolenBack = await open(stolen.url);
const wrong = { ...stolen.checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
await refused(client.authorizationCodeGrant(config, stolenBack, wrong), "invalid_grant");

// A code used twice: refused, and what the first use gave dies (RFC 6749 §4.1.2).
const twice = await departure(config);
const back = await open(twice.url);
const given1 = await client.authorizationCodeGrant(config, back, twice.checks);
await refused(client.authorizationCodeGrant(config, back, twice.checks), "invalid_grant");
await refused(client.refreshTokenGrant(config, given1.refresh_token), "invalid_grant");

// The person says no.
const no = await departure(config, { prompt: "consent" });
const noBack = await open(no.url, { decision: "refuse" });
await assert.rejects(client.authorizationCodeGrant(config, noBack, no.checks), (error) => {
  assert.deepEqual([error.code, error.error], ["OAUTH_AUTHORIZATION_RESPONSE_ERROR", "access_denied"]);
  return true;
});

// A page would be needed and none may be shown.
const silent = await departure(config, { prompt: "none", scope: "openid pairing offline_access" });
const silentBack = await open(silent.url);
assert.equal(silentBack.searchParams.get("error"), "consent_required");

// No PKCE: refused before any page.
const bare = await departure(config);
for (const name of ["code_challenge", "code_challenge_method"]) bare.url.searchParams.delete(name);
assert.equal((await open(bare.url)).searchParams.get("error"), "invalid_request");

if (given.app.auth_method === "client_secret_basic") {
  const stranger = await provider({ auth: client.ClientSecretBasic("cs_wrong") });
  const tokens = await signIn(config);
  await refused(client.refreshTokenGrant(stranger, tokens.refresh_token), "invalid_client", 401);
  await refused(client.refreshTokenGrant(config, tokens.refresh_token, { scope: "openid pairing" }), "invalid_scope");
}

// A refresh token used again: at once (its answer was lost) the same successor; later, everything stops (RFC 9700 §4.14).
const first = await signIn(config);
const second = await client.refreshTokenGrant(config, first.refresh_token);
const repeated = await client.refreshTokenGrant(config, first.refresh_token);
assert.equal(repeated.refresh_token, second.refresh_token);
await wait("PT31S");
const later = await provider({ ahead: given.ahead + 31 });
await refused(client.refreshTokenGrant(later, first.refresh_token), "invalid_grant");
await refused(client.refreshTokenGrant(later, second.refresh_token), "invalid_grant");
await assert.rejects(
  client.fetchUserInfo(later, second.access_token, first.claims().sub),
  (error) => error.status === 401,
);

tell();
