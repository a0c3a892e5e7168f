// client_credentials: the app on its own behalf, and never on a person's.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { given, provider, refused, tell } from "./app.mjs";

const config = await provider();
if (!given.app.grant_types.includes("client_credentials")) {
  await refused(client.clientCredentialsGrant(config), "unauthorized_client");
  tell();
}
const own = await client.clientCredentialsGrant(config);
assert.equal(own.refresh_token, undefined);
assert.equal(own.id_token, undefined);
const said = await client.tokenIntrospection(config, own.access_token);
assert.deepEqual([said.active, said.client_id], [true, given.app.client_id]);
await assert.rejects(
  client.fetchUserInfo(config, own.access_token, client.skipSubjectCheck),
  (error) => [401, 403].includes(error.status),
);
await refused(client.clientCredentialsGrant(config, { scope: "patient/Observation.rs" }), "invalid_scope");
const measures = await client
  .fetchProtectedResource(config, own.access_token, new URL(`${given.fhir}/Observation`), "GET")
  .catch((error) => error);
assert.ok([401, 403].includes(measures.status));
tell();
