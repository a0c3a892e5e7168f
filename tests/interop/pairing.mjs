// The pairing of a health app, with nothing but a general OAuth client: tokens, POST /pairings, consents page, measures.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { given, open, provider, refused, signIn, tell } from "./app.mjs";

const config = await provider();
const { pairing_endpoint: pairings, protected_resources: resources } = config.serverMetadata();
const fhir = given.fhir;
assert.ok(resources.includes(fhir) || resources.some((one) => fhir.startsWith(one)));

const JSON_HEADERS = new Headers({ "content-type": "application/json" });
const measures = new URL(`${fhir}/Observation?_count=1`);
const call = (token, url, method = "GET", body, headers) =>
  client.fetchProtectedResource(config, token, new URL(url), method, body, headers);

const tokens = await signIn(config, { scope: "openid pairing offline_access" });

const before = await call(tokens.access_token, measures);
assert.equal(before.status, 403);
const outcome = await before.json();
assert.equal(outcome.resourceType, "OperationOutcome");
assert.equal(outcome.issue[0].details.coding[0].code, "pairing_required");

const way = { redirect_uri: given.redirect_uri, state: "opaque" };
const made = await call(tokens.access_token, pairings, "POST", JSON.stringify(way), JSON_HEADERS);
assert.equal(made.status, 201);
const pairing = await made.json();
assert.equal(pairing.status, "pending");

const back = await open(pairing.consents_uri, { consent: ["measures:read"], duration: "P3M" });
assert.deepEqual(
  ["pairing_id", "status", "state"].map((name) => back.searchParams.get(name)),
  [pairing.pairing_id, "active", "opaque"],
);

const seen = await call(tokens.access_token, measures);
assert.equal(seen.status, 200);
assert.equal((await seen.json()).resourceType, "Bundle");

const adding = await call(
  tokens.access_token,
  `${fhir}/Observation`,
  "POST",
  JSON.stringify({ resourceType: "Observation", status: "final" }),
  new Headers({ "content-type": "application/fhir+json" }),
);
assert.equal(adding.status, 403);
assert.equal((await adding.json()).issue[0].details.coding[0].code, "consent_missing");

const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
const gone = await call(refreshed.access_token, `${pairings}/${pairing.pairing_id}`, "DELETE");
assert.equal(gone.status, 204);
await refused(client.refreshTokenGrant(config, refreshed.refresh_token), "invalid_grant");
const after = await call(refreshed.access_token, measures).catch((error) => error);
assert.ok([401, 403].includes(after.status), after.stack);

tell({ pairing: pairing.pairing_id, after: after.status });
