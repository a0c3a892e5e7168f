"""Signing keys change while apps are served by one process and then another: no token of ours is ever refused."""

import asyncio
from datetime import timedelta
from typing import Any

from keys.records import State
from kit import jose
from service.commands import keys as commands
from service.worker import Worker
from tests.browser import Browser
from tests.party import Reply
from tests.races.crowd import Crowd, statuses


async def _traffic(crowd: Crowd, held: list[Reply]) -> None:
    """One app is given new tokens here; at the same moment those that it holds are shown everywhere."""
    number = len(held)
    later = [crowd.app(number).refresh(held[-1]["refresh_token"])]
    for home in range(len(crowd.homes)):
        for tokens in held[-2:]:
            token = tokens["access_token"]
            app = crowd.app(home)
            later += [app.userinfo(token), app.introspect(token), app.measures(token)]
    fresh, *seen = await asyncio.gather(*later)
    assert fresh.status == 200, fresh.body
    assert set(statuses(seen)) == {200}, [one.body for one in seen if one.status != 200]
    assert all(one["active"] for one in seen[1::3])
    held.append(fresh)


async def test_keys_change_while_apps_are_served(crowd: Crowd, browser: Browser) -> None:
    held = [await crowd.linked(browser)]
    house, settings = crowd.first.house, crowd.first.house.settings.keys
    generations = set[str]()
    remembered: tuple[Any, Any] = (None, None)

    async def live(steps: int, each: timedelta) -> None:
        nonlocal remembered
        for _ in range(steps):
            await _traffic(crowd, held)
            await _traffic(crowd, held)
            now, home = crowd.clock.now(), crowd.homes[len(held) % len(crowd.homes)]
            if remembered[0] is None or now >= remembered[0] + settings.jwks_max_age:
                remembered = now, jose.import_keys((await home.client.get("/jwks")).json())
            for tokens in held[-2:]:
                told = tokens.body.get("id_token") or tokens["access_token"]
                jose.verify_signature(told, remembered[1], algorithms=("ES256",), typ=None)
                generations.add(str(jose.header_of(told)["kid"]))
            held[:] = held[-1:]
            crowd.clock.advance(each)
            await asyncio.gather(
                *(one.house.ring.keep_fresh() for one in crowd.homes)
            )  # as each process does by itself
            held.append(await crowd.app().refresh(held[-1]["refresh_token"]))
            del held[0]

    await live(2, timedelta(seconds=5))
    await commands._rotate(house, False)
    await live(2, timedelta(seconds=2))
    await live(5, settings.announce_for / 5)
    workers = [Worker(home.house) for home in crowd.homes]
    await asyncio.gather(_traffic(crowd, held), *(worker._keys() for worker in workers))
    await live(3, timedelta(seconds=2))
    await live(5, settings.overlap / 5)
    await asyncio.gather(_traffic(crowd, held), *(worker._keys() for worker in workers))
    await live(2, timedelta(seconds=5))
    assert len(generations) == 2
    assert {key.state for key in house.ring.all()} == {State.SIGNING, State.DECRYPTING}
