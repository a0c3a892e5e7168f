"""`fhirclient`, the SMART library of npm, runs against the FHIR base: by itself, and opened from the portal."""

from pathlib import Path
from typing import Any

import pytest

from tests.interop.scenario import Person, play
from tests.running import Running


class AtThePortal(Person):
    """Someone who opens the app from their list of apps when the scenario says so."""

    async def go(self, url: str, does: dict[str, Any]) -> str:
        if not does.get("opens"):
            return await super().go(url, does)
        page = await self.browser.get(url)
        known = self.server.person(self.key)
        if page.path == "/signin":
            page = await self._answer(page, does)
            page = await self._answer(page, does)
        assert known["name"].split()[0] in page.text, (page.url, page.text[:300])
        return (await self.browser.submit(page, form=page.form(action="/ouvrir"), follow=False)).location


@pytest.mark.node
@pytest.mark.parametrize("client_id", ["smart-app", "smart-server"])
async def test_a_smart_app_lives_with_the_provider(own_demo: Running, scripts: Path, client_id: str) -> None:
    assert (await play(own_demo, scripts, "fhir", client_id, AtThePortal))["patient"]
