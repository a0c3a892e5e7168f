"""Sessions: begun under a fresh secret, over when left alone, listed and stopped by their owner."""

import dataclasses
import re
from datetime import timedelta
from http.cookies import SimpleCookie

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response

from consent import journal
from idp.sessions import browser as sessions
from idp.sessions import device, store
from idp.tokens import families
from idp.tokens.records import Authentication, Family
from kit.csrf import Csrf
from kit.ground import Ground
from kit.pages import Pages
from tests.conftest import ROOT
from tests.idp import door as doors
from tests.idp.door import GABRIELLE, PASSWORD, Browser, Door, newcomer

ADDRESS = "inaya.michel@example.org"
MOBILE = "+33639980002"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile/15E148 Safari/604.1"


@pytest.fixture
async def known(door: Door) -> Door:
    """Inaya has an account."""
    await door.enrol(door.inaya, "inaya.michel")
    return door


async def living(door: Door) -> list[str]:
    """Inaya's sessions."""
    idle, now = door.scene.settings.session_idle, door.ground.clock.now()
    return [one.id for one in await door.read(lambda db: store.of_person(db, door.inaya.id, idle, now))]


async def inside(door: Door, browser: Browser) -> bool:
    """Is this browser signed in?"""
    await browser.get("/account/sessions")
    return browser.path == "/account/sessions"


def request_with(cookie: str) -> Request:
    """A request that brings one cookie."""
    return Request({"type": "http", "method": "GET", "path": "/", "headers": [(b"cookie", cookie.encode())]})


async def test_the_secret_is_fresh_at_each_sign_in_and_only_its_digest_is_kept(known: Door) -> None:
    """Session fixation: a secret planted before the sign-in opens nothing after it."""
    async with known.browser() as browser:
        browser.http.cookies.set("session", "sid_planted-by-somebody-else-planted-by-somebody")
        await known.sign_in(browser, "inaya.michel", MOBILE)
        secret = browser.http.cookies.get("session", domain="localhost.local") or browser.http.cookies.get("session")
    assert secret
    assert "planted" not in secret
    assert (
        await sessions.current(known.scene, request_with("session=sid_planted-by-somebody-else-planted-by-somebody"))
        is None
    )
    rows = await known.read(lambda db: db.exec_driver_sql("SELECT * FROM idp_sessions").all())
    assert len(rows) == 1
    assert secret not in str(rows)


async def test_signing_in_again_changes_the_secret_and_the_old_one_opens_nothing(known: Door) -> None:
    async with known.browser() as browser:
        await known.sign_in(browser, "inaya.michel", MOBILE)
        old = browser.http.cookies["session"]
        (before,) = await living(known)
        known.ground.clock.advance(timedelta(minutes=5))  # type: ignore[attr-defined]
        now = known.ground.clock.now()
        await browser.get(doors.login_link(known, now))
        await browser.send(identifier="inaya.michel", password=PASSWORD)
        await known.post()
        await browser.send(code=known.mailbox.code(MOBILE))
        assert await living(known) == [before]
        assert await sessions.current(known.scene, request_with(f"session={old}")) is None
        assert await sessions.current(known.scene, request_with(f"session={browser.http.cookies['session']}"))


async def test_another_person_in_the_same_browser_ends_the_session_of_the_first(known: Door) -> None:
    gabrielle, _ = await known.add(newcomer(**GABRIELLE))
    await known.enrol(gabrielle, "gabrielle.capanelli")
    async with known.browser() as browser:
        await known.sign_in(browser, "inaya.michel", MOBILE)
        known.ground.clock.advance(timedelta(seconds=1))  # type: ignore[attr-defined]
        await browser.get(doors.login_link(known, known.ground.clock.now()))
        await browser.send(identifier="gabrielle.capanelli", password=PASSWORD)
        await known.post()
        await browser.send(code=known.mailbox.code("+33639980001"))
        session = await sessions.current(known.scene, request_with(f"session={browser.http.cookies['session']}"))
    assert session
    assert session.person_id == gabrielle.id
    assert await living(known) == []


async def test_a_session_left_alone_for_thirty_minutes_is_over(known: Door) -> None:
    async with known.browser() as browser:
        await known.sign_in(browser, "inaya.michel", MOBILE)
        for _ in range(3):
            known.ground.clock.advance(timedelta(minutes=29))  # type: ignore[attr-defined]
            assert await inside(known, browser)
        known.ground.clock.advance(timedelta(minutes=30))  # type: ignore[attr-defined]
        assert not await inside(known, browser)


async def test_a_session_is_over_after_twelve_hours_however_busy(known: Door) -> None:
    async with known.browser() as browser:
        await known.sign_in(browser, "inaya.michel", MOBILE)
        for _ in range(35):
            known.ground.clock.advance(timedelta(minutes=20))  # type: ignore[attr-defined]
            assert await inside(known, browser)
        known.ground.clock.advance(timedelta(minutes=20))  # type: ignore[attr-defined]
        assert not await inside(known, browser)


async def test_that_a_session_is_in_use_is_written_down_once_a_minute(known: Door) -> None:
    async with known.browser() as browser:
        await known.sign_in(browser, "inaya.michel", MOBILE)
        (session_id,) = await living(known)
        start = known.ground.clock.now()
        for seconds, written in ((30, 0), (29, 0), (1, 60), (30, 60), (30, 120)):
            known.ground.clock.advance(timedelta(seconds=seconds))  # type: ignore[attr-defined]
            await inside(known, browser)
            session = await known.read(lambda db: store.find(db, session_id))
            assert session.last_seen_at == start + timedelta(seconds=written)


async def test_a_machine_that_uses_the_session_keeps_it_awake(known: Door) -> None:
    async with known.browser() as browser:
        await known.sign_in(browser, "inaya.michel", MOBILE)
    (session_id,) = await living(known)
    settings = known.scene.settings
    for minutes, alive in ((29, True), (29, True), (31, False)):
        known.ground.clock.advance(timedelta(minutes=minutes))  # type: ignore[attr-defined]
        now = known.ground.clock.now()
        assert await known.work(lambda db, now=now: store.touch(db, session_id, now, settings)) is alive


async def test_the_page_lists_the_sessions_of_the_person_alone(known: Door) -> None:
    gabrielle, _ = await known.add(newcomer(**GABRIELLE))
    await known.enrol(gabrielle, "gabrielle.capanelli")
    async with known.browser() as browser, known.browser(agent=PHONE) as phone, known.browser(agent="") as other:
        await known.sign_in(browser, "inaya.michel", MOBILE)
        await known.sign_in(phone, "inaya.michel", MOBILE)
        await known.sign_in(other, "gabrielle.capanelli", "+33639980001")
        assert await inside(known, browser)
        assert "Firefox sur Windows" in browser.text
        assert "Safari sur iPhone" in browser.text
        assert "Appareil inconnu" not in browser.text
        assert browser.text.count("Cet appareil") == 1


async def test_a_person_stops_one_session_from_another(known: Door) -> None:
    async with known.browser() as browser, known.browser(agent=PHONE) as phone:
        await known.sign_in(browser, "inaya.michel", MOBILE)
        await known.sign_in(phone, "inaya.michel", MOBILE)
        await inside(known, browser)
        (other,) = set(re.findall(r'value="(ses_\w+)"', browser.page.text)) - {await _own(known, browser)}
        await browser.send("/account/sessions", stop=other)
        assert "La connexion est arrêtée" in browser.text
        assert not await inside(known, phone)
        assert await inside(known, browser)
        await browser.send("/account/sessions", stop=other)
        assert "déjà arrêtée" in browser.text
    lines = await known.read(lambda db: journal.page(db, known.inaya.id))
    assert (lines[0].entry.action, lines[0].entry.because) == ("session.stopped", "stopped")


async def test_a_person_stops_everything_but_this(known: Door) -> None:
    async with known.browser() as browser, known.browser(agent=PHONE) as phone, known.browser() as third:
        for one in (browser, phone, third):
            await known.sign_in(one, "inaya.michel", MOBILE)
        await inside(known, browser)
        await browser.send("/account/sessions", stop="others")
        assert await inside(known, browser)
        assert not await inside(known, phone)
        assert not await inside(known, third)
        assert "Tout arrêter" not in browser.text


async def test_stopping_this_one_signs_out(known: Door) -> None:
    async with known.browser() as browser:
        await known.sign_in(browser, "inaya.michel", MOBILE)
        await inside(known, browser)
        await browser.send("/account/sessions", stop=await _own(known, browser))
        assert "session" not in browser.http.cookies
        assert await living(known) == []


async def test_nobody_stops_the_session_of_another(known: Door) -> None:
    gabrielle, _ = await known.add(newcomer(**GABRIELLE))
    await known.enrol(gabrielle, "gabrielle.capanelli")
    async with known.browser() as browser, known.browser() as other:
        await known.sign_in(browser, "inaya.michel", MOBILE)
        await known.sign_in(other, "gabrielle.capanelli", "+33639980001")
        await inside(known, other)
        await other.send("/account/sessions", stop=(await living(known))[0])
        answer = await browser.http.post("/account/sessions", data={"stop": "others"})
        assert answer.status_code == 403  # nor does a form that is not ours
        assert await inside(known, browser)


async def test_what_lives_with_a_session_ends_with_it(known: Door) -> None:
    async with known.browser() as browser:
        await known.sign_in(browser, "inaya.michel", MOBILE)
        session = await sessions.current(known.scene, request_with(f"session={browser.http.cookies['session']}"))
        assert session
        who = Authentication(session.id, session.auth_time, session.acr, session.amr)
        now = known.ground.clock.now()
        family = Family(
            "fam_1", "portal", known.inaya.id, "grt_1", "online", frozenset(), (), who, now, now + timedelta(hours=9)
        )
        await known.work(lambda db: families.save(db, family))
        response = Response()
        await sessions.end_current(known.scene, request_with(f"session={browser.http.cookies['session']}"), response)
        assert 'session=""' in response.headers["set-cookie"]
        assert not await inside(known, browser)
    ended = await known.read(lambda db: families.find(db, "fam_1"))
    assert ended.ended_because == "signed_out"


async def test_a_device_never_seen_before_is_told_and_a_known_one_is_not(known: Door) -> None:
    async with known.browser() as browser:
        await known.sign_in(browser, "inaya.michel", MOBILE)
        await known.post()
        assert len(known.mailbox.to(ADDRESS, "new_sign_in")) == 1
        assert "Firefox sur Windows" in known.mailbox.to(ADDRESS, "new_sign_in")[0]["text"]
        browser.http.cookies.delete("session")
        await known.sign_in(browser, "inaya.michel", MOBILE)
        await known.post()
        assert len(known.mailbox.to(ADDRESS, "new_sign_in")) == 1
    async with known.browser(agent=PHONE) as phone:
        phone.http.cookies.set("device", "dc_planted-by-somebody-else-planted-by-somebody")
        await known.sign_in(phone, "inaya.michel", MOBILE)
        await known.post()
    assert len(known.mailbox.to(ADDRESS, "new_sign_in")) == 2


async def test_cookies_are_plain_on_loopback(known: Door) -> None:
    async with known.browser() as browser:
        made = await _cookies(known, browser)
    assert made.keys() == {"csrf", "signin", "session", "device"}
    assert not any(one["secure"] for one in made.values())
    assert all(one["httponly"] and one["samesite"] == "lax" and one["path"] == "/" for one in made.values())


async def test_cookies_carry_the_host_prefix_by_tls(ground: Ground) -> None:
    issuer = "https://espace.example"
    csrf = Csrf(ground.vault.key("csrf"), issuer)
    pages = Pages(ROOT / "templates", ROOT / "static", csrf=csrf)
    door = await doors.build(dataclasses.replace(ground, issuer=issuer, csrf=csrf, pages=pages))
    await door.enrol(door.inaya, "inaya.michel")
    async with door.browser() as browser:
        made = await _cookies(door, browser)
    assert made.keys() == {"__Host-csrf", "__Host-signin", "__Host-session", "__Host-device"}
    for one in made.values():
        assert one["secure"]
        assert one["httponly"]
        assert one["samesite"] == "lax"
        assert one["path"] == "/"
        assert not one["domain"]
    assert not made["__Host-session"]["max-age"]
    assert int(made["__Host-device"]["max-age"]) == 390 * 24 * 3600


async def test_what_is_over_is_purged_a_bounded_number_at_a_time(known: Door) -> None:
    for _ in range(3):
        async with known.browser() as browser:
            await known.sign_in(browser, "inaya.michel", MOBILE)
    now = known.ground.clock.now()
    assert await known.work(lambda db: store.purge(db, now + timedelta(hours=13), 100)) == 0
    assert await known.work(lambda db: store.purge(db, now + timedelta(days=2), 2)) == 2
    assert await known.work(lambda db: store.purge(db, now + timedelta(days=400), 100)) == 4  # a session, three devices


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (PHONE, "Safari sur iPhone"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge sur Windows",
        ),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome sur Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox sur Linux"),
        ("curl/8.5", device.UNKNOWN),
        ("<script>alert(1)</script>", device.UNKNOWN),
    ],
)
def test_a_browser_is_named_as_a_person_would(agent: str, words: str) -> None:
    assert device.words(agent) == words


async def _own(door: Door, browser: Browser) -> str:
    session = await sessions.current(door.scene, request_with(f"session={browser.http.cookies['session']}"))
    assert session
    return session.id


async def _cookies(door: Door, browser: Browser) -> dict[str, SimpleCookie]:
    """Every cookie set on the way to a session, as the server wrote it."""
    made: dict[str, SimpleCookie] = {}

    async def note(response: httpx2.Response) -> None:
        for line in response.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel.value:
                    made[name] = morsel  # type: ignore[assignment]

    browser.http.event_hooks["response"].append(note)
    await door.sign_in(browser, "inaya.michel", MOBILE)
    return made
