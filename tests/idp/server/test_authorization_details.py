"""What an app limits its request to is shown, kept, told, and held at every call (RFC 9396)."""

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from clients import store
from clients.options import Options
from consent.details import HEALTH_SHARING
from consent.scopes import VITAL_SIGNS, scopes_of
from tests.browser import Browser
from tests.dossier.world import glucose
from tests.house import Home
from tests.party import Party, Reply, claims_of, code_of, party, reply
from tests.proofs import enrol, registered

DATA = frozenset({"measures:read", "measures:write"})
READS = f"patient/Observation.rs?{VITAL_SIGNS}"
BOTH = f"openid offline_access launch/patient patient/Observation.crs?{VITAL_SIGNS} patient/Device.c"
AGREED = {"consent": ["measures:read", "measures:write"], "duration": "P3M"}
READING = {"consent": ["measures:read"], "duration": "P3M"}
YESTERDAY, TODAY = "2026-03-01", "2026-03-02"


def detail(**members: Any) -> dict[str, Any]:
    return {"type": HEALTH_SHARING, **members}


def said(*details: dict[str, Any]) -> str:
    return json.dumps(details)


RECENT = detail(datatypes=["Observation"], data_period={"start": YESTERDAY})


@dataclass
class Link:
    home: Home
    app: Party
    browser: Browser

    async def agree(self, *details: dict[str, Any], scope: str = BOTH, choices: Any = None) -> Reply:
        text = said(*details) if details else None
        made = await self.app.obtain(self.browser, scope=scope, choices=choices or AGREED, authorization_details=text)
        assert made.status == 200, made.body
        return made

    async def dates(self, token: str) -> list[str]:
        """The days of the measures that a token shows, newest first."""
        headers = {"authorization": f"Bearer {token}"}
        found = await self.home.client.get("/dossier/fhir/Observation?_count=1000", headers=headers)
        assert found.status_code == 200, found.text
        return [one["resource"]["effectiveDateTime"][:10] for one in found.json().get("entry", [])]

    async def add(self, token: str, day: str) -> Reply:
        headers = {"authorization": f"Bearer {token}"}
        body = glucose(effectiveDateTime=f"{day}T08:00:00+01:00")
        body.pop("subject", None)
        return reply(await self.home.client.post("/dossier/fhir/Observation", json=body, headers=headers))

    async def error(self, **asked: str | None) -> dict[str, str]:
        return self.app.answer(await self.app.ask(self.browser, **asked))


@pytest.fixture
async def link(house: Home) -> Link:
    client = registered(
        house,
        "sobre",
        scope=frozenset({"openid", "offline_access", "launch/patient"}) | scopes_of(DATA),
        consents=DATA,
    )
    return Link(house, await enrol(house, client), await house.sign_in("gabrielle"))


async def test_only_what_dates_from_the_days_agreed_is_shown(link: Link) -> None:
    tokens = await link.agree(RECENT)
    assert tokens["authorization_details"] == [RECENT]
    assert claims_of(tokens["access_token"])["authorization_details"] == [RECENT]
    seen = await link.dates(tokens["access_token"])
    assert seen
    assert min(seen) >= YESTERDAY


async def test_without_limits_there_is_more_to_see(link: Link) -> None:
    tokens = await link.agree()
    assert "authorization_details" not in tokens.body
    assert min(await link.dates(tokens["access_token"])) < YESTERDAY


async def test_only_what_dates_from_those_days_is_added(link: Link) -> None:
    tokens = await link.agree(RECENT)
    assert (await link.add(tokens["access_token"], TODAY)).status == 201
    late = await link.add(tokens["access_token"], "2026-02-20")
    assert (late.status, code_of(late)) == (403, "insufficient_scope")


async def test_actions_and_codes_limit_too(link: Link) -> None:
    weight = detail(actions=["read", "search"], datatypes=["Observation"], codes=["http://loinc.org|29463-7"])
    tokens = await link.agree(weight, choices=READING)
    assert "code=http://loinc.org|29463-7" in tokens["scope"]
    found = await link.app.measures(tokens["access_token"])
    assert {one["resource"]["code"]["coding"][0]["code"] for one in found.body.get("entry", [])} <= {"29463-7"}
    assert code_of(await link.add(tokens["access_token"], TODAY)) in {"insufficient_scope", "consent_missing"}


async def test_the_person_reads_what_the_app_limits_itself_to(link: Link) -> None:
    page = await link.app.ask(link.browser, scope=BOTH, authorization_details=said(RECENT))
    assert "Vos mesures : données du 1er mars 2026 ou après." in page.text


async def test_and_finds_it_again_in_the_list_of_apps(link: Link) -> None:
    tokens = await link.agree(RECENT)
    page = await link.browser.get(f"/espace/applications/{tokens['grant_id']}")
    assert "Vos mesures : données du 1er mars 2026 ou après." in page.text
    weight = detail(datatypes=["Observation"], codes=["http://loinc.org|29463-7"])
    page = await link.app.ask(link.browser, scope=BOTH, prompt="consent", authorization_details=said(weight))
    assert "Vos mesures de poids seulement." in page.text


async def test_days_that_have_not_come_or_are_over_give_nothing(link: Link) -> None:
    soon = detail(period={"start": "2026-03-04", "end": "2026-03-05"})
    tokens = await link.agree(soon)
    assert code_of(await link.app.measures(tokens["access_token"])) == "details_exceeded"
    link.home.clock.advance(timedelta(days=2))
    fresh = await link.app.refresh(tokens["refresh_token"])
    assert (await link.app.measures(fresh["access_token"])).status == 200
    link.home.clock.advance(timedelta(days=2))
    fresh = await link.app.refresh(fresh["refresh_token"])
    assert code_of(await link.app.measures(fresh["access_token"])) == "details_exceeded"


async def test_another_server_is_not_this_one(link: Link) -> None:
    only = detail(locations=[link.home.issuer])
    tokens = await link.agree(only)
    assert code_of(await link.app.measures(tokens["access_token"])) == "details_exceeded"
    here = await link.agree(detail(locations=[f"{link.home.issuer}/dossier/fhir/"]))
    assert (await link.app.measures(here["access_token"])).status == 200


async def test_limits_agreed_are_not_forgotten_in_silence(link: Link) -> None:
    await link.agree(RECENT)
    for more in (None, said(detail(datatypes=["Observation"], data_period={"start": "2026-01-01"}))):
        back = await link.error(scope=BOTH, prompt="none", authorization_details=more)
        assert back["error"] == "consent_required"
    less = said(detail(datatypes=["Observation"], data_period={"start": TODAY}))
    assert "code" in await link.error(scope=BOTH, prompt="none", authorization_details=less)


async def test_a_token_from_before_is_held_to_the_limits_of_now(link: Link) -> None:
    before = await link.agree()
    assert min(await link.dates(before["access_token"])) < YESTERDAY
    page = await link.app.ask(link.browser, scope=BOTH, prompt="consent", authorization_details=said(RECENT))
    await link.app.come_back(link.browser, page, **AGREED)
    assert min(await link.dates(before["access_token"])) >= YESTERDAY


async def test_a_token_request_may_limit_its_own_token_again(link: Link) -> None:
    tokens = await link.agree(RECENT)
    narrower = detail(actions=["read", "search"], datatypes=["Observation"], data_period={"start": TODAY})
    fresh = await link.app.refresh(tokens["refresh_token"], authorization_details=said(narrower))
    assert fresh["authorization_details"] == [narrower]
    assert await link.dates(fresh["access_token"]) == []
    assert code_of(await link.add(fresh["access_token"], TODAY)) == "insufficient_scope"
    next_one = await link.app.refresh(fresh["refresh_token"])
    assert next_one["authorization_details"] == [RECENT]


async def test_nor_does_it_grow_there(link: Link) -> None:
    tokens = await link.agree(RECENT)
    for more in (detail(), detail(datatypes=["Observation"], data_period={"start": "2026-02-01"}), detail(type="x")):
        refused = await link.app.refresh(tokens["refresh_token"], authorization_details=said(more))
        assert refused.refused_with("invalid_authorization_details")
    assert (await link.app.refresh(tokens["refresh_token"])).status == 200


async def test_a_code_is_brought_with_less(link: Link) -> None:
    back = await link.app.come_back(link.browser, await link.app.ask(link.browser, scope=BOTH), **AGREED)
    made = await link.app.exchange(
        back["code"], verifier=link.app.verifiers[back["state"]], authorization_details=said(RECENT)
    )
    assert made["authorization_details"] == [RECENT]
    assert min(await link.dates(made["access_token"])) >= YESTERDAY


async def test_introspection_tells_them(link: Link) -> None:
    tokens = await link.agree(RECENT)
    assert (await link.app.introspect(tokens["access_token"]))["authorization_details"] == [RECENT]


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "{}",
        "[]",
        "[1]",
        "[" * 2000,
        '[{"type":"payment_initiation"}]',
        '[{"actions":["read"]}]',
        said(detail(identifier="x")),
        said(detail(actions=[])),
        said(detail(actions=["delete"])),
        said(detail(actions="read")),
        said(detail(datatypes=["Patient"])),
        said(detail(codes=["http://loinc.org|1"])),
        said(detail(datatypes=["Observation"], codes=["bare"])),
        said(detail(datatypes=["Observation"], codes=["a|b"] * 11)),
        said(detail(purpose="MARKETING")),
        said(detail(period={})),
        said(detail(period={"start": "2026-13-01"})),
        said(detail(period={"start": "2026-03-02", "end": "2026-03-01"})),
        said(detail(data_period={"start": "yesterday"})),
        said(detail(data_period={"from": "2026-03-02"})),
        said(detail(recurrence="once")),
        said(detail(locations=["https://elsewhere.example"])),
        said(*[detail()] * 5),
        said(detail(locations=["x" * 201])),
        said(detail(datatypes=["Appointment"])),
        " " * 3001,
    ],
)
async def test_what_is_not_of_our_type_is_refused(link: Link, text: str) -> None:
    """The last but one covers nothing of the scope."""
    back = await link.error(scope=READS, authorization_details=text)
    assert back["error"] == "invalid_authorization_details"


async def test_a_type_that_the_app_did_not_register_is_refused(link: Link) -> None:
    def unit(db: Any) -> None:
        client = store.find(db, "sobre")
        assert client is not None
        options = Options(authorization_details_types=("other",))
        store.replace(db, replace(client, options=options), link.home.clock.now())

    await link.home.database.work(unit)
    link.home.clients.forget("sobre")
    back = await link.error(scope=READS, authorization_details=said(RECENT))
    assert back["error"] == "invalid_authorization_details"


async def test_the_metadata_names_the_type(house: Home) -> None:
    known = (await house.client.get("/.well-known/openid-configuration")).json()
    assert known["authorization_details_types_supported"] == [HEALTH_SHARING]


async def test_a_pairing_is_limited_too_and_its_page_says_so(house: Home) -> None:
    """The consents come later (R158): what was said at the start holds when they do."""
    app, browser = party(house, "glucolink"), await house.sign_in("gabrielle")
    tokens = await app.obtain(browser, scope="openid offline_access pairing", authorization_details=said(RECENT))
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    body = {"redirect_uri": app.redirect_uri}
    made = (await house.client.post("/pairings", json=body, headers=headers)).json()
    page = await browser.get(made["consents_uri"])
    assert "Vos mesures : données du 1er mars 2026 ou après." in page.text
    await browser.submit(page, {"decision": "allow", **AGREED})
    found = await house.client.get("/dossier/fhir/Observation?_count=1000", headers=headers)
    assert found.status_code == 200, found.text
    days = [one["resource"]["effectiveDateTime"][:10] for one in found.json().get("entry", [])]
    assert min(days) >= YESTERDAY


async def test_a_pushed_request_carries_them(link: Link) -> None:
    pushed = await link.app.post("/par", **link.app.request(scope=BOTH, authorization_details=said(RECENT)))
    assert pushed.status == 201, pushed.body
    bad = await link.app.post("/par", **link.app.request(scope=BOTH, authorization_details="[]"))
    assert bad.refused_with("invalid_authorization_details")


async def test_a_scope_that_names_data_in_a_word_is_not_widened_by_details(link: Link) -> None:
    """Where the scope names data, in whatever way, details only narrow; where it names none, they say which."""
    everything = detail(datatypes=["Observation"])
    page = await link.app.ask(link.browser, scope="openid measures:read", authorization_details=said(everything))
    assert "lire vos mesures" in page.text.lower()
    assert "ajouter des mesures" not in page.text.lower()
    page = await link.app.ask(link.browser, scope="openid", authorization_details=said(everything))
    assert "ajouter des mesures" in page.text.lower()
