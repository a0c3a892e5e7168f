"""`openid-client` plays a device and an app that asks someone who is elsewhere; here is the person, elsewhere."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser import Page
from tests.interop.scenario import Person, play
from tests.running import Running


class Elsewhere(Person):
    """Someone at another screen: whatever the pages ask, until they say that it is done."""

    async def go(self, url: str, does: dict[str, Any]) -> str:
        page = await self.browser.get(url)
        for _ in range(10):
            if "C’est accepté" in page.text or "Demande refusée" in page.text:
                return url
            page = await self._next(page, does)
        raise AssertionError(f"pages without end: {page.url}")

    async def _next(self, page: Page, does: dict[str, Any]) -> Page:
        asked = {name for form in page.forms for name in form.names | form.choices.keys()}
        if page.path == "/device":
            return await self.browser.submit(page, form=page.form("user_code"))
        if asked & {"password", "code", "decision"}:
            return await self._answer(page, does)
        onward = [href for href, _ in page.links if "/signin?" in href or href.startswith("/ciba/")]
        assert onward, (page.url, page.text[:500])
        return await self.browser.get(onward[0])


@pytest.mark.node
async def test_a_device_without_keyboard(own_demo: Running, scripts: Path) -> None:
    assert (await play(own_demo, scripts, "device", "tv", Elsewhere))["sub"]


@pytest.mark.node
async def test_an_app_asks_a_person_who_is_elsewhere(own_demo: Running, scripts: Path) -> None:
    assert (await play(own_demo, scripts, "ciba", "ciba", Elsewhere))["sub"]
