"""Signing in and out of the portal."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kit import jose
from kit.clock import FixedClock
from kit.ground import Ground
from portal.tables import sessions, sign_ins
from tests.portal.conftest import Browser
from tests.portal.stand_in import ISSUER, StandIn, query_of


async def rows(ground: Ground, table: object) -> int:
    count = select(func.count()).select_from(table)  # type: ignore[arg-type]
    return int(await ground.database.read(lambda db: db.execute(count).scalar_one()))


async def test_leaving_asks_for_a_code_bound_to_this_browser(browser: Browser) -> None:
    left = await browser.get("/espace/connexion")
    asked = query_of(left.headers["location"])
    assert left.status_code == 303
    assert left.headers["location"].startswith(f"{ISSUER}/authorize?")
    assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", "portal", "S256")
    assert asked["redirect_uri"] == f"{ISSUER}/espace/retour"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert "portal-browser" in browser.http.cookies


async def test_coming_back_opens_a_stay_and_leads_to_the_page_that_was_wanted(browser: Browser, ground: Ground) -> None:
    back = await browser.sign_in("/espace/mesures?unite=gl")
    assert (back.status_code, back.headers["location"]) == (303, "/espace/mesures?unite=gl")
    cookie = back.headers["set-cookie"]
    assert cookie.startswith("portal=sid_")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert await rows(ground, sessions) == 1
    assert await rows(ground, sign_ins) == 0


async def test_nothing_of_the_tokens_is_readable_in_the_database(browser: Browser, ground: Ground) -> None:
    await browser.sign_in()
    kept = await ground.database.read(lambda db: db.execute(select(sessions.c.kept)).scalar_one())
    assert b"rt_" not in kept
    assert b"Capanelli" not in kept


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "/espace\n", "/other", "/espaces/"]
)
async def test_the_way_back_never_leads_to_another_site(browser: Browser, elsewhere: str) -> None:
    back = await browser.sign_in(elsewhere)
    assert back.headers["location"] == "/espace/"


async def test_a_return_is_good_once(browser: Browser, ground: Ground, services: StandIn) -> None:
    left = await browser.get("/espace/connexion")
    answer = (await browser.provider(left.headers["location"])).headers["location"]
    await browser.get(answer)
    browser.http.cookies.delete("portal")
    again = await browser.get(answer)
    assert again.status_code == 400
    assert "La connexion n’a pas abouti" in again.text
    assert "set-cookie" not in again.headers or "portal=sid" not in again.headers["set-cookie"]


async def test_the_return_of_another_browser_is_refused(browser: Browser) -> None:
    left = await browser.get("/espace/connexion")
    answer = (await browser.provider(left.headers["location"])).headers["location"]
    browser.http.cookies.clear()
    assert (await browser.get(answer)).status_code == 400
    browser.http.cookies.set("portal-browser", "somebody-else-entirely-here")
    assert (await browser.get(answer)).status_code == 400


async def test_two_tabs_may_sign_in_at_once(browser: Browser) -> None:
    first = await browser.get("/espace/connexion")
    second = await browser.get("/espace/connexion")
    for left in (first, second):
        answer = (await browser.provider(left.headers["location"])).headers["location"]
        assert (await browser.get(answer)).status_code == 303


async def test_an_answer_that_names_another_issuer_is_refused(browser: Browser, services: StandIn) -> None:
    services.iss = "https://mixup.example"
    back = await browser.sign_in()
    assert back.status_code == 400


@pytest.mark.parametrize(
    "wrong", [{"nonce": "other"}, {"aud": "another"}, {"iss": "https://x"}, {"exp": 1}, {"aud": ["portal", "b"]}]
)
async def test_an_identity_token_that_is_not_for_us_is_refused(
    browser: Browser, services: StandIn, wrong: dict[str, object]
) -> None:
    services.identity = wrong
    assert (await browser.sign_in()).status_code == 400


async def test_an_identity_token_signed_by_another_key_is_refused(browser: Browser, services: StandIn) -> None:
    await browser.sign_in()
    await browser.post("/espace/deconnexion")
    services.key = jose.generate("ES256", "op-1")
    assert (await browser.sign_in()).status_code == 400


async def test_a_key_that_the_provider_has_just_brought_in_is_fetched(browser: Browser, services: StandIn) -> None:
    await browser.sign_in()
    await browser.post("/espace/deconnexion")
    services.key = jose.generate("ES256", "op-2")
    assert (await browser.sign_in()).status_code == 303


async def test_a_person_who_refuses_at_the_provider_is_told_so(browser: Browser) -> None:
    left = await browser.get("/espace/connexion")
    state = query_of(left.headers["location"])["state"]
    back = await browser.get("/espace/retour", params={"error": "access_denied", "state": state, "iss": ISSUER})
    assert back.status_code == 400
    assert "Vous n’êtes pas connecté" in back.text


async def test_the_name_comes_from_userinfo_when_need_be(browser: Browser, services: StandIn) -> None:
    services.claims = {}
    await browser.sign_in()
    assert "Inaya Michel" in (await browser.get("/")).text


async def test_a_provider_that_does_not_answer_is_said_in_words(browser: Browser, services: StandIn) -> None:
    services.down = True
    left = await browser.get("/espace/connexion")
    assert left.status_code == 503
    assert "Le service ne répond pas" in left.text


async def test_a_page_leads_to_sign_in_and_back(browser: Browser) -> None:
    seen = await browser.get("/espace/")
    assert seen.status_code == 303
    assert seen.headers["location"] == "/espace/connexion?suite=%2Fespace%2F"


async def test_signing_out_ends_the_stay_here_and_at_the_provider(
    browser: Browser, services: StandIn, ground: Ground
) -> None:
    await browser.sign_in()
    out = await browser.post("/espace/deconnexion")
    target = out.headers["location"]
    assert out.status_code == 303
    assert target.startswith(f"{ISSUER}/logout?")
    assert query_of(target)["post_logout_redirect_uri"] == f"{ISSUER}/espace/au-revoir"
    assert query_of(target)["id_token_hint"].count(".") == 2
    assert services.revoked == ["rt_3"]
    assert await rows(ground, sessions) == 0
    assert "Vous êtes déconnecté" in (await browser.get("/espace/au-revoir")).text


async def test_a_sign_out_that_another_site_sends_is_refused(browser: Browser, ground: Ground) -> None:
    await browser.sign_in()
    out = await browser.http.post("/espace/deconnexion", data={"csrf": "x"}, headers={"origin": "https://evil.example"})
    assert out.status_code == 403
    assert await rows(ground, sessions) == 1


async def test_a_stay_left_idle_is_over(browser: Browser, clock: FixedClock) -> None:
    await browser.sign_in()
    clock.advance(timedelta(minutes=31))
    seen = await browser.get("/espace/")
    assert seen.status_code == 401
    assert "Votre connexion est terminée" in seen.text
    assert "/espace/connexion?suite=%2Fespace%2F" in seen.text


async def test_a_stay_is_over_after_twelve_hours_however_busy(browser: Browser, clock: FixedClock) -> None:
    await browser.sign_in()
    for _ in range(29):
        clock.advance(timedelta(minutes=25))
        seen = await browser.get("/")
    assert "Ouvrir mon espace" not in seen.text
    assert "Me connecter" in seen.text
