"""Whole stories on a real server, then its log is read: JSON, a name for each request, and nothing of anybody."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.browser import Browser
from tests.databases import Postgres, Sqlite
from tests.logs.overheard import Overheard
from tests.party import Party
from tests.races.crowd import AGREED, MEASURES
from tests.races.test_measures import bundle, glucose
from tests.servers.server import Remote, Server, Zygote

CHOSEN = {
    "email": "inaya.michel@example.org",
    "mobile": "06 39 98 00 02",
    "identifier": "inaya.michel",
    "password": "Un-Espace-2026!",
    "password_confirmation": "Un-Espace-2026!",
}


class Watched(Server):
    """A server whose clients are all overheard."""

    overheard: Overheard

    def browser(self) -> Browser:
        made = Remote(self.wire)
        if not hasattr(self, "overheard"):
            self.overheard = Overheard(self.wire)
        made.client = httpx2.AsyncClient(
            transport=self.overheard, base_url=self.issuer, headers=made.client.headers, timeout=30
        )
        return made


@pytest.fixture(params=["INFO", "DEBUG"])
async def server(
    request: pytest.FixtureRequest,
    zygote: Zygote,
    backend: Sqlite | Postgres,
    furnished: dict[str, Any],
    tmp_path: Path,
) -> AsyncIterator[Watched]:
    """A server that writes its log at that level."""
    async with backend.copy(filled=True) as database:
        url = database.engine.url.render_as_string(hide_password=False)
        made = Watched(zygote, tmp_path, url, furnished, request.param)
        await made.start()
        try:
            yield made
        finally:
            await made.stop()


async def test_after_whole_stories_the_log_names_requests_and_gives_nothing_away(server: Watched) -> None:
    for person in server.card["people"]:
        server.overheard.learn(*(person[name] or "" for name in ("nir", "vitale_serial", "family_name", "birth_date")))
    await _activation(server)
    browser = await _sign_in(server)
    await _back_channel(server, browser)
    await _measures(server, browser)
    await _pages(server, browser)
    await server.stop()
    lines = server.log.splitlines()
    assert len(lines) > 80
    said = [json.loads(line) for line in lines]
    assert all({"event", "level", "timestamp"} <= line.keys() for line in said)
    requests = [line for line in said if line["event"] == "request"]
    assert len({line["request_id"] for line in requests}) == len(requests) > 50
    given = {line: found for line in lines if (found := server.overheard.found_in(line))}
    assert not given
    assert len(server.overheard.secrets) > 60


async def test_every_line_written_during_a_request_has_its_name(server: Watched) -> None:
    bad = await server.client.post("/token", data={"grant_type": "client_credentials"}, auth=("bench", "wrong"))
    assert bad.status_code == 401
    nobody = await server.client.get("/dossier/fhir/Observation", headers={"authorization": "Bearer x"})
    assert nobody.status_code == 401
    await server.stop()
    said = [json.loads(line) for line in server.log.splitlines()]
    for event, answer in (("client_refused", bad), ("dossier_refused", nobody)):
        (line,) = (one for one in said if one["event"] == event)
        assert line["request_id"] == answer.headers["x-request-id"]


async def test_a_database_that_fails_is_said_without_what_it_was_asked(server: Watched) -> None:
    """The text of a database error holds the statement; its values are somebody's."""
    async with server.database() as database:
        await database.work(lambda db: db.exec_driver_sql("ALTER TABLE idp_accounts RENAME TO gone"))
    browser = server.browser()
    page = await browser.get("/signin")
    page = await browser.submit(page, {"identifier": "gabrielle.capanelli", "password": "Espace-Sante-2026!"})
    assert page.status == 500
    await server.stop()
    (line,) = (one for one in server.log.splitlines() if json.loads(one)["event"] == "request_failed")
    assert "idp_accounts" in line
    assert not server.overheard.found_in(line)


async def _activation(server: Watched) -> None:
    inaya, browser = server.person("inaya"), server.browser()
    page = await browser.get("/activation")
    known = {name: inaya[name] for name in ("provisional_code", "nir", "vitale_serial")}
    page = await browser.submit(page, known | {"vitale_serial": "99999999999999999999"})
    page = await browser.submit(page, known)
    page = await browser.submit(page, {"decision": "activate", "accept_terms": "yes"})
    page = await browser.submit(page, CHOSEN | {"password_confirmation": "Autre-Chose-2026!"})
    page = await browser.submit(page, CHOSEN)
    page = await browser.submit(page, {"code": await server.code(CHOSEN["email"])})
    assert page.status == 200, page.text


async def _sign_in(server: Watched) -> Browser:
    gabrielle, browser = server.person("gabrielle"), server.browser()
    page = await browser.get("/espace/")
    page = await browser.submit(page, {"identifier": gabrielle["identifier"], "password": "Pas-Le-Bon-2026!"})
    page = await browser.submit(page, {"identifier": gabrielle["identifier"], "password": gabrielle["password"]})
    code = await server.code(gabrielle["mobile"])
    page = await browser.submit(page, {"code": f"{(int(code) + 1) % 1_000_000:06}"})
    page = await browser.submit(page, {"code": code})
    assert page.path == "/espace/", page.text
    return browser


async def _back_channel(server: Watched, browser: Browser) -> None:
    app = server.app("bench")
    await app.token(grant_type="client_credentials")
    tokens = await app.obtain(browser, choices={"scope": ["profile", "email"]})
    await app.userinfo(tokens["access_token"])
    await app.introspect(tokens["access_token"])
    back = app.answer(await app.ask(browser))
    for _ in range(2):
        await app.exchange(back["code"], verifier=app.verifiers[back["state"]])
    await app.exchange("ac_" + "z" * 43, verifier="v" * 50)
    fresh = await app.refresh(tokens["refresh_token"])
    await server.client.post("/sandbox/clock", json={"advance": "PT1M"})
    reused = await app.refresh(tokens["refresh_token"])
    assert reused.refused_with("invalid_grant", "token_reused")
    await app.post("/revoke", token=fresh["refresh_token"])
    wrong = {"grant_type": "client_credentials", "client_id": "bench", "client_secret": "cs_" + "w" * 43}
    assert (await server.client.post("/token", data=wrong)).status_code == 401
    reader = server.app("glucolink")
    stale = reader.assertion(iat=1, exp=2)
    form = {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "token": "rt_x"}
    for assertion in (stale, reader.assertion()):
        await server.client.post("/revoke", data=form | {"client_assertion": assertion})
    await server.client.get("/authorize", params={"client_id": "bench", "redirect_uri": "https://evil.example/?code=1"})


async def _measures(server: Watched, browser: Browser) -> None:
    app = server.app("mobile")
    tokens = await app.obtain(browser, scope=MEASURES, choices=AGREED)
    await _send(server, app, tokens["access_token"], "/dossier/fhir", bundle(1, 2, 3))
    await _send(server, app, tokens["access_token"], "/dossier/fhir/Observation", glucose(4, 99.0))
    await _send(server, app, "eyJhbGciOiJub25lIn0.e30.", "/dossier/fhir/Observation", glucose(4))
    await app.measures(tokens["access_token"])
    page = await browser.get(f"/espace/applications/{tokens['grant_id']}/arreter")
    await browser.submit(page, form=page.form(action="/arreter"))
    assert (await app.measures(tokens["access_token"])).status == 403
    page = await browser.get("/sandbox/glucolink/")
    page = await browser.submit(page, {"way": "two_steps"})
    page = await browser.submit(page, {"decision": "allow"})
    page = await browser.submit(page, {"decision": "allow", "consent": ["measures:write"], "duration": "P3M"})
    page = await browser.submit(page, {"example": "yes"})
    for _ in range(400):
        if not (await browser.client.get(f"{page.path}.json")).json()["running"]:
            break
        await asyncio.sleep(0.05)


async def _pages(server: Watched, browser: Browser) -> None:
    for path in ("/espace/", "/espace/mesures", "/espace/applications", "/espace/historique", "/account/sessions"):
        assert (await browser.get(path)).status == 200
    await browser.get("/nulle-part?code=ac_" + "y" * 43 + "&nir=279037599902148")
    page = await browser.get("/logout")
    await browser.submit(page, form=page.form(action="/logout/confirm"))


async def _send(server: Watched, app: Party, token: str, path: str, body: Any) -> None:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/fhir+json"}
    await server.client.post(path, json=body, headers=headers)
