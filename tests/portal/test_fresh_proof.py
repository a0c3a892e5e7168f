"""Where a change needs a fresh proof, the portal has it given and comes back (RFC 9470)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import SETTINGS
from tests.house import Home, opened
from tests.portal.test_in_the_house import page_of, paired


@pytest.fixture
async def home(backend: Any, furnished: Any, clock: Any, tmp_path: Any) -> AsyncIterator[Home]:
    """A house where who changes their agreements proved who they are in the last ten minutes."""
    settings = replace(SETTINGS, consent=replace(SETTINGS.consent, change_within=timedelta(minutes=10)))
    async with backend.copy(filled=True) as database, opened(settings, tmp_path, clock, database, furnished) as made:
        yield made


async def test_a_person_proves_who_they_are_again_and_goes_on_where_they_were(home: Home) -> None:
    browser = await home.sign_in("gabrielle")
    await paired(home, browser, ["measures:read"])
    home.clock.advance(timedelta(minutes=11))
    page = await page_of(browser)
    asked = await browser.submit(page, {}, form=page.form(action="/suspendre"))
    assert asked.path.startswith("/signin")
    back = await home.through(browser, asked, home.person("gabrielle"))
    assert back.path == page.path
    assert "Suspendue" not in back.text  # nothing was done meanwhile
    done = await browser.submit(back, {}, form=back.form(action="/suspendre"))
    assert "Suspendue" in done.text


async def test_a_fresh_session_is_asked_nothing(home: Home) -> None:
    browser = await home.sign_in("gabrielle")
    await paired(home, browser, ["measures:read"])
    page = await page_of(browser)
    assert "Suspendue" in (await browser.submit(page, {}, form=page.form(action="/suspendre"))).text


@pytest.mark.parametrize("made_up", ["niveau=%22%3E&depuis=-1", "niveau=a%20b&depuis=x", "depuis=99999999999"])
async def test_a_link_that_somebody_made_up_asks_for_nothing_strange(home: Home, made_up: str) -> None:
    browser = home.browser()
    page = await browser.client.get(f"/espace/connexion?encore=1&{made_up}")
    assert page.status_code == 303
    assert "max_age" not in page.headers["location"]
    assert "acr_values" not in page.headers["location"]
