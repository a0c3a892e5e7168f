// `fhirclient`, the JavaScript library of SMART: authorize, ready, request, refresh; with the app started from a portal too.
import assert from "node:assert/strict";
import fhirclient from "fhirclient";
import { given, open, tell } from "./app.mjs";

const session = {};
const scope = "launch/patient openid fhirUser offline_access patient/Observation.read";
const app = { clientId: given.app.client_id, clientSecret: given.app.client_secret ?? undefined };

/** The library at one address of the app. */
function at(address) {
  const url = new URL(address);
  const request = { url: url.pathname + url.search, headers: { host: url.host }, socket: {}, session };
  let location;
  const response = { writeHead: (_, headers) => (location = headers.location), end: () => {} };
  const api = fhirclient(request, response);
  api.options.refreshTokenWithClientId = !app.clientSecret;
  return { api, left: () => location };
}

/** From where the app is started to a client that has its tokens. */
async function start(address, more, does) {
  const beginning = at(address);
  await beginning.api.authorize({ ...app, scope, redirectUri: given.redirect_uri, pkceMode: "required", ...more });
  return await at(await open(beginning.left(), does)).api.ready();
}

const allowed = { decision: "allow", consent: ["measures:read"], duration: "P3M" };
const client = await start("http://127.0.0.1/launch", { iss: given.fhir }, allowed);
const state = client.state.tokenResponse;
assert.ok(client.patient.id);
assert.equal(client.user.resourceType, "Patient");
assert.equal(state.need_patient_banner, false);
assert.ok(state.scope.split(" ").includes("patient/Observation.read"), "asked in version 1, answered in version 1");

const found = await client.request("Observation?_count=2");
assert.equal(found.resourceType, "Bundle");
assert.equal(found.entry.length, 2);
const category = found.entry[0].resource.category[0].coding[0].code;
assert.equal(category, "vital-signs");
assert.equal((await client.patient.read()).id, client.patient.id);
assert.equal((await client.user.read()).resourceType, "Patient");
const pages = await client.request("Observation?_count=2", { pageLimit: 2, flat: true });
assert.equal(pages.length, 4);
const own = await client.patient.request("Observation?_count=1"); // adds the patient to the search
assert.equal(own.resourceType, "Bundle");

const before = state.access_token;
const after = await client.refresh();
assert.notEqual(after.tokenResponse.access_token, before);
assert.equal(after.tokenResponse.patient, client.patient.id);
assert.equal((await client.request("Observation?_count=1")).resourceType, "Bundle");

await assert.rejects(client.create({ resourceType: "Observation", status: "final" }), /403|insufficient|consent/i);

// the person opens the app from their portal: the library finds `iss` and `launch` in the address
const started = await open(`${given.issuer}/espace/applications`, { opens: true, ...allowed });
assert.equal(started.searchParams.get("iss"), given.fhir);
const launched = await start(started, { scope: `launch ${scope}` }, allowed);
assert.equal(launched.patient.id, client.patient.id);
assert.equal((await launched.request("Observation?_count=1")).resourceType, "Bundle");
await assert.rejects(start(started, { scope: `launch ${scope}` }, allowed), /invalid_request/);

tell({ patient: client.patient.id });
