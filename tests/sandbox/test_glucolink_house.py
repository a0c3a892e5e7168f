"""The reader app and the real provider: linked, sending, stopped, refused."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from sandbox.courier import Courier
from sandbox.glucolink import fresh_sample
from sandbox.glucolink.app import GlucoLink
from sandbox.glucolink.job import Progress
from sandbox.glucolink.settings import HOME
from sandbox.glucolink.trouble import Refused
from sandbox.scene import Scene
from sandbox.walker import Lost, forms_of
from tests.browser import Browser, Page
from tests.house import Home

BOTH = ["measures:read", "measures:write"]


async def _link(
    house: Home, consents: list[str], way: str = "two_steps", decision: str = "allow"
) -> tuple[Browser, Page]:
    """Gabrielle links the reader app; gives her browser and the page at the end."""
    browser = house.browser()
    page = await browser.get(f"{HOME}/")
    page = await browser.submit(page, {"way": way})
    page = await house.through(browser, page, house.person("gabrielle"))
    if way == "two_steps":
        page = await browser.submit(page, {"decision": "allow"})
    chosen: dict[str, Any] = {"consent": consents, "duration": "P3M"} if decision == "allow" else {}
    return browser, await browser.submit(page, {"decision": decision, **chosen})


async def _send_example(house: Home, browser: Browser) -> Page:
    page = await browser.get(f"{HOME}/")
    page = await browser.submit(page, {"example": "yes"}, form=page.form("example"))
    await _app(house).uploads.idle()
    return await browser.get(page.path)


def _app(house: Home) -> GlucoLink:
    scene = house.house.annex.scene
    assert isinstance(scene, Scene)
    return scene.glucolink


async def _figures(browser: Browser, page: Page) -> dict[str, Any]:
    found: dict[str, Any] = (await browser.client.get(f"{page.path}.json")).json()
    return found


@pytest.mark.rule("R159")
@pytest.mark.rule("R161")
@pytest.mark.parametrize("way", ["two_steps", "one_step"])
async def test_it_links_and_sends_the_example(house: Home, way: str) -> None:
    browser, page = await _link(house, BOTH, way)
    assert "Vous êtes relié à Mon espace" in page.text
    report = await _send_example(house, browser)
    figures = await _figures(browser, report)
    assert figures["added"] == figures["total"] > 1344
    assert (figures["refused"], figures["unread"]) == (0, 0)
    again = await _figures(browser, await _send_example(house, browser))
    assert (again["added"], again["known"]) == (0, figures["total"])


@pytest.mark.rule("R158")
async def test_before_the_consents_nothing_passes(house: Home) -> None:
    browser = house.browser()
    page = await browser.submit(await browser.get(f"{HOME}/"), {"way": "two_steps"})
    page = await house.through(browser, page, house.person("gabrielle"))
    await browser.submit(page, {"decision": "allow"})
    assert "Il reste une étape" in (await browser.get(f"{HOME}/")).text
    link = await _app(house).linking.link_of(browser.client.cookies["glucolink"])
    keeper = _app(house).uploads._keeper
    with pytest.raises(Refused) as refused:
        await keeper.call(
            link.id, "POST", f"{house.issuer}/dossier/fhir", json={"resourceType": "Bundle", "type": "transaction"}
        )
    assert (refused.value.status, refused.value.code) == (403, "pairing_required")


async def test_reading_alone_does_not_let_it_add(house: Home) -> None:
    browser, _ = await _link(house, ["measures:read"])
    report = await _send_example(house, browser)
    assert "GlucoLink n’a pas cet accord" in report.text


async def test_a_refusal_on_the_consents_page_comes_back_as_one(house: Home) -> None:
    browser, page = await _link(house, [], decision="refuse")
    assert "Vous avez refusé" in page.text
    assert "Vous avez refusé" in (await browser.get(f"{HOME}/")).text


async def test_unlinking_ends_the_agreement_for_the_person_too(house: Home) -> None:
    browser, _ = await _link(house, BOTH, "one_step")
    page = await browser.get(f"{HOME}/unlink")
    page = await browser.submit(page, form=page.form(action="/unlink"))
    assert "GlucoLink est déliée" in page.text
    page = await browser.submit(await browser.get(f"{HOME}/"), {"way": "two_steps"})
    assert page.form("decision"), "the provider asks anew"


@pytest.mark.rule("R156")
async def test_stopped_by_the_person_it_is_refused_at_once_and_says_so(house: Home) -> None:
    browser, _ = await _link(house, BOTH)
    await _send_example(house, browser)
    page = await browser.get("/espace/applications")
    for words in ("Arrêter", "Arrêter"):
        page = await _press(browser, page, words)
    report = await _send_example_or_home(house, browser)
    assert "Vous avez arrêté GlucoLink" in report.text


async def _press(browser: Browser, page: Page, words: str) -> Page:
    """Follow the link or press the button that says so, about the reader app."""
    links = [href for href, said in page.links if said.startswith(words)]
    if links:
        return await browser.get(links[0])
    stop = [form for form in page.forms if form.method == "post" and "signout" not in form.action]
    return await browser.submit(page, form=stop[-1])


async def _send_example_or_home(house: Home, browser: Browser) -> Page:
    page = await browser.get(f"{HOME}/")
    return await _send_example(house, browser) if any("example" in form.choices for form in page.forms) else page


async def test_a_terminal_walks_the_same_way(house: Home, tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes(fresh_sample.make(house.clock.now())[1])
    heard: list[int] = []

    async def told(progress: Progress) -> None:
        heard.append(progress.added + progress.known)

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(house.house.app)) as http:
        courier = await Courier.linked(house.card, "gabrielle", http, house.clock)
        progress = await courier.carry(file, None, told)
        assert progress.added == progress.total > 1344
        assert heard[0] == 0
        assert heard == sorted(heard)
        with pytest.raises(Lost, match="inaya has no identifier"):
            await Courier.linked(house.card, "inaya", http, house.clock)
        with pytest.raises(Lost, match="no person named"):
            await Courier.linked(house.card, "nobody", http, house.clock)


def test_the_reader_of_forms_knows_what_a_person_chooses() -> None:
    [form] = forms_of(
        '<form action="/a" method="post"><input type="hidden" name="csrf" value="c"><input name="code">'
        '<input type="checkbox" name="consent" value="measures:read"><input type="radio" name="duration" value="P3M">'
        '<button name="decision" value="allow">Oui</button><button type="button" name="no">x</button></form>'
    )
    assert (form.action, form.method) == ("/a", "post")
    assert form.fields == {"csrf": "c", "code": ""}
    assert form.boxes == {"consent": ["measures:read"]}
    assert form.radios == {"duration": ["P3M"]}
    assert form.buttons == {"decision": ["allow"]}
