"""One browser a module; each test has its own visitor in it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.chromium.visitor import ARGUMENTS, Visitor, visiting
from tests.conftest import CHROMIUM
from tests.running import Running

Visiting = Callable[..., AbstractAsyncContextManager[Visitor]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def visit(own_demo: Running, chromium: Browser) -> Visiting:
    """`async with visit(**mood) as visitor`: someone comes; once they leave, nothing was wrong on their way."""
    return partial(visiting, own_demo, chromium)
