"""The reader app sends what people give it, says how far it is, and says why something did not pass."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import httpx2
import pytest

from kit.clock import DemoClock
from kit.ground import Ground
from sandbox.glucolink import uploads as uploads_module
from sandbox.glucolink.app import GlucoLink
from sandbox.glucolink.records import UploadState
from sandbox.glucolink.settings import HOME
from sandbox.libreview.sample import sample
from sandbox.scene import Scene
from tests.sandbox.browser import Browser, text_of
from tests.sandbox.provider import StandIn
from tests.sandbox.test_glucolink_link import _link

HEADER = (
    "Données du glucose,Généré le,16-11-2026 08:30 UTC,Généré par,X\r\n"
    "Appareil,Numéro de série,Horodatage de l'appareil,Type d'enregistrement,Historique de la glycémie mg/dL,"
    "Numérisation de la glycémie mg/dL\r\n"
)


def _file(*values: int) -> bytes:
    """One reading a minute from noon of 21 January 2026 on."""
    start = datetime(2026, 1, 21, 12, tzinfo=UTC)
    lines = [
        f"Libre,S-1,{start + timedelta(minutes=nth):%d-%m-%Y %H:%M},0,{value},\r\n" for nth, value in enumerate(values)
    ]
    return (HEADER + "".join(lines)).encode()


async def _send(browser: Browser, body: bytes, name: str = "export.csv", **fields: str) -> httpx2.Response:
    home = await browser.get(f"{HOME}/")
    return await browser.submit(home, f"{HOME}/uploads", files={"file": (name, body, "text/csv")}, **fields)


async def _report(browser: Browser, scene: Scene, sent: httpx2.Response) -> httpx2.Response:
    assert sent.status_code == 303, text_of(sent)
    await scene.glucolink.uploads.idle()
    return await browser.get(sent.headers["location"])


async def test_a_file_is_sent_in_batches_of_500(browser: Browser, stand_in: StandIn, scene: Scene) -> None:
    await _link(browser, stand_in)
    page = await _report(browser, scene, await _send(browser, sample().encode("utf-8-sig")))
    words = text_of(page)
    assert "C’est envoyé" in words
    assert stand_in.bundles[:2] == [500, 500]
    sent = [mark for mark in stand_in.readings if mark.startswith("Observation/")]
    answer = (await browser.get(f"{page.url.path}.json")).json()
    assert answer["added"] == answer["total"] == len(sent) > 1344
    assert answer["percent"] == 100
    assert answer["aside"] > 0


async def test_the_same_file_again_adds_nothing(browser: Browser, stand_in: StandIn, scene: Scene) -> None:
    await _link(browser, stand_in)
    await _report(browser, scene, await _send(browser, _file(100, 110, 120)))
    page = await _report(browser, scene, await _send(browser, _file(100, 110, 120, 130)))
    figures = (await browser.get(f"{page.url.path}.json")).json()
    assert (figures["added"], figures["known"], figures["refused"]) == (1, 3, 0)


async def test_readings_that_the_provider_refuses_do_not_hold_back_the_others(
    browser: Browser, stand_in: StandIn, scene: Scene
) -> None:
    await _link(browser, stand_in)
    stand_in.faults.impossible = {999}
    body = _file(100, 999, 110, 999, 120) + b"Libre,S-1,hier,0,100,\r\n" + b"Libre,S-1,01-11-2026 08:00,5,,\r\n"
    page = await _report(browser, scene, await _send(browser, body))
    figures = (await browser.get(f"{page.url.path}.json")).json()
    assert (figures["total"], figures["added"], figures["refused"]) == (5, 3, 2)
    assert (figures["unread"], figures["aside"]) == (1, 1)
    words = text_of(page)
    assert "2 × valeur impossible" in words
    assert "1 × date illisible (ligne 8)" in words


async def test_more_impossible_readings_than_one_answer_can_name(
    browser: Browser, stand_in: StandIn, scene: Scene
) -> None:
    await _link(browser, stand_in)
    stand_in.faults.impossible = {999}
    page = await _report(browser, scene, await _send(browser, _file(*[999] * 250, 100)))
    figures = (await browser.get(f"{page.url.path}.json")).json()
    assert (figures["added"], figures["refused"]) == (1, 250)


@pytest.mark.rule("R158")
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("consent_ended", "Vous avez arrêté GlucoLink"),
        ("consent_paused", "GlucoLink est suspendue"),
        ("consent_missing", "GlucoLink n’a pas cet accord"),
        ("pairing_required", "Il reste une étape"),
        ("insufficient_scope", "GlucoLink n’a pas demandé cela"),
        ("consent_expired", "Votre accord est arrivé à son terme"),
        ("space_closed", "Votre espace est fermé"),
    ],
)
async def test_each_refusal_has_its_own_words(
    browser: Browser, stand_in: StandIn, scene: Scene, code: str, words: str
) -> None:
    await _link(browser, stand_in)
    stand_in.faults.refuse_calls = code
    page = await _report(browser, scene, await _send(browser, _file(100)))
    assert words in text_of(page)
    assert (await browser.get(f"{page.url.path}.json")).json()["trouble"] == code
    assert words in text_of(await browser.get(f"{HOME}/"))


async def test_once_resumed_it_sends_again_and_forgets_the_trouble(
    browser: Browser, stand_in: StandIn, scene: Scene
) -> None:
    await _link(browser, stand_in)
    stand_in.faults.refuse_calls = "consent_paused"
    await _report(browser, scene, await _send(browser, _file(100)))
    stand_in.faults.refuse_calls = ""
    assert "C’est envoyé" in text_of(await _report(browser, scene, await _send(browser, _file(100))))
    assert "suspendue" not in text_of(await browser.get(f"{HOME}/"))


async def test_after_a_withdrawal_it_holds_no_key_any_more(browser: Browser, stand_in: StandIn, scene: Scene) -> None:
    await _link(browser, stand_in)
    stand_in.faults.refuse_calls = "consent_ended"
    await _report(browser, scene, await _send(browser, _file(100)))
    link = await scene.glucolink.linking.link_of(browser.http.cookies["glucolink"])
    assert link
    assert link.tokens is None
    assert (await _send_refused(browser)).headers["location"] == f"{HOME}/"


async def _send_refused(browser: Browser) -> httpx2.Response:
    home = await browser.get(f"{HOME}/")
    field = home.text.partition('name="csrf" value="')[2].partition('"')[0]
    return await browser.http.post(f"{HOME}/uploads", data={"csrf": field, "example": "yes"})


async def test_a_token_past_its_time_is_refreshed_once_for_all(
    browser: Browser, stand_in: StandIn, scene: Scene, demo_clock: DemoClock
) -> None:
    await _link(browser, stand_in)
    demo_clock.move_to(demo_clock.now() + timedelta(hours=2))
    first, second = await _send(browser, _file(100)), await _send(browser, _file(100, 110))
    await _report(browser, scene, first)
    assert "C’est envoyé" in text_of(await _report(browser, scene, second))
    assert [call["grant_type"] for call in stand_in.token_calls] == ["authorization_code", "refresh_token"]


async def test_a_token_that_the_provider_no_longer_takes_is_replaced(
    browser: Browser, stand_in: StandIn, scene: Scene
) -> None:
    await _link(browser, stand_in)
    stand_in.access.clear()
    assert "C’est envoyé" in text_of(await _report(browser, scene, await _send(browser, _file(100))))


async def test_a_dead_link_says_to_link_again(
    browser: Browser, stand_in: StandIn, scene: Scene, demo_clock: DemoClock
) -> None:
    await _link(browser, stand_in)
    stand_in.refresh.clear()
    demo_clock.move_to(demo_clock.now() + timedelta(hours=1))
    page = await _report(browser, scene, await _send(browser, _file(100)))
    assert "coupé par sécurité" in text_of(page)
    assert f'action="{HOME}/link"' in (await browser.get(f"{HOME}/")).text


async def test_a_provider_that_is_away_for_a_moment_is_waited_for(
    browser: Browser, stand_in: StandIn, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads_module, "_PATIENCE", (0.0, 0.0))
    await _link(browser, stand_in)
    stand_in.faults.down = 2
    assert "C’est envoyé" in text_of(await _report(browser, scene, await _send(browser, _file(100))))
    stand_in.faults.down = 3
    assert "Mon espace ne répond pas" in text_of(await _report(browser, scene, await _send(browser, _file(100))))


async def test_the_page_shows_how_far_it_is_without_a_script(
    browser: Browser, stand_in: StandIn, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads_module, "_PATIENCE", (30.0,))
    await _link(browser, stand_in)
    stand_in.faults.down = 1
    sent = await _send(browser, _file(*range(60, 300)))
    for _ in range(100):
        await asyncio.sleep(0.02)
        page = await browser.get(sent.headers["location"])
        if "sur 240" in text_of(page):
            break
    assert "0 mesure sur 240" in text_of(page)
    assert f'href="{page.url.path}"' in page.text.partition("<noscript>")[2]
    assert "data-follow" in page.text
    figures = (await browser.get(f"{page.url.path}.json")).json()
    assert (figures["state"], figures["running"], figures["percent"]) == ("sending", True, 0)


async def test_a_restart_takes_up_what_it_interrupted(
    browser: Browser, stand_in: StandIn, scene: Scene, demo_ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads_module, "_PATIENCE", (30.0,))
    await _link(browser, stand_in)
    stand_in.faults.down = 1
    sent = await _send(browser, _file(*range(60, 300)))
    await asyncio.sleep(0.1)
    await scene.glucolink.uploads.stop()
    assert [*scene.glucolink.settings.folder.iterdir()]
    again = GlucoLink(demo_ground, scene.glucolink.settings, httpx2.ASGITransport(stand_in.app))
    await again.start()
    await again.uploads.idle()
    await again.stop()
    assert "C’est envoyé" in text_of(await browser.get(sent.headers["location"]))
    assert [*scene.glucolink.settings.folder.iterdir()] == []


async def test_no_file_stays_once_it_is_sent(browser: Browser, stand_in: StandIn, scene: Scene) -> None:
    await _link(browser, stand_in)
    await _report(browser, scene, await _send(browser, _file(100)))
    assert [*scene.glucolink.settings.folder.iterdir()] == []


async def test_the_example_ends_yesterday(
    browser: Browser, stand_in: StandIn, scene: Scene, demo_clock: DemoClock
) -> None:
    await _link(browser, stand_in)
    home = await browser.get(f"{HOME}/")
    csrf = home.text.partition('name="csrf" value="')[2].partition('"')[0]
    page = await _report(
        browser, scene, await browser.http.post(f"{HOME}/uploads", data={"csrf": csrf, "example": "yes"})
    )
    assert "C’est envoyé" in text_of(page)
    latest = max(r["effectiveDateTime"] for r in stand_in.readings.values() if r["resourceType"] == "Observation")
    gap = demo_clock.now().date() - date.fromisoformat(latest[:10])
    assert timedelta(0) <= gap <= timedelta(days=2)


@pytest.mark.parametrize(
    "body",
    [b"", b"not a csv", b"\x00\x01\x02", b"a,b,c\r\n1,2,3\r\n", "é".encode("latin-1") * 40],
)
async def test_what_is_no_export_is_said_so(browser: Browser, stand_in: StandIn, scene: Scene, body: bytes) -> None:
    await _link(browser, stand_in)
    page = await _report(browser, scene, await _send(browser, body))
    assert "Nous n’avons pas pu lire ce fichier" in text_of(page)
    assert stand_in.bundles == []


async def test_dates_that_can_be_read_two_ways_are_asked_for(browser: Browser, stand_in: StandIn, scene: Scene) -> None:
    await _link(browser, stand_in)
    english = HEADER.replace("Horodatage de l'appareil", "Device Timestamp").replace(
        "Type d'enregistrement", "Record Type"
    )
    body = (english + "Libre,S-1,01-02-2026 08:00,0,100,\r\n").encode()
    refused = text_of(await _report(browser, scene, await _send(browser, body)))
    assert "Indiquez l’ordre des dates" in refused
    told = await _report(browser, scene, await _send(browser, body, order="dmy"))
    assert "C’est envoyé" in text_of(told)
    [reading] = [r for r in stand_in.readings.values() if r["resourceType"] == "Observation"]
    assert reading["effectiveDateTime"].startswith("2026-02-01")


async def test_a_file_that_is_too_big_is_refused_in_words(browser: Browser, stand_in: StandIn, scene: Scene) -> None:
    await _link(browser, stand_in)
    page = await _send(browser, b"a" * (uploads_module.MOST_BYTES + 1))
    assert page.status_code == 422
    assert "10 Mo au plus" in text_of(page)
    page = await _send(browser, b"a" * (uploads_module.MOST_BYTES + 200_000))
    assert page.status_code == 413
    assert "10 Mo au plus" in text_of(page)
    assert not scene.glucolink.settings.folder.exists()


async def test_no_file_at_all_is_said_too(browser: Browser, stand_in: StandIn) -> None:
    await _link(browser, stand_in)
    page = await _send(browser, b"", name="")
    assert page.status_code == 422
    assert "Choisissez d’abord un fichier" in text_of(page)


async def test_a_file_from_another_site_is_refused(browser: Browser, stand_in: StandIn) -> None:
    await _link(browser, stand_in)
    files = {"file": ("a.csv", BytesIO(_file(100)), "text/csv")}
    answer = await browser.http.post(f"{HOME}/uploads", files=files)
    assert answer.status_code == 403
    answer = await browser.http.post(f"{HOME}/uploads", files=files, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


async def test_the_name_of_a_file_is_only_a_name(browser: Browser, stand_in: StandIn, scene: Scene) -> None:
    await _link(browser, stand_in)
    page = await _report(browser, scene, await _send(browser, _file(100), name="../../<b>été\r\n.csv"))
    assert "<b>été" not in page.text
    assert "../" not in text_of(page)


async def test_an_upload_of_another_browser_is_not_shown(browser: Browser, stand_in: StandIn, scene: Scene) -> None:
    await _link(browser, stand_in)
    page = await _report(browser, scene, await _send(browser, _file(100)))
    browser.http.cookies.delete("glucolink")
    assert (await browser.get(page.url.path)).status_code == 404
    assert (await browser.get(f"{page.url.path}.json")).status_code == 404


async def test_a_bigger_file_does_not_hold_up_the_others(browser: Browser, stand_in: StandIn, scene: Scene) -> None:
    """While a file of six thousand readings is read and sent, another page still answers."""
    await _link(browser, stand_in)
    sent = await _send(browser, _file(*[70 + nth % 90 for nth in range(6_000)]))
    loop = asyncio.get_running_loop()
    slowest = 0.0
    while True:
        before = loop.time()
        figures = (await browser.get(f"{sent.headers['location']}.json")).json()
        slowest = max(slowest, loop.time() - before)
        if not figures["running"]:
            break
        await asyncio.sleep(0.01)
    assert figures["added"] == 6_000
    assert slowest < 1.0
    assert UploadState(figures["state"]) is UploadState.DONE
