// Discovery, code + PKCE + state + nonce + iss, userinfo, refresh, introspection, revocation, logout.
import assert from "node:assert/strict";
import * as client from "openid-client";
import { given, open, provider, refused, signIn, tell } from "./app.mjs";

const config = await provider();
const server = config.serverMetadata();
assert.equal(server.issuer, given.issuer);
assert.ok(server.supportsPKCE());
assert.equal(server.authorization_response_iss_parameter_supported, true);

const first = await signIn(config, {}, { scope: ["profile", "email"] });
assert.equal(first.token_type, "bearer"); // openid-client lowers it
assert.ok(first.expires_in > 0 && first.expires_in <= 300);
const claims = first.claims();
assert.deepEqual([claims.iss, claims.aud], [given.issuer, given.app.client_id]);
assert.deepEqual(claims.amr, ["pwd", "otp", "mfa", "sms"]);
assert.equal(claims.acr, "eidas2");

const person = await client.fetchUserInfo(config, first.access_token, claims.sub);
assert.equal(person.family_name, "Capanelli");

const second = await client.refreshTokenGrant(config, first.refresh_token);
assert.notEqual(second.refresh_token, first.refresh_token);
assert.notEqual(second.access_token, first.access_token);
assert.equal((await client.fetchUserInfo(config, second.access_token, claims.sub)).sub, claims.sub);

if (given.app.auth_method === "none") {
  // RFC 7662 §2.2: whoever cannot prove who they are learns nothing.
  await refused(client.tokenIntrospection(config, second.access_token), "invalid_client", 401);
} else {
  const access = await client.tokenIntrospection(config, second.access_token);
  assert.deepEqual([access.active, access.client_id, access.sub], [true, given.app.client_id, claims.sub]);
  const lasting = await client.tokenIntrospection(config, second.refresh_token);
  assert.equal(lasting.active, true);
  const past = await client.tokenIntrospection(config, first.refresh_token);
  assert.deepEqual(past, { active: false });
}

await client.tokenRevocation(config, second.access_token);
await assert.rejects(client.fetchUserInfo(config, second.access_token, claims.sub), (error) => error.status === 401);
const third = await client.refreshTokenGrant(config, second.refresh_token); // an access token goes alone
await client.tokenRevocation(config, third.refresh_token); // a refresh token takes all that came with it
await refused(client.refreshTokenGrant(config, third.refresh_token), "invalid_grant");
await assert.rejects(client.fetchUserInfo(config, third.access_token, claims.sub), (error) => error.status === 401);

const again = await signIn(config); // silent: the person is there and agreed before
assert.equal(again.claims().sub, claims.sub);
const leaving = client.buildEndSessionUrl(config, {
  post_logout_redirect_uri: given.app.post_logout_redirect_uris[0],
  id_token_hint: again.id_token,
  state: "leaving",
});
const back = await open(leaving);
assert.equal(`${back.origin}${back.pathname}`, given.app.post_logout_redirect_uris[0]);
assert.equal(back.searchParams.get("state"), "leaving");

tell({ sub: claims.sub });
