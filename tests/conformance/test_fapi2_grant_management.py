"""The FAPI 2.0 plans with grant_management=enabled: each test has the name of the suite's own."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection

from clients import store
from consent.scopes import MANAGEMENT
from tests.conformance.fapi2 import DATA, Suite, Variant
from tests.party import Reply, reply

EACH = pytest.mark.parametrize(
    "variant", [Variant(), Variant(auth="mtls", constrain="mtls", openid=False)], indirect=True, ids=str
)


async def managing(suite: Suite) -> Suite:
    """The client of the plan, registered for the API's scopes."""

    def unit(db: Connection) -> None:
        client = store.find(db, suite.client_id)
        assert client is not None
        changed = replace(client, scope=client.scope | MANAGEMENT)
        store.replace(db, changed, suite.home.clock.now())

    await suite.home.database.work(unit)
    suite.home.clients.forget(suite.client_id)
    return suite


async def granted(suite: Suite, action: str = "create", **changes: Any) -> Reply:
    """The code flow as these plans ask it."""
    scope = changes.pop("scope", f"{suite.scope} {' '.join(sorted(MANAGEMENT))}")
    answer = await suite.tokens(grant_management_action=action, scope=scope, **changes)
    assert set(answer["grant_id"]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    return answer


async def call(suite: Suite, method: str, answer: Reply, grant_id: str | None = None) -> Reply:
    """The grant's address, with the token that the code flow gave."""
    path, token = f"/grants/{grant_id or answer['grant_id']}", answer["access_token"]
    scheme = "DPoP" if suite.variant.constrain == "dpop" else "Bearer"
    headers = {
        "authorization": f"{scheme} {token}",
        **suite.headers(path, method=method, **({"token": token} if scheme == "DPoP" else {})),
    }
    return reply(await suite.home.client.request(method, path, headers=headers))


@EACH
async def test_grant_management_query_and_revoke(one: Suite) -> None:
    answer = await granted(await managing(one))
    said = await call(one, "GET", answer)
    assert (said.status, said.headers["cache-control"]) == (200, "no-store")
    assert said.headers["content-type"].startswith("application/json")
    assert said.body.keys() == {"scopes", "claims", "authorization_details"}
    told = {word for part in said["scopes"] for word in part["scope"].split()}
    assert told >= set(answer["scope"].split()) - MANAGEMENT
    assert not told & MANAGEMENT
    gone = await call(one, "DELETE", answer)
    assert (gone.status, gone.body) == (204, None)
    assert (await call(one, "GET", answer)).status == 404


@EACH
async def test_grant_management_merge(one: Suite) -> None:
    answer = await granted(await managing(one))
    more = await granted(one, "merge", grant_id=answer["grant_id"])
    assert more["grant_id"] == answer["grant_id"]
    assert (await call(one, "GET", more)).status == 200


async def test_grant_management_replace(one: Suite) -> None:
    answer = await granted(await managing(one))
    scope = f"{DATA} {' '.join(sorted(MANAGEMENT))}"
    other = await granted(one, "replace", grant_id=answer["grant_id"], scope=scope)
    assert other["grant_id"] == answer["grant_id"]
    said = await call(one, "GET", other)
    assert [part["scope"] for part in said["scopes"]] == [DATA]
    assert (await one.refresh(answer["refresh_token"])).refused_with("invalid_grant", "consent_ended")


async def test_ensure_invalid_grant_id_fails(one: Suite) -> None:
    await managing(one)
    pushed = await one.push(grant_management_action="merge", grant_id="nobodys")
    back = one.answer(await one.open(pushed["request_uri"]))
    assert back["error"] == "invalid_grant_id"


async def test_ensure_query_nonexistent_grant_fails(one: Suite) -> None:
    answer = await granted(await managing(one))
    assert (await call(one, "GET", answer, "nobodys")).status == 404


async def test_ensure_query_after_revoke_fails(one: Suite) -> None:
    answer = await granted(await managing(one))
    assert (await call(one, "DELETE", answer)).status == 204
    assert (await call(one, "GET", answer)).status == 404


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_ensure_wrong_client_cannot_query_or_revoke_grant(one: Suite, two: Suite, method: str) -> None:
    mine, theirs = await granted(await managing(one)), await granted(await managing(two))
    assert (await call(two, method, theirs, mine["grant_id"])).status == 404
    assert (await call(one, "GET", mine)).status == 200


async def test_every_other_module_sends_create_too(one: Suite) -> None:
    """Each time the agreement is a fresh one, and the one before is over."""
    first = await granted(await managing(one))
    second = await granted(one)
    assert first["grant_id"] != second["grant_id"]
    assert (await call(one, "GET", second)).status == 200
    assert (await one.resource(second["access_token"])).status_code == 200
    assert (await one.resource(first["access_token"])).status_code == 403
