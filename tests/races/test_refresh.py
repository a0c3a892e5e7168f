"""A refresh token has one successor, whoever else does what at the same time (RFC 9700 §4.14.2)."""

import asyncio
from datetime import timedelta

from idp.tokens.tables import families, refresh_tokens
from tests.browser import Browser
from tests.house import Home
from tests.party import Reply, code_of
from tests.races.crowd import Crowd, statuses


async def test_of_fifty_uses_of_one_refresh_token_all_get_the_same_successor(crowd: Crowd, browser: Browser) -> None:
    """A client that lost its answers may ask again within thirty seconds; there is never a second line of tokens."""
    first = await crowd.app().obtain(browser, choices={"scope": ["profile", "email"]})
    alive = await crowd.rows(refresh_tokens, used_at=None)

    async def bring(number: int, home: Home) -> Reply:
        return await crowd.app(number).refresh(first["refresh_token"])

    replies = await crowd.together(bring)
    assert statuses(replies) == {200: 50}
    (successor,) = {one["refresh_token"] for one in replies}
    assert await crowd.rows(refresh_tokens, used_at=None) == alive
    crowd.clock.advance(timedelta(seconds=10))
    again = await crowd.app(1).refresh(successor)
    assert again.status == 200
    assert again["refresh_token"] not in {successor, first["refresh_token"]}


async def test_fifty_uses_after_the_grace_end_the_family_and_the_person_is_told_once(
    crowd: Crowd, browser: Browser
) -> None:
    person = crowd.first.person("gabrielle")
    first = await crowd.app().obtain(browser, choices={"scope": ["profile", "email"]})
    second = await crowd.app().refresh(first["refresh_token"])
    crowd.clock.advance(timedelta(seconds=31))

    async def bring(number: int, home: Home) -> Reply:
        return await crowd.app(number).refresh(first["refresh_token"])

    replies = await crowd.together(bring)
    assert statuses(replies) == {400: 50}
    assert all(one.refused_with("invalid_grant", "token_reused") for one in replies)
    assert (await crowd.app(1).refresh(second["refresh_token"])).refused_with("invalid_grant", "token_reused")
    assert (await crowd.app().userinfo(second["access_token"])).status == 401
    assert await crowd.rows(families, client_id="bench", ended_because="token_reused") == 1
    told = [letter for letter in await crowd.first.letters(person["email"]) if "Banc d’essai" in letter.text]
    assert len(told) == 1, [letter.subject for letter in told]


async def test_a_refresh_that_meets_a_revocation_leaves_nothing_alive(crowd: Crowd, browser: Browser) -> None:
    """Whichever comes first, once both have answered no token of the family is good."""
    app = crowd.app()
    await app.obtain(browser, choices={"scope": ["profile", "email"]})
    for _ in range(8):
        now = await app.obtain(browser)
        fresh, gone = await asyncio.gather(
            crowd.app(0).refresh(now["refresh_token"]),
            crowd.app(1).post("/revoke", token=now["refresh_token"]),
        )
        assert gone.status == 200
        assert fresh.status == 200 or fresh.refused_with("invalid_grant", "token_invalid")
        for answer in [now, *([fresh] if fresh.status == 200 else [])]:
            assert (await crowd.app(0).userinfo(answer["access_token"])).status == 401
            assert (await crowd.app(1).refresh(answer["refresh_token"])).status == 400


async def test_a_refresh_that_meets_a_withdrawal_leaves_nothing_alive(crowd: Crowd, browser: Browser) -> None:
    for turn in range(3):
        now = await crowd.linked(browser)
        assert (await crowd.app().measures(now["access_token"])).status == 200
        person = await crowd.twin(browser, turn)
        page = await person.get(f"/espace/applications/{now['grant_id']}/arreter")
        stop, *answers = await asyncio.gather(
            person.submit(page, form=page.form(action="/arreter")),
            *(crowd.app(n).refresh(now["refresh_token"]) for n in range(6)),
        )
        assert stop.path.endswith("/arretee"), stop.text
        for answer in answers:
            assert answer.status == 200 or answer.refused_with("invalid_grant", "consent_ended"), answer.body
        for answer in [now, *(one for one in answers if one.status == 200)]:
            refused = await crowd.app(1).measures(answer["access_token"])
            assert (refused.status, code_of(refused)) == (403, "consent_ended"), refused.body
            again = await crowd.app(0).refresh(answer["refresh_token"])
            assert again.refused_with("invalid_grant", "consent_ended")
    assert await crowd.lines("grant.ended", client_id="bench") == 3
    assert await crowd.whole()
