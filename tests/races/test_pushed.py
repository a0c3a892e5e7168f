"""A pushed request is answered once, whichever process it was pushed to (RFC 9126 §4, §7.3)."""

from httpx2 import QueryParams

from idp.tokens.tables import codes
from tests.browser import Browser, Page
from tests.house import Home
from tests.races.crowd import Crowd


async def test_of_many_who_bring_a_pushed_request_one_gets_a_code(crowd: Crowd, browser: Browser) -> None:
    app = crowd.app()
    await app.obtain(browser, scope="openid email", choices={"scope": ["email"]})
    before = await crowd.rows(codes)
    asked = app.request(scope="openid email", prompt="none", state="s")
    query = QueryParams({"client_id": app.client_id, "request_uri": (await app.post("/par", **asked))["request_uri"]})
    twins = [await crowd.twin(browser, number) for number in range(len(crowd.homes))]

    async def bring(number: int, home: Home) -> Page:
        return await twins[number % len(twins)].get(f"/authorize?{query}")

    pages = await crowd.together(bring, 20)
    won = [page for page in pages if page.location.startswith(app.redirect_uri) and "code=" in page.location]
    assert len({app.answer(page)["code"] for page in won}) == 1
    assert await crowd.rows(codes) == before + 1
    assert all(page.status < 500 for page in pages)
    late = await twins[-1].get(f"/authorize?{query}")
    assert late.status == 400
    back = app.answer(won[0])
    answer = await crowd.app(1).exchange(back["code"], verifier=app.verifiers["s"])
    assert answer.status == 200


async def test_what_was_pushed_to_one_process_is_opened_and_answered_in_others(crowd: Crowd, browser: Browser) -> None:
    app = crowd.app()
    pushed = await app.post("/par", **app.request(state="s"))
    query = QueryParams({"client_id": app.client_id, "request_uri": pushed["request_uri"]})
    other = await crowd.twin(browser)
    page = await other.get(f"/authorize?{query}")
    back = await app.come_back(other, page, scope=["email"])
    assert back["state"] == "s"
    assert (await browser.get(f"/authorize?{query}")).status == 400
    assert (await crowd.app(1).exchange(back["code"], verifier=app.verifiers["s"])).status == 200
