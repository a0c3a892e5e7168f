"""RP-initiated logout: whom it signs out, and the only addresses that it leads to."""

import base64
import json
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.browser import Browser, Page
from tests.house import Home
from tests.party import Reply, claims_of, party

BYE = "http://127.0.0.1/bye"
ALL = {"scope": ["profile", "email"]}


@pytest.fixture
async def browser(house: Home) -> Browser:
    return await house.sign_in("gabrielle")


@pytest.fixture
async def held(house: Home, browser: Browser) -> Reply:
    return await party(house).obtain(browser, choices=ALL)


async def ask(browser: Browser, **query: str) -> Page:
    return await browser.get("/logout?" + urlencode(query), follow=False)


async def signed_in(house: Home, browser: Browser) -> bool:
    page = await party(house).ask(browser, prompt="none", scope="openid")
    return party(house).answer(page).get("error") != "login_required"


async def test_a_hint_of_this_session_signs_out_at_once_and_the_state_comes_back(
    house: Home, browser: Browser, held: Reply
) -> None:
    page = await ask(browser, id_token_hint=held["id_token"], post_logout_redirect_uri=BYE, state="a b&c")
    assert page.status == 303
    assert page.location.startswith(f"{BYE}?")
    assert parse_qs(urlsplit(page.location).query) == {"state": ["a b&c"]}
    assert not await signed_in(house, browser)


async def test_without_a_state_none_comes_back(browser: Browser, held: Reply) -> None:
    page = await ask(browser, id_token_hint=held["id_token"], post_logout_redirect_uri=BYE)
    assert page.location == BYE


async def test_an_expired_id_token_is_a_good_hint(house: Home, browser: Browser, held: Reply) -> None:
    house.clock.advance(timedelta(minutes=20))
    assert claims_of(held["id_token"])["exp"] < house.clock.now().timestamp()
    page = await ask(browser, id_token_hint=held["id_token"], post_logout_redirect_uri=BYE)
    assert page.location == BYE


async def test_by_post_as_well(browser: Browser, held: Reply) -> None:
    form = {"id_token_hint": held["id_token"], "post_logout_redirect_uri": BYE, "state": "s"}
    answer = await browser.client.post("/logout", data=form)
    assert answer.headers["location"] == f"{BYE}?state=s"


def forged(held: Reply, how: str, home: Home) -> str:
    """A hint that we did not sign."""
    token, claims = str(held["id_token"]), claims_of(held["id_token"])
    if how == "another key":
        return jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, ECKey.generate_key("P-256"))
    if how == "no algorithm":
        head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
        return f"{head}.{token.split('.')[1]}."
    if how == "another audience":
        body = base64.urlsafe_b64encode(json.dumps(claims | {"aud": "portal"}).encode()).rstrip(b"=").decode()
        return ".".join((token.split(".")[0], body, token.split(".")[2]))
    return {"cut": token[:-4], "not a token": "hello", "an access token": str(held["access_token"])}[how]


@pytest.mark.parametrize(
    "how", ["another key", "no algorithm", "another audience", "cut", "not a token", "an access token"]
)
async def test_a_hint_that_is_not_ours_goes_nowhere(house: Home, browser: Browser, held: Reply, how: str) -> None:
    page = await ask(browser, id_token_hint=forged(held, how, house), post_logout_redirect_uri=BYE, client_id="bench")
    assert (page.status, page.response.headers.get("location")) == (400, None)
    assert await signed_in(house, browser)
    left = await browser.submit(page, form=page.form(action="/logout/confirm"), follow=False)
    assert (left.status, left.response.headers.get("location")) == (200, None)
    assert not await signed_in(house, browser)


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/",
        f"{BYE}?more=1",
        f"{BYE}/",
        BYE.upper(),
        "http://127.0.0.1/cb",
        f"{BYE}#x",
        "javascript:alert(1)",
    ],
)
async def test_an_address_that_is_not_registered_to_the_letter_goes_nowhere(
    house: Home, browser: Browser, held: Reply, uri: str
) -> None:
    for query in ({"id_token_hint": held["id_token"]}, {"client_id": "bench"}, {}):
        page = await ask(browser, post_logout_redirect_uri=uri, **query)
        assert (page.status, page.response.headers.get("location")) == (400, None)
    assert await signed_in(house, browser)


async def test_a_client_id_alone_proves_nothing_the_way_back_is_a_link(house: Home, browser: Browser) -> None:
    page = await ask(browser, client_id="bench", post_logout_redirect_uri=BYE, state="s")
    assert page.status == 200
    assert await signed_in(house, browser)
    left = await browser.submit(page, form=page.form(action="/logout/confirm"), follow=False)
    assert (left.status, left.response.headers.get("location")) == (200, None)
    assert "js/leave" not in left.html
    assert f"{BYE}?state=s" in [address for address, _ in left.links]
    assert not await signed_in(house, browser)
    again = await ask(browser, client_id="bench", post_logout_redirect_uri=BYE)
    assert (again.status, again.response.headers.get("location")) == (200, None)


async def test_an_address_without_anybody_who_asks_goes_nowhere(house: Home, browser: Browser) -> None:
    page = await ask(browser, post_logout_redirect_uri=BYE, state="s")
    assert (page.status, page.response.headers.get("location")) == (400, None)
    assert await signed_in(house, browser)


@pytest.mark.parametrize("query", [{}, {"state": "s"}, {"ui_locales": "en"}, {"logout_hint": "gabrielle"}])
async def test_without_a_hint_the_person_is_asked_then_told(
    house: Home, browser: Browser, query: dict[str, str]
) -> None:
    page = await ask(browser, **query)
    assert page.status == 200
    assert await signed_in(house, browser)
    left = await browser.submit(page, form=page.form(action="/logout/confirm"), follow=False)
    assert "Vous êtes déconnecté" in left.text
    assert not await signed_in(house, browser)


async def test_a_hint_alone_signs_out_and_says_so(house: Home, browser: Browser, held: Reply) -> None:
    page = await ask(browser, id_token_hint=held["id_token"])
    assert page.status == 200
    assert "Vous êtes déconnecté" in page.text
    assert not await signed_in(house, browser)


async def test_a_hint_of_another_session_asks_first_then_goes_back(house: Home, browser: Browser, held: Reply) -> None:
    house.clock.advance(timedelta(minutes=1))
    other = await house.sign_in("gabrielle", house.browser())
    page = await ask(other, id_token_hint=held["id_token"], post_logout_redirect_uri=BYE, state="s")
    assert page.status == 200
    assert await signed_in(house, other)
    left = await other.submit(page, form=page.form(action="/logout/confirm"), follow=False)
    assert left.location == f"{BYE}?state=s"
    assert not await signed_in(house, other)
    assert await signed_in(house, browser)


async def test_a_hint_for_one_app_does_not_speak_for_another(browser: Browser, held: Reply) -> None:
    page = await ask(browser, id_token_hint=held["id_token"], client_id="mobile")
    assert (page.status, page.response.headers.get("location")) == (400, None)


@pytest.mark.parametrize("name", ["client_id", "id_token_hint", "post_logout_redirect_uri", "state"])
async def test_a_parameter_given_twice_goes_nowhere(browser: Browser, held: Reply, name: str) -> None:
    query = [("id_token_hint", held["id_token"]), ("post_logout_redirect_uri", BYE), ("state", "s")]
    page = await browser.get("/logout?" + urlencode([*query, (name, "bench"), (name, "bench")]), follow=False)
    assert (page.status, page.response.headers.get("location")) == (400, None)
