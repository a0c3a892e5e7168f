// What the client must refuse, and does: an answer or an id token that somebody touched.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { departure, given, open, provider, tell } from "./app.mjs";

const reason = (code) => (error) => {
  assert.equal(error.code, code, error.stack);
  return true;
};

/** The code flow with one thing changed on the way. */
async function tampered({ touchBack = (url) => url, touchChecks = {}, touchAnswer } = {}) {
  const config = await provider();
  const { url, checks } = await departure(config);
  const back = touchBack(await open(url));
  if (touchAnswer) {
    config[client.customFetch] = async (address, options) => {
      const answer = await fetch(address, options);
      if (address !== config.serverMetadata().token_endpoint) return answer;
      return Response.json(touchAnswer(await answer.json()), { headers: answer.headers });
    };
  }
  return client.authorizationCodeGrant(config, back, { ...checks, ...touchChecks });
}

const changed = (name, value) => (url) => {
  url.searchParams.set(name, value);
  return url;
};
const without = (name) => (url) => {
  url.searchParams.delete(name);
  return url;
};
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The id token's claims changed, its signature left. */
const rewritten = (change) => (answer) => {
  const [header, payload, signature] = answer.id_token.split(".");
  const said = JSON.parse(Buffer.from(payload, "base64url"));
  return { ...answer, id_token: [header, encoded({ ...said, ...change }), signature].join(".") };
};

assert.ok(await tampered(), "untouched, it passes");

const INVALID = "OAUTH_INVALID_RESPONSE";
const CLAIM = "OAUTH_JWT_CLAIM_COMPARISON_FAILED";
await assert.rejects(tampered({ touchBack: changed("state", "another") }), reason(INVALID));
await assert.rejects(tampered({ touchBack: changed("iss", "http://elsewhere.example") }), reason(INVALID));
await assert.rejects(tampered({ touchBack: without("iss") }), reason(INVALID)); // announced by RFC 9207's metadata
await assert.rejects(tampered({ touchChecks: { expectedNonce: "another" } }), reason(CLAIM));
await assert.rejects(tampered({ touchAnswer: rewritten({ aud: "another" }) }), reason(CLAIM));
await assert.rejects(tampered({ touchAnswer: rewritten({ sub: "another" }) }), reason(INVALID)); // its signature
await assert.rejects(
  tampered({ touchAnswer: ({ id_token: _, ...answer }) => answer }),
  reason(INVALID),
);

tell({ issuer: given.issuer });
