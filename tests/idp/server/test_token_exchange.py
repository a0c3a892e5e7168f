"""A token becomes a smaller one, for its own client or for who may act for it (RFC 8693)."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from clients import store
from clients.options import Options
from clients.records import Client, Kind, Status
from consent.scopes import VITAL_SIGNS, scopes_of
from idp.protocol.exchanges import ACCESS_TOKEN, GRANT_TYPE, JWT
from tests.browser import Browser
from tests.house import Home
from tests.negatives import doors
from tests.party import Party, Reply, claims_of, code_of, party
from tests.proofs import Prover, enrol, registered

DATA = frozenset({"measures:read", "measures:write"})
READS = f"patient/Observation.rs?{VITAL_SIGNS}"
SCOPE = f"openid profile offline_access launch/patient {READS}"
AGREED = {"consent": ["measures:read"], "duration": "P3M"}
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"


@dataclass
class Two:
    """An app that a person agreed with, and a laboratory that works for it."""

    home: Home
    browser: Browser
    app: Party
    lab: Party
    tokens: Reply

    @property
    def access(self) -> str:
        return str(self.tokens["access_token"])

    async def exchange(self, who: Party | None = None, **form: str | None) -> Reply:
        wanted = {"subject_token": self.access, "subject_token_type": ACCESS_TOKEN, **form}
        return await (who or self.lab).token(grant_type=GRANT_TYPE, **wanted)

    async def change(self, who: Party, **changes: Any) -> None:
        """Write a registration again, and wait until every process knows it."""

        def unit(db: Any) -> None:
            client = store.find(db, who.client_id)
            assert client is not None
            store.replace(db, replace(client, **changes), self.home.clock.now())

        await self.home.database.work(unit)
        self.home.clock.advance(timedelta(seconds=6))


def app(home: Home, client_id: str, **changes: Any) -> Client:
    usual: dict[str, Any] = {
        "scope": frozenset({"openid", "profile", "offline_access", "launch/patient"}) | scopes_of(DATA),
        "consents": DATA,
        "grant_types": frozenset({"authorization_code", "refresh_token", "client_credentials", GRANT_TYPE}),
    }
    return registered(home, client_id, **(usual | changes))


@pytest.fixture
async def two(house: Home) -> Two:
    first = await enrol(house, app(house, "appli", options=Options(may_act=("labo", "sous-traitant"))))
    lab = await enrol(house, app(house, "labo"))
    browser = await house.sign_in("gabrielle")
    tokens = await first.obtain(browser, scope=SCOPE, choices=AGREED)
    assert tokens.status == 200, tokens.body
    return Two(house, browser, first, lab, tokens)


async def test_who_may_act_has_a_token_that_says_who_acts(two: Two) -> None:
    made = await two.exchange()
    assert made.status == 200, made.body
    before, after = claims_of(two.access), claims_of(made["access_token"])
    assert made["issued_token_type"] == ACCESS_TOKEN
    assert made["token_type"] == "Bearer"
    assert "refresh_token" not in made.body
    assert "id_token" not in made.body
    assert after["act"] == {"sub": "labo"}
    assert after["client_id"] == "labo"
    for name in ("sub", "patient", "grant_id", "fam", "auth_time", "acr"):
        assert after[name] == before[name]
    assert after["exp"] <= before["exp"]
    assert after["jti"] != before["jti"]
    assert after["scope"] == READS  # who the person is stays with the app
    assert after["aud"] == f"{two.home.issuer}/dossier/fhir"
    assert (await two.lab.measures(made["access_token"])).status == 200


async def test_the_persons_history_names_both(two: Two) -> None:
    made = await two.exchange()
    await two.lab.measures(made["access_token"])
    page = await two.browser.get("/espace/historique")
    assert "Appli labo, pour Appli appli" in page.text


async def test_an_app_makes_its_own_token_smaller_without_acting_for_anybody(two: Two) -> None:
    fhir = f"{two.home.issuer}/dossier/fhir"
    made = await two.exchange(two.app, scope="launch/patient", resource=fhir)
    said = claims_of(made["access_token"])
    assert (said["scope"], said["aud"], said["client_id"]) == ("launch/patient", fhir, "appli")
    assert "act" not in said
    assert code_of(await two.app.measures(made["access_token"])) == "insufficient_scope"


async def test_who_acts_may_say_so_with_a_token_of_its_own(two: Two) -> None:
    own = (await two.lab.token(grant_type="client_credentials"))["access_token"]
    assert (await two.exchange(actor_token=own, actor_token_type=ACCESS_TOKEN)).status == 200
    another = (await two.app.token(grant_type="client_credentials"))["access_token"]
    for bad in (another, two.access, "nonsense"):
        refused = await two.exchange(actor_token=bad, actor_token_type=ACCESS_TOKEN)
        assert refused.refused_with("invalid_request")
    assert (await two.exchange(actor_token=own)).refused_with("invalid_request")
    assert (await two.exchange(actor_token=own, actor_token_type=ID_TOKEN)).refused_with("invalid_request")


async def test_the_chain_of_those_who_act_is_told_and_bounded(two: Two) -> None:
    third = await enrol(two.home, app(two.home, "sous-traitant"))
    once = (await two.exchange())["access_token"]
    twice = await two.exchange(third, subject_token=once)
    assert claims_of(twice["access_token"])["act"] == {"sub": "sous-traitant", "act": {"sub": "labo"}}
    assert (await third.measures(twice["access_token"])).status == 200
    back = await two.exchange(two.lab, subject_token=twice["access_token"])
    again = await two.exchange(third, subject_token=back["access_token"])
    assert (back.status, again.status) == (200, 400)


async def test_a_stranger_exchanges_nothing(two: Two) -> None:
    stranger = await enrol(two.home, app(two.home, "inconnu"))
    assert (await two.exchange(stranger)).refused_with("invalid_request")
    unregistered = party(two.home)
    assert (await two.exchange(unregistered)).refused_with("unauthorized_client")
    public = party(two.home, "mobile")
    assert (await two.exchange(public)).refused_with("unauthorized_client")


async def test_a_portal_of_ours_lends_its_hands_to_nobody(two: Two) -> None:
    """What it gave before, as an app, is refused at the resource too."""
    made = (await two.exchange())["access_token"]
    await two.change(two.app, kind=Kind.PORTAL, first_party=True)
    assert (await two.exchange()).refused_with("invalid_request")
    assert code_of(await two.lab.measures(made)) == "grant_mismatch"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"subject_token": None}, "invalid_request"),
        ({"subject_token": ""}, "invalid_request"),
        ({"subject_token": "nonsense"}, "invalid_request"),
        ({"subject_token_type": None}, "invalid_request"),
        ({"subject_token_type": ID_TOKEN}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": f"patient/Observation.crs?{VITAL_SIGNS}"}, "invalid_scope"),
        ({"scope": "patient/Observation.rs"}, "invalid_scope"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example/fhir"}, "invalid_target"),
        ({"audience": "labo"}, "invalid_target"),
        ({"resource": "ISSUER"}, "invalid_target"),
        ({"authorization_details": "[]"}, "invalid_authorization_details"),
        ({"authorization_details": '[{"type":"other"}]'}, "invalid_authorization_details"),
    ],
)
async def test_nothing_grows(two: Two, changes: dict[str, str | None], error: str) -> None:
    said = {name: two.home.issuer if value == "ISSUER" else value for name, value in changes.items()}
    assert (await two.exchange(**said)).refused_with(error)


async def test_the_jwt_type_says_the_same_token(two: Two) -> None:
    made = await two.exchange(subject_token_type=JWT, requested_token_type=JWT)
    assert (made.status, made["issued_token_type"]) == (200, JWT)


async def test_other_tokens_are_not_exchanged(two: Two) -> None:
    own = (await two.app.token(grant_type="client_credentials"))["access_token"]
    for token in (two.tokens["id_token"], two.tokens["refresh_token"], own, two.access[:-4], two.access + "AAAA"):
        assert (await two.exchange(subject_token=token)).refused_with("invalid_request")


async def test_it_lives_no_longer_than_what_it_was_made_of(two: Two) -> None:
    two.home.clock.advance(timedelta(minutes=4))
    made = await two.exchange()
    assert made["expires_in"] == 60
    two.home.clock.advance(timedelta(minutes=2))
    assert (await two.lab.measures(made["access_token"])).status == 401
    assert (await two.exchange()).refused_with("invalid_request")


CHANGES = {name: change for name, change in doors.CHANGES.items() if name != "session ended"}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_ends_the_exchange_and_what_it_gave(two: Two, change: str) -> None:
    made = (await two.exchange())["access_token"]
    assert (await two.lab.measures(made)).status == 200
    assert (await two.lab.introspect(made))["active"]
    await CHANGES[change](doors.Held(two.home, two.app, two.browser))
    assert (await two.exchange()).status == 400
    assert (await two.lab.measures(made)).status in {401, 403}
    assert not (await two.lab.introspect(made))["active"]


async def test_who_is_named_no_more_stops_at_once(two: Two) -> None:
    made = (await two.exchange())["access_token"]
    await two.change(two.app, options=Options(may_act=("sous-traitant",)))
    assert code_of(await two.lab.measures(made)) == "grant_mismatch"
    assert not (await two.lab.introspect(made))["active"]
    assert (await two.exchange()).refused_with("invalid_request")


async def test_who_acts_and_is_suspended_stops_at_once(two: Two) -> None:
    made = (await two.exchange())["access_token"]
    await two.change(two.lab, status=Status.SUSPENDED)
    assert code_of(await two.lab.measures(made)) == "client_suspended"


async def test_a_token_made_for_another_cannot_be_used_as_ones_own(two: Two) -> None:
    """Neither the app's pairing, nor who the person is, nor another agreement comes with it."""
    made = (await two.exchange())["access_token"]
    bearer = {"authorization": f"Bearer {made}"}
    assert (await two.home.client.post("/pairings", json={}, headers=bearer)).status_code == 401
    assert (await two.lab.userinfo(made)).status == 401


async def test_one_client_alone_is_named_in_the_token(two: Two) -> None:
    await two.change(two.app, options=Options(may_act=("labo",)))
    fresh = await two.app.refresh(two.tokens["refresh_token"])
    assert claims_of(fresh["access_token"])["may_act"] == {"sub": "labo"}
    assert (await two.exchange(subject_token=fresh["access_token"])).status == 200
    await two.change(two.app, options=Options(may_act=("sous-traitant", "labo")))
    third = await enrol(two.home, app(two.home, "sous-traitant"))
    assert (await two.exchange(third, subject_token=fresh["access_token"])).refused_with("invalid_request")


async def test_a_mere_name_is_exchanged_and_given(two: Two) -> None:
    """Who registered for opaque tokens brings them, and is given them."""
    await two.change(two.app, options=Options(may_act=("labo",), access_token_format="opaque"))
    await two.change(two.lab, options=Options(access_token_format="opaque"))
    fresh = await two.app.refresh(two.tokens["refresh_token"])
    assert fresh["access_token"].startswith("at_")
    made = await two.exchange(subject_token=fresh["access_token"])
    assert made["access_token"].startswith("at_")
    assert (await two.lab.measures(made["access_token"])).status == 200
    assert (await two.lab.introspect(made["access_token"]))["act"] == {"sub": "labo"}
    await doors.family_ended(doors.Held(two.home, two.app, two.browser))
    assert (await two.lab.measures(made["access_token"])).status == 401
    assert (await two.exchange(subject_token=fresh["access_token"])).refused_with("invalid_request")


async def test_a_bound_token_does_not_become_one_that_is_good_in_all_hands(two: Two) -> None:
    key, other = Prover(two.home), Prover(two.home)
    fresh = await two.app.post(
        "/token",
        headers={"dpop": key.proof("POST", "/token")},
        grant_type="refresh_token",
        refresh_token=two.tokens["refresh_token"],
    )
    assert fresh["token_type"] == "DPoP"
    form = {"grant_type": GRANT_TYPE, "subject_token": fresh["access_token"], "subject_token_type": ACCESS_TOKEN}
    for who in (two.app, two.lab):
        assert (await who.token(**form)).refused_with("invalid_request")
    another = {"dpop": other.proof("POST", "/token")}
    assert (await two.app.post("/token", headers=another, **form)).refused_with("invalid_request")
    own = await two.app.post("/token", headers={"dpop": key.proof("POST", "/token")}, **form)
    assert claims_of(own["access_token"])["cnf"] == claims_of(fresh["access_token"])["cnf"]
    theirs = await two.lab.post("/token", headers={"dpop": other.proof("POST", "/token")}, **form)
    assert theirs["token_type"] == "DPoP"
    assert claims_of(theirs["access_token"])["cnf"] != claims_of(fresh["access_token"])["cnf"]


async def test_who_was_given_a_token_gives_it_back(two: Two) -> None:
    made = (await two.exchange())["access_token"]
    assert (await two.app.post("/revoke", token=made)).status == 400  # it is not the app's
    assert (await two.lab.post("/revoke", token=made)).status == 200
    assert (await two.lab.measures(made)).status == 401
    assert (await two.app.measures(two.access)).status == 200
