"""Apps that close what they hold through the browser: frames on the page that says goodbye, then the way back."""

import html
import re
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.house import Home
from tests.party import claims_of, party
from tests.receiver import register

ALL = {"scope": ["profile", "email"]}
BYE = "http://127.0.0.1/bye"


async def test_the_page_opens_a_frame_of_each_app_that_took_part(house: Home) -> None:
    await register(house, "bench", frontchannel_logout_uri="https://bench.example.org/out?a=1")
    await register(house, "mobile", frontchannel_logout_uri="https://mobile.example.org/out")
    browser = await house.sign_in("gabrielle")
    held = await party(house).obtain(browser, choices=ALL)
    query = {"id_token_hint": held["id_token"], "post_logout_redirect_uri": BYE, "state": "s"}
    page = await browser.get("/logout?" + urlencode(query), follow=False)
    assert page.status == 200
    [frame] = [html.unescape(found) for found in re.findall(r'<iframe[^>]* src="([^"]+)"', page.html)]
    said = parse_qs(urlsplit(frame).query)
    assert frame.startswith("https://bench.example.org/out?")
    assert said == {"a": ["1"], "iss": [house.issuer], "sid": [claims_of(held["id_token"])["sid"]]}
    policy = page.response.headers["content-security-policy"]
    assert "frame-src https://bench.example.org;" in policy
    assert f"{BYE}?state=s" in [address for address, _ in page.links]
    assert f'data-to="{BYE}?state=s"' in page.html
    assert party(house).answer(await party(house).ask(browser, prompt="none"))["error"] == "login_required"


async def test_without_such_an_app_there_is_no_frame_and_none_is_allowed(house: Home) -> None:
    browser = await house.sign_in("gabrielle")
    held = await party(house).obtain(browser, choices=ALL)
    page = await browser.get("/logout?" + urlencode({"id_token_hint": held["id_token"]}), follow=False)
    assert "<iframe" not in page.html
    assert "frame-src" not in page.response.headers["content-security-policy"]
