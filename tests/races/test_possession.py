"""Proofs of possession are used once, in whichever process they come (RFC 9449 §11.1)."""

import httpx2

from tests.browser import Browser
from tests.holder import USERINFO, Holder
from tests.house import Home
from tests.races.crowd import Crowd, statuses

ALL = {"scope": ["profile", "email"]}


async def test_of_fifty_uses_of_one_proof_exactly_one_reads(crowd: Crowd, browser: Browser) -> None:
    holder = Holder(crowd.app())
    token = (await holder.obtain(browser, choices=ALL))["access_token"]
    headers = {"authorization": f"DPoP {token}", "dpop": holder.proof("GET", USERINFO, token)}

    async def read(number: int, home: Home) -> httpx2.Response:
        return await home.client.get(USERINFO, headers=headers)

    assert statuses(await crowd.together(read)) == {200: 1, 401: 49}


async def test_of_fifty_uses_of_one_proof_exactly_one_gets_a_token(crowd: Crowd) -> None:
    holder = Holder(crowd.app())
    proof = holder.proof("POST", "/token")

    async def ask(number: int, home: Home) -> int:
        own = Holder(crowd.app(number), holder.signer)
        return (await own.token(grant_type="client_credentials", proof=proof)).status

    answers = await crowd.together(ask)
    assert sorted(answers) == [200] + [400] * 49


async def test_a_nonce_of_one_process_is_good_in_the_other(crowd: Crowd) -> None:
    homes = crowd.homes
    desks = [home.idp.tokens.desk for home in homes]
    now = crowd.clock.now()
    assert all(desk.nonces.good(desks[0].nonces.fresh(now), now) for desk in desks)


async def test_different_proofs_do_not_wait_for_one_another(crowd: Crowd, browser: Browser) -> None:
    holder = Holder(crowd.app())
    token = (await holder.obtain(browser, choices=ALL))["access_token"]

    async def read(number: int, home: Home) -> httpx2.Response:
        headers = {"authorization": f"DPoP {token}", "dpop": holder.proof("GET", USERINFO, token)}
        return await home.client.get(USERINFO, headers=headers)

    assert statuses(await crowd.together(read)) == {200: 50}
