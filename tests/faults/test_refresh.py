"""A power cut anywhere in a refresh: the same token brought again gives the one successor."""

from itertools import count

import pytest

from idp.tokens.tables import families, refresh_tokens
from tests.faults.cuts import cut, rows
from tests.servers.server import Server


@pytest.mark.parametrize("client_id", ["bench", "mobile"])
async def test_a_cut_anywhere_in_a_refresh_leaves_an_app_that_goes_on(server: Server, client_id: str) -> None:
    browser, app = await server.sign_in("gabrielle"), server.app(client_id)
    tokens = await app.obtain(browser, choices={"scope": ["profile", "email"]})
    alive = await rows(server, refresh_tokens, used_at=None)
    cuts: list[str] = []
    for at in count(1):
        old = tokens["refresh_token"]
        reply, where = await cut(server, "/token", at, lambda: app.refresh(old))  # noqa: B023
        if reply is not None:
            break
        cuts.append(where)
        tokens = await app.refresh(old)
        assert tokens.status == 200, (where, tokens.body)
        assert (await app.refresh(old))["refresh_token"] == tokens["refresh_token"], where
        assert (await app.userinfo(tokens["access_token"])).status == 200
        assert await rows(server, refresh_tokens, used_at=None) == alive
    assert reply is not None
    assert reply.status == 200
    assert cuts[-2:] == ["before the answer", "within the answer"]
    assert any("idp_refresh_tokens" in where for where in cuts)
    assert await rows(server, families, client_id=client_id, ended_at=None) == 1
