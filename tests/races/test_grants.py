"""An agreement moves one step at a time, whoever pushes."""

import asyncio
from collections import Counter

import httpx2

from consent.tables import grants, versions
from idp.tokens.tables import codes
from tests.browser import Browser, Page
from tests.house import Home
from tests.races.crowd import MANY, Crowd, statuses


async def test_of_fifty_requests_for_a_pairing_one_makes_it_and_the_others_find_it(
    crowd: Crowd, browser: Browser
) -> None:
    tokens = await crowd.app().obtain(browser, scope="openid offline_access pairing")
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    wanted = {"redirect_uri": crowd.app().redirect_uri, "state": "s1"}

    async def ask(number: int, home: Home) -> httpx2.Response:
        return await home.client.post("/pairings", json=wanted, headers=headers)

    replies = await crowd.together(ask)
    answered = [one for one in replies if one.status_code != 429]
    assert len(answered) >= min(MANY, 30 * len(crowd.homes))
    assert statuses(answered) == {201: 1, 200: len(answered) - 1}
    assert len({one.json()["pairing_id"] for one in answered}) == 1
    assert await crowd.rows(grants, client_id="bench") == 1
    assert await crowd.lines("pairing.created", client_id="bench") == 1
    assert await crowd.whole()


async def test_fifty_clicks_on_allow_lead_back_with_one_code(crowd: Crowd, browser: Browser) -> None:
    """One of them decides; the others, of the same session, are led where it was."""
    app = crowd.app()
    page = await app.ask(browser)
    twins = [await crowd.twin(browser, n) for n in range(len(crowd.homes))]

    async def click(number: int, home: Home) -> Page:
        choice = {"decision": "allow", "scope": ["profile", "email"]}
        return await twins[number % len(twins)].submit(page, choice, follow=False)

    replies = await crowd.together(click)
    assert statuses(replies) == {303: 50}
    assert len({one.location for one in replies}) == 1
    assert "code=" in replies[0].location
    assert await crowd.rows(codes, client_id="bench") == 1
    assert await crowd.rows(grants, client_id="bench") == 1
    assert await crowd.lines("grant.opened", client_id="bench") == 1
    assert await crowd.whole()


async def test_a_double_click_on_the_consents_page_leads_back_to_the_app_all_the_same(
    crowd: Crowd, browser: Browser
) -> None:
    app = crowd.app()
    tokens = await app.obtain(browser, scope="openid offline_access pairing")
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    made = (await crowd.first.client.post("/pairings", json={"redirect_uri": app.redirect_uri}, headers=headers)).json()
    page = await browser.get(f"/pairings/{made['pairing_id']}/consents")
    twins = [await crowd.twin(browser, n) for n in range(len(crowd.homes))]

    async def click(number: int, home: Home) -> Page:
        choice = {"decision": "allow", "consent": ["measures:read"], "duration": "P3M"}
        return await twins[number % len(twins)].submit(page, choice, follow=False)

    replies = await crowd.together(click, 4)
    assert statuses(replies) == {303: 4}
    assert all(app.answer(one)["status"] == "active" for one in replies)
    assert await crowd.whole()


async def test_the_person_and_the_app_end_the_same_link_at_the_same_time(crowd: Crowd, browser: Browser) -> None:
    """It ends once, by one of them; both are told that it is over."""
    for turn in range(4):
        tokens = await crowd.app().obtain(browser, scope="openid offline_access pairing")
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        wanted = {"redirect_uri": crowd.app().redirect_uri}
        made = (await crowd.first.client.post("/pairings", json=wanted, headers=headers)).json()
        page = await browser.get(f"/pairings/{made['pairing_id']}/consents")
        await browser.submit(page, {"decision": "allow", "consent": ["measures:read"], "duration": "P3M"})
        person = await crowd.twin(browser, turn)
        page = await person.get(f"/espace/applications/{made['grant_id']}/arreter")
        app = crowd.homes[(turn + 1) % len(crowd.homes)].client
        stopped, unpaired = await asyncio.gather(
            person.submit(page, form=page.form(action="/arreter")),
            app.delete(f"/pairings/{made['pairing_id']}", headers=headers),
        )
        assert (stopped.status, stopped.path.rpartition("/")[2]) == (200, "arretee"), stopped.text
        assert unpaired.status_code == 204, unpaired.text
        assert await crowd.rows(versions, grant_id=made["grant_id"], status="ended") == 1
    assert await crowd.lines("grant.ended", client_id="bench") == 4
    assert await crowd.whole()


async def test_of_fifty_pauses_of_one_agreement_one_counts(crowd: Crowd, browser: Browser) -> None:
    """The page shows a version; the others are told that it changed meanwhile, and nothing is done twice."""
    tokens = await crowd.linked(browser)
    page = await browser.get(f"/espace/applications/{tokens['grant_id']}")
    form = page.form(action="/suspendre")
    twins = [await crowd.twin(browser, n) for n in range(len(crowd.homes))]

    async def pause(number: int, home: Home) -> int:
        return (await twins[number % len(twins)].submit(page, form=form, follow=False)).status

    found = Counter(await crowd.together(pause, 20))
    assert found[303] == 1, found
    assert await crowd.rows(versions, grant_id=tokens["grant_id"], status="paused") == 1
    assert await crowd.lines("grant.paused", client_id="bench") == 1
    assert await crowd.whole()
