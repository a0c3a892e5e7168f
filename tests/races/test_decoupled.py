"""What was agreed on another device is handed over once, answered once, asked once (RFC 8628, CIBA)."""

from collections import Counter
from typing import Any

from idp.decoupled.tables import demands
from idp.tokens.tables import families
from tests.browser import Browser, Page
from tests.ciba import Asker
from tests.house import Home
from tests.party import Reply
from tests.races.crowd import Crowd, statuses

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


async def begun(crowd: Crowd, browser: Browser) -> tuple[Reply, Page]:
    """A television that shows its code, and the page where a person answers."""
    asked = await crowd.app(0, "tv").post("/device_authorization", scope="openid offline_access")
    page = await browser.get(asked["verification_uri_complete"])
    return asked, await browser.submit(page, {"user_code": asked["user_code"]})


async def test_of_fifty_who_bring_a_device_code_one_wins_and_what_it_won_is_worthless(
    crowd: Crowd, browser: Browser
) -> None:
    """The other forty-nine are replays, and a replay ends everything that the code gave birth to."""
    asked, page = await begun(crowd, browser)
    await browser.submit(page, {"decision": "allow"})

    async def bring(number: int, home: Home) -> Reply:
        return await crowd.app(number, "tv").token(grant_type=DEVICE, device_code=asked["device_code"])

    replies = await crowd.together(bring)
    assert statuses(replies) == {200: 1, 400: 49}
    (won,) = (one for one in replies if one.status == 200)
    assert all(one.refused_with("invalid_grant", "code_invalid") for one in replies if one is not won)
    assert (await crowd.app(1, "tv").refresh(won["refresh_token"])).refused_with("invalid_grant", "token_invalid")
    assert await crowd.rows(families, client_id="tv") == 1


async def test_of_many_answers_to_one_request_the_first_counts(crowd: Crowd, browser: Browser) -> None:
    asked, page = await begun(crowd, browser)
    twins = [await crowd.twin(browser, number) for number in range(2)]

    async def say(number: int, home: Home) -> Page:
        decision = "allow" if number % 2 else "refuse"
        return await twins[number % 2].submit(page, {"decision": decision}, follow=False)

    await crowd.together(say, 10)
    said = await crowd.lines("request.allowed", client_id="tv") + await crowd.lines("request.refused", client_id="tv")
    assert said == 1
    kept = await crowd.rows(demands, status="allowed") + await crowd.rows(demands, status="refused")
    assert kept == 1
    assert await crowd.whole()
    answer = await crowd.app(1, "tv").token(grant_type=DEVICE, device_code=asked["device_code"])
    allowed = await crowd.rows(demands, status="allowed")
    assert answer.body.get("error") == (None if allowed else "access_denied")


def asker(crowd: Crowd, number: int) -> Asker:
    home = crowd.homes[number % len(crowd.homes)]
    return Asker(home, home.party("ciba"))


async def test_of_many_requests_to_one_person_the_last_one_waits(crowd: Crowd) -> None:
    async def ask(number: int, home: Home) -> Reply:
        return await asker(crowd, number).begin()

    replies = await crowd.together(ask, 8)
    assert statuses(replies) == {200: 8}
    assert 1 <= await crowd.rows(demands, status="waiting") <= 8
    last = await asker(crowd, 1).begin()
    assert await crowd.rows(demands, status="waiting") == 1
    assert (await asker(crowd, 0).poll(last["auth_req_id"])).refused_with("authorization_pending")


async def test_a_signed_request_is_good_once_whatever_the_process(crowd: Crowd) -> None:
    one = asker(crowd, 0)
    token = one.object(scope="openid", login_hint=crowd.first.person("gabrielle")["identifier"])

    async def send(number: int, home: Home) -> Reply:
        return await asker(crowd, number).post("/bc-authorize", request=token)

    assert statuses(await crowd.together(send, 10)) == {200: 1, 400: 9}


async def test_of_fifty_who_come_for_an_answer_one_wins(crowd: Crowd) -> None:
    asked = await asker(crowd, 0).begin()
    await crowd.first.client.post(f"/sandbox/ciba?auth_req_id={asked['auth_req_id']}&action=allow")

    async def come(number: int, home: Home) -> Reply:
        return await asker(crowd, number).poll(asked["auth_req_id"])

    replies = await crowd.together(come)
    assert statuses(replies) == {200: 1, 400: 49}
    assert await crowd.rows(families, client_id="ciba") == 1


async def test_of_many_who_ask_too_often_each_makes_the_wait_longer(crowd: Crowd) -> None:
    asked = await asker(crowd, 0).begin()

    async def come(number: int, home: Home) -> Any:
        return (await asker(crowd, number).poll(asked["auth_req_id"])).body["error"]

    assert Counter(await crowd.together(come, 10)) == {"authorization_pending": 1, "slow_down": 9}
    assert await crowd.rows(demands, interval=50) == 1
