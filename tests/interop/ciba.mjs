// An app asks a person who is elsewhere (CIBA, poll) by a signed request, and comes back for the answer.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { given, open, provider, refused, tell } from "./app.mjs";

const config = await provider();
const metadata = config.serverMetadata();
assert.ok(metadata.backchannel_token_delivery_modes_supported.includes("poll"));
assert.ok(metadata.backchannel_authentication_request_signing_alg_values_supported.includes("ES256"));

const text = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** CIBA §7.1.1. */
async function signed(claims) {
  const { jwk, client_id: iss } = given.app;
  const now = Math.floor(Date.now() / 1000) + given.ahead;
  const said = { iss, aud: given.issuer, iat: now, nbf: now, exp: now + 60, jti: client.randomState(), ...claims };
  const input = `${text({ alg: "ES256", kid: jwk.kid })}.${text(said)}`;
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign(algorithm, key, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString("base64url")}`;
}

const ask = async (claims) =>
  await client.initiateBackchannelAuthentication(config, {
    request: await signed({ scope: "openid profile", login_hint: "gabrielle.capanelli", ...claims }),
  });

const asked = await ask({ binding_message: "Bleu 27" });
const polling = client.pollBackchannelAuthenticationGrant(config, asked);
await open(`${given.issuer}/ciba`, { decision: "allow", scope: ["profile"] });
const tokens = await polling;
const claims = tokens.claims();
assert.ok((await client.fetchUserInfo(config, tokens.access_token, claims.sub)).given_name);

const again = await ask({ login_hint: claims.sub, requested_expiry: 120 });
assert.equal(again.expires_in, 120);
const refusal = refused(client.pollBackchannelAuthenticationGrant(config, again), "access_denied");
await open(`${given.issuer}/ciba`, { decision: "refuse" });
await refusal;

await refused(ask({ login_hint: "nobody.of.that.name" }), "unknown_user_id");
await refused(ask({ binding_message: "<script>" }), "invalid_binding_message");
tell({ sub: claims.sub });
