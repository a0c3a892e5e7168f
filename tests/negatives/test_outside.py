"""Addresses that a client registers and that we call: none leads inside or elsewhere, none holds us up."""

import asyncio
import time
from typing import Any

import pytest

from clients.options import Options
from tests.house import Home
from tests.idp.registration.test_registration import opened, register
from tests.proofs import CALLBACK, ec_key, enrol, registered, request_object
from tests.stands import said, standing

INSIDE = (
    *("https://10.0.0.7/x", "https://192.168.1.1/x", "https://172.16.0.1/x", "https://169.254.169.254/latest"),
    *("https://[fd00::7]/x", "https://[::ffff:10.0.0.7]/x", "https://0.0.0.0/x", "https://0xa.1/x"),
    *("https://167772161/x", "https://127.0.0.1:22/x", "https://user@10.0.0.7/x"),
    *("http://10.0.0.7/x", "ftp://app.example/x", "file:///etc/passwd", "gopher://app.example/x", "//10.0.0.7/x"),
)
CALLED: dict[str, dict[str, Any]] = {
    "jwks_uri": {"token_endpoint_auth_method": "private_key_jwt"},
    "sector_identifier_uri": {"subject_type": "pairwise"},
    "backchannel_logout_uri": {},
    "request_uris": {},
    "backchannel_client_notification_endpoint": {
        "grant_types": ["authorization_code", "urn:openid:params:grant-type:ciba"],
        "backchannel_token_delivery_mode": "ping",
    },
}
SHOWN = ("logo_uri", "client_uri", "policy_uri", "tos_uri")
WEB = {"client_name": "Mes mesures", "redirect_uris": ["https://app.example/cb"]}


@pytest.mark.parametrize("name", CALLED)
async def test_an_address_inside_is_not_registered(house: Home, name: str) -> None:
    opened(house)
    for address in INSIDE:
        value = [address] if name == "request_uris" else address
        answer = await register(house, {**WEB, **CALLED[name], name: value})
        assert answer.status == 400, (address, answer.body)
        assert answer["error"] == "invalid_client_metadata", (address, answer.body)


async def test_what_people_are_shown_is_never_called_by_us(house: Home) -> None:
    """A logo or a page of an app is for a browser to fetch, and ours lets none be fetched from elsewhere."""
    opened(house)
    async with standing(said()) as stand:
        addresses = dict.fromkeys(SHOWN, stand.url)
        answer = await register(house, {**WEB, **addresses})
        assert answer.status in {201, 400}, answer.body
        page = await house.client.get("/catalogue", headers={"accept": "text/html"})
        assert "127.0.0.1:" not in page.headers["content-security-policy"]
        await house.ground.outbox.drain()
        assert stand.asked == []


@pytest.mark.parametrize("how", ["redirect", "huge", "slow", "not a token", "error"])
async def test_a_request_kept_elsewhere_is_fetched_within_limits(house: Home, how: str) -> None:
    """RFC 9101 §5.2: its registered address is called, and no other, for a moment and for a little."""
    key = ec_key()
    async with standing(said(b"never")) as inner:
        answers: dict[str, Any] = {
            "redirect": said(b"", "302 Found", f"location: {inner.url}"),
            "huge": said(b"e30." * 60_000),
            "not a token": said(b"<html>"),
            "error": said(b"", "500 Error"),
            "slow": _slowly,
        }
        async with standing(answers[how]) as stand:
            client = registered(house, "jar", key=key, options=Options(request_uris=(stand.url,)))
            app = await enrol(house, client, key)
            began = time.monotonic()
            query = {"client_id": "jar", "redirect_uri": CALLBACK, "request_uri": stand.url, "state": "s"}
            page = await house.browser().client.get("/authorize", params=query)
            assert time.monotonic() - began < 6
            assert page.headers["location"].startswith(f"{CALLBACK}?")
            wanted = "invalid_request_object" if how == "not a token" else "invalid_request_uri"
            assert f"error={wanted}" in page.headers["location"]
            assert inner.asked == []
            assert len(stand.asked) == 1
            assert "cookie" not in stand.asked[0].lower()
    assert request_object(app, {})  # it could have signed one


async def _slowly(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n")
    for _ in range(50):
        writer.write(b"e")
        await writer.drain()
        await asyncio.sleep(0.2)
