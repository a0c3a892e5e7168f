"""The reader app keeps to the protocol: what it sends, and what it refuses to believe."""

from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from sqlalchemy import select

from kit import jose
from kit.clock import DemoClock
from kit.ground import Ground
from sandbox.glucolink.settings import HOME
from sandbox.scene import Scene
from sandbox.tables import departures, links
from tests.sandbox.browser import Browser, text_of
from tests.sandbox.provider import ISSUER, StandIn


async def _leave(browser: Browser, way: str = "two_steps") -> str:
    """Press the button; gives the authorization address."""
    home = await browser.get(f"{HOME}/")
    left = await browser.submit(home, f"{HOME}/link", way=way)
    assert left.status_code == 303
    return left.headers["location"]


async def _link(browser: Browser, stand_in: StandIn) -> httpx2.Response:
    """The whole way in two steps; gives the page at its end."""
    back = await browser.get(stand_in.sign_in(await _leave(browser)))
    assert back.headers["location"] == f"{ISSUER}/pairings/par_1/consents"
    settled = await browser.get(stand_in.agree())
    assert settled.headers["location"] == f"{HOME}/"
    return await browser.get(f"{HOME}/")


async def _nothing_is_kept(ground: Ground) -> None:
    assert await ground.database.read(lambda db: db.execute(select(links.c.id)).all()) == []


def _changed(url: str, **changes: str | None) -> str:
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), **changes}
    return parts._replace(query=urlencode({name: value for name, value in query.items() if value is not None})).geturl()


async def test_it_leaves_with_pkce_a_state_and_a_nonce(browser: Browser) -> None:
    url = await _leave(browser)
    query = parse_qs(urlsplit(url).query)
    assert url.startswith(f"{ISSUER}/authorize?")
    assert query["response_type"] == ["code"]
    assert query["client_id"] == ["glucolink"]
    assert query["redirect_uri"] == [f"{ISSUER}{HOME}/retour"]
    assert query["scope"] == ["openid offline_access pairing"]
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["code_challenge"][0]) == 43
    assert len(query["state"][0]) >= 32
    assert len(query["nonce"][0]) >= 32


async def test_two_departures_share_nothing(browser: Browser) -> None:
    first = parse_qs(urlsplit(await _leave(browser)).query)
    second = parse_qs(urlsplit(await _leave(browser)).query)
    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))


@pytest.mark.rule("R159")
async def test_it_links_in_two_steps(browser: Browser, stand_in: StandIn) -> None:
    page = await _link(browser, stand_in)
    assert "Vous êtes relié à Mon espace" in text_of(page)
    assert stand_in.pairing
    assert stand_in.pairing["return_uri"] == f"{ISSUER}{HOME}/relie"


async def test_it_links_in_one_step_by_smart_scopes(browser: Browser, stand_in: StandIn) -> None:
    url = await _leave(browser, "one_step")
    query = parse_qs(urlsplit(url).query)
    assert "patient/Device.c" in query["scope"][0].split()
    assert query["aud"] == [f"{ISSUER}/dossier/fhir"]
    back = await browser.get(stand_in.sign_in(url))
    assert back.headers["location"] == f"{HOME}/"
    assert "Vous êtes relié" in text_of(await browser.get(f"{HOME}/"))


async def test_without_the_consents_one_step_remains(browser: Browser, stand_in: StandIn) -> None:
    await browser.get(stand_in.sign_in(await _leave(browser)))
    home = await browser.get(f"{HOME}/")
    assert "Il reste une étape" in text_of(home)
    again = await browser.submit(home, f"{HOME}/consents")
    assert again.headers["location"] == f"{ISSUER}/pairings/par_1/consents"


async def test_coming_back_without_having_chosen_is_not_being_linked(browser: Browser, stand_in: StandIn) -> None:
    await browser.get(stand_in.sign_in(await _leave(browser)))
    assert stand_in.pairing
    said = urlencode({"state": stand_in.pairing["state"], "status": "active", "iss": ISSUER})
    page = await browser.get(f"{HOME}/relie?{said}")
    assert "n’est pas reliée" in text_of(page)
    assert "Il reste une étape" in text_of(await browser.get(f"{HOME}/"))


async def test_refusing_on_the_consents_page_is_said_as_refusing(browser: Browser, stand_in: StandIn) -> None:
    await browser.get(stand_in.sign_in(await _leave(browser)))
    assert stand_in.pairing
    said = {"state": stand_in.pairing["state"], "status": "ended", "iss": ISSUER}
    foreign = await browser.get(f"{HOME}/relie?{urlencode({**said, 'iss': 'https://evil.example'})}")
    assert foreign.status_code == 400
    await browser.submit(await browser.get(f"{HOME}/"), f"{HOME}/consents")
    page = await browser.get(f"{HOME}/relie?{urlencode({**said, 'state': stand_in.pairing['state']})}")
    assert "Vous avez refusé" in text_of(page)
    assert "Vous avez refusé" in text_of(await browser.get(f"{HOME}/"))


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "other"},
        {"state": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"iss": f"{ISSUER}/"},
        {"code": None},
    ],
)
async def test_an_answer_that_is_not_to_its_request_is_refused(
    browser: Browser, stand_in: StandIn, demo_ground: Ground, changes: dict[str, str | None]
) -> None:
    back = stand_in.sign_in(await _leave(browser))
    page = await browser.get(_changed(back, **changes))
    assert page.status_code == 400
    assert "Nous avons arrêté là" in text_of(page)
    assert stand_in.token_calls == []
    await _nothing_is_kept(demo_ground)


async def test_an_error_of_another_issuer_is_not_believed_either(browser: Browser, stand_in: StandIn) -> None:
    back = stand_in.sign_in(await _leave(browser))
    page = await browser.get(_changed(back, code=None, error="access_denied", iss="https://evil.example"))
    assert page.status_code == 400


async def test_a_refusal_is_said_as_one(browser: Browser, stand_in: StandIn) -> None:
    back = stand_in.sign_in(await _leave(browser))
    page = await browser.get(_changed(back, code=None, error="access_denied"))
    assert "Vous avez refusé" in text_of(page)
    assert f'action="{HOME}/link"' in page.text


async def test_an_answer_counts_once(browser: Browser, stand_in: StandIn) -> None:
    back = stand_in.sign_in(await _leave(browser))
    await browser.get(back)
    assert (await browser.get(back)).status_code == 400
    assert len(stand_in.token_calls) == 1


async def test_an_answer_counts_only_in_the_browser_that_left(browser: Browser, stand_in: StandIn) -> None:
    back = stand_in.sign_in(await _leave(browser))
    browser.http.cookies.delete("glucolink")
    assert (await browser.get(back)).status_code == 400
    browser.http.cookies.set("glucolink", "glu_other", domain="localhost.local", path=HOME)
    assert (await browser.get(back)).status_code == 400
    assert stand_in.token_calls == []


async def test_an_answer_that_took_too_long_is_refused(
    browser: Browser, stand_in: StandIn, demo_clock: DemoClock
) -> None:
    back = stand_in.sign_in(await _leave(browser))
    demo_clock.move_to(demo_clock.now() + timedelta(minutes=31))
    assert (await browser.get(back)).status_code == 400


@pytest.mark.parametrize(
    "fault",
    [
        {"nonce": "another"},
        {"audience": "another-client"},
        {"no_id_token": True},
        {"foreign_key": True},
    ],
)
async def test_an_id_token_that_is_not_for_it_is_refused(
    browser: Browser, stand_in: StandIn, demo_ground: Ground, fault: dict[str, object]
) -> None:
    back = stand_in.sign_in(await _leave(browser))
    for name, value in fault.items():
        setattr(stand_in.faults, name, value)
    page = await browser.get(back)
    assert page.status_code == 400
    await _nothing_is_kept(demo_ground)


async def test_a_discovery_document_of_another_issuer_is_refused(browser: Browser, stand_in: StandIn) -> None:
    stand_in.faults.issuer = "https://evil.example"
    home = await browser.get(f"{HOME}/")
    page = await browser.submit(home, f"{HOME}/link", way="two_steps")
    assert (page.status_code, "location" in page.headers) == (400, False)


async def test_a_provider_without_pkce_is_refused(browser: Browser, stand_in: StandIn) -> None:
    stand_in.faults.methods = ("plain",)
    page = await browser.submit(await browser.get(f"{HOME}/"), f"{HOME}/link")
    assert page.status_code == 400


async def test_a_consents_page_elsewhere_is_not_gone_to(browser: Browser, stand_in: StandIn) -> None:
    back = stand_in.sign_in(await _leave(browser))
    stand_in.faults.consents_uri = "http://localhost:8000.evil.example/consents"
    page = await browser.get(back)
    assert page.status_code == 503
    assert "location" not in page.headers


async def test_a_foreign_page_cannot_start_a_link(browser: Browser) -> None:
    answer = await browser.http.post(
        f"{HOME}/link", data={"way": "two_steps"}, headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403


async def test_it_proves_itself_with_an_assertion_used_once(browser: Browser, stand_in: StandIn) -> None:
    await _link(browser, stand_in)
    [call] = stand_in.token_calls
    assert "client_secret" not in call
    claims = jose.verify(
        call["client_assertion"],
        stand_in.client_keys,
        algorithms=("ES256",),
        typ=None,
        issuer="glucolink",
        audience=ISSUER,
        now=stand_in.clock.now(),
    )
    assert claims["exp"] - claims["iat"] <= 60
    assert claims["sub"] == "glucolink"


async def test_what_it_keeps_cannot_be_used_by_who_reads_its_database(
    browser: Browser, stand_in: StandIn, demo_ground: Ground
) -> None:
    await _link(browser, stand_in)
    cookie = browser.http.cookies["glucolink"]
    rows = await demo_ground.database.read(
        lambda db: repr([*db.execute(select(links)), *db.execute(select(departures))])
    )
    assert cookie not in rows
    assert not any(secret in rows for secret in (*stand_in.access, *stand_in.refresh))


async def test_its_cookie_is_for_its_own_pages_and_no_script(browser: Browser) -> None:
    left = await browser.submit(await browser.get(f"{HOME}/"), f"{HOME}/link", way="two_steps")
    [cookie] = [value for value in left.headers.get_list("set-cookie") if value.startswith("glucolink=")]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert f"Path={HOME}" in cookie


async def test_unlinking_tells_the_provider_and_throws_the_keys_away(
    browser: Browser, stand_in: StandIn, demo_ground: Ground
) -> None:
    await _link(browser, stand_in)
    asked = await browser.get(f"{HOME}/unlink")
    assert "Les mesures déjà envoyées restent" in text_of(asked)
    done = await browser.submit(asked, f"{HOME}/unlink")
    assert done.headers["location"] == f"{HOME}/?done=unlinked"
    assert stand_in.pairing
    assert stand_in.pairing["status"] == "ended"
    assert len(stand_in.revoked) == 1
    [kept] = await demo_ground.database.read(lambda db: db.execute(select(links.c.tokens)).all())
    assert kept == (None,)
    assert "GlucoLink est déliée" in text_of(await browser.get(f"{HOME}/?done=unlinked"))


async def test_unlinking_ends_what_was_agreed_in_one_step_too(browser: Browser, stand_in: StandIn) -> None:
    await browser.get(stand_in.sign_in(await _leave(browser, "one_step")))
    await browser.submit(await browser.get(f"{HOME}/unlink"), f"{HOME}/unlink")
    assert stand_in.pairing
    assert stand_in.pairing["status"] == "ended"
    assert len(stand_in.revoked) == 1


async def test_unlinking_succeeds_though_the_provider_had_ended_it_before(browser: Browser, stand_in: StandIn) -> None:
    await _link(browser, stand_in)
    stand_in.access.clear()
    stand_in.refresh.clear()
    done = await browser.submit(await browser.get(f"{HOME}/unlink"), f"{HOME}/unlink")
    assert done.headers["location"] == f"{HOME}/?done=unlinked"
    assert "Relier à Mon espace" in text_of(await browser.get(f"{HOME}/"))


async def test_a_link_that_died_before_its_consents_starts_again_from_the_beginning(
    browser: Browser, stand_in: StandIn
) -> None:
    await browser.get(stand_in.sign_in(await _leave(browser)))
    stand_in.access.clear()
    stand_in.refresh.clear()
    stand_in.faults.refuse_calls = "consent_ended"
    page = await browser.submit(await browser.get(f"{HOME}/"), f"{HOME}/consents")
    assert "Vous avez arrêté GlucoLink" in text_of(page)
    assert f'action="{HOME}/link"' in page.text
    assert "Relier à Mon espace" in text_of(await browser.get(f"{HOME}/"))


async def test_it_can_be_linked_again(browser: Browser, stand_in: StandIn) -> None:
    await _link(browser, stand_in)
    await browser.submit(await browser.get(f"{HOME}/unlink"), f"{HOME}/unlink")
    stand_in.pairing = None
    assert "Vous êtes relié" in text_of(await _link(browser, stand_in))


async def test_pages_of_one_browser_say_nothing_of_another(browser: Browser, stand_in: StandIn, scene: Scene) -> None:
    await _link(browser, stand_in)
    browser.http.cookies.delete("glucolink")
    assert "Relier à Mon espace" in text_of(await browser.get(f"{HOME}/"))
    assert await scene.glucolink.linking.link_of("") is None
