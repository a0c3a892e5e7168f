"""A power cut anywhere in a code exchange: the app gets its tokens all the same, and nobody is asked anything."""

from itertools import count

from tests.faults.cuts import cut
from tests.party import Party, Reply
from tests.servers.server import Server


async def test_a_cut_anywhere_in_a_code_exchange_leaves_an_app_that_gets_its_tokens(server: Server) -> None:
    browser, app = await server.sign_in("gabrielle"), server.app("bench")
    await app.obtain(browser, choices={"scope": ["profile", "email"]})
    cuts: list[str] = []
    for at in count(1):
        back = app.answer(await app.ask(browser, prompt="none"))
        code, verifier = back["code"], app.verifiers[back["state"]]
        reply, where = await cut(server, "/token", at, lambda: app.exchange(code, verifier=verifier))  # noqa: B023
        if reply is not None:
            await _good(app, reply)
            break
        cuts.append(where)
        reply = await app.exchange(code, verifier=verifier)
        if reply.status != 200:  # it was spent: the app asks again, without a page
            assert reply.refused_with("invalid_grant", "code_invalid")
            back = app.answer(await app.ask(browser, prompt="none"))
            reply = await app.exchange(back["code"], verifier=app.verifiers[back["state"]])
        await _good(app, reply)
    assert cuts[-2:] == ["before the answer", "within the answer"]
    assert any("idp_codes" in where for where in cuts)
    assert any("idp_families" in where for where in cuts)


async def _good(app: Party, reply: Reply) -> None:
    assert reply.status == 200, reply.body
    assert (await app.userinfo(reply["access_token"])).status == 200
    assert (await app.refresh(reply["refresh_token"])).status == 200
