"""An authorization code is used once, however many bring it (RFC 6749 §4.1.2)."""

from idp.server import bridge
from idp.tokens.tables import codes, families
from tests.browser import Browser
from tests.house import Home
from tests.negatives import doors
from tests.party import Reply, party
from tests.races.crowd import Crowd, statuses


async def test_of_fifty_uses_of_one_code_exactly_one_wins_and_what_it_won_is_worthless(
    crowd: Crowd, browser: Browser
) -> None:
    """The other forty-nine are replays, and a replay ends everything that the code gave birth to."""
    app = crowd.app()
    back = await app.come_back(browser, await app.ask(browser), scope=["profile", "email"])
    verifier = app.verifiers[back["state"]]

    async def bring(number: int, home: Home) -> Reply:
        return await crowd.app(number).exchange(back["code"], verifier=verifier)

    replies = await crowd.together(bring)
    assert statuses(replies) == {200: 1, 400: 49}
    (won,) = (one for one in replies if one.status == 200)
    assert all(one.refused_with("invalid_grant", "code_invalid") for one in replies if one is not won)
    for number in range(len(crowd.homes)):
        other = crowd.app(number)
        assert (await other.userinfo(won["access_token"])).status == 401
        assert (await other.refresh(won["refresh_token"])).refused_with("invalid_grant", "token_invalid")
        assert (await other.introspect(won["access_token"])).body == {"active": False}
        assert (await other.introspect(won["refresh_token"])).body == {"active": False}
    assert await crowd.rows(codes, used_at=None) == 0
    assert await crowd.rows(families, client_id="bench", ended_at=None) == 0


async def test_fifty_codes_brought_once_each_all_win(crowd: Crowd, browser: Browser) -> None:
    """The guard against replays does not refuse those who did nothing wrong."""
    app = crowd.app()
    await app.obtain(browser, choices={"scope": ["profile", "email"]})
    brought = []
    for _ in range(50):
        back = app.answer(await app.ask(browser))
        brought.append((back["code"], app.verifiers[back["state"]]))

    async def bring(number: int, home: Home) -> Reply:
        code, verifier = brought[number]
        return await crowd.app(number).exchange(code, verifier=verifier)

    replies = await crowd.together(bring)
    assert statuses(replies) == {200: 50}
    assert len({one["refresh_token"] for one in replies}) == 50
    assert (await app.userinfo(replies[7]["access_token"])).status == 200


async def test_a_sign_out_between_a_code_and_its_tokens_leaves_them_worthless(house, monkeypatch):
    """The short way reads, then writes: what ends in between is seen by the writing itself."""
    if house.database.lane is None:  # one transaction there: nothing comes in between
        return
    browser = await house.sign_in("gabrielle")
    app = party(house)
    back = await app.come_back(browser, await app.ask(browser, scope="openid profile"), scope=["profile"])
    written = bridge._written

    async def after_a_sign_out(scene, slip):
        await doors.session_ended(doors.Held(house, app, browser))
        return await written(scene, slip)

    monkeypatch.setattr(bridge, "_written", after_a_sign_out)
    answer = await app.exchange(back["code"], verifier=app.verifiers[back["state"]])
    monkeypatch.undo()
    assert answer.status == 400 or (await app.userinfo(answer["access_token"])).status == 401
