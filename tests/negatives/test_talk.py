"""How one talks to an address: methods, media types, many at once. What is not for it is refused."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from service import doors, openapi
from tests.house import Home
from tests.party import party, reply

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
BACK_CHANNEL = ("/token", "/par", "/revoke", "/introspect", "/device_authorization", "/bc-authorize")


async def test_a_method_that_an_address_does_not_know_is_refused_with_those_that_it_knows(house: Home) -> None:
    known: dict[str, set[str]] = {}
    every = doors.routes(house.idp, house.consent, house.dossier, house.portal, house.operations)
    for method, path in openapi.served(every):
        known.setdefault(path, set()).add(method)
    for path, methods in known.items():
        for method in set(METHODS) - methods:
            answer = await house.client.request(method, path.replace("{", "x").replace("}", ""))
            assert answer.status_code == 405, (method, path, answer.status_code)
            allowed = {one.strip() for one in answer.headers["allow"].split(",")}
            assert methods <= allowed, (method, path)
            assert method not in allowed, (method, path)


@pytest.mark.parametrize("path", BACK_CHANNEL)
async def test_only_a_form_is_a_form(house: Home, path: str) -> None:
    """Nothing is read from JSON, from several parts, or from the address: the client is not even looked for."""
    app = party(house)
    fields: dict[str, Any] = {"grant_type": "client_credentials", "token": "x", **app.request()}
    secret = (app.client_id, str(app.known["client_secret"]))
    asked = (
        await house.client.post(path, json=fields, auth=secret),
        await house.client.post(path, files={name: (None, value) for name, value in fields.items()}, auth=secret),
        await house.client.post(path, content="&".join(f"{n}={v}" for n, v in fields.items()), auth=secret),
        await house.client.post(path, params=fields, auth=secret),
        await house.client.post(
            path, content=b"grant_type=client_credentials", auth=secret, headers={"content-type": "text/plain"}
        ),
    )
    for number, answer in enumerate(asked):
        assert answer.status_code == 400, (number, answer.status_code, answer.text[:200])
        assert answer.json()["error"] in {"invalid_request", "unauthorized_client", "unsupported_grant_type"}, number


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "x"])
async def test_only_json_is_json(house: Home, kind: str) -> None:
    """A body that a page of another site may send without asking first is not taken for one of a program."""
    body = b'{"redirect_uris": ["https://app.example/cb"]}'
    for path in ("/register", "/pairings", "/launches"):
        answer = await house.client.post(path, content=body, headers={"content-type": kind})
        assert answer.status_code in {400, 401, 415}, (path, answer.status_code)


async def test_what_is_said_of_one_request_never_comes_with_another(house: Home) -> None:
    """Forty at the same instant, each wrong in its own way: each hears of its own mistake, and of no other's."""
    app, browser = party(house), house.browser()
    marks = [f"marque{number:03}" for number in range(40)]

    async def pushed(mark: str) -> str:
        answer = await app.post("/par", **app.request(scope=f"openid {mark}", state=mark))
        assert answer.status == 400
        return str(answer.body)

    async def asked(mark: str) -> str:
        page = await browser.client.get("/authorize", params=app.request(scope=f"openid {mark}", state=mark))
        said = parse_qs(urlsplit(page.headers["location"]).query)
        assert said["state"] == [mark]
        return str(said)

    async def refreshed(mark: str) -> str:
        answer = await app.refresh(f"rt_{mark}", scope=mark)
        assert answer.status == 400
        return f"{mark} {answer.body}"

    async def registered(mark: str) -> str:
        answer = reply(await house.client.get(f"/grants/{mark}", headers={"x-request-id": mark}))
        return f"{mark} {answer.body} {answer.headers}"

    for act in (pushed, asked, refreshed, registered):
        answers = await asyncio.gather(*(act(mark) for mark in marks))
        for mark, text in zip(marks, answers, strict=True):
            assert mark in text, act.__name__
            assert not [other for other in marks if other != mark and other in text], act.__name__


async def test_two_requests_of_one_browser_keep_apart(house: Home) -> None:
    """Two pages open, answered in the other order: each answer has its own state and its own code."""
    app, browser = party(house), await house.sign_in("gabrielle")
    first = await app.ask(browser, state="first", scope="openid email")
    second = await app.ask(browser, state="second", scope="openid profile")
    for page, state, scope in ((second, "second", {"profile"}), (first, "first", {"email"})):
        back = await app.come_back(browser, page, scope=sorted(scope))
        assert back["state"] == state
        answer = await app.exchange(back["code"], verifier=app.verifiers[state])
        assert scope < set(answer["scope"].split())
