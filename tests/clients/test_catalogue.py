"""R154, R155, R157: who is in the catalogue, for people and for programs."""

from dataclasses import replace

import pytest

from clients import store
from clients.records import Status

JSON = {"accept": "application/json"}


async def add(house, number: int, status: Status = Status.REFERENCED) -> None:
    def unit(db):
        model = store.find(db, "glucolink")
        store.add(db, replace(model, client_id=f"z{number:03}", name=f"App {number}", status=status), house.clock.now())

    await house.database.work(unit)


async def read(house, url="/catalogue", **query):
    return (await house.client.get(url, params=query or None, headers=JSON)).json()


@pytest.mark.rule("R157")
async def test_thirty_apps_are_read_a_page_at_a_time_each_once(house):
    for number in range(30):
        await add(house, number)
    seen, url = [], "/catalogue?limit=7"
    while url:
        page = await read(house, url.removeprefix(house.issuer))
        assert len(page["apps"]) <= 7
        seen += [app["client_id"] for app in page["apps"]]
        url = page["next"]
    assert len(seen) == len(set(seen))
    assert {f"z{number:03}" for number in range(30)} <= set(seen)


@pytest.mark.rule("R154")
@pytest.mark.parametrize("status", [Status.CANDIDATE, Status.SUSPENDED, Status.DELISTED])
async def test_an_app_that_is_not_referenced_is_not_shown(house, status):
    await add(house, 1, status)
    assert "z001" not in {app["client_id"] for app in (await read(house, limit=100))["apps"]}


@pytest.mark.rule("R155")
async def test_a_listed_app_is_a_link_without_exchange(house):
    await add(house, 1, Status.LISTED)
    shown = next(app for app in (await read(house, limit=100))["apps"] if app["client_id"] == "z001")
    assert shown["exchanges"] is False
    assert shown["consents"] == []


async def test_our_own_portal_is_no_app_of_the_catalogue(house):
    assert "portal" not in {app["client_id"] for app in (await read(house, limit=100))["apps"]}


async def test_people_read_a_page_and_go_on_to_the_next(house):
    for number in range(25):
        await add(house, number)
    browser = house.browser()
    page = await browser.get("/catalogue")
    assert page.status == 200
    assert "GlucoLink" in page.text
    (more,) = [href for href, words in page.links if href.startswith("/catalogue?after=")]
    page = await browser.get(more)
    assert "App 24" in page.text
    assert any(href == "/catalogue" for href, _ in page.links)


async def test_past_the_end_the_page_says_so_and_leads_back(house):
    page = await house.browser().get("/catalogue?after=zzzz")
    assert "Aucune application" in page.text
    assert any(href == "/catalogue" for href, _ in page.links)


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"after": "a" * 200}])
async def test_a_bad_page_is_told(house, query):
    response = await house.client.get("/catalogue", params=query, headers=JSON)
    assert response.status_code == 400
    assert response.json()["code"] == "invalid_request"
