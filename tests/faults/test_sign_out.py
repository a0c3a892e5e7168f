"""A kill between a sign-out and what it leads to: the app is told all the same, once the house is up again."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from msgspec.structs import replace as with_fields
from sqlalchemy import Connection

from clients import store
from idp.signals import events
from tests.party import claims_of
from tests.receiver import receiving
from tests.servers.server import Server

ALL = {"scope": ["profile", "email"]}
PUSH = "urn:ietf:rfc:8935"


async def test_a_kill_right_after_a_sign_out_loses_neither_the_logout_nor_the_signal(server: Server) -> None:
    async with receiving("503 Service Unavailable") as out, receiving("503 Service Unavailable") as signals:
        async with server.database() as database:
            await database.work(lambda db: _listening(db, out.url))
        browser, app = await server.sign_in("gabrielle"), server.app("bench")
        held = await app.obtain(browser, choices=ALL)
        token = (await app.token(grant_type="client_credentials", scope="ssf.manage"))["access_token"]
        made = await server.client.post(
            "/ssf/stream",
            json={
                "events_requested": [events.SESSION_REVOKED],
                "delivery": {"method": PUSH, "endpoint_url": signals.url},
            },
            headers={"authorization": f"Bearer {token}"},
        )
        assert made.status_code == 201, made.text
        page = await browser.get("/logout")
        await browser.submit(page, form=page.form(action="/logout/confirm"))
        server.kill()
        out.answer("200 OK")
        signals.answer("202 Accepted")
        before = len(out.bodies), len(signals.bodies)
        await server.start()
        async with asyncio.timeout(40):
            while len(out.bodies) == before[0] or len(signals.bodies) == before[1]:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.2)
        told = claims_of(held["id_token"])
        assert claims_of(out.logout_tokens[-1])["sid"] == told["sid"]
        signal = claims_of(signals.bodies[-1])
        assert signal["sub_id"]["sub"] == told["sub"]
        assert list(signal["events"]) == [events.SESSION_REVOKED]


def _listening(db: Connection, uri: str) -> None:
    """The app registers where it hears of sign-outs, and may have a stream."""
    known = store.find(db, "bench")
    assert known is not None
    options = with_fields(known.options, backchannel_logout_uri=uri)
    store.replace(db, replace(known, options=options, scope=known.scope | {"ssf.manage"}), datetime.now(UTC))
