"""Another issuer says who it is: what that is worth, and what it is not (RFC 7523 §2.1)."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace as but
from sqlalchemy import Connection

from clients import store
from consent.scopes import VITAL_SIGNS, scopes_of
from idp.protocol.bearer import GRANT_TYPE
from idp.trust import links
from tests.browser import Browser
from tests.house import Home
from tests.issuer import ISSUER, SUBJECT, assertion, brought, trusted
from tests.negatives import doors
from tests.party import Party, Reply, claims_of, code_of, party
from tests.proofs import ec_key, enrol, registered

DATA = frozenset({"measures:read", "measures:write"})
READS = f"patient/Observation.rs?{VITAL_SIGNS}"
SCOPE = f"openid profile offline_access launch/patient {READS}"
READING = {"consent": ["measures:read"], "scope": ["profile"], "duration": "P3M"}


@dataclass
class Known:
    home: Home
    app: Party
    browser: Browser
    tokens: Reply

    async def bring(self, text: str | None = None, **form: str | None) -> Reply:
        return await brought(self.app, text or assertion(self.home), **form)


async def made(home: Home, client_id: str = "employe") -> Party:
    client = registered(
        home,
        client_id,
        scope=frozenset({"openid", "profile", "offline_access", "launch/patient"}) | scopes_of(DATA),
        consents=DATA,
        grant_types=frozenset({"authorization_code", "refresh_token", "client_credentials", GRANT_TYPE}),
    )
    return await enrol(home, client)


@pytest.fixture
async def known(house: Home) -> Known:
    app, browser = await made(house), await house.sign_in("gabrielle")
    await trusted(house, app)
    tokens = await app.obtain(browser, scope=SCOPE, choices=READING)
    assert tokens.status == 200, tokens.body
    return Known(house, app, browser, tokens)


def refused(answer: Reply) -> bool:
    return answer.refused_with("invalid_grant", "assertion_invalid")


async def test_it_gives_an_access_token_within_what_was_agreed(known: Known) -> None:
    given = await known.bring()
    assert given.status == 200, given.body
    assert not {"refresh_token", "id_token"} & given.body.keys()
    said, before = claims_of(given["access_token"]), claims_of(known.tokens["access_token"])
    assert (said["sub"], said["grant_id"], said["acr"]) == (before["sub"], before["grant_id"], "eidas1")
    assert set(given["scope"].split()) == {"openid", "profile", "launch/patient", READS}
    assert (await known.app.measures(given["access_token"])).status == 200
    assert (await known.app.userinfo(given["access_token"])).status == 200


async def test_less_may_be_asked_and_never_more(known: Known) -> None:
    assert (await known.bring(scope="openid"))["scope"] == "openid"
    more = await known.bring(scope=f"openid email patient/Observation.crs?{VITAL_SIGNS}")
    assert set(more["scope"].split()) == {"openid", READS}
    assert (await known.bring(scope="email")).refused_with("invalid_scope")
    assert (await known.bring(scope="everything")).refused_with("invalid_scope")
    assert (await known.bring(authorization_details="[]")).refused_with("invalid_authorization_details")


async def test_it_is_good_once(known: Known) -> None:
    text = assertion(known.home)
    assert (await known.bring(text)).status == 200
    assert refused(await known.bring(text))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://stranger.example"},
        {"iss": None},
        {"sub": "nobody@employer.example"},
        {"sub": None},
        {"sub": ""},
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"exp": None},
        {"exp": 1},
        {"exp": 4_000_000_000},
        {"jti": None},
        {"jti": "x" * 257},
        {"nbf": 4_000_000_000},
        {"client_id": "another"},
    ],
)
async def test_a_claim_that_is_not_right(known: Known, changes: dict[str, Any]) -> None:
    assert refused(await known.bring(assertion(known.home, **changes)))


async def test_only_its_own_key_speaks_for_an_issuer(known: Known) -> None:
    home = known.home
    assert refused(await known.bring(assertion(home, key=ec_key(), header={"kid": "issuer-1"})))
    assert refused(await known.bring(assertion(home, header={"kid": "another"})))
    own = home.ring.signing("ES256")
    assert refused(await known.bring(assertion(home, key=own, header={"kid": own.kid}, iss=home.issuer)))
    for bad in ("nonsense", "a.b.c", assertion(home)[:-6], known.tokens["access_token"], known.tokens["id_token"]):
        assert refused(await known.bring(bad))
    assert (await known.app.token(grant_type=GRANT_TYPE)).refused_with("invalid_request")


async def test_an_app_brings_only_the_assertions_that_it_was_allowed(known: Known) -> None:
    other = await made(known.home, "autre")
    await other.obtain(known.browser, scope=SCOPE, choices=READING)
    assert refused(await brought(other, assertion(known.home)))
    unregistered = party(known.home)
    assert (await brought(unregistered, assertion(known.home))).refused_with("unauthorized_client")
    public = party(known.home, "mobile")
    assert (await brought(public, assertion(known.home))).refused_with("unauthorized_client")


async def test_it_opens_nothing_where_nothing_was_agreed(house: Home) -> None:
    app = await made(house)
    await trusted(house, app)
    assert refused(await brought(app, assertion(house)))


async def test_somebody_who_is_linked_no_more_is_nobody(known: Known) -> None:
    now = known.home.clock.now()
    assert await known.home.database.work(lambda db: links.unlink(db, ISSUER, SUBJECT, now))
    assert refused(await known.bring())
    page = await known.browser.get("/espace/historique")
    assert "Un autre service ne peut plus dire qui vous êtes." in page.text


async def test_a_name_is_one_persons(known: Known) -> None:
    other = known.home.person("inaya")["person_id"]

    def unit(db: Connection) -> None:
        links.link(db, ISSUER, SUBJECT, other, known.home.clock.now())

    with pytest.raises(Exception, match="subject_linked"):
        await known.home.database.work(unit)


CHANGES = {
    name: one for name, one in doors.CHANGES.items() if name not in {"session ended", "family ended", "key withdrawn"}
}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_changes_meanwhile_is_seen(known: Known, change: str) -> None:
    given = (await known.bring())["access_token"]
    assert (await known.app.measures(given)).status == 200
    await CHANGES[change](doors.Held(known.home, known.app, known.browser))
    assert (await known.bring()).status in {400, 401}
    assert (await known.app.measures(given)).status in {401, 403}


async def test_what_it_gave_ends_with_its_family(known: Known) -> None:
    given = (await known.bring())["access_token"]
    await doors.family_ended(doors.Held(known.home, known.app, known.browser))
    assert (await known.app.measures(given)).status == 401


async def test_an_issuer_that_the_app_may_not_bring_any_more(known: Known) -> None:
    def unit(db: Connection) -> None:
        client = store.find(db, "employe")
        assert client is not None
        changed = replace(client, options=but(client.options, assertion_issuers=()))
        store.replace(db, changed, known.home.clock.now())

    await known.home.database.work(unit)
    known.home.clock.advance(timedelta(seconds=6))
    assert refused(await known.bring())


async def test_limits_agreed_hold_here_too(known: Known) -> None:
    limited = '[{"type":"urn:espace:health-sharing:v1","datatypes":["Appointment"]}]'
    given = await known.bring(authorization_details=limited)
    assert code_of(await known.app.measures(given["access_token"])) in {"details_exceeded", "insufficient_scope"}
