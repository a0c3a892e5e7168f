"""Every door that something given before can be brought to, and every change that may come in between."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec
from httpx2 import QueryParams
from sqlalchemy import Connection, delete, update

from clients import store as clients
from clients.records import Status
from consent import decisions, grants_store, space_moves
from consent.actors import holder
from idp.accounts.tables import accounts
from idp.ciba.grant import BackchannelAuthentication
from idp.device.grant import DeviceCode
from idp.protocol import bearer, exchanges
from idp.sessions import ending
from idp.sessions import store as sessions
from idp.sessions.records import Because
from idp.tokens.tables import families
from keys import rotation
from keys.tables import signing
from tests.browser import Browser
from tests.house import Home
from tests.issuer import assertion, brought, trusted
from tests.party import Party, party, reply
from tests.races.crowd import AGREED, MEASURES


@dataclass
class Held:
    """What an app was given while everything was well."""

    home: Home
    app: Party
    browser: Browser
    code: str = ""
    verifier: str = ""
    access: str = ""
    refresh: str = ""
    device_code: str = ""
    auth_req_id: str = ""
    request_uri: str = ""
    state: str = ""
    """Of the pushed request."""

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.access}"}


Use = Callable[[Held], Awaitable[bool]]
"""True when the door let it in."""


async def held(home: Home, browser: Browser, kind: str) -> Held:
    """An app with an agreement about measures; its tokens, and what was not brought yet: a code, answers elsewhere."""
    app = party(home)
    await trusted(home, app)
    scope = MEASURES if kind == "offline" else MEASURES.replace("offline_access ", "")
    tokens = await app.obtain(browser, scope=scope, choices=AGREED)
    assert tokens.status == 200, tokens.body
    back = app.answer(await app.ask(browser, scope=scope))
    access, refresh = tokens["access_token"], tokens.body.get("refresh_token", "")
    made = Held(home, app, browser, back["code"], app.verifiers[back["state"]], access, refresh)
    made.device_code, made.auth_req_id = await _elsewhere(made, scope)
    asked = app.request(prompt="none", scope=scope.replace("offline_access ", ""))
    made.request_uri, made.state = (await app.post("/par", **asked))["request_uri"], asked["state"]
    return made


async def _elsewhere(held: Held, scope: str) -> tuple[str, str]:
    """The same app asks on a device, and asks the person directly; they say yes to both, in their own browser."""
    app, browser, home = held.app, held.browser, held.home

    def unit(db: Connection) -> None:
        known = clients.find(db, app.client_id)
        assert known is not None
        kinds = known.grant_types | {DeviceCode.GRANT_TYPE, BackchannelAuthentication.GRANT_TYPE}
        options = msgspec.structs.replace(known.options, backchannel_token_delivery_mode="poll")
        clients.replace(db, replace(known, grant_types=kinds, options=options), home.clock.now())

    await home.database.work(unit)
    home.clients.forget(app.client_id)
    shown = await app.post("/device_authorization", scope=scope)
    page = await browser.get(shown["verification_uri_complete"])
    await browser.submit(await browser.submit(page, {"user_code": shown["user_code"]}), {"decision": "allow"})
    hint = home.person("gabrielle")["identifier"]
    asked = await app.post("/bc-authorize", scope=scope, login_hint=hint)
    page = await browser.get("/ciba")
    page = await browser.get(next(href for href, _ in page.links if href.startswith("/ciba/")))
    await browser.submit(page, {"decision": "allow"})
    return shown["device_code"], asked["auth_req_id"]


async def code(held: Held) -> bool:
    return (await held.app.exchange(held.code, verifier=held.verifier)).status == 200


async def refresh(held: Held) -> bool:
    return (await held.app.refresh(held.refresh)).status == 200


async def client_credentials(held: Held) -> bool:
    return (await held.app.token(grant_type="client_credentials")).status == 200


async def measures(held: Held) -> bool:
    return (await held.app.measures(held.access)).status == 200


async def userinfo(held: Held) -> bool:
    return (await held.app.userinfo(held.access)).status == 200


async def introspection(held: Held) -> bool:
    """Asked by the app itself; one that cannot prove itself any more learns nothing either."""
    said = await held.app.introspect(held.access)
    return said.status == 200 and bool(said["active"])


async def pairing(held: Held) -> bool:
    body = {"redirect_uri": held.app.redirect_uri}
    return reply(await held.home.client.post("/pairings", json=body, headers=held.bearer)).status in {200, 201}


async def pushed(held: Held) -> bool:
    """A request that was pushed before, brought by the browser now."""
    query = QueryParams({"client_id": held.app.client_id, "request_uri": held.request_uri})
    page = await held.browser.get(f"/authorize?{query}")
    if not page.location.startswith(held.app.redirect_uri) or "code=" not in page.location:
        return False
    return (
        await held.app.exchange(held.app.answer(page)["code"], verifier=held.app.verifiers[held.state])
    ).status == 200


async def authorization(held: Held) -> bool:
    """The app asks again, silently: a code that can be redeemed is what it would win."""
    scope = MEASURES.replace("offline_access ", "")
    page = await held.app.ask(held.browser, prompt="none", scope=scope)
    if not page.location.startswith(held.app.redirect_uri) or "code=" not in page.location:
        return False
    back = held.app.answer(page)
    return (await held.app.exchange(back["code"], verifier=held.app.verifiers[back["state"]])).status == 200


async def token_exchange(held: Held) -> bool:
    """By the app itself: another one that acts for it rests on no less (`test_token_exchange.py`)."""
    form = {"subject_token": held.access, "subject_token_type": exchanges.ACCESS_TOKEN}
    return (await held.app.token(grant_type=exchanges.GRANT_TYPE, **form)).status == 200


async def jwt_bearer(held: Held) -> bool:
    """Somebody we trust says who it is."""
    return (await brought(held.app, assertion(held.home))).status == 200


async def device(held: Held) -> bool:
    return (await held.app.token(grant_type=DeviceCode.GRANT_TYPE, device_code=held.device_code)).status == 200


async def ciba(held: Held) -> bool:
    kind = BackchannelAuthentication.GRANT_TYPE
    return (await held.app.token(grant_type=kind, auth_req_id=held.auth_req_id)).status == 200


GRANT_TYPES: dict[str, Use] = {
    "authorization_code": code,
    "refresh_token": refresh,
    "client_credentials": client_credentials,
    exchanges.GRANT_TYPE: token_exchange,
    bearer.GRANT_TYPE: jwt_bearer,
    DeviceCode.GRANT_TYPE: device,
    BackchannelAuthentication.GRANT_TYPE: ciba,
}
"""By the name that the token endpoint knows them by: a new grant type without its row here fails the suite."""


def brought_with(held: Held) -> dict[str, dict[str, str]]:
    """By grant type, what must be said for it beside the proof of the client: nothing of it can be left out."""
    return {
        "authorization_code": {
            "code": held.code,
            "redirect_uri": held.app.redirect_uri,
            "code_verifier": held.verifier,
        },
        "refresh_token": {"refresh_token": held.refresh},
        "client_credentials": {},
        exchanges.GRANT_TYPE: {"subject_token": held.access, "subject_token_type": exchanges.ACCESS_TOKEN},
        bearer.GRANT_TYPE: {"assertion": assertion(held.home)},
        DeviceCode.GRANT_TYPE: {"device_code": held.device_code},
        BackchannelAuthentication.GRANT_TYPE: {"auth_req_id": held.auth_req_id},
    }


DOORS: dict[str, Use] = {
    **GRANT_TYPES,
    "measures": measures,
    "userinfo": userinfo,
    "introspection": introspection,
    "pairing": pairing,
    "authorization": authorization,
    "pushed request": pushed,
}


async def suspended(held: Held) -> None:
    await _status(held, Status.SUSPENDED)


async def delisted(held: Held) -> None:
    await _status(held, Status.DELISTED)


async def locked(held: Held) -> None:
    person = held.home.person("gabrielle")["person_id"]
    await held.home.database.work(
        lambda db: db.execute(update(accounts).where(accounts.c.person_id == person).values(status="locked"))
    )


async def closed(held: Held) -> None:
    home, now = held.home, held.home.clock.now()
    by = holder(home.person("gabrielle")["person_id"], context="test", address="")
    await home.database.work(lambda db: space_moves.close(db, home.consent, by.id, by, now))


async def withdrawn(held: Held) -> None:
    await _decided(held, decisions.end)


async def paused(held: Held) -> None:
    await _decided(held, decisions.pause)


async def session_ended(held: Held) -> None:
    home, now = held.home, held.home.clock.now()
    person = home.person("gabrielle")["person_id"]
    await home.database.work(lambda db: ending.end_others(db, home.idp, person, None, Because.STOPPED, now))
    assert not await home.database.read(lambda db: sessions.of_person(db, person, timedelta(hours=1), now))


async def family_ended(held: Held) -> None:
    """As revocation, a replay or a security measure does."""
    now = held.home.clock.now()
    ended = update(families).values(ended_at=now, ended_because="revoked")
    await held.home.database.work(lambda db: db.execute(ended))


async def key_withdrawn(held: Held) -> None:
    """The key that signs was compromised: it is gone from the database, and another one signs."""
    home, now = held.home, held.home.clock.now()

    def unit(db: Connection) -> None:
        db.execute(delete(signing).where(signing.c.algorithm == "ES256"))
        rotation.ensure(db, home.ground.vault, home.ring.settings, now)

    await home.database.work(unit)
    home.clock.advance(home.ring.settings.refresh_every)
    await home.ring.keep_fresh()


CHANGES: dict[str, Callable[[Held], Awaitable[None]]] = {
    "client suspended": suspended,
    "client delisted": delisted,
    "account locked": locked,
    "space closed": closed,
    "consent withdrawn": withdrawn,
    "consent paused": paused,
    "session ended": session_ended,
    "family ended": family_ended,
    "key withdrawn": key_withdrawn,
}

GOES_ON: dict[tuple[str, str], str] = {
    **{
        ("client_credentials", change): "the client speaks for itself: no person, no agreement, no session, no family"
        for change in CHANGES
        if not change.startswith("client")
    },
    **{
        (door, "session ended"): "offline access outlives the session: that is what was agreed"
        for door in (
            *("refresh_token", "measures", "userinfo", "introspection", "pairing"),
            exchanges.GRANT_TYPE,
        )
    },
    **{
        (door, "key withdrawn"): "nothing of ours signed what is brought, and another key signs what is given"
        for door in (
            *("authorization_code", "refresh_token", "client_credentials", "authorization", "pushed request"),
            *(bearer.GRANT_TYPE, DeviceCode.GRANT_TYPE, BackchannelAuthentication.GRANT_TYPE),
        )
    },
    **{
        (door, "family ended"): "the code's own family is not born yet"
        for door in ("authorization_code", DeviceCode.GRANT_TYPE, BackchannelAuthentication.GRANT_TYPE)
    },
    ("authorization", "family ended"): "a new family is born",
    ("pushed request", "family ended"): "a new family is born",
    (bearer.GRANT_TYPE, "family ended"): "a new family is born",
    (bearer.GRANT_TYPE, "session ended"): "the person did not sign in here: their word came from elsewhere",
}
"""What is not stopped, and why. Everything else is refused."""


async def _status(held: Held, status: Status) -> None:
    home = held.home
    now = home.clock.now()
    assert await home.database.work(lambda db: clients.set_status(db, held.app.client_id, status, now))
    home.clock.advance(timedelta(seconds=6))  # longer than any process remembers a client


async def _decided(held: Held, verb: Callable[..., object]) -> None:
    home, now = held.home, held.home.clock.now()
    person = home.person("gabrielle")["person_id"]
    by = holder(person, context="test", address="")

    def unit(db: Connection) -> None:
        grant = grants_store.between(db, person, held.app.client_id)
        assert grant is not None
        verb(db, home.consent, grant, by, now)

    await home.database.work(unit)
