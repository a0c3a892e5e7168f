"""A parameter that is missing, empty or doubled is an error; it never makes another request of this one."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.house import Home
from tests.negatives import doors
from tests.negatives.doors import Held
from tests.party import Reply, party, reply

GRANTS = tuple(doors.GRANT_TYPES)


async def sent(held: Held, fields: Mapping[str, str | Sequence[str]], path: str = "/token") -> Reply:
    """A form, with the client's own proof; a list is the same name several times."""
    _, auth = held.app.proof()
    data: dict[str, Any] = dict(fields)
    return reply(await held.home.client.post(path, data=data, auth=auth))


def spoiled(name: str, value: str) -> dict[str, Any]:
    """What may be wrong with one parameter."""
    return {
        "missing": None,
        "empty": "",
        "doubled": [value, value],
        "doubled, the second empty": [value, ""],
        "doubled, the first another": ["something", value],
        "under another case": None,
    }


async def test_a_grant_with_a_spoiled_parameter_gives_nothing_and_spends_nothing(house: Home) -> None:
    held = await doors.held(house, await house.sign_in("gabrielle"), "offline")
    for grant in GRANTS:
        whole = {"grant_type": grant, **doors.brought_with(held)[grant]}
        for name in whole:
            for how, value in spoiled(name, whole[name]).items():
                if name == "redirect_uri" and not value:
                    continue  # the code is spent by it: see below
                form: dict[str, Any] = {**whole, name: value}
                if value is None:
                    del form[name]
                if how == "under another case":
                    form[name.upper()] = whole[name]
                answer = await sent(held, form)
                assert answer.status == 400, (grant, name, how, answer.body)
                assert "access_token" not in answer.body, (grant, name, how)
        assert await doors.GRANT_TYPES[grant](held), grant


@pytest.mark.parametrize("said", [None, "", "http://127.0.0.1/other"])
async def test_a_code_brought_for_another_address_is_spent(house: Home, said: str | None) -> None:
    held = await doors.held(house, await house.sign_in("gabrielle"), "offline")
    answer = await held.app.exchange(held.code, verifier=held.verifier, redirect_uri=said)
    assert (answer.status, answer["error"]) == (400, "invalid_grant")
    assert not await doors.code(held)


async def test_what_belongs_to_another_grant_does_not_help(house: Home) -> None:
    """Everything that was ever given is there, under its name, but not what this grant is about."""
    held = await doors.held(house, await house.sign_in("gabrielle"), "offline")
    every = doors.brought_with(held)
    for grant in GRANTS:
        rest = {name: value for fields in every.values() for name, value in fields.items() if name not in every[grant]}
        if every[grant]:
            answer = await sent(held, {**rest, "grant_type": grant})
            assert answer.status == 400, (grant, answer.body)
            assert answer["error"] in {"invalid_request", "invalid_grant"}, grant


async def test_a_proof_of_the_client_is_whole_and_given_once(house: Home) -> None:
    """What is missing of a secret does not make a public client of a confidential one."""
    app = party(house)
    name, secret = app.client_id, str(app.known["client_secret"])
    wrong: list[dict[str, Any]] = [
        {},
        {"client_id": name},
        {"client_id": name, "client_secret": ""},
        {"client_id": name, "client_secret": secret},  # right, in a way that it did not register
        {"client_id": [name, name], "client_secret": secret},
        {"client_id": name, "client_secret": [secret, secret]},
        {"client_id": name, "client_assertion": "", "client_assertion_type": ""},
        {"client_id": name, "client_assertion_type": doors.exchanges.ACCESS_TOKEN},
        {"client_secret": secret},
    ]
    for path in ("/token", "/revoke", "/introspect", "/par", "/device_authorization", "/bc-authorize"):
        for proof in wrong:
            form = {"grant_type": "client_credentials", "token": "x", **proof}
            answer = reply(await house.client.post(path, data=form))
            assert answer.status in {400, 401}, (path, proof, answer.body)
            assert answer["error"] in {"invalid_client", "invalid_request"}, (path, proof)


@pytest.mark.parametrize("path", ["/revoke", "/introspect"])
async def test_no_token_is_none_to_speak_of(house: Home, path: str) -> None:
    held = await doors.held(house, await house.sign_in("gabrielle"), "offline")
    for form in ({}, {"token": ""}, {"token": [held.refresh, held.refresh]}, {"token": [held.refresh, ""]}):
        answer = await sent(held, form, path)
        assert answer.status == 400, (form, answer.body)
        assert answer["error"] == "invalid_request"
    assert await doors.refresh(held)


@pytest.mark.parametrize(
    "name", ["response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "prompt", "claims"]
)
async def test_a_doubled_parameter_of_an_authorization_request_is_refused(house: Home, name: str) -> None:
    """To the app, which is proven; the same where it is pushed."""
    app, browser = party(house), house.browser()
    asked = app.request(prompt="none", claims="{}")
    pairs = [*asked.items(), (name, asked[name])]
    page = await browser.client.get("/authorize", params=pairs)
    assert page.headers["location"].startswith(app.redirect_uri)
    assert "error=invalid_request" in page.headers["location"]
    held = Held(house, app, browser)
    twice: dict[str, Any] = {**asked, name: [asked[name], asked[name]]}
    assert (await sent(held, twice, "/par")).refused_with("invalid_request")
