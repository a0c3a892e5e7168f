"""A power cut anywhere in a transaction of measures: none of them is there or all are; those acknowledged stay."""

import asyncio
from itertools import count
from typing import Any

import httpx2

from consent import journal
from dossier.tables import observations
from tests.faults.cuts import cut, rows
from tests.party import Reply
from tests.races.crowd import AGREED, MEASURES
from tests.races.test_measures import SYSTEM, bundle
from tests.servers.server import Server

READER = "/sandbox/glucolink/"


async def test_a_cut_anywhere_in_a_transaction_leaves_none_of_it_or_all(server: Server) -> None:
    browser, app = await server.sign_in("gabrielle"), server.app("bench")
    tokens = await app.obtain(browser, scope=MEASURES, choices=AGREED)
    cuts: list[str] = []
    acknowledged = lines = 0
    for at in count(1):
        sent = bundle(*range(at * 10, at * 10 + 5))
        reply, where = await cut(server, "/dossier/fhir", at, lambda: _send(server, tokens, sent))  # noqa: B023
        if reply is None:
            cuts.append(where)
            kept = await rows(server, observations, identifier_system=SYSTEM)
            assert kept in {acknowledged, acknowledged + 5}, where
            lines += kept > acknowledged
            reply = await _send(server, tokens, sent)
            said = {entry["response"]["status"][:3] for entry in reply.json()["entry"]}
            assert said == {"200" if kept > acknowledged else "201"}, where
        assert reply.status_code == 200, reply.text
        acknowledged, lines = acknowledged + 5, lines + 1
        assert await rows(server, observations, identifier_system=SYSTEM) == acknowledged
        assert await _lines(server) == lines, "each that was kept is in the history once, with its repetition"
        if not where:
            break
    assert any("consent_journal" in where for where in cuts)
    assert any("dossier_observations" in where for where in cuts)
    assert cuts[-2:] == ["before the answer", "within the answer"]


async def test_a_server_killed_while_an_app_sends_a_file_takes_it_up_again(server: Server) -> None:
    """GlucoLink lives in the same process: it forgets nothing of what it was given, and sends nothing twice."""
    browser = await server.sign_in("gabrielle")
    page = await browser.get(READER)
    page = await browser.submit(page, {"way": "two_steps"})
    page = await browser.submit(page, {"decision": "allow"})
    page = await browser.submit(page, {"decision": "allow", "consent": ["measures:write"], "duration": "P3M"})
    assert page.path == READER, page.text
    before = await rows(server, observations)
    page = await browser.submit(page, {"example": "yes"})
    for _ in range(200):
        if await rows(server, observations) > before:
            break
        await asyncio.sleep(0.02)
    server.kill()
    await server.start()
    for _ in range(500):
        figures = (await browser.client.get(f"{page.path}.json")).json()
        if not figures["running"]:
            break
        await asyncio.sleep(0.05)
    assert figures["state"] == "done", figures
    assert figures["added"] + figures["known"] == figures["total"]
    assert await rows(server, observations) == before + figures["total"]
    assert await server.verified()


async def _send(server: Server, tokens: Reply, body: dict[str, Any]) -> httpx2.Response:
    headers = {"authorization": f"Bearer {tokens['access_token']}", "content-type": "application/fhir+json"}
    return await server.client.post("/dossier/fhir", json=body, headers=headers)


async def _lines(server: Server) -> int:
    """Lines of Gabrielle's journal that say that the app added something."""
    person_id = server.person("gabrielle")["person_id"]
    async with server.database() as database:
        found = await database.read(lambda db: journal.page(db, person_id, limit=200, client_id="bench"))
    return sum(one.entry.action == "create" for one in found)
