"""The demo's clock: it moves when told to, forward, and not beyond reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kit.clock import DemoClock
from tests.sandbox.browser import Browser, text_of

JSON = {"accept": "application/json"}


async def _post(browser: Browser, body: Any, **headers: str) -> Any:
    return await browser.http.post("/sandbox/clock", json=body, headers=headers)


async def test_it_tells_the_time_and_moves_by_calendar_periods(browser: Browser, demo_clock: DemoClock) -> None:
    before = datetime.fromisoformat((await browser.http.get("/sandbox/clock", headers=JSON)).json()["now"])
    answer = await _post(browser, {"advance": "P41D"})
    assert answer.status_code == 200
    after = datetime.fromisoformat(answer.json()["now"])
    assert timedelta(0) <= after - before - timedelta(days=41) < timedelta(seconds=5)
    assert demo_clock.offset > timedelta(days=40, hours=23)


async def test_it_stays_there_after_a_restart(browser: Browser, demo_clock: DemoClock) -> None:
    await _post(browser, {"advance": "P3M"})
    again = DemoClock(demo_clock._file)
    assert abs(again.now() - demo_clock.now()) < timedelta(seconds=1)


@pytest.mark.parametrize(
    "body",
    [
        {"advance": "-P1D"},
        {"advance": "P-1D"},
        {"advance": ""},
        {"advance": "P"},
        {"advance": "PT"},
        {"advance": "41"},
        {"advance": "P41D "},
        {"advance": "P1.5D"},
        {"advance": "P9999Y"},
        {"advance": "P200Y"},
        {"advance": "P999999D"},
        {"advance": 41},
        {"advance": None},
        {"to": "2030-01-01"},
        {"advance": "P1D", "to": "1999-01-01"},
        {},
        [],
        "P41D",
    ],
)
async def test_rubbish_leaves_it_where_it_is(browser: Browser, demo_clock: DemoClock, body: Any) -> None:
    answer = await _post(browser, body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in {"invalid_duration", "invalid_request"}
    assert demo_clock.offset == timedelta(0)


async def test_it_does_not_go_beyond_the_century_even_by_small_steps(browser: Browser, demo_clock: DemoClock) -> None:
    demo_clock.move_to(datetime(2099, 12, 1, tzinfo=UTC))
    assert (await _post(browser, {"advance": "P1M"})).status_code == 422
    assert demo_clock.now().year == 2099


async def test_another_site_cannot_move_it(browser: Browser, demo_clock: DemoClock) -> None:
    assert (await _post(browser, {"advance": "P1D"}, origin="https://evil.example")).status_code == 403
    plain = await browser.http.post(
        "/sandbox/clock", content=b'{"advance":"P1D"}', headers={"content-type": "text/plain"}
    )
    assert plain.status_code == 415
    form = await browser.http.post("/sandbox/clock", data={"advance": "P1D"})
    assert form.status_code == 403
    assert demo_clock.offset == timedelta(0)


async def test_a_person_moves_it_on_a_page(browser: Browser, demo_clock: DemoClock) -> None:
    page = await browser.get("/sandbox/clock")
    assert "Il ne recule jamais" in text_of(page)
    moved = await browser.submit(page, "/sandbox/clock", advance="p1m")
    assert (moved.status_code, moved.headers["location"]) == (303, "/sandbox/clock")
    assert demo_clock.offset > timedelta(days=27)
    refused = await browser.submit(await browser.get("/sandbox/clock"), "/sandbox/clock", advance="hier")
    assert refused.status_code == 422
    assert "Écrivez une durée" in text_of(refused)
