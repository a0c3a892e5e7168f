"""How the pages speak: short sentences, no word of the trade."""

import html
import re

from tests.portal.conftest import Browser
from tests.portal.furnished import OUTSIDE, PAGES, furnish
from tests.portal.stand_in import StandIn

TRADE = re.compile(r"\b(oauth|openid|jetons?|tokens?|scopes?|fhir|api|url|grant|consent)\b", re.IGNORECASE)
LONGEST = 20


def sentences(page: str) -> list[str]:
    """What is read on a page, sentence by sentence; a block ends one."""
    page = re.sub(r"<(script|style|textarea|code)\b.*?</\1>", "", page, flags=re.DOTALL)
    page = re.sub(r"</?(?:span|strong|a|svg|use|em)\b[^>]*>", " ", page)
    blocks = re.split(r"<[^>]+>", page)
    return [one.strip() for block in blocks for one in re.split(r"(?<=[.!?])\s", html.unescape(block)) if one.strip()]


async def test_no_page_speaks_the_language_of_the_trade_nor_in_long_sentences(
    browser: Browser, services: StandIn
) -> None:
    furnish(services)
    faults = []
    await browser.sign_in()
    for path in (*PAGES, *OUTSIDE):
        for sentence in sentences((await browser.get(path)).text):
            if TRADE.search(sentence):
                faults.append(f"{path}: {sentence}")
            if len(re.findall(r"[\w’'-]+", sentence)) > LONGEST:
                faults.append(f"{path}: too long: {sentence}")
    assert faults == []
