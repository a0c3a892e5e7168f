"""Where a sign-in leads: only to our own paths, and at once for whoever is signed in."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.login import next as onward
from idp.login.next import Onward, sign_in_link
from idp.sessions import store as sessions
from kit.seals import Vault
from tests.idp.door import PASSWORD, Browser, Door

MOBILE = "+33639980002"
EVIL = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/ok\r\nLocation: https://evil.example/",
    "/\t/evil.example",
    "evil",
    "",
)


@pytest.fixture
async def known(door: Door) -> Door:
    """Inaya has an account."""
    await door.enrol(door.inaya, "inaya.michel")
    return door


async def through(door: Door, browser: Browser) -> None:
    """Password and code, from the page one is on."""
    await browser.send(identifier="inaya.michel", password=PASSWORD)
    await door.post()
    await browser.send(code=door.mailbox.code(MOBILE))


async def test_a_sign_in_leads_where_it_was_asked(known: Door) -> None:
    async with known.browser() as browser:
        await browser.get(sign_in_link(known.scene, "/authorize/abc"))
        await through(known, browser)
        assert browser.path == "/authorize/abc"


async def test_a_mistake_does_not_lose_the_way(known: Door) -> None:
    async with known.browser() as browser:
        await browser.get(sign_in_link(known.scene, "/authorize/abc"))
        await browser.send(identifier="inaya.michel", password="Espace-Sante-2027!")
        await browser.send(identifier="inaya.michel", password=PASSWORD)
        await known.post()
        right = int(known.mailbox.code(MOBILE))
        for wrong in range(1, 6):
            await browser.send(code=f"{(right + wrong) % 1_000_000:06d}")
        await through(known, browser)
        assert browser.path == "/authorize/abc"


@pytest.mark.parametrize("path", EVIL)
async def test_no_link_of_ours_leads_elsewhere(known: Door, path: str) -> None:
    with pytest.raises(ValueError):
        sign_in_link(known.scene, path)
    async with known.browser() as browser:
        for said in (path, f"{path}.signature", "x" * 5000):
            page = await browser.http.get("/signin", params={"next": said})
            assert page.status_code == 200
            assert onward.read(known.scene, said) == Onward()
        await browser.get("/signin")
        await browser.send(next=path, identifier="inaya.michel", password=PASSWORD)
        await known.post()
        await browser.send(code=known.mailbox.code(MOBILE))
        assert browser.path == "/espace/"


async def test_a_link_signed_for_another_purpose_or_long_ago_leads_home(known: Door) -> None:
    other = Vault(bytes(32)).signed("idp: after sign-in").write(["/x", None, "", None, ""], known.ground.clock.now())
    assert onward.read(known.scene, other) == Onward()
    ours = parse_qs(urlsplit(sign_in_link(known.scene, "/authorize/abc")).query)["next"][0]
    assert onward.read(known.scene, ours).path == "/authorize/abc"
    known.ground.clock.advance(timedelta(days=1, seconds=1))  # type: ignore[attr-defined]
    assert onward.read(known.scene, ours) == Onward()


async def test_whoever_is_signed_in_goes_on_at_once(known: Door) -> None:
    async with known.browser() as browser:
        await browser.get("/signin")
        await through(known, browser)
        await browser.get(sign_in_link(known.scene, "/authorize/abc"))
        assert browser.path == "/authorize/abc"
        await browser.get("/signin")
        assert browser.path == "/espace/"


async def test_a_fresh_proof_is_asked_when_it_must_be(known: Door) -> None:
    async with known.browser() as browser:
        await browser.get("/signin")
        await through(known, browser)
        idle = known.scene.settings.session_idle
        (before,) = await known.read(lambda db: sessions.of_person(db, known.inaya.id, idle, known.ground.clock.now()))
        secret = browser.http.cookies["session"]
        known.ground.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
        since: datetime = known.ground.clock.now()
        await browser.get(sign_in_link(known.scene, "/authorize/abc", fresh_since=since))
        assert browser.path == "/signin"
        assert browser.form()[1]["identifier"] == "inaya.michel"
        await through(known, browser)
        assert browser.path == "/authorize/abc"
        (after,) = await known.read(lambda db: sessions.of_person(db, known.inaya.id, idle, known.ground.clock.now()))
        assert (after.id, after.auth_time) == (before.id, since)  # the same session, proven anew
        assert browser.http.cookies["session"] != secret  # under another secret
        await browser.get(sign_in_link(known.scene, "/authorize/abc", fresh_since=since))
        assert browser.path == "/authorize/abc"


async def test_another_level_asks_for_another_proof(known: Door) -> None:
    async with known.browser() as browser:
        await browser.get("/signin")
        await through(known, browser)
        await browser.get(sign_in_link(known.scene, "/authorize/abc", level=known.scene.settings.acr_password_otp))
        assert browser.path == "/authorize/abc"
        await browser.get(sign_in_link(known.scene, "/authorize/abc", level="eidas3"))
        assert browser.path == "/signin"


async def test_a_hint_fills_the_identifier_in(known: Door) -> None:
    async with known.browser() as browser:
        await browser.get(sign_in_link(known.scene, "/authorize/abc", hint='inaya.michel"><script>'))
        assert browser.form()[1]["identifier"] == 'inaya.michel"><script>'
        assert "<script>" not in browser.page.text.partition("<main")[2]


async def test_the_page_of_the_code_lets_its_form_end_at_the_app(known: Door) -> None:
    """Chromium applies `form-action` to every redirect that follows a form."""
    async with known.browser() as browser:
        await browser.get(sign_in_link(known.scene, "/authorize/abc", towards="https://app.example/back?x=1"))
        await browser.send(identifier="inaya.michel", password=PASSWORD)
        assert "form-action 'self' https://app.example;" in browser.page.headers["content-security-policy"]
        await browser.get("/signin")
        assert "form-action 'self';" in browser.page.headers["content-security-policy"]
