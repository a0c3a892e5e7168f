"""Every door × every change: what was good before the change is refused after it, at each door, on each database."""

import pytest

from clients.metadata import GRANT_TYPES as REGISTRABLE
from idp.protocol import bearer
from idp.server.server import GRANTS
from tests.house import Home
from tests.negatives import doors
from tests.negatives.doors import CHANGES, DOORS, GOES_ON, Held


def test_every_grant_type_has_its_row() -> None:
    """A grant type that is served, or that a client may register, and that no row tries to abuse.

    `implicit` is none that the token endpoint knows: the authorization endpoint is its door.
    """
    assert {grant.GRANT_TYPE for grant in GRANTS} == doors.GRANT_TYPES.keys() == REGISTRABLE - {"implicit"}


def test_what_goes_on_is_named_after_rows_that_exist() -> None:
    assert all(door in DOORS and change in CHANGES for door, change in GOES_ON)


async def test_without_a_change_every_door_opens(house: Home) -> None:
    held = await doors.held(house, await house.sign_in("gabrielle"), "offline")
    assert await walked(held) == dict.fromkeys(DOORS, True)


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_between_the_gift_and_its_use_is_seen(house: Home, change: str) -> None:
    """The token is used before the change, so that whatever a process remembers of it is remembered."""
    held = await doors.held(house, await house.sign_in("gabrielle"), "offline")
    for warm in ("measures", "userinfo", "introspection"):
        assert await DOORS[warm](held)
    await CHANGES[change](held)
    assert await walked(held) == {door: (door, change) in GOES_ON for door in DOORS}


async def test_online_access_ends_with_the_session(house: Home) -> None:
    held = await doors.held(house, await house.sign_in("gabrielle"), "online")
    assert await doors.measures(held)
    await doors.session_ended(held)
    opened = {door for door, yes in (await walked(held)).items() if yes}
    assert opened == {"client_credentials", bearer.GRANT_TYPE}  # neither rests on a session of ours


async def walked(held: Held) -> dict[str, bool]:
    """Each door, and whether it opened."""
    return {name: await use(held) for name, use in DOORS.items()}


@pytest.mark.parametrize("path", ["/espace/", "/account/sessions", "/activation/enfants"])
async def test_a_locked_account_is_shown_no_page_of_its_own(house: Home, path: str) -> None:
    browser = await house.sign_in("gabrielle")
    assert (await browser.get(path)).path != "/signin"
    await doors.locked(doors.Held(house, doors.party(house), browser))
    page = await browser.get(path)
    assert page.path == "/signin" or page.status == 401


async def test_a_suspended_app_is_not_let_in_by_leaving_its_address_out(house: Home) -> None:
    """One registered address may be left out of the request; the catalogue is asked all the same."""
    held = await doors.held(house, await house.sign_in("gabrielle"), "offline")
    await doors.suspended(held)
    page = await held.app.ask(held.browser, redirect_uri=None)
    assert (page.status, page.location) == (403, page.url)
