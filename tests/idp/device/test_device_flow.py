"""RFC 8628: a device without keyboard, a person at their browser, and everything that may go wrong between them."""

import json
from datetime import timedelta

import pytest

from idp.device import codes
from idp.protocol.details import TYPES
from tests.device import GRANT, SCOPE, answered, begin, opened, other_tv, poll, wait
from tests.party import claims_of, party
from tests.proofs import Prover


async def test_a_television_is_linked(house):
    tv = party(house, "tv")
    asked = await begin(tv)
    assert asked.status == 200
    assert asked.headers["cache-control"] == "no-store"
    assert asked["verification_uri"] == f"{house.issuer}/device"
    assert asked["verification_uri_complete"] == f"{house.issuer}/device?user_code={asked['user_code']}"
    assert (asked["expires_in"], asked["interval"]) == (600, 5)
    assert (await poll(tv, asked["device_code"])).refused_with("authorization_pending")
    done = await answered(house, asked, scope=["profile"])
    assert "C’est accepté" in done.text
    wait(house)
    tokens = await poll(tv, asked["device_code"])
    assert tokens.status == 200, tokens.body
    assert set(tokens["scope"].split()) == set(SCOPE.split())
    said = claims_of(tokens["id_token"])
    assert said["aud"] == "tv"
    assert "sid" not in said
    assert said["acr"] == "eidas2"
    assert (await tv.userinfo(tokens["access_token"]))["given_name"]
    again = await tv.refresh(tokens["refresh_token"])
    assert again.status == 200, again.body


async def test_what_is_given_without_offline_access_ends_by_itself_and_not_with_the_browser(house):
    tv = await other_tv(house, "tv-2", scope=frozenset({"openid", "online_access"}))
    asked = await begin(tv, scope="openid online_access")
    browser, page = await opened(house, asked)
    await browser.submit(page, {"decision": "allow"})
    await browser.submit(await browser.get("/logout"))
    wait(house)
    tokens = await poll(tv, asked["device_code"])
    assert tokens.status == 200, tokens.body
    token = tokens["refresh_token"]
    house.clock.advance(timedelta(hours=2))
    token = (await tv.refresh(token))["refresh_token"]
    house.clock.advance(timedelta(hours=11))
    assert (await tv.refresh(token)).refused_with("invalid_grant", "token_invalid")


@pytest.mark.parametrize("typed", ["{}", "{lower}", " {bare} ", "{spaced}", "{dots}"])
async def test_case_and_separators_of_a_typed_code_do_not_matter(house, typed):
    asked = await begin(party(house, "tv"))
    code = asked["user_code"]
    bare = code.replace("-", "")
    shapes = {"lower": code.lower(), "bare": bare, "spaced": " ".join(bare), "dots": f"{bare[:4]}.{bare[4:]}"}
    browser = await house.sign_in("gabrielle")
    page = await browser.submit(await browser.get("/device"), {"user_code": typed.format(code, **shapes)})
    assert "Relier cet appareil" in page.text
    assert code in page.text


def test_a_code_has_no_vowel_and_no_digit():
    for _ in range(50):
        code = codes.fresh()
        assert len(code) == 8
        assert set(code) <= set("BCDFGHJKLMNPQRSTVWXZ")


@pytest.mark.parametrize("wrong", ["", "BCDF", "BCDFGHJKL", "BCDF-GHJ1", "ABCD-EFGH", "é" * 8, "B" * 500])
async def test_what_cannot_be_a_code_is_not_looked_up(house, wrong):
    browser = house.browser()
    page = await browser.submit(await browser.get("/device"), {"user_code": wrong})
    assert page.status == 422
    assert "Le code a 8 lettres" in page.text


async def test_guesses_are_throttled_and_then_right_codes_are_not_looked_at(house):
    asked = await begin(party(house, "tv"))
    browser = house.browser()
    page = await browser.get("/device")
    for _ in range(10):
        assert (await browser.submit(page, {"user_code": "ZZZZ-ZZZZ"})).status == 422
    for code in ("ZZZZ-ZZZX", asked["user_code"]):
        refused = await browser.submit(page, {"user_code": code})
        assert refused.status == 429
        assert "Trop d’essais" in refused.text
    elsewhere = house.browser(address="198.51.100.7")
    assert (
        "Est-ce votre appareil"
        in (await elsewhere.submit(await elsewhere.get("/device"), {"user_code": asked["user_code"]})).text
    )


async def test_before_signing_in_one_sees_who_asks_and_from_where(house):
    """RFC 8628 §5.4: the person compares before anything else."""
    asked = await begin(party(house, "tv"))
    near, far = house.browser(), house.browser(address="198.51.100.7")
    for browser, words in ((near, "la même connexion"), (far, "une autre connexion")):
        page = await browser.submit(await browser.get("/device"), {"user_code": asked["user_code"]})
        assert "Est-ce votre appareil" in page.text
        assert asked["user_code"] in page.text
        assert "Essai télévision" in page.text
        assert words in page.text
    onward = next(href for href, words in page.links if "/signin" in href)
    page = await house.through(far, await far.get(onward), house.person("gabrielle"))
    assert "Relier cet appareil" in page.text
    assert asked["user_code"] in page.text


async def test_opening_the_address_of_the_qr_code_decides_nothing(house):
    asked = await begin(party(house, "tv"))
    browser = await house.sign_in("gabrielle")
    page = await browser.get(asked["verification_uri_complete"])
    assert ("user_code", asked["user_code"]) in page.form("user_code").fields
    assert (await poll(party(house, "tv"), asked["device_code"])).refused_with("authorization_pending")


async def test_health_data_is_asked_as_on_the_authorization_page(house):
    tv = party(house, "tv")
    vital = "category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"
    asked = await begin(tv, scope=f"openid patient/Observation.rs?{vital}")
    browser, page = await opened(house, asked)
    wrong = await browser.submit(page, {"decision": "allow"})
    assert wrong.status == 422
    assert "Cochez au moins une donnée" in wrong.text
    await browser.submit(wrong, {"decision": "allow", "consent": ["measures:read"], "duration": "P3M"})
    wait(house)
    tokens = await poll(tv, asked["device_code"])
    assert tokens["patient"]
    assert (await tv.measures(tokens["access_token"])).status == 200


async def test_authorization_details_narrow_what_a_device_may_do(house):
    """RFC 9396: read, told on the page, carried in the answer and the token; a stranger's type is refused."""
    tv = party(house, "tv")
    wrong = await begin(tv, scope="openid", authorization_details='[{"type":"payment"}]')
    assert wrong.refused_with("invalid_authorization_details")
    wanted = {"type": TYPES[0], "actions": ["read"], "datatypes": ["Observation"]}
    asked = await begin(tv, scope="openid", authorization_details=json.dumps([wanted]))
    assert asked.status == 200, asked.body
    browser, page = await opened(house, asked)
    await browser.submit(page, {"decision": "allow", "consent": ["measures:read"], "duration": "P3M"})
    wait(house)
    tokens = await poll(tv, asked["device_code"])
    assert tokens["authorization_details"] == [wanted]
    assert claims_of(tokens["access_token"])["authorization_details"] == [wanted]


async def test_a_device_with_a_key_holds_tokens_that_are_good_with_it_alone(house):
    """RFC 9449 §5: also the refresh token, since the client is public."""
    tv, prover, other = party(house, "tv"), Prover(house), Prover(house)
    asked = await begin(tv)
    await answered(house, asked, scope=["profile"])
    wait(house)

    async def bring(holder: Prover | None, **form: str):
        headers = {"dpop": holder.proof("POST", "/token")} if holder else {}
        return await tv.post("/token", headers=headers, **form)

    tokens = await bring(prover, grant_type=GRANT, device_code=asked["device_code"])
    assert tokens["token_type"] == "DPoP"
    assert claims_of(tokens["access_token"])["cnf"] == {"jkt": prover.jkt}
    assert (await tv.userinfo(tokens["access_token"])).status == 401
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert (await bring(other, **again)).status == 400
    assert (await bring(None, **again)).status == 400
    assert (await bring(prover, **again)).status == 200
