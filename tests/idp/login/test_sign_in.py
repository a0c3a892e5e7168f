"""Signing in: a password, then a one-time code at each connection (R030)."""

from datetime import timedelta

import pytest

from consent import journal
from idp.accounts import store as accounts
from idp.accounts.hashing import hasher_of
from idp.login.pages.password import WRONG
from idp.sessions import store as sessions
from idp.settings import IdpSettings
from kit.ground import Ground
from tests.idp import door as doors
from tests.idp.door import PASSWORD, Browser, Door, newcomer

ADDRESS = "inaya.michel@example.org"
MOBILE = "+33639980002"


@pytest.fixture
async def open_door(door: Door) -> Door:
    """Inaya has an account; she can be reached by text message and by e-mail."""
    await door.enrol(door.inaya, "inaya.michel")
    return door


async def password(browser: Browser, secret: str = PASSWORD, identifier: str = "inaya.michel") -> None:
    """The first page."""
    await browser.get("/signin")
    await browser.send(identifier=identifier, password=secret)


async def session_of(door: Door, browser: Browser) -> list[str]:
    """The sessions of Inaya that live."""
    idle, now = door.scene.settings.session_idle, door.ground.clock.now()
    return [one.id for one in await door.read(lambda db: sessions.of_person(db, door.inaya.id, idle, now))]


@pytest.mark.rule("R030", "R031")
async def test_a_password_and_then_a_code_open_a_session(open_door: Door) -> None:
    door = open_door
    async with door.browser() as browser:
        await password(browser)
        assert browser.path == "/signin/code"
        assert "06 •• •• •• 02" in browser.text
        assert "session" not in browser.http.cookies  # the password alone opens nothing
        assert await session_of(door, browser) == []
        await door.post()
        await browser.send(code=door.mailbox.code(MOBILE))
        assert browser.path == "/espace/"
        (session_id,) = await session_of(door, browser)
    session = await door.read(lambda db: sessions.find(db, session_id))
    assert session.acr == door.scene.settings.acr_password_otp
    assert session.amr == ("pwd", "otp", "mfa", "sms")
    assert session.auth_time == door.ground.clock.now()
    assert session.device == "Firefox sur Windows"
    assert (await door.read(lambda db: accounts.find(db, door.inaya.id))).mobile_verified_at is not None
    lines = await door.read(lambda db: journal.page(db, door.inaya.id))
    assert (lines[0].entry.action, lines[0].entry.address_hint) == ("session.started", "192.0.2.x")


async def test_the_code_may_come_by_email_instead(open_door: Door) -> None:
    door = open_door
    async with door.browser() as browser:
        await password(browser)
        door.ground.clock.advance(timedelta(seconds=30))  # type: ignore[attr-defined]
        csrf = browser.form()[1]["csrf"]
        await browser.http.post("/signin/code/send", data={"csrf": csrf, "channel": "email"})
        await browser.get("/signin/code")
        assert "i•••@example.org" in browser.text
        await door.post()
        await browser.send(code=door.mailbox.code(ADDRESS))
        assert browser.path == "/espace/"
        (session_id,) = await session_of(door, browser)
    assert (await door.read(lambda db: sessions.find(db, session_id))).amr == ("pwd", "otp", "mfa")


async def test_without_a_mobile_the_code_comes_by_email(door: Door) -> None:
    person, _ = await door.add(newcomer(nir="201067599904316", mobile=None, email="nadia@example.org"))
    await door.enrol(person, "nadia.neuve")
    async with door.browser() as browser:
        await password(browser, identifier="nadia.neuve")
        assert "n•••@example.org" in browser.text
        assert "par SMS" not in browser.text


async def test_without_any_address_one_is_told_whom_to_call(door: Door) -> None:
    person, _ = await door.add(newcomer(nir="201067599904316", mobile=None, email=None))
    await door.enrol(person, "nadia.neuve")
    async with door.browser() as browser:
        await password(browser, identifier="nadia.neuve")
        assert browser.page.status_code == 403
        assert "3422" in browser.text


async def test_capitals_of_the_identifier_do_not_matter(open_door: Door) -> None:
    async with open_door.browser() as browser:
        await password(browser, identifier=" Inaya.MICHEL ")
        assert browser.path == "/signin/code"


@pytest.mark.parametrize(("identifier", "secret"), [("", PASSWORD), ("inaya.michel", "")])
async def test_an_empty_field_is_asked_for(open_door: Door, identifier: str, secret: str) -> None:
    async with open_door.browser() as browser:
        await password(browser, secret, identifier)
        assert browser.page.status_code == 422
        assert WRONG not in browser.text


async def test_an_unknown_identifier_and_a_wrong_password_cannot_be_told_apart(open_door: Door) -> None:
    """Same status, same page to the letter, same queries, same number of argon2 verifications."""
    hasher = hasher_of(open_door.scene.settings)
    seen = set()
    for identifier, secret in (
        ("inaya.michel", "Espace-Sante-2027!"),
        ("nobody.at.all", PASSWORD),
        ("x" * 3000, PASSWORD),
        ("inaya.michel", "x" * 3000),
        ("inaya@example.org", PASSWORD),
    ):
        async with open_door.browser() as browser:
            before = hasher.verifications
            await password(browser, secret, identifier)
            page = browser.page.text.partition("<main")[2]
            page = page.replace(browser.form()[1]["csrf"], "").replace(identifier, "")
            seen.add((browser.page.status_code, hasher.verifications - before, page))
            assert WRONG in browser.text
            assert "signin" not in browser.http.cookies
    assert len(seen) == 1


async def test_a_locked_account_is_told_so_only_with_its_password(open_door: Door) -> None:
    await open_door.work(lambda db: db.exec_driver_sql("UPDATE idp_accounts SET status = 'locked'"))
    async with open_door.browser() as browser:
        await password(browser, "Espace-Sante-2027!")
        assert WRONG in browser.text
        await password(browser)
        assert browser.page.status_code == 403
        assert "bloqué" in browser.text


async def test_an_account_locked_between_the_two_proofs_opens_nothing(open_door: Door) -> None:
    door = open_door
    async with door.browser() as browser:
        await password(browser)
        await door.post()
        await door.work(lambda db: db.exec_driver_sql("UPDATE idp_accounts SET status = 'locked'"))
        await browser.send(code=door.mailbox.code(MOBILE))
        assert browser.page.status_code == 403
        assert "session" not in browser.http.cookies


async def test_ten_failures_close_an_identifier_for_strangers_but_not_for_its_owner(open_door: Door) -> None:
    door = open_door
    async with door.browser() as owner:
        await door.sign_in(owner, "inaya.michel", MOBILE)  # this device is hers from now on
        owner.http.cookies.delete("session")
        for number in range(10):
            async with door.browser(address=f"198.51.100.{number}") as thief:
                await password(thief, f"Guess-{number}-2026")
                assert thief.page.status_code == 422
        async with door.browser(address="198.51.100.99") as stranger:
            await password(stranger)
            assert stranger.page.status_code == 429
            assert int(stranger.page.headers["retry-after"]) > 0
        await password(owner)
        assert owner.path == "/signin/code"


async def test_an_unknown_identifier_is_throttled_just_the_same(open_door: Door) -> None:
    async with open_door.browser() as browser:
        for _ in range(10):
            await password(browser, identifier="nobody.at.all")
        await password(browser, identifier="nobody.at.all")
        assert browser.page.status_code == 429


async def test_one_address_cannot_try_everybody(open_door: Door) -> None:
    async with open_door.browser() as browser:
        for number in range(60):
            await browser.get("/signin") if not number else None
            await browser.send(identifier=f"somebody{number:03d}", password=PASSWORD)
        await browser.send(identifier="inaya.michel", password=PASSWORD)
        assert browser.page.status_code == 429


async def test_right_passwords_are_not_counted(open_door: Door) -> None:
    door = open_door
    async with door.browser() as browser:
        for _ in range(12):
            await door.sign_in(browser, "inaya.michel", MOBILE)
            assert browser.path == "/espace/"
            door.mailbox.letters.clear()
            browser.http.cookies.clear()


async def test_a_password_kept_under_older_parameters_is_kept_anew(ground: Ground) -> None:
    door = await doors.build(ground)
    await door.enrol(door.inaya, "inaya.michel")
    former = (await door.read(lambda db: accounts.account(db, door.inaya.id))).password_hash
    stronger = await _stronger(door)
    async with stronger.browser() as browser:
        await password(browser)
        assert browser.path == "/signin/code"
    kept = (await door.read(lambda db: accounts.account(db, door.inaya.id))).password_hash
    assert kept != former
    assert "m=128" in kept
    async with stronger.browser() as browser:
        await password(browser)
        assert browser.path == "/signin/code"


async def _stronger(door: Door) -> Door:
    """The same house, its hashing parameters raised."""
    settings = IdpSettings(argon2_memory_kib=128, argon2_time=1)
    return await doors.serve(door.ground, settings, door.mailbox)


async def test_a_form_that_is_not_ours_signs_nobody_in(open_door: Door) -> None:
    """Login CSRF: another site cannot sign a person in as somebody else."""
    async with open_door.browser() as browser:
        await browser.get("/signin")
        csrf = browser.form()[1]["csrf"]
        filled = {"identifier": "inaya.michel", "password": PASSWORD}
        for sent, headers in (
            (filled, {}),
            (filled | {"csrf": "guess"}, {}),
            (filled | {"csrf": csrf}, {"origin": "https://evil.example"}),
            (filled | {"csrf": csrf}, {"sec-fetch-site": "cross-site"}),
        ):
            answer = await browser.http.post("/signin", data=sent, headers=headers)
            assert answer.status_code == 403
        assert "signin" not in browser.http.cookies


async def test_the_page_helps_password_managers_and_runs_nothing(open_door: Door) -> None:
    async with open_door.browser() as browser:
        await browser.get("/signin")
        assert 'autocomplete="username"' in browser.page.text
        assert 'autocomplete="current-password"' in browser.page.text
        assert "onpaste" not in browser.page.text
        await browser.send(identifier="inaya.michel", password=PASSWORD)
        assert 'autocomplete="one-time-code"' in browser.page.text
        assert 'inputmode="numeric"' in browser.page.text
        assert browser.page.headers["cache-control"] == "no-store"
