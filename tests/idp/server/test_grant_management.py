"""An app names the agreement that it asks for, sees how it stands, and lets go of it (Grant Management, draft 03)."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection

from clients.records import AuthMethod
from consent import decisions
from consent.scopes import VITAL_SIGNS, scopes_of
from idp.protocol.grant_management import QUERY_SCOPE, REVOKE_SCOPE, SCOPES
from tests.browser import Browser
from tests.house import Home
from tests.negatives import doors
from tests.party import Party, Reply, claims_of, code_of, reply
from tests.proofs import enrol, registered

DATA = frozenset({"measures:read", "measures:write"})
READS, WRITES = f"patient/Observation.rs?{VITAL_SIGNS}", f"patient/Observation.c?{VITAL_SIGNS}"
READING = {"consent": ["measures:read"], "duration": "P3M"}
WRITING = {"consent": ["measures:write"], "duration": "P3M"}


@dataclass
class Linked:
    home: Home
    app: Party
    browser: Browser
    tokens: Reply

    @property
    def grant_id(self) -> str:
        return str(self.tokens["grant_id"])

    async def key(self, scope: str, who: Party | None = None) -> str:
        made = await (who or self.app).token(grant_type="client_credentials", scope=scope)
        return str(made["access_token"])

    async def call(self, method: str, token: str, grant_id: str | None = None) -> Reply:
        path = f"/grants/{grant_id or self.grant_id}"
        return reply(await self.home.client.request(method, path, headers={"authorization": f"Bearer {token}"}))

    async def query(self, who: Party | None = None, grant_id: str | None = None) -> Reply:
        return await self.call("GET", await self.key(QUERY_SCOPE, who), grant_id)

    async def data(self) -> set[str]:
        """The data that are agreed now, as scopes."""
        return {word for one in (await self.query())["scopes"] for word in one["scope"].split() if "/" in word}

    async def again(self, action: str, grant_id: str | None, choices: dict[str, Any], scope: str) -> Reply:
        """The whole flow once more, with an action."""
        asked = {"grant_management_action": action, "grant_id": grant_id, "scope": scope}
        return await self.app.obtain(self.browser, choices=choices, **asked)

    async def error(self, **asked: str | None) -> str:
        """What comes back to the app at once."""
        page = await self.app.ask(self.browser, **asked)
        return self.app.answer(page)["error"]


async def made(home: Home, client_id: str = "gere", **changes: Any) -> Party:
    usual: dict[str, Any] = {
        "scope": frozenset({"openid", "profile", "email", "offline_access"}) | scopes_of(DATA) | SCOPES,
        "consents": DATA,
        "grant_types": frozenset({"authorization_code", "refresh_token", "client_credentials"}),
    }
    return await enrol(home, registered(home, client_id, **(usual | changes)))


@pytest.fixture
async def linked(house: Home) -> Linked:
    app, browser = await made(house), await house.sign_in("gabrielle")
    tokens = await app.obtain(browser, scope=f"openid offline_access {READS}", choices=READING)
    assert tokens.status == 200, tokens.body
    return Linked(house, app, browser, tokens)


async def test_an_app_sees_what_is_agreed_and_nothing_of_who_the_person_is(linked: Linked) -> None:
    said = await linked.query()
    assert said.status == 200, said.body
    fhir = f"{linked.home.issuer}/dossier/fhir"
    assert said["scopes"] == [{"scope": "offline_access openid"}, {"scope": READS, "resources": [fhir]}]
    assert (said["claims"], said["authorization_details"]) == ([], [])
    assert "gabrielle" not in str(said.body).lower()
    assert claims_of(linked.tokens["access_token"])["sub"] not in str(said.body)


async def test_an_app_lets_go_of_it(linked: Linked) -> None:
    key = await linked.key(REVOKE_SCOPE)
    gone = await linked.call("DELETE", key)
    assert (gone.status, gone.body) == (204, None)
    assert (await linked.call("DELETE", key)).status == 404
    assert (await linked.query()).status == 404
    assert code_of(await linked.app.measures(linked.tokens["access_token"])) == "consent_ended"
    assert (await linked.app.refresh(linked.tokens["refresh_token"])).refused_with("invalid_grant", "consent_ended")
    page = await linked.browser.get("/espace/historique")
    assert "Appli gere a arrêté le lien avec votre espace." in page.text


async def test_each_right_needs_its_own_scope(linked: Linked) -> None:
    query, revoke = await linked.key(QUERY_SCOPE), await linked.key(REVOKE_SCOPE)
    persons = linked.tokens["access_token"]
    for method, token in (("GET", revoke), ("DELETE", query), ("GET", persons), ("DELETE", persons)):
        refused = await linked.call(method, token)
        assert (refused.status, refused["error"]) == (403, "insufficient_scope")
        assert "insufficient_scope" in refused.headers["www-authenticate"]
    assert (await linked.call("GET", "nonsense")).status == 401
    assert (await linked.home.client.get(f"/grants/{linked.grant_id}")).status_code == 401
    assert (await linked.call("GET", query)).status == 200


async def test_only_ones_own(linked: Linked) -> None:
    other = await made(linked.home, "autre")
    assert (await linked.query(other)).status == 404
    assert (await linked.call("DELETE", await linked.key(REVOKE_SCOPE, other))).status == 404
    assert (await linked.query(grant_id="grt_nobody")).status == 404
    assert (await linked.query()).status == 200


@pytest.mark.parametrize("change", ["client suspended", "consent withdrawn"])
async def test_what_changes_meanwhile_is_seen(linked: Linked, change: str) -> None:
    key = await linked.key(QUERY_SCOPE)
    await doors.CHANGES[change](doors.Held(linked.home, linked.app, linked.browser))
    assert (await linked.call("GET", key)).status in {403, 404}


async def test_a_revoked_token_of_the_app_is_good_for_nothing(linked: Linked) -> None:
    key = await linked.key(QUERY_SCOPE)
    assert (await linked.app.post("/revoke", token=key)).status == 200
    assert (await linked.call("GET", key)).status == 401


async def test_merge_adds(linked: Linked) -> None:
    more = await linked.again("merge", linked.grant_id, WRITING, f"openid {WRITES}")
    assert more["grant_id"] == linked.grant_id
    assert await linked.data() == {f"patient/Observation.crs?{VITAL_SIGNS}"}
    assert (await linked.app.measures(linked.tokens["access_token"])).status == 200
    assert (await linked.app.refresh(linked.tokens["refresh_token"])).status == 200


async def test_replace_sets(linked: Linked) -> None:
    more = await linked.again("replace", linked.grant_id, WRITING, f"openid {WRITES}")
    assert more["grant_id"] == linked.grant_id
    said = await linked.query()
    assert [one["scope"] for one in said["scopes"]] == ["openid", WRITES]
    assert (await linked.app.measures(linked.tokens["access_token"])).status == 401
    assert (await linked.app.refresh(linked.tokens["refresh_token"])).refused_with("invalid_grant", "consent_ended")


async def test_replace_without_data_leaves_none(linked: Linked) -> None:
    more = await linked.again("replace", linked.grant_id, {}, "openid")
    assert more["scope"] == "openid"
    assert await linked.data() == set()


async def test_a_code_from_before_is_worth_nothing_once_the_agreement_is_replaced(linked: Linked) -> None:
    back = linked.app.answer(await linked.app.ask(linked.browser, scope=f"openid {READS}"))
    await linked.again("replace", linked.grant_id, WRITING, f"openid {WRITES}")
    late = await linked.app.exchange(back["code"], verifier=linked.app.verifiers[back["state"]])
    assert late.refused_with("invalid_grant", "code_invalid")


async def test_create_makes_a_fresh_one_and_ends_the_other(linked: Linked) -> None:
    fresh = await linked.again("create", None, READING, f"openid {READS}")
    assert fresh["grant_id"] != linked.grant_id
    assert (await linked.query()).status == 404
    assert (await linked.query(grant_id=fresh["grant_id"])).status == 200
    assert (await linked.app.refresh(linked.tokens["refresh_token"])).refused_with("invalid_grant", "consent_ended")


async def test_the_person_who_refuses_keeps_what_was_agreed(linked: Linked) -> None:
    page = await linked.app.ask(linked.browser, grant_management_action="create", scope=f"openid {READS}")
    page = await linked.browser.submit(page, {"decision": "refuse"})
    assert linked.app.answer(page)["error"] == "access_denied"
    assert await linked.data() == {READS}


@pytest.mark.parametrize("action", ["create", "replace"])
async def test_nothing_is_created_or_replaced_in_silence(linked: Linked, action: str) -> None:
    named = None if action == "create" else linked.grant_id
    asked = {"grant_management_action": action, "grant_id": named, "scope": f"openid {READS}", "prompt": "none"}
    assert await linked.error(**asked) == "consent_required"


@pytest.mark.parametrize("action", ["merge", "replace"])
async def test_another_grant_is_not_named(linked: Linked, action: str) -> None:
    """Nobody's, another person's with this app, this person's with another app, one that has ended."""
    home, now = linked.home, linked.home.clock.now()

    def unit(db: Connection) -> str:
        client = home.clients.peek(db, linked.app.client_id)
        assert client is not None
        person = home.person("inaya")["person_id"]
        return decisions.open_grant(db, home.consent, person, client, client.scope, now).id

    strangers = ["grt_nobody", await home.database.work(unit)]
    other = await (await made(linked.home, "autre")).obtain(linked.browser, scope=f"openid {READS}", choices=READING)
    fresh = await linked.again("create", None, READING, f"openid {READS}")
    assert fresh.status == 200
    for grant_id in (*strangers, other["grant_id"], linked.grant_id):
        asked = {"grant_management_action": action, "grant_id": grant_id, "scope": f"openid {READS}"}
        assert await linked.error(**asked) == "invalid_grant_id"


@pytest.mark.parametrize(
    "asked",
    [
        {"grant_management_action": "destroy"},
        {"grant_management_action": "merge"},
        {"grant_management_action": "replace", "grant_id": ""},
        {"grant_management_action": "create", "grant_id": "grt_1"},
        {"grant_id": "grt_1"},
    ],
)
async def test_a_request_that_says_too_little_or_too_much(linked: Linked, asked: dict[str, str]) -> None:
    assert await linked.error(scope=f"openid {READS}", **asked) == "invalid_request"


async def test_a_public_app_manages_nothing(house: Home) -> None:
    code_only = frozenset({"authorization_code"})
    public = await made(house, "publique", auth_method=AuthMethod.NONE, secret_digest=None, grant_types=code_only)
    browser = await house.sign_in("gabrielle")
    page = await public.ask(browser, grant_management_action="create", scope=f"openid {READS}")
    assert public.answer(page)["error"] == "invalid_request"


async def test_the_metadata_says_so(house: Home) -> None:
    said = (await house.client.get("/.well-known/openid-configuration")).json()
    assert said["grant_management_endpoint"] == f"{house.issuer}/grants"
    assert said["grant_management_actions_supported"] == ["query", "revoke", "create", "merge", "replace"]
    assert said["grant_management_action_required"] is False
    assert set(said["scopes_supported"]) >= SCOPES


async def test_the_bare_address_says_what_is_missing_to_whom_may_ask(linked: Linked) -> None:
    for method, scope in (("GET", QUERY_SCOPE), ("DELETE", REVOKE_SCOPE)):
        token = await linked.key(scope)
        answer = reply(
            await linked.home.client.request(method, "/grants", headers={"authorization": f"Bearer {token}"})
        )
        assert (answer.status, answer["error"]) == (400, "invalid_request")
        assert (await linked.home.client.request(method, "/grants")).status_code == 401


async def test_an_app_may_ask_for_its_scopes_with_a_persons_and_sees_that_agreement_alone(linked: Linked) -> None:
    """As the OpenID Foundation's suite does: the token of the code flow is good for its own agreement."""
    asked = f"openid {READS} {QUERY_SCOPE} {REVOKE_SCOPE}"
    before = linked.grant_id
    tokens = await linked.again("create", None, READING, asked)
    token, grant_id = tokens["access_token"], tokens["grant_id"]
    assert set(tokens["scope"].split()) == set(asked.split())
    told = await linked.call("GET", token, grant_id)
    assert {one["scope"] for one in told["scopes"]} == {"openid", READS}
    for other in (before, "grt_nobody"):
        assert (await linked.call("GET", token, other)).status == 404
    assert (await linked.call("DELETE", token, grant_id)).status == 204
    assert (await linked.call("GET", token, grant_id)).status == 404


async def test_asking_for_them_asks_nothing_of_the_person(linked: Linked) -> None:
    page = await linked.app.ask(linked.browser, scope=f"openid {READS} {QUERY_SCOPE}", prompt="none")
    assert "code" in linked.app.answer(page)


async def test_a_persons_token_says_nothing_of_another_persons_agreement(linked: Linked) -> None:
    tokens = await linked.app.obtain(linked.browser, scope=f"openid {READS} {QUERY_SCOPE}")
    home, now = linked.home, linked.home.clock.now()

    def unit(db: Connection) -> str:
        client = home.clients.peek(db, linked.app.client_id)
        assert client is not None
        person = home.person("inaya")["person_id"]
        return decisions.open_grant(db, home.consent, person, client, client.scope, now).id

    other = await home.database.work(unit)
    assert (await linked.call("GET", tokens["access_token"], other)).status == 404
    assert (await linked.query(grant_id=other)).status == 200  # the app's own token, the app's own agreement


async def test_what_is_told_is_what_the_specification_names(linked: Linked) -> None:
    assert (await linked.query()).body.keys() == {"scopes", "claims", "authorization_details"}
    assert len(linked.grant_id) == 38
