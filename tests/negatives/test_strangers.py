"""What one app, one browser or one person was given is worth nothing in the hands of another."""

from dataclasses import replace

import pytest
from httpx2 import QueryParams

from clients.options import Options
from consent import scopes
from consent.api.routes import ADDRESSES
from idp.protocol import bearer
from tests.house import Home
from tests.negatives import doors
from tests.party import claims_of, party, reply
from tests.proofs import enrol, registered
from tests.races.crowd import MEASURES


async def test_a_code_brought_by_another_app_is_refused_and_still_good_for_its_own(house: Home) -> None:
    held = await doors.held(house, await house.sign_in("gabrielle"), "offline")
    for other in ("mobile", "glucolink"):
        thief = party(house, other)
        for uri in (held.app.redirect_uri, thief.redirect_uri):
            stolen = await thief.exchange(held.code, verifier=held.verifier, redirect_uri=uri)
            assert stolen.refused_with("invalid_grant", "code_invalid") or stolen.refused_with("unauthorized_client")
    assert await doors.code(held)


async def test_what_one_app_was_given_opens_no_grant_for_another(house: Home) -> None:
    """The other one has a proof of its own and may use every grant type; nothing is spent by its attempt."""
    held = await doors.held(house, await house.sign_in("gabrielle"), "offline")
    every = frozenset(doors.GRANT_TYPES)
    scope = frozenset({"openid", "profile", "email", "offline_access", "patient/*.rs"})
    options = Options(backchannel_token_delivery_mode="poll")
    other = registered(
        house, "autre", scope=scope, grant_types=every, options=options, redirect_uris=(held.app.redirect_uri,)
    )
    thief = replace(held, app=await enrol(house, other))
    thief.app.verifiers = held.app.verifiers
    opened = {name for name, use in doors.GRANT_TYPES.items() if await use(thief)}
    assert opened <= {"client_credentials"}  # with a proof of its own, on its own behalf
    assert not await doors.introspection(thief)
    assert not await doors.pushed(thief)
    assert {name for name, use in doors.GRANT_TYPES.items() if await use(held)} == doors.GRANT_TYPES.keys()
    assert await doors.pushed(held)


async def test_what_was_given_is_good_to_the_letter(house: Home) -> None:
    """A code, a token, a name, cut or extended, is none; and the real one is not spent by it."""
    held = await doors.held(house, await house.sign_in("gabrielle"), "offline")
    given = ("code", "verifier", "access", "refresh", "device_code", "auth_req_id", "request_uri")
    left = {"client_credentials", bearer.GRANT_TYPE, "authorization"}  # rest on nothing that was bent
    for kind in ("cut", "longer", "other end", "other case", "space"):
        wrong = replace(held, **{name: _bent(getattr(held, name), kind) for name in given})
        assert {name for name, use in doors.DOORS.items() if await use(wrong)} == left, kind
    assert {name for name, use in doors.DOORS.items() if await use(held)} == doors.DOORS.keys()


def _bent(value: str, kind: str) -> str:
    middle = len(value) // 2
    last = "A" if value[-3] != "A" else "B"
    return {
        "cut": value[:-1],
        "longer": f"{value}A",
        "other end": f"{value[:-3]}{last}{value[-2:]}",
        "other case": value[:middle] + value[middle:].swapcase(),
        "space": f"{value[:middle]} {value[middle:]}",
    }[kind]


async def test_a_code_without_its_verifier_is_worth_nothing(house: Home) -> None:
    """PKCE cannot be left out at the end after it was used at the beginning (RFC 9700 §2.1.1)."""
    app, browser = party(house), await house.sign_in("gabrielle")
    back = await app.come_back(browser, await app.ask(browser), scope=["profile", "email"])
    for verifier in (None, "", "x" * 43, "x" * 42, "x" * 129, "é" * 43):
        assert (await app.exchange(back["code"], verifier=verifier)).status == 400
        back = app.answer(await app.ask(browser))


async def test_a_refresh_never_says_more_than_was_agreed(house: Home) -> None:
    held = await doors.held(house, await house.sign_in("gabrielle"), "offline")
    for more in ("openid email", "user/*.*", "patient/*.cruds", "system/*.cruds", "pairing", "patient/Observation.crs"):
        assert (await held.app.refresh(held.refresh, scope=more)).refused_with("invalid_scope"), more
    former = await held.app.refresh(held.refresh, scope="patient/*.*")  # all that there is, in SMART's version 1
    agreed = scopes.read(MEASURES)
    for text in (former["scope"], claims_of(former["access_token"])["scope"]):
        assert not scopes.beyond(scopes.read(text), agreed), text
    less = await held.app.refresh(former["refresh_token"], scope="openid offline_access")
    assert set(less["scope"].split()) == {"openid", "offline_access"}


async def test_another_app_learns_and_ends_nothing(house: Home) -> None:
    held = await doors.held(house, await house.sign_in("gabrielle"), "offline")
    thief = party(house, "glucolink")
    for token in (held.access, held.refresh):
        assert (await thief.introspect(token)).body == {"active": False}
        assert (await thief.post("/revoke", token=token)).status in {200, 400}
        assert not (await party(house, "mobile").post("/introspect", token=token)).body.get("active")
    assert await doors.measures(held)
    assert await doors.refresh(held)


async def test_a_token_for_the_dossier_alone_can_be_revoked_and_is_told_of(house: Home) -> None:
    """RFC 8707's `resource` names the dossier: the token is not for the provider, which can still end it."""
    app, browser = party(house), await house.sign_in("gabrielle")
    fhir = f"{house.issuer}/dossier/fhir"
    tokens = await app.obtain(browser, scope=doors.MEASURES, choices=doors.AGREED, resource=fhir)
    assert (await app.measures(tokens["access_token"])).status == 200
    assert (await app.introspect(tokens["access_token"]))["active"] is True
    assert (await app.userinfo(tokens["access_token"])).status == 401
    assert (await app.post("/revoke", token=tokens["access_token"])).status == 200
    assert (await app.measures(tokens["access_token"])).status == 401
    assert (await app.introspect(tokens["access_token"])).body == {"active": False}


async def test_a_token_for_the_dossier_alone_opens_nothing_of_the_provider(house: Home) -> None:
    """Judged before as a token of ours (introspection), it is not remembered as one for the provider."""
    app, browser = party(house), await house.sign_in("gabrielle")
    tokens = await app.obtain(
        browser, scope=doors.MEASURES, choices=doors.AGREED, resource=f"{house.issuer}/dossier/fhir"
    )  # fmt: skip
    await app.introspect(tokens["access_token"])
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await app.userinfo(tokens["access_token"])).status == 401
    assert (await house.client.post("/pairings", json={}, headers=bearer)).status_code == 401
    assert (await house.client.get("/consent/grants", headers=bearer)).status_code == 401


HOLDERS_OWN = (
    ("GET", "/consent/grants"),
    ("GET", "/consent/journal"),
    ("GET", "/consent/space"),
    ("GET", "/consent/grants/{grant}"),
    ("POST", "/consent/grants/{grant}/amend"),
    ("POST", "/consent/grants/{grant}/pause"),
    ("POST", "/consent/grants/{grant}/resume"),
    ("POST", "/consent/grants/{grant}/end"),
    ("POST", "/consent/children/{child}/decision"),
)


def test_every_address_of_the_persons_own_api_is_tried() -> None:
    served = {(method, path) for method, path, _ in ADDRESSES if path.startswith("/consent/")}
    assert served == set(HOLDERS_OWN)


async def test_the_persons_own_api_is_closed_to_apps(house: Home) -> None:
    app = party(house)
    tokens = await app.obtain(await house.sign_in("gabrielle"), scope=doors.MEASURES, choices=doors.AGREED)
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    for method, path in HOLDERS_OWN:
        address = path.format(grant=tokens["grant_id"], child=house.person("inaya")["person_id"])
        body = {"decision": "activate"} if "children" in path else {"consents": []} if "amend" in path else {}
        sent = body if method == "POST" else None
        answer = reply(await house.client.request(method, address, json=sent, headers=bearer))
        assert answer.status == 403, (method, path, answer.body)


async def test_the_consents_page_of_a_pairing_is_for_its_person_alone(house: Home) -> None:
    app = party(house, "glucolink")
    browser = await house.sign_in("gabrielle")
    tokens = await app.obtain(browser, scope="openid pairing")
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    made = await house.client.post("/pairings", json={"redirect_uri": app.redirect_uri}, headers=bearer)
    address = str(made.json()["consents_uri"])
    stranger = await house.browser().get(address)
    assert stranger.path == "/signin"
    thief = party(house, "bench")
    other = await thief.obtain(browser, scope="openid pairing")
    theirs = {"authorization": f"Bearer {other['access_token']}"}
    for method in ("GET", "DELETE"):
        refused = await house.client.request(method, f"/pairings/{made.json()['pairing_id']}", headers=theirs)
        assert (refused.status_code, refused.json()["code"]) == (404, "pairing_unknown")


async def test_an_id_token_or_a_refresh_token_is_no_access_token(house: Home) -> None:
    app = party(house)
    tokens = await app.obtain(await house.sign_in("gabrielle"), scope=doors.MEASURES, choices=doors.AGREED)
    for wrong in (
        tokens["id_token"],
        tokens["refresh_token"],
        tokens["access_token"][:-2],
        tokens["access_token"] + "A",
    ):
        assert (await app.measures(wrong)).status == 401
        assert (await app.userinfo(wrong)).status == 401
    swapped = QueryParams({"client_id": app.client_id, "id_token_hint": tokens["access_token"]})
    assert (await house.browser().get(f"/logout?{swapped}")).status == 400


@pytest.mark.parametrize("path", ["/signin", "/activation", "/signin/code", "/logout/confirm", "/espace/deconnexion"])
async def test_a_form_from_elsewhere_is_refused(house: Home, path: str) -> None:
    """Also before anyone signed in: nobody is signed in as somebody else (login CSRF)."""
    browser = await house.sign_in("gabrielle")
    fields = {"identifier": "x", "password": "x", "code": "123456", "csrf": "forged"}
    for headers in ({}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert (await browser.client.post(path, data=fields, headers=headers)).status_code == 403


async def test_a_session_secret_set_beforehand_opens_nothing(house: Home) -> None:
    """Session fixation: what the browser brought before the sign-in is not what opens the session after it."""
    browser = house.browser()
    planted = {"session": "sid_" + "a" * 43, "portal": "sid_" + "b" * 43, "signin": "sec_" + "c" * 43}
    for name, value in planted.items():
        browser.client.cookies.set(name, value, domain="localhost")
    await house.sign_in("gabrielle", browser)
    thief = house.browser()
    for name, value in planted.items():
        thief.client.cookies.set(name, value, domain="localhost")
    assert (await thief.get("/account/sessions")).path == "/signin"


async def test_an_identifier_has_one_count_however_it_is_written(house: Home) -> None:
    identifier = house.person("gabrielle")["identifier"]
    spellings = [identifier, identifier.upper(), f"  {identifier} ", identifier.replace("g", "ｇ", 1)]
    statuses = []
    for number in range(12):
        browser = house.browser(f"192.0.2.{number + 1}")
        values = {"identifier": spellings[number % len(spellings)], "password": "Wrong-one-2026!"}
        statuses.append((await browser.submit(await browser.get("/signin"), values)).status)
    assert statuses == [422] * 10 + [429] * 2


@pytest.mark.parametrize("spaces", [1, 46, 64, 181, 200])
async def test_what_follows_an_identifier_is_part_of_it(house: Home, spaces: int) -> None:
    """Cut short for the look-up and whole for the count, each tail would give ten more tries for one account."""
    person, browser = house.person("gabrielle"), house.browser()
    values = {"identifier": f"{person['identifier']}{' ' * spaces}tail", "password": person["password"]}
    if len(values["identifier"]) > 200 and spaces >= 181:
        values["password"] = "Wrong-one-2026!"
        statuses = []
        for number in range(11):
            browser = house.browser(f"192.0.2.{number + 1}")
            typed = values | {"identifier": f"{values['identifier']}{number}"}
            statuses.append((await browser.submit(await browser.get("/signin"), typed)).status)
        assert statuses[-1] == 429
    else:
        assert (await browser.submit(await browser.get("/signin"), values)).status == 422


async def test_one_line_of_ipv6_is_one_caller(house: Home) -> None:
    statuses = []
    for number in range(62):
        browser = house.browser(f"2001:db8:1:2::{number + 1:x}")
        values = {"identifier": f"nobody.{number:04}", "password": "Wrong-one-2026!"}
        statuses.append((await browser.submit(await browser.get("/signin"), values)).status)
    assert statuses[:60] == [422] * 60
    assert statuses[60:] == [429, 429]
