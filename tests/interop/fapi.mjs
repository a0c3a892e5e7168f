// FAPI 2.0 with a general client: pushed requests, private_key_jwt, DPoP; then signed requests and signed answers.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { given, open, provider, refused, tell } from "./app.mjs";

const config = await provider();
const server = config.serverMetadata();
assert.ok(server.pushed_authorization_request_endpoint);
assert.ok(server.dpop_signing_alg_values_supported.includes("ES256"));
const keys = await client.randomDPoPKeyPair("ES256");
const DPoP = client.getDPoPHandle(config, keys);

/** What is asked, and what to check when the person comes back. */
async function request(more = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedNonce = client.randomNonce();
  const parameters = {
    redirect_uri: given.redirect_uri,
    scope: "openid profile offline_access",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    nonce: expectedNonce,
    ...more,
  };
  return { parameters, checks: { pkceCodeVerifier, expectedNonce, idTokenExpected: true } };
}

async function signIn(config, handle, leave, does = {}) {
  const { parameters, checks } = await request();
  const url = await leave(parameters, handle);
  assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request_uri"], "all the rest was pushed");
  return await client.authorizationCodeGrant(config, await open(url, does), checks, undefined, { DPoP: handle });
}

const push = (parameters, handle) => client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP: handle });

// the whole life
const first = await signIn(config, DPoP, push, { decision: "allow", scope: ["profile"] });
assert.equal(first.token_type, "dpop");
const { sub } = first.claims();
assert.ok((await client.fetchUserInfo(config, first.access_token, sub, { DPoP })).given_name);
const second = await client.refreshTokenGrant(config, first.refresh_token, undefined, { DPoP });
assert.equal((await client.fetchUserInfo(config, second.access_token, sub, { DPoP })).sub, sub);
const introspected = await client.tokenIntrospection(config, second.access_token);
assert.equal(introspected.cnf.jkt, await DPoP.calculateThumbprint());

// a token without its key is nobody's, and so is one with the key of another
const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
const unauthorized = (error) => error.status === 401;
await assert.rejects(client.fetchUserInfo(config, second.access_token, sub, { DPoP: other }), unauthorized);
await assert.rejects(client.fetchUserInfo(config, second.access_token, sub), unauthorized);

// a code is for the key that it was asked with
{
  const { parameters, checks } = await request();
  const back = await open(await push(parameters, DPoP));
  await refused(client.authorizationCodeGrant(config, back, checks, undefined, { DPoP: other }), "invalid_grant");
}

// nothing but pushed requests
const { parameters: plain } = await request();
assert.equal((await open(client.buildAuthorizationUrl(config, plain))).searchParams.get("error"), "invalid_request");
await refused(push({ ...plain, scope: "openid nonsense" }, DPoP), "invalid_scope");

// signed requests (RFC 9101) and signed answers (JARM)
const signing = await crypto.subtle.importKey(
  "jwk",
  given.app.jwk,
  { name: "ECDSA", namedCurve: "P-256" },
  false,
  ["sign"],
);
const signed = await provider();
client.useJwtResponseMode(signed);
const bound = client.getDPoPHandle(signed, keys);
const sign = async (parameters, handle) => {
  const url = await client.buildAuthorizationUrlWithJAR(signed, parameters, { key: signing, kid: given.app.jwk.kid });
  return await client.buildAuthorizationUrlWithPAR(signed, url.searchParams, { DPoP: handle });
};
const third = await signIn(signed, bound, sign);
assert.equal(third.claims().sub, sub);

// an answer that was touched is not believed
{
  const { parameters, checks } = await request();
  const back = await open(await sign(parameters, bound));
  const [head, body, signature] = back.searchParams.get("response").split(".");
  const said = JSON.parse(Buffer.from(body, "base64url"));
  const touched = Buffer.from(JSON.stringify({ ...said, code: "another" })).toString("base64url");
  back.searchParams.set("response", `${head}.${touched}.${signature}`);
  await assert.rejects(client.authorizationCodeGrant(signed, back, checks, undefined, { DPoP: bound }));
}

tell({ sub });
