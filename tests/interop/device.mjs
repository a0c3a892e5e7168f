// A device without keyboard (RFC 8628): a code, a person elsewhere, tokens; then a person who refuses.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { open, provider, refused, tell } from "./app.mjs";

const config = await provider();
assert.ok(config.serverMetadata().device_authorization_endpoint);
assert.ok(config.serverMetadata().grant_types_supported.includes("urn:ietf:params:oauth:grant-type:device_code"));

const asked = await client.initiateDeviceAuthorization(config, { scope: "openid profile offline_access" });
assert.match(asked.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
const polling = client.pollDeviceAuthorizationGrant(config, asked);
await open(asked.verification_uri_complete, { decision: "allow", scope: ["profile"] });
const tokens = await polling;
const claims = tokens.claims();
assert.equal(claims.aud, config.clientMetadata().client_id);
const person = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
assert.ok(person.given_name);
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
assert.equal(refreshed.claims().sub, claims.sub);

const again = await client.initiateDeviceAuthorization(config, { scope: "openid" });
const refusal = refused(client.pollDeviceAuthorizationGrant(config, again), "access_denied");
await open(again.verification_uri_complete, { decision: "refuse" });
await refusal;

await refused(client.initiateDeviceAuthorization(config, { scope: "nonsense" }), "invalid_scope");
tell({ sub: claims.sub });
