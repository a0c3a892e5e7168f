"""CIBA ping and push: the app is called back, once the answer is committed, and nothing of it is lost or repeated."""

import hashlib
from base64 import urlsafe_b64encode

import pytest

from tests.ciba import Catcher, asker, caught, later
from tests.house import Home
from tests.party import claims_of

TOKEN = "n" * 32
EXTRA = "urn:openid:params:jwt:claim:"


@pytest.fixture
async def catcher():
    async with caught() as one:
        yield one


async def called_back(house: Home, catcher: Catcher, mode: str, **options):
    return await asker(
        house,
        f"ciba-{mode}",
        backchannel_token_delivery_mode=mode,
        backchannel_client_notification_endpoint=catcher.url,
        **options,
    )


async def answer(house: Home, auth_req_id: str, action: str = "allow") -> None:
    said = await house.client.post(f"/sandbox/ciba?auth_req_id={auth_req_id}&action={action}")
    assert said.status_code == 200, said.text
    await house.ground.outbox.drain()


@pytest.mark.parametrize("action", ["allow", "deny"])
async def test_ping_says_which_request_and_nothing_else(house, catcher, action):
    app = await called_back(house, catcher, "ping")
    asked = await app.begin(client_notification_token=TOKEN)
    assert asked["interval"] == 5
    assert (await app.poll(asked["auth_req_id"])).refused_with("authorization_pending")
    await house.ground.outbox.drain()
    assert catcher.calls == []
    await answer(house, asked["auth_req_id"], action)
    ((headers, body),) = catcher.calls
    assert body == {"auth_req_id": asked["auth_req_id"]}
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["content-type"] == "application/json"
    said = await app.poll(asked["auth_req_id"])
    assert said.body.get("error") == (None if action == "allow" else "access_denied")


async def test_whoever_is_pinged_hears_that_the_time_is_over(house, catcher):
    app = await called_back(house, catcher, "ping")
    asked = await app.begin(client_notification_token=TOKEN)
    later(house, 300)
    await house.ground.outbox.drain()
    assert [body for _, body in catcher.calls] == [{"auth_req_id": asked["auth_req_id"]}]
    assert (await app.poll(asked["auth_req_id"])).refused_with("expired_token")


async def test_whoever_was_answered_does_not_hear_of_the_end(house, catcher):
    app = await called_back(house, catcher, "ping")
    asked = await app.begin(client_notification_token=TOKEN)
    await answer(house, asked["auth_req_id"])
    later(house, 300)
    await house.ground.outbox.drain()
    assert len(catcher.calls) == 1


@pytest.mark.parametrize("status", [200, 204, 301, 302, 400, 401, 403, 404])
async def test_what_an_app_answers_is_final_and_no_redirect_is_followed(house, catcher, status):
    catcher.status, catcher.location = status, f"{catcher.url}/elsewhere" if status in {301, 302} else ""
    app = await called_back(house, catcher, "ping")
    asked = await app.begin(client_notification_token=TOKEN)
    await answer(house, asked["auth_req_id"])
    for _ in range(3):
        later(house, 20)
        await house.ground.outbox.drain()
    assert len(catcher.calls) == 1
    assert (await app.poll(asked["auth_req_id"])).status == 200


async def test_an_app_that_is_down_is_called_again(house, catcher):
    catcher.status = 503
    app = await called_back(house, catcher, "ping")
    asked = await app.begin(client_notification_token=TOKEN)
    await answer(house, asked["auth_req_id"])
    catcher.status = 204
    later(house, 10)
    await house.ground.outbox.drain()
    assert len(catcher.calls) == 2
    later(house, 3600)
    await house.ground.outbox.drain()
    assert len(catcher.calls) == 2


@pytest.mark.parametrize("token", [None, "", "short", "x" * 1025, "with a space in the middle of it", "été" * 10])
async def test_who_is_called_back_gives_a_token_for_that(house, catcher, token):
    app = await called_back(house, catcher, "ping")
    assert (await app.begin(client_notification_token=token)).refused_with("invalid_request")


async def test_the_longest_token_is_taken(house, catcher):
    app = await called_back(house, catcher, "ping")
    assert (await app.begin(client_notification_token="x" * 1024)).status == 200


async def test_push_brings_the_tokens_with_what_ties_them_together(house, catcher):
    app = await called_back(house, catcher, "push")
    asked = await app.begin(client_notification_token=TOKEN, scope="openid offline_access")
    assert asked.body.keys() == {"auth_req_id", "expires_in"}
    assert (await app.poll(asked["auth_req_id"])).refused_with("unauthorized_client")
    await answer(house, asked["auth_req_id"])
    ((headers, body),) = catcher.calls
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert body["auth_req_id"] == asked["auth_req_id"]
    said = claims_of(body["id_token"])
    assert said[f"{EXTRA}auth_req_id"] == asked["auth_req_id"]
    assert said["at_hash"] == half(body["access_token"])
    assert said[f"{EXTRA}rt_hash"] == half(body["refresh_token"])
    assert (await app.userinfo(body["access_token"])).status == 200
    again = await app.refresh(body["refresh_token"])
    assert f"{EXTRA}auth_req_id" not in claims_of(again["id_token"])


async def test_push_brings_a_refusal(house, catcher):
    app = await called_back(house, catcher, "push")
    asked = await app.begin(client_notification_token=TOKEN)
    await answer(house, asked["auth_req_id"], "deny")
    ((_, body),) = catcher.calls
    assert (body["auth_req_id"], body["error"]) == (asked["auth_req_id"], "access_denied")


async def test_push_brings_the_end_of_the_time(house, catcher):
    app = await called_back(house, catcher, "push")
    asked = await app.begin(client_notification_token=TOKEN)
    later(house, 300)
    await house.ground.outbox.drain()
    ((_, body),) = catcher.calls
    assert (body["auth_req_id"], body["error"]) == (asked["auth_req_id"], "expired_token")


async def test_a_token_bound_to_a_key_is_not_pushed(house, catcher):
    """FAPI-CIBA §5.2.2: no push; nor can a key be proven by who has not called."""
    app = await called_back(house, catcher, "push", dpop_bound_access_tokens=True)
    assert (await app.begin(client_notification_token=TOKEN)).refused_with("unauthorized_client")


@pytest.mark.parametrize(
    "url", ["https://10.0.0.7/ciba", "https://169.254.169.254/", "https://[fd00::7]/", "https://127.0.0.1:22/"]
)
async def test_an_address_that_is_not_for_us_is_never_called(house, catcher, url):
    app = await called_back(house, Catcher(url=url), "ping")
    asked = await app.begin(client_notification_token=TOKEN)
    await answer(house, asked["auth_req_id"])
    assert await house.ground.outbox.waiting() == 0
    assert (await app.poll(asked["auth_req_id"])).status == 200


def half(value: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()
