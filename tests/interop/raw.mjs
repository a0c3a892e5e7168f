// The code flow step by step with `oauth4webapi`, which checks all and hides nothing; with a DPoP key and its nonces.
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { given, open, tell } from "./app.mjs";

const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(given.issuer);
const found = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure });
const as = await oauth.processDiscoveryResponse(issuer, found);
const app = {
  client_id: given.app.client_id,
  [oauth.clockSkew]: given.ahead,
  id_token_signed_response_alg: given.app.id_token_signed_response_alg,
};
const auth =
  given.app.auth_method === "none" ? oauth.None() : oauth.ClientSecretBasic(given.app.client_secret);
const DPoP = oauth.DPoP(app, await oauth.generateKeyPair("ES256"));

const verifier = oauth.generateRandomCodeVerifier();
const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
const url = new URL(as.authorization_endpoint);
const parameters = {
  client_id: app.client_id,
  response_type: "code",
  redirect_uri: given.redirect_uri,
  scope: "openid profile offline_access measures:read",
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  dpop_jkt: await DPoP.calculateThumbprint(),
  state,
  nonce,
};
for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
const back = await open(url, { decision: "allow", consent: ["measures:read"], duration: "P3M", scope: ["profile"] });

assert.throws(() => oauth.validateAuthResponse(as, app, back, "another state"));
const answer = oauth.validateAuthResponse(as, app, back, state);
const brought = () =>
  oauth.authorizationCodeGrantRequest(as, app, auth, answer, given.redirect_uri, verifier, { DPoP, ...insecure });
const tokens = await oauth.processAuthorizationCodeResponse(as, app, await brought(), {
  expectedNonce: nonce,
  requireIdToken: true,
});
assert.equal(tokens.token_type, "dpop");
const { sub } = oauth.getValidatedIdTokenClaims(tokens);

const call = (token, handle) =>
  oauth.protectedResourceRequest(token, "GET", new URL(`${given.fhir}/Observation?_count=1`), undefined, undefined, {
    DPoP: handle,
    ...insecure,
  });
assert.equal((await (await call(tokens.access_token, DPoP)).json()).resourceType, "Bundle");
const stranger = oauth.DPoP(app, await oauth.generateKeyPair("ES256"));
await assert.rejects(call(tokens.access_token, stranger), (error) => {
  assert.equal(error.cause[0].scheme, "dpop");
  return error.status === 401;
});

const user = await oauth.userInfoRequest(as, app, tokens.access_token, { DPoP, ...insecure });
assert.equal((await oauth.processUserInfoResponse(as, app, sub, user)).sub, sub);

const renewed = await oauth.refreshTokenGrantRequest(as, app, auth, tokens.refresh_token, { DPoP, ...insecure });
const fresh = await oauth.processRefreshTokenResponse(as, app, renewed);
assert.equal((await call(fresh.access_token, DPoP)).status, 200);

// the code brought again takes all that it gave with it
await assert.rejects(
  oauth.processAuthorizationCodeResponse(as, app, await brought(), { expectedNonce: nonce }),
  (error) => error.error === "invalid_grant",
);
await assert.rejects(call(fresh.access_token, DPoP), (error) => error.status === 401);

tell({ sub });
