"""One assertion about a person, brought by many at once (RFC 7523 §3)."""

from collections import Counter

from tests.browser import Browser
from tests.idp.server.test_jwt_bearer import READING, SCOPE, made
from tests.issuer import assertion, brought, trusted
from tests.party import Party
from tests.races.crowd import Crowd


async def test_of_many_who_bring_one_assertion_one_is_served(crowd: Crowd, browser: Browser) -> None:
    first = await made(crowd.first)
    apps = [first, *(Party(home, first.known) for home in crowd.homes[1:])]
    await trusted(crowd.first, first)
    await first.obtain(browser, scope=SCOPE, choices=READING)
    text = assertion(crowd.first)
    answers = await crowd.together(lambda n, _: brought(apps[n % len(apps)], text), 12)
    assert Counter(one.status for one in answers) == {200: 1, 400: 11}
