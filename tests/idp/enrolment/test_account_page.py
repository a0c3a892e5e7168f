"""The page of contacts, identifier and password: what it refuses, field by field (R026 to R029)."""

import pytest

from idp.accounts import contacts, identifiers, passwords
from idp.accounts import store as accounts
from tests.idp.door import GABRIELLE, PASSWORD, Door, newcomer
from tests.idp.enrolment.steps import ADDRESS, CHOSEN, accept, identify, walk


@pytest.mark.rule("R026")
async def test_an_empty_email_is_refused_and_a_missing_mobile_accepted(door: Door) -> None:
    async with door.browser() as browser:
        await walk(door, browser, email="", mobile="")
        assert browser.page.status_code == 422
        assert contacts.MISSING_EMAIL in browser.text
        await browser.send(**(CHOSEN | {"mobile": ""}))
        assert browser.path == "/signin/code"
    person = await door.read(lambda db: accounts.find(db, door.inaya.id))
    assert (person.email, person.mobile) == (ADDRESS, None)


@pytest.mark.rule("R026")
async def test_the_contacts_of_the_insurance_may_be_changed(door: Door) -> None:
    async with door.browser() as browser:
        await walk(door, browser, email="inaya@Nouveau.example", mobile="07 56 78 90 12")
        assert browser.path == "/signin/code"
        await door.post()
        await browser.send(code=door.mailbox.code("inaya@nouveau.example"))
        assert browser.path == "/espace/"
    assert door.mailbox.to(ADDRESS) == []
    person = await door.read(lambda db: accounts.find(db, door.inaya.id))
    assert (person.email, person.mobile) == ("inaya@nouveau.example", "+33756789012")
    assert (person.email_verified_at is not None, person.mobile_verified_at) == (True, None)


@pytest.mark.rule("R027", "R028", "R029")
@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"identifier": "inaya.m"}, "identifier", identifiers.TOO_SHORT),
        ({"identifier": "inaya@example.org"}, "identifier", identifiers.AN_EMAIL),
        ({"identifier": ""}, "identifier", identifiers.MISSING),
        ({"email": "inaya"}, "email", contacts.WRONG_EMAIL),
        ({"mobile": "01 23"}, "mobile", contacts.WRONG_MOBILE),
        ({"password": "espace-sante-2026!"}, "password", passwords.NO_UPPER),
        ({"password": "ESPACE-SANTE-2026!"}, "password", passwords.NO_LOWER),
        ({"password": "Espace-Sante-Deux!"}, "password", passwords.NO_DIGIT),
        ({"password": "EspaceSante2026"}, "password", passwords.NO_SPECIAL),
        ({"password": "Aa1!xyz"}, "password", passwords.TOO_SHORT),
        ({"password": "Inaya.Michel-2026"}, "password", passwords.HOLDS_IDENTIFIER),
        ({"password": "P@ssw0rd"}, "password", passwords.TOO_COMMON),
        ({"password_confirmation": PASSWORD + "x"}, "password_confirmation", passwords.NOT_THE_SAME),
        ({"password_confirmation": ""}, "password_confirmation", passwords.MISSING_AGAIN),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(door: Door, wrong: dict[str, str], field: str, words: str) -> None:
    if "password" in wrong:
        wrong = wrong | {"password_confirmation": wrong["password"]}
    async with door.browser() as browser:
        await walk(door, browser, **wrong)
        assert (browser.path, browser.page.status_code) == ("/activation/compte", 422)
        assert words in browser.text
        assert f'href="#{field}"' in browser.page.text
        assert browser.page.text.count('aria-invalid="true"') == 1
        assert PASSWORD not in browser.page.text  # a password is never sent back
        assert wrong.get("password", "nothing") not in browser.page.text
        await browser.send(**CHOSEN)
        assert browser.path == "/signin/code"


async def test_everything_wrong_is_said_at_once(door: Door) -> None:
    async with door.browser() as browser:
        await walk(door, browser, email="x", mobile="x", identifier="x", password="x", password_confirmation="y")
        assert browser.page.text.count('aria-invalid="true"') == 5


async def test_nul_is_refused(door: Door) -> None:
    async with door.browser() as browser:
        await walk(door, browser, password="Espace-Sante-2026!\0")
        assert browser.page.status_code == 400
    assert await door.read(lambda db: accounts.account(db, door.inaya.id)) is None


async def test_an_identifier_that_is_taken_says_only_that_it_is_not_free(door: Door) -> None:
    gabrielle, _ = await door.add(newcomer(**GABRIELLE))
    await door.enrol(gabrielle, "Inaya.Michel")
    async with door.browser() as browser:
        await walk(door, browser)
        assert browser.page.status_code == 409
        assert identifiers.TAKEN in browser.text
        await browser.send(**(CHOSEN | {"identifier": "inaya.michel2"}))
        assert browser.path == "/signin/code"


async def test_a_form_that_is_not_ours_is_refused_at_each_step(door: Door) -> None:
    async with door.browser() as browser:
        await identify(door, browser)
        await accept(browser)
        for path in ("/activation", "/activation/decision", "/activation/compte", "/activation/adresse"):
            for sent in ({}, {"csrf": "x"}):
                answer = await browser.http.post(path, data=CHOSEN | sent)
                assert (path, answer.status_code) == (path, 403)
    assert await door.read(lambda db: accounts.account(db, door.inaya.id)) is None


async def test_an_email_written_wrong_can_be_corrected_by_the_same_browser(door: Door) -> None:
    async with door.browser() as browser:
        await walk(door, browser, email="inaya.michle@example.org")
        await browser.get("/activation/adresse")
        assert browser.form("/activation/adresse")[1]["email"] == "inaya.michle@example.org"
        await browser.send(email=ADDRESS)
        assert browser.page.status_code == 429  # a code has just left: not two at once
        door.ground.clock.advance(door.scene.settings.otp_resend)  # type: ignore[attr-defined]
        await browser.send(email=ADDRESS)
        assert browser.path == "/signin/code"
        assert "i•••@example.org" in browser.text
        await door.post()
        await browser.send(code=door.mailbox.code(ADDRESS))
        assert browser.path == "/espace/"
        await browser.get("/activation/adresse")
        assert browser.path != "/activation/adresse"
    person = await door.read(lambda db: accounts.find(db, door.inaya.id))
    assert person.email == ADDRESS
    assert person.email_verified_at is not None


async def test_no_other_browser_can_correct_that_address(door: Door) -> None:
    async with door.browser() as browser, door.browser() as other:
        await walk(door, browser)
        await other.get("/signin")
        csrf = other.form()[1]["csrf"]
        answer = await other.http.post("/activation/adresse", data={"csrf": csrf, "email": "thief@example.org"})
        assert answer.status_code == 303
    assert (await door.read(lambda db: accounts.find(db, door.inaya.id))).email == ADDRESS
